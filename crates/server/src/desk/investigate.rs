//! Workers: each leases a job, has it done, and ends it once.

use super::{CLOSE, Desk, INVESTIGATE, facts};
use crate::clock::now;
use crate::feed::News;
use crate::investigator::{Asked, Found, Order, Step};
use crate::metrics::count;
use butfor_engine::correlate::Arrival;
use butfor_intake::Format;
use butfor_report::announce::Event;
use butfor_store::{
    AlertId, Bundle, Error, IncidentId, Investigated, JobState, Lease, NewAssessment, NewCase, NewIncident,
    Outcome, Result,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A dead worker's job is taken over after this: long enough for clocks that differ, short enough for an outage.
const LEASE_MS: u32 = 30_000;

/// How often a lease is made longer while the work goes on.
const EXTEND: Duration = Duration::from_secs(10);

/// How long an idle worker sleeps: jobs of other replicas and those with a time of their own are found by looking.
const IDLE: Duration = Duration::from_millis(500);

/// An investigation that takes longer is given up; its budgets end it far earlier.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Alerts an investigation is told: the first ones; the rest is of the same incident and known by count.
const ALERTS_MAX: usize = 100;

/// How long before an incident messages of code hosts may matter: a change that is noticed later was noticed by something else before.
const DELIVERIES_S: i64 = 24 * 3600;

/// Messages of one code host that are handed on: the newest.
const DELIVERIES_MAX: u32 = 500;

/// Bytes of them in all: what is larger is no message about a deployment.
const DELIVERIES_BYTES: usize = 16 << 20;

/// What a job that investigates was told.
#[derive(Debug, Deserialize)]
struct Told {
    pass: u32,
    #[serde(default)]
    asked: Asked,
}

impl Desk {
    /// Does jobs until told to stop; the job at hand is finished first.
    pub(crate) async fn work(self: Arc<Self>, worker: usize, mut stop: watch::Receiver<bool>) {
        let owner = format!("{}/{worker}", self.settings.replica);
        while !*stop.borrow() {
            let woken = self.wake.notified();
            match self.work_once(&owner).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "jobs cannot be taken"),
            }
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Does one job, if one is due.
    pub(crate) async fn work_once(self: &Arc<Self>, owner: &str) -> Result<bool> {
        if let Some(lease) = self.store.claim(INVESTIGATE, owner, now(), LEASE_MS).await? {
            self.investigate(lease).await?;
            return Ok(true);
        }
        if let Some(lease) = self.store.claim(CLOSE, owner, now(), LEASE_MS).await? {
            self.close_if_over(lease).await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn investigate(self: &Arc<Self>, lease: Lease) -> Result<()> {
        let Some(incident) = lease.incident else {
            self.store.fail(&lease, now(), "a job without an incident").await?;
            return Ok(());
        };
        let began = Instant::now();
        self.feed.begin(incident);
        let done = self.investigate_incident(incident, &lease).await;
        match done {
            Ok(()) => {
                count(&self.metrics.investigated);
                self.metrics.investigate.observe(began.elapsed());
                self.feed.end(incident, News::Assessed);
                self.ring();
                Ok(())
            }
            Err(Failure::Lost) => {
                self.feed.end(incident, News::Changed);
                Ok(())
            }
            Err(Failure::Work(error)) => {
                count(&self.metrics.failed);
                tracing::warn!(%incident, error, "an investigation failed and is tried again");
                let state = self.store.fail(&lease, now(), &error).await;
                self.feed.end(incident, News::Changed);
                match state {
                    Ok(JobState::Dead) => self.announce_failure(incident, &error).await,
                    Ok(_) | Err(Error::LeaseLost { .. }) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        }
    }

    async fn investigate_incident(
        self: &Arc<Self>,
        incident: IncidentId,
        lease: &Lease,
    ) -> std::result::Result<(), Failure> {
        let told: Told =
            serde_json::from_str(&lease.payload).map_err(|error| Failure::Work(error.to_string()))?;
        let order = self.read_order(incident, told).await?;
        self.store.notify(&self.notices(incident, Event::Opened, None).await?, now()).await?;
        let began = Instant::now();
        let found = self.run(incident, &order, lease).await?;
        for warning in &found.warnings {
            tracing::warn!(%incident, warning, "something about an investigation that whoever runs this should know");
        }
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let notices = self.notices(incident, Event::Verdict, Some(&found.assessment)).await?;
        let outcome = Outcome {
            notices,
            investigated: Some(investigated(incident, &found, duration_ms)),
            ..Outcome::default()
        };
        self.store.finish(lease, now(), &outcome).await?;
        self.learn(incident, found).await?;
        Ok(())
    }

    /// Runs in a task of its own: what panics in there is an error of this investigation and of nothing else.
    async fn run(
        self: &Arc<Self>,
        incident: IncidentId,
        order: &Order,
        lease: &Lease,
    ) -> std::result::Result<Found, Failure> {
        let (desk, order) = (Arc::clone(self), order.clone());
        let mut running = tokio::spawn(async move {
            let step = |step: Step<'_>| desk.feed.step(incident, step.done, step.asked, step.line);
            desk.investigator.investigate(&order, &step).await
        });
        let mut lease = lease.clone();
        let end = tokio::time::Instant::now() + LONGEST;
        loop {
            tokio::select! {
                found = &mut running => {
                    let found = found.map_err(|_| Failure::Work("it broke down; this is a fault of the program".to_owned()))?;
                    return found.map_err(Failure::Work);
                }
                () = tokio::time::sleep(EXTEND) => match self.store.extend(&lease, now(), LEASE_MS).await {
                    Ok(longer) => lease = longer,
                    Err(Error::LeaseLost { .. }) => {
                        running.abort();
                        return Err(Failure::Lost);
                    }
                    // The store may be back before the lease is over.
                    Err(error) => tracing::error!(%error, %incident, "a lease cannot be made longer"),
                },
                () = tokio::time::sleep_until(end) => {
                    running.abort();
                    return Err(Failure::Work("it took too long and was given up".to_owned()));
                }
            }
        }
    }

    async fn read_order(&self, incident: IncidentId, told: Told) -> Result<Order> {
        let mut alerts = Vec::new();
        let mut after = None;
        'pages: loop {
            let page = self.store.alerts(incident, after, 100).await?;
            for alert in page.items.iter().filter(|alert| alert.unlinked.is_none()) {
                let body = self.store.alert_body(alert.id).await?;
                if let Ok(payload) = serde_json::from_slice::<Value>(&body) {
                    alerts.push(payload);
                }
                if alerts.len() >= ALERTS_MAX {
                    break 'pages;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let deliveries = self.deliveries(incident).await?;
        Ok(Order { alerts, deliveries, pass: told.pass, asked: told.asked })
    }

    /// What code hosts said in the day before an incident.
    async fn deliveries(&self, incident: IncidentId) -> Result<Vec<Value>> {
        let opened_at = self.store.incident(incident).await?.opened_at;
        let is_host = |format: Format| matches!(format, Format::GitHub | Format::GitLab);
        let (mut deliveries, mut bytes) = (Vec::new(), 0);
        for sender in self.settings.senders.iter().filter(|sender| is_host(sender.integration.format)) {
            let from = opened_at.plus_seconds(-DELIVERIES_S);
            let bodies = self.store.alerts_of(&sender.integration.name, from, now(), DELIVERIES_MAX).await?;
            for body in bodies {
                bytes += body.len();
                if bytes > DELIVERIES_BYTES {
                    break;
                }
                let payload: Value = serde_json::from_slice(&body).unwrap_or_default();
                deliveries.extend(payload.pointer("/data/original").cloned());
            }
        }
        Ok(deliveries)
    }

    /// What correlation learns from a verdict: what was explained, what depends on what, which alarms do not belong.
    async fn learn(&self, incident: IncidentId, found: Found) -> Result<()> {
        // The alerts may have come to another replica; what came to this one is on the board.
        if self.settings.is_shared {
            self.read_board().await?;
        }
        let splits = {
            let mut board = self.board();
            // A look that saw nothing unlearns nothing.
            if !found.dependencies.is_empty() {
                board.learn(found.dependencies);
            }
            board.explain(incident, found.explained)
        };
        let mut seen = BTreeSet::new();
        for (arrival, split) in splits {
            // An alarm is taken out once, with all its messages.
            if seen.insert(arrival.key.clone()) {
                self.split_off(incident, &arrival, &split.reason).await?;
            }
        }
        Ok(())
    }

    async fn split_off(&self, incident: IncidentId, arrival: &Arrival, reason: &str) -> Result<()> {
        let alerts = self.alerts_of(incident, &arrival.key).await?;
        let Some((first, others)) = alerts.split_first() else { return Ok(()) };
        let new = NewIncident {
            title: arrival.name.clone(),
            account: arrival.account.clone(),
            region: arrival.region.clone(),
            application: arrival.application.clone().unwrap_or_default(),
            priority: String::new(),
            key: None,
            reason: reason.to_owned(),
            job: Some((INVESTIGATE.to_owned(), super::arrive::order(1, &Asked::default()))),
        };
        let opened = self.store.split(incident, *first, &new, "butfor", now()).await?;
        for other in others {
            self.store.unlink(incident, *other, "butfor", now()).await?;
            self.store.link(opened, *other, reason, now()).await?;
        }
        self.board().unlink(incident, &arrival.key);
        self.read_board().await?;
        self.ring();
        Ok(())
    }

    /// The linked alerts of an alarm in an incident, in the order they came.
    async fn alerts_of(&self, incident: IncidentId, key: &str) -> Result<Vec<AlertId>> {
        let is_it = |facts: &str| facts::read(facts).is_some_and(|arrival| arrival.key == key);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.alerts(incident, after, 1000).await?;
            let linked = page.items.iter().filter(|alert| alert.unlinked.is_none() && is_it(&alert.facts));
            found.extend(linked.map(|alert| alert.id));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Why an investigation did not end.
enum Failure {
    /// Another worker has the job.
    Lost,
    /// What went wrong.
    Work(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::LeaseLost { .. } => Self::Lost,
            other => Self::Work(other.to_string()),
        }
    }
}

fn investigated(incident: IncidentId, found: &Found, duration_ms: u64) -> Investigated {
    let digest = butfor_store::digest_of(&found.bundle);
    let at = now();
    let picture = serde_json::to_string(&found.picture).unwrap_or_default();
    Investigated {
        case: NewCase {
            incident,
            digest: digest.clone(),
            as_of: found.as_of,
            bundle: Bundle::Here(found.bundle.clone()),
            created_at: at,
        },
        assessment: NewAssessment {
            incident,
            case_digest: digest,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            outcome: found.assessment.verdict.outcome.as_str().to_owned(),
            summary: found.assessment.verdict.summary.clone(),
            body: butfor_report::json(&found.assessment, duration_ms),
            created_at: at,
        },
        reports: vec![
            ("markdown".to_owned(), butfor_report::markdown(&found.assessment)),
            ("picture".to_owned(), picture),
            ("explained".to_owned(), facts::write_explained(&found.explained)),
        ],
    }
}
