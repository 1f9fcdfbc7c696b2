//! What a report says and in which order: assessment in, document out.

mod causes;
mod findings;
mod gaps;
mod plan;

pub(crate) use causes::person;
pub(crate) use plan::checked;

use crate::citations::Citations;
use crate::document::{Block, Document, Line, Section, Tone};
use crate::words;
use butfor_incident::{AlertState, Assessment, Incident, Outcome, PlanStatus, Timestamp};

/// Everything the parts of a document are made from.
struct Outline<'a> {
    assessment: &'a Assessment,
    citations: Citations,
    /// When the alarm went off; causes are told relative to it.
    alarm_at: Option<Timestamp>,
}

/// The report of an assessment: what broke, why, who and when, the fix; then what supports it.
pub(crate) fn document(assessment: &Assessment) -> Document {
    let outline = Outline {
        assessment,
        citations: Citations::of(assessment),
        alarm_at: alarm_at(&assessment.incident),
    };
    let (word, tone) = words::outcome(assessment.verdict.outcome, assessment.root_causes.len());
    Document {
        word,
        tone,
        subject: assessment.incident.title.clone(),
        summary: Line::toned(Tone::Strong, &assessment.verdict.summary),
        sections: sections(&outline),
    }
}

fn sections(outline: &Outline) -> Vec<Section> {
    let outcome = outline.assessment.verdict.outcome;
    let not_needed = outline.assessment.plan.status == PlanStatus::NotNeeded;
    let mut sections = vec![outline.alarm()];
    // Without an answer the way to one comes first; with nothing to do, that.
    sections.extend(outline.gaps().filter(|_| outcome == Outcome::Undetermined));
    sections.extend(outline.symptoms().filter(|_| outcome == Outcome::Undetermined));
    sections.extend(outline.fix().filter(|_| not_needed));
    sections.extend(outline.causes());
    sections.extend(outline.gaps().filter(|_| outcome == Outcome::Competing));
    sections.extend(outline.fix().filter(|_| !not_needed));
    sections.extend(outline.proof());
    sections.extend(outline.steps_around());
    sections.extend(outline.accounting());
    sections.extend(outline.intent());
    sections.extend(outline.symptoms().filter(|_| outcome != Outcome::Undetermined));
    sections.extend(outline.contributing());
    sections.extend(outline.timeline());
    sections.extend(outline.ruled_out());
    sections.extend(outline.unaffected());
    sections
        .extend(outline.gaps().filter(|_| !matches!(outcome, Outcome::Undetermined | Outcome::Competing)));
    sections.extend(outline.evidence());
    sections.push(outline.size_of_work());
    sections
}

/// The first moment an alert went off.
fn alarm_at(incident: &Incident) -> Option<Timestamp> {
    let alarms = incident.alerts.iter().filter(|alert| alert.state == AlertState::Alarm);
    alarms.filter_map(|alert| alert.at).min()
}

impl Outline<'_> {
    /// When it went off, where, and which moment this report describes; then what one must know before reading on.
    fn alarm(&self) -> Section {
        let incident = &self.assessment.incident;
        let as_of = self.assessment.as_of;
        let mut text = match self.alarm_at {
            Some(at) => format!("Alarm {}", words::moment(at)),
            None => "No alarm time".to_owned(),
        };
        if let Some(alert) = incident.alerts.first() {
            let place: Vec<&str> =
                [&alert.account, &alert.region].into_iter().filter_map(|it| it.as_deref()).collect();
            if !place.is_empty() {
                text.push_str(&format!(" in {}", place.join(" ")));
            }
        }
        if incident.alerts.len() > 1 {
            text.push_str(&format!(", {} alerts", incident.alerts.len()));
        }
        // The date once.
        let same_day = self.alarm_at.is_some_and(|at| at.date() == as_of.date());
        text.push_str(&format!("; as of {}", if same_day { as_of.clock() } else { words::moment(as_of) }));
        let warnings = [self.remainder(), self.on_purpose(), self.unseen()].into_iter().flatten();
        let lines = [Line::toned(Tone::Dim, text)].into_iter().chain(warnings);
        Section::new("", lines.map(Block::Text).collect())
    }

    /// What the causes leave unexplained has to be seen before the causes are.
    fn remainder(&self) -> Option<Line> {
        let it = self.assessment.accounting.as_ref().filter(|it| it.unexplained > 0)?;
        let text = format!("{} of {} {} remain unexplained.", it.unexplained, it.total, it.metric);
        Some(Line::toned(Tone::Hedge, text))
    }

    /// Nobody should mend at night what somebody is testing.
    fn on_purpose(&self) -> Option<Line> {
        let likely = self.assessment.verdict.intentional.likely;
        likely.then(|| {
            Line::toned(Tone::Hedge, "Somebody probably did this on purpose, as a test; the signs are below.")
        })
    }

    /// A verdict despite gaps says so at once. Where the gaps are the answer, they stand at the top anyway.
    fn unseen(&self) -> Option<Line> {
        let it = self.assessment;
        let missing = it.gaps.iter().filter(|gap| !gap.needed_for.trim().is_empty()).count();
        if missing == 0 || matches!(it.verdict.outcome, Outcome::Undetermined | Outcome::Competing) {
            return None;
        }
        Some(Line::toned(
            Tone::Hedge,
            format!("Not everything could be seen: {}, listed at the end.", words::count(missing, "gap")),
        ))
    }
}
