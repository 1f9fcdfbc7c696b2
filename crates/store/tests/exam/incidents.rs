//! The exam's questions about incidents: intake, links, cases, people, retention, export.

use super::history::at;
use butfor_store::*;

pub fn alert(key: &str, seconds: i64, decision: Decision) -> Accept {
    Accept {
        then: None,
        alert: NewAlert {
            source: "generic".to_owned(),
            dedup_key: key.to_owned(),
            sender_id: Some(format!("their-{key}")),
            facts: String::new(),
            is_test: false,
            title: format!("alarm {key}"),
            body: format!("{{\"alarm\":\"{key}\"}}").into_bytes(),
            received_at: at(seconds),
        },
        nonce: None,
        decision,
    }
}

pub fn opens(key: Option<&str>) -> Decision {
    Decision::Open(NewIncident {
        priority: String::new(),
        title: "orders cannot reach their database".to_owned(),
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        application: "orders".to_owned(),
        key: key.map(str::to_owned),
        reason: "nothing open is like it".to_owned(),
        job: Some(("investigate".to_owned(), "{}".to_owned())),
    })
}

pub async fn open(store: &Store, key: &str, seconds: i64) -> (AlertId, IncidentId) {
    match store.intake().accept(alert(key, seconds, opens(None))).await.unwrap() {
        Accepted::Opened(alert, incident) => (alert, incident),
        other => panic!("{other:?}"),
    }
}

