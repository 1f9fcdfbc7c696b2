//! The `butfor` command: reads the command line, wires the rooms together, prints.

mod authorize;
mod cli;
mod commands;
mod live;
mod output;
mod progress;
mod replay;
mod serve;
mod settings;
mod trace;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // A panic is our mistake, never the input's: say so and give the exit code for it.
    match std::panic::catch_unwind(|| commands::run(cli.command)) {
        Ok(Ok(outcome)) => outcome.into(),
        Ok(Err(error)) => output::failure(&error),
        Err(_) => output::crash(),
    }
}
