//! House keeping: `cargo xtask tidy`, `cargo xtask scenarios`, `cargo xtask bench NAME FOLDER`, `cargo xtask
//! policy-oracle`, `cargo xtask policy-speed`, `cargo xtask readme`, `cargo xtask demo-bundle FOLDER`, `cargo xtask fuzz`.

mod bench;
mod demo_bundle;
mod fuzz;
mod policy;
mod readme;
mod scenarios;
mod tidy;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy | scenarios [make] [--update] [--only PART]... | bench NAME FOLDER | readme \
     | demo-bundle FOLDER | policy-oracle [--count N] [--seed N] | policy-speed [--count N] [--seed N] \
     | fuzz [--seconds N] [--seed N] [--only PART] [--case N]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["scenarios", arguments @ ..] => scenarios::run(&root(), arguments),
        ["bench", arguments @ ..] => bench::run(arguments),
        ["fuzz", arguments @ ..] => fuzz::run(&root(), arguments),
        ["tidy"] => tidy::run(&root()),
        ["policy-oracle", arguments @ ..] => policy::oracle(&root(), arguments),
        ["policy-speed", arguments @ ..] => policy::speed(&root(), arguments),
        ["readme"] => readme::run(&root()),
        ["demo-bundle", folder] => demo_bundle::run(&root(), Path::new(folder)),
        _ => bail!(USAGE),
    }
}

/// The workspace: the folder above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
