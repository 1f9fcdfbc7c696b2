//! Two processes on one Postgres share the work; when one dies the other has its work within a lease.

use crate::load::{Senders, bundles, check, of_nothing, outcomes, settled};
use crate::postgres::Server;
use crate::support::{Service, alarm, configure, post_signed, until};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// A dead replica's lease is over after this; the rest is for what it left to be done.
const TAKEN_OVER: Duration = Duration::from_secs(30 + 60);

/// Two replicas; dropped before the database is.
struct Pair {
    one: Service,
    other: Service,
    token: String,
}

fn start(folder: &Path, name: &str, config: &Path, database: &str) -> Service {
    let data = folder.join(name);
    std::fs::create_dir_all(&data).unwrap();
    let arguments = [
        "--config".as_ref(),
        config.as_os_str(),
        "--data".as_ref(),
        data.as_os_str(),
        "--database".as_ref(),
        database.as_ref(),
    ];
    Service::start(arguments, &data)
}

impl Pair {
    fn start(folder: &Path, config: &Path, database: &str) -> Self {
        let one = start(folder, "one", config, database);
        let other = start(folder, "other", config, database);
        assert_eq!(other.token, None, "the token is shown once for all replicas");
        let token = one.token.clone().unwrap();
        Self { one, other, token }
    }
}

fn server() -> Option<Server> {
    let server = Server::start();
    if server.is_none() {
        println!("SKIPPED: Postgres is not installed (apt-get install postgresql)");
    }
    server
}

#[test]
fn alarms_sent_to_both_are_investigated_once() {
    let Some(mut server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let mut alarms = bundles(&recordings, 6, 0);
    alarms.extend((0..40).map(of_nothing));
    let config = configure(folder.path(), &recordings);
    let pair = Pair::start(folder.path(), &config, &server.database());
    let all = alarms.len();
    let senders = Senders::begin(4, alarms, vec![pair.one.address, pair.other.address], Duration::ZERO);
    until(Duration::from_secs(60), "every alarm accepted", || senders.is_done().then_some(()));
    let accepted = senders.end();
    let jobs = settled(&pair.one, &pair.token, Duration::from_secs(60));
    check(&pair.other, &pair.token, &accepted);
    assert_eq!(jobs, all, "one investigation for each alarm");
    let done = |service: &Service| {
        let metrics = service.get("/metrics", "").body;
        let line =
            metrics.lines().find(|line| line.starts_with("butfor_investigations_total")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let (one, other) = (done(&pair.one), done(&pair.other));
    assert_eq!(one + other, all);
    assert!(one > 0 && other > 0, "{one} and {other}: both work");
    println!("{one} and {other} investigations");

    // The same alarms, told to both in the same moment by two senders who do not know of each other.
    let (one, other) = (pair.one.address, pair.other.address);
    let told = |number: usize| {
        let send = move |address, who: &str| {
            let body =
                alarm(&format!("{who}-{number}"), &format!("shared-{number}"), "111122223333", "eu-west-1");
            let answer = post_signed(address, "/webhook/generic/ops", &body.to_string()).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.json()["investigationId"].as_str().unwrap().to_owned()
        };
        let beside = std::thread::spawn(move || send(one, "left"));
        let here = send(other, "right");
        assert_eq!(beside.join().unwrap(), here, "one incident for one alarm");
        here
    };
    let incidents: BTreeSet<String> = (0..20).map(told).collect();
    assert_eq!(incidents.len(), 20);
    assert_eq!(settled(&pair.one, &pair.token, Duration::from_secs(60)), all + 20);
    assert_eq!(pair.one.terminate().code(), Some(0));
    assert_eq!(pair.other.terminate().code(), Some(0));
}

#[test]
fn the_other_replica_takes_over() {
    let Some(mut server) = server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let alarms = bundles(&recordings, 30, 60);
    let config = configure(folder.path(), &recordings);
    let pair = Pair::start(folder.path(), &config, &server.database());
    let senders = Senders::begin(4, alarms, vec![pair.one.address, pair.other.address], Duration::ZERO);
    until(Duration::from_secs(60), "every alarm accepted", || (senders.accepted() == 30).then_some(()));
    let accepted = senders.end();
    let Pair { one, other, token } = pair;
    one.kill();
    let killed = Instant::now();
    let left = other.rows("/jobs?state=ready", &token).len() + other.rows("/jobs?state=leased", &token).len();
    assert!(left > 0, "it was killed while there was work");
    settled(&other, &token, TAKEN_OVER);
    println!("{left} were left, done {} s after the kill", killed.elapsed().as_secs());
    check(&other, &token, &accepted);
    assert_eq!(outcomes(&other, &token)["root_cause"], 30);
    assert_eq!(other.terminate().code(), Some(0));
}
