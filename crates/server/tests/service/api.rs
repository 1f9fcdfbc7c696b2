//! REST: described, paged, with errors a program can read.

use crate::support::*;
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_that_is_described_is_there() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    service.assessed(1, 1).await;
    let (status, document) = service.api("GET", "/openapi.json", None).await;
    assert_eq!((status, document["openapi"].as_str()), (200, Some("3.1.0")));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, methods) in paths {
        for (method, _) in methods.as_object().unwrap() {
            let path = path
                .replace("{id}", "1")
                .replace("{alert}", "99")
                .replace("{digest}", "00000000000000000000000000000001");
            let body = (method == "post").then(|| json!({}));
            let (status, answer) = service.api(&method.to_uppercase(), &path, body).await;
            assert_ne!(status, 405, "{method} {path}");
            let is_absent =
                status == 404 && answer["detail"].as_str().is_some_and(|it| it.contains("openapi"));
            assert!(!is_absent, "{method} {path}: {answer}");
            assert!(status < 500, "{method} {path}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_problems_and_roles_are_kept() {
    let service = Running::start().await;
    for (path, expected) in
        [("/incidents/99", 404), ("/incidents?state=x", 400), ("/incidents?cursor=x", 400), ("/nothing", 404)]
    {
        let (status, answer) = service.api("GET", path, None).await;
        assert_eq!(status, expected, "{path}: {answer}");
        assert_eq!(answer["status"], expected, "{path}: {answer}");
        assert!(answer["detail"].as_str().is_some_and(|it| !it.is_empty()), "{answer}");
    }
    let (status, answer) = service.api_as("nobody's", "GET", "/incidents", None).await;
    assert_eq!(status, 401, "{answer}");
    let (status, answer) = service.api("POST", "/incidents", Some(json!({"preset": "magic"}))).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("preset"), "{answer}");
    let (status, answer) = service.api("POST", "/incidents", Some(json!({"titel": "x"}))).await;
    assert!((400..500).contains(&status), "{answer}");
    let (status, answer) =
        service.api("POST", "/incidents", Some(json!({"title": "x", "account": "12"}))).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("account"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_starts_an_investigation_decides_asks_and_closes() {
    let service = Running::start().await;
    let started = json!({"title": "checkout is slow", "details": "since lunch", "preset": "error-rate", "at": "2026-05-02T13:37:00Z",
        "account": "111122223333", "region": "eu-west-1"});
    let (status, answer) = service.api("POST", "/incidents", Some(started)).await;
    assert_eq!(status, 201, "{answer}");
    let id = answer["id"].as_i64().unwrap();
    service.assessed(id, 1).await;
    let order = service.investigator.orders()[0].clone();
    assert_eq!(order.asked.preset.as_deref(), Some("error-rate"));
    assert_eq!(order.asked.at.as_deref(), Some("2026-05-02T13:37:00Z"));
    assert_eq!(
        (order.asked.account.as_deref(), order.asked.region.as_deref()),
        (Some("111122223333"), Some("eu-west-1"))
    );
    assert_eq!(order.alerts.len(), 1);
    let decide =
        json!({"hypothesis": "route-missing|rtb-1|0.0.0.0/0", "decision": "discard", "note": "not it"});
    assert_eq!(service.api("POST", &format!("/incidents/{id}/decisions"), Some(decide)).await.0, 204);
    let (_, decisions) = service.api("GET", &format!("/incidents/{id}/decisions"), None).await;
    assert_eq!(decisions["items"][0]["decision"], "discard", "{decisions}");
    assert_eq!(decisions["items"][0]["who"], "administrator");
    let (status, answer) = service
        .api("POST", &format!("/incidents/{id}/questions"), Some(json!({"question": "who did it?"})))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert!(!answer["lines"].as_array().unwrap().is_empty());
    let (_, answer) = service
        .api("POST", &format!("/incidents/{id}/questions"), Some(json!({"question": "will it rain?"})))
        .await;
    assert_eq!(answer["kind"], "not_understood", "{answer}");
    let steer = json!({"question": "focus on /aws/lambda/orders and rerun"});
    let (_, answer) = service.api("POST", &format!("/incidents/{id}/questions"), Some(steer)).await;
    assert_eq!(answer["kind"], "steered", "{answer}");
    service.assessed(id, 2).await;
    assert_eq!(service.investigator.orders()[1].asked.log_groups, ["/aws/lambda/orders"]);
    let (_, passes) = service.api("GET", &format!("/incidents/{id}/passes"), None).await;
    assert_eq!(passes["items"].as_array().unwrap().len(), 2, "the old pass stays");
    assert_eq!(service.api("POST", &format!("/incidents/{id}/close"), None).await.0, 204);
    let (_, incident) = service.api("GET", &format!("/incidents/{id}"), None).await;
    assert_eq!(incident["state"], "closed");
    let (status, export) = service.api("GET", &format!("/incidents/{id}/export"), None).await;
    assert_eq!(status, 200);
    let lines = export.as_str().unwrap();
    assert!(lines.contains("\"kind\":\"decision\"") && lines.contains("\"kind\":\"question\""), "{lines}");
    assert_eq!(service.investigator.runs.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_metrics() {
    let service = Running::start().await;
    service.send(&alarm("1", "orders-5xx", "orders")).await;
    for (path, expected) in
        [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "butfor_incidents_opened_total 1")]
    {
        let answer = service.client.get(service.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(expected), "{path}: {text}");
    }
}
