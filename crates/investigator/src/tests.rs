//! The loop with sources that answer, fail, stall and panic; time is tokio's, paused.

use super::*;
use butfor_engine::wanted::Place;
use butfor_incident::Timestamp;
use butfor_ports::{Answered, Fetching};
use std::sync::Mutex;
use std::time::Duration;

/// Keeps what was recorded as text; its case is empty.
#[derive(Default)]
struct Notes(Vec<String>);

impl Recorder for Notes {
    fn answered(&mut self, query: &Query, _: Timestamp, _: &Answered) {
        self.0.push(format!("{} answered", query.operation));
    }

    fn failed(&mut self, query: &Query, _: Timestamp, failure: &Failure) {
        self.0.push(format!("{} {}", query.operation, failure.code));
    }

    fn case(&self, rounds: usize) -> CaseFile {
        CaseFile { as_of: Timestamp::from_seconds(0), evidence: Vec::new(), gaps: Vec::new(), rounds }
    }
}

/// Behaves by the name of the operation.
#[derive(Default)]
struct Moody(Mutex<usize>);

impl Source for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn serves(&self, query: &Query) -> bool {
        query.operation != "Nobodys"
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        *self.0.lock().unwrap() += 1;
        Box::pin(async move {
            match query.operation.as_str() {
                "Stalls" => tokio::time::sleep(Duration::from_secs(3600)).await,
                "Panics" => panic!("as asked"),
                "Denied" => {
                    return Err(Failure { code: "AccessDenied".into(), message: "no".into() });
                }
                _ => {}
            }
            Ok(Answered::Pages(vec!["{}".into()]))
        })
    }
}

fn scope() -> Scope {
    Scope {
        home: Place::default(),
        others: Vec::new(),
        log_groups: Vec::new(),
        now: Timestamp::from_seconds(0),
        changes_before_s: 3600,
        trail: None,
    }
}

fn wish(operation: &str) -> Wanted {
    let query = Query {
        account: String::new(),
        region: String::new(),
        service: "ec2".into(),
        operation: operation.into(),
        parameters: "{}".into(),
    };
    Wanted { rank: 0, query }
}

async fn run(limits: Limits, asking: Asking) -> (Collected, Vec<String>) {
    let sources: Vec<Arc<dyn Source>> = vec![Arc::new(Moody::default())];
    let mut notes = Notes::default();
    let collected = collect(&sources, &mut notes, &scope(), &limits, asking, &mut |_| {}).await;
    (collected, notes.0)
}

fn new_only(all: &[&str], asked: &BTreeSet<Query>) -> Vec<Wanted> {
    all.iter().map(|name| wish(name)).filter(|it| !asked.contains(&it.query)).collect()
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_for_a_source_that_fails() {
    let asking: Asking = |_, _, asked| new_only(&["Answers", "Denied", "Nobodys", "Panics", "Stalls"], asked);
    let began = Instant::now();
    let (collected, notes) = run(Limits::default(), asking).await;
    assert_eq!(
        notes,
        [
            "Answers answered",
            "Denied AccessDenied",
            "Nobodys NotConfigured",
            "Panics InternalFailure",
            "Stalls TimedOut"
        ]
    );
    assert_eq!(collected, Collected { rounds: 2, queries: 5, failed: 4, left_out: 0 });
    assert!(began.elapsed() <= Limits::default().query + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_recorded_as_left_out() {
    let asking: Asking = |_, _, asked| new_only(&["A", "B", "C"], asked);
    let (collected, notes) = run(Limits { queries: 2, ..Limits::default() }, asking).await;
    assert_eq!(notes.len(), 3);
    assert!(notes.contains(&"C OverBudget".to_owned()), "{notes:?}");
    assert_eq!((collected.queries, collected.left_out), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn wishes_without_end_stop_at_the_rounds() {
    let asking: Asking = |_, _, asked| vec![wish(&format!("Q{}", asked.len()))];
    let (collected, notes) = run(Limits { rounds: 3, ..Limits::default() }, asking).await;
    assert_eq!((collected.queries, collected.left_out), (3, 1));
    assert_eq!(notes.last().map(String::as_str), Some("Q3 OverBudget"));
}

#[tokio::test(start_paused = true)]
async fn wishes_without_end_stop_at_the_time() {
    let asking: Asking = |_, _, asked| {
        let mut wanted = vec![wish("Stalls")];
        wanted.extend((0..3).map(|number| wish(&format!("Q{}-{number}", asked.len()))));
        wanted.retain(|it| !asked.contains(&it.query));
        wanted
    };
    let limits = Limits { total: Duration::from_secs(30), rounds: 1_000_000, ..Limits::default() };
    let limits = Limits { queries: 30, ..limits };
    let (collected, _) = run(limits, asking).await;
    assert!(collected.left_out > 0 && collected.queries <= 30);
}
