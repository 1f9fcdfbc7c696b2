//! A scenario being told: accounts are built, observed, changed and observed again; then it is written down.

use super::cloud::{Documents, Place};
use super::ids::Ids;
use super::permits::Permits;
use super::signal::Signals;
use super::truth::Truth;
use anyhow::{Context, Result, ensure};
use butfor_incident::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The day every scenario of ours plays on, unless it says otherwise.
const DAY: &str = "2026-06-03";

/// A scenario of ours in the making.
#[derive(Debug)]
pub(super) struct Story {
    pub ids: Ids,
    /// The moment the next thing happens.
    pub now: Timestamp,
    pub cloud: BTreeMap<Place, Documents>,
    pub permits: Permits,
    /// Block Public Access mode of a place, where it is not `off`.
    pub blocked_public_access: BTreeMap<Place, String>,
    /// Accounts nobody could describe.
    pub undescribed: Vec<String>,
    pub calls: Vec<Value>,
    /// CloudTrail records as the trail delivers them.
    pub records: Vec<(Place, Value)>,
    /// Whether the records come as `lookup-events` output instead of log files.
    pub is_lookup: bool,
    /// Whether nobody can read the trail.
    pub has_no_trail: bool,
    /// Records that happened but have not been delivered when the investigation looks.
    pub undelivered: Vec<String>,
    pub signals: Signals,
    /// Messages of code hosts and their headers, by path.
    pub deliveries: BTreeMap<String, Value>,
    pub truth: Truth,
    /// When the investigation looks; set by [`Story::investigate`].
    pub as_of: Option<Timestamp>,
    /// Contradictions met while telling: nothing is written when there are any.
    pub mistakes: Vec<String>,
}

impl Story {
    pub(super) fn new(number: u16) -> Self {
        Self {
            ids: Ids::new(u64::from(number)),
            now: Timestamp::from_millis(0),
            cloud: BTreeMap::new(),
            permits: Permits::default(),
            blocked_public_access: BTreeMap::new(),
            undescribed: Vec::new(),
            calls: Vec::new(),
            records: Vec::new(),
            is_lookup: false,
            has_no_trail: false,
            undelivered: Vec::new(),
            signals: Signals::default(),
            deliveries: BTreeMap::new(),
            truth: Truth::default(),
            as_of: None,
            mistakes: Vec::new(),
        }
    }

    /// Sets the clock: `13:20:05`, or `06-01 13:20:05` on another day.
    pub(super) fn at(&mut self, time: &str) {
        self.now = self.moment(time);
    }

    /// A moment of the scenario's day.
    pub(super) fn moment(&mut self, time: &str) -> Timestamp {
        let text = match time.split_once(' ') {
            Some((day, clock)) => format!("2026-{day}T{clock}Z"),
            None => format!("{DAY}T{time}Z"),
        };
        Timestamp::parse(&text).unwrap_or_else(|error| {
            self.mistakes.push(error.to_string());
            Timestamp::from_millis(0)
        })
    }

    /// Looks at everything: configuration, alarm, metric, logs. What happens later is not part of the scenario.
    pub(super) fn investigate(&mut self, time: &str) {
        self.at(time);
        self.observe();
        self.observe_signals();
        self.as_of = Some(self.now.plus_seconds(45));
    }

    /// The files of the bundle, by path.
    pub(super) fn files(mut self, slug: &str) -> Result<BTreeMap<String, String>> {
        self.add_noise();
        ensure!(self.mistakes.is_empty(), "{slug}: {}", self.mistakes.join("; "));
        let as_of = self.as_of.with_context(|| format!("{slug}: nobody investigates"))?;
        let mut files = BTreeMap::new();
        files.insert(
            "bundle.json".to_owned(),
            pretty(&json!({ "format": "butfor-bundle/1", "as_of": as_of.to_string() }))?,
        );
        let alert = self.signals.alert.take().with_context(|| format!("{slug}: no alert"))?;
        files.insert("alert.json".to_owned(), pretty(&alert)?);
        files.insert("calls.jsonl".to_owned(), lines(&self.calls)?);
        if !self.has_no_trail {
            self.trail_files(as_of, &mut files)?;
        }
        self.flow_log_files(&mut files);
        for (path, message) in &self.deliveries {
            files.insert(path.clone(), pretty(message)?);
        }
        files.insert("truth.json".to_owned(), pretty(&self.truth.json(slug))?);
        files.insert("scenario.toml".to_owned(), self.truth.about());
        Ok(files)
    }

