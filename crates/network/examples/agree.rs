//! Compares the library with the literal evaluator of the tests on as many flows as asked for:
//! `cargo run --release -p butfor-network --example agree -- FLOWS [FIRST_SEED]`.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a program for the people who work on the library, not the library"
)]

#[path = "../tests/support/compare.rs"]
mod compare;
#[path = "../tests/support/generate.rs"]
mod generate;
#[path = "../tests/literal/mod.rs"]
mod literal;

use std::collections::BTreeMap;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(wanted)), first) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: agree FLOWS [FIRST_SEED]");
        std::process::exit(2);
    };
    let mut seed = first.and_then(Result::ok).unwrap_or(0);
    let (mut flows, mut careful, mut different) = (0, 0, 0);
    let mut kinds: BTreeMap<String, (u64, Vec<u64>)> = BTreeMap::new();
    while flows < wanted {
        let found = compare::compare(seed);
        flows += found.flows as u64;
        careful += found.careful;
        for one in found.different {
            different += 1;
            let (many, seeds) = kinds.entry(one.kind()).or_default();
            *many += 1;
            if *many <= 2 {
                println!("{one}");
            }
            seeds.push(seed);
        }
        seed += 1;
    }
    for (kind, (many, seeds)) in &kinds {
        println!("{many} times {kind}; seeds {:?}", seeds.iter().take(12).collect::<Vec<_>>());
    }
    println!("{flows} flows, {different} different, {careful} unknown to the library alone");
    if different > 0 {
        std::process::exit(1);
    }
}
