//! Recorded incidents with their answers: the score card over all of them, and the making of our own.

mod ablation;
mod answer;
mod card;
mod command;
mod golden;
mod make;

use anyhow::{Context, Result, bail, ensure};
use butfor_incident::CaseFile;
use card::{CHECKS, Card, Check};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const USAGE: &str = "usage: cargo xtask scenarios [make] [--update | --ablate] [--only PART]...";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Options {
    /// Write golden reports instead of comparing with them.
    update: bool,
    /// Take one kind of answer away at a time instead.
    ablate: bool,
    /// Parts of folder names; all scenarios when empty.
    only: Vec<String>,
}

/// One scenario, run.
#[derive(Debug)]
struct Row {
    name: String,
    card: Card,
    milliseconds: u128,
}

/// `cargo xtask scenarios [make] [--update | --ablate] [--only PART]...`.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let folder = root.join("scenarios");
    if arguments == ["make"] {
        return make::run(&folder);
    }
    let options = options(arguments)?;
    if options.ablate {
        return ablate(&folder, &options);
    }
    let rows = run_all(&folder, &options)?;
    print(&rows);
    let wrong = rows.iter().filter(|row| row.card.confident_and_wrong.is_some()).count();
    let missed = rows.iter().filter(|row| !row.card.misses.is_empty()).count();
    if wrong + missed > 0 {
        bail!("{missed} of {} scenarios miss something, {wrong} are confident and wrong", rows.len());
    }
    Ok(())
}

fn options(arguments: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--update" => options.update = true,
            "--ablate" => options.ablate = true,
            "--only" => options.only.push((*arguments.next().context(USAGE)?).to_owned()),
            _ => bail!(USAGE),
        }
    }
    Ok(options)
}

fn run_all(folder: &Path, options: &Options) -> Result<Vec<Row>> {
    let run = |(name, scenario): (String, PathBuf)| {
        run_one(&scenario, name.clone(), options.update).with_context(|| format!("scenarios/{name}"))
    };
    chosen(folder, options)?.into_iter().map(run).collect()
}

/// Counts what the scenarios' reports say without one kind of answer. It tells, and refuses nothing: without what shows
/// that a change came too late, blaming it is sound.
fn ablate(folder: &Path, options: &Options) -> Result<()> {
    let (mut runs, mut open, mut wrong) = (0, 0, 0);
    for (name, scenario) in chosen(folder, options)? {
        let found = ablation::run(&scenario).with_context(|| format!("scenarios/{name}"))?;
        (runs, open, wrong) = (runs + found.runs, open + found.open, wrong + found.wrong.len());
        for (gone, why) in &found.wrong {
            println!("{name} without {gone}: {why}");
        }
    }
    println!("runs {runs}, confident and wrong {wrong}, undetermined or competing {open}");
    Ok(())
}

/// The scenarios asked for, with their names.
fn chosen(folder: &Path, options: &Options) -> Result<Vec<(String, PathBuf)>> {
    let named = scenarios(folder)?
        .into_iter()
        .map(|scenario| (scenario.file_name().unwrap_or_default().to_string_lossy().into_owned(), scenario));
    let is_asked_for =
        |name: &str| options.only.is_empty() || options.only.iter().any(|part| name.contains(part.as_str()));
    let chosen: Vec<_> = named.filter(|(name, _)| is_asked_for(name)).collect();
    ensure!(!chosen.is_empty(), "no scenario of that name in `{}`", folder.display());
    Ok(chosen)
}

