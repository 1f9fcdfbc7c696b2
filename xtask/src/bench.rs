//! Benchmarks against published data, scored as the data's ORIGIN says: `cargo xtask bench NAME FOLDER`.

mod clock;
mod csv;
mod logs;
mod nezha;
mod petshop;
mod rds;
mod rootcausebench;
mod streams;
mod value;

use anyhow::{Result, bail};
use std::path::Path;

const USAGE: &str = "usage: cargo xtask bench logs FOLDER [--misses] | bench petshop FOLDER [--permute] [--all] \
     | bench nezha FOLDER [--permute] [--swap] [--show] | bench rootcausebench FOLDER [--explain] \
     | bench rds FOLDER [--reports] | bench streams FOLDER";

/// `cargo xtask bench NAME FOLDER`. Build with `--release`: the speeds of a debug build mean nothing.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["logs", folder] => logs::run(Path::new(folder), false),
        ["logs", folder, "--misses"] => logs::run(Path::new(folder), true),
        ["nezha", folder, options @ ..] => nezha::run(Path::new(folder), options),
        ["streams", folder] => streams::run(Path::new(folder)),
        ["petshop", folder, options @ ..] => petshop::run(Path::new(folder), options),
        ["rds", folder, options @ ..] => rds::run(Path::new(folder), options),
        ["rootcausebench", folder, options @ ..] => rootcausebench::run(Path::new(folder), options),
        _ => bail!(USAGE),
    }
}
