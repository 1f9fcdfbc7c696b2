//! Deliveries: taken once, refused with a reason, answered with what became of them.

use crate::support::*;
use butfor_intake::{Auth, Format};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_alert_opens_an_incident_that_is_investigated_once() {
    let service = Running::start().await;
    let (status, answer) = service.send(&alarm("a-1", "orders-5xx", "orders")).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["decision"], "opened");
    assert_eq!(answer["incidentId"], "a-1");
    assert_eq!(answer["message"], "Webhook received");
    let id: i64 = answer["investigationId"].as_str().unwrap().parse().unwrap();
    let body = service.assessed(id, 1).await;
    assert_eq!(body["title"], "CloudWatch Alarm: orders-5xx");
    assert_eq!(body["outcome"], "root_cause");
    assert_eq!(body["status"], "COMPLETED");
    assert_eq!(body["account"], "111122223333");
    assert_eq!(body["priority"], "HIGH");
    // The sender tries again, signed anew: known.
    let body = alarm("a-1", "orders-5xx", "orders").to_string();
    let (status, again) = service.post("/hooks/generic", &signed(&body, &at(1)), body.clone()).await;
    assert_eq!(
        (status, again["investigationId"].as_str()),
        (200, answer["investigationId"].as_str()),
        "{again}"
    );
    assert_eq!(service.investigator.orders().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_stale_replayed_or_unsigned_is_refused_and_opens_nothing() {
    let service = Running::start().await;
    let body = alarm("a-1", "orders-5xx", "orders").to_string();
    let good = signed(&body, &moment());
    let path = "/webhook/generic/generic";
    let flipped = body.replacen('o', "0", 1);
    let unsigned_time = {
        let mut headers = signed(&body, &moment());
        // Signed over the body alone, as some senders get it wrong.
        let mac = hex_mac(body.as_bytes());
        let bytes: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&mac[at * 2..at * 2 + 2], 16).unwrap()).collect();
        headers[1].1 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        headers
    };
    for (what, headers, sent, expected) in [
        ("unsigned", vec![], body.clone(), "unsigned"),
        ("flipped", good.clone(), flipped, "bad-signature"),
        ("stale", signed(&body, &at(-3600)), body.clone(), "stale"),
        ("from the future", signed(&body, &at(3600)), body.clone(), "stale"),
        ("another form of time", signed(&body, "2026-05-02 13:30:02"), body.clone(), "bad-timestamp"),
        ("body only", unsigned_time, body.clone(), "signed-without-timestamp"),
    ] {
        let (status, answer) = service.post(path, &headers, sent).await;
        assert!(status == 401 || status == 403, "{what}: {status} {answer}");
        assert_eq!(answer["code"], expected, "{what}: {answer}");
        assert!(!answer.to_string().contains(SECRET), "{what}");
    }
    let (status, _) = service.post(path, &good, body.clone()).await;
    assert_eq!(status, 200);
    let (status, answer) = service.post(path, &good, body.clone()).await;
    assert_eq!((status, answer["code"].as_str()), (409, Some("replayed")), "{answer}");
    let (status, _) = service.post("/webhook/generic/nobody", &good, body.clone()).await;
    assert_eq!(status, 404);
    let (_, list) = service.api("GET", "/incidents", None).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_body_is_told_by_field_and_a_large_one_is_not_read() {
    let service = Running::start().await;
    let body = json!({"eventType": "incident", "incidentId": "a", "action": "created", "priority": "URGENT", "title": "x"});
    let (status, answer) = service.send(&body).await;
    assert_eq!((status, answer["field"].as_str()), (400, Some("priority")), "{answer}");
    let body = "{\"eventType\": ".to_owned();
    let (status, answer) = service.post("/hooks/generic", &signed(&body, &moment()), body).await;
    assert_eq!(status, 400, "{answer}");
    let body = " ".repeat(2 << 20);
    let mut request = service.client.post(service.url("/hooks/generic"));
    for (name, value) in signed(&body, &moment()) {
        request = request.header(name, value);
    }
    // It is answered before it is read; a client that goes on writing may find the connection closed instead.
    if let Ok(answer) = request.body(body).send().await {
        assert_eq!(answer.status(), 413);
        assert!(answer.text().await.unwrap().contains("too-large"));
    }
    assert_eq!(service.send(&alarm("after", "after", "after")).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_is_marked_and_nothing_is_investigated() {
    let service = Running::start().await;
    let body = json!({"eventType": "incident", "incidentId": "t", "action": "created", "priority": "LOW",
        "title": "[TEST] webhook verification", "description": "[TEST] No investigation needed. Safe to ignore."});
    let (status, answer) = service.send(&body).await;
    assert_eq!((status, answer["decision"].as_str()), (200, Some("opened")), "{answer}");
    tokio::time::sleep(Duration::from_millis(700)).await;
    let (_, body) = service.api("GET", "/incidents/1", None).await;
    assert_eq!((body["test"].as_bool(), body["status"].as_str()), (Some(true), Some("SKIPPED")), "{body}");
    assert!(service.investigator.orders().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_taken_and_refused_without_its_proof() {
    let service = Running::start().await;
    let bearer = || vec![("authorization".to_owned(), format!("Bearer {SECRET}"))];
    let alarm_event = json!({"version": "0", "id": "e-1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "111122223333", "time": moment(), "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:eb"],
        "detail": {"alarmName": "eb", "state": {"value": "ALARM", "reason": "x", "timestamp": "2025-12-01T13:42:04.919+0000"},
            "previousState": {"value": "OK"}, "configuration": {"metrics": []}}});
    let ok_event = {
        let mut event = alarm_event.clone();
        event["id"] = json!("e-2");
        event["detail"]["alarmName"] = json!("other");
        event["detail"]["state"]["value"] = json!("OK");
        event
    };
    let alertmanager = json!({"version": "4", "groupKey": "g", "truncatedAlerts": 0, "status": "firing", "receiver": "butfor",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am",
        "alerts": [{"status": "firing", "labels": {"alertname": "HighErrors", "service": "shop"}, "annotations": {"summary": "s"},
            "startsAt": moment(), "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p", "fingerprint": "f1"}]});
    let pagerduty = json!({"event": {"id": "pd-1", "event_type": "incident.triggered", "resource_type": "incident",
        "occurred_at": moment(), "data": {"id": "PD1", "type": "incident", "title": "db down", "status": "triggered", "urgency": "high"}}});
    let push = json!({"action": "created", "deployment": {"id": 1, "sha": "abc", "ref": "main", "environment": "production",
        "created_at": moment(), "creator": {"login": "ann"}}, "deployment_status": {"id": 2, "state": "success",
        "created_at": moment()}, "repository": {"full_name": "o/r"}});
    let (pd, gh) = (pagerduty.to_string(), push.to_string());
    let api_key = || vec![("x-api-key".to_owned(), SECRET.to_owned())];
    let datadog = json!({"id": "d", "alert_id": "1", "alert_cycle_key": "c-1", "alert_transition": "Triggered", "title": "cpu",
        "date": "1777000000000", "alert_priority": "P2"});
    for (path, headers, body, expected) in [
        ("/hooks/bearer", bearer(), alarm("b-1", "bearer-alarm", "x").to_string(), "opened"),
        ("/hooks/eventbridge", bearer(), alarm_event.to_string(), "opened"),
        ("/hooks/eventbridge", bearer(), ok_event.to_string(), "skipped"),
        ("/hooks/alertmanager", bearer(), alertmanager.to_string(), "opened"),
        (
            "/hooks/pagerduty",
            vec![("x-pagerduty-signature".to_owned(), format!("v1={}", hex_mac(pd.as_bytes())))],
            pd.clone(),
            "opened",
        ),
        (
            "/hooks/github",
            vec![
                ("x-hub-signature-256".to_owned(), format!("sha256={}", hex_mac(gh.as_bytes()))),
                ("x-github-event".to_owned(), "deployment_status".to_owned()),
                ("x-github-delivery".to_owned(), "gh-1".to_owned()),
            ],
            gh.clone(),
            "skipped",
        ),
        ("/hooks/datadog", api_key(), datadog.to_string(), "opened"),
    ] {
        let (status, answer) = service.post(path, &headers, body.clone()).await;
        assert_eq!((status, answer["decision"].as_str()), (200, Some(expected)), "{path}: {answer}");
        let (status, answer) = service.post(path, &[], body).await;
        assert!(status == 401 || status == 403, "{path} without proof: {status} {answer}");
    }
    // What the code host said is handed to the investigations that come after it.
    service.send(&alarm("after", "after-the-deploy", "late")).await;
    let order = service
        .until("the order", || async {
            let orders = service.investigator.orders();
            orders.into_iter().find(|order| order.alerts.iter().any(|it| it["incidentId"] == "after"))
        })
        .await;
    assert_eq!(order.deliveries, [push]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_above_its_budget_is_told_to_wait_and_others_are_served() {
    let mut setup = Setup::default();
    let mut tight = sender("tight", Format::Generic, Auth::Bearer);
    tight.per_minute = 3;
    setup.settings.senders.push(tight);
    let service = Running::with(setup).await;
    let bearer = vec![("authorization".to_owned(), format!("Bearer {SECRET}"))];
    let mut seen = Vec::new();
    for n in 0..5 {
        let body = alarm(&format!("n-{n}"), "same", "s").to_string();
        seen.push(service.post("/hooks/tight", &bearer, body).await.0);
    }
    assert_eq!(seen, [200, 200, 200, 429, 429]);
    assert_eq!(service.send(&alarm("other", "other", "o")).await.0, 200);
}

/// Forged, replayed, malformed and endless requests by the thousand: none is taken, and honest senders are served all the while.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_bad_requests_opens_nothing_and_stops_nobody() {
    let service = Running::start().await;
    let body = alarm("real", "real", "r").to_string();
    let good = signed(&body, &moment());
    assert_eq!(service.post("/hooks/generic", &good, body.clone()).await.0, 200);
    // Slow ones: heads that never end.
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(b"POST /hooks/generic HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        slow.push(stream);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..4_u64 {
        let (client, url) = (service.client.clone(), service.url("/hooks/generic"));
        let (body, good) = (body.clone(), good.clone());
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(worker);
            for n in 0..500_usize {
                let mut sent = body.clone().into_bytes();
                let mut headers = good.clone();
                match n % 4 {
                    0 => {
                        let at = random.usize(0..sent.len());
                        sent[at] ^= 1 << random.u8(0..7);
                    }
                    1 => {
                        headers[1].1 = base64::Engine::encode(
                            &base64::engine::general_purpose::STANDARD,
                            [random.u8(..); 32],
                        )
                    }
                    2 => {}
                    _ => sent = (0..random.usize(0..2000)).map(|_| random.u8(..)).collect(),
                }
                let mut request = client.post(&url).body(sent);
                for (name, value) in &headers {
                    request = request.header(name, value);
                }
                let status = request.send().await.unwrap().status().as_u16();
                assert!((400..500).contains(&status), "{n}: {status}");
            }
        });
    }
    for n in 0..50 {
        let (status, answer) = service.send(&alarm(&format!("honest-{n}"), "honest", "h")).await;
        assert_eq!(status, 200, "{answer}");
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let (_, list) = service.api("GET", "/incidents?limit=500", None).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "the real one and the honest one");
    // A slow head is cut off rather than waited for.
    let mut stream = slow.pop().unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "a slow connection was kept");
}