pub async fn an_alert_is_accepted_once(store: Store) {
    let intake = store.intake();
    let first = intake.accept(alert("a", 0, opens(None))).await.unwrap();
    let Accepted::Opened(id, incident) = first else { panic!("{first:?}") };
    let again = intake.accept(alert("a", 1, opens(None))).await.unwrap();
    assert_eq!(again, Accepted::Duplicate(id, Some(incident)));
    let skip = Decision::Skip { reason: "state is OK".to_owned() };
    let skipped = intake.accept(alert("b", 2, skip)).await.unwrap();
    assert!(matches!(skipped, Accepted::Skipped(_)), "{skipped:?}");
    let link = Decision::Link { incident, reason: "same application within 60 s".to_owned() };
    let linked = intake.accept(alert("c", 3, link)).await.unwrap();
    let Accepted::Linked(linked, _) = linked else { panic!("{linked:?}") };

    let row = store.incident(incident).await.unwrap();
    assert_eq!((row.alerts, row.is_open, row.application.as_str()), (2, true, "orders"));
    assert_eq!(row.updated_at, at(3));
    let alerts = store.alerts(incident, None, 10).await.unwrap().items;
    assert_eq!(alerts.iter().map(|alert| alert.id).collect::<Vec<_>>(), [id, linked]);
    assert_eq!(alerts[1].reason, "same application within 60 s");
    assert_eq!(store.alert_body(id).await.unwrap(), br#"{"alarm":"a"}"#);
    assert_eq!(alerts[0].sender_id.as_deref(), Some("their-a"));

    store.unlink(incident, linked, "ada", at(10)).await.unwrap();
    assert_eq!(store.incident(incident).await.unwrap().alerts, 1);
    let alerts = store.alerts(incident, None, 10).await.unwrap().items;
    assert_eq!(alerts[1].unlinked, Some((at(10), "ada".to_owned())));
    assert!(matches!(store.unlink(incident, linked, "ada", at(11)).await, Err(Error::NotFound { .. })));
    store.link(incident, linked, "ada said so", at(12)).await.unwrap();
    assert_eq!(store.incident(incident).await.unwrap().alerts, 2);
}

pub async fn a_signed_message_is_accepted_once(store: Store) {
    let intake = store.intake();
    let signed = |key: &str, nonce: &str| Accept {
        nonce: Some(Nonce { value: nonce.to_owned(), until: at(300) }),
        ..alert(key, 0, opens(None))
    };
    assert!(matches!(intake.accept(signed("a", "n1")).await.unwrap(), Accepted::Opened(..)));
    assert_eq!(intake.accept(signed("b", "n1")).await.unwrap(), Accepted::Replayed);
    assert!(matches!(intake.accept(signed("a", "n2")).await.unwrap(), Accepted::Duplicate(..)));
    store.prune(at(0), at(301)).await.unwrap();
    assert!(matches!(intake.accept(signed("b", "n1")).await.unwrap(), Accepted::Opened(..)));
}

/// A thousand alarms of one fault from several replicas: one incident, one investigation, every alarm linked.
pub async fn a_storm_opens_one_incident(store: Store) {
    let tasks: Vec<_> = (0..4)
        .map(|replica| {
            let intake = store.intake();
            tokio::spawn(async move {
                let mut waiting = Vec::new();
                for number in 0..250 {
                    let intake = intake.clone();
                    let one = alert(&format!("{replica}-{number}"), number, opens(Some("orders")));
                    waiting.push(tokio::spawn(async move { intake.accept(one).await.unwrap() }));
                }
                let mut opened = 0;
                for one in waiting {
                    opened += usize::from(matches!(one.await.unwrap(), Accepted::Opened(..)));
                }
                opened
            })
        })
        .collect();
    let mut opened = 0;
    for task in tasks {
        opened += task.await.unwrap();
    }
    assert_eq!(opened, 1);
    let incidents = store.incidents(None, None, 10).await.unwrap().items;
    assert_eq!((incidents.len(), incidents[0].alerts), (1, 1000));
    assert_eq!(store.jobs(JobState::Ready, None, 10).await.unwrap().items.len(), 1);
    // Closed, the next alarm opens another one.
    store.close_incident(incidents[0].id, at(2000)).await.unwrap();
    let next = store.intake().accept(alert("later", 2001, opens(Some("orders")))).await.unwrap();
    assert!(matches!(next, Accepted::Opened(..)), "{next:?}");
}

/// What comes from outside may be long and strange; neither database may refuse it for that.
pub async fn strange_texts_are_accepted(store: Store) {
    let strange = format!("\0 \u{1f4a5} ' \" ; DROP TABLE alert; {}", "x".repeat(10_000));
    let mut one = alert(&strange, 0, opens(Some(&strange)));
    one.alert.body = vec![0, 255, 1];
    one.nonce = Some(Nonce { value: strange.clone(), until: at(1) });
    let Accepted::Opened(id, incident) = store.intake().accept(one.clone()).await.unwrap() else {
        panic!("not opened")
    };
    assert_eq!(store.intake().accept(one.clone()).await.unwrap(), Accepted::Replayed);
    one.nonce = None;
    assert_eq!(store.intake().accept(one).await.unwrap(), Accepted::Duplicate(id, Some(incident)));
    assert_eq!(store.alert_body(id).await.unwrap(), [0, 255, 1]);
    let title = store.alerts(incident, None, 1).await.unwrap().items[0].title.clone();
    assert!(title.starts_with("alarm \u{fffd} \u{1f4a5} ' \" ; DROP TABLE"), "{title}");
    let entry = AuditEntry {
        at: at(0),
        actor: strange.clone(),
        action: String::new(),
        subject: strange,
        detail: "\0".to_owned(),
    };
    store.audit(&entry).await.unwrap();
    assert!(matches!(store.verify_audit(None).await.unwrap(), AuditCheck::Sound(_)));
}

/// One alert that cannot be written does not take those with it that are written in the same transaction.
pub async fn a_bad_alert_harms_no_other(store: Store) {
    let intake = store.intake();
    let bad = Decision::Link { incident: IncidentId(999), reason: "no such incident".to_owned() };
    let all: Vec<_> = (0..20)
        .map(|number| {
            let decision = if number == 7 { bad.clone() } else { opens(None) };
            let (intake, one) = (intake.clone(), alert(&number.to_string(), number, decision));
            tokio::spawn(async move { intake.accept(one).await })
        })
        .collect();
    for (number, one) in all.into_iter().enumerate() {
        let accepted = one.await.unwrap();
        assert_eq!(accepted.is_err(), number == 7, "{number}: {accepted:?}");
    }
    // It was not written, and may come again.
    assert!(matches!(intake.accept(alert("7", 0, opens(None))).await.unwrap(), Accepted::Opened(..)));
}

pub async fn lists_go_on_where_they_ended(store: Store) {
    let mut ids = Vec::new();
    for number in 0..25 {
        // Several in the same second: the number decides.
        ids.push(open(&store, &number.to_string(), number / 5).await.1);
    }
    store.close_incident(ids[3], at(100)).await.unwrap();
    for (is_open, expected) in [(None, 25), (Some(true), 24), (Some(false), 1)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.incidents(is_open, after, 7).await.unwrap();
            seen.extend(page.items.iter().map(|row| row.id));
            after = page.next.map(|next| next.to_string().parse().unwrap());
            if after.is_none() {
                break;
            }
        }
        let mut sorted = seen.clone();
        sorted.sort_by_key(|id| std::cmp::Reverse(id.0));
        assert_eq!((seen.len(), &seen), (expected, &sorted), "{is_open:?}");
    }
}

