//! What a Kubernetes workload suffers from, by its pods, nodes, events and logs, as they are *now*.
//!
//! An event or an alarm tells what was; the state of the pods tells what is. A pod that is being deleted, or that was pending and
//! runs now, is no failure. Reasons are those of the kubelet and the scheduler (Kubernetes documentation, "Pod Lifecycle",
//! "Debug Pods").

mod cause;

use crate::logs::signature;

/// What is known of a workload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workload {
    /// Its pods.
    pub pods: Vec<Pod>,
    /// The deployments that own them.
    pub deployments: Vec<Deployment>,
    /// The nodes they run on.
    pub nodes: Vec<Node>,
    /// Warning events.
    pub events: Vec<Event>,
    /// Lines of logs, of the workload and of the control plane.
    pub lines: Vec<Line>,
    /// Monitors that are in alarm, by name.
    pub alarms: Vec<String>,
}

/// A pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: String,
    /// It is being deleted.
    pub is_deleting: bool,
    /// The node it is on.
    pub node: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Why the pod as a whole failed, such as `Evicted`; and messages of its conditions.
    pub reasons: Vec<String>,
}

/// A container of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// It passes its readiness probe.
    pub is_ready: bool,
    /// How often it was started again.
    pub restarts: u64,
    /// Reasons of its state and its last state: `CrashLoopBackOff`, `OOMKilled`.
    pub reasons: Vec<String>,
    /// Exit codes of its state and its last state.
    pub exit_codes: Vec<i64>,
    /// What the states say.
    pub messages: Vec<String>,
}

/// A deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// Copies that are wanted.
    pub desired: u64,
    /// Copies that are available.
    pub available: u64,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// It is ready.
    pub is_ready: bool,
    /// Pressures it reports: `memory`, `disk`, `pid`.
    pub pressures: Vec<String>,
}

/// A warning event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// `FailedScheduling`, `Unhealthy`.
    pub reason: String,
    /// What it says.
    pub message: String,
    /// `Pod/name`.
    pub object: String,
}

/// A line of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its level is a warning or above, or unknown.
    pub is_bad: bool,
    /// Its text.
    pub text: String,
}

/// What a workload can suffer from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ailment {
    /// A node is not ready.
    NodeNotReady,
    /// A node has too little memory, disk or process ids.
    NodePressure,
    /// An image cannot be pulled.
    ImagePull,
    /// A secret, a config map or a setting that is needed is not there.
    ConfigurationMissing,
    /// A container took more memory than it may.
    OutOfMemory,
    /// A probe fails, and the container is killed for it or gets no requests.
    ProbeFails,
    /// No node has room.
    NoRoom,
    /// No node may be used: taints, selectors, affinity.
    NoNodeAllowed,
    /// A quota forbids more pods.
    Quota,
    /// A volume is not attached or mounted.
    Volume,
    /// The program stops on its own with an error of its own.
    Crash,
    /// Something the program needs does not answer.
    Dependency,
    /// A name the program needs cannot be resolved.
    NameResolution,
}

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Nobody.
    Healthy,
    /// Whoever gives resources.
    ResourceExhaustion,
    /// Whoever wrote the configuration.
    ConfigurationError,
    /// Whoever runs what is depended on.
    DependencyFailure,
    /// Whoever runs the machines.
    Infrastructure,
    /// Whoever wrote the program.
    CodeDefect,
    /// It is not known.
    Unknown,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What is wrong now; none if nothing is known to be.
    pub ailment: Option<Ailment>,
    /// Who has to act.
    pub category: Category,
    /// The grounds, with quotes.
    pub grounds: Vec<String>,
    /// What might be thought and is not so.
    pub ruled_out: Vec<String>,
}

/// Reads all there is.
#[must_use]
pub fn diagnose(workload: &Workload) -> Diagnosis {
    cause::diagnose(workload)
}

impl Pod {
    /// It is meant to serve and does not.
    #[must_use]
    pub fn fails(&self) -> bool {
        let runs = self.phase == "Running"
            && !self.containers.is_empty()
            && self.containers.iter().all(|container| container.is_ready);
        !self.is_deleting && !runs && self.phase != "Succeeded"
    }
}

/// The facts of the lines that are bad.
fn facts(workload: &Workload) -> Vec<signature::Fact> {
    let bad = workload.lines.iter().filter(|line| line.is_bad);
    bad.flat_map(|line| signature::read(&line.text)).collect()
}

#[cfg(test)]
mod tests;
