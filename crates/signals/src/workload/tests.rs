//! States of workloads made for the purpose.

use super::{
    Ailment, Category, Container, Deployment, Diagnosis, Event, Line, Node, Pod, Workload, diagnose,
};
use proptest::prelude::*;

fn pod(name: &str, ready: bool) -> Pod {
    Pod {
        name: name.to_owned(),
        phase: "Running".to_owned(),
        node: Some("node-a".to_owned()),
        containers: vec![Container { is_ready: ready, ..Container::default() }],
        ..Pod::default()
    }
}

fn node(name: &str, ready: bool) -> Node {
    Node { name: name.to_owned(), is_ready: ready, pressures: Vec::new() }
}

/// One good pod and a bad one, of another replica set.
fn with(change: impl FnOnce(&mut Pod)) -> Workload {
    let mut bad = pod("shop-new-1", false);
    change(&mut bad);
    Workload {
        pods: vec![pod("shop-old-1", true), bad],
        deployments: vec![Deployment { name: "shop".to_owned(), desired: 2, available: 1 }],
        nodes: vec![node("node-a", true)],
        ..Workload::default()
    }
}

fn event(workload: &mut Workload, reason: &str, message: &str) {
    workload.events.push(Event {
        reason: reason.to_owned(),
        message: message.to_owned(),
        object: "Pod/shop-new-1".to_owned(),
    });
}

fn says(workload: &mut Workload, text: &str) {
    workload.lines.push(Line { is_bad: true, text: text.to_owned() });
}

fn waiting(pod: &mut Pod, reason: &str, restarts: u64) {
    if let Some(container) = pod.containers.first_mut() {
        container.reasons.push(reason.to_owned());
        container.restarts = restarts;
    }
}

fn pending(pod: &mut Pod) {
    pod.phase = "Pending".to_owned();
    pod.node = None;
}

#[track_caller]
fn check(workload: &Workload, ailment: Option<Ailment>, category: Category) -> Diagnosis {
    let found = diagnose(workload);
    assert_eq!((found.ailment, found.category), (ailment, category), "{found:#?}");
    found
}

#[test]
fn reasons_of_pods() {
    let image = with(|pod| waiting(pod, "ImagePullBackOff", 0));
    let found = check(&image, Some(Ailment::ImagePull), Category::ConfigurationError);
    assert!(found.grounds.iter().any(|ground| ground.contains("old ReplicaSet shop-old")), "{found:?}");
    check(
        &with(|pod| waiting(pod, "OOMKilled", 3)),
        Some(Ailment::OutOfMemory),
        Category::ResourceExhaustion,
    );
    let secret = with(|pod| waiting(pod, "CreateContainerConfigError", 0));
    check(&secret, Some(Ailment::ConfigurationMissing), Category::ConfigurationError);
    let evicted = with(|pod| pod.reasons.push("Evicted".to_owned()));
    check(&evicted, Some(Ailment::NodePressure), Category::ResourceExhaustion);
}

