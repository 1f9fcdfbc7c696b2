//! Benchmarks against published data, scored as the data's ORIGIN says: `cargo xtask bench NAME FOLDER`.

mod csv;
mod logs;

use anyhow::{Result, bail};
use std::path::Path;

const USAGE: &str = "usage: cargo xtask bench logs FOLDER [--misses]";

/// `cargo xtask bench NAME FOLDER`. Build with `--release`: the speeds of a debug build mean nothing.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["logs", folder] => logs::run(Path::new(folder), false),
        ["logs", folder, "--misses"] => logs::run(Path::new(folder), true),
        _ => bail!(USAGE),
    }
}
