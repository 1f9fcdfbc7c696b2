//! Looking at all configuration once, for the history.

use super::{history, now};
use crate::cli::Snapshot;
use crate::progress::Progress;
use butfor_engine::wanted::{Scope, configuration};
use butfor_incident::{CaseFile, Query, Timestamp};
use butfor_investigator::{Collected, Limits, collect};
use butfor_ports::{Answered, Failure, Recorder, Source};
use butfor_store::{Kept, Size};
use std::sync::Arc;
use std::time::Duration;

/// Queries of a snapshot: three calls a function, two a bucket, and some hundred of each.
const QUERIES_MAX: usize = 10_000;

/// Time for all of it: at gentle rates ten thousand calls take minutes.
const TIME_MAX: Duration = Duration::from_secs(30 * 60);

/// What a snapshot gave.
pub(crate) struct Taken {
    pub(crate) kept: Kept,
    pub(crate) collected: Collected,
    pub(crate) size: Size,
    /// Queries without an answer, with the reason.
    pub(crate) failed: Vec<(Query, Failure)>,
}

/// Keeps the answers for the store besides reading them for what to ask next.
struct Keeping {
    recording: butfor_adapters::bundle::Recording,
    answers: Vec<(Query, Timestamp, Arc<str>)>,
    failed: Vec<(Query, Failure)>,
}

impl Recorder for Keeping {
    fn answered(&mut self, query: &Query, at: Timestamp, answer: &Answered) {
        match answer {
            Answered::Pages(pages) => {
                self.answers.extend(pages.first().map(|page| (query.clone(), at, page.clone())));
            }
            // Half of a configuration is none.
            Answered::Part(_, rest) => self.failed.push((query.clone(), rest.clone())),
            Answered::Files(_) => {}
        }
        self.recording.answered(query, at, answer);
    }

    fn failed(&mut self, query: &Query, at: Timestamp, failure: &Failure) {
        self.failed.push((query.clone(), failure.clone()));
        self.recording.failed(query, at, failure);
    }

    fn case(&self, rounds: usize) -> CaseFile {
        self.recording.case(rounds)
    }
}

/// Looks once and keeps what is there.
pub(crate) async fn take(asked: &Snapshot, progress: &mut Progress) -> anyhow::Result<Taken> {
    let connection = super::connect(&asked.connect).await?;
    let store = history::open(&asked.data).await?;
    let now = match &asked.as_of {
        Some(at) => Timestamp::parse(at)?,
        None => now(),
    };
    let mut report = |step: butfor_investigator::Progress<'_>| {
        progress.step(step.done, step.asked, &super::told(&step));
    };
    let taken = take_with(&connection, &store, now, asked.keep_days, &mut report).await;
    store.close().await;
    taken
}

/// The same with a connection and a store that are there.
pub(crate) async fn take_with(
    connection: &super::Connection,
    store: &butfor_store::Store,
    now: Timestamp,
    keep_days: Option<u32>,
    report: &mut (dyn FnMut(butfor_investigator::Progress<'_>) + Send),
) -> anyhow::Result<Taken> {
    let scope = Scope {
        home: connection.home.clone(),
        others: connection.others.clone(),
        log_groups: Vec::new(),
        now,
        changes_before_s: 0,
        trail: None,
    };
    let inner = butfor_adapters::aws::sources(&connection.client);
    let sources: Vec<Arc<dyn Source>> = inner
        .into_iter()
        .map(|inner| Arc::new(history::Redacting { inner, redactor: store.redactor() }) as Arc<dyn Source>)
        .collect();
    let mut keeping = Keeping {
        recording: butfor_adapters::bundle::Recording::new(now),
        answers: Vec::new(),
        failed: Vec::new(),
    };
    let limits = Limits { queries: QUERIES_MAX, total: TIME_MAX, ..Limits::default() };
    let collected = collect(&sources, &mut keeping, &scope, &limits, configuration, report).await;
    let redactor = store.redactor();
    let mut observations = Vec::new();
    for (query, at, output) in &keeping.answers {
        observations.push(redactor.redact(history::observation(query, *at, output))?);
    }
    let kept = store.history().put(&observations).await?;
    if let Some(days) = keep_days {
        store.history().prune(now.plus_seconds(-i64::from(days) * 24 * 3600)).await?;
    }
    let size = store.history().size().await?;
    Ok(Taken { kept, collected, size, failed: keeping.failed })
}
