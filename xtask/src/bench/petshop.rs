//! The PetShop data set (Hardt et al., CLeaR 2024): which of some forty components is behind an alarm.
//!
//! A scenario is a folder with `graph.csv`, `noissue/metrics.csv` and issues below `train` and `test`. Labels and the
//! commands that injected a fault are read by the scorer only.

use anyhow::{Context as _, Result, bail};
use butfor_signals::graph::{CallGraph, Component, Signal, Suspect, Telemetry, suspects};
use butfor_signals::metrics::{Series, Statistic, change_points};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Length of a row in seconds.
const PERIOD: u32 = 300;
/// Rows of a slice of fault-free history that is looked at as if it were an issue.
const SLICE: usize = 5;

pub(super) fn run(folder: &Path, options: &[&str]) -> Result<()> {
    let (mut permute, mut all) = (false, false);
    for option in options {
        match *option {
            "--permute" => permute = true,
            "--all" => all = true,
            other => bail!("unknown option `{other}`; there are --permute and --all"),
        }
    }
    let mut scenarios: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    scenarios.retain(|path| path.join("graph.csv").is_file());
    scenarios.sort();
    if scenarios.is_empty() {
        bail!("`{}` has no scenario: a folder with graph.csv", folder.display());
    }
    let mut total = Score::default();
    for path in scenarios {
        scenario(&path, permute, all, &mut total)?;
    }
    total.print("all");
    println!(
        "{:.1} ms an issue, {:.1} ms the slowest (reading files not counted)",
        total.mean(),
        total.slowest()
    );
    Ok(())
}

fn scenario(path: &Path, permute: bool, all: bool, total: &mut Score) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names = Names { permute };
    let calls = calls(&path.join("graph.csv"))?;
    let history = path.join("noissue").join("metrics.csv");
    let history = if history.is_file() { Some(Table::read(&history, names)?) } else { None };
    if history.is_none() {
        println!(
            "{name}: no fault-free history; the first row of each issue, before the fault, stands in for it"
        );
    }
    let mut scores: BTreeMap<Signal, Score> = BTreeMap::new();
    for issue in issues(path)? {
        let target: Value = serde_json::from_slice(&fs::read(issue.join("target.json"))?)?;
        let text = |pointer: &str| {
            target
                .pointer(pointer)
                .and_then(Value::as_str)
                .with_context(|| format!("no {pointer} in target.json"))
        };
        let signal = signal(text("/target/metric")?)?;
        let window = Table::read(&issue.join("metrics.csv"), names)?;
        let usual = history.clone().unwrap_or_else(|| window.rows(0..1));
        let case = Case::new(&usual, &window, &calls, names);
        let start = Instant::now();
        let found = case.suspects(&names.of(text("/target/node")?), signal);
        let time = start.elapsed();
        let found: Vec<_> = found.iter().filter_map(|suspect| case.names.get(suspect.component)).collect();
        let cause = names.of(text("/root_cause/node")?);
        let rank = found.iter().position(|name| **name == cause);
        if all || rank != Some(0) {
            let place = rank.map_or("not listed".to_owned(), |rank| format!("rank {}", rank + 1));
            println!(
                "{name} {} {signal:?}: `{cause}` {place}; first `{}`",
                short(&issue),
                found.first().map_or("", |name| name)
            );
        }
        for score in [scores.entry(signal).or_default(), &mut *total] {
            score.add(rank, found.is_empty(), time);
        }
    }
    if let Some(history) = &history {
        changes(&name, history);
    }
    for (signal, score) in &scores {
        score.print(&format!("{name} {signal:?}"));
        if let Some(history) = &history {
            specificity(&name, history, &calls, *signal, &alarmed(path)?, names);
        }
    }
    Ok(())
}

/// How often nothing is blamed where nothing was wrong: upstream's slices (what comes after a growing part of history), and slices as
/// long as an issue, each against the rest of history.
fn specificity(
    name: &str,
    history: &Table,
    calls: &[(String, String)],
    signal: Signal,
    alarmed: &str,
    names: Names,
) {
    let rows = history.times.len();
    let is_quiet = |usual: &Table, window: &Table| {
        Case::new(usual, window, calls, names).suspects(&names.of(alarmed), signal).is_empty()
    };
    let upstream: Vec<_> = (rows / 2..rows.saturating_sub(3))
        .step_by((rows / 10).max(1))
        .map(|split| is_quiet(&history.rows(0..split), &history.rows(split..rows)))
        .collect();
    let short: Vec<_> = (0..rows / SLICE)
        .map(|slice| {
            let range = slice * SLICE..(slice + 1) * SLICE;
            is_quiet(&history.without(range.clone()), &history.rows(range))
        })
        .collect();
    let share = |quiet: &[bool]| quiet.iter().filter(|quiet| **quiet).count();
    println!(
        "{name} {signal:?}: silent on {}/{} of upstream's fault-free slices, {}/{} slices of {SLICE} rows",
        share(&upstream),
        upstream.len(),
        share(&short),
        short.len()
    );
}

