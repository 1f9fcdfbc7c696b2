//! The evidence files of a scenario, with those of its base where it has none.

use super::super::value::{at, text, time};
use super::Files;
use super::yaml::Keys;
use anyhow::{Context as _, Result};
use butfor_signals::database::{self, Database, Part, Statement};
use butfor_signals::workload::{Container, Deployment, Event, Line, Node, Pod, Workload};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The prefix of metric files of the base, one each.
const METRIC: &str = "aws_cloudwatch_metrics";

/// What is known before the answer.
pub(super) struct Evidence {
    files: Files,
    alarm: String,
}

impl Evidence {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let base = Keys::read(&fs::read_to_string(path.join("scenario.yml"))?).text("base");
        let mut files = json_files(path)?;
        let alarm = files.remove("alert.json").unwrap_or_default();
        if let Some(folder) = path.parent().filter(|_| !base.is_empty()) {
            let has_metrics = files.contains_key("aws_cloudwatch_metrics.json");
            for (name, value) in json_files(&folder.join(&base))? {
                // One file with all metrics stands for all files with one each: a metric that is missing stays missing.
                if name != "alert.json" && !(has_metrics && name.starts_with(METRIC)) {
                    files.entry(name).or_insert(value);
                }
            }
        }
        let notes = at(&alarm, "commonAnnotations");
        let said = ["summary", "description", "error", "suspected_symptom"].map(|key| text(notes, key));
        Ok(Self { files, alarm: format!("{}\n{}", text(&alarm, "title"), said.join("\n")) })
    }

    /// The names upstream has for the files that were read.
    pub(super) fn sources(&self) -> Vec<String> {
        let stem = |name: &String| {
            if name.starts_with(METRIC) {
                METRIC.to_owned()
            } else {
                name.trim_end_matches(".json").to_owned()
            }
        };
        let mut names: Vec<_> = self.files.keys().map(stem).collect();
        names.dedup();
        names
    }

    fn list(&self, file: &str, key: &str) -> Vec<Value> {
        let value = self.files.get(file).map(|value| if value.is_array() { value } else { at(value, key) });
        value.and_then(Value::as_array).cloned().unwrap_or_default()
    }

    pub(super) fn database(&self) -> Database {
        let mut database = Database { alarm: self.alarm.clone(), ..Database::default() };
        for (name, value) in &self.files {
            if !name.starts_with(METRIC) {
                continue;
            }
            let all =
                at(value, "metric_data_results").as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for metric in all {
                let moments = at(&metric, "timestamps").as_array().into_iter().flatten().map(time);
                let values = at(&metric, "values").as_array().into_iter().flatten().filter_map(Value::as_f64);
                let points: Vec<_> = moments.zip(values).collect();
                if !points.is_empty() {
                    database.metrics.insert(text(&metric, "metric_name"), points);
                }
            }
        }
        for statement in self.list("aws_performance_insights.json", "top_sql") {
            database.statements.push(Statement {
                text: text(&statement, "statement"),
                load: at(&statement, "db_load_avg").as_f64().unwrap_or(0.0),
                waits: parts(at(&statement, "wait_events")),
            });
        }
        if let Some(insights) = self.files.get("aws_performance_insights.json") {
            database.waits = parts(at(insights, "top_wait_events"));
            database.users = parts(at(insights, "top_users"));
        }
        for event in self.list("aws_rds_events.json", "events") {
            database
                .events
                .push(database::Event { at: time(at(&event, "date")), message: text(&event, "message") });
        }
        database
    }

    pub(super) fn workload(&self) -> Workload {
        let mut lines: Vec<Line> = self.list("datadog_logs.json", "logs").iter().map(line).collect();
        let pod_logs =
            self.files.get("eks_pod_logs.json").map(|value| text(value, "logs")).unwrap_or_default();
        lines.extend(pod_logs.lines().map(pod_line));
        let monitors = self.list("datadog_monitors.json", "monitors");
        let alarms = monitors
            .iter()
            .filter(|monitor| text(monitor, "overall_state") == "Alert")
            .map(|monitor| text(monitor, "name"));
        Workload {
            pods: self.list("eks_pods.json", "pods").iter().map(pod).collect(),
            deployments: self.list("eks_deployments.json", "deployments").iter().map(deployment).collect(),
            nodes: self.list("eks_node_health.json", "nodes").iter().map(node).collect(),
            events: self.list("eks_events.json", "warning_events").iter().map(event).collect(),
            lines,
            alarms: alarms.collect(),
        }
    }
}