/// Folders with a bundle, in order.
fn scenarios(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.join("bundle.json").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn run_one(folder: &Path, name: String, update: bool) -> Result<Row> {
    let (truth, about) = answer::read(folder)?;
    let started = Instant::now();
    let bundle = butfor_adapters::bundle::read(folder, &mut |_| {})?;
    let assessment = butfor_engine::assess(&bundle.case);
    let milliseconds = started.elapsed().as_millis();
    let json = butfor_report::json(&assessment, 0);
    let markdown = butfor_report::markdown(&assessment);
    let report = serde_json::from_str(&json).context("the report is no JSON")?;
    let mut card = card::score(&truth, &about, &report, &format!("{markdown}\n{json}"))?;
    for problem in &bundle.problems {
        card.misses.push((Check::Outcome, format!("the bundle is broken: {problem}")));
    }
    let again = [bundle.case.clone(), shuffled(&bundle.case)];
    if let Some(other) = again
        .iter()
        .map(|case| butfor_report::json(&butfor_engine::assess(case), 0))
        .find(|other| *other != json)
    {
        let lines = golden::difference(&split(&json), &split(&other)).unwrap_or_default();
        card.misses
            .push((Check::Same, format!("another report from the same evidence: {}", lines.join(" | "))));
    } else if update {
        golden::write(folder, &markdown)?;
    }
    match golden::read(folder) {
        // The report of an answer that is not expected whole yet is nobody's standard.
        None if about.expect == answer::Expect::Honest => {
            card.idle.insert(Check::Golden);
        }
        None => card.misses.push((Check::Golden, "no report.md: run with --update".to_owned())),
        Some(old) => {
            if let Some(lines) = golden::difference(&old, &markdown) {
                card.misses.push((Check::Golden, format!("differs\n      {}", lines.join("\n      "))));
            }
        }
    }
    Ok(Row { name, card, milliseconds })
}

/// The report's JSON cut into lines, so that a difference can be shown.
fn split(json: &str) -> String {
    json.replace("},", "},\n")
}

/// The same evidence and gaps in another order, without randomness.
fn shuffled(case: &CaseFile) -> CaseFile {
    let mut case = case.clone();
    case.evidence.reverse();
    case.gaps.reverse();
    let middle = case.evidence.len() / 3;
    case.evidence.rotate_left(middle);
    case
}

fn print(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let titles: Vec<_> = CHECKS.iter().map(|(_, title)| *title).collect();
    println!("{:width$}  {:12} {}    ms", "", "verdict", titles.join(" "));
    for row in rows {
        let marks = CHECKS.iter().map(|(check, title)| {
            let mark = if row.card.misses.iter().any(|(missed, _)| missed == check) {
                "MISS"
            } else if row.card.idle.contains(check) {
                "-"
            } else {
                "ok"
            };
            format!("{mark:<width$}", width = title.len())
        });
        let marks: Vec<_> = marks.collect();
        println!("{:width$}  {:12} {} {:>5}", row.name, row.card.outcome, marks.join(" "), row.milliseconds);
    }
    for row in rows {
        if let Some(wrong) = &row.card.confident_and_wrong {
            println!("\n{}: CONFIDENT AND WRONG: {wrong}", row.name);
        }
        if !row.card.misses.is_empty() {
            println!("\n{}", row.name);
        }
        for (check, text) in &row.card.misses {
            let title = CHECKS.iter().find(|(other, _)| other == check).map_or("", |(_, title)| title);
            println!("    {title}: {text}");
        }
    }
    print_totals(rows);
}

fn print_totals(rows: &[Row]) {
    println!();
    for (check, title) in CHECKS {
        let counted = rows.iter().filter(|row| !row.card.idle.contains(check)).count();
        let missed =
            rows.iter().filter(|row| row.card.misses.iter().any(|(other, _)| other == check)).count();
        println!("{title:8} {:3} of {counted}", counted - missed.min(counted));
    }
    let wrong = rows.iter().filter(|row| row.card.confident_and_wrong.is_some()).count();
    let open = rows.iter().filter(|row| row.card.outcome == "undetermined").count();
    let slowest = rows.iter().map(|row| row.milliseconds).max().unwrap_or_default();
    println!(
        "scenarios {}, confident and wrong {wrong}, undetermined {open}, slowest {slowest} ms",
        rows.len()
    );
}

#[cfg(test)]
mod tests {
    use super::{Options, make, print, run_all};
    use std::fs;
    use std::path::{Path, PathBuf};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
    }

    #[test]
    fn every_scenario_is_answered_as_its_truth_says() {
        let rows = run_all(&folder(), &Options::default()).unwrap();
        let bad =
            rows.iter().filter(|row| !row.card.misses.is_empty() || row.card.confident_and_wrong.is_some());
        let bad: Vec<_> = bad.map(|row| row.name.as_str()).collect();
        if !bad.is_empty() {
            print(&rows);
        }
        assert!(bad.is_empty(), "{}", bad.join(", "));
    }

    #[test]
    fn ours_are_as_their_maker_makes_them() {
        for (name, files) in make::all().unwrap() {
            for (path, text) in files {
                let found = fs::read_to_string(folder().join(&name).join(&path)).unwrap_or_default();
                assert!(found == text, "{name}/{path} differs: run `cargo xtask scenarios make`");
            }
        }
    }
}
