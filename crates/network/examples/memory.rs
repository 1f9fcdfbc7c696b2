//! How much memory loading takes: `generate INTERFACES FILE` writes a recording, `load FILE` loads it, in a process of its
//! own, and prints the peak as Linux tells it (`VmHWM` of /proc/self/status), with the recording's text included.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program for the people who work on the library, not the library"
)]

#[path = "../tests/support/generate.rs"]
mod generate;

use butfor_network::Network;
use std::io::{BufRead, BufReader};

fn main() {
    let arguments: Vec<String> = arguments();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", interfaces, file] => write(interfaces.parse().expect("a number of interfaces"), file),
        ["load", file] => load(file),
        _ => println!("usage: memory generate INTERFACES FILE, or memory load FILE"),
    }
}

fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// Four lines for each call: account, operation, parameters, answer.
fn write(interfaces: usize, file: &str) {
    let mut lines = String::new();
    for call in &generate::realistic(interfaces).calls.0 {
        for part in [&*call.account, call.operation, &call.parameters, &call.output] {
            lines.push_str(part);
            lines.push('\n');
        }
    }
    std::fs::write(file, lines).expect("the file can be written");
}

fn load(file: &str) {
    let mut lines = BufReader::new(std::fs::File::open(file).expect("the file can be read")).lines();
    let mut next = || lines.next().map(|line| line.expect("the file is text"));
    let mut calls = generate::Calls::default();
    while let (Some(account), Some(operation), Some(parameters), Some(output)) =
        (next(), next(), next(), next())
    {
        // The few operations of a recording may live as long as the program.
        let operation = operation.leak();
        calls.0.push(generate::Call { account, operation, parameters, output });
    }
    println!("recording: {} MB of JSON", calls.size_bytes() / 1_000_000);
    println!("before: {}", memory());
    let (documents, listings) = calls.documents();
    println!("cut and composed: {}", memory());
    let (network, _) = Network::parse(documents, listings);
    println!("loaded, {} interfaces: {}", network.interfaces().count(), memory());
    drop(calls);
    println!("without the recording: {}", memory());
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim().to_owned()
    };
    format!("now {}, peak {}", of("VmRSS:"), of("VmHWM:"))
}
