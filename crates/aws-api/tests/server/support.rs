//! A server of the test's own: answers each request by a function, over plain TCP, one connection a request.

use butfor_aws_api::{Chain, Client, ClientBuilder, Credentials, Rate, Target};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `POST / HTTP/1.1`.
    pub line: String,
    /// The headers, one a line, names in lower case.
    pub headers: String,
    pub body: String,
}

/// What the server does.
pub enum Reply {
    /// Status, headers, body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A length is told, but only a part is sent.
    CutOff,
    /// The connection is closed at once.
    Closed,
    /// Nothing is ever sent.
    Silent,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Full(200, vec![], body.into())
    }

    pub fn status(status: u16, body: &str) -> Self {
        Self::Full(status, vec![], body.into())
    }
}

pub struct Server {
    pub url: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// `reply` gets the number of the request, counted from 0, and the request.
    pub async fn start(reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, reply) = (Arc::clone(&seen), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                tokio::spawn(async move { serve(stream, &log, &*reply).await });
            }
        });
        Self { url, seen }
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// A client of this server that waits little; `change` may set limits.
    pub async fn client(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        let chain = Chain { endpoint_url: Some(self.url.clone()), ..Chain::default() };
        let credentials = Credentials::fixed("AKIATEST", "hush-hush", Some("a-token"), chain).await.unwrap();
        let builder = Client::builder()
            .credentials(credentials)
            .endpoint_url(Some(self.url.clone()))
            .timeout(Duration::from_secs(5))
            .rate("*", "*", Rate { per_second: 100_000.0, burst: 100_000 });
        change(builder).build().unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Seen>>,
    reply: &(dyn Fn(usize, &Seen) -> Reply + Send + Sync),
) {
    let Some(seen) = read(&mut stream).await else { return };
    let reply = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        reply(log.len() - 1, &seen)
    };
    match reply {
        Reply::Full(status, headers, body) => {
            let mut head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Reply::CutOff => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n<DescribeVpcsResponse>")
                .await;
        }
        Reply::Closed => {}
        Reply::Silent => tokio::time::sleep(Duration::from_secs(60)).await,
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok()?;
        bytes.extend_from_slice(&part[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if count == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let (line, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    let headers = headers.to_ascii_lowercase();
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())
        .unwrap_or(0);
    while bytes.len() < end + 4 + length {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&part[..count]);
    }
    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Some(Seen { line: line.to_owned(), headers, body })
}

pub fn target() -> Target {
    Target { account: None, region: "eu-west-1".into() }
}
