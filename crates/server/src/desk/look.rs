//! Looking: what a page or a program is shown of incidents.

use super::Desk;
use crate::clock::now;
use crate::investigator::Document;
use butfor_incident::Timestamp;
use butfor_incident::picture::Picture;
use butfor_page::{
    AnswerLine, Decision, DecisionKind, IncidentPage, IncidentRow, LinkedAlert, Pass, Progress, ProgressStep,
    Report, StepState, Turn,
};
use butfor_store::{AssessmentId, AssessmentRow, Bundle, Error, IncidentId, Result, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Alerts shown of an incident; the rest is counted.
const ALERTS_SHOWN: u32 = 200;

/// Which pass is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// Its number, from 1; the newest where there is none.
    pub pass: Option<i64>,
}

/// A pass with everything that was kept of it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub assessment: AssessmentRow,
    /// Its number, from 1.
    pub number: i64,
    /// The report as it was written.
    pub report: Value,
}

/// An answer of the chat as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub lines: Vec<(String, Vec<String>)>,
    pub is_understood: bool,
}

impl Desk {
    /// A line of the list.
    pub(crate) fn row(of: &butfor_store::IncidentRow) -> IncidentRow {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        IncidentRow {
            id: of.id.0,
            title: of.title.clone(),
            is_open: of.is_open,
            is_test: of.is_test,
            outcome: of.outcome.clone(),
            summary: of.summary.clone(),
            causes: 0,
            grade: None,
            alerts: number(of.alerts),
            account: of.account.clone(),
            region: of.region.clone(),
            application: Some(of.application.clone()).filter(|it| !it.is_empty()),
            opened_at: of.opened_at,
            updated_at: of.updated_at,
        }
    }

    /// Everything the page of an incident shows.
    pub(crate) async fn incident_page(&self, id: IncidentId, look: Look) -> Result<IncidentPage> {
        let row = self.store.incident(id).await?;
        let made = self.store.passes(id).await?;
        let count = i64::try_from(made.len()).unwrap_or(i64::MAX);
        let shown = self.pass_of(&made, look).await?;
        let mut picture = None;
        let mut report = None;
        if let Some(shown) = &shown {
            report = serde_json::from_value::<Report>(shown.report.clone()).ok();
            picture = self.picture(&shown.assessment).await?;
        }
        let mut line = Self::row(&row);
        if let Some(report) = &report {
            line.causes = report.root_causes.len();
            line.grade = report.weakest_grade().map(str::to_owned);
        }
        Ok(IncidentPage {
            row: line,
            alerts: self.page_alerts(id).await?,
            report,
            picture,
            passes: passes(&made),
            shown_pass: shown.map(|shown| shown.number).filter(|number| *number < count),
            progress: self.page_progress(&row),
            decisions: self.page_decisions(id).await?,
            turns: turns(&self.store, id).await?,
            questions: butfor_report::ask::questions(),
        })
    }

    /// A pass of an incident, if there is one.
    pub(crate) async fn pass(&self, id: IncidentId, look: Look) -> Result<Option<Shown>> {
        self.store.incident(id).await?;
        self.pass_of(&self.store.passes(id).await?, look).await
    }

    async fn pass_of(&self, made: &[(AssessmentId, Timestamp)], look: Look) -> Result<Option<Shown>> {
        let count = i64::try_from(made.len()).unwrap_or(i64::MAX);
        let number = look.pass.unwrap_or(count);
        let index = usize::try_from(number.saturating_sub(1)).ok();
        let Some((id, _)) = index.filter(|_| number > 0).and_then(|index| made.get(index)) else {
            return match look.pass {
                Some(pass) => Err(Error::NotFound { what: "pass", id: pass.to_string() }),
                None => Ok(None),
            };
        };
        let assessment = self.store.assessment(*id).await?;
        let report = serde_json::from_str(&assessment.body).unwrap_or(Value::Null);
        Ok(Some(Shown { assessment, number, report }))
    }

