//! `butfor record`: an investigation of a live account, and what it read as a bundle.

use crate::cli::Record;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use anyhow::Context;

pub(super) fn run(asked: &Record) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let found = crate::live::investigate(&asked.live, &mut progress)?;
    let folder = asked.out.display();
    found.recording.write(&asked.out).with_context(|| format!("writing `{folder}`"))?;
    super::investigate::print_live(&found, asked.format, progress)?;
    output::note(&format!("written to {folder}; the same report again: butfor investigate {folder}"));
    output::note(&found.effort.to_string());
    Ok(Outcome::of_input(true))
}
