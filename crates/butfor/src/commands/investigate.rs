//! `butfor investigate`: from a live account or a recorded incident to a report.

use crate::cli::{Investigate, ReportFormat};
use crate::live::Investigated;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use butfor_adapters::bundle::{self, Bundle, Limits};
use butfor_incident::picture::Picture;
use butfor_incident::{Assessment, CaseFile};
use butfor_world::History;
use serde::Serialize;

/// A picture with the name of its form.
#[derive(Serialize)]
struct Drawn<'p> {
    schema: &'static str,
    #[serde(flatten)]
    picture: &'p Picture,
}

pub(super) fn run(asked: &Investigate) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let Some(bundle) = &asked.bundle else {
        let found = crate::live::investigate(&asked.live, &mut progress)?;
        print_live(&found, asked.format, progress)?;
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
    let printed = match format {
        ReportFormat::Picture => draw(&bundle.case, progress),
        _ => print(&butfor_engine::assess(&bundle.case), format, progress),
    };
    // Read once more, after the report is out: nobody waits for this, and an assessment keeps no history.
    let sound = super::tell(bundle, &History::read(&bundle.case));
    printed?;
    Ok(Outcome::of_input(sound))
}

/// Prints what a live investigation found; a picture is drawn from what was recorded of it.
pub(super) fn print_live(
    found: &Investigated,
    format: ReportFormat,
    progress: Progress,
) -> anyhow::Result<()> {
    if format != ReportFormat::Picture {
        return print(&found.assessment, format, progress);
    }
    let recorded = bundle::read_files(&found.recording.files(), Limits::default(), &mut |_| {})?;
    draw(&recorded.case, progress)
}

fn draw(case: &CaseFile, progress: Progress) -> anyhow::Result<()> {
    let (_, picture) = butfor_engine::assess_with_picture(case);
    drop(progress);
    let drawn = Drawn { schema: "butfor-picture/1", picture: &picture };
    Ok(output::print(&format!("{}\n", serde_json::to_string(&drawn)?))?)
}

fn print(assessment: &Assessment, format: ReportFormat, progress: Progress) -> anyhow::Result<()> {
    let duration_ms = u64::try_from(progress.elapsed().as_millis()).unwrap_or(u64::MAX);
    drop(progress);
    let text = match format {
        ReportFormat::Json | ReportFormat::Picture => butfor_report::json(assessment, duration_ms),
        ReportFormat::Markdown => butfor_report::markdown(assessment),
        ReportFormat::Terminal => {
            let options = butfor_report::Terminal { width: output::width(), color: output::has_color() };
            butfor_report::terminal(assessment, &options)
        }
    };
    Ok(output::print(&text)?)
}
