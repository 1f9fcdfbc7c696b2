//! How much memory loading takes: `generate INTERFACES FILE` writes a recording, `load FILE` loads it, in a process of its
//! own, and prints the peak as Linux tells it (`VmHWM` of /proc/self/status), with the recording's text included.

#[path = "../tests/support/generate.rs"]
mod generate;

use butfor_network::Network;
use serde_json::{Value, json};
use std::fmt::Write as _;

fn main() {
    let arguments: Vec<String> = arguments();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate", interfaces, file] => write(interfaces.parse().expect("a number of interfaces"), file),
        ["load", file] => load(file),
        _ => println!("usage: memory generate INTERFACES FILE, or memory load FILE"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a program, not the library")]
fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

#[expect(clippy::disallowed_methods, reason = "a program, not the library")]
fn write(interfaces: usize, file: &str) {
    let mut lines = String::new();
    for call in &generate::realistic(interfaces).calls.0 {
        let line = json!({"account": call.account, "operation": call.operation, "parameters": call.parameters,
            "output": call.output});
        writeln!(lines, "{line}").expect("text takes lines");
    }
    std::fs::write(file, lines).expect("the file can be written");
}

#[expect(clippy::disallowed_methods, reason = "a program, not the library")]
fn load(file: &str) {
    let mut calls = generate::Calls::default();
    {
        let lines = std::fs::read_to_string(file).expect("the file can be read");
        for line in lines.lines() {
            let call: Value = serde_json::from_str(line).expect("a line is JSON");
            let text = |member: &str| call[member].as_str().unwrap_or_default().to_owned();
            calls.0.push(generate::Call {
                account: text("account"),
                // The few operations of a recording may live as long as the program.
                operation: text("operation").leak(),
                parameters: text("parameters"),
                output: text("output"),
            });
        }
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

#[expect(clippy::disallowed_methods, reason = "a program, not the library")]
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim().to_owned();
    format!("now {}, peak {}", of("VmRSS:"), of("VmHWM:"))
}