#[test]
fn reasons_of_events() {
    let cases = [
        (
            "FailedScheduling",
            "0/2 nodes are available: 2 Insufficient memory",
            Ailment::NoRoom,
            Category::ResourceExhaustion,
        ),
        (
            "FailedScheduling",
            "0/2 nodes: node(s) had untolerated taint {a: b}",
            Ailment::NoNodeAllowed,
            Category::ConfigurationError,
        ),
        (
            "FailedScheduling",
            "pod has unbound immediate PersistentVolumeClaims",
            Ailment::Volume,
            Category::Infrastructure,
        ),
    ];
    for (reason, message, ailment, category) in cases {
        let mut workload = with(pending);
        event(&mut workload, reason, message);
        check(&workload, Some(ailment), category);
    }
    let mut probe = with(|pod| waiting(pod, "Running", 4));
    event(&mut probe, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500");
    check(&probe, Some(Ailment::ProbeFails), Category::ConfigurationError);
}

#[test]
fn a_crash_is_read_from_its_log() {
    let cases = [
        (
            "FATAL configuration error: required env var SHOP_DSN is not set",
            Ailment::ConfigurationMissing,
            Category::ConfigurationError,
        ),
        ("panic: runtime error: index out of range [3] with length 2", Ailment::Crash, Category::CodeDefect),
        (
            "dial tcp 10.0.0.7:5432: connect: connection refused",
            Ailment::Dependency,
            Category::DependencyFailure,
        ),
    ];
    for (text, ailment, category) in cases {
        let mut workload = with(|pod| waiting(pod, "CrashLoopBackOff", 5));
        says(&mut workload, text);
        check(&workload, Some(ailment), category);
    }
    let silent = with(|pod| waiting(pod, "CrashLoopBackOff", 5));
    check(&silent, None, Category::Unknown);
}

#[test]
fn what_is_over_is_no_failure() {
    let mut workload = with(|pod| pod.is_deleting = true);
    workload.deployments = vec![Deployment { name: "shop".to_owned(), desired: 1, available: 1 }];
    event(&mut workload, "BackOff", "Back-off restarting failed container");
    let found = check(&workload, None, Category::Healthy);
    assert!(found.grounds.iter().any(|ground| ground.contains("terminating")), "{found:?}");
    let mut recovered =
        with(|pod| pod.containers = vec![Container { is_ready: true, ..Container::default() }]);
    recovered.deployments = Vec::new();
    event(&mut recovered, "FailedScheduling", "0/2 nodes are available: 2 Insufficient cpu");
    check(&recovered, None, Category::Healthy);
}

#[test]
fn nodes_come_first() {
    let mut workload = with(|pod| waiting(pod, "CrashLoopBackOff", 2));
    workload.nodes = vec![node("node-a", false), node("node-b", true)];
    check(&workload, Some(Ailment::NodeNotReady), Category::Infrastructure);
    workload.nodes = vec![Node { pressures: vec!["disk".to_owned()], ..node("node-a", true) }];
    check(&workload, Some(Ailment::NodePressure), Category::ResourceExhaustion);
}

#[test]
fn names_fail_above_healthy_pods() {
    let mut workload = Workload { pods: vec![pod("shop-1", true)], ..Workload::default() };
    says(&mut workload, "Error: getaddrinfo ENOTFOUND db.shop.svc.cluster.local");
    check(&workload, Some(Ailment::NameResolution), Category::ConfigurationError);
}

#[test]
fn what_is_not_seen_is_not_healthy() {
    check(&Workload::default(), None, Category::Unknown);
    let mut alarmed = Workload { pods: vec![pod("shop-1", true)], ..Workload::default() };
    check(&alarmed, None, Category::Healthy);
    alarmed.alarms.push("error rate".to_owned());
    check(&alarmed, None, Category::Unknown);
}

proptest! {
    #[test]
    fn anything_is_read_without_panic(
        pods in prop::collection::vec(("[a-c-]{0,6}", "Running|Pending|\\PC{0,5}", any::<bool>(), any::<bool>(), "OOMKilled|CrashLoopBackOff|\\PC{0,9}", any::<i64>(), any::<u32>()), 0..5),
        events in prop::collection::vec(("FailedScheduling|\\PC{0,9}", "\\PC{0,40}|probe failed é", "Pod/[a-c-]{0,6}|\\PC{0,9}"), 0..5),
        lines in prop::collection::vec("\\PC{0,60}", 0..5),
    ) {
        let mut workload = Workload::default();
        for (name, phase, ready, is_deleting, reason, code, restarts) in pods {
            let container = Container { is_ready: ready, restarts: u64::from(restarts), reasons: vec![reason], exit_codes: vec![code], messages: Vec::new() };
            workload.pods.push(Pod { name, phase, is_deleting, containers: vec![container], ..Pod::default() });
        }
        workload.events = events.into_iter().map(|(reason, message, object)| Event { reason, message, object }).collect();
        workload.lines = lines.into_iter().map(|text| Line { is_bad: true, text }).collect();
        prop_assert_eq!(diagnose(&workload), diagnose(&workload));
    }
}
