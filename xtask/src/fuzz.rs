//! Fuzzing on a stable compiler: `cargo xtask fuzz [--seconds N] [--seed N] [--only PART] [--case N]`.
//!
//! Every parser of what comes from outside gets inputs made from this repository's own data by small changes. cargo-fuzz would choose changes by
//! what code they reach, but needs a nightly compiler; these are chosen by what the inputs are made of. Use the `fuzz` profile: it keeps the
//! checks of arithmetic that a release leaves out.

mod corpus;
mod mutate;
mod run;
mod targets;

use anyhow::{Context as _, Result, bail, ensure};
use run::Outcome;
use std::path::Path;
use std::time::Duration;

const USAGE: &str =
    "usage: cargo run --profile fuzz -p xtask -- fuzz [--seconds N] [--seed N] [--only PART] [--case N]";

/// What was asked for.
struct Asked<'a> {
    /// For all targets together.
    seconds: u64,
    seed: u64,
    /// Part of the names of targets.
    only: &'a str,
    /// This case of a target alone, which is shown.
    case: Option<u64>,
}

impl<'a> Asked<'a> {
    fn parse(arguments: &[&'a str]) -> Result<Self> {
        let mut asked = Self { seconds: 120, seed: 0, only: "", case: None };
        for pair in arguments.chunks(2) {
            match pair {
                ["--seconds", number] => asked.seconds = number.parse().context(USAGE)?,
                ["--seed", number] => asked.seed = number.parse().context(USAGE)?,
                ["--only", part] => asked.only = part,
                ["--case", number] => asked.case = Some(number.parse().context(USAGE)?),
                _ => bail!(USAGE),
            }
        }
        Ok(asked)
    }
}

/// Runs the targets one after the other; an error where an input made one panic or take too long.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let asked = Asked::parse(arguments)?;
    let targets: Vec<_> =
        targets::all().into_iter().filter(|target| target.name.contains(asked.only)).collect();
    ensure!(!targets.is_empty(), "no target has `{}` in its name", asked.only);
    let time = Duration::from_secs(asked.seconds) / u32::try_from(targets.len())?;
    println!("{:<22} {:>6} {:>11} {:>7} {:>7}  slowest", "", "seeds", "executions", "a second", "panics");
    let mut failed = 0;
    for target in targets {
        let seeds = (target.seeds)(root)?;
        ensure!(!seeds.is_empty(), "{}: no data", target.name);
        if let Some(case) = asked.case {
            run::show(&target, &seeds, asked.seed, case);
            continue;
        }
        let count = seeds.len();
        let outcome = run::target(&target, seeds, asked.seed, time)?;
        show(target.name, count, &outcome);
        failed += outcome.panics.len();
    }
    ensure!(failed == 0, "{failed} places that panic");
    Ok(())
}

fn show(name: &str, seeds: usize, outcome: &Outcome) {
    let speed = outcome.executions as f64 / outcome.seconds.max(1e-9);
    println!(
        "{name:<22} {seeds:>6} {:>11} {speed:>8.0} {:>7}  {:.1} ms, {} bytes (case {})",
        outcome.executions,
        outcome.panics.values().map(|(count, _)| count).sum::<u64>(),
        outcome.slowest.0.as_secs_f64() * 1e3,
        outcome.slowest.1,
        outcome.slowest.2,
    );
    for (place, (count, case)) in &outcome.panics {
        println!("  {count} times: {place}; first with --only {name:?} --case {case}");
    }
}
