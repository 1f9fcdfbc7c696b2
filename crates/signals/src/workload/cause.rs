//! From the state of pods and nodes to a cause.

use super::{Ailment, Category, Diagnosis, Pod, Workload, facts};
use crate::logs::signature::{Fact, Kind};

pub(super) fn diagnose(workload: &Workload) -> Diagnosis {
    let failing: Vec<&Pod> = workload.pods.iter().filter(|pod| pod.fails()).collect();
    let found = node(workload, &failing)
        .or_else(|| pods(workload, &failing))
        .or_else(|| application(workload, &failing));
    let (ailment, category, mut grounds) = match found {
        Some((ailment, category, grounds)) => (Some(ailment), category, grounds),
        None if !workload.pods.is_empty()
            && failing.is_empty()
            && is_complete(workload)
            && workload.alarms.is_empty() =>
        {
            (None, Category::Healthy, healthy(workload))
        }
        None => {
            let alarms = workload.alarms.iter().map(|alarm| format!("in alarm: {alarm}"));
            (None, Category::Unknown, state(&failing).into_iter().chain(alarms).collect())
        }
    };
    if ailment.is_some() {
        grounds.extend(rollout(workload, &failing));
    }
    let ruled_out = ruled_out(workload, ailment, &failing);
    Diagnosis { ailment, category, grounds, ruled_out }
}

type Found = Option<(Ailment, Category, Vec<String>)>;

/// Whether all copies that are wanted are there.
fn is_complete(workload: &Workload) -> bool {
    workload.deployments.iter().all(|deployment| deployment.available >= deployment.desired)
}

fn state(failing: &[&Pod]) -> Vec<String> {
    failing
        .iter()
        .map(|pod| {
            let reasons: Vec<&str> =
                pod.containers.iter().flat_map(|container| &container.reasons).map(String::as_str).collect();
            let restarts: u64 = pod.containers.iter().map(|container| container.restarts).sum();
            format!(
                "pod {} is {}, not ready, {restarts} restarts: {}",
                pod.name,
                pod.phase,
                reasons.join(", ")
            )
        })
        .collect()
}

fn node(workload: &Workload, failing: &[&Pod]) -> Found {
    let hit = |name: &str| failing.iter().any(|pod| pod.node.as_deref() == Some(name)) || failing.is_empty();
    let down = workload.nodes.iter().find(|node| !node.is_ready);
    if let Some(node) = down {
        let mut grounds = vec![format!("node {} is NotReady", node.name)];
        grounds.extend(quotes(workload, &["NodeNotReady", "NodeLost", "TaintManagerEviction"]));
        grounds.extend(state(failing));
        let on = failing.iter().filter(|pod| pod.node.as_deref() == Some(node.name.as_str())).count();
        grounds.push(format!("{on} of {} failing pods are on it", failing.len()));
        return Some((Ailment::NodeNotReady, Category::Infrastructure, grounds));
    }
    let pressed = workload.nodes.iter().find(|node| !node.pressures.is_empty());
    let evicted = failing.iter().any(|pod| pod.reasons.iter().any(|reason| reason == "Evicted"));
    match pressed {
        Some(node) if hit(&node.name) || evicted => {
            let mut grounds =
                vec![format!("node {} reports {} pressure", node.name, node.pressures.join(" and "))];
            grounds.extend(quotes(workload, &["Evicted", "EvictionThresholdMet", "FreeDiskSpaceFailed"]));
            Some((Ailment::NodePressure, Category::ResourceExhaustion, grounds))
        }
        None if evicted => Some((Ailment::NodePressure, Category::ResourceExhaustion, state(failing))),
        _ => None,
    }
}

