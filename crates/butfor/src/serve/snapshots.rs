//! The configuration of the accounts, looked at on a schedule, so that the state before any incident is known.

use crate::cli::Connect;
use crate::live;
use butfor_config::Config;
use butfor_store::{NewJob, Outcome, Store};
use std::time::Duration;

/// Kind of the jobs: of several replicas one takes each.
const SNAPSHOT: &str = "snapshot";

/// How long a look may take; it ends by its own limits far earlier.
const LEASE_MS: u32 = 40 * 60_000;

/// Looks as often as the configuration says, until the process ends.
pub(super) async fn run(config: Config, store: Store, every: Duration) {
    let every_ms = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    loop {
        let now = live::now();
        // The slot of the schedule names the job: a second replica, or a restart, makes no second one.
        let slot = now.as_millis() / every_ms;
        if let Err(error) = one(&config, &store, slot).await {
            tracing::warn!(error = format!("{error:#}"), "the configuration could not be looked at");
        }
        let next_ms = (slot + 1) * every_ms - live::now().as_millis();
        tokio::time::sleep(Duration::from_millis(u64::try_from(next_ms).unwrap_or(0).max(1_000))).await;
    }
}

async fn one(config: &Config, store: &Store, slot: i64) -> anyhow::Result<()> {
    let now = live::now();
    store.enqueue(&NewJob::new(&format!("{SNAPSHOT}/{slot}"), SNAPSHOT, "", now)).await?;
    let owner = format!("snapshot/{}", std::process::id());
    let Some(lease) = store.claim(SNAPSHOT, &owner, now, LEASE_MS).await? else { return Ok(()) };
    match look(config, store).await {
        Ok(()) => Ok(store.finish(&lease, live::now(), &Outcome::default()).await?),
        Err(error) => {
            store.fail(&lease, live::now(), &format!("{error:#}")).await?;
            Err(error)
        }
    }
}

async fn look(config: &Config, store: &Store) -> anyhow::Result<()> {
    let asked = Connect {
        profile: None,
        region: None,
        account: Vec::new(),
        external_id: None,
        endpoint_url: None,
        config: None,
    };
    let connection = live::connect_with(&asked, config.clone()).await?;
    let keep_days = u32::try_from(config.history.retention_days).ok();
    let taken = live::snapshot_with(&connection, store, live::now(), keep_days, &mut |_| {}).await?;
    tracing::info!(
        answers = taken.kept.new + taken.kept.same,
        new = taken.kept.new,
        not_seen = taken.failed.len(),
        "the configuration was looked at"
    );
    Ok(())
}
