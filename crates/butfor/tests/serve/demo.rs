//! `butfor serve --demo`: an alarm becomes a proven cause, nothing is needed and nothing stays.

use crate::support::{Service, until};
use serde_json::Value;
use std::time::Duration;

fn incidents(service: &Service) -> Vec<Value> {
    service.rows("/incidents", "")
}

#[test]
fn the_demonstration_shows_a_proven_cause_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(["--demo"], folder.path());
    let found = until(Duration::from_secs(30), "a proven cause", || {
        let all = incidents(&service);
        let is_there = |wanted: &dyn Fn(&Value) -> bool| all.iter().any(wanted);
        let both = is_there(&|it| it["test"] == true) && is_there(&|it| it["outcome"] == "root_cause");
        both.then_some(all)
    });
    assert_eq!(found.len(), 2, "{found:?}");
    let test = found.iter().find(|it| it["test"] == true).unwrap();
    assert_eq!((&test["status"], &test["outcome"]), (&"SKIPPED".into(), &Value::Null));
    let real = found.iter().find(|it| it["test"] == false).unwrap();
    let id = &real["id"];
    let list = service.get("/incidents", "");
    assert_eq!(list.status, 200);
    assert!(list.body.contains(real["title"].as_str().unwrap()), "{}", list.body);
    for tab in ["", "/cause", "/plan", "/evidence", "/topology", "/chat"] {
        let page = service.get(&format!("/incidents/{id}{tab}"), "");
        assert_eq!(page.status, 200, "{tab}");
        assert!(page.head.contains("content-security-policy: default-src 'self'"), "{}", page.head);
        assert!(page.body.contains("</html>"), "{tab}");
    }
    let report = service.api(&format!("/incidents/{id}/report"), "");
    let summary = report["verdict"]["summary"].as_str().unwrap();
    assert!(service.get(&format!("/incidents/{id}"), "").body.contains("Root cause"), "{summary}");
    // The same alarm comes once more and belongs to the same incident.
    until(Duration::from_secs(30), "the second alarm", || {
        (service.api(&format!("/incidents/{id}"), "")["alerts"] == 2).then_some(())
    });
    assert_eq!(incidents(&service).len(), 2);
    let ended = service.terminate();
    assert_eq!(ended.code(), Some(0));
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["log"], "the temporary folder is as it was");
}
