//! E-mail by SMTP: `smtps://host:465`, or `smtp://host:587` with STARTTLS.

use super::stream::Limited;
use super::{Secret, SetupError, later, never, rendered, unsent};
use crate::outbound::{Outbound, OutboundError, Policy, chain, host, parse, tls};
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use lettre::Message;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// The most that a server says in one conversation, bytes.
const ANSWER_MAX: usize = 256 << 10;

/// How long is waited for a good-bye.
const GOODBYE_MAX: Duration = Duration::from_millis(500);

/// A mail server, and who gets mail.
///
/// A connection is encrypted, or nothing is sent; a server at a private address may do without where private addresses are allowed.
/// The same message has the same `Message-ID`, by which mail programs show it once; later ones answer to the first.
#[derive(Debug)]
pub struct Email {
    name: String,
    outbound: Outbound,
    host: String,
    port: u16,
    is_wrapped: bool,
    login: Option<(String, Secret)>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Email {
    /// `login` is user and password, where the server wants them.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to, or what is no e-mail address.
    pub fn new(
        name: &str,
        outbound: Outbound,
        url: &str,
        login: Option<(String, Secret)>,
        from: &str,
        to: &[String],
    ) -> Result<Self, SetupError> {
        let wrong = |problem: String| SetupError::new(name, problem);
        let url = parse(url, &["smtps", "smtp"], outbound.allows_private()).map_err(|error| {
            wrong(format!("{error}; a mail server is `smtps://host:465` or `smtp://host:587`"))
        })?;
        let mailbox =
            |text: &str| text.parse::<Mailbox>().map_err(|_| wrong(format!("`{text}` is no e-mail address")));
        let to = to.iter().map(|it| mailbox(it)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(wrong("nobody gets its mail: set `to`".to_owned()));
        }
        let is_wrapped = url.scheme() == "smtps";
        let port = url.port().unwrap_or(if is_wrapped { 465 } else { 587 });
        let (host, from) = (host(&url), mailbox(from)?);
        Ok(Self { name: name.to_owned(), outbound, host, port, is_wrapped, login, from, to })
    }

    fn message(&self, telling: &Telling) -> Result<(Message, String), NotifyError> {
        let body = rendered(&telling.body)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        // One line: a header cannot be added.
        let subject: String = text("subject").chars().filter(|c| !c.is_control()).collect();
        let id = format!("<{}@{}>", super::marker::marker(&telling.key), self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .message_id(Some(id.clone()))
            .header(lettre::message::header::ContentTransferEncoding::SevenBit)
            .date_now();
        for to in &self.to {
            message = message.to(to.clone());
        }
        if let Some(previous) = telling.previous.as_deref().filter(|previous| is_message_id(previous)) {
            message = message.in_reply_to(previous.to_owned()).references(previous.to_owned());
        }
        let parts = MultiPart::alternative_plain_html(text("text"), text("html"));
        let message =
            message.multipart(parts).map_err(|error| never(format!("the mail cannot be made: {error}")))?;
        Ok((message, id))
    }

    async fn connect(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, NotifyError> {
        let policy = Policy { allow_private: self.outbound.allows_private(), only_private: false };
        let addresses =
            policy.resolve_in_time(&self.host, self.port).await.map_err(|error| unsent(&error))?;
        let unreachable =
            |reason: String| unsent(&OutboundError::Unreachable { host: self.host.clone(), reason });
        // Exactly what was looked at is connected to.
        let stream =
            TcpStream::connect(addresses.as_slice()).await.map_err(|error| unreachable(error.to_string()))?;
        let peer = stream.peer_addr().map_err(|error| unreachable(error.to_string()))?;
        let stream: Box<dyn AsyncTokioStream> = if self.is_wrapped {
            let name = ServerName::try_from(self.host.clone()).map_err(|error| never(error.to_string()))?;
            let config = tls().map_err(|error| unsent(&error))?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let wrapped =
                connector.connect(name, stream).await.map_err(|error| unreachable(chain(&error)))?;
            Box::new(Limited::new(wrapped, peer, ANSWER_MAX))
        } else {
            Box::new(Limited::new(stream, peer, ANSWER_MAX))
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, hello)
            .await
            .map_err(|error| self.refused(&error))?;
        if self.is_wrapped {
            return Ok(connection);
        }
        let only_private = Policy { only_private: true, ..policy };
        if connection.can_starttls() {
            let parameters = TlsParameters::new(self.host.clone()).map_err(|error| self.refused(&error))?;
            connection.starttls(parameters, hello).await.map_err(|error| self.refused(&error))?;
        } else if only_private.admit(&self.host, peer.ip()).is_err() || !self.outbound.allows_private() {
            return Err(never(format!(
                "`{}` does not offer STARTTLS, and mail is not sent without encryption: use `smtps://` or another server",
                self.host
            )));
        }
        Ok(connection)
    }

    async fn deliver(&self, telling: &Telling) -> Result<(String, AsyncSmtpConnection), NotifyError> {
        let (message, id) = self.message(telling)?;
        let hello = ClientId::Domain("butfor".to_owned());
        let mut connection = self.connect(&hello).await?;
        if let Some((user, password)) = &self.login {
            let login = Credentials::new(user.clone(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &login).await.map_err(|error| self.refused(&error))?;
        }
        connection
            .send(message.envelope(), &message.formatted())
            .await
            .map_err(|error| self.refused(&error))?;
        Ok((id, connection))
    }

    /// What a server refused, by its code only: its words may repeat what it was sent.
    fn refused(&self, error: &SmtpError) -> NotifyError {
        let host = &self.host;
        let Some(code) = error.status() else {
            return match (error.is_client(), error.is_response()) {
                (true, _) => never(format!(
                    "`{host}` cannot be used: it lacks what the mail needs, or any way to log in we know"
                )),
                (_, true) => later(format!("`{host}` answered with something else than SMTP"), None),
                // The connection's own words: what TLS or the system said.
                _ => later(format!("the conversation with `{host}` broke off: {}", chain(error)), None),
            };
        };
        let code = u16::from(code);
        match code {
            // RFC 4954, section 6: authentication failed, required, or too weak.
            530 | 534 | 535 | 538 => never(format!("`{host}` answered with {code}: check user and password")),
            500.. => never(format!(
                "`{host}` answered with {code}: check sender and receivers, and that the user may send as them"
            )),
            _ => later(format!("`{host}` answered with {code}: it is tried again"), None),
        }
    }
}

impl Notifier for Email {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let timeout = self.outbound.timeout();
            let Ok(delivered) = tokio::time::timeout(timeout, self.deliver(telling)).await else {
                let (host, seconds) = (self.host.clone(), timeout.as_secs());
                return Err(unsent(&OutboundError::TimedOut { host, seconds }));
            };
            let (id, mut connection) = delivered?;
            // It is taken; whether the server says good-bye does not matter.
            let _ = tokio::time::timeout(GOODBYE_MAX, connection.abort()).await;
            Ok(id)
        })
    }
}

/// An id as we make them: nothing else comes into a header.
fn is_message_id(text: &str) -> bool {
    text.len() <= 300
        && text.starts_with('<')
        && text.ends_with('>')
        && text.chars().all(|c| c.is_ascii_graphic())
}
