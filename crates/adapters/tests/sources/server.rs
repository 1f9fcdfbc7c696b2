//! A server of the test's own: answers each request by a function, over plain TCP, one connection a request.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `POST / HTTP/1.1`.
    pub line: String,
    /// The headers, one a line, in lower case.
    pub headers: String,
    pub body: String,
}

impl Seen {
    /// Whether it asks for an operation: of JSON services by header, of query services by body, of S3 by what is in the path.
    pub fn is(&self, operation: &str) -> bool {
        let target = format!(".{}\r\n", operation.to_ascii_lowercase());
        format!("{}\r\n", self.headers).contains(&target)
            || self.body.contains(&format!("Action={operation}&"))
            || (operation == "ListObjectsV2" && self.line.contains("list-type=2"))
    }
}

/// What the server does.
pub enum Reply {
    /// Status and body.
    Full(u16, Vec<u8>),
    /// A length is told, but only a part is sent.
    CutOff,
    /// Nothing is ever sent.
    Silent,
}

impl Reply {
    pub fn ok(body: impl ToString) -> Self {
        Self::Full(200, body.to_string().into_bytes())
    }
}

/// Answers until the test ends; gives the address.
pub async fn start(reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (count, reply) = (Arc::new(Mutex::new(0)), Arc::new(reply));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (count, reply) = (Arc::clone(&count), Arc::clone(&reply));
            tokio::spawn(async move { serve(stream, &count, &*reply).await });
        }
    });
    url
}

async fn serve(
    mut stream: TcpStream,
    count: &Mutex<usize>,
    reply: &(dyn Fn(usize, &Seen) -> Reply + Send + Sync),
) {
    let Some(seen) = read(&mut stream).await else { return };
    let number = {
        let mut count = count.lock().unwrap();
        *count += 1;
        *count - 1
    };
    match reply(number, &seen) {
        Reply::Full(status, body) => {
            let head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Reply::CutOff => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n{\"events\"").await;
        }
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
