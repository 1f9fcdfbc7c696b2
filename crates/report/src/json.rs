//! The JSON report, schema `butfor-report/1` (formats.md, section 2).
//!
//! The views below are the contract: their members and the order of them. The incident types stay free of it, so a
//! renamed field in the engine cannot rename a member other programs rely on.

use crate::citations::{self, Citations};
use crate::clean;
use butfor_incident as incident;
use incident::Assessment;
use serde::Serialize;

/// Renders the document, pretty-printed, with a newline at its end.
pub(crate) fn render(assessment: &Assessment, duration_ms: u64) -> String {
    let view = Report::of(assessment, duration_ms);
    // Cannot fail: no map with other than text keys, no writer that could refuse.
    let mut text = clean::json(&serde_json::to_string_pretty(&view).unwrap_or_default());
    text.push('\n');
    text
}

/// `null` where there is nothing, as the format asks.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    incident: Incident<'a>,
    verdict: Verdict<'a>,
    /// Not in the first edition of the format: what telemetry shows.
    symptoms: Vec<Symptom<'a>>,
    root_causes: Vec<Cause<'a>>,
    contributing: Vec<Cause<'a>>,
    competing: Vec<Cause<'a>>,
    ruled_out: Vec<Explained<'a>>,
    unaffected: Vec<Explained<'a>>,
    accounting: Option<Accounting<'a>>,
    plan: Plan<'a>,
    timeline: Vec<TimelineEntry<'a>>,
    gaps: Vec<Gap<'a>>,
    evidence: Vec<Evidence<'a>>,
    stats: Stats,
}

impl<'a> Report<'a> {
    fn of(from: &'a Assessment, duration_ms: u64) -> Self {
        let citations = Citations::of(from);
        let causes =
            |causes: &'a [incident::Cause]| causes.iter().map(|cause| Cause::of(cause, &citations)).collect();
        let explained = |what: &'a str, why: &'a str, cites: &incident::Citation| Explained {
            what,
            why,
            cites: citations.names_if_any(cites.as_ref()),
        };
        Self {
            schema: "butfor-report/1",
            incident: Incident::of(&from.incident),
            verdict: Verdict::of(&from.verdict, &citations),
            symptoms: from.symptoms.iter().map(|symptom| Symptom::of(symptom, &citations)).collect(),
            root_causes: causes(&from.root_causes),
            contributing: causes(&from.contributing),
            competing: causes(&from.competing),
            ruled_out: from.ruled_out.iter().map(|it| explained(&it.what, &it.why, &it.cites)).collect(),
            unaffected: from.unaffected.iter().map(|it| explained(&it.what, &it.why, &it.cites)).collect(),
            accounting: from.accounting.as_ref().map(Accounting::of),
            plan: Plan::of(&from.plan),
            timeline: from.timeline.iter().map(|entry| TimelineEntry::of(entry, &citations)).collect(),
            gaps: from.gaps.iter().map(Gap::of).collect(),
            evidence: (1..).zip(&from.evidence).map(|(number, it)| Evidence::of(number, it)).collect(),
            stats: Stats { calls: from.stats.calls, rounds: from.stats.rounds, duration_ms },
        }
    }
}

#[derive(Serialize)]
struct Incident<'a> {
    id: &'a str,
    title: &'a str,
    alerts: Vec<Alert<'a>>,
}

impl<'a> Incident<'a> {
    fn of(from: &'a incident::Incident) -> Self {
        Self { id: &from.id, title: &from.title, alerts: from.alerts.iter().map(Alert::of).collect() }
    }
}

#[derive(Serialize)]
struct Alert<'a> {
    source: &'static str,
    name: &'a str,
    at: Option<String>,
    account: Option<&'a str>,
    region: Option<&'a str>,
}