/// Lasting changes in the fault-free history, which should be few, and how long it takes to find none.
fn changes(name: &str, history: &Table) {
    let components: BTreeSet<_> = history.columns.keys().map(|(component, ..)| component).collect();
    let series: Vec<_> = components
        .into_iter()
        .flat_map(|component| {
            let Telemetry { latency, availability, requests } = history.telemetry(component);
            [latency, availability, requests]
        })
        .filter(|series| !series.is_empty())
        .collect();
    let start = Instant::now();
    let found: Vec<_> =
        series.iter().map(|series| change_points(series).len()).filter(|&count| count > 0).collect();
    println!(
        "{name}: {} lasting changes in {} of {} fault-free series, {:.2} ms a series",
        found.iter().sum::<usize>(),
        found.len(),
        series.len(),
        start.elapsed().as_secs_f64() * 1e3 / series.len().max(1) as f64
    );
}

fn signal(metric: &str) -> Result<Signal> {
    match metric {
        "latency" => Ok(Signal::Latency),
        "availability" => Ok(Signal::Availability),
        other => bail!("`{other}` is no metric of this data set"),
    }
}

fn issues(scenario: &Path) -> Result<Vec<PathBuf>> {
    let mut issues = Vec::new();
    for split in ["train", "test"] {
        let Ok(entries) = fs::read_dir(scenario.join(split)) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.join("target.json").is_file() {
                issues.push(path);
            }
        }
    }
    issues.sort();
    Ok(issues)
}

/// The component the alarms of a scenario are about.
fn alarmed(scenario: &Path) -> Result<String> {
    let first = issues(scenario)?.into_iter().next().context("no issue")?;
    let target: Value = serde_json::from_slice(&fs::read(first.join("target.json"))?)?;
    Ok(target.pointer("/target/node").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn short(issue: &Path) -> String {
    let mut parts: Vec<_> =
        issue.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.reverse();
    parts.join("/")
}

/// Names as they are, or each replaced by its digits: other names in another order.
#[derive(Clone, Copy)]
struct Names {
    permute: bool,
}

impl Names {
    fn of(self, name: &str) -> String {
        if !self.permute {
            return name.to_owned();
        }
        // FNV-1a: any function that forgets what a name says will do.
        let digest = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{digest:016x}")
    }
}

/// A graph as `graph.csv` has it: caller and callee.
fn calls(path: &Path) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = text.lines().map(fields);
    let head = lines.next().with_context(|| format!("`{}` is empty", path.display()))?;
    let mut calls = Vec::new();
    for line in lines {
        let Some((caller, cells)) = line.split_first() else { continue };
        for (cell, callee) in cells.iter().zip(head.iter().skip(1)) {
            if cell.parse::<f64>().is_ok_and(|cell| cell != 0.0) {
                calls.push((caller.clone(), callee.clone()));
            }
        }
    }
    Ok(calls)
}

/// The fields of a line. Fields in quotes may hold commas; a quote within is written twice.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// `metrics.csv`: rows of values by component, metric and statistic.
#[derive(Clone)]
struct Table {
    times: Vec<i64>,
    columns: BTreeMap<(String, String, String), Vec<Option<f64>>>,
}

impl Table {
    fn read(path: &Path, names: Names) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut lines = text.lines().map(fields);
        let mut head =
            || lines.next().with_context(|| format!("`{}` has no three header rows", path.display()));
        let (components, metrics, statistics) = (head()?, head()?, head()?);
        let rows: Vec<_> =
            lines.filter_map(|row| Some((row.first()?.parse::<f64>().ok()? as i64, row))).collect();
        let mut columns = BTreeMap::new();
        let heads = components.iter().zip(&metrics).zip(&statistics).enumerate().skip(1);
        for (column, ((component, metric), statistic)) in heads {
            let values =
                rows.iter().map(|(_, row)| row.get(column).and_then(|cell| cell.parse().ok())).collect();
            columns.insert((names.of(component), metric.clone(), statistic.clone()), values);
        }
        Ok(Self { times: rows.iter().map(|&(at, _)| at).collect(), columns })
    }

    fn pick(&self, keep: impl Fn(usize) -> bool) -> Self {
        fn kept<T: Clone>(list: &[T], keep: impl Fn(usize) -> bool) -> Vec<T> {
            list.iter().enumerate().filter(|&(row, _)| keep(row)).map(|(_, item)| item.clone()).collect()
        }
        let columns = self.columns.iter().map(|(key, values)| (key.clone(), kept(values, &keep))).collect();
        Self { times: kept(&self.times, &keep), columns }
    }

    fn rows(&self, range: std::ops::Range<usize>) -> Self {
        self.pick(|row| range.contains(&row))
    }

    fn without(&self, range: std::ops::Range<usize>) -> Self {
        self.pick(|row| !range.contains(&row))
    }

    fn telemetry(&self, component: &str) -> Telemetry {
        let series = |metric: &str, name: &str| {
            let key = (component.to_owned(), metric.to_owned(), name.to_owned());
            let values = self.columns.get(&key).map(Vec::as_slice).unwrap_or_default();
            let points = self.times.iter().zip(values).filter_map(|(&at, value)| Some((at, (*value)?)));
            Series::new(Statistic::parse(name), PERIOD, points)
        };
        Telemetry {
            latency: series("latency", "Average"),
            availability: series("availability", "Average"),
            requests: series("requests", "Sum"),
        }
    }
}

