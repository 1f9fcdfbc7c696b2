//! What is to be said, before it is said anywhere.

use crate::outline::{checked, person};
use crate::words;
use butfor_incident::{AlertState, Assessment, Cause, Phase, Plan, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Longest id of a hypothesis, bytes. An id cannot be cut, so nobody is asked about one that is longer.
const HYPOTHESIS_MAX: usize = 256;

/// What happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// An alert started it.
    Opened,
    /// An investigation came to a verdict.
    Verdict,
    /// A person said something about it.
    Decided,
    /// It is over.
    Closed,
    /// An investigation came to no verdict at all.
    Failed,
}

/// A system whose records can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// ServiceNow; its records are incidents, by `sys_id`.
    ServiceNow,
    /// PagerDuty; its records are incidents, by id.
    PagerDuty,
}

/// A record of the sender's that an alert came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose record.
    pub system: System,
    /// Its id there. Untrusted: what cannot be an id is left out.
    pub id: String,
}

/// Ids under which programs know the work (webhook-formats, section 3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The agent space.
    pub agent_space: String,
    /// The task.
    pub task: String,
    /// The execution of the task.
    pub execution: String,
}

/// The incident that is talked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Our number of it.
    pub incident: i64,
    /// Where its page is; only `http(s)` is linked to.
    pub url: Option<String>,
    /// What it is called.
    pub title: String,
    /// `CRITICAL` to `MINIMAL`.
    pub priority: String,
    /// Account, by its digits.
    pub account: Option<String>,
    /// Region code.
    pub region: Option<String>,
    /// Application or stack.
    pub application: Option<String>,
    /// When it began.
    pub opened_at: Timestamp,
    /// The senders' own ids, the one that started it first.
    pub sender_ids: Vec<String>,
    /// Records of the senders that can be written to.
    pub records: Vec<Record>,
    /// Alerts grouped in it.
    pub alerts: usize,
    /// Whether it is only a test.
    pub is_test: bool,
    /// Ids for programs.
    pub trace: Trace,
}

/// A command of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandTold {
    /// What it does.
    pub text: String,
    /// Ready to run; empty for a step that a person does.
    pub command: String,
    /// Account to run it in.
    pub account: String,
    /// Region to run it in.
    pub region: String,
}

/// The plan, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTold {
    /// The word of the report format.
    pub status: &'static str,
    /// How far it was checked, in words; loud where something stops working.
    pub checked: String,
    /// Why that status.
    pub reason: String,
    /// [`plan_digest`].
    pub digest: String,
    /// What works now and would not after it.
    pub lost: Vec<String>,
    /// The steps of the fix.
    pub commands: Vec<CommandTold>,
}

/// A cause, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseTold {
    /// The id by which people decide about it; empty for one that is too long to be carried around.
    pub hypothesis: String,
    /// What changed, on what, with which effect.
    pub headline: String,
    /// The word of the report format.
    pub grade: &'static str,
    /// What the grade means here.
    pub meaning: String,
    /// Resource, by its id.
    pub resource: String,
    /// Who did it, with what, from where; why nobody is named otherwise.
    pub who: String,
    /// When, and how long before the alarm.
    pub when: Option<String>,
    /// The moment itself.
    pub at: Option<Timestamp>,
}

/// A verdict, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The word of the report format.
    pub outcome: &'static str,
    /// The outcome in words people read: `ROOT CAUSE`.
    pub word: String,
    /// One sentence.
    pub summary: String,
    /// Whether somebody probably did it on purpose.
    pub is_on_purpose: bool,
    /// Root causes, or the explanations that compete.
    pub causes: Vec<CauseTold>,
    /// What to do.
    pub plan: PlanTold,
    /// How many things could not be looked at that mattered, and how many there are in all.
    pub gaps: (usize, usize),
    /// What still works.
    pub unaffected: Vec<String>,
}

/// What a person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub who: String,
    /// What, as a verb in the past: `accepted`, `discarded`, `noted`.
    pub what: String,
    /// In words; may be empty.
    pub note: String,
    /// The hypothesis it is about, if it is about one.
    pub hypothesis: Option<String>,
}

/// Something to tell people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What happened.
    pub event: Event,
    /// To which incident.
    pub about: About,
    /// When it happened.
    pub at: Timestamp,
    /// The latest verdict, if there is one. A message that is edited keeps what it said before.
    pub told: Option<Told>,
    /// What was decided, when something was.
    pub decision: Option<Decision>,
    /// Why there is no verdict, when an investigation failed.
    pub failure: Option<String>,
}

impl Announcement {
    /// An incident began.
    #[must_use]
    pub fn opened(about: About, at: Timestamp) -> Self {
        Self { event: Event::Opened, about, at, told: None, decision: None, failure: None }
    }

