//! One exam, taken by both stores: SQLite always, Postgres where its binaries are.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test may stop it"
)]

#[path = "exam/history.rs"]
mod history;
#[path = "exam/incidents.rs"]
mod incidents;
#[path = "exam/jobs.rs"]
mod jobs;
#[path = "exam/postgres.rs"]
mod postgres;
#[path = "exam/secrets.rs"]
mod secrets;

use butfor_store::Store;
use std::future::Future;
use std::pin::Pin;

type Question = fn(Store) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! questions {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// Every question with its name.
        const QUESTIONS: &[(&str, Question)] = &[$((stringify!($name), |store| Box::pin($module::$name(store)))),*];
    };
}

questions![
    history::same_answers_are_kept_once,
    history::a_filter_and_a_cursor_find_what_they_should,
    history::the_order_of_arrival_does_not_matter,
    history::pruning_forgets_the_past_and_nothing_else,
    history::writers_at_once_agree,
    incidents::an_alert_is_accepted_once,
    incidents::a_signed_message_is_accepted_once,
    incidents::a_storm_opens_one_incident,
    incidents::strange_texts_are_accepted,
    incidents::a_bad_alert_harms_no_other,
    incidents::lists_go_on_where_they_ended,
    incidents::assessments_are_added_and_never_changed,
    incidents::what_people_decide_is_kept_with_who_and_when,
    incidents::people_sessions_and_tokens,
    incidents::settings_are_kept,
    incidents::retention_forgets_what_was_closed_and_nothing_else,
    incidents::an_export_has_everything,
    jobs::a_job_is_done_once,
    jobs::a_dead_worker_is_taken_over,
    jobs::a_failing_job_waits_longer_each_time_and_ends_as_a_dead_letter,
    jobs::a_deadly_job_is_given_up,
    jobs::sixteen_workers_share_the_jobs,
    jobs::a_notice_is_sent_once,
    jobs::the_audit_log_is_a_chain,
    secrets::no_secret_is_in_what_is_stored,
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

fn ask(name: &str, question: Question, uri: &str) {
    println!("asking {name}");
    runtime().block_on(async {
        let store = Store::open(Some(uri), std::path::Path::new(".")).await.unwrap();
        question(store.clone()).await;
        store.close().await;
    });
}

#[test]
fn sqlite_passes() {
    for (name, question) in QUESTIONS {
        let folder = tempfile::tempdir().unwrap();
        ask(name, *question, folder.path().join("a #1?.db").to_str().unwrap());
        secrets::look_into(folder.path());
    }
}

#[test]
fn postgres_passes() {
    let Some(mut server) = postgres::Server::start() else {
        println!("SKIPPED: Postgres is not installed (apt-get install postgresql)");
        return;
    };
    for (name, question) in QUESTIONS {
        let uri = server.database();
        ask(name, *question, &uri);
    }
}
