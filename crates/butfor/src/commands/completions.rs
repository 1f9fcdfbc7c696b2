//! `butfor completions`: a completion script for a shell.

use crate::cli::Cli;
use crate::output::{self, Outcome};
use clap::CommandFactory;
use std::io::Write;

/// Writes the script. Into memory first: the generator gives up with a panic where a reader has gone away.
pub(super) fn run(shell: clap_complete::Shell) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "butfor", &mut script);
    let mut out = output::stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Done)
}