impl<'a> Alert<'a> {
    fn of(from: &'a incident::Alert) -> Self {
        Self {
            source: from.source.as_str(),
            name: &from.name,
            at: from.at.map(|at| at.to_string()),
            account: from.account.as_deref(),
            region: from.region.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Verdict<'a> {
    outcome: &'static str,
    summary: &'a str,
    intentional: Intentional<'a>,
}

#[derive(Serialize)]
struct Intentional<'a> {
    likely: bool,
    reasons: Vec<Reason<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    text: &'a str,
    cites: Vec<String>,
}

impl<'a> Verdict<'a> {
    fn of(from: &'a incident::Verdict, citations: &Citations) -> Self {
        let reason = |reason: &'a incident::Reason| Reason {
            text: &reason.text,
            cites: citations.names(&reason.cites),
        };
        Self {
            outcome: from.outcome.as_str(),
            summary: &from.summary,
            intentional: Intentional {
                likely: from.intentional.likely,
                reasons: from.intentional.reasons.iter().map(reason).collect(),
            },
        }
    }
}

#[derive(Serialize)]
struct Symptom<'a> {
    kind: &'static str,
    text: &'a str,
    onset: Option<Onset>,
    samples: &'a [String],
    cites: Vec<String>,
}

#[derive(Serialize)]
struct Onset {
    at: String,
    earliest: String,
    latest: String,
}

impl<'a> Symptom<'a> {
    fn of(from: &'a incident::Symptom, citations: &Citations) -> Self {
        let onset = from.onset.map(|onset| Onset {
            at: onset.at.to_string(),
            earliest: onset.earliest.to_string(),
            latest: onset.latest.to_string(),
        });
        let cites = citations.names(&from.cites);
        Self { kind: from.kind.as_str(), text: &from.text, onset, samples: &from.samples, cites }
    }
}

#[derive(Serialize)]
struct Cause<'a> {
    headline: &'a str,
    grade: &'static str,
    defect: &'a str,
    resource: Resource<'a>,
    component: &'a str,
    code: Option<&'a str>,
    change: Option<Change<'a>>,
    /// Not in the first edition of the format: why there is no change, or what is known of its time.
    change_note: Option<&'a str>,
    together_with: &'a [String],
    affected: Vec<Affected<'a>>,
    explains: Option<Explains>,
    cites: Vec<String>,
}

#[derive(Serialize)]
struct Resource<'a> {
    r#type: &'a str,
    id: &'a str,
    arn: Option<&'a str>,
    name: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
}

#[derive(Serialize)]
struct Change<'a> {
    event_id: &'a str,
    event_name: &'a str,
    at: String,
    account: Option<&'a str>,
    actor: Actor<'a>,
}

#[derive(Serialize)]
struct Actor<'a> {
    r#type: Option<&'a str>,
    arn: Option<&'a str>,
    session: Option<&'a str>,
    source_ip: Option<&'a str>,
    user_agent: Option<&'a str>,
}

#[derive(Serialize)]
struct Affected<'a> {
    kind: &'static str,
    from: &'a str,
    to: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct Explains {
    count: u64,
    share: f64,
}

impl<'a> Cause<'a> {
    fn of(from: &'a incident::Cause, citations: &Citations) -> Self {
        Self {
            headline: &from.headline,
            grade: from.grade.as_str(),
            defect: &from.defect,
            resource: Resource {
                r#type: &from.resource.kind,
                id: &from.resource.id,
                arn: from.resource.arn.as_deref(),
                name: from.resource.name.as_deref(),
                account: some(&from.resource.account),
                region: some(&from.resource.region),
            },
            component: &from.component,
            code: from.code.as_deref(),
            change: from.change.as_ref().map(Change::of),
            change_note: some(&from.change_note),
            together_with: &from.together_with,
            affected: from.affected.iter().map(Affected::of).collect(),
            explains: from.explains.map(|it| Explains { count: it.count, share: it.share }),
            cites: citations.names(&from.cites),
        }
    }
}

impl<'a> Change<'a> {
    fn of(from: &'a incident::CauseChange) -> Self {
        Self {
            event_id: &from.event_id,
            event_name: &from.event_name,
            at: from.at.to_string(),
            account: some(&from.account),
            actor: Actor {
                r#type: some(&from.actor.kind),
                arn: some(&from.actor.arn),
                session: from.actor.session.as_deref(),
                source_ip: from.actor.source_ip.as_deref(),
                user_agent: from.actor.user_agent.as_deref(),
            },
        }
    }
}

