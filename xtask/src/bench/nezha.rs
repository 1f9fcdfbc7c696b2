//! Nezha's Train-Ticket data (Yu et al., FSE 2023): the service a fault was injected into, and what in it.
//!
//! An investigation sees one fault-free minute, the traces and logs of the three minutes from the alarm on, and the pods'
//! metrics until then. Labels are read by the scorer only.

use super::csv;
use anyhow::{Context as _, Result, bail, ensure};
use butfor_signals::traces::patterns::{Ground, Resource, SpanLog, Suspect, Window, suspects};
use butfor_signals::traces::{Span, rows};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Minutes of data after an alarm, which is as many files.
const MINUTES: u32 = 3;

pub(super) fn run(folder: &Path, options: &[&str]) -> Result<()> {
    let (mut permute, mut show, mut swap) = (false, false, false);
    for option in options {
        match *option {
            "--permute" => permute = true,
            "--show" => show = true,
            // The fault-free minute of another day: a worse reference, to see how much depends on it.
            "--swap" => swap = true,
            other => bail!("unknown option `{other}`; there are --permute, --swap and --show"),
        }
    }
    let names = Names { permute };
    let unpacked = unpack(folder)?;
    let regions = regions(folder)?;
    let mut score = Score::default();
    let days = labels(folder)?;
    let other = |day: &str| days.keys().find(|other| *other != day).cloned();
    for (day, faults) in &days {
        let clean = if swap { other(day).context("there is no other day")? } else { day.clone() };
        for fault in faults {
            let alarm = Moment::read(&fault.inject_time)?;
            let start = Instant::now();
            let case = Case::read(unpacked.path(), [&clean, day], alarm, names)?;
            let read = start.elapsed();
            let suspects = case.suspects();
            let time = start.elapsed();
            let service = names.of(&fault.inject_pod);
            let label = regions.get(service_of(&fault.inject_pod)).and_then(|it| it.get(&fault.inject_type));
            let rank = suspects.iter().position(|suspect| *suspect.component == *service);
            let is_named = rank
                .and_then(|rank| suspects.get(rank))
                .zip(label)
                .is_some_and(|(suspect, label)| is_named(suspect, label));
            score.add(rank, is_named, read, time);
            let place = rank.map_or("-".to_owned(), |rank| (rank + 1).to_string());
            println!(
                "{} {:<15} rank {place}, {}, {:.0} ms",
                fault.inject_time,
                fault.inject_type,
                if is_named { "named" } else { "not named" },
                time.as_secs_f64() * 1e3
            );
            if show {
                suspects.iter().take(3).for_each(explain);
            }
        }
    }
    score.print();
    Ok(())
}

/// The data unpacked below a folder of its own, which goes when it is dropped. `tar` and `zstd` do it, as the data's ORIGIN says: a
/// library for an archive format that no part of the program reads would be one more to keep.
fn unpack(folder: &Path) -> Result<tempfile::TempDir> {
    let into = tempfile::tempdir()?;
    let mut archives: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    archives.retain(|path| path.to_string_lossy().ends_with(".tar.zst"));
    ensure!(!archives.is_empty(), "`{}` has no *.tar.zst; name the data's folder", folder.display());
    for archive in archives {
        let status =
            Command::new("tar").arg("--zstd").arg("-xf").arg(&archive).arg("-C").arg(into.path()).status();
        let status = status.context("cannot run `tar`; install tar and zstd")?;
        ensure!(
            status.success(),
            "`tar --zstd -xf {}` failed; are tar and zstd installed?",
            archive.display()
        );
    }
    Ok(into)
}

/// A label of a fault.
#[derive(Deserialize)]
struct Fault {
    inject_time: String,
    inject_pod: String,
    inject_type: String,
}

/// Faults by day, from `<day>-fault_list*.json`.
fn labels(folder: &Path) -> Result<BTreeMap<String, Vec<Fault>>> {
    let mut days = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some((day, _)) = name.split_once("-fault_list")
            && name.ends_with(".json")
        {
            let faults: Vec<Fault> =
                serde_json::from_str(&fs::read_to_string(&path)?).with_context(|| format!("in `{name}`"))?;
            days.entry(day.to_owned()).or_insert_with(Vec::new).extend(faults);
        }
    }
    ensure!(!days.is_empty(), "`{}` has no fault list", folder.display());
    Ok(days)
}

/// What is to be named, by service and type of fault, from `root_cause*.json`.
fn regions(folder: &Path) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let mut regions: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("root_cause")) {
            let read: BTreeMap<String, BTreeMap<String, String>> =
                serde_json::from_str(&fs::read_to_string(&path)?)?;
            for (service, labels) in read {
                regions.entry(service).or_default().extend(labels);
            }
        }
    }
    Ok(regions)
}

/// A pod's service: its name without the suffixes that Kubernetes gives pods of a deployment.
fn service_of(pod: &str) -> &str {
    pod.rsplitn(3, '-').nth(2).unwrap_or(pod)
}

