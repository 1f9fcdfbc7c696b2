//! The loop: makes inputs, runs a target with them, and notes panics and how long it takes.

use super::mutate::{Random, mutate};
use super::targets::Target;
use anyhow::{Result, anyhow, bail};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// An input that takes longer is a failure: what is fuzzed reads small inputs in well under a millisecond.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Greatest input, in bytes.
const BYTES_MAX: usize = 256 << 10;
/// A thread's stack, as the main thread has it.
const STACK: usize = 8 << 20;

/// What came of a target.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) executions: u64,
    pub(super) seconds: f64,
    /// By place and message: how often, and the first case.
    pub(super) panics: BTreeMap<String, (u64, u64)>,
    /// The longest time, with the input's length and its case.
    pub(super) slowest: (Duration, usize, u64),
}

/// The input of a case: the seeds themselves first, then changed ones. The same numbers give the same input.
fn input(seeds: &[Vec<u8>], seed: u64, case: u64) -> Vec<u8> {
    let count = seeds.len() as u64;
    let unchanged = usize::try_from(case).ok().and_then(|case| seeds.get(case));
    if let Some(unchanged) = unchanged {
        return unchanged.clone();
    }
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case);
    let pick = |number: u64| seeds.get((number % count) as usize).map_or(&[][..], Vec::as_slice);
    let (one, other) = (pick(random.next()), pick(random.next()));
    let mut changed = mutate(&mut random, one, other);
    changed.truncate(BYTES_MAX);
    changed
}

/// Runs a target for some time.
pub(super) fn target(target: &Target, seeds: Vec<Vec<u8>>, seed: u64, time: Duration) -> Result<Outcome> {
    // The case at hand plus one, and 0 at the end.
    let at = Arc::new(AtomicU64::new(1));
    let (reader, name, run) = (Arc::clone(&at), target.name, target.run);
    let worker =
        thread::Builder::new().stack_size(STACK).spawn(move || work(run, &seeds, seed, time, &reader))?;
    let mut since = (0, Instant::now());
    while !worker.is_finished() {
        thread::sleep(Duration::from_millis(20));
        let case = at.load(Ordering::Relaxed);
        if since.0 != case {
            since = (case, Instant::now());
        } else if case != 0 && since.1.elapsed() > TIME_MAX {
            bail!("{name}: case {} of seed {seed} takes longer than {TIME_MAX:?}", case - 1);
        }
    }
    worker.join().map_err(|_| anyhow!("{name}: the loop itself panicked"))
}

fn work(run: fn(&[u8]), seeds: &[Vec<u8>], seed: u64, time: Duration, at: &AtomicU64) -> Outcome {
    let last = Arc::new(Mutex::new(String::new()));
    let place = Arc::clone(&last);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let place_of = info.location().map(|it| format!("{}:{}", it.file(), it.line())).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or_default();
        if let Ok(mut place) = place.lock() {
            *place = format!("{place_of}: {}", message.chars().take(120).collect::<String>());
        }
    }));
    let (mut outcome, start) = (Outcome::default(), Instant::now());
    while start.elapsed() < time || outcome.executions < seeds.len() as u64 {
        let case = outcome.executions;
        at.store(case + 1, Ordering::Relaxed);
        let input = input(seeds, seed, case);
        let begun = Instant::now();
        if panic::catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
            let place = last.lock().map(|place| place.clone()).unwrap_or_default();
            outcome.panics.entry(place).or_insert((0, case)).0 += 1;
        }
        let mut taken = begun.elapsed();
        if taken > outcome.slowest.0 {
            // Other work on the machine lengthens one run, hardly two.
            let again = Instant::now();
            panic::catch_unwind(AssertUnwindSafe(|| run(&input))).ok();
            taken = taken.min(again.elapsed());
        }
        outcome.slowest = outcome.slowest.max((taken, input.len(), case));
        outcome.executions += 1;
    }
    at.store(0, Ordering::Relaxed);
    outcome.seconds = start.elapsed().as_secs_f64();
    panic::set_hook(before);
    outcome
}

/// Shows the input of a case, and runs it.
pub(super) fn show(target: &Target, seeds: &[Vec<u8>], seed: u64, case: u64) {
    let input = input(seeds, seed, case);
    println!("{}: {} bytes\n{}", target.name, input.len(), String::from_utf8_lossy(&input));
    let begun = Instant::now();
    (target.run)(&input);
    println!("{:?}", begun.elapsed());
}