fn json_files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let value = serde_json::from_slice(&fs::read(&path)?)
                .with_context(|| format!("read `{}`", path.display()))?;
            files.insert(name, value);
        }
    }
    Ok(files)
}

fn parts(value: &Value) -> Vec<Part> {
    let list = value.as_array().into_iter().flatten();
    list.map(|wait| Part { name: text(wait, "name"), load: at(wait, "db_load_avg").as_f64().unwrap_or(0.0) })
        .collect()
}

fn pod(value: &Value) -> Pod {
    let mut reasons = vec![text(value, "reason"), text(value, "message")];
    for condition in at(value, "conditions").as_array().into_iter().flatten() {
        reasons.extend([text(condition, "reason"), text(condition, "message")]);
    }
    reasons.retain(|reason| !reason.is_empty());
    Pod {
        name: text(value, "name"),
        phase: text(value, "phase"),
        is_deleting: at(value, "deletion_timestamp").is_string(),
        node: at(value, "node_name").as_str().filter(|name| !name.is_empty()).map(str::to_owned),
        containers: at(value, "containers").as_array().into_iter().flatten().map(container).collect(),
        reasons,
    }
}

/// States are given flat (`{"waiting": true, "reason": ...}`) or nested as in the API.
fn container(value: &Value) -> Container {
    let mut found = Container {
        is_ready: at(value, "ready").as_bool().unwrap_or(false),
        restarts: at(value, "restart_count").as_u64().unwrap_or(0),
        ..Container::default()
    };
    for state in ["state", "last_state", "last_termination", "lastState"] {
        let state = at(value, state);
        for part in [state, at(state, "waiting"), at(state, "terminated")] {
            found.reasons.extend(at(part, "reason").as_str().map(str::to_owned));
            found.messages.extend(at(part, "message").as_str().map(str::to_owned));
            found.exit_codes.extend(at(part, "exit_code").as_i64().or_else(|| at(part, "exitCode").as_i64()));
        }
    }
    found
}

fn deployment(value: &Value) -> Deployment {
    let number = |key: &str| at(value, key).as_u64().unwrap_or(0);
    Deployment { name: text(value, "name"), desired: number("desired"), available: number("available") }
}

fn node(value: &Value) -> Node {
    let is = |key: &str| at(value, key).as_bool().unwrap_or_else(|| at(value, key).as_str() == Some("True"));
    let pressures = ["memory", "disk", "pid"].into_iter().filter(|kind| is(&format!("{kind}_pressure")));
    Node {
        name: text(value, "name"),
        is_ready: is("ready"),
        pressures: pressures.map(str::to_owned).collect(),
    }
}

fn event(value: &Value) -> Event {
    Event {
        reason: text(value, "reason"),
        message: text(value, "message"),
        object: text(value, "involved_object"),
    }
}

fn line(value: &Value) -> Line {
    let is_bad = !["info", "debug", "ok", "notice"].contains(&text(value, "status").as_str());
    Line { is_bad, text: text(value, "message") }
}

fn pod_line(line: &str) -> Line {
    let is_good = [" INFO ", " DEBUG ", "[INFO]", "level=info"].iter().any(|level| line.contains(level));
    Line { is_bad: !is_good, text: line.to_owned() }
}
