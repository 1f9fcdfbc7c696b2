//! `butfor replay-alerts`: which incidents recorded alarms would have become, and why.

use crate::cli::{Format, ReplayAlerts};
use crate::output::{self, Outcome};
use crate::progress::Progress;
use crate::replay::{self, input, text};
use butfor_engine::correlate::Dependencies;
use butfor_world::History;

pub(super) fn run(asked: &ReplayAlerts) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let topology = asked.topology.as_ref().map(|path| super::read(path, &mut progress)).transpose()?;
    progress.step(0, 1, "reading the alarms");
    let read = input::read(&asked.file)?;
    let history = topology.as_ref().map(|bundle| History::read(&bundle.case));
    let dependencies =
        history.as_ref().map(|history| Dependencies::read(history.latest())).unwrap_or_default();
    progress.step(0, 1, "replaying");
    let replay = replay::play(read.arrivals, &dependencies, asked.close_after);
    drop(progress);
    let printed = match asked.format {
        Format::Json => output::print(&text::json(&replay, &read.problems).to_string()),
        Format::Terminal => output::print_styled(&text::terminal(&replay, read.problems.len())),
    };
    output::problems(&read.problems);
    let told = topology.as_ref().zip(history.as_ref());
    let sound = told.is_none_or(|(bundle, history)| super::tell(bundle, history));
    printed?;
    Ok(Outcome::of_input(sound && read.problems.is_empty()))
}
