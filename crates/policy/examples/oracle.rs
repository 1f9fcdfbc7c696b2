//! The library against another evaluator, which runs as a process of its own (`cargo xtask policy-oracle`).
//!
//! `oracle emit REQUESTS FIRST_SEED [SETS]` prints cases, of so many different sets of policies; the other evaluator adds its answer to each line as `oracle`: `outcome`,
//! `ignored` context keys, or `error`. `oracle judge` reads those lines and says which differences `docs/policy-oracle.md` explains.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a program for the people who work on the library, not the library"
)]

#[path = "../tests/support/compare.rs"]
mod compare;
#[path = "../tests/support/explain.rs"]
mod explain;
#[path = "../tests/support/generate.rs"]
mod generate;
#[path = "../tests/literal/mod.rs"]
mod literal;

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// So many unexplained differences are printed.
const SHOWN: usize = 10;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["emit", count, first, sets @ ..] => {
            let sets = sets.first().unwrap_or(count);
            match (count.parse::<u64>(), first.parse::<u64>(), sets.parse::<u64>()) {
                (Ok(count), Ok(first), Ok(sets)) if sets > 0 => {
                    emit(count, |at| generate::case_again(first + at % sets, first + at))
                }
                _ => usage(),
            }
        }
        ["judge"] => judge(),
        _ => usage(),
    }
}

fn usage() -> ! {
    eprintln!("usage: oracle emit REQUESTS FIRST_SEED [SETS] | oracle judge");
    std::process::exit(2);
}

fn emit(count: u64, case: impl Fn(u64) -> Value) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    // About one case in twenty is one that the other does not take.
    let acceptable = (0..count.saturating_mul(2)).map(case).filter_map(explain::acceptable);
    for case in acceptable.take(usize::try_from(count).unwrap_or(usize::MAX)) {
        writeln!(out, "{case}")?;
    }
    out.flush()
}

fn judge() -> std::io::Result<()> {
    let (mut total, mut agreed) = (0_u64, 0_u64);
    let mut explained: BTreeMap<String, u64> = BTreeMap::new();
    let mut unexplained: Vec<String> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Ok(case) = serde_json::from_str::<Value>(&line) else { usage() };
        total += 1;
        match explain::difference(&case) {
            explain::Found::Same => agreed += 1,
            explain::Found::Explained(reason) => *explained.entry(reason).or_default() += 1,
            explain::Found::Unexplained(words, small) => unexplained.push(format!("{words}\n{small}")),
        }
    }
    println!("{total} requests, {agreed} the same");
    for (reason, count) in &explained {
        println!("{count:7} {reason}");
    }
    println!("{:7} not explained", unexplained.len());
    for one in unexplained.iter().take(SHOWN) {
        println!("{one}");
    }
    if unexplained.is_empty() && total > 0 {
        return Ok(());
    }
    std::process::exit(1);
}
