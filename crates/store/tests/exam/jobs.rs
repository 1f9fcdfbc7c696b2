//! The exam's questions about jobs and the audit log.

use super::history::at;
use super::incidents::open;
use butfor_store::*;
use std::collections::BTreeSet;

async fn claim(store: &Store, owner: &str, seconds: i64) -> Option<Lease> {
    store.claim("work", owner, at(seconds), 10_000).await.unwrap()
}

async fn add(store: &Store, key: &str, attempts_max: u32) {
    store.enqueue(&NewJob { attempts_max, ..NewJob::new(key, "work", "told", at(0)) }).await.unwrap();
}

pub async fn a_job_is_done_once(store: Store) {
    add(&store, "a", 3).await;
    add(&store, "a", 3).await;
    assert_eq!(claim(&store, "w", -1).await, None, "not before its time");
    assert_eq!(store.claim("other", "w", at(0), 1000).await.unwrap(), None, "not another kind");
    let lease = claim(&store, "w1", 0).await.unwrap();
    assert_eq!(
        (lease.key.as_str(), lease.payload.as_str(), lease.attempt, lease.until),
        ("a", "told", 1, at(10))
    );
    assert_eq!(claim(&store, "w2", 9).await, None, "it is taken");
    let lease = store.extend(&lease, at(9), 10_000).await.unwrap();
    assert_eq!(claim(&store, "w2", 18).await, None, "and kept for longer");
    store.finish(&lease, at(18), &Outcome::default()).await.unwrap();
    assert_eq!(claim(&store, "w2", 1000).await, None);
    add(&store, "a", 3).await;
    assert_eq!(claim(&store, "w2", 1000).await, None, "a job that was done is not made again");
}

/// Who comes back after the lease ran out and somebody else took over finds nothing to finish.
pub async fn a_dead_worker_is_taken_over(store: Store) {
    let (_, incident) = open(&store, "x", 0).await;
    add(&store, "a", 3).await;
    let late = claim(&store, "w", 0).await.unwrap();
    let taken = claim(&store, "w", 10).await.unwrap();
    assert_eq!((taken.job, taken.attempt), (late.job, 2), "also by a worker of the same name");
    let notice = |key: &str| NewNotice {
        key: key.to_owned(),
        incident,
        channel: "slack".to_owned(),
        body: String::new(),
    };
    let outcome = |key| Outcome { notices: vec![notice(key)], ..Outcome::default() };
    assert!(matches!(store.finish(&late, at(11), &outcome("late")).await, Err(Error::LeaseLost { .. })));
    assert!(matches!(store.extend(&late, at(11), 1000).await, Err(Error::LeaseLost { .. })));
    assert!(matches!(store.fail(&late, at(11), "x").await, Err(Error::LeaseLost { .. })));
    assert!(store.notice("late").await.is_err(), "nothing of what it brought is kept");
    store.finish(&taken, at(12), &outcome("good")).await.unwrap();
    assert!(store.notice("good").await.is_ok());
}

pub async fn a_failing_job_waits_longer_each_time_and_ends_as_a_dead_letter(store: Store) {
    add(&store, "a", 3).await;
    let mut now = 0;
    let mut pauses = Vec::new();
    for attempt in 1..=3 {
        let lease = claim(&store, "w", now).await.unwrap();
        let state = store.fail(&lease, at(now), "it is down").await.unwrap();
        assert_eq!(state, if attempt < 3 { JobState::Ready } else { JobState::Dead });
        if state == JobState::Ready {
            let due = store.jobs(JobState::Ready, None, 10).await.unwrap().items[0].due_at;
            pauses.push(due.seconds_since(at(now)));
            assert_eq!(claim(&store, "w", now + 1).await, None);
            now += pauses[pauses.len() - 1] + 1;
        }
    }
    assert!(pauses[0] >= 5 && pauses[1] >= 2 * pauses[0], "{pauses:?}");
    assert_eq!(claim(&store, "w", now + 100_000).await, None);
    let dead = store.jobs(JobState::Dead, None, 10).await.unwrap().items;
    assert_eq!((dead[0].attempts, dead[0].error.as_deref()), (3, Some("it is down")));
    store.revive(dead[0].id, at(now)).await.unwrap();
    assert!(store.revive(dead[0].id, at(now)).await.is_err());
    assert_eq!(claim(&store, "w", now).await.unwrap().attempt, 1);
}

