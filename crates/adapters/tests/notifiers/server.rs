//! A small HTTP server that keeps what it was asked and answers as it is told.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Nothing, and the connection stays open.
    Hang,
    /// Nothing, and the connection is closed.
    Drop,
    /// No HTTP.
    Garbage,
    /// A good start, and a body that never ends.
    Endless,
    /// A byte now and then.
    Drip,
}

pub fn status(status: u16) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: String::new() }
}

pub fn body(body: impl Into<String>) -> Reply {
    Reply::Answer { status: 200, headers: Vec::new(), body: body.into() }
}

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers every request by `reply`.
    pub async fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, reply) = (Arc::new(Mutex::new(Vec::new())), Arc::new(reply));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                tokio::spawn(async move {
                    let _ = serve(stream, &kept, reply.as_ref()).await;
                });
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    kept: &Mutex<Vec<Asked>>,
    reply: &(impl Fn(&Asked) -> Reply + ?Sized),
) -> std::io::Result<()> {
    loop {
        let Some(asked) = read(&mut stream).await? else { return Ok(()) };
        kept.lock().unwrap().push(asked.clone());
        match reply(&asked) {
            Reply::Answer { status, headers, body } => {
                let mut text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                stream.write_all(format!("{text}\r\n{body}").as_bytes()).await?;
            }
            Reply::Hang => std::future::pending().await,
            Reply::Drop => return Ok(()),
            Reply::Garbage => return stream.write_all(b"\x00\x1b[31mSSH-2.0 \xff\xfe\r\n\r\n").await,
            Reply::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                loop {
                    stream.write_all(&[b'x'; 65536]).await?;
                }
            }
            Reply::Drip => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await?;
                loop {
                    stream.write_all(b"x").await?;
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = head.split("\r\n");
            let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
            let (method, path) = (first.next().unwrap(), first.next().unwrap());
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
            while bytes.len() < end + 4 + length {
                let read = stream.read(&mut chunk).await?;
                bytes.extend_from_slice(&chunk[..read]);
            }
            let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
            return Ok(Some(Asked { method, path, headers, body }));
        }
        let read = stream.read(&mut chunk).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}
