//! Benchmarks over data folders outside the repository: `cargo xtask bench petshop DIR [--permute]`.

mod petshop;

use anyhow::{Result, bail};
use std::path::Path;

const USAGE: &str = "usage: cargo xtask bench petshop DIR [--permute] [--all]";

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["petshop", folder, options @ ..] => petshop::run(Path::new(folder), options),
        _ => bail!(USAGE),
    }
}
