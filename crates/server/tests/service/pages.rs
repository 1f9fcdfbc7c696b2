//! Pages: each tab is there, evidence opens, what comes from outside is text, news come by themselves.

use crate::support::*;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_and_export_of_an_incident() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let (session, _) = service.sign_in().await;
    for (path, expected) in [
        ("/incidents", "orders-5xx"),
        ("/incidents?show=all", "orders-5xx"),
        ("/incidents/1", "a route was removed"),
        ("/incidents/1/cause", "route removed"),
        ("/incidents/1/plan", "plan"),
        ("/incidents/1/evidence", "Evidence"),
        ("/incidents/1/topology?zoom=system", "Topology"),
        ("/incidents/1/topology.svg", "<svg"),
        ("/incidents/1/topology.mmd", ""),
        ("/incidents/1/topology.json", "nodes"),
        ("/incidents/1/report.md", "#"),
        ("/incidents/1/report.json", "butfor-report/1"),
        ("/incidents/1/chat", "question"),
        ("/incidents/1?pass=1", "a route was removed"),
        ("/start", "Start"),
        ("/tokens", "oken"),
        ("/audit", "udit"),
        ("/assets/style.css", "{"),
        ("/assets/live.js", "EventSource"),
        ("/assets/icon.svg", "<svg"),
    ] {
        let (status, page) = service.page(&session, path).await;
        assert_eq!(status, 200, "{path}: {page}");
        assert!(page.contains(expected), "{path}: {expected}");
    }
    for (path, expected) in
        [("/incidents/99", 404), ("/incidents/1/nothing", 404), ("/incidents/1?pass=9", 404), ("/x", 404)]
    {
        let (status, page) = service.page(&session, path).await;
        assert_eq!(status, expected, "{path}");
        assert!(page.contains("<main"), "an error is a page too: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_shown_as_text_whatever_is_in_it() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let (session, _) = service.sign_in().await;
    let path = "/incidents/1/evidence/00000000000000000000000000000001";
    let (status, page) = service.page(&session, &format!("{path}?mark=rtb-1")).await;
    assert_eq!(status, 200);
    assert!(page.contains("<mark") && !page.contains("<script>alert"), "{page}");
    let answer = service
        .client
        .get(service.url(&format!("{path}/raw")))
        .header("cookie", format!("butfor_session={session}"))
        .send()
        .await
        .unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let (status, _) = service.page(&session, "/incidents/1/evidence/ffff").await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_title_is_text_on_every_page() {
    let service = Running::start().await;
    service.send(&alarm("1", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>")).await;
    let (session, _) = service.sign_in().await;
    for path in ["/incidents", "/incidents/1", "/incidents/1/chat"] {
        let (_, page) = service.page(&session, path).await;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_learns_of_a_verdict_by_itself() {
    let setup = Setup {
        investigator: std::sync::Arc::new(Scripted {
            takes: Duration::from_millis(1500),
            ..Scripted::default()
        }),
        ..Setup::default()
    };
    let service = Running::with(setup).await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    let (session, _) = service.sign_in().await;
    let mut answer = service
        .client
        .get(service.url("/incidents/1/events?tab="))
        .header("cookie", format!("butfor_session={session}"))
        .send()
        .await
        .unwrap();
    let mut seen = String::new();
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    while !seen.contains("a route was removed") {
        let chunk = tokio::time::timeout_at(end, answer.chunk())
            .await
            .expect("news")
            .unwrap()
            .expect("an open stream");
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(seen.contains("event: fragment"), "{seen}");
    assert!(seen.contains("DescribeRouteTables"), "the investigation is seen at work: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_that_starts_an_investigation_says_what_is_wrong() {
    let service = Running::start().await;
    let (session, csrf) = service.sign_in().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("starting_point", "free"),
        ("details", ""),
        ("at", "2999-01-01T00:00"),
        ("account", "12"),
    ];
    let (status, _, page) = service.form(&session, "/start", &fields).await;
    assert_eq!(status, 422);
    for expected in ["12 digits", "future"] {
        assert!(page.contains(expected), "{expected}");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("starting_point", "latest_alarm"),
        ("details", "checkout"),
        ("at", "2026-05-02T13:37"),
        ("account", "111122223333"),
        ("region", "us-east-1"),
    ];
    let (status, place, _) = service.form(&session, "/start", &fields).await;
    assert_eq!((status, place.as_str()), (303, "/incidents/1"));
    service.assessed(1, 1).await;
    assert_eq!(service.investigator.orders()[0].asked.preset.as_deref(), Some("latest-alarm"));
}
