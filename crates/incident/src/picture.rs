//! What an incident looks like: where things are, which way packets go, how it was before.
//!
//! A [`Picture`] is data for a drawing, and no more: it says nothing that an assessment does not rest on, and a place it cites is
//! evidence by its digest ([`EvidenceId::digest`](crate::EvidenceId::digest)). It travels as JSON (`butfor-picture/1`).

use serde::{Deserialize, Serialize};

/// Everything there is to draw of one assessment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Places and things, parents before children, else by id.
    pub nodes: Vec<Node>,
    /// What connects them, by ends.
    pub edges: Vec<Edge>,
    /// Flows and requests that matter, the refused ones first.
    pub paths: Vec<Path>,
    /// What changed, as it was and as it is.
    pub comparisons: Vec<Comparison>,
    /// Measured values with the moments that matter.
    pub charts: Vec<Chart>,
}

/// Whether something takes part in the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A root cause is here.
    Cause,
    /// It does not work because of a root cause.
    Broken,
    /// It was looked at and works.
    Working,
    /// Nothing is known of it, or it does not matter.
    #[default]
    Plain,
}

/// A place or a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Unique in the picture: AWS's id or ARN; `account/...`, `region/<account>/<region>`, `internet` for places.
    pub id: String,
    /// CloudFormation type name (`AWS::EC2::Subnet`), or `account`, `region`, `internet`, `on-premises`, `application`.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// The node it lies in: a subnet's VPC, a VPC's region, a region's account.
    pub parent: Option<String>,
    /// The stack or application it belongs to, where a tag or a stack tells.
    pub application: Option<String>,
    /// Whether it takes part.
    pub state: State,
    /// More, in a few words (an address block, an engine, a size).
    pub detail: String,
    /// Digests of evidence.
    pub cites: Vec<String>,
}

/// What an edge stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// A gateway, an endpoint, a peering or an attachment joins two places.
    Joins,
    /// Packets go from one to the other, or should.
    Flow,
    /// Requests go from one to the other, or should.
    Request,
    /// One needs the other's settings or data (a function its role, a service its target group).
    Uses,
}

/// What connects two nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Id of a node.
    pub from: String,
    /// Id of a node.
    pub to: String,
    /// What it stands for.
    pub connection: Connection,
    /// `tcp/3306`, `s3:GetObject`; empty for what joins.
    pub label: String,
    /// Whether it works.
    pub state: State,
    /// Digests of evidence.
    pub cites: Vec<String>,
}

/// A flow or a request with every step on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// From what, in words.
    pub from: String,
    /// To what, in words.
    pub to: String,
    /// `tcp/3306`, `s3:GetObject`.
    pub service: String,
    /// As it is.
    pub now: Walk,
    /// As it was before the changes, where the model can tell.
    pub before: Option<Walk>,
}

/// How a step or a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passage {
    /// It passes.
    Passes,
    /// It is refused here.
    Blocked,
    /// Documents are missing that would decide.
    Unknown,
}

/// Both directions of a flow; a request has no reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// How it ended.
    pub passage: Passage,
    /// From the initiator, in order.
    pub forward: Vec<Step>,
    /// The reply, in order; empty where there is none.
    pub reply: Vec<Step>,
    /// Why nothing can be said; empty otherwise.
    pub missing: Vec<String>,
}

/// One step of a walk: a hop, or a layer of policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is met there: a node's id where the picture has it.
    pub id: String,
    /// Its kind, as a node has it.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// What is done there, in a few words.
    pub action: String,
    /// The rule, route, entry or statement that decided.
    pub rule: Option<String>,
    /// Whether it passes.
    pub passage: Passage,
    /// Digests of evidence.
    pub cites: Vec<String>,
}

/// Something that was changed, before and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Which resource, in words.
    pub resource: String,
    /// Which part of it.
    pub part: String,
    /// As it was; `None` for not there, or not known (then `is_known` is false).
    pub before: Option<String>,
    /// As it is; `None` for not there.
    pub now: Option<String>,
    /// Whether `before` is known.
    pub is_known: bool,
    /// When it was changed, ISO 8601.
    pub at: Option<String>,
    /// By whom.
    pub who: String,
    /// Digests of evidence.
    pub cites: Vec<String>,
}

/// A measured value over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What is measured.
    pub title: String,
    /// Its unit, or empty.
    pub unit: String,
    /// Moments in milliseconds since 1970, and values; in order of time.
    pub points: Vec<(i64, f64)>,
    /// The alarm's threshold, where it has one on this metric.
    pub threshold: Option<f64>,
    /// When it began to change: not before, the first sign, not after, in milliseconds since 1970.
    pub onset: Option<(i64, i64, i64)>,
    /// Moments of changes that are causes, in milliseconds since 1970, and what they are called.
    pub changes: Vec<(i64, String)>,
    /// When the alarm went off, in milliseconds since 1970.
    pub alarms: Vec<i64>,
    /// Digests of evidence.
    pub cites: Vec<String>,
}
