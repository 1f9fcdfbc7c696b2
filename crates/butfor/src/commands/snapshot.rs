//! `butfor snapshot`: keeps the observed configuration, once or on a schedule.

use crate::cli::Snapshot;
use crate::live;
use crate::output::{self, Outcome};
use crate::progress::Progress;
use std::collections::BTreeMap;

pub(super) fn run(asked: &Snapshot) -> anyhow::Result<Outcome> {
    let runtime = live::runtime()?;
    loop {
        let mut progress = Progress::new();
        let taken = runtime.block_on(live::snapshot(asked, &mut progress));
        drop(progress);
        match (taken, asked.every) {
            (Ok(taken), every) => {
                tell(&taken)?;
                let Some(every) = every else { return Ok(Outcome::of_input(true)) };
                std::thread::sleep(every);
            }
            // One failure is not the end of a schedule: credentials come back, networks too.
            (Err(error), Some(every)) => {
                output::warn(&format!("{error:#}; trying again in {} s", every.as_secs()));
                std::thread::sleep(every);
            }
            (Err(error), None) => return Err(error),
        }
    }
}

fn tell(taken: &live::Taken) -> anyhow::Result<()> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    // What does not exist was answered, too: a bucket without a policy, a function without a limit.
    let lost = taken
        .failed
        .iter()
        .filter(|(_, failure)| !failure.code.contains("NotFound") && !failure.code.starts_with("NoSuch"));
    for (_, failure) in lost {
        *reasons.entry(failure.code.as_str()).or_default() += 1;
    }
    let lost: Vec<String> = reasons.iter().map(|(code, count)| format!("{count} {code}")).collect();
    let lost = if lost.is_empty() { String::new() } else { format!("; not seen: {}", lost.join(", ")) };
    output::print(&format!(
        "{} answers kept, {} of them new; the history holds {} answers in {:.1} MB{lost}\n",
        taken.kept.new + taken.kept.same,
        taken.kept.new,
        taken.size.answers,
        taken.size.database_bytes as f64 / 1e6,
    ))?;
    output::note(&format!("{} queries in {} rounds", taken.collected.queries, taken.collected.rounds));
    Ok(())
}