impl<'a> Affected<'a> {
    fn of(from: &'a incident::Affected) -> Self {
        let kind = match from.kind {
            incident::AffectedKind::Flow => "flow",
            incident::AffectedKind::Request => "request",
        };
        Self { kind, from: &from.from, to: &from.to, detail: &from.detail }
    }
}

/// A thing looked at, and why it is not the cause or still works.
#[derive(Serialize)]
struct Explained<'a> {
    what: &'a str,
    why: &'a str,
    cites: Vec<String>,
}

#[derive(Serialize)]
struct Accounting<'a> {
    metric: &'a str,
    total: u64,
    parts: Vec<Part>,
    unexplained: u64,
}

#[derive(Serialize)]
struct Part {
    cause: usize,
    count: u64,
    share: f64,
}

impl<'a> Accounting<'a> {
    fn of(from: &'a incident::Accounting) -> Self {
        let part = |it: &incident::AccountingPart| Part { cause: it.cause, count: it.count, share: it.share };
        Self {
            metric: &from.metric,
            total: from.total,
            parts: from.parts.iter().map(part).collect(),
            unexplained: from.unexplained,
        }
    }
}

#[derive(Serialize)]
struct Plan<'a> {
    status: &'static str,
    reason: Option<&'a str>,
    steps: Vec<Step<'a>>,
    proof: Option<Proof<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    phase: &'static str,
    text: &'a str,
    command: Option<&'a str>,
    expect: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
}

#[derive(Serialize)]
struct Proof<'a> {
    cause: bool,
    cure: bool,
    gained: &'a [String],
    lost: &'a [String],
}

impl<'a> Plan<'a> {
    fn of(from: &'a incident::Plan) -> Self {
        let step = |it: &'a incident::Step| Step {
            phase: it.phase.as_str(),
            text: &it.text,
            command: some(&it.command),
            expect: some(&it.expect),
            account: some(&it.account),
            region: some(&it.region),
        };
        let proof = |it: &'a incident::Proof| Proof {
            cause: it.cause,
            cure: it.cure,
            gained: &it.gained,
            lost: &it.lost,
        };
        Self {
            status: from.status.as_str(),
            reason: some(&from.reason),
            steps: from.steps.iter().map(step).collect(),
            proof: from.proof.as_ref().map(proof),
        }
    }
}

#[derive(Serialize)]
struct TimelineEntry<'a> {
    at: String,
    kind: &'static str,
    text: &'a str,
    cites: Vec<String>,
}

impl<'a> TimelineEntry<'a> {
    fn of(from: &'a incident::TimelineEntry, citations: &Citations) -> Self {
        Self {
            at: from.at.to_string(),
            kind: from.kind.as_str(),
            text: &from.text,
            cites: citations.names(&from.cites),
        }
    }
}

#[derive(Serialize)]
struct Gap<'a> {
    what: &'a str,
    reason: &'static str,
    needed_for: Option<&'a str>,
    remedy: Option<&'a str>,
}

impl<'a> Gap<'a> {
    fn of(from: &'a incident::Gap) -> Self {
        Self {
            what: &from.what,
            reason: from.reason.as_str(),
            needed_for: some(&from.needed_for),
            remedy: some(&from.remedy),
        }
    }
}

#[derive(Serialize)]
struct Evidence<'a> {
    id: String,
    source: &'a str,
    operation: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    at: Option<String>,
    digest: String,
}

impl<'a> Evidence<'a> {
    fn of(number: usize, from: &'a incident::Evidence) -> Self {
        Self {
            id: citations::name(number),
            source: from.source(),
            operation: some(&from.query.operation),
            account: some(&from.query.account),
            region: some(&from.query.region),
            at: from.at.map(|at| at.to_string()),
            digest: from.id().digest(),
        }
    }
}

#[derive(Serialize)]
struct Stats {
    calls: usize,
    rounds: usize,
    duration_ms: u64,
}
