//! `butfor investigate`: from a live account or a recorded incident to a report.

use crate::cli::{Investigate, ReportFormat};
use crate::output::{self, Outcome};
use crate::progress::Progress;
use butfor_adapters::bundle::Bundle;
use butfor_incident::Assessment;
use butfor_world::History;

pub(super) fn run(asked: &Investigate) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let Some(bundle) = &asked.bundle else {
        let found = crate::live::investigate(&asked.live, &mut progress)?;
        print(&found.assessment, asked.format, progress)?;
        output::note(&found.effort.to_string());
        return Ok(Outcome::of_input(true));
    };
    let bundle = super::read(bundle, &mut progress)?;
    report(&bundle, asked.format, progress)
}

/// Assesses what was read and prints the report; problems with the input come after it, where they are seen.
pub(super) fn report(
    bundle: &Bundle,
    format: ReportFormat,
    mut progress: Progress,
) -> anyhow::Result<Outcome> {
    progress.step(0, 1, "investigating");
    let assessment = butfor_engine::assess(&bundle.case);
    let printed = print(&assessment, format, progress);
    // Read once more, after the report is out: nobody waits for this, and an assessment keeps no history.
    let sound = super::tell(bundle, &History::read(&bundle.case));
    printed?;
    Ok(Outcome::of_input(sound))
}

fn print(assessment: &Assessment, format: ReportFormat, progress: Progress) -> anyhow::Result<()> {
    let duration_ms = u64::try_from(progress.elapsed().as_millis()).unwrap_or(u64::MAX);
    drop(progress);
    let text = match format {
        ReportFormat::Json => butfor_report::json(assessment, duration_ms),
        ReportFormat::Markdown => butfor_report::markdown(assessment),
        ReportFormat::Terminal => {
            let options = butfor_report::Terminal { width: output::width(), color: output::has_color() };
            butfor_report::terminal(assessment, &options)
        }
    };
    Ok(output::print(&text)?)
}
