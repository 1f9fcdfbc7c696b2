//! How fast alerts are accepted, durably: `cargo run --release -p butfor-store --example intake-speed -- [FOLDER]`.
//!
//! First as many as go in, then 3,000 a second for some seconds with the time each waits; then a list of incidents out of
//! 10,000. The folder decides which disk is measured; none is the temporary one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench may stop at the first fault")]

use butfor_incident::Timestamp;
use butfor_store::*;
use std::time::{Duration, Instant};

/// Senders that wait for their answer before they send again.
const SENDERS: u32 = 256;
const ALERTS: u32 = 30_000;
/// The target of the service, and how long it is held.
const RATE_A_SECOND: u32 = 3_000;
const SECONDS: u32 = 10;
/// Incidents opened; the other alerts are linked, as in a storm.
const INCIDENTS: u32 = 10_000;

fn accept(number: u32, link: Option<IncidentId>) -> Accept {
    let decision = match link {
        Some(incident) => Decision::Link { incident, reason: "same application within 60 s".to_owned() },
        None => Decision::Open(NewIncident {
            priority: String::new(),
            title: format!("alarm {number}"),
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            application: format!("app {}", number % 50),
            key: None,
            reason: "nothing open is like it".to_owned(),
            job: Some(("investigate".to_owned(), "{}".to_owned())),
        }),
    };
    let received_at = Timestamp::from_millis(1_760_000_000_000 + i64::from(number));
    Accept {
        then: None,
        alert: NewAlert {
            source: "generic".to_owned(),
            dedup_key: format!("key {number}"),
            sender_id: Some(format!("alarm-{number}")),
            facts: String::new(),
            is_test: false,
            title: format!("alarm {number}"),
            // About as long as the payload of an alarm.
            body: format!("{number:1200}").into_bytes(),
            received_at,
        },
        nonce: Some(Nonce { value: format!("signature {number}"), until: received_at.plus_seconds(300) }),
        decision,
    }
}

fn main() {
    let base = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let folder = tempfile::tempdir_in(base).unwrap();
        let store = Store::open(None, folder.path()).await.unwrap();
        let intake = store.intake();
        let Accepted::Opened(_, incident) = intake.accept(accept(0, None)).await.unwrap() else { return };
        let decide = move |number: u32| (number > INCIDENTS).then_some(incident);

        let started = Instant::now();
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let intake = intake.clone();
                tokio::spawn(async move {
                    let mut waits = Vec::new();
                    for number in (1 + sender..ALERTS).step_by(SENDERS as usize) {
                        let started = Instant::now();
                        intake.accept(accept(number, decide(number))).await.unwrap();
                        waits.push(started.elapsed());
                    }
                    waits
                })
            })
            .collect();
        let mut waits = Vec::new();
        for sender in senders {
            waits.extend(sender.await.unwrap());
        }
        let a_second = waits.len() as f64 / started.elapsed().as_secs_f64();
        println!("{SENDERS} senders, as fast as it goes: {a_second:.0} a second, {}", spread(waits));

        let mut clock = tokio::time::interval(Duration::from_millis(1));
        let mut sent = Vec::new();
        let started = Instant::now();
        for tick in 0..SECONDS * 1000 {
            clock.tick().await;
            for one in 0..RATE_A_SECOND / 1000 {
                let (intake, number) = (intake.clone(), ALERTS + tick * (RATE_A_SECOND / 1000) + one);
                sent.push(tokio::spawn(async move {
                    let started = Instant::now();
                    intake.accept(accept(number, decide(number))).await.unwrap();
                    started.elapsed()
                }));
            }
        }
        let mut waits = Vec::new();
        for one in sent {
            waits.push(one.await.unwrap());
        }
        let a_second = waits.len() as f64 / started.elapsed().as_secs_f64();
        println!("{RATE_A_SECOND} a second for {SECONDS} s: {a_second:.0} a second, {}", spread(waits));

        let started = Instant::now();
        let page = store.incidents(None, None, 50).await.unwrap();
        let first = started.elapsed();
        let started = Instant::now();
        let (mut all, mut after) = (0, None);
        loop {
            let page = store.incidents(Some(true), after, 1000).await.unwrap();
            all += page.items.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        println!(
            "first page of {} of {all} incidents: {first:.2?}; all of them: {:.2?}",
            page.items.len(),
            started.elapsed()
        );
    });
}

fn spread(mut waits: Vec<Duration>) -> String {
    waits.sort_unstable();
    let at = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize];
    format!("half within {:.2?}, 99 % within {:.2?}, all within {:.2?}", at(0.5), at(0.99), at(1.0))
}
