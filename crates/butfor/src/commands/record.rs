//! `butfor record`: what an investigation of a live account reads, as a bundle.

use crate::cli::Record;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use anyhow::Context;

pub(super) fn run(asked: &Record) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let found = crate::live::investigate(&asked.live, &mut progress)?;
    drop(progress);
    let folder = asked.out.display();
    found.recording.write(&asked.out).with_context(|| format!("writing `{folder}`"))?;
    output::print(&format!(
        "{}\nwritten to {folder}: butfor investigate {folder}\n",
        found.assessment.verdict.summary
    ))?;
    output::note(&found.effort.to_string());
    Ok(Outcome::of_input(true))
}
