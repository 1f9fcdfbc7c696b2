//! Template mining on loghub-2k: grouping and template accuracy, and lines a second on one thread.
//!
//! The miner sees the `Content` column and nothing else, in one configuration for all systems; labels are read by the
//! scorer only.

use super::clock::Clock;
use super::csv;
use anyhow::{Context, Result, bail, ensure};
use butfor_signals::logs::template::Miner;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines read at least for one measurement of speed.
const SPEED_LINES: usize = 1_000_000;

/// One system: its lines and what people say they are.
struct System {
    name: String,
    lines: Vec<String>,
    events: Vec<String>,
    templates: Vec<String>,
}

/// Shares from 0 to 1.
#[derive(Clone, Copy, Default)]
struct Scores {
    /// Grouping accuracy: lines in a group that is exactly a true one (Zhu et al., ICSE-SEIP 2019).
    ga: f64,
    /// F1 over groups.
    fga: f64,
    /// Lines whose template text is the true one.
    pa: f64,
    /// F1 over templates right in group and text (Khan et al., ICSE 2022).
    fta: f64,
}

/// Prints the table for every `*_structured*.csv` below `folder`.
pub(super) fn run(folder: &Path, misses: bool) -> Result<()> {
    for (label, suffix) in
        [("labels of loghub", "_structured.csv"), ("labels of loghub-2.0", "_structured_corrected.csv")]
    {
        let mut files = Vec::new();
        find(folder, suffix, &mut files)?;
        files.sort();
        if files.is_empty() {
            ensure!(
                suffix != "_structured.csv",
                "no `*_structured.csv` below `{}`; name the data's folder",
                folder.display()
            );
            continue;
        }
        println!("{label}, {} systems", files.len());
        println!(
            "{:<14} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>11}",
            "system", "GA", "FGA", "PA", "FTA", "groups", "true", "lines/s"
        );
        let mut all = Vec::new();
        for file in &files {
            let system = read(file, suffix)?;
            let (scores, speed) = one(&system, misses);
            all.push((scores, speed));
        }
        let count = all.len() as f64;
        let mean = |pick: fn(&Scores) -> f64| all.iter().map(|(scores, _)| pick(scores)).sum::<f64>() / count;
        let scores =
            Scores { ga: mean(|s| s.ga), fga: mean(|s| s.fga), pa: mean(|s| s.pa), fta: mean(|s| s.fta) };
        let speed = all.iter().map(|(_, speed)| speed).sum::<f64>() / count;
        print("average", scores, "", "", speed);
        println!(
            "slowest: {:.0} lines/s\n",
            all.iter().map(|(_, speed)| *speed).fold(f64::INFINITY, f64::min)
        );
    }
    Ok(())
}

fn print(name: &str, scores: Scores, groups: &str, truths: &str, speed: f64) {
    let Scores { ga, fga, pa, fta } = scores;
    println!("{name:<14} {ga:>7.4} {fga:>7.4} {pa:>7.4} {fta:>7.4} {groups:>7} {truths:>7} {speed:>11.0}");
}

fn find(folder: &Path, suffix: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), suffix, files)?;
        } else if entry.file_name().to_string_lossy().ends_with(suffix) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn read(file: &Path, suffix: &str) -> Result<System> {
    let text = fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let rows =
        csv::rows(&String::from_utf8_lossy(&text)).with_context(|| format!("in `{}`", file.display()))?;
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|field| field == name);
    let (Some(content), Some(event), Some(template)) =
        (column("Content"), column("EventId"), column("EventTemplate"))
    else {
        bail!("`{}` lacks one of the columns Content, EventId, EventTemplate", file.display());
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(suffix).trim_end_matches("_2k.log").to_owned();
    let mut system = System { name, lines: Vec::new(), events: Vec::new(), templates: Vec::new() };
    for row in rows {
        let field = |at: usize| row.get(at).cloned().unwrap_or_default();
        system.lines.push(field(content));
        system.events.push(field(event));
        system.templates.push(field(template));
    }
    ensure!(!system.lines.is_empty(), "`{}` has no lines", file.display());
    Ok(system)
}

/// Mines one system, prints its row, and gives its scores and its speed in lines a second.
fn one(system: &System, misses: bool) -> (Scores, f64) {
    let mut miner = Miner::new();
    let ids: Vec<_> = system.lines.iter().map(|line| miner.add(line)).collect();
    let templates = miner.templates();
    let found: Vec<usize> = ids.iter().map(|id| templates.place(*id).unwrap_or(usize::MAX)).collect();
    let text = |place: usize| templates.list().get(place).map_or("", |template| template.text.as_str());

    let predicted = groups(&found);
    let truth = groups(&system.events);
    let by_lines: BTreeMap<&[usize], &String> =
        truth.iter().map(|(event, lines)| (lines.as_slice(), *event)).collect();
    let (mut lines_right, mut groups_right, mut templates_right) = (0, 0, 0);
    for (place, lines) in &predicted {
        if by_lines.contains_key(lines.as_slice()) {
            lines_right += lines.len();
            groups_right += 1;
            let same = lines
                .first()
                .and_then(|line| system.templates.get(*line))
                .is_some_and(|true_text| true_text == text(**place));
            templates_right += usize::from(same);
        } else if misses {
            let events: std::collections::BTreeSet<_> =
                lines.iter().filter_map(|line| system.events.get(*line)).collect();
            println!("    {} lines of {events:?}: {}", lines.len(), text(**place));
        }
    }
    let texts_right = found
        .iter()
        .zip(&system.templates)
        .filter(|(place, template)| text(**place) == template.as_str())
        .count();
    let f1 = |right: usize| 2.0 * right as f64 / (predicted.len() + truth.len()) as f64;
    let lines = system.lines.len() as f64;
    let scores = Scores {
        ga: lines_right as f64 / lines,
        fga: f1(groups_right),
        pa: texts_right as f64 / lines,
        fta: f1(templates_right),
    };
    let speed = speed(&system.lines);
    print(&system.name, scores, &predicted.len().to_string(), &truth.len().to_string(), speed);
    (scores, speed)
}

/// The lines of each group, in order.
fn groups<T: Ord>(names: &[T]) -> BTreeMap<&T, Vec<usize>> {
    let mut groups: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (line, name) in names.iter().enumerate() {
        groups.entry(name).or_default().push(line);
    }
    groups
}

/// Lines a second on one thread: the lines over and over through one miner, the templates at the end included.
fn speed(lines: &[String]) -> f64 {
    let rounds = SPEED_LINES.div_ceil(lines.len());
    let clock = Clock::start();
    let mut miner = Miner::new();
    for line in std::iter::repeat_n(lines, rounds).flatten() {
        miner.add(line);
    }
    let templates = miner.templates();
    let seconds = clock.seconds();
    let counted: u64 = templates.list().iter().map(|template| template.count).sum();
    (counted + templates.other()) as f64 / seconds
}