/// What services are called: as they are, or otherwise and in another order.
#[derive(Clone, Copy)]
struct Names {
    permute: bool,
}

impl Names {
    fn of(self, pod: &str) -> Arc<str> {
        let service = service_of(pod);
        if self.permute { service.chars().rev().collect::<String>().into() } else { service.into() }
    }
}

/// A time of a day.
#[derive(Clone, Copy)]
struct Moment {
    hour: u32,
    minute: u32,
    ns: i64,
}

impl Moment {
    /// `2023-01-29 08:43:04`, in UTC; what follows is ignored.
    fn read(text: &str) -> Result<Self> {
        let number =
            |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
        let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
            bail!("`{text}` is not a time");
        };
        let (Some(hour), Some(minute), Some(second)) = (number(11, 13), number(14, 16), number(17, 19))
        else {
            bail!("`{text}` is not a time");
        };
        // Days since 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let (year, from_march) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let day_of_year = (153 * from_march + 2) / 5 + day - 1;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
        Ok(Self { hour: u32::try_from(hour)?, minute: u32::try_from(minute)?, ns: seconds * 1_000_000_000 })
    }

    /// The minute's name in file names, so many minutes later.
    fn file(self, later: u32) -> String {
        let minute = self.hour * 60 + self.minute + later;
        format!("{:02}_{:02}", minute / 60, minute % 60)
    }
}

/// A row of a log file.
struct Line {
    trace: String,
    span: String,
    at_ns: i64,
    text: String,
}

/// Spans and logs of some minutes.
#[derive(Default)]
struct Recording {
    spans: Vec<Span>,
    lines: Vec<Line>,
}

impl Recording {
    fn read(folder: &Path, minute: &str, names: Names, into: &mut Self) -> Result<()> {
        let trace = folder.join("trace").join(format!("{minute}_trace.csv"));
        let text =
            fs::read_to_string(&trace).with_context(|| format!("cannot read `{}`", trace.display()))?;
        let mut spans = rows::read(&text)?.spans;
        for span in &mut spans {
            span.component = names.of(&span.component);
        }
        into.spans.extend(spans);
        let log = folder.join("log").join(format!("{minute}_log.csv"));
        let text = fs::read_to_string(&log).with_context(|| format!("cannot read `{}`", log.display()))?;
        let mut table = csv::rows(&text)?.into_iter();
        let head = table.next().unwrap_or_default();
        let column = |name: &str| {
            head.iter().position(|cell| cell == name).with_context(|| format!("no column `{name}`"))
        };
        let columns = [column("TraceID")?, column("SpanID")?, column("TimeUnixNano")?, column("Log")?];
        for mut row in table {
            let [trace, span, at, text] =
                columns.map(|at| row.get_mut(at).map(std::mem::take).unwrap_or_default());
            let Ok(at_ns) = at.parse() else { continue };
            into.lines.push(Line { trace, span, at_ns, text });
        }
        Ok(())
    }

    /// Requests that began at a moment or later.
    fn since(&mut self, ns: i64) {
        let mut starts: BTreeMap<Arc<str>, i64> = BTreeMap::new();
        for span in &self.spans {
            let start = starts.entry(span.trace.clone()).or_insert(span.start_ns);
            *start = span.start_ns.min(*start);
        }
        self.spans.retain(|span| starts.get(&span.trace).is_some_and(|start| *start >= ns));
    }

    fn logs(&self) -> Vec<SpanLog<'_>> {
        let lines = self.lines.iter();
        lines
            .map(|line| SpanLog { trace: &line.trace, span: &line.span, at_ns: line.at_ns, line: &line.text })
            .collect()
    }
}

/// What an investigation of one fault sees.
struct Case {
    usual: Recording,
    now: Recording,
    resources: Vec<Resource>,
}

