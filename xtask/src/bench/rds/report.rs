//! A diagnosis in the words of the benchmark.

use super::evidence::Evidence;
use butfor_signals::database::{self, Ailment as D};
use butfor_signals::workload::{self, Ailment as W, Category};

/// What is scored.
pub(super) struct Report {
    pub(super) category: &'static str,
    /// The cause in one word, and the other words upstream has for it.
    pub(super) cause: &'static str,
    pub(super) causes: Vec<&'static str>,
    /// The cause with its grounds.
    pub(super) headline: String,
    rest: Vec<String>,
    pub(super) sources: Vec<String>,
}

impl Report {
    pub(super) fn text(&self) -> String {
        format!("{}\n{}", self.headline, self.rest.join("\n"))
    }
}

fn headline(title: &str, grounds: &[String]) -> String {
    let grounds: Vec<_> = grounds.iter().map(|ground| format!("  - {ground}")).collect();
    format!("{title}\n{}", grounds.join("\n"))
}

pub(super) fn database(evidence: &Evidence) -> Report {
    let found = database::diagnose(&evidence.database());
    let (category, causes, title): (_, &[&str], _) = match found.cause.as_ref().map(|cause| cause.ailment) {
        None if !found.is_healthy() => ("unknown", &["unknown"], "not known: metrics are missing"),
        None => ("healthy", &["healthy"], "healthy: all readings are within normal bounds, no failure"),
        Some(D::StorageFull) => (
            "resource_exhaustion",
            &["storage_full", "storage_exhaustion"],
            "no storage space is left: writes wait",
        ),
        Some(D::Maintenance) => (
            "resource_exhaustion",
            &["vacuum_checkpoints"],
            "a vacuum and the checkpoints of its WAL keep disks and processor busy",
        ),
        Some(D::ReplicationLag) => (
            "resource_exhaustion",
            &["replication_lag"],
            "replication lag: the replica cannot replay the WAL as fast as the primary writes it",
        ),
        Some(D::ConnectionsExhausted) => (
            "resource_exhaustion",
            &["connection_exhaustion"],
            "connection exhaustion: client sessions take up max_connections",
        ),
        Some(D::Failover) => ("infrastructure", &["failover"], "the instance failed over or restarted"),
        Some(D::LockContention) => {
            ("resource_exhaustion", &["lock_contention"], "sessions wait for locks of other sessions")
        }
        Some(D::MemoryShort) => ("resource_exhaustion", &["memory_pressure"], "memory is short"),
        Some(D::ProcessorSaturated) => {
            ("resource_exhaustion", &["cpu_saturation"], "the CPU is saturated by a query")
        }
        Some(D::DisksSaturated) => {
            ("resource_exhaustion", &["io_saturation"], "the disks are at their limit")
        }
    };
    let grounds = found.cause.map(|cause| cause.grounds).unwrap_or_default();
    let mut rest: Vec<_> = found
        .also
        .iter()
        .map(|reading| format!("also: {:?}: {}", reading.ailment, reading.grounds.join("; ")))
        .collect();
    rest.extend(found.ruled_out.iter().map(|line| format!("ruled out: {line}")));
    Report {
        category,
        cause: causes.first().copied().unwrap_or_default(),
        causes: causes.to_vec(),
        headline: headline(title, &grounds),
        rest,
        sources: evidence.sources(),
    }
}

pub(super) fn workload(evidence: &Evidence) -> Report {
    let found = workload::diagnose(&evidence.workload());
    let category = match found.category {
        Category::Healthy => "healthy",
        Category::ResourceExhaustion => "resource_exhaustion",
        Category::ConfigurationError => "configuration_error",
        Category::DependencyFailure => "dependency_failure",
        Category::Infrastructure => "infrastructure",
        Category::CodeDefect => "code_defect",
        Category::Unknown => "unknown",
    };
    let (causes, title): (&[&str], _) = match found.ailment {
        None if found.category == Category::Healthy => (&["healthy"], "healthy: the workload is normal"),
        None => (&["unknown"], "not known"),
        Some(W::NodeNotReady) => (&["node_not_ready", "node_failure"], "a node is NotReady"),
        Some(W::NodePressure) => (&["node_pressure", "evicted", "eviction"], "a node is short of resources"),
        Some(W::ImagePull) => {
            (&["image_pull_backoff", "image_pull_error"], "ImagePullBackOff: the image cannot be pulled")
        }
        Some(W::ConfigurationMissing) => (
            &["configuration_missing", "config_error", "missing_config"],
            "the configuration lacks something the program needs",
        ),
        Some(W::OutOfMemory) => (
            &["oom_killed", "oomkilled", "out_of_memory"],
            "OOMKilled: a container took more memory than it may",
        ),
        Some(W::ProbeFails) => (
            &[
                "liveness_probe_killing",
                "readiness_probe_failing",
                "probe_failure",
                "readiness_probe_failure",
                "liveness_probe_failure",
            ],
            "a probe fails",
        ),
        Some(W::NoRoom) => (
            &["pending_pod", "insufficient_resources", "pending_insufficient_resources"],
            "pods are pending: insufficient resources on all nodes",
        ),
        Some(W::NoNodeAllowed) => (
            &["pending_pod", "scheduling_constraint", "taint", "node_affinity"],
            "pods are pending: no node may be used",
        ),
        Some(W::Quota) => (&["quota_exceeded", "resource_quota"], "a quota forbids more pods"),
        Some(W::Volume) => (&["volume_mount_failure", "pvc_pending"], "a volume is not there"),
        Some(W::Crash) => (
            &["crashloop_backoff", "crash_loop", "deployment_rollout_stuck"],
            "CrashLoopBackOff: the program crashes",
        ),
        Some(W::Dependency) => (
            &["dependency_failure", "downstream_failure", "service_unreachable"],
            "something the program needs does not answer",
        ),
        Some(W::NameResolution) => {
            (&["dns_resolution_failure", "dns_failure"], "DNS: a name the program needs is not resolved")
        }
    };
    let mut names = causes.to_vec();
    // Upstream names some faults by the state they lead to; the state counts where the grounds state it.
    let states = [
        ("rollout of the deployment stands", "deployment_rollout_stuck"),
        ("CrashLoopBackOff", "crashloop_backoff"),
    ];
    let stated = states.iter().filter(|(words, _)| found.grounds.iter().any(|ground| ground.contains(words)));
    names.extend(stated.map(|(_, name)| *name));
    Report {
        category,
        cause: causes.first().copied().unwrap_or_default(),
        causes: names,
        headline: headline(title, &found.grounds),
        rest: found.ruled_out.iter().map(|line| format!("ruled out: {line}")).collect(),
        sources: evidence.sources(),
    }
}
