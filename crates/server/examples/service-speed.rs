//! How fast the service answers: signed webhooks over HTTP at a given rate, and the page with many incidents stored.
//!
//! `cargo run --release -p butfor-server --example service-speed -- [RATE] [SECONDS] [INCIDENTS]`
//!
//! Sender and service share the machine's cores. Each request has its time on a schedule, and its latency counts from then: a service that
//! falls behind is not measured more gently for it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement may stop"
)]

#[path = "../tests/service/support.rs"]
#[expect(
    dead_code,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement needs less than the tests do, and may stop as they may"
)]
mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use support::{Running, SECRET};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connections: as many as a few senders with their pools have.
const CONNECTIONS: usize = 64;

/// Applications the alarms are about: some open an incident each minute, most join one.
const APPLICATIONS: usize = 50;

/// Forged, replayed, malformed and oversized deliveries.
const FORGED: usize = 200_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse::<usize>().unwrap());
    let rate = arguments.next().unwrap_or(3_000);
    let seconds = arguments.next().unwrap_or(20);
    let incidents = arguments.next().unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let service = Running::start().await;
        webhooks(service.address, rate, seconds).await;
        println!("resident: {} MB (sender and service in one process)", resident_mb());
        forgeries(service.address, FORGED).await;
        println!("resident: {} MB (sender and service in one process)", resident_mb());
        pages(&service, incidents).await;
        println!("resident: {} MB (sender and service in one process)", resident_mb());
        service.end().await;
    });
}

async fn webhooks(address: SocketAddr, rate: usize, seconds: usize) {
    let begin = Instant::now() + Duration::from_millis(100);
    let total = rate * seconds;
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut took = Vec::new();
            let mut buffer = vec![0_u8; 4096];
            let mut failed = 0_usize;
            for n in (connection..total).step_by(CONNECTIONS) {
                let due = begin + Duration::from_secs_f64(n as f64 / rate as f64);
                tokio::time::sleep_until(due.into()).await;
                stream.write_all(&request(n)).await.unwrap();
                if !answered(&mut stream, &mut buffer).await {
                    failed += 1;
                }
                took.push(due.elapsed());
            }
            (took, failed)
        });
    }
    let (mut took, mut failed) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (some, bad) = done.unwrap();
        took.extend(some);
        failed += bad;
    }
    let elapsed = begin.elapsed().as_secs_f64();
    took.sort();
    println!(
        "webhooks: {} sent in {elapsed:.1} s ({:.0} a second), {failed} refused; {}",
        took.len(),
        took.len() as f64 / elapsed,
        quantiles(&took)
    );
}

fn quantiles(sorted: &[Duration]) -> String {
    let at =
        |share: f64| sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1)));
    let ms = |share: f64| at(share).map_or(0.0, |it| it.as_secs_f64() * 1e3);
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, longest {:.1} ms",
        ms(0.5),
        ms(0.99),
        ms(0.999),
        ms(1.0)
    )
}

fn request(n: usize) -> Vec<u8> {
    let body = support::alarm(
        &format!("bench-{n}"),
        &format!("alarm-{}", n % 5_000),
        &format!("app-{}", n % APPLICATIONS),
    )
    .to_string();
    let at = support::moment();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}:{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    format!(
        "POST /webhook/generic/generic HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nx-amzn-event-timestamp: {at}\r\n\
         x-amzn-event-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Reads one answer; whether it was a 200.
async fn answered(stream: &mut TcpStream, buffer: &mut [u8]) -> bool {
    let mut answer = Vec::new();
    loop {
        let read = stream.read(buffer).await.unwrap();
        assert!(read > 0, "the service hung up");
        answer.extend(buffer.iter().take(read));
        let text = String::from_utf8_lossy(&answer);
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if rest.len() >= length.unwrap_or(0) {
            return head.starts_with("HTTP/1.1 200");
        }
    }
}

/// Bad deliveries as fast as they go, while an honest sender goes on: none of the bad ones is taken, all of the honest ones are.
async fn forgeries(address: SocketAddr, count: usize) {
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = vec![0_u8; 4096];
            let (mut taken, mut cut) = (0_usize, 0_usize);
            // Signed well and sent once before: from then on a replay.
            let replayed = request(20_000_000 + connection);
            stream.write_all(&replayed).await.unwrap();
            let _ = answered(&mut stream, &mut buffer).await;
            for n in (connection..count).step_by(CONNECTIONS) {
                let bad = match n % 4 {
                    0 => replayed.clone(),
                    1 => flipped(request(30_000_000 + n)),
                    2 => unsigned(n),
                    _ => oversized(),
                };
                if stream.write_all(&bad).await.is_err() {
                    // Cut off, as who sends too much is.
                    stream = TcpStream::connect(address).await.unwrap();
                    cut += 1;
                    continue;
                }
                match tried(&mut stream, &mut buffer).await {
                    Some(true) => taken += 1,
                    Some(false) => {}
                    None => {
                        stream = TcpStream::connect(address).await.unwrap();
                        cut += 1;
                    }
                }
            }
            (taken, cut)
        });
    }
    let mut honest = TcpStream::connect(address).await.unwrap();
    let (mut buffer, mut served, mut sent) = (vec![0_u8; 4096], 0, 0);
    let mut took = Vec::new();
    while sent < 500 {
        sent += 1;
        let began = Instant::now();
        honest.write_all(&request(40_000_000 + sent)).await.unwrap();
        served += usize::from(answered(&mut honest, &mut buffer).await);
        took.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (mut taken, mut cut) = (0, 0);
    while let Some(done) = tasks.join_next().await {
        let (some, others) = done.unwrap();
        taken += some;
        cut += others;
    }
    took.sort();
    println!(
        "forgeries: {count} in {:.1} s, {taken} taken, {cut} cut off; of an honest sender {served} of {sent} served; {}",
        begin.elapsed().as_secs_f64(),
        quantiles(&took)
    );
}