impl Case {
    fn read(root: &Path, [clean, day]: [&str; 2], alarm: Moment, names: Names) -> Result<Self> {
        let clean = root.join("construct_data").join(clean);
        let mut usual = Recording::default();
        let mut minutes: Vec<String> = Vec::new();
        for entry in fs::read_dir(clean.join("trace"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            minutes.extend(name.strip_suffix("_trace.csv").map(str::to_owned));
        }
        minutes.sort();
        for minute in minutes {
            Recording::read(&clean, &minute, names, &mut usual)?;
        }
        let folder = root.join("rca_data").join(day);
        let mut now = Recording::default();
        for later in 0..MINUTES {
            Recording::read(&folder, &alarm.file(later), names, &mut now)?;
        }
        now.since(alarm.ns);
        Ok(Self { usual, now, resources: resources(&folder.join("metric"), alarm.ns, names)? })
    }

    fn suspects(&self) -> Vec<Suspect> {
        let (usual, now) = (self.usual.logs(), self.now.logs());
        let usual = Window { spans: &self.usual.spans, logs: &usual };
        suspects(&usual, &Window { spans: &self.now.spans, logs: &now }, &self.resources)
    }
}

/// What pods use in percent of their limits, before the alarm and in the minutes after it.
fn resources(folder: &Path, alarm_ns: i64, names: Names) -> Result<Vec<Resource>> {
    let until = alarm_ns + i64::from(MINUTES) * 60_000_000_000;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut resources = Vec::new();
    for file in files {
        let mut table = csv::rows(&fs::read_to_string(&file)?)?.into_iter();
        let head = table.next().unwrap_or_default();
        let column = |name: &str| head.iter().position(|cell| cell == name);
        let (Some(time), Some(pod)) = (column("Time"), column("PodName")) else { continue };
        let table: Vec<_> = table.collect();
        // The node's are not the pod's.
        let used = |name: &str| name.ends_with("UsageRate(%)") && !name.starts_with("Node");
        for (at, name) in head.iter().enumerate().filter(|(_, name)| used(name)) {
            let mut pods: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
            for row in &table {
                let cell = |at: usize| row.get(at).map(String::as_str).unwrap_or_default();
                let (Ok(moment), Ok(value)) = (Moment::read(cell(time)), cell(at).parse()) else { continue };
                let (before, now) = pods.entry(cell(pod)).or_default();
                match moment.ns {
                    ns if ns < alarm_ns => before.push(value),
                    ns if ns < until => now.push(value),
                    _ => {}
                }
            }
            let resource =
                |(pod, (usual, now))| Resource { component: names.of(pod), name: name.clone(), usual, now };
            resources.extend(pods.into_iter().map(resource));
        }
    }
    Ok(resources)
}

/// Whether the reason given first is the label: two log statements joined by `_`, or a metric.
fn is_named(suspect: &Suspect, label: &str) -> bool {
    let Some((_, ground)) = suspect.grounds.first() else { return false };
    match (label.split_once('_'), ground) {
        (Some((from, to)), Ground::Path(path)) => {
            let after = match path.after.as_str() {
                "start" => format!("{} start", path.operation),
                line => line.to_owned(),
            };
            after.contains(from) && path.expected.contains(to)
        }
        (None, Ground::Time(slow)) => {
            let used_up = suspect.grounds.iter().find_map(|(_, ground)| match ground {
                Ground::Resource(saturated) => Some(saturated.resource.as_str()),
                _ => None,
            });
            let (own, between) = slow.lost_ms;
            // What upstream calls a network metric is measured on spans: time between a call and its callee.
            used_up.or((between > own).then_some("NetworkP90(ms)")) == Some(label)
        }
        (None, Ground::Resource(saturated)) => saturated.resource == label,
        _ => false,
    }
}

fn explain(suspect: &Suspect) {
    println!("    {:.1} {}", suspect.score, suspect.component);
    for (score, ground) in suspect.grounds.iter().take(2) {
        println!("        {score:.1} {ground:?}");
    }
}

#[derive(Default)]
struct Score {
    faults: usize,
    first: usize,
    third: usize,
    named_first: usize,
    named_third: usize,
    read: Duration,
    time: Duration,
    slowest: Duration,
}

impl Score {
    fn add(&mut self, rank: Option<usize>, is_named: bool, read: Duration, time: Duration) {
        let (first, third) = (rank == Some(0), rank.is_some_and(|rank| rank < 3));
        self.faults += 1;
        self.first += usize::from(first);
        self.third += usize::from(third);
        self.named_first += usize::from(first && is_named);
        self.named_third += usize::from(third && is_named);
        self.read += read;
        self.time += time;
        self.slowest = self.slowest.max(time);
    }

    fn print(&self) {
        let faults = self.faults.max(1) as f64;
        let line = |name: &str, count: usize| {
            println!("{name} {:.1} % ({count}/{})", count as f64 * 100.0 / faults, self.faults);
        };
        line("AS@1 ", self.first);
        line("AS@3 ", self.third);
        line("AIS@1", self.named_first);
        line("AIS@3", self.named_third);
        println!(
            "{:.0} ms a fault, {:.0} ms of it reading files; {:.0} ms the slowest",
            self.time.as_secs_f64() * 1e3 / faults,
            self.read.as_secs_f64() * 1e3 / faults,
            self.slowest.as_secs_f64() * 1e3
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_belong_to_services() {
        assert_eq!(service_of("a-b-service-866bd68c97-xcqfx"), "a-b-service");
        assert_eq!(service_of("single"), "single");
    }

    #[test]
    fn moments_name_their_files() {
        let moment = Moment::read("2023-01-29 08:59:04.9 +0000").unwrap();
        assert_eq!(
            (moment.ns, moment.file(0), moment.file(2)),
            (1_674_982_744_000_000_000, "08_59".into(), "09_01".into())
        );
        assert!(Moment::read("08:59").is_err());
    }
}