/// A job that kills its worker each time ends as a dead letter, not as a loop.
pub async fn a_deadly_job_is_given_up(store: Store) {
    add(&store, "a", 2).await;
    assert!(claim(&store, "w", 0).await.is_some());
    assert!(claim(&store, "w", 20).await.is_some());
    assert_eq!(claim(&store, "w", 40).await, None);
    assert_eq!(store.jobs(JobState::Dead, None, 10).await.unwrap().items.len(), 1);
}

pub async fn sixteen_workers_share_the_jobs(store: Store) {
    const JOBS: usize = 200;
    for number in 0..JOBS {
        add(&store, &number.to_string(), 3).await;
    }
    let workers: Vec<_> = (0..16)
        .map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                while let Some(lease) = claim(&store, &format!("w{worker}"), 1).await {
                    store.finish(&lease, at(1), &Outcome::default()).await.unwrap();
                    done.push(lease.key);
                }
                done
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!(all.len(), JOBS, "none twice");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), JOBS, "none left out");
}

pub async fn a_notice_is_sent_once(store: Store) {
    let (_, incident) = open(&store, "x", 0).await;
    let notice = NewNotice {
        key: "7/verdict/slack".to_owned(),
        incident,
        channel: "slack".to_owned(),
        body: "found".to_owned(),
    };
    for job in ["a", "b"] {
        add(&store, job, 3).await;
        let lease = claim(&store, "w", 0).await.unwrap();
        let outcome = Outcome { notices: vec![notice.clone()], ..Outcome::default() };
        store.finish(&lease, at(1), &outcome).await.unwrap();
    }
    let kind = format!("{NOTIFY}slack");
    let lease = store.claim(&kind, "w", at(2), 1000).await.unwrap().unwrap();
    assert_eq!(lease.payload, notice.key);
    assert_eq!(store.notice(&lease.payload).await.unwrap(), Notice { notice, sent_at: None, receipt: None });
    let sent = Outcome { sent: Some((lease.payload.clone(), "ts 1".to_owned())), ..Outcome::default() };
    store.finish(&lease, at(3), &sent).await.unwrap();
    let row = store.notice(&lease.payload).await.unwrap();
    assert_eq!((row.sent_at, row.receipt.as_deref()), (Some(at(3)), Some("ts 1")));
    assert_eq!(
        store.claim(&kind, "w", at(1000), 1000).await.unwrap(),
        None,
        "two jobs made it, one sends it"
    );
}

pub async fn the_audit_log_is_a_chain(store: Store) {
    let AuditCheck::Sound(empty) = store.verify_audit(None).await.unwrap() else {
        panic!("an empty log is sound")
    };
    assert_eq!(empty.seq, 0);
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..5 {
                    let entry = AuditEntry {
                        at: at(number),
                        actor: format!("person {task}"),
                        action: "hypothesis.accept".to_owned(),
                        subject: "incident/7".to_owned(),
                        detail: number.to_string(),
                    };
                    store.audit(&entry).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let AuditCheck::Sound(head) = store.verify_audit(Some(&empty)).await.unwrap() else { panic!("broken") };
    assert_eq!(head.seq, 40);
    let log = store.audit_log(38, 10).await.unwrap();
    assert_eq!(log.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [39, 40]);
    assert_eq!(store.verify_audit(Some(&head)).await.unwrap(), AuditCheck::Sound(head.clone()));
    let other = AuditHead { digest: "00".to_owned(), ..head.clone() };
    assert!(matches!(store.verify_audit(Some(&other)).await.unwrap(), AuditCheck::Broken { seq: 40, .. }));
    let further = AuditHead { seq: 41, ..head };
    assert!(matches!(store.verify_audit(Some(&further)).await.unwrap(), AuditCheck::Broken { .. }));
}
