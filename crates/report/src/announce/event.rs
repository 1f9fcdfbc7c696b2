//! An event for programs, under the names of webhook-formats, section 3, with our verdict beside them.

use super::data::{Announcement, Event, Told, hex};
use super::fit::{AMPLE, line};
use crate::clean;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Most of the senders' ids that are repeated, and their longest, characters.
const IDS_MAX: usize = 20;
const ID_MAX: usize = 256;

pub(super) fn render(it: &Announcement) -> Value {
    let about = &it.about;
    let (detail_type, status) = names(it);
    let ids: Vec<String> = about.sender_ids.iter().take(IDS_MAX).map(|id| line(id, ID_MAX)).collect();
    json!({
        "version": "0",
        "id": id(it),
        "detail-type": detail_type,
        "source": "aws.aidevops",
        "account": about.account.as_deref().map(|it| line(it, 20)),
        "time": it.at.to_string(),
        "region": about.region.as_deref().map(|it| line(it, 40)),
        "resources": [],
        "detail": {
            "version": "1.0.0",
            "metadata": {
                "agent_space_id": line(&about.trace.agent_space, ID_MAX),
                "task_id": line(&about.trace.task, ID_MAX),
                "execution_id": line(&about.trace.execution, ID_MAX),
                // The sender's own, as in every answer to it.
                "incident_id": ids.first(),
            },
            "data": {
                "task_type": "INVESTIGATION",
                "priority": line(&about.priority, 20),
                "status": status,
                "created_at": about.opened_at.to_string(),
                "updated_at": it.at.to_string(),
                "summary_record_id": null,
            },
            "butfor": {
                "incident": about.incident,
                "incident_ids": ids,
                "url": about.url.as_deref().map(|url| line(url, AMPLE.text)),
                "title": line(&about.title, AMPLE.text),
                "application": about.application.as_deref().map(|it| line(it, AMPLE.text)),
                "alerts": about.alerts,
                "is_test": about.is_test,
                "verdict": it.told.as_ref().map(verdict),
                "decision": it.decision.as_ref().map(|decision| json!({
                    "who": line(&decision.who, AMPLE.text),
                    "what": line(&decision.what, AMPLE.text),
                    "note": line(&decision.note, AMPLE.text),
                    "hypothesis": decision.hypothesis,
                })),
                "failure": it.failure.as_deref().map(|failure| line(failure, AMPLE.text)),
            },
        },
    })
}

/// The detail type and the state of the task. A decision has no counterpart there and a name of its own.
fn names(it: &Announcement) -> (&'static str, &'static str) {
    match (it.event, &it.told) {
        (Event::Opened, _) => ("Investigation Created", "PENDING_START"),
        (Event::Verdict, _) | (Event::Closed, Some(_)) => ("Investigation Completed", "COMPLETED"),
        (Event::Decided, Some(_)) => ("Investigation Decided", "COMPLETED"),
        (Event::Decided, None) => ("Investigation Decided", "IN_PROGRESS"),
        (Event::Closed, None) => ("Investigation Cancelled", "CANCELLED"),
        (Event::Failed, _) => ("Investigation Failed", "FAILED"),
    }
}

/// The same event has the same id, in the form of a UUID.
fn id(it: &Announcement) -> String {
    let trace = &it.about.trace;
    let mut sum = Sha256::new();
    let (moment, number) = (it.at.as_millis().to_string(), it.about.incident.to_string());
    for part in [names(it).0, &number, &moment, &trace.agent_space, &trace.task, &trace.execution] {
        sum.update(format!("{}:{part}", part.len()));
    }
    let digits = hex(&sum.finalize());
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn verdict(told: &Told) -> Value {
    let text = |text: &str| line(text, AMPLE.text);
    let causes = told.causes.iter().take(AMPLE.causes).map(|cause| {
        json!({
            "hypothesis": cause.hypothesis,
            "headline": text(&cause.headline),
            "grade": cause.grade,
            "resource": text(&cause.resource),
            "who": text(&cause.who),
            "at": cause.at.map(|at| at.to_string()),
        })
    });
    // A command that cannot be shown is no command here either.
    let commands = told.plan.commands.iter().take(AMPLE.commands).map(|it| {
        let command = clean::command(&it.command).filter(|text| text.chars().count() <= AMPLE.command);
        json!({
            "text": text(&it.text),
            "command": command.filter(|command| !command.is_empty()),
            "account": text(&it.account),
            "region": text(&it.region),
        })
    });
    json!({
        "outcome": told.outcome,
        "summary": text(&told.summary),
        "is_on_purpose": told.is_on_purpose,
        "causes": causes.collect::<Vec<_>>(),
        "plan": {
            "status": told.plan.status,
            "reason": text(&told.plan.reason),
            "digest": told.plan.digest,
            "lost": told.plan.lost.iter().take(20).map(|it| text(it)).collect::<Vec<_>>(),
            "commands": commands.collect::<Vec<_>>(),
        },
        "gaps": told.gaps.1,
        "unaffected": told.unaffected.iter().take(AMPLE.unaffected).map(|it| text(it)).collect::<Vec<_>>(),
    })
}
