//! What an assessment concludes. `butfor-report` renders these; formats.md, section 2, is their outer shape.

use crate::{Cites, Evidence, Gap, Incident, Timestamp};

/// Evidence a conclusion rests on. May be empty only where the report format allows it ("what still works").
pub type Citation = Option<Cites>;

/// The result of one investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What was investigated.
    pub incident: Incident,
    /// The moment it describes.
    pub as_of: Timestamp,
    /// Outcome and summary.
    pub verdict: Verdict,
    /// What telemetry shows to have changed: what failed, how often, since when; the most telling first.
    pub symptoms: Vec<Symptom>,
    /// Independent root causes, the one that explains most first.
    pub root_causes: Vec<Cause>,
    /// Made it worse, or will bite next, but did not cause it.
    pub contributing: Vec<Cause>,
    /// Explanations the evidence could not decide between.
    pub competing: Vec<Cause>,
    /// Looked at and not to blame.
    pub ruled_out: Vec<RuledOut>,
    /// What still works.
    pub unaffected: Vec<Unaffected>,
    /// Errors counted against causes; `None` where no count exists.
    pub accounting: Option<Accounting>,
    /// What to do.
    pub plan: Plan,
    /// In order of time.
    pub timeline: Vec<TimelineEntry>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Every piece of evidence cited above, in a stable order.
    pub evidence: Vec<Evidence>,
    /// Calls read, rounds made.
    pub stats: Stats,
}

/// How an investigation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The cause is known.
    RootCause,
    /// It was broken and works again.
    Recovered,
    /// Nothing is broken.
    NoFault,
    /// Several explanations fit; they are listed.
    Competing,
    /// The evidence does not allow a verdict. An honest result.
    Undetermined,
}

impl Outcome {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RootCause => "root_cause",
            Self::Recovered => "recovered",
            Self::NoFault => "no_fault",
            Self::Competing => "competing",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Outcome, in a word and in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The word.
    pub outcome: Outcome,
    /// One sentence.
    pub summary: String,
    /// Whether somebody did it on purpose, as a test.
    pub intentional: Intentional,
}

/// Signs of a deliberate act; hedged, never a certainty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intentional {
    /// The signs are strong enough to say so.
    pub likely: bool,
    /// The signs.
    pub reasons: Vec<Reason>,
}

/// One sentence with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The sentence.
    pub text: String,
    /// Its evidence.
    pub cites: Cites,
}

/// Where a symptom was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymptomKind {
    /// Lines of a log.
    Log,
    /// A metric, or several read together.
    Metric,
    /// Spans of traces, or a service map.
    Trace,
    /// Records of traffic: flow logs, access logs.
    Traffic,
}

impl SymptomKind {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Metric => "metric",
            Self::Trace => "trace",
            Self::Traffic => "traffic",
        }
    }
}

/// When something began, as well as its record can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// The first sign.
    pub at: Timestamp,
    /// Not before.
    pub earliest: Timestamp,
    /// Not after.
    pub latest: Timestamp,
}

/// Something that was seen to fail or to change, whatever the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    /// Where it was seen.
    pub kind: SymptomKind,
    /// What, how often, against what is usual.
    pub text: String,
    /// Since when; `None` where the record does not tell.
    pub onset: Option<Onset>,
    /// Lines as they were written, with their source before them. Untrusted text.
    pub samples: Vec<String>,
    /// Its evidence.
    pub cites: Cites,
}

/// How sure a cause is. There are no invented percentages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Undoing it in the model makes the symptom go, and no other recent change does.
    Proven,
    /// An independent signature names the same thing.
    Corroborated,
    /// Time and place only.
    Suspected,
}

impl Grade {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Corroborated => "corroborated",
            Self::Suspected => "suspected",
        }
    }
}

/// A resource, as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceRef {
    /// CloudFormation type name (`AWS::EC2::SecurityGroup`).
    pub kind: String,
    /// `sg-...`; an ARN where AWS has no shorter id.
    pub id: String,
    /// ARN, where known.
    pub arn: Option<String>,
    /// `Name` tag or the resource's own name.
    pub name: Option<String>,
    /// Account that owns it.
    pub account: String,
    /// Region it is in.
    pub region: String,
}

/// Something that explains the symptom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What changed, on what, with which effect.
    pub headline: String,
    /// How sure.
    pub grade: Grade,
    /// Short kebab-case name of the kind of defect (`security-group-ingress-missing`).
    pub defect: String,
    /// The resource to mend.
    pub resource: ResourceRef,
    /// Which part of it: the rule, route, subnet, association.
    pub component: String,
    /// Reachability Analyzer code or policy layer.
    pub code: Option<String>,
    /// The event that made it so; `None` for a state nobody was seen changing.
    pub change: Option<CauseChange>,
    /// Why there is no `change`, or what is known of the time ("between two observations"); empty otherwise.
    pub change_note: String,
    /// Other changes that must be undone too before anything works; empty when undoing this one is enough.
    pub together_with: Vec<String>,
    /// What stopped working.
    pub affected: Vec<Affected>,
    /// How much of the alarm's count it explains.
    pub explains: Option<Explains>,
    /// Its evidence.
    pub cites: Cites,
}

