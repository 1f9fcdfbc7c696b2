//! Kill -9 at random points under load: what was acknowledged is there, and every job's effect is there once.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may stop it")]

#[path = "exam/postgres.rs"]
mod postgres;

use butfor_incident::Timestamp;
use butfor_store::*;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// Tells the test binary to be the child: the address of the store and the number of its life.
const CHILD: &str = "BUTFOR_STORE_CRASH_CHILD";

/// Times a child is killed, in each of which it accepts and works.
const LIVES: u32 = 8;

/// Leases are short, so that the next life takes over what the last one held.
const LEASE_MS: u32 = 150;

fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn accept(key: &str) -> Accept {
    Accept {
        then: None,
        alert: NewAlert {
            source: "crash".to_owned(),
            dedup_key: key.to_owned(),
            sender_id: None,
            facts: String::new(),
            is_test: false,
            title: key.to_owned(),
            body: key.as_bytes().to_vec(),
            received_at: now(),
        },
        nonce: None,
        decision: Decision::Open(NewIncident {
            priority: String::new(),
            title: key.to_owned(),
            account: String::new(),
            region: String::new(),
            application: String::new(),
            key: None,
            reason: "crash".to_owned(),
            job: Some(("investigate".to_owned(), key.to_owned())),
        }),
    }
}

/// Does one job if there is one: its effect is a notice with the job's key.
async fn work(store: &Store, owner: &str) -> Option<()> {
    let lease = store.claim("investigate", owner, now(), LEASE_MS).await.unwrap()?;
    let notice = NewNotice {
        key: format!("verdict/{}", lease.payload),
        incident: lease.incident.unwrap(),
        channel: "out".to_owned(),
        body: format!("attempt {}", lease.attempt),
    };
    match store.finish(&lease, now(), &Outcome { notices: vec![notice], ..Outcome::default() }).await {
        Ok(()) | Err(Error::LeaseLost { .. }) => Some(()),
        Err(error) => panic!("{error}"),
    }
}

/// Not a test of its own: what the killed process runs. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (life, address) = task.split_once(' ').unwrap();
    run(async {
        let store = Store::open(Some(address), Path::new(".")).await.unwrap();
        let intake = store.intake();
        for sender in 0..4 {
            let (intake, life) = (intake.clone(), life.to_owned());
            tokio::spawn(async move {
                for number in 0.. {
                    let key = format!("{life}-{sender}-{number}");
                    intake.accept(accept(&key)).await.unwrap();
                    // One write to a pipe, so that no line is torn (POSIX, `write`: up to PIPE_BUF at once).
                    println!("ack {key}");
                }
            });
        }
        loop {
            if work(&store, &format!("life {life}")).await.is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
}

/// Lets children live and die, and returns what they acknowledged.
fn lives(address: &str, random: &mut fastrand::Rng) -> BTreeSet<String> {
    let mut acknowledged = BTreeSet::new();
    for life in 0..LIVES {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture"])
            .env(CHILD, format!("{life} {address}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(std::result::Result::ok);
            lines.filter_map(|line| line.strip_prefix("ack ").map(str::to_owned)).collect::<Vec<_>>()
        });
        std::thread::sleep(Duration::from_millis(random.u64(150..600)));
        // SIGKILL on Unix: no handler, no flush, nothing.
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(reader.join().unwrap());
    }
    acknowledged
}

fn check(address: &str, seed: u64) {
    let acknowledged = lives(address, &mut fastrand::Rng::with_seed(seed));
    assert!(acknowledged.len() > 20, "seed {seed}: only {} alerts were accepted", acknowledged.len());
    run(async {
        let store = Store::open(Some(address), Path::new(".")).await.unwrap();
        // The leases of the last life run out, then all work that is left is done.
        tokio::time::sleep(Duration::from_millis(u64::from(LEASE_MS) + 50)).await;
        while work(&store, "last").await.is_some() {}

        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let page = store.incidents(None, after, 500).await.unwrap();
            for incident in page.items {
                assert_eq!(incident.alerts, 1, "seed {seed}: {}", incident.title);
                assert!(
                    found.insert(incident.title.clone()),
                    "seed {seed}: {} is there twice",
                    incident.title
                );
                let key = format!("verdict/{}", incident.title);
                let notice = store.notice(&key).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                assert_eq!(notice.notice.incident, incident.id, "seed {seed}");
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "seed {seed}: acknowledged and lost: {lost:?}");
        for state in [JobState::Leased, JobState::Dead] {
            let left = store.jobs(state, None, 5).await.unwrap().items;
            assert!(left.is_empty(), "seed {seed}: {left:?}");
        }
        // One notice for each, so one job that sends it for each: no effect twice.
        let (mut ready, mut after) = (0, None);
        loop {
            let page = store.jobs(JobState::Ready, after, 1000).await.unwrap();
            ready += page.items.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(ready, found.len(), "seed {seed}");
        println!("seed {seed}: {} acknowledged, {} found", acknowledged.len(), found.len());
        store.close().await;
    });
}

#[test]
fn sqlite_survives() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path().join("crash.db").to_str().unwrap(), fastrand::u64(..));
}

#[test]
fn postgres_survives() {
    let Some(mut server) = postgres::Server::start() else {
        println!("SKIPPED: Postgres is not installed (apt-get install postgresql)");
        return;
    };
    check(&server.database(), fastrand::u64(..));
}