    fn trail_files(&mut self, as_of: Timestamp, files: &mut BTreeMap<String, String>) -> Result<()> {
        let mut delivered: BTreeMap<&Place, Vec<&Value>> = BTreeMap::new();
        for (place, record) in &self.records {
            let id = record.get("eventID").and_then(Value::as_str).unwrap_or_default();
            let is_later = record
                .get("eventTime")
                .and_then(Value::as_str)
                .is_some_and(|at| Timestamp::parse(at).is_ok_and(|at| at > as_of));
            if !self.undelivered.iter().any(|undelivered| undelivered == id) && !is_later {
                delivered.entry(place).or_default().push(record);
            }
        }
        for (place, mut records) in delivered {
            records.sort_by_key(|record| record.get("eventTime").map(ToString::to_string));
            if self.is_lookup {
                let events: Vec<_> = records.iter().rev().map(|record| looked_up(record)).collect();
                let name = format!("cloudtrail/lookup-events-{}-{}.json", place.account, place.region);
                files.insert(name, listed("Events", &events)?);
                continue;
            }
            let Place { account, region } = place;
            let folder = format!(
                "cloudtrail/AWSLogs/{account}/CloudTrail/{region}/{}",
                as_of.date().replace('-', "/")
            );
            let stamp: String =
                as_of.to_string().chars().filter(char::is_ascii_alphanumeric).take(13).collect();
            let unique = self.ids.capitals("", &format!("{account} {region} log file"), 16);
            let name = format!("{folder}/{account}_CloudTrail_{region}_{stamp}Z_{unique}.json");
            files.insert(name, listed("Records", &records.into_iter().cloned().collect::<Vec<_>>())?);
        }
        Ok(())
    }

    fn flow_log_files(&self, files: &mut BTreeMap<String, String>) {
        for (Place { account, region }, lines) in &self.signals.flow_lines {
            let folder = format!(
                "flow-logs/AWSLogs/{account}/vpcflowlogs/{region}/{}",
                self.now.date().replace('-', "/")
            );
            let id = self.ids.id("fl", account);
            let name = format!("{folder}/{account}_vpcflowlogs_{region}_{id}_{}.log", self.ids.hex(account));
            let mut text = String::from(
                "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
                 action log-status\n",
            );
            let mut lines: Vec<_> = lines.iter().collect();
            lines.sort();
            for (_, line) in lines {
                let _ = writeln!(text, "{line}");
            }
            files.insert(name, text);
        }
    }
}

/// `lookup-events` wraps the record as text (change-events, section 1).
fn looked_up(record: &Value) -> Value {
    let user = record.pointer("/userIdentity/sessionContext/sessionIssuer/userName");
    json!({
        "EventId": record.get("eventID"), "EventName": record.get("eventName"), "EventTime": record.get("eventTime"),
        "EventSource": record.get("eventSource"), "ReadOnly": record.get("readOnly").map(ToString::to_string),
        "Username": user, "Resources": [], "CloudTrailEvent": record.to_string()
    })
}

/// A list with one element a line, so that differences between versions can be read.
fn listed(key: &str, elements: &[Value]) -> Result<String> {
    let mut lines = Vec::new();
    for element in elements {
        lines.push(serde_json::to_string(element)?);
    }
    Ok(format!("{{\"{key}\": [\n{}\n]}}\n", lines.join(",\n")))
}

fn lines(values: &[Value]) -> Result<String> {
    let mut text = String::new();
    for value in values {
        text.push_str(&serde_json::to_string(value)?);
        text.push('\n');
    }
    Ok(text)
}

fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
