//! What a trace says: where the packet went, what decided each hop, and everything that would have to change.

use crate::describe::Origin;

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// It arrived.
    Delivered,
    /// Something refused it.
    Blocked,
    /// Documents are missing that would decide.
    Unknown,
}

impl Disposition {
    /// `delivered`, `blocked` or `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// Which of the two walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the initiator.
    Forward,
    /// The reply.
    Return,
}

/// A thing of AWS a packet meets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Component {
    /// CloudFormation type name (`AWS::EC2::RouteTable`); `internet` and `on-premises` for the outside.
    pub kind: &'static str,
    /// `rtb-...`; an ARN where AWS has no shorter id.
    pub id: String,
}

/// One step of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What the packet met.
    pub component: Component,
    /// What was done there, in a few words: `allows`, `refuses`, `routes to nat-...`, `rewrites source to 198.51.100.16`.
    pub action: String,
    /// The rule, route or entry that decided, as a person would write it
    /// (`inbound tcp/3306 from sg-...`, `0.0.0.0/0 -> nat-...`, `inbound rule 100 allow tcp 443 from 0.0.0.0/0`).
    pub rule: Option<String>,
    /// Documents that say so.
    pub origins: Vec<Origin>,
}

/// Something that would have to change for the packet to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Reachability Analyzer explanation code (<https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>).
    pub code: &'static str,
    /// What refuses.
    pub component: Component,
    /// The rule or route that refuses, or a description of the one that is missing.
    pub rule: Option<String>,
    /// On which walk.
    pub direction: Direction,
    /// Documents that say so.
    pub origins: Vec<Origin>,
}

/// A document that would be needed to decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// What kind (`AWS::EC2::SecurityGroup`).
    pub kind: &'static str,
    /// Which one, where known.
    pub id: Option<String>,
    /// Where it would be, as far as known; empty otherwise.
    pub account: String,
    /// Where it would be, as far as known; empty otherwise.
    pub region: String,
    /// What it would decide.
    pub why: String,
}

/// One direction of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// How it ended. The walk goes on past a refusal where it can, so that every blocker is found.
    pub disposition: Disposition,
    /// In order, up to and past the first refusal as far as the model can tell.
    pub hops: Vec<Hop>,
}

/// Both directions of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Delivered only when both walks are (for TCP, and wherever the reply could be walked).
    pub disposition: Disposition,
    /// From the initiator.
    pub forward: Walk,
    /// The reply; `None` when the forward walk found no place to reply from.
    pub reply: Option<Walk>,
    /// All that would have to change, forward first, each once.
    pub blockers: Vec<Blocker>,
    /// Why a walk is unknown; empty otherwise.
    pub missing: Vec<Missing>,
}

impl Trace {
    /// Of no walk at all.
    pub(crate) fn nothing() -> Self {
        let forward = Walk { disposition: Disposition::Unknown, hops: Vec::new() };
        Self {
            disposition: Disposition::Unknown,
            forward,
            reply: None,
            blockers: Vec::new(),
            missing: Vec::new(),
        }
    }
}
