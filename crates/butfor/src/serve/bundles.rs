//! Recorded incidents as what is investigated: for a demonstration, and where no account may be read.

use super::found;
use anyhow::Context;
use butfor_adapters::bundle::{self, Limits, Memory};
use butfor_engine::alert;
use butfor_incident::{Alert, Body, CaseFile, Cites, Evidence, Timestamp};
use butfor_server::{Asked, Found, Order, Step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A recorded incident and the alarms it is about.
struct Recorded {
    place: Place,
    alerts: Vec<Alert>,
}

/// Where its files are.
enum Place {
    Folder(PathBuf),
    Files(Memory),
}

/// Recorded incidents.
pub(super) struct Bundles {
    recorded: Vec<Recorded>,
    /// How long reading is made to take altogether, so that people can watch.
    lasts: Duration,
}

impl Bundles {
    /// Those in the folders of a folder.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("reading the folder `{}`", folder.display()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths.retain(|path| path.join("bundle.json").is_file());
        if paths.is_empty() && folder.join("bundle.json").is_file() {
            paths.push(folder.to_owned());
        }
        let recorded = paths.into_iter().map(|path| {
            let text = std::fs::read_to_string(path.join("alert.json")).unwrap_or_default();
            Recorded { place: Place::Folder(path), alerts: alerts(&text) }
        });
        Ok(Self { recorded: recorded.collect(), lasts: Duration::ZERO })
    }

    /// One that is in memory.
    pub(super) fn of(files: Vec<Memory>, lasts: Duration) -> Self {
        let recorded = files.into_iter().map(|files| {
            let text = files.0.get("alert.json").map(|it| String::from_utf8_lossy(it).into_owned());
            Recorded { alerts: alerts(&text.unwrap_or_default()), place: Place::Files(files) }
        });
        Self { recorded: recorded.collect(), lasts }
    }

    /// The one that is about an alarm of the order; for a preset, the one whose alarm went off last.
    pub(super) fn find(&self, order: &Order) -> Option<usize> {
        let asked: Vec<Alert> =
            order.alerts.iter().flat_map(|payload| alerts(&payload.to_string())).collect();
        let is_same = |own: &Alert, other: &Alert| {
            let agrees = |own: &Option<String>, other: &Option<String>| match (own, other) {
                (Some(own), Some(other)) => own == other,
                _ => true,
            };
            own.name == other.name
                && agrees(&own.account, &other.account)
                && agrees(&own.region, &other.region)
        };
        let is_about =
            |recorded: &Recorded| recorded.alerts.iter().any(|own| asked.iter().any(|it| is_same(own, it)));
        if let Some(found) = self.recorded.iter().position(is_about) {
            return Some(found);
        }
        order.asked.preset.as_ref()?;
        let until = order.asked.at.as_deref().and_then(|at| Timestamp::parse(at).ok());
        let at = |recorded: &Recorded| {
            let moments = recorded.alerts.iter().filter_map(|alert| alert.at);
            moments.filter(|at| until.is_none_or(|until| *at <= until.plus_seconds(60))).max()
        };
        let latest = self.recorded.iter().enumerate().filter_map(|(index, it)| Some((at(it)?, index))).max();
        latest.map(|(_, index)| index)
    }

    /// Investigates with a recorded incident.
    pub(super) async fn investigate(
        &self,
        index: usize,
        order: &Order,
        step: &(dyn Fn(Step<'_>) + Send + Sync),
    ) -> Result<Found, String> {
        let recorded = self.recorded.get(index).ok_or("the recorded incident is gone")?;
        // Reading a large case takes a while, in which webhooks must be answered.
        let (files, case, warnings) = tokio::task::block_in_place(|| read(recorded, order))?;
        let steps = steps(&case);
        let pause = self.lasts / u32::try_from(steps.len()).unwrap_or(u32::MAX).max(1);
        for (done, line) in steps.iter().enumerate() {
            step(Step { done: done + 1, asked: steps.len(), line });
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
        let assessed = tokio::task::spawn_blocking(move || found::of(&files, &case, warnings));
        assessed.await.map_err(|_| "the assessment broke down".to_owned())?
    }
}

/// The files to look at, the case they make, and what of them cannot be read.
fn read(recorded: &Recorded, order: &Order) -> Result<(Memory, CaseFile, Vec<String>), String> {
    let files = match &recorded.place {
        Place::Folder(path) => folder(path).map_err(|error| format!("{error:#}"))?,
        Place::Files(files) => files.clone(),
    };
    let is_by_hand = order.asked.preset.is_some() || order.alerts.is_empty();
    let mut files = if is_by_hand { files } else { found::with_alerts(files, &order.alerts) };
    files.0.extend(found::deliveries(order));
    let files = only(files, &order.asked);
    let bundle =
        bundle::read_files(&files, Limits::default(), &mut |_| {}).map_err(|error| error.to_string())?;
    let warnings = bundle.problems.iter().map(ToString::to_string).collect();
    Ok((files, bundle.case, warnings))
}

/// Only the answers of the services and about the log groups that were asked for, where some were.
fn only(mut files: Memory, asked: &Asked) -> Memory {
    if asked.log_groups.is_empty() && asked.services.is_empty() {
        return files;
    }
    let is_wanted = |line: &str| {
        let Ok(call) = serde_json::from_str::<Value>(line) else { return true };
        let service = call.get("service").and_then(Value::as_str).unwrap_or_default();
        if !asked.services.is_empty() && !asked.services.iter().any(|it| it == service) {
            return false;
        }
        if service != "logs" || asked.log_groups.is_empty() {
            return true;
        }
        let parameters = call.get("parameters");
        let named = ["logGroupName", "logGroupNames", "logGroupIdentifier"];
        let text: String = named.iter().filter_map(|name| Some(parameters?.get(name)?.to_string())).collect();
        text.is_empty() || asked.log_groups.iter().any(|group| text.contains(&format!("\"{group}\"")))
    };
    if let Some(calls) = files.0.get_mut("calls.jsonl") {
        let text = String::from_utf8_lossy(calls).into_owned();
        let kept: Vec<&str> = text.lines().filter(|line| is_wanted(line)).collect();
        *calls = (kept.join("\n") + "\n").into_bytes();
    }
    files
}

/// The files of a folder, as an archive keeps them: text, unpacked.
fn folder(path: &Path) -> anyhow::Result<Memory> {
    let folder = bundle::Folder::open(path)?;
    Ok(Memory::read(&folder)?)
}

fn alerts(text: &str) -> Vec<Alert> {
    let query = butfor_incident::Query {
        account: String::new(),
        region: String::new(),
        service: "alert".to_owned(),
        operation: String::new(),
        parameters: "{}".into(),
    };
    let evidence = Evidence::new(query, None, Body::Alert("{}".into()));
    alert::parse(text, Cites::one(evidence.id())).unwrap_or_default()
}

/// What was read, one line for each kind of question in a place, in the order of the recording.
fn steps(case: &CaseFile) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for evidence in &case.evidence {
        let query = &evidence.query;
        let what = match evidence.body {
            Body::Call(_) => format!("{} {}", query.service, query.operation),
            Body::CloudTrailRecord(_) => "CloudTrail records".to_owned(),
            Body::FlowLog(_) => "VPC flow logs".to_owned(),
            Body::AccessLog(_) => "access logs".to_owned(),
            Body::Alert(_) => continue,
            Body::Trace(_) => "traces".to_owned(),
            Body::Delivery(_) => "messages about deployments".to_owned(),
        };
        let place = [query.account.as_str(), query.region.as_str()].join(" ");
        let line = format!("{what} {}", place.trim()).trim().to_owned();
        let count = counts.entry(line.clone()).or_default();
        *count += 1;
        if *count == 1 {
            lines.push(line);
        }
    }
    for line in &mut lines {
        let count = counts.get(line).copied().unwrap_or_default();
        if count > 1 {
            line.push_str(&format!(" ({count})"));
        }
    }
    lines.push("undoing each recent change in the model".to_owned());
    lines
}
