//! One command a file; each reads its input, asks the pure rooms, and prints.

mod ask;
mod audit;
mod authorize;
mod changes;
mod completions;
mod config;
mod demo;
mod doctor;
mod export;
mod iam_policy;
mod investigate;
mod record;
mod redact;
mod replay_alerts;
mod snapshot;
mod trace;

use crate::cli::Command;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use butfor_adapters::bundle::{self, Bundle, Problem};
use butfor_incident::{Evidence, EvidenceId};
use butfor_world::History;
use std::collections::BTreeSet;
use std::path::Path;

/// Runs a command.
///
/// # Errors
/// Whatever kept it from a result; [`crate::output::failure`] tells whose fault it is.
pub(crate) fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Investigate(asked) => investigate::run(&asked),
        Command::Doctor(asked) => doctor::run(&asked),
        Command::Snapshot(asked) => snapshot::run(&asked),
        Command::Record(asked) => record::run(&asked),
        Command::Trace(asked) => trace::run(&asked),
        Command::Authorize(asked) => authorize::run(&asked),
        Command::Changes(asked) => changes::run(&asked),
        Command::Ask(asked) => ask::run(&asked),
        Command::Serve(asked) => crate::serve::run(&asked),
        Command::Audit(asked) => audit::run(&asked),
        Command::AdminToken(asked) => audit::admin_token(&asked),
        Command::Export(asked) => export::run(&asked),
        Command::ReplayAlerts(asked) => replay_alerts::run(&asked),
        Command::Demo(asked) => demo::run(&asked),
        Command::Redact(asked) => redact::run(&asked),
        Command::Config(asked) => config::run(&asked),
        Command::IamPolicy(asked) => iam_policy::run(&asked),
        Command::Completions(asked) => completions::run(asked.shell),
    }
}

/// The recorded incident that is part of the program.
pub(crate) fn demo_bundle() -> &'static [u8] {
    demo::BUNDLE
}

/// Reads a bundle and shows how far it has come.
fn read(path: &Path, progress: &mut Progress) -> anyhow::Result<Bundle> {
    Ok(bundle::read(path, &mut |step| progress.step(step.files_done, step.files_total, step.file))?)
}

/// Tells what of the input could not be read, by the bundle's reader or by the rooms that know what documents mean;
/// `true` when there was nothing to tell.
fn tell(bundle: &Bundle, history: &History) -> bool {
    let failed_later = |evidence: &Evidence| {
        // Not wrong, only old: the same question failed later, which is a gap.
        bundle.case.gaps.iter().any(|gap| gap.query.as_ref() == Some(&evidence.query))
    };
    let problem = |id: EvidenceId, field: Option<String>, text: &str| {
        let source = bundle.sources.get(&id)?;
        let (file, text) = (source.file.to_string(), text.to_owned());
        Some(Problem { file, line: source.line, field, text, help: String::new() })
    };
    let doubts = history.doubts().iter().filter_map(|doubt| {
        let evidence = bundle.case.evidence.iter().find(|evidence| Some(evidence.id()) == doubt.evidence)?;
        if failed_later(evidence) { None } else { problem(evidence.id(), None, &doubt.text) }
    });
    let warnings = history.latest().warnings().iter().filter_map(|warning| {
        let id = warning.origins.iter().find_map(|origin| history.evidence_of(*origin))?;
        let field = (!warning.field.is_empty()).then(|| format!("{}.{}", warning.id, warning.field));
        problem(id, field.or_else(|| Some(warning.id.clone())), &warning.text)
    });
    let mut problems: Vec<_> = bundle.problems.iter().cloned().chain(doubts).chain(warnings).collect();
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert(problem.to_string()));
    output::problems(&problems);
    problems.is_empty()
}
