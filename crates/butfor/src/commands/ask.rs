//! `butfor ask`: one question about a recorded incident, answered from its report.

use crate::cli::Ask;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use anyhow::Context;
use butfor_report::ask::{About, Answer, AnswerKind, ask, calls};
use butfor_world::History;

pub(super) fn run(asked: &Ask) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let bundle = super::read(&asked.bundle, &mut progress)?;
    progress.step(0, 1, "investigating");
    let assessment = butfor_engine::assess(&bundle.case);
    drop(progress);
    let report = serde_json::from_str(&butfor_report::json(&assessment, 0))
        .context("the report could not be read back; please report this")?;
    let calls = calls(&bundle.case);
    let about = About { report: &report, calls: &calls, decisions: &[], now: Some(bundle.case.as_of) };
    output::print(&shown(&ask(&asked.question.join(" "), &about)))?;
    Ok(Outcome::of_input(super::tell(&bundle, &History::read(&bundle.case))))
}

/// One fact a line with its citations, commands on lines of their own.
fn shown(answer: &Answer) -> String {
    let mut out = String::new();
    if answer.kind == AnswerKind::NotKnown {
        out.push_str("not known:\n");
    }
    for line in &answer.lines {
        out.push_str(&line.text);
        if !line.cites.is_empty() {
            out.push_str(&format!(" [{}]", line.cites.join(", ")));
        }
        out.push('\n');
        if let Some(command) = &line.command {
            out.push_str(&format!("  {command}\n"));
        }
    }
    if matches!(answer.kind, AnswerKind::Steer(_)) {
        out.push_str("a recorded incident cannot be looked at again: steer a live one on its page\n");
    }
    out
}
