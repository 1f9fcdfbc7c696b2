//! Compares the library with the literal evaluator of the tests on as many requests as asked for:
//! `cargo run --release -p butfor-policy --example agree -- REQUESTS [FIRST_SEED]`.
//!
//! Every request is asked twice: as it is, and with parts of it hidden. A difference is printed shrunken, as one JSON line in the
//! schema of `tests/data/iam-policy-cases`.

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

/// So many differences are printed.
const SHOWN: u64 = 10;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(wanted)), first) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: agree REQUESTS [FIRST_SEED]");
        std::process::exit(2);
    };
    let first = first.and_then(Result::ok).unwrap_or(0);
    let (mut different, mut unsound, mut careful, mut definite) = (0_u64, 0_u64, 0_u64, 0_u64);
    for seed in first..first.saturating_add(wanted) {
        let case = generate::case(seed);
        if let Some(difference) = compare::difference(&case) {
            different += 1;
            if different <= SHOWN {
                eprintln!("seed {seed}: {difference}");
                println!("{}", compare::shrink(&case, |case| compare::difference(case).is_some()));
            }
        }
        match compare::hide(seed, &case) {
            Ok(found) => {
                careful += u64::from(found.is_careful);
                definite += u64::from(found.is_definite);
            }
            Err(problem) => {
                unsound += 1;
                if unsound <= SHOWN {
                    eprintln!("seed {seed}: {problem}");
                }
            }
        }
    }
    println!("{wanted} requests, {different} different");
    println!(
        "{wanted} with parts hidden, {unsound} wrong; {definite} definite, {careful} unknown though the completions tried agree"
    );
    if different > 0 || unsound > 0 {
        std::process::exit(1);
    }
}
