//! Writes the beginning of the demo's report into README.md, so that what it shows is what a newcomer sees.

use anyhow::{Context, Result};
use butfor_adapters::bundle::{self, Limits, Memory};
use butfor_report::Terminal;
use std::fs;
use std::path::Path;

/// The block in README.md that is written.
const BEGIN: &str = "```text\nROOT CAUSE";
const END: &str = "\n...\n```";

/// Where the excerpt ends: after cause and fix.
const STOP: &str = "\nPROOF\n";

/// Columns of a report that goes into a pipe (`crates/butfor/src/output.rs`).
const WIDTH: usize = 100;

/// Replaces the block.
pub(crate) fn run(root: &Path) -> Result<()> {
    let archive = fs::read(root.join(crate::demo_bundle::ARCHIVE))?;
    let bundle = bundle::read_files(&Memory::from_archive(&archive)?, Limits::default(), &mut |_| {})?;
    let report = butfor_report::terminal(
        &butfor_engine::assess(&bundle.case),
        &Terminal { width: WIDTH, color: false },
    );
    let excerpt = report.split(STOP).next().unwrap_or(&report).trim_end();
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (before, rest) = readme.split_once(BEGIN).context("README.md: the demo's block is gone")?;
    let (_, after) = rest.split_once(END).context("README.md: the demo's block has no end")?;
    fs::write(&path, format!("{before}```text\n{excerpt}{END}{after}"))?;
    println!("README.md: {} lines of the demo", excerpt.lines().count());
    Ok(())
}
