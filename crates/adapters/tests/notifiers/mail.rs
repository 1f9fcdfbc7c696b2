//! E-mail, against a small SMTP server.

use crate::channels::{SECRET, outbound, secret, telling};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use butfor_adapters::notify::Email;
use butfor_adapters::outbound::Outbound;
use butfor_ports::{Notifier, NotifyError, Telling};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Where a server does something else than a good one.
#[derive(Clone, Copy)]
enum Odd {
    Nothing,
    /// This answer to the command that begins so.
    Answers(&'static str, &'static str),
    /// Says nothing to the command that begins so.
    Silent(&'static str),
    /// A line without an end.
    Endless,
}

struct Mails {
    url: String,
    said: Arc<Mutex<Vec<String>>>,
}

impl Mails {
    async fn start(odd: Odd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let _ = serve(stream, odd, &kept).await;
                });
            }
        });
        Self { url, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().concat()
    }
}

async fn serve(stream: TcpStream, odd: Odd, said: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if let Odd::Endless = odd {
        loop {
            stream.write_all(&[b'2'; 65536]).await?;
        }
    }
    stream.write_all(b"220 ready\r\n").await?;
    let mut is_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        said.lock().unwrap().push(line.clone());
        if is_data {
            if line != ".\r\n" {
                continue;
            }
            is_data = false;
        }
        let answer = match odd {
            Odd::Answers(start, answer) if line.starts_with(start) => answer,
            Odd::Silent(start) if line.starts_with(start) => {
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await?;
                return Ok(());
            }
            _ if line.starts_with("EHLO") => "250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            _ if line.starts_with("AUTH") => "235 welcome",
            _ if line.starts_with("DATA") => {
                is_data = true;
                "354 go on"
            }
            _ if line.starts_with("QUIT") => "221 bye",
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn email(url: &str) -> Email {
    let login = Some(("butfor".to_owned(), secret()));
    let to = ["On Call <on-call@example.com>".to_owned(), "b@example.com".to_owned()];
    Email::new("mail", outbound(), url, login, "Butfor <butfor@example.com>", &to).unwrap()
}

async fn outcome(odd: Odd) -> Result<String, NotifyError> {
    let mails = Mails::start(odd).await;
    let begun = Instant::now();
    let result = email(&mails.url).send(&telling("email")).await;
    assert!(begun.elapsed() < Duration::from_secs(4));
    let shown = format!("{result:?}");
    let encoded = STANDARD.encode(format!("\0butfor\0{SECRET}"));
    assert!(!shown.contains(SECRET) && !shown.contains(&encoded), "{shown}");
    result
}

#[tokio::test]
async fn a_mail_is_sent_once_and_later_ones_answer_to_it() {
    let mails = Mails::start(Odd::Nothing).await;
    let email = email(&mails.url);
    let receipt = email.send(&telling("email")).await.unwrap();
    assert!(receipt.ends_with("@example.com>"), "{receipt}");
    let said = mails.said();
    assert_eq!(said.matches("DATA\r\n").count(), 1);
    for part in
        ["RCPT TO:<on-call@example.com>", "RCPT TO:<b@example.com>", "Subject: S-MARK", "text/html", "T-MARK"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.contains(&format!("Message-ID: {receipt}")), "{said}");
    // Sent again it has the same id; the next one names the first.
    assert_eq!(email.send(&telling("email")).await.unwrap(), receipt);
    let next = Telling { key: "closed/7".to_owned(), previous: Some(receipt.clone()), ..telling("email") };
    assert_ne!(email.send(&next).await.unwrap(), receipt);
    assert!(mails.said().contains(&format!("In-Reply-To: {receipt}")));
    // What is no receipt of ours becomes no header.
    let hostile = Telling { previous: Some("<x>\r\nBcc: <y@example.com>".to_owned()), ..telling("email") };
    email.send(&hostile).await.unwrap();
    assert!(!mails.said().contains("Bcc"));
}

#[tokio::test]
async fn a_subject_adds_no_header() {
    let mails = Mails::start(Odd::Nothing).await;
    let body = serde_json::json!({"subject": "a\r\nBcc: x@example.com\r\n\r\nb ümlaut", "text": "t\r\n.\r\nMAIL FROM:<x@y>", "html": ""});
    let telling = Telling { body: body.to_string(), ..telling("email") };
    email(&mails.url).send(&telling).await.unwrap();
    let said = mails.said();
    assert!(!said.lines().any(|line| line.starts_with("Bcc")), "{said}");
    // The dot of the text did not end the mail.
    assert_eq!(said.matches("\r\n.\r\n").count(), 1, "{said}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (start, answer, is_retryable, says) in [
        ("EHLO", "421 busy", true, "421"),
        ("MAIL", "451 later", true, "451"),
        ("RCPT", "450 greylisted", true, "450"),
        (".", "452 full", true, "452"),
        ("AUTH", "535 no", false, "user and password"),
        ("MAIL", "530 log in first", false, "user and password"),
        ("RCPT", "550 unknown", false, "receivers"),
        (".", "554 spam", false, "554"),
    ] {
        let error = outcome(Odd::Answers(start, answer)).await.unwrap_err();
        assert_eq!(error.is_retryable, is_retryable, "{answer}: {error:?}");
        assert!(error.message.contains(says), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_slow_or_hostile_server_is_bounded() {
    for odd in [Odd::Silent("EHLO"), Odd::Silent("DATA"), Odd::Silent("."), Odd::Endless] {
        assert!(outcome(odd).await.unwrap_err().is_retryable);
    }
    for answer in ["\u{1b}[31mnonsense", "250", "999 what", "-1", "535 \u{1b}[2Jxoxb-s3cr3t-t0ken"] {
        if let Err(error) = outcome(Odd::Answers("AUTH", answer)).await {
            assert!(!error.message.chars().any(char::is_control), "{error:?}");
        }
    }
    // Said good-bye or not: the mail was taken.
    assert!(outcome(Odd::Silent("QUIT")).await.is_ok());
}

#[tokio::test]
async fn mail_to_the_outside_is_encrypted_or_not_sent() {
    let to = ["b@example.com".to_owned()];
    // Private addresses are not talked to unless that is meant.
    let mails = Mails::start(Odd::Nothing).await;
    let strict = Outbound::new(false).unwrap();
    assert!(Email::new("m", strict.clone(), &mails.url, None, "a@example.com", &to).is_err());
    let by_name = mails.url.replace("127.0.0.1", "localhost");
    let email = Email::new("m", strict, &by_name, None, "a@example.com", &to).unwrap();
    assert!(!email.send(&telling("email")).await.unwrap_err().is_retryable);
    assert!(mails.said().is_empty());
}
