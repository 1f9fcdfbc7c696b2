//! Root causes among commits (RootCauseBench by Edge Delta): alert, telemetry and change record in, a commit or none out.
//!
//! An incident is a folder with `data/`. `ground_truth.json` is read by the scorer only, after the answer; the folder's name
//! is printed and otherwise not looked at.

use super::csv;
use super::value::{at, text, time};
use anyhow::{Context as _, Result, bail};
use butfor_signals::change_match::{
    Alert, Commit, Deploy, Finding, Incident, LogRecord, Measured, Notice, Pattern, Remedy, Span, explain,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(super) fn run(folder: &Path, options: &[&str]) -> Result<()> {
    let mut explains = false;
    for option in options {
        match *option {
            "--explain" => explains = true,
            other => bail!("unknown option `{other}`; there is --explain"),
        }
    }
    let mut incidents: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    incidents.retain(|path| path.join("data").is_dir());
    incidents.sort();
    if incidents.is_empty() {
        bail!("`{}` has no incident: a folder with data/", folder.display());
    }
    let mut total = Total::default();
    for path in &incidents {
        let start = Instant::now();
        let incident = read(&path.join("data")).with_context(|| format!("read `{}`", path.display()))?;
        let finding = explain(&incident);
        let seconds = start.elapsed().as_secs_f64();
        let answer = Answer::of(&finding);
        let truth: Value = json(&path.join("ground_truth.json"))?;
        let score = Score::of(&answer, &truth);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!("{} {name}: {answer}", score.mark());
        if explains || !score.passed {
            print_reasons(&finding, &truth);
        }
        total.add(&score, seconds);
    }
    total.print();
    Ok(())
}

/// What is scored.
struct Answer {
    commit: String,
    service: String,
    radius: BTreeSet<String>,
    remediation: &'static str,
}

impl Answer {
    fn of(finding: &Finding) -> Self {
        Self {
            commit: finding.commit.clone().unwrap_or_else(|| "none".to_owned()),
            service: finding.first_failing.clone(),
            radius: finding.impaired.iter().cloned().collect(),
            remediation: match finding.remedy {
                Remedy::Rollback => "rollback",
                Remedy::RollForward => "roll-forward",
                Remedy::RotateCertificate => "rotate-cert",
                Remedy::Failover => "failover",
                Remedy::EscalateUpstream => "escalate-upstream",
                Remedy::PurgeBadData => "purge-bad-data",
                Remedy::ScaleUp => "scale-up",
                Remedy::RotateCredential => "rotate-credential",
                Remedy::Investigate => "investigate",
            },
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let commit: String = self.commit.chars().take(8).collect();
        write!(out, "{commit}, first {}, radius {:?}, {}", self.service, self.radius, self.remediation)
    }
}

fn print_reasons(finding: &Finding, truth: &Value) {
    println!("  truth {} {}", at(truth, "root_cause_commit"), at(truth, "first_failing_service"));
    if let Some(sign) = &finding.environment {
        println!("  {:?} {:.2}: {}", sign.kind, sign.strength, sign.reason);
    }
    for suspect in finding.suspects.iter().take(4) {
        let sha: String = suspect.sha.chars().take(8).collect();
        println!("  {sha} {:.3}", suspect.score);
        for reason in &suspect.reasons {
            println!("      {}", reason.replace('\n', " "));
        }
    }
}

/// A score as the data's ORIGIN says.
struct Score {
    passed: bool,
    decoy: bool,
    graded: f64,
    service: bool,
    radius: f64,
    remediation: bool,
}

impl Score {
    fn of(answer: &Answer, truth: &Value) -> Self {
        let text = |key: &str| at(truth, key).as_str().unwrap_or_default();
        let is = |commit: &str| {
            answer.commit == commit || (answer.commit.len() >= 7 && commit.starts_with(&answer.commit))
        };
        let passed = is(text("root_cause_commit"));
        let decoys = texts(at(truth, "decoy_deploy_commits"));
        let decoy = !passed && decoys.iter().any(|decoy| is(decoy));
        let real = texts(at(truth, "blast_radius"));
        let either = real.union(&answer.radius).count();
        let radius =
            if either == 0 { 1.0 } else { real.intersection(&answer.radius).count() as f64 / either as f64 };
        let service = answer.service == text("first_failing_service");
        let remediation = answer.remediation == text("remediation");
        let partly = 0.5 * f64::from(service) + 0.3 * radius + 0.2 * f64::from(remediation);
        let graded = if passed {
            1.0
        } else if decoy {
            0.0
        } else {
            partly.min(0.5)
        };
        Self { passed, decoy, graded, service, radius, remediation }
    }

    fn mark(&self) -> &'static str {
        match (self.passed, self.decoy) {
            (true, _) => "pass ",
            (false, true) => "DECOY",
            (false, false) => "miss ",
        }
    }
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[derive(Default)]
struct Total {
    count: usize,
    passes: usize,
    decoys: usize,
    graded: f64,
    services: usize,
    radius: f64,
    remediations: usize,
    seconds: Vec<f64>,
}

impl Total {
    fn add(&mut self, score: &Score, seconds: f64) {
        self.count += 1;
        self.passes += usize::from(score.passed);
        self.decoys += usize::from(score.decoy);
        self.graded += score.graded;
        self.services += usize::from(score.service);
        self.radius += score.radius;
        self.remediations += usize::from(score.remediation);
        self.seconds.push(seconds);
    }

    fn print(&self) {
        let count = self.count;
        println!(
            "passes {} of {count}, decoy hits {}, mean graded score {:.3}",
            self.passes,
            self.decoys,
            self.graded / count as f64
        );
        println!(
            "beside the score: first failing service {} of {count}, blast radius {:.3} (mean Jaccard), remediation {} of {count}",
            self.services,
            self.radius / count as f64,
            self.remediations
        );
        let sum: f64 = self.seconds.iter().sum();
        let most = self.seconds.iter().copied().fold(0.0, f64::max);
        println!(
            "{:.4} s an incident, {most:.4} s the slowest (reading the files counted)",
            sum / count as f64
        );
    }
}

fn json(path: &PathBuf) -> Result<Value> {
    let bytes = fs::read(path).with_context(|| format!("read `{}`", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("read `{}`", path.display()))
}

fn read(data: &Path) -> Result<Incident> {
    let context = data.join("context");
    Ok(Incident {
        alert: alert(&json(&data.join("alert.json"))?),
        records: records(&fs::read_to_string(data.join("logs.ndjson"))?),
        patterns: optional(&data.join("patterns.json"))?.iter().map(pattern).collect(),
        series: series(&fs::read_to_string(data.join("metrics.csv"))?)?,
        spans: spans(&optional(&data.join("traces.json"))?),
        notices: notices(data)?,
        commits: optional(&context.join("commits.json"))?.iter().map(commit).collect(),
        deploys: optional(&context.join("deploys.json"))?.iter().map(deploy).collect(),
    })
}

/// The elements of a file that may be missing.
fn optional(path: &PathBuf) -> Result<Vec<Value>> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    Ok(match json(path)? {
        Value::Array(elements) => elements,
        other => vec![other],
    })
}

/// Further files beside the known ones: what operators say, as lists of events with a time.
fn notices(data: &Path) -> Result<Vec<Notice>> {
    const KNOWN: [&str; 5] = ["alert.json", "logs.ndjson", "metrics.csv", "patterns.json", "traces.json"];
    let mut found = Vec::new();
    let mut paths: Vec<_> =
        fs::read_dir(data)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.extension().is_some_and(|ending| ending == "json") && !KNOWN.contains(&name.as_ref()) {
            collect_notices(&json(&path)?, &mut found);
        }
    }
    Ok(found)
}

/// Every object with a time is a notice, whatever the file calls its parts.
fn collect_notices(value: &Value, found: &mut Vec<Notice>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect_notices(element, found)),
        Value::Object(fields) => {
            let at = ["timestamp", "started_at", "time", "at", "updated_at"]
                .iter()
                .find_map(|key| fields.get(*key))
                .map(time);
            if let Some(at) = at.filter(|at| *at != 0) {
                found.push(Notice { at, text: flat(value) });
            }
            fields.values().for_each(|field| collect_notices(field, found));
        }
        _ => {}
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| format!("{name}={}", flat(field))).collect::<Vec<_>>().join(" ")
        }
        Value::Array(elements) => elements.iter().map(flat).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn alert(value: &Value) -> Alert {
    let said = ["summary", "detail", "description", "message"].map(|key| text(value, key));
    Alert {
        service: text(value, "service"),
        metric: text(value, "metric"),
        at: time(at(value, "fired_at")),
        text: said.join("\n").trim().to_owned(),
    }
}