pub async fn assessments_are_added_and_never_changed(store: Store) {
    let (_, incident) = open(&store, "a", 0).await;
    let assessment = |case: &str, outcome: &str| NewAssessment {
        summary: String::new(),
        incident,
        case_digest: case.to_owned(),
        engine: "0.1.0".to_owned(),
        outcome: outcome.to_owned(),
        body: format!("{{\"verdict\":\"{outcome}\"}}"),
        created_at: at(5),
    };
    assert!(store.put_assessment(&assessment("c1", "undetermined")).await.is_err(), "there is no such case");
    let case = |digest: &str, bundle: Bundle| NewCase {
        incident,
        digest: digest.to_owned(),
        as_of: at(1),
        bundle,
        created_at: at(2),
    };
    store.put_case(&case("c1", Bundle::Here(b"bundle".to_vec()))).await.unwrap();
    store.put_case(&case("c1", Bundle::Here(b"bundle".to_vec()))).await.unwrap();
    store.put_case(&case("c2", Bundle::At("s3://bucket/c2".to_owned()))).await.unwrap();
    assert_eq!(store.case(incident, "c1").await.unwrap(), Bundle::Here(b"bundle".to_vec()));
    assert_eq!(store.case(incident, "c2").await.unwrap(), Bundle::At("s3://bucket/c2".to_owned()));
    assert!(matches!(store.case(incident, "c3").await, Err(Error::NotFound { .. })));

    let first = store.put_assessment(&assessment("c1", "undetermined")).await.unwrap();
    let second = store.put_assessment(&assessment("c2", "root_cause")).await.unwrap();
    let all = store.assessments(incident).await.unwrap();
    assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(all[0].body, r#"{"verdict":"undetermined"}"#);
    assert_eq!(store.latest_assessment(incident).await.unwrap().as_ref(), all.last());
    assert_eq!(store.incident(incident).await.unwrap().outcome.as_deref(), Some("root_cause"));
    store.put_report(second, "markdown", "# Report", at(6)).await.unwrap();
    store.put_report(second, "markdown", "# Another", at(7)).await.unwrap();
    assert_eq!(store.report(second, "markdown").await.unwrap().as_deref(), Some("# Report"));
    assert_eq!(store.report(first, "markdown").await.unwrap(), None);
}

pub async fn what_people_decide_is_kept_with_who_and_when(store: Store) {
    let (_, incident) = open(&store, "a", 0).await;
    let said = |kind, hypothesis: Option<&str>, seconds| PersonDecision {
        incident,
        hypothesis: hypothesis.map(str::to_owned),
        kind,
        note: "looked at it".to_owned(),
        who: "ada".to_owned(),
        at: at(seconds),
    };
    let all = [
        said(DecisionKind::Accept, Some("h1"), 1),
        said(DecisionKind::Discard, Some("h1"), 2),
        said(DecisionKind::Note, None, 3),
    ];
    for one in &all {
        store.decide(one).await.unwrap();
    }
    assert_eq!(store.decisions(incident).await.unwrap(), all);
}

pub async fn people_sessions_and_tokens(store: Store) {
    let sign_in = |role| SignIn {
        issuer: "https://id.example.com".to_owned(),
        subject: "ada-1".to_owned(),
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role,
    };
    let ada = store.sign_in(&sign_in(Role::Viewer), at(0)).await.unwrap();
    let again = store.sign_in(&sign_in(Role::Approver), at(1)).await.unwrap();
    assert_eq!((ada.id, again.role), (again.id, Role::Approver));
    assert!(Role::Admin > Role::Approver && Role::of("admin") == Some(Role::Admin));

    store.begin_session("session-secret", ada.id, at(0), at(100)).await.unwrap();
    let who = |seconds| store.session("session-secret", at(seconds));
    assert_eq!(who(99).await.unwrap().map(|person| person.id), Some(ada.id));
    assert_eq!(who(100).await.unwrap(), None, "it has run out");
    assert_eq!(store.session("another", at(1)).await.unwrap(), None);
    let token = store.add_token("token-secret", ada.id, "ci", "read write", at(0), None).await.unwrap();
    let (person, scopes) = store.token("token-secret", at(5)).await.unwrap().unwrap();
    assert_eq!((person.id, scopes.as_str()), (ada.id, "read write"));
    assert_eq!(store.tokens(ada.id).await.unwrap()[0].name, "ci");
    store.revoke_token(token, at(6)).await.unwrap();
    assert_eq!(store.token("token-secret", at(7)).await.unwrap(), None);
    assert!(matches!(store.revoke_token(token, at(8)).await, Err(Error::NotFound { .. })));

    store.add_token("another-token", ada.id, "cli", "read", at(0), Some(at(50))).await.unwrap();
    assert!(store.token("another-token", at(49)).await.unwrap().is_some());
    assert!(store.token("another-token", at(50)).await.unwrap().is_none());
    store.disable_person(ada.id, Some(at(9))).await.unwrap();
    assert_eq!(who(10).await.unwrap(), None, "who is shut out has no session");
    assert!(store.token("another-token", at(10)).await.unwrap().is_none());
    store.tidy().await.unwrap();
    super::secrets::PLANTED.lock().unwrap().extend(["session-secret".to_owned(), "another-token".to_owned()]);
}

pub async fn settings_are_kept(store: Store) {
    assert_eq!(store.setting("window").await.unwrap(), None);
    store.set("window", "60", "ada", at(0)).await.unwrap();
    store.set("window", "90", "bob", at(1)).await.unwrap();
    assert_eq!(store.setting("window").await.unwrap().as_deref(), Some("90"));
}

/// An incident with one of everything.
async fn full(store: &Store, key: &str) -> IncidentId {
    let (_, incident) = open(store, key, 0).await;
    let bundle = Bundle::Here(b"{}".to_vec());
    let case = NewCase { incident, digest: "c".to_owned(), as_of: at(1), bundle, created_at: at(1) };
    store.put_case(&case).await.unwrap();
    let assessment = NewAssessment {
        summary: String::new(),
        incident,
        case_digest: "c".to_owned(),
        engine: "0.1.0".to_owned(),
        outcome: "root_cause".to_owned(),
        body: r#"{"verdict":{"outcome":"root_cause"}}"#.to_owned(),
        created_at: at(2),
    };
    let assessment = store.put_assessment(&assessment).await.unwrap();
    store.put_report(assessment, "markdown", "# Report", at(3)).await.unwrap();
    let decision = PersonDecision {
        incident,
        hypothesis: None,
        kind: DecisionKind::Note,
        note: "seen".to_owned(),
        who: "ada".to_owned(),
        at: at(4),
    };
    store.decide(&decision).await.unwrap();
    let lease = store.claim("investigate", "w", at(5), 1000).await.unwrap().unwrap();
    let (key, channel, body) = (format!("{key}/verdict"), "slack".to_owned(), "found".to_owned());
    let outcome = Outcome { notices: vec![NewNotice { key, incident, channel, body }], ..Outcome::default() };
    store.finish(&lease, at(5), &outcome).await.unwrap();
    incident
}

pub async fn retention_forgets_what_was_closed_and_nothing_else(store: Store) {
    let (old, new) = (full(&store, "old").await, full(&store, "new").await);
    store.close_incident(old, at(100)).await.unwrap();
    store.close_incident(new, at(200)).await.unwrap();
    assert_eq!(store.prune(at(150), at(150)).await.unwrap(), 1);
    assert!(matches!(store.incident(old).await, Err(Error::NotFound { .. })));
    assert_eq!(store.assessments(old).await.unwrap(), []);
    assert!(store.notice("old/verdict").await.is_err());
    assert_eq!(store.export(new).await.unwrap().len(), 7);
    // Its alert may come again, as if for the first time.
    let again = store.intake().accept(alert("old", 300, opens(None))).await.unwrap();
    assert!(matches!(again, Accepted::Opened(..)), "{again:?}");
    assert_eq!(store.prune(at(150), at(150)).await.unwrap(), 0);
}

pub async fn an_export_has_everything(store: Store) {
    let incident = full(&store, "a").await;
    let lines = store.export(incident).await.unwrap();
    let kinds: Vec<String> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["incident", "alert", "case", "assessment", "report", "decision", "notice"]);
    assert!(lines[3].contains(r#""body":{"verdict":{"outcome":"root_cause"}}"#), "{}", lines[3]);
    assert!(matches!(store.export(IncidentId(999)).await, Err(Error::NotFound { .. })));
}
