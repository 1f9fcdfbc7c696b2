//! Live investigations: connects to AWS, finds the alarm, runs the loop, keeps the recording.

mod alarm;
mod applications;
mod budget;
mod connect;
mod doctor;
mod history;
mod preset;
mod snapshot;
mod steer;

pub(crate) use connect::{Connection, connect, connect_with};
pub(crate) use doctor::doctor;
pub(crate) use history::folder;
pub(crate) use snapshot::{Taken, take as snapshot, take_with as snapshot_with};

use crate::cli::Live;
use crate::progress::Progress;
use anyhow::Context;
use butfor_adapters::bundle::Recording;
use butfor_engine::wanted::{Place, Scope, Trail};
use butfor_incident::{Assessment, Timestamp};
use butfor_investigator::{Collected, Limits};
use butfor_ports::Source;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// What a live investigation gave.
pub(crate) struct Investigated {
    pub(crate) assessment: Assessment,
    pub(crate) recording: Recording,
    pub(crate) effort: Effort,
}

/// What it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) collected: Collected,
    /// HTTP requests, pages and retries among them.
    pub(crate) calls: u64,
    /// Answers that asked to slow down.
    pub(crate) throttles: u64,
    pub(crate) duration: Duration,
}

impl std::fmt::Display for Effort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Collected { rounds, queries, failed, left_out } = self.collected;
        write!(
            f,
            "{queries} queries in {rounds} rounds, {} calls, {} throttled, {failed} without an answer, {left_out} left out, {:.1} s",
            self.calls,
            self.throttles,
            self.duration.as_secs_f64()
        )
    }
}

/// Investigates what was asked for on the command line.
pub(crate) fn investigate(asked: &Live, progress: &mut Progress) -> anyhow::Result<Investigated> {
    runtime()?.block_on(run(asked, progress))
}

/// What waits for the network.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("the runtime for network calls cannot be started")
}

async fn run(asked: &Live, progress: &mut Progress) -> anyhow::Result<Investigated> {
    let began = Instant::now();
    progress.step(0, 1, "connecting");
    let mut connection = connect(&asked.connect).await?;
    for warning in &connection.warnings {
        crate::output::warn(warning);
    }
    let now = now();
    let incident_at = asked.at.as_deref().map(Timestamp::parse).transpose().context("--at")?;
    let mut recording = Recording::new(now);
    let alert = match (&asked.alarm, asked.preset) {
        (Some(name), _) => alarm::named(&mut connection, name, incident_at, now).await?,
        (None, Some(preset)) => preset::alert(&mut connection, preset, incident_at, now).await?,
        (None, None) => anyhow::bail!(crate::output::BadInput(
            "say what to investigate: --alarm NAME, or --preset latest-alarm".to_owned()
        )),
    };
    recording.set_alert(&alert);
    let alarm_at = alarm::time(&alert).unwrap_or(now);
    let store = history::open_existing(&asked.data).await;
    let limits = limits(asked.max_queries, &connection.config);
    let wish = Wish {
        log_groups: asked.log_group.clone(),
        services: Vec::new(),
        changes_before_s: i64::try_from(asked.since.as_secs()).unwrap_or(i64::MAX),
        alarm_at,
        now,
        alert,
    };
    let mut report = |step: butfor_investigator::Progress<'_>| {
        progress.step(step.done, step.asked, &told(&step));
    };
    look(&connection, recording, &wish, store.as_ref(), &limits, &mut report, began).await
}

/// What an investigation looks at, beyond what the alarm says.
pub(crate) struct Wish {
    /// The event that started it, or several.
    pub(crate) alert: serde_json::Value,
    /// The only log groups to read; those of the configuration where there is none.
    pub(crate) log_groups: Vec<String>,
    /// The only services to ask; all where there is none.
    pub(crate) services: Vec<String>,
    /// How long before the alarm changes are looked for.
    pub(crate) changes_before_s: i64,
    /// When the alarm went off.
    pub(crate) alarm_at: Timestamp,
    /// The present.
    pub(crate) now: Timestamp,
}

/// What was answered last, in a few words.
pub(crate) fn told(step: &butfor_investigator::Progress<'_>) -> String {
    step.last.map(|query| format!("{} {}", query.service, query.operation)).unwrap_or_default()
}

/// Collects into a recording that has its alert, and assesses.
pub(crate) async fn look(
    connection: &Connection,
    mut recording: Recording,
    wish: &Wish,
    store: Option<&butfor_store::Store>,
    limits: &Limits,
    progress: &mut (dyn FnMut(butfor_investigator::Progress<'_>) + Send),
    began: Instant,
) -> anyhow::Result<Investigated> {
    let mut log_groups = wish.log_groups.clone();
    if log_groups.is_empty() {
        log_groups = applications::log_groups(connection, &wish.alert).await;
    }
    let scope = Scope {
        home: connection.home.clone(),
        others: connection.others.clone(),
        log_groups,
        now: wish.now,
        changes_before_s: wish.changes_before_s,
        trail: trail(connection),
    };
    let redactor = match store {
        Some(store) => store.redactor(),
        None => butfor_store::Redactor::ephemeral()?,
    };
    if let Some(store) = store {
        let from = wish.alarm_at.plus_seconds(-scope.changes_before_s);
        history::remember(store, &mut recording, &connection.places(), from, wish.now).await?;
    }
    let (used, budgets) = (Arc::<AtomicU64>::default(), connection.config.budgets);
    let sources: Vec<Arc<dyn Source>> = butfor_adapters::aws::sources(&connection.client)
        .into_iter()
        .map(|inner| Arc::new(budget::Metered { inner, used: used.clone(), bytes_max: budgets.bytes }))
        .map(|inner| Arc::new(steer::Steered { inner, services: wish.services.clone() }))
        .map(|inner| Arc::new(history::Redacting { inner, redactor: redactor.clone() }) as Arc<dyn Source>)
        .collect();
    let (assessment, collected) =
        butfor_investigator::investigate(&sources, &mut recording, &scope, limits, progress).await;
    recording.set_rounds(collected.rounds);
    let counters = connection.client.stats();
    let effort =
        Effort { collected, calls: counters.calls, throttles: counters.throttles, duration: began.elapsed() };
    Ok(Investigated { assessment, recording, effort })
}

/// The configured trail, read in its own account and region or in the alarm's.
fn trail(connection: &Connection) -> Option<Trail> {
    let trail = connection.config.trail.as_ref()?;
    let home = &connection.home;
    let place = Place {
        account: trail.account.clone().unwrap_or_else(|| home.account.clone()),
        region: trail.region.clone().unwrap_or_else(|| home.region.clone()),
    };
    Some(Trail {
        bucket: trail.bucket.clone(),
        prefix: trail.prefix.clone(),
        place,
        is_organization: trail.organization,
    })
}

/// How much may be asked: what the command line says, else the configuration's budgets.
pub(crate) fn limits(max_queries: Option<usize>, config: &butfor_config::Config) -> Limits {
    let budgets = &config.budgets;
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Limits {
        queries: max_queries.unwrap_or_else(|| count(budgets.calls)),
        rounds: count(budgets.rounds).max(1),
        total: budgets.time,
        ..Limits::default()
    }
}

/// The event that a preset stands for.
pub(crate) async fn preset_alert(
    connection: &mut Connection,
    preset: crate::cli::Preset,
    at: Option<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<serde_json::Value> {
    preset::alert(connection, preset, at, now).await
}

/// The present. The pure rooms never ask for it: it becomes the case's `as_of`.
pub(crate) fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
