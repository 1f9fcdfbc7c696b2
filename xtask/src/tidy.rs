//! Checks that no compiler makes: who may depend on whom, how long a file may be, what must not be written down.

mod dependencies;
mod files;
mod scenarios;

use anyhow::{Result, bail};
use std::path::Path;

/// Findings of all checks.
#[derive(Debug, Default)]
struct Report {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Report {
    fn error(&mut self, text: String) {
        self.errors.push(text);
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }
}

/// Runs every check and names everything that is wrong, not only the first thing.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut report = Report::default();
    dependencies::check(root, &mut report)?;
    files::check(root, &mut report)?;
    scenarios::check(root, &mut report)?;
    if !crate::config_docs::is_current(root) {
        report.error(format!(
            "{}: not what the table of options says; run cargo xtask config-docs",
            crate::config_docs::FILE
        ));
    }
    for warning in &report.warnings {
        eprintln!("warning: {warning}");
    }
    for error in &report.errors {
        eprintln!("error: {error}");
    }
    if !report.errors.is_empty() {
        bail!("tidy: {} errors", report.errors.len());
    }
    println!("tidy: ok ({} warnings)", report.warnings.len());
    Ok(())
}