/// One letter of the body is another.
fn flipped(mut request: Vec<u8>) -> Vec<u8> {
    if let Some(last) = request.iter_mut().rev().find(|byte| byte.is_ascii_alphabetic()) {
        *last ^= 1;
    }
    request
}

fn unsigned(n: usize) -> Vec<u8> {
    let body = format!("{{\"eventType\": \"incident\", \"incidentId\": \"{n}\"");
    format!("POST /hooks/generic HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Says that it is larger than is taken.
fn oversized() -> Vec<u8> {
    format!("POST /hooks/generic HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n\r\n", 64 << 20)
        .into_bytes()
}

/// Whether it was taken; `None` where the service hung up.
async fn tried(stream: &mut TcpStream, buffer: &mut [u8]) -> Option<bool> {
    let mut answer = Vec::new();
    loop {
        let read = stream.read(buffer).await.ok().filter(|read| *read > 0)?;
        answer.extend(buffer.iter().take(read));
        let text = String::from_utf8_lossy(&answer);
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if rest.len() >= length.unwrap_or(0) {
            let is_over = head.lines().any(|line| line.eq_ignore_ascii_case("connection: close"));
            let is_taken = head.starts_with("HTTP/1.1 200");
            return if is_over && !is_taken { None } else { Some(is_taken) };
        }
    }
}

/// The page with so many incidents stored.
async fn pages(service: &Running, incidents: usize) {
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..CONNECTIONS {
        let address = service.address;
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = vec![0_u8; 4096];
            for n in (connection..incidents).step_by(CONNECTIONS) {
                // A name and an application of its own: each opens an incident.
                let n = n + 10_000_000;
                let body = support::alarm(&format!("page-{n}"), &format!("page-{n}"), &format!("page-{n}")).to_string();
                let at = support::moment();
                let headers = support::signed(&body, &at);
                let mut head = format!(
                    "POST /hooks/generic HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
                    body.len()
                );
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
                assert!(answered(&mut stream, &mut buffer).await);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    println!("incidents: {incidents} opened in {:.1} s", begin.elapsed().as_secs_f64());
    let waited = Instant::now();
    loop {
        let (_, jobs) = service.api("GET", "/jobs?state=ready&limit=1", None).await;
        if jobs["items"].as_array().is_some_and(Vec::is_empty) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!(
        "incidents: all investigated {:.1} s later (by an investigator that takes no time)",
        waited.elapsed().as_secs_f64()
    );
    let (session, _) = service.sign_in().await;
    let last =
        format!("/incidents/{}", service.api("GET", "/incidents?limit=1", None).await.1["items"][0]["id"]);
    for path in
        ["/incidents", "/incidents?show=all", &last, &format!("{last}/cause"), &format!("{last}/chat")]
    {
        let mut took = Vec::new();
        for _ in 0..100 {
            let begin = Instant::now();
            let (status, _) = service.page(&session, path).await;
            assert_eq!(status, 200, "{path}");
            took.push(begin.elapsed());
        }
        took.sort();
        println!("page {path}: {}", quantiles(&took));
    }
}

/// Memory of this process, of which the kernel keeps count.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