    /// An investigation came to a verdict. `hypothesis` gives the id by which people decide about a cause.
    #[must_use]
    pub fn verdict(
        about: About,
        at: Timestamp,
        assessment: &Assessment,
        hypothesis: impl Fn(&Cause) -> String,
    ) -> Self {
        let told = Some(Told::of(assessment, hypothesis));
        Self { event: Event::Verdict, told, ..Self::opened(about, at) }
    }

    /// A person decided or remarked something.
    #[must_use]
    pub fn decided(about: About, at: Timestamp, told: Option<Told>, decision: Decision) -> Self {
        Self { event: Event::Decided, told, decision: Some(decision), ..Self::opened(about, at) }
    }

    /// An incident is over.
    #[must_use]
    pub fn closed(about: About, at: Timestamp, told: Option<Told>) -> Self {
        Self { event: Event::Closed, told, ..Self::opened(about, at) }
    }

    /// An investigation failed; `reason` is told.
    #[must_use]
    pub fn failed(about: About, at: Timestamp, reason: &str) -> Self {
        Self { event: Event::Failed, failure: Some(reason.to_owned()), ..Self::opened(about, at) }
    }
}

impl Told {
    /// What is told of an assessment. `hypothesis` gives the id by which people decide about a cause.
    #[must_use]
    pub fn of(from: &Assessment, hypothesis: impl Fn(&Cause) -> String) -> Self {
        let alerts = from.incident.alerts.iter();
        let alarm = alerts.filter(|it| it.state == AlertState::Alarm).filter_map(|it| it.at).min();
        let causes = from.root_causes.iter().chain(&from.competing);
        Self {
            outcome: from.verdict.outcome.as_str(),
            word: words::outcome(from.verdict.outcome, from.root_causes.len()).0,
            summary: from.verdict.summary.clone(),
            is_on_purpose: from.verdict.intentional.likely,
            causes: causes.map(|cause| CauseTold::of(cause, hypothesis(cause), alarm)).collect(),
            plan: PlanTold::of(&from.plan),
            gaps: (from.gaps.iter().filter(|gap| !gap.needed_for.trim().is_empty()).count(), from.gaps.len()),
            unaffected: from.unaffected.iter().map(|it| it.what.clone()).collect(),
        }
    }
}

impl CauseTold {
    fn of(from: &Cause, hypothesis: String, alarm: Option<Timestamp>) -> Self {
        let (_, meaning, _) = words::grade(from);
        let hypothesis = if hypothesis.len() > HYPOTHESIS_MAX { String::new() } else { hypothesis };
        let nobody = "nobody was seen changing this: it is how things are configured now";
        let when = |at: Timestamp, event: &str| {
            let distance = alarm.map(|alarm| format!(", {}", words::distance(at, alarm)));
            format!("{}{} ({event})", words::moment(at), distance.unwrap_or_default())
        };
        Self {
            hypothesis,
            headline: from.headline.clone(),
            grade: from.grade.as_str(),
            meaning,
            resource: from.resource.id.clone(),
            who: match &from.change {
                Some(change) => person(change).spans.into_iter().map(|span| span.text).collect(),
                None if from.change_note.trim().is_empty() => nobody.to_owned(),
                None => from.change_note.clone(),
            },
            when: from.change.as_ref().map(|change| when(change.at, &change.event_name)),
            at: from.change.as_ref().map(|change| change.at),
        }
    }
}

impl PlanTold {
    fn of(from: &Plan) -> Self {
        let steps = from.steps.iter().filter(|step| step.phase == Phase::Apply);
        Self {
            status: from.status.as_str(),
            checked: checked(from).spans.into_iter().map(|span| span.text).collect(),
            reason: from.reason.clone(),
            digest: plan_digest(from),
            lost: from.proof.as_ref().map(|proof| proof.lost.clone()).unwrap_or_default(),
            commands: steps
                .map(|step| CommandTold {
                    text: step.text.clone(),
                    command: step.command.clone(),
                    account: step.account.clone(),
                    region: step.region.clone(),
                })
                .collect(),
        }
    }
}

/// SHA-256, in hexadecimal, over the commands of a plan with where and when they run: what is approved is what was seen.
#[must_use]
pub fn plan_digest(plan: &Plan) -> String {
    let mut sum = Sha256::new();
    for step in &plan.steps {
        for part in [step.phase.as_str(), &step.command, &step.account, &step.region] {
            // With its length, so that no two plans give the same bytes.
            sum.update(format!("{}:{part}", part.len()));
        }
    }
    hex(&sum.finalize())
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Cannot fail: text grows.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
