//! `butfor demo`: a recorded incident that is part of the program.

use super::investigate;
use crate::cli::Demo;
use crate::output::Outcome;
use crate::progress::Progress;
use anyhow::Context;
use butfor_adapters::bundle::{self, Limits, Memory};

/// A two-account incident behind a transit gateway; made by `cargo xtask demo-bundle`.
pub(super) const BUNDLE: &[u8] = include_bytes!("../../assets/demo-bundle.json.gz");

pub(super) fn run(asked: &Demo) -> anyhow::Result<Outcome> {
    let progress = Progress::new();
    let files = Memory::from_archive(BUNDLE).context("the bundled incident is damaged")?;
    let bundle = bundle::read_files(&files, Limits::default(), &mut |_| {})?;
    investigate::report(&bundle, asked.format, progress)
}