/// A recorded change, with who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseChange {
    /// CloudTrail event id.
    pub event_id: String,
    /// `DeleteRoute`.
    pub event_name: String,
    /// When.
    pub at: Timestamp,
    /// Account it was recorded in.
    pub account: String,
    /// Who.
    pub actor: Actor,
}

/// Who made a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Actor {
    /// CloudTrail's `userIdentity.type`.
    pub kind: String,
    /// ARN of the caller.
    pub arn: String,
    /// Session name of an assumed role.
    pub session: Option<String>,
    /// Source address.
    pub source_ip: Option<String>,
    /// User agent.
    pub user_agent: Option<String>,
}

/// Kind of what stopped working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AffectedKind {
    /// Packets from one place to another.
    Flow,
    /// An API request.
    Request,
}

/// What stopped working.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affected {
    /// Flow or request.
    pub kind: AffectedKind,
    /// From what.
    pub from: String,
    /// To what.
    pub to: String,
    /// `tcp/3306`, `s3:GetObject`.
    pub detail: String,
}

/// Share of a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explains {
    /// How many.
    pub count: u64,
    /// Of the total, 0 to 1.
    pub share: f64,
}
// INVARIANT: `share` is a quotient of two counts, never NaN, so equality is total.
impl Eq for Explains {}

/// Looked at and not to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
    /// Evidence.
    pub cites: Citation,
}

/// Looked at and working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unaffected {
    /// What.
    pub what: String,
    /// Why it still works.
    pub why: String,
    /// Evidence.
    pub cites: Citation,
}

/// The alarm's own metric, split over the causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounting {
    /// Metric name.
    pub metric: String,
    /// Everything counted.
    pub total: u64,
    /// Per cause.
    pub parts: Vec<AccountingPart>,
    /// The rest.
    pub unexplained: u64,
}

/// One cause's part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountingPart {
    /// Index into `root_causes`.
    pub cause: usize,
    /// How many.
    pub count: u64,
    /// Of the total, 0 to 1.
    pub share: f64,
}
impl Eq for AccountingPart {}

/// Whether a plan was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanStatus {
    /// Applied to the model: the symptom goes, and gains and losses are listed.
    Verified,
    /// Not, or not wholly, checkable in the model.
    Unverified,
    /// Nothing to do.
    NotNeeded,
    /// No plan can be given.
    None,
}

impl PlanStatus {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::NotNeeded => "not_needed",
            Self::None => "none",
        }
    }
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whether it was checked.
    pub status: PlanStatus,
    /// Why that status; for `not_needed` the evidence in words.
    pub reason: String,
    /// In order.
    pub steps: Vec<Step>,
    /// What the model said; `None` without a plan.
    pub proof: Option<Proof>,
}

/// Part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before anything: credentials, save the present state.
    Prepare,
    /// Is the world still as the plan assumes?
    PreValidate,
    /// The fix.
    Apply,
    /// Did it work?
    PostValidate,
    /// Back to how it was before the fix.
    Rollback,
}

impl Phase {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::PreValidate => "pre_validate",
            Self::Apply => "apply",
            Self::PostValidate => "post_validate",
            Self::Rollback => "rollback",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which part of the plan.
    pub phase: Phase,
    /// What it does, in words.
    pub text: String,
    /// Ready to run: real ids, POSIX-quoted; empty for a step without a command.
    pub command: String,
    /// What to see afterwards.
    pub expect: String,
    /// Account to run it in.
    pub account: String,
    /// Region to run it in.
    pub region: String,
}

/// What the model said about a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// Necessity: undoing the change removes the symptom.
    pub cause: bool,
    /// Sufficiency: the plan removes the symptom.
    pub cure: bool,
    /// Flows that work after the plan and did not before.
    pub gained: Vec<String>,
    /// Flows that worked before the plan and do not after.
    pub lost: Vec<String>,
}

/// Kind of a timeline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimelineKind {
    /// Somebody changed something, or tried to.
    Change,
    /// An alarm changed state.
    Alert,
    /// A metric moved.
    Metric,
    /// A log line.
    Log,
    /// A health state changed.
    Health,
    /// Butfor or a person acted.
    Action,
}

impl TimelineKind {
    /// The word of the report format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Alert => "alert",
            Self::Metric => "metric",
            Self::Log => "log",
            Self::Health => "health",
            Self::Action => "action",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: TimelineKind,
    /// What, in a line.
    pub text: String,
    /// Its evidence.
    pub cites: Cites,
}

/// Size of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Answers and failed calls read.
    pub calls: usize,
    /// Rounds of assess and collect.
    pub rounds: usize,
}
