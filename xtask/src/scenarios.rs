//! Recorded incidents with their answers: making ours, and the score card over all.

mod make;

use anyhow::Result;
use std::path::Path;

/// `cargo xtask scenarios [make]`.
pub(crate) fn run(root: &Path, _arguments: &[&str]) -> Result<()> {
    make::run(&root.join("scenarios"))
}