/// What the failing pods say. Events count only for pods that still fail, or for what makes no pod at all.
fn pods(workload: &Workload, failing: &[&Pod]) -> Found {
    let reasons: Vec<&str> = failing
        .iter()
        .flat_map(|pod| pod.containers.iter().flat_map(|container| &container.reasons).chain(&pod.reasons))
        .map(String::as_str)
        .collect();
    let has = |list: &[&str]| reasons.iter().any(|reason| list.contains(reason));
    let codes: Vec<i64> = failing
        .iter()
        .flat_map(|pod| &pod.containers)
        .flat_map(|container| container.exit_codes.iter().copied())
        .collect();
    let answer = |ailment, category, words: &[&str]| {
        let mut grounds = state(failing);
        grounds.extend(quotes_of(workload, failing, words));
        Some((ailment, category, grounds))
    };
    if has(&["OOMKilled"]) || (codes.contains(&137) && events_say(workload, failing, &["OOM", "memory"])) {
        return answer(Ailment::OutOfMemory, Category::ResourceExhaustion, &["OOM", "memory", "BackOff"]);
    }
    if has(&["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"]) {
        return answer(Ailment::ImagePull, Category::ConfigurationError, &["pull", "image"]);
    }
    if has(&["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"])
        || events_say(workload, failing, &["configmap", "secret \"", "secret not found"])
    {
        return answer(
            Ailment::ConfigurationMissing,
            Category::ConfigurationError,
            &["configmap", "secret", "Failed"],
        );
    }
    if let Some(found) = scheduling(workload, failing) {
        return Some(found);
    }
    if events_say(workload, failing, &["exceeded quota"]) {
        return answer(Ailment::Quota, Category::ResourceExhaustion, &["quota"]);
    }
    if events_say(
        workload,
        failing,
        &["FailedMount", "FailedAttachVolume", "unbound immediate PersistentVolumeClaim"],
    ) {
        return answer(
            Ailment::Volume,
            Category::Infrastructure,
            &["FailedMount", "FailedAttachVolume", "PersistentVolumeClaim", "volume"],
        );
    }
    let dies_of_itself = codes.iter().any(|code| ![0, 137, 143].contains(code)) || has(&["Error"]);
    if !dies_of_itself && !failing.is_empty() && events_say(workload, failing, &["probe failed"]) {
        let mut grounds = state(failing);
        grounds.extend(quotes_of(workload, failing, &["probe"]));
        grounds.extend(codes.first().map(|code| {
            format!("the container ended with exit code {code}: it was stopped, it did not crash")
        }));
        return Some((Ailment::ProbeFails, Category::ConfigurationError, grounds));
    }
    None
}

fn scheduling(workload: &Workload, failing: &[&Pod]) -> Found {
    let pending: Vec<&Pod> = failing.iter().copied().filter(|pod| pod.phase == "Pending").collect();
    if pending.is_empty() || !events_say(workload, &pending, &["FailedScheduling"]) {
        return None;
    }
    let mut grounds = state(&pending);
    grounds.extend(quotes_of(workload, &pending, &["FailedScheduling"]));
    let (ailment, category) = if events_say(workload, &pending, &["Insufficient", "Too many pods"]) {
        (Ailment::NoRoom, Category::ResourceExhaustion)
    } else if events_say(workload, &pending, &["volume", "PersistentVolumeClaim"]) {
        (Ailment::Volume, Category::Infrastructure)
    } else {
        (Ailment::NoNodeAllowed, Category::ConfigurationError)
    };
    Some((ailment, category, grounds))
}

/// What the program says: why it stops, or why it serves errors while all its pods are ready.
fn application(workload: &Workload, failing: &[&Pod]) -> Found {
    let facts = facts(workload);
    if failing.is_empty() && facts.is_empty() {
        return None;
    }
    let mut grounds = state(failing);
    let find = |wanted: fn(&Kind) -> bool| facts.iter().find(|fact| wanted(&fact.kind));
    let quoted = |fact: &Fact| format!("log: `{}`", fact.quote);
    let says = |words: &[&str]| {
        workload
            .lines
            .iter()
            .find(|line| line.is_bad && words.iter().any(|word| line.text.to_lowercase().contains(word)))
            .map(|line| format!("log: `{}`", line.text))
    };
    if let Some(fact) = find(|kind| matches!(kind, Kind::NameResolution { .. })) {
        if failing.is_empty() {
            let restarts: u64 = workload
                .pods
                .iter()
                .flat_map(|pod| &pod.containers)
                .map(|container| container.restarts)
                .sum();
            grounds.push(format!("all {} pods are Running and Ready, restart count {restarts}: the failure is in DNS resolution, above the pods", workload.pods.len()));
        }
        grounds.push(format!("DNS: {}", quoted(fact)));
        // A name that is asked for and not there is a matter of Service names, policies and the cluster's DNS configuration.
        return Some((Ailment::NameResolution, Category::ConfigurationError, grounds));
    }
    let setting = says(&[
        "configuration error",
        "config error",
        "env var",
        "environment variable",
        "missing required config",
        "invalid configuration",
        "no such file",
    ]);
    if let Some(line) = find(|kind| matches!(kind, Kind::MissingEnvironmentVariable { .. }))
        .map(quoted)
        .or(setting)
        .filter(|_| !failing.is_empty())
    {
        grounds.push(line);
        return Some((Ailment::ConfigurationMissing, Category::ConfigurationError, grounds));
    }
    if let Some(fact) = find(|kind| matches!(kind, Kind::OutOfMemory { .. })).filter(|_| !failing.is_empty())
    {
        grounds.push(quoted(fact));
        return Some((Ailment::OutOfMemory, Category::ResourceExhaustion, grounds));
    }
    if let Some(fact) = find(|kind| {
        matches!(kind, Kind::Connection { .. } | Kind::TimedOut { .. } | Kind::TooManyConnections)
    }) {
        grounds.push(quoted(fact));
        return Some((Ailment::Dependency, Category::DependencyFailure, grounds));
    }
    let crashed = find(|kind| matches!(kind, Kind::Exception { .. } | Kind::Missing { .. }))
        .map(quoted)
        .or_else(|| says(&["panic", "fatal", "traceback", "exception", "segfault"]));
    let crash = crashed.filter(|_| {
        failing.iter().any(|pod| pod.containers.iter().any(|container| container.restarts > 0))
    })?;
    grounds.push(crash);
    Some((Ailment::Crash, Category::CodeDefect, grounds))
}

