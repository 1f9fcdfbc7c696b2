//! Which change explains the symptoms? Symptoms (new errors, failing spans, series that changed) against what each change
//! does, by its diff.
//!
//! Time and place come first and decide little: many changes fall into the minutes before an alarm, and the latest one on
//! the loudest service is seldom the cause. What decides is whether the *effect* of a diff (a guard that is gone, a time limit
//! cut to a tenth, a query without its bound) can produce the *class* of symptom seen, and whether both speak of the same
//! things. A change that keeps the behaviour explains nothing, however well its words match. Causes that need no change
//! (an expired certificate, a resolver that fails for all) are recognised by their own signs and can win.
//!
//! Everything that is read is untrusted text: it is cut, counted and quoted, and can do nothing else. All weights are set by
//! judgement, not learnt; each is beside what it weighs.

mod class;
mod diff;
mod effect;
mod environment;
mod impact;
mod rank;
mod symptom;
mod words;

pub use class::Class;
pub use diff::is_inert;
pub use effect::{Effect, EffectKind};
pub use environment::{Environment, EnvironmentKind};
pub use rank::Suspect;

/// What is known of an incident: telemetry, and what was changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Incident {
    /// The alarm.
    pub alert: Alert,
    /// Log records, in any order.
    pub records: Vec<LogRecord>,
    /// Kinds of lines that somebody else counted, with how many more there are than usual.
    pub patterns: Vec<Pattern>,
    /// Series of all services.
    pub series: Vec<Measured>,
    /// Spans of sampled traces; a parent stands before or after its children.
    pub spans: Vec<Span>,
    /// What a provider or a platform team says about itself.
    pub notices: Vec<Notice>,
    /// Changes of code and configuration.
    pub commits: Vec<Commit>,
    /// When which commit went live where.
    pub deploys: Vec<Deploy>,
}

/// The alarm that began the investigation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alert {
    /// The service it watches.
    pub service: String,
    /// The metric it watches.
    pub metric: String,
    /// When it fired, in seconds since 1970.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// A log record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogRecord {
    /// Seconds since 1970.
    pub at: i64,
    /// Who wrote it.
    pub service: String,
    /// Its level is a warning or above.
    pub is_warning: bool,
    /// Its level is an error or above.
    pub is_error: bool,
    /// The message.
    pub text: String,
    /// Further fields.
    pub fields: Vec<(String, String)>,
}

/// A kind of log line that is counted, not listed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pattern {
    /// Who writes it.
    pub service: String,
    /// Its text.
    pub text: String,
    /// Lines in the window.
    pub count: i64,
    /// Lines more than usual.
    pub more: i64,
    /// Whoever counted calls it bad news.
    pub is_negative: bool,
}

/// A series of a service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Of which service.
    pub service: String,
    /// Its name; its words are all that is known of its meaning.
    pub metric: String,
    /// Moment (seconds since 1970) and value.
    pub points: Vec<(i64, f64)>,
}

/// A span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The trace it belongs to.
    pub trace: String,
    /// Its own id.
    pub id: String,
    /// The span that called it.
    pub parent: Option<String>,
    /// Whose work it is.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Seconds since 1970.
    pub at: i64,
    /// It ended in an error.
    pub failed: bool,
    /// The error and the attributes, as text.
    pub text: String,
}

/// A notice of a provider or a platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    /// Seconds since 1970.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// A commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// Seconds since 1970.
    pub at: i64,
    /// Its message.
    pub message: String,
    /// Files it changes.
    pub files: Vec<String>,
    /// Its unified diff, where it is known.
    pub diff: Option<String>,
}

/// A deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deploy {
    /// Seconds since 1970.
    pub at: i64,
    /// Where.
    pub service: String,
    /// What.
    pub sha: String,
}

/// The answer, with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The commit that explains the symptoms; none if no change does.
    pub commit: Option<String>,
    /// The sign of a cause without a change, if there is one. It is the cause where `commit` is none.
    pub environment: Option<Environment>,
    /// The service where the failure begins.
    pub first_failing: String,
    /// Other services with symptoms, in the order of their names.
    pub impaired: Vec<String>,
    /// What would help.
    pub remedy: Remedy,
    /// All commits that could matter, the best first, with reasons.
    pub suspects: Vec<Suspect>,
}

/// What would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Take the change back.
    Rollback,
    /// Add what the change forgot.
    RollForward,
    /// Renew the certificate.
    RotateCertificate,
    /// Use another region or zone.
    Failover,
    /// Tell the provider or the platform team.
    EscalateUpstream,
    /// Take the record out of the queue.
    PurgeBadData,
    /// More capacity.
    ScaleUp,
    /// Renew a credential.
    RotateCredential,
    /// Nothing above is known to help.
    Investigate,
}

/// A suspect below this score is no answer: time and place with a reshaped line alone reach a third of it.
const SCORE_MIN: f64 = 0.25;

/// The best must be so many times the second: two that explain as much are none to name.
const MARGIN: f64 = 1.25;

/// What the strength of an environment's sign (0 to 1) is worth in a suspect's score. A diff that names the very thing the
/// errors miss scores above 1.5.
const ENVIRONMENT_WORTH: f64 = 1.3;

/// Compares symptoms with changes. Never fails: with nothing to go by, `commit` is none and `suspects` says why.
#[must_use]
pub fn explain(incident: &Incident) -> Finding {
    let symptoms = symptom::Symptoms::of(incident);
    let impact = impact::Impact::of(incident, &symptoms);
    let suspects = rank::suspects(incident, &symptoms, &impact);
    let environment = environment::sign(incident, &symptoms);
    let best = suspects.first();
    let score = best.map_or(0.0, |suspect| suspect.score);
    let against = environment.as_ref().map_or(0.0, |sign| sign.strength * ENVIRONMENT_WORTH);
    let second = suspects.get(1).map_or(0.0, |suspect| suspect.score);
    let commit = best.filter(|_| score >= SCORE_MIN && score > against && score >= second * MARGIN);
    let remedy = match (commit, &environment) {
        (Some(suspect), _) if suspect.lacks_something => Remedy::RollForward,
        (Some(_), _) => Remedy::Rollback,
        (None, Some(sign)) => sign.kind.remedy(),
        (None, None) => Remedy::Investigate,
    };
    Finding {
        commit: commit.map(|suspect| suspect.sha.clone()),
        first_failing: impact.first_failing.clone(),
        impaired: impact.impaired(environment.as_ref()),
        environment,
        remedy,
        suspects,
    }
}

#[cfg(test)]
mod tests;