fn records(lines: &str) -> Vec<LogRecord> {
    let values = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter_map(|value| record(&value)).collect()
}

fn record(value: &Value) -> Option<LogRecord> {
    const OWN: [&str; 7] =
        ["timestamp", "service", "severity_text", "msg", "trace_id", "span_id", "severity"];
    let level = text(value, "severity_text").to_uppercase();
    let is_error = ["ERROR", "FATAL", "CRITICAL", "PANIC"].contains(&level.as_str());
    let fields = value.as_object()?.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
    let fields: Vec<_> = fields.map(|(name, field)| (name.clone(), flat(field))).collect();
    Some(LogRecord {
        at: time(at(value, "timestamp")),
        service: text(value, "service"),
        is_warning: is_error || level.starts_with("WARN"),
        is_error,
        text: text(value, "msg"),
        fields,
    })
}

fn pattern(value: &Value) -> Pattern {
    let number = |key: &str| {
        at(value, key)
            .as_i64()
            .or_else(|| at(value, key).as_str()?.trim_start_matches('+').parse().ok())
            .unwrap_or(0)
    };
    Pattern {
        service: text(value, "service"),
        text: text(value, "signature"),
        count: number("count"),
        more: number("delta_vs_baseline"),
        is_negative: text(value, "sentiment") == "negative",
    }
}

