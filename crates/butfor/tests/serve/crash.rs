//! Kill -9 at random points under load: what was accepted is there, and was investigated exactly once.

use crate::load::{Senders, bundles, check, of_nothing, outcomes, settled};
use crate::support::{Service, configure, until};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::Path;
use std::time::Duration;

/// How often the program is killed.
const KILLS: usize = 6;

/// Alarms that a recording is about; each is investigated for some time, so that some are killed in the middle.
const RECORDED: usize = 20;

/// Other alarms.
const OTHERS: usize = 160;

/// A random number to begin with, and those that follow from it (xorshift64, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn start(folder: &Path, config: &Path) -> Service {
    let data = folder.join("data");
    let arguments = ["--config".as_ref(), config.as_os_str(), "--data".as_ref(), data.as_os_str()];
    Service::start(arguments, folder)
}

#[test]
fn what_was_accepted_survives_kills_and_is_investigated_once() {
    let seed = std::env::var("BUTFOR_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(1) | 1);
    println!("BUTFOR_SEED={seed}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let recorded = bundles(&recordings, RECORDED, 0);
    let config = configure(folder.path(), &recordings);
    let mut alarms: Vec<_> = (0..OTHERS).map(of_nothing).collect();
    for (number, told) in recorded.into_iter().enumerate() {
        alarms.insert(number * (OTHERS / RECORDED), told);
    }
    let all = alarms.len();

    let mut service = start(folder.path(), &config);
    let token = service.token.clone().expect("a token at the first start");
    let senders = Senders::begin(4, alarms, vec![service.address], Duration::from_millis(80));
    for kill in 1..=KILLS {
        std::thread::sleep(Duration::from_millis(50 + dice.next(1200)));
        let before = senders.accepted();
        service.kill();
        println!("kill {kill}: {before} of {all} were accepted");
        service = start(folder.path(), &config);
        assert_eq!(service.token, None, "the token is shown once");
        senders.go_to(vec![service.address]);
    }
    until(Duration::from_secs(120), "every alarm accepted", || senders.is_done().then_some(()));
    let accepted = senders.end();
    assert_eq!(accepted.len(), all);
    // A lease of somebody who was killed ends after half a minute.
    let jobs = settled(&service, &token, Duration::from_secs(120));
    check(&service, &token, &accepted);
    let outcomes = outcomes(&service, &token);
    println!("{jobs} jobs, outcomes {outcomes:?}");
    assert_eq!(outcomes["root_cause"], RECORDED);
    assert_eq!(outcomes["undetermined"], OTHERS, "each alarm is an incident of its own");
    assert_eq!(service.terminate().code(), Some(0));
}
