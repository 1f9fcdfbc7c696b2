//! Senders that keep what they were told, and what must hold of everything that was accepted.

use crate::support::{Service, alarm, post_signed, until};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The smallest recorded incident, the database that it is about, and its account.
const BUNDLE: &str = "185-ledger-store";
const DATABASE: &str = "ledger-store";
const ACCOUNT: &str = "295570143308";

/// Copies of a recorded incident, each in an account of its own and about a database of its own: else they would be found to
/// belong together. Their alarms, as a sender forwards them.
/// `noise` other databases make reading them take longer.
pub fn bundles(folder: &Path, count: usize, noise: usize) -> Vec<Told> {
    let mut alarms = Vec::new();
    for number in 0..count {
        let into = folder.join(format!("{number:03}"));
        let copy = crate::support::copy_bundle(BUNDLE, &into);
        let to = folder.join(format!("ledger-{number:03}"));
        std::fs::rename(copy, &to).unwrap();
        std::fs::remove_dir(into).unwrap();
        for part in ["alert.json", "bundle.json", "calls.jsonl"] {
            let text = std::fs::read_to_string(to.join(part)).unwrap();
            let text = text.replace(ACCOUNT, &format!("2955701{number:05}"));
            let mut own = text.replace(DATABASE, &format!("{DATABASE}-{number}"));
            let others = text.lines().filter(|line| line.contains("\"GetMetricData\""));
            for line in others.flat_map(|line| std::iter::repeat_n(line, noise).enumerate()) {
                own += &line.1.replace(DATABASE, &format!("beside-{}", line.0));
                own.push('\n');
            }
            std::fs::write(to.join(part), own).unwrap();
        }
        let text = std::fs::read_to_string(to.join("alert.json")).unwrap();
        alarms.push(forwarded(&format!("recorded-{number}"), &serde_json::from_str(&text).unwrap()));
    }
    alarms
}

/// An event of an alarm in the generic format, as forwarders write it.
fn forwarded(id: &str, event: &Value) -> Told {
    let detail = |name: &str| event.pointer(name).cloned().unwrap_or_default();
    let name = event["detail"]["alarmName"].as_str().unwrap();
    let mut body = alarm(id, name, "", "");
    body["timestamp"] = detail("/detail/state/timestamp");
    body["data"]["metadata"] = json!({
        "alarmName": name, "region": event["region"], "accountId": event["account"], "newState": "ALARM",
        "alarmArn": detail("/resources/0"), "reason": detail("/detail/state/reason"),
        "metrics": detail("/detail/configuration/metrics"),
    });
    Told { id: id.to_owned(), body: body.to_string() }
}

/// One alarm, and what its sender calls it.
#[derive(Debug, Clone)]
pub struct Told {
    pub id: String,
    pub body: String,
}

/// An alarm that nothing is recorded about, of an application and an account of its own.
pub fn of_nothing(number: usize) -> Told {
    let id = format!("sender-{number}");
    let body = alarm(&id, &format!("alarm-{number}"), "111122223333", "eu-west-1").to_string();
    Told { id, body }
}

/// What was accepted: the sender's id and the incident it was told.
pub type Accepted = BTreeMap<String, i64>;

/// Senders at work. Each tries an alarm again until it was told that it was taken, as real senders do.
pub struct Senders {
    threads: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    accepted: Arc<Mutex<Accepted>>,
}

