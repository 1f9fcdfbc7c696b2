//! Writes docs/configuration.md from the table of options; `cargo xtask tidy` says when it is not current.

use anyhow::Result;
use std::fs;
use std::path::Path;

/// Where it is kept.
pub(crate) const FILE: &str = "docs/configuration.md";

/// Writes it anew.
pub(crate) fn run(root: &Path) -> Result<()> {
    let text = butfor_config::reference();
    fs::write(root.join(FILE), &text)?;
    println!("{FILE}: {} lines", text.lines().count());
    Ok(())
}

/// Whether what is there is what would be written.
pub(crate) fn is_current(root: &Path) -> bool {
    fs::read_to_string(root.join(FILE)).is_ok_and(|text| text == butfor_config::reference())
}