    /// What there is to draw of a pass.
    pub(crate) async fn picture(&self, of: &AssessmentRow) -> Result<Option<Picture>> {
        let text = self.store.report(of.id, "picture").await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The bundle a pass looked at.
    pub(crate) async fn bundle(&self, of: &AssessmentRow) -> Result<Vec<u8>> {
        match self.store.case(of.incident, &of.case_digest).await? {
            Bundle::Here(bytes) => Ok(bytes),
            Bundle::At(place) => Err(Error::NotFound { what: "bundle", id: place }),
        }
    }

    /// A piece of evidence of a pass, as it was recorded.
    pub(crate) async fn document(&self, of: &AssessmentRow, digest: &str) -> Result<Option<Document>> {
        let (bundle, digest) = (self.bundle(of).await?, digest.to_owned());
        let investigator = Arc::clone(&self.investigator);
        // A large case takes a processor for a while, which webhooks must not wait for.
        Ok(tokio::task::spawn_blocking(move || investigator.evidence(&bundle, &digest)).await.ok().flatten())
    }

    /// What a pass asked.
    pub(crate) async fn calls(&self, of: &AssessmentRow) -> Result<Vec<butfor_report::ask::Call>> {
        let bundle = self.bundle(of).await?;
        let investigator = Arc::clone(&self.investigator);
        Ok(tokio::task::spawn_blocking(move || investigator.calls(&bundle)).await.unwrap_or_default())
    }

    async fn page_alerts(&self, id: IncidentId) -> Result<Vec<LinkedAlert>> {
        let linked = self.store.alerts(id, None, ALERTS_SHOWN).await?.items;
        let is_shown = |alert: &&butfor_store::LinkedAlert| alert.unlinked.is_none();
        let count = linked.iter().filter(is_shown).count();
        let alerts = linked.iter().filter(is_shown).map(|alert| {
            let arrival = super::facts::read(&alert.facts);
            LinkedAlert {
                id: alert.id.0,
                name: alert.title.clone(),
                source: alert.source.clone(),
                at: arrival.as_ref().map_or(alert.received_at, |arrival| arrival.at),
                account: arrival.as_ref().map(|it| it.account.clone()).unwrap_or_default(),
                region: arrival.map(|it| it.region).unwrap_or_default(),
                reason: alert.reason.clone(),
                // The last one stays: an incident is about something.
                can_unlink: count > 1,
            }
        });
        Ok(alerts.collect())
    }

    fn page_progress(&self, row: &butfor_store::IncidentRow) -> Option<Progress> {
        let running = self.feed.progress(row.id);
        if running.is_none() && (row.outcome.is_some() || row.is_test || !row.is_open) {
            return None;
        }
        let running = running.unwrap_or_default();
        let last = running.lines.len().saturating_sub(1);
        let step = |(index, text): (usize, &String)| ProgressStep {
            text: text.clone(),
            state: if index == last { StepState::Running } else { StepState::Done },
            at: None,
        };
        Some(Progress {
            started_at: row.updated_at.min(now()),
            steps: running.lines.iter().enumerate().map(step).collect(),
            done: running.done,
            asked: running.asked,
            last_query: running.lines.last().cloned(),
        })
    }

    async fn page_decisions(&self, id: IncidentId) -> Result<Vec<Decision>> {
        let decisions = self.store.decisions(id).await?;
        Ok(decisions
            .into_iter()
            .map(|decision| Decision {
                hypothesis: decision.hypothesis.unwrap_or_default(),
                kind: match decision.kind {
                    butfor_store::DecisionKind::Accept => DecisionKind::Accepted,
                    butfor_store::DecisionKind::Discard => DecisionKind::Discarded,
                    butfor_store::DecisionKind::Note => DecisionKind::Noted,
                },
                who: decision.who,
                at: decision.at,
                note: decision.note,
            })
            .collect())
    }
}

fn passes(made: &[(AssessmentId, Timestamp)]) -> Vec<Pass> {
    let label =
        |index: usize| if index == 0 { "first look".to_owned() } else { format!("look {}", index + 1) };
    let number = |index: usize| i64::try_from(index + 1).unwrap_or(i64::MAX);
    let numbered = made.iter().enumerate();
    numbered.map(|(index, (_, at))| Pass { number: number(index), at: *at, label: label(index) }).collect()
}

async fn turns(store: &Store, id: IncidentId) -> Result<Vec<Turn>> {
    let questions = store.questions(id).await?;
    Ok(questions
        .into_iter()
        .map(|question| {
            let answered: Answered = serde_json::from_str(&question.answer).unwrap_or_default();
            let mut lines = answered.lines.into_iter().map(|(text, cites)| AnswerLine { text, cites });
            let first = lines.next();
            let mut rest: Vec<AnswerLine> = Vec::new();
            let answer = match first {
                // Only a line without citations can stand as the first sentence.
                Some(line) if line.cites.is_empty() => line.text,
                Some(line) => {
                    rest.push(line);
                    String::new()
                }
                None => String::new(),
            };
            rest.extend(lines);
            Turn {
                who: question.who,
                at: question.at,
                question: question.question,
                answer,
                lines: rest,
                is_understood: answered.is_understood,
            }
        })
        .collect())
}