impl Senders {
    /// Begins; every third alarm is sent once more after it was accepted.
    pub fn begin(count: usize, alarms: Vec<Told>, addresses: Vec<SocketAddr>, pause: Duration) -> Self {
        let senders = Self {
            threads: Vec::new(),
            stop: Arc::default(),
            addresses: Arc::new(Mutex::new(addresses)),
            accepted: Arc::default(),
        };
        let alarms = Arc::new(alarms);
        let next = Arc::new(AtomicUsize::new(0));
        let work = |_| {
            let (alarms, next, stop) = (Arc::clone(&alarms), Arc::clone(&next), Arc::clone(&senders.stop));
            let (addresses, accepted) = (Arc::clone(&senders.addresses), Arc::clone(&senders.accepted));
            std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(told) = alarms.get(index) else { return };
                    let again = usize::from(index % 3 == 0);
                    for turn in 0..=again {
                        send_until_taken(told, index + turn, &addresses, &accepted, &stop);
                    }
                    std::thread::sleep(pause);
                }
            })
        };
        let threads = (0..count).map(work).collect();
        Self { threads, ..senders }
    }

    /// Where the service is from now on.
    pub fn go_to(&self, addresses: Vec<SocketAddr>) {
        *self.addresses.lock().unwrap() = addresses;
    }

    pub fn accepted(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    pub fn is_done(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Stops sending, and says what was accepted.
    pub fn end(self) -> Accepted {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().unwrap();
        }
        std::mem::take(&mut *self.accepted.lock().unwrap())
    }
}

fn send_until_taken(
    told: &Told,
    turn: usize,
    addresses: &Mutex<Vec<SocketAddr>>,
    accepted: &Mutex<Accepted>,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::SeqCst) {
        let address = {
            let addresses = addresses.lock().unwrap();
            addresses[turn % addresses.len()]
        };
        match post_signed(address, "/webhook/generic/ops", &told.body) {
            Ok(answer) if answer.status == 200 => {
                let answer = answer.json();
                assert_eq!(answer["incidentId"], told.id.as_str(), "{answer}");
                let incident = answer["investigationId"].as_str().unwrap().parse().unwrap();
                let before = accepted.lock().unwrap().insert(told.id.clone(), incident);
                assert!(before.is_none_or(|before| before == incident), "{answer}: it was {before:?}");
                return;
            }
            // Busy, or going down: tried again, signed anew.
            Ok(answer) if answer.status >= 500 => {}
            Ok(answer) => panic!("{}: {}", answer.status, answer.body),
            Err(_) => {}
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until nothing is left to be done, and says how many jobs there were.
pub fn settled(service: &Service, token: &str, longest: Duration) -> usize {
    until(longest, "an end of the work", || {
        let waiting = ["ready", "leased"]
            .iter()
            .all(|state| service.rows(&format!("/jobs?state={state}"), token).is_empty());
        waiting.then_some(())
    });
    let dead = service.rows("/jobs?state=dead", token);
    assert!(dead.is_empty(), "{dead:?}");
    service.rows("/jobs?state=done", token).len()
}

/// Everything that was accepted belongs to the incident its sender was told, and each was investigated exactly once.
pub fn check(service: &Service, token: &str, accepted: &Accepted) {
    let incidents = service.rows("/incidents", token);
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for incident in &incidents {
        let id = incident["id"].as_i64().unwrap();
        let alerts = service.rows(&format!("/incidents/{id}/alerts"), token);
        for alert in &alerts {
            let sender = alert["sender_id"].as_str().unwrap().to_owned();
            let before = found.insert(sender.clone(), id);
            assert_eq!(before, None, "{sender} is there twice");
        }
        assert!(incident["outcome"].is_string(), "{incident}");
        let passes = service.rows(&format!("/incidents/{id}/passes"), token).len();
        assert!(passes >= 1, "incident {id} was not investigated");
        assert!(alerts.len() > 1 || passes == 1, "incident {id}: {passes} passes for {alerts:?}");
    }
    for (sender, incident) in accepted {
        assert_eq!(found.get(sender), Some(incident), "{sender} was accepted");
    }
    let opened: BTreeSet<i64> = found.values().copied().collect();
    assert_eq!(opened.len(), incidents.len(), "every incident has an alarm");
}

/// How many incidents have this outcome.
pub fn outcomes(service: &Service, token: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for incident in service.rows("/incidents", token) {
        let outcome = incident["outcome"].as_str().map_or_else(|| Value::Null.to_string(), str::to_owned);
        *counts.entry(outcome).or_default() += 1;
    }
    counts
}
