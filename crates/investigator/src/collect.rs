//! One round of collecting: queries side by side, each with its own time.

use crate::Limits;
use butfor_incident::{Query, Timestamp};
use butfor_ports::{Answered, Failure, Recorder, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Asks all queries and records what comes; gives how many had no answer. What was asked is recorded in the order of asking, so that the same
/// answers make the same recording whatever comes first.
pub(crate) async fn all(
    sources: &[Arc<dyn Source>],
    recorder: &mut dyn Recorder,
    at: Timestamp,
    queries: Vec<Query>,
    limits: &Limits,
    time_left: Duration,
    report: &mut (dyn FnMut(usize, &Query) + Send),
) -> usize {
    let room = Arc::new(Semaphore::new(limits.parallel.max(1)));
    let patience = limits.query.min(time_left);
    let mut running = JoinSet::new();
    for (place, query) in queries.iter().cloned().enumerate() {
        let source = sources.iter().find(|source| source.serves(&query)).cloned();
        let room = room.clone();
        running.spawn(async move {
            let Ok(_permit) = room.acquire().await else { return (place, Err(stopped())) };
            let Some(source) = source else { return (place, Err(not_served(&query))) };
            match timeout(patience, source.fetch(&query)).await {
                Ok(answer) => (place, answer),
                Err(_) => (place, Err(too_slow(patience))),
            }
        });
    }
    let mut answers: BTreeMap<usize, Result<Answered, Failure>> = BTreeMap::new();
    while let Some(joined) = running.join_next().await {
        // A source that panics brings down its own query only.
        let Ok((place, answer)) = joined else { continue };
        answers.insert(place, answer);
        if let Some(query) = queries.get(place) {
            report(answers.len(), query);
        }
    }
    let mut failed = 0;
    for (place, query) in queries.iter().enumerate() {
        match answers.remove(&place).unwrap_or_else(|| Err(stopped())) {
            Ok(answer) => recorder.answered(query, at, &answer),
            Err(failure) => {
                failed += 1;
                recorder.failed(query, at, &failure);
            }
        }
    }
    failed
}

fn too_slow(patience: Duration) -> Failure {
    Failure { code: "TimedOut".to_owned(), message: format!("no answer within {} s", patience.as_secs()) }
}

fn stopped() -> Failure {
    Failure {
        code: "InternalFailure".to_owned(),
        message: "the source stopped before it answered".to_owned(),
    }
}

fn not_served(query: &Query) -> Failure {
    Failure {
        code: "NotConfigured".to_owned(),
        message: format!("nothing configured answers {} {}", query.service, query.operation),
    }
}
