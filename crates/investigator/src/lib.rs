//! The loop of a live investigation: assess, collect what is wanted, assess again, until nothing is wanted or a limit is reached.
//!
//! The last assessment *is* the investigation; nothing of an earlier round survives but what was recorded. A query that fails, takes
//! too long or does not fit into the limits becomes a gap, and nothing waits for it.

mod collect;
mod limits;

pub use limits::Limits;

use butfor_engine::wanted::{Scope, Wanted};
use butfor_incident::{Assessment, CaseFile, Query};
use butfor_ports::{Failure, Recorder, Source};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

/// What asks next, given a case: [`butfor_engine::wanted::wanted`] for an incident.
pub type Asking = fn(&CaseFile, &Scope, &BTreeSet<Query>) -> Vec<Wanted>;

/// How far an investigation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The round, from 1.
    pub round: usize,
    /// Queries answered, or failed, so far.
    pub done: usize,
    /// Queries asked so far.
    pub asked: usize,
    /// The query that was answered last.
    pub last: Option<&'a Query>,
}

/// What collecting took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Rounds of assessing and collecting.
    pub rounds: usize,
    /// Queries that were made.
    pub queries: usize,
    /// Of them, how many gave no answer.
    pub failed: usize,
    /// Queries that did not fit into the limits.
    pub left_out: usize,
}

/// Collects until nothing more is wanted or a limit is reached.
pub async fn collect(
    sources: &[Arc<dyn Source>],
    recorder: &mut dyn Recorder,
    scope: &Scope,
    limits: &Limits,
    asking: Asking,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Collected {
    let began = Instant::now();
    let mut asked: BTreeSet<Query> = BTreeSet::new();
    let mut collected = Collected { rounds: 1, ..Collected::default() };
    loop {
        let case = recorder.case(collected.rounds);
        let wanted = asking(&case, scope, &asked);
        if wanted.is_empty() {
            return collected;
        }
        let time_left = limits.total.saturating_sub(began.elapsed());
        let room = if collected.rounds > limits.rounds || time_left.is_zero() {
            0
        } else {
            limits.queries.saturating_sub(collected.queries)
        };
        let (now, later) = wanted.split_at(room.min(wanted.len()));
        asked.extend(wanted.iter().map(|it| it.query.clone()));
        for left_out in later {
            recorder.failed(&left_out.query, scope.now, &over_budget(limits));
        }
        collected.left_out += later.len();
        if now.is_empty() {
            return collected;
        }
        let queries: Vec<Query> = now.iter().map(|it| it.query.clone()).collect();
        let (done, round, total) = (collected.queries, collected.rounds, asked.len());
        let mut report = |answered: usize, query: &Query| {
            progress(Progress { round, done: done + answered, asked: total, last: Some(query) });
        };
        collected.failed +=
            collect::all(sources, recorder, scope.now, queries, limits, time_left, &mut report).await;
        collected.queries += now.len();
        collected.rounds += 1;
    }
}

/// Collects what an incident needs, and assesses what was collected.
pub async fn investigate(
    sources: &[Arc<dyn Source>],
    recorder: &mut dyn Recorder,
    scope: &Scope,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> (Assessment, Collected) {
    let collected = collect(sources, recorder, scope, limits, butfor_engine::wanted::wanted, progress).await;
    (butfor_engine::assess(&recorder.case(collected.rounds)), collected)
}

fn over_budget(limits: &Limits) -> Failure {
    let message = format!(
        "not asked: the limit of {} queries, {} rounds or {} seconds was reached",
        limits.queries,
        limits.rounds,
        limits.total.as_secs()
    );
    Failure { code: "OverBudget".to_owned(), message }
}

#[cfg(test)]
mod tests;