/// What an investigation sees: components by number, and what they are called for the scorer.
struct Case {
    names: Vec<String>,
    graph: CallGraph,
}

impl Case {
    fn new(history: &Table, window: &Table, calls: &[(String, String)], names: Names) -> Self {
        let calls: Vec<_> = calls.iter().map(|(from, to)| (names.of(from), names.of(to))).collect();
        let mut list: Vec<String> = window.columns.keys().map(|(component, ..)| component.clone()).collect();
        list.extend(calls.iter().flat_map(|(from, to)| [from.clone(), to.clone()]));
        list.sort();
        list.dedup();
        let place = |name: &str| list.binary_search_by(|other| other.as_str().cmp(name)).ok();
        let components = list
            .iter()
            .map(|name| Component { history: history.telemetry(name), window: window.telemetry(name) })
            .collect();
        let calls = calls.iter().filter_map(|(from, to)| Some((place(from)?, place(to)?))).collect();
        Self { graph: CallGraph { components, calls }, names: list }
    }

    fn suspects(&self, alarmed: &str, signal: Signal) -> Vec<Suspect> {
        let alarmed = self.names.iter().position(|name| name == alarmed);
        alarmed.map(|alarmed| suspects(&self.graph, alarmed, signal)).unwrap_or_default()
    }
}

/// How often the labelled component was first, and among the first three.
#[derive(Default)]
struct Score {
    issues: usize,
    first: usize,
    third: usize,
    empty: usize,
    times: Vec<Duration>,
}

impl Score {
    fn add(&mut self, rank: Option<usize>, is_empty: bool, time: Duration) {
        self.issues += 1;
        self.first += usize::from(rank == Some(0));
        self.third += usize::from(rank.is_some_and(|rank| rank < 3));
        self.empty += usize::from(is_empty);
        self.times.push(time);
    }

    fn print(&self, name: &str) {
        let share = |count: usize| count as f64 / self.issues.max(1) as f64;
        println!(
            "{name}: top-1 {:.2} ({}/{}), top-3 {:.2} ({}/{}), no answer {}",
            share(self.first),
            self.first,
            self.issues,
            share(self.third),
            self.third,
            self.issues,
            self.empty
        );
    }

    fn mean(&self) -> f64 {
        self.times.iter().map(Duration::as_secs_f64).sum::<f64>() * 1e3 / self.issues.max(1) as f64
    }

    fn slowest(&self) -> f64 {
        self.times.iter().max().map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_quotes_hold_commas() {
        assert_eq!(fields("a,\"b,c\",,d"), ["a", "b,c", "", "d"]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn permuted_names_are_others_and_stay_apart() {
        let names = Names { permute: true };
        assert_ne!(names.of("front"), "front");
        assert_ne!(names.of("front"), names.of("back"));
        assert_eq!(Names { permute: false }.of("front"), "front");
    }
}