/// Whether an event is about a failing pod, or about something that is no pod.
fn concerns(workload: &Workload, failing: &[&Pod], object: &str) -> bool {
    let name = object.rsplit('/').next().unwrap_or(object);
    let is_pod = workload.pods.iter().any(|pod| pod.name == name);
    failing.iter().any(|pod| pod.name == name)
        || (!is_pod && !object.starts_with("Pod/") && (!failing.is_empty() || !is_complete(workload)))
}

fn events_say(workload: &Workload, failing: &[&Pod], words: &[&str]) -> bool {
    !quotes_of(workload, failing, words).is_empty()
}

fn quotes_of(workload: &Workload, failing: &[&Pod], words: &[&str]) -> Vec<String> {
    let events = workload.events.iter().filter(|event| concerns(workload, failing, &event.object));
    let events = events
        .filter(|event| words.iter().any(|word| event.reason.contains(word) || event.message.contains(word)));
    events.map(|event| format!("event {} on {}: `{}`", event.reason, event.object, event.message)).collect()
}

fn quotes(workload: &Workload, reasons: &[&str]) -> Vec<String> {
    let events = workload.events.iter().filter(|event| reasons.contains(&event.reason.as_str()));
    events.map(|event| format!("event {} on {}: `{}`", event.reason, event.object, event.message)).collect()
}

/// A rollout that does not go on: the failing pods are of another `ReplicaSet` than those that serve.
fn rollout(workload: &Workload, failing: &[&Pod]) -> Vec<String> {
    let set = |pod: &Pod| pod.name.rsplit_once('-').map(|(set, _)| set.to_owned());
    let serving = workload.pods.iter().find(|pod| !pod.fails() && !pod.is_deleting);
    let mut grounds = quotes(workload, &["ProgressDeadlineExceeded"]);
    if let (Some(good), Some(bad)) = (serving, failing.first())
        && set(good) != set(bad)
        && !workload.deployments.is_empty()
    {
        let of = |pod: &Pod| set(pod).unwrap_or_default();
        grounds.push(format!("the rollout of the deployment stands: the new ReplicaSet {} fails, the old ReplicaSet {} still serves", of(bad), of(good)));
    }
    grounds
}

fn healthy(workload: &Workload) -> Vec<String> {
    let mut grounds = vec![format!(
        "no active failure: all pods that are meant to serve are now Running and Ready; {} pods within normal bounds, no failure",
        workload.pods.iter().filter(|pod| !pod.is_deleting).count()
    )];
    for pod in workload.pods.iter().filter(|pod| pod.is_deleting) {
        grounds.push(format!(
            "pod {} is terminating: it belongs to an old ReplicaSet after a rollout, not a current failure",
            pod.name
        ));
    }
    let past = workload
        .events
        .iter()
        .map(|event| format!("the event {} on {} is past: `{}`", event.reason, event.object, event.message));
    grounds.extend(past);
    let scaled =
        workload.lines.iter().find(|line| line.text.contains("autoscaler") || line.text.contains("scale-up"));
    grounds.extend(scaled.map(|line| format!("the autoscaler acted: `{}`", line.text)));
    grounds
}

fn ruled_out(workload: &Workload, ailment: Option<Ailment>, failing: &[&Pod]) -> Vec<String> {
    let mut out = Vec::new();
    let containers = || workload.pods.iter().filter(|pod| !pod.is_deleting).flat_map(|pod| &pod.containers);
    let killed = containers().any(|container| {
        container.reasons.iter().any(|reason| reason == "OOMKilled") || container.exit_codes.contains(&137)
    });
    if !killed && ailment != Some(Ailment::OutOfMemory) {
        out.push(
            "not OOM: this is not an OOM kill, no container ended with reason OOMKilled or exit code 137"
                .to_owned(),
        );
    }
    if !workload.events.iter().any(|event| event.message.contains("quota")) {
        out.push("not quota: no event speaks of one".to_owned());
    }
    if ailment != Some(Ailment::NoRoom)
        && !failing.iter().any(|pod| pod.phase == "Pending" && pod.node.is_none())
    {
        out.push("not insufficient resources: every pod has a node now".to_owned());
    }
    if !workload.nodes.is_empty()
        && workload.nodes.iter().all(|node| node.is_ready && node.pressures.is_empty())
    {
        out.push(format!("not the nodes: all {} are Ready, without pressure", workload.nodes.len()));
    }
    if failing.is_empty() && !workload.pods.is_empty() {
        let restarts: u64 = containers().map(|container| container.restarts).sum();
        out.push(format!("not the pods: all are Ready, restart count {restarts}"));
    }
    out
}