fn series(table: &str) -> Result<Vec<Measured>> {
    let rows = csv::rows(table)?;
    let mut found: std::collections::BTreeMap<(String, String), Vec<(i64, f64)>> =
        std::collections::BTreeMap::new();
    for row in rows.iter().skip(1) {
        let [at, service, metric, value, ..] = row.as_slice() else { continue };
        let at = at.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second);
        if let (Ok(at), Ok(value)) = (at, value.parse()) {
            found.entry((service.clone(), metric.clone())).or_default().push((at, value));
        }
    }
    Ok(found.into_iter().map(|((service, metric), points)| Measured { service, metric, points }).collect())
}

fn spans(values: &[Value]) -> Vec<Span> {
    const OWN: [&str; 8] =
        ["trace_id", "span_id", "parent_id", "service", "name", "start", "duration_ms", "status"];
    let mut trace = String::new();
    let mut spans = Vec::new();
    for value in values {
        // Some rows say only that they are of the same trace as the row before.
        let named = text(value, "trace_id");
        if at(value, "parent_id").is_null() || named.len() > 4 {
            trace = named;
        }
        let others =
            value.as_object().into_iter().flatten().filter(|(name, _)| !OWN.contains(&name.as_str()));
        let others: Vec<_> = others.map(|(name, field)| format!("{name}={}", flat(field))).collect();
        spans.push(Span {
            trace: trace.clone(),
            id: text(value, "span_id"),
            parent: at(value, "parent_id").as_str().map(str::to_owned),
            service: text(value, "service"),
            name: text(value, "name"),
            at: time(at(value, "start")),
            failed: text(value, "status") == "ERROR",
            text: others.join(" "),
        });
    }
    spans
}

fn commit(value: &Value) -> Commit {
    Commit {
        sha: text(value, "sha"),
        at: time(at(value, "timestamp")),
        message: text(value, "message"),
        files: texts(at(value, "files_changed")).into_iter().collect(),
        diff: at(value, "diff").as_str().filter(|diff| !diff.is_empty()).map(str::to_owned),
    }
}

fn deploy(value: &Value) -> Deploy {
    Deploy {
        at: time(at(value, "timestamp")),
        service: text(value, "service"),
        sha: text(value, "commit_sha"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Score, collect_notices, commit, deploy, pattern, records, series, spans};
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn broken_rows_are_skipped_or_empty() {
        let lines = "{\"timestamp\": \"1970-01-01T00:00:09Z\", \"severity_text\": \"WARN\", \"msg\": \"m\", \"n\": 3}\nnot json\n[]\n";
        let found = records(lines);
        assert_eq!(found.len(), 1);
        assert!(found.iter().all(|record| record.is_warning && !record.is_error && record.at == 9));
        let table = "timestamp,service,metric,value\n1970-01-01T00:00:09Z,a,b,1.5\nnow,a,b,2\nshort\n1970-01-01T00:00:10Z,a,b,x\n";
        let found = series(table).unwrap();
        assert_eq!(
            found.iter().map(|measured| measured.points.clone()).collect::<Vec<_>>(),
            [vec![(9, 1.5)]]
        );
        for odd in
            [json!(null), json!([1, "x"]), json!({"sha": 3, "files_changed": "x", "diff": []}), json!("text")]
        {
            assert_eq!(commit(&odd).sha, "");
            assert_eq!(deploy(&odd).at, 0);
            assert_eq!(pattern(&odd).more, 0);
            assert_eq!(spans(std::slice::from_ref(&odd)).len(), 1);
            let mut notices = Vec::new();
            collect_notices(&odd, &mut notices);
            assert!(notices.is_empty());
        }
    }

    #[test]
    fn the_score_is_that_of_the_origin() {
        let truth = json!({"root_cause_commit": "abcdef0123", "first_failing_service": "a", "blast_radius": ["b", "c"], "remediation": "rollback", "decoy_deploy_commits": ["9999999999"]});
        let graded = |commit: &str, service: &str| {
            let radius: BTreeSet<String> = ["b".to_owned()].into();
            let answer = Answer {
                commit: commit.to_owned(),
                service: service.to_owned(),
                radius,
                remediation: "rollback",
            };
            Score::of(&answer, &truth).graded
        };
        let cases = [
            ("abcdef0123", "x", 1.0),
            ("abcdef0", "x", 1.0),
            ("abcdef", "x", 0.35),
            ("9999999999", "a", 0.0),
            ("none", "a", 0.5),
            ("none", "x", 0.35),
        ];
        for (commit, service, expected) in cases {
            assert!((graded(commit, service) - expected).abs() < 1e-9, "{commit}");
        }
    }
}
