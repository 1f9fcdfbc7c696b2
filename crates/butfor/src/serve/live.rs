//! Live AWS as what is investigated.

use super::{found, investigator::alone};
use crate::cli::{Connect, Preset};
use crate::live::{self, Connection, Wish};
use butfor_adapters::bundle::{Limits as ReadLimits, Recording, read_files};
use butfor_config::Config;
use butfor_incident::Timestamp;
use butfor_server::{Found, Order, Step};
use butfor_store::Store;
use serde_json::Value;
use std::time::Instant;

/// How long before the alarm changes are looked for: the window of the command line.
const CHANGES_BEFORE_S: i64 = 2 * 3600;

/// The accounts of the configuration.
pub(super) struct Live {
    config: Config,
    store: Store,
}

impl Live {
    pub(super) fn new(config: Config, store: Store) -> Self {
        Self { config, store }
    }

    /// Investigates in the account and region of the alarm. Where AWS cannot be reached at all, the verdict says so.
    pub(super) async fn investigate(
        &self,
        order: &Order,
        step: &(dyn Fn(Step<'_>) + Send + Sync),
    ) -> Result<Found, String> {
        step(Step { done: 0, asked: 1, line: "connecting" });
        match self.look(order, step).await {
            Ok(found) => found,
            Err(error) => {
                let why = format!("AWS could not be asked: {error:#}");
                let mut found = alone(order, &why)?;
                found.warnings.push(why);
                Ok(found)
            }
        }
    }

    async fn look(
        &self,
        order: &Order,
        step: &(dyn Fn(Step<'_>) + Send + Sync),
    ) -> anyhow::Result<Result<Found, String>> {
        let began = Instant::now();
        let now = live::now();
        let first = order.alerts.first();
        let account =
            order.asked.account.clone().or_else(|| told(first, &["account", "AWSAccountId", "accountId"]));
        let region = order.asked.region.clone().or_else(|| region(first));
        let mut connection = self.connect(region).await?;
        if let Some(account) = &account {
            move_to(&mut connection, account);
        }
        let at = order.asked.at.as_deref().and_then(|at| Timestamp::parse(at).ok());
        let mut alerts = order.alerts.clone();
        if let Some(preset) = order.asked.preset.as_deref().and_then(preset) {
            alerts = vec![live::preset_alert(&mut connection, preset, at, now).await?];
        }
        let mut recording = Recording::new(now);
        let alert = match alerts.as_slice() {
            [] => Value::Null,
            [one] => one.clone(),
            several => Value::from(several.to_vec()),
        };
        if !alert.is_null() {
            recording.set_alert(&alert);
        }
        let alarm_at = at.or_else(|| moment(alerts.first())).unwrap_or(now);
        let since = order.asked.since.as_deref().and_then(|since| Timestamp::parse(since).ok());
        for (name, bytes) in found::deliveries(order) {
            recording.add_file(&name, bytes);
        }
        let wish = Wish {
            log_groups: order.asked.log_groups.clone(),
            services: order.asked.services.clone(),
            changes_before_s: since.map_or(CHANGES_BEFORE_S, |since| alarm_at.seconds_since(since).max(60)),
            alarm_at,
            now,
            alert,
        };
        let limits = live::limits(None, &connection.config);
        let mut progress = |it: butfor_investigator::Progress<'_>| {
            step(Step { done: it.done, asked: it.asked, line: &live::told(&it) });
        };
        let investigated =
            live::look(&connection, recording, &wish, Some(&self.store), &limits, &mut progress, began)
                .await?;
        let files = investigated.recording.files();
        let read = tokio::task::block_in_place(|| read_files(&files, ReadLimits::default(), &mut |_| {}));
        let case = read?.case;
        let warnings = connection.warnings.clone();
        let assessed = tokio::task::spawn_blocking(move || found::of(&files, &case, warnings));
        Ok(assessed.await?)
    }

    async fn connect(&self, region: Option<String>) -> anyhow::Result<Connection> {
        let asked = Connect {
            profile: None,
            region,
            account: Vec::new(),
            external_id: None,
            endpoint_url: None,
            config: None,
        };
        live::connect_with(&asked, self.config.clone()).await
    }
}

/// Sees everything from the account of the alarm, where it is one of those that may be read.
fn move_to(connection: &mut Connection, account: &str) {
    if connection.home.account == account {
        return;
    }
    if let Some(place) = connection.others.iter().position(|place| place.account == account) {
        connection.move_to(place);
    }
}

fn preset(word: &str) -> Option<Preset> {
    match word {
        "latest-alarm" => Some(Preset::LatestAlarm),
        "error-rate" => Some(Preset::ErrorRate),
        "high-cpu" => Some(Preset::HighCpu),
        _ => None,
    }
}

/// A text of a payload: of its top, or of the metadata a generic webhook carries.
fn told(payload: Option<&Value>, names: &[&str]) -> Option<String> {
    let payload = payload?;
    let metadata = payload.pointer("/data/metadata");
    let places = [Some(payload), metadata];
    let found = places.into_iter().flatten().find_map(|place| {
        names.iter().find_map(|name| place.get(name).and_then(Value::as_str).filter(|it| !it.is_empty()))
    });
    found.map(str::to_owned)
}

/// The region of an alarm; its ARN tells it where the payload only has a name for people.
fn region(payload: Option<&Value>) -> Option<String> {
    let arn =
        told(payload, &["AlarmArn", "alarmArn"]).and_then(|arn| arn.split(':').nth(3).map(str::to_owned));
    arn.filter(|it| !it.is_empty()).or_else(|| told(payload, &["region"]))
}

fn moment(payload: Option<&Value>) -> Option<Timestamp> {
    let at = told(payload, &["time", "StateChangeTime", "timestamp"])?;
    Timestamp::parse(&at).ok()
}
