//! Forms: what people do on pages. Each is checked for the session's own secret, done, and answered with a page to look at.

use super::Shared;
use super::pages::{Wrong, empty_form, tokens_page};
use super::problem::Problem;
use super::visitor::Visitor;
use crate::clock::now;
use crate::desk::{Answered, Look};
use crate::investigator::Asked;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use butfor_incident::Timestamp;
use butfor_page::{StartForm, StartingPoint};
use butfor_report::ask::{self, AnswerKind};
use butfor_store::{AlertId, DecisionKind, IncidentId, Question, Role, TokenId};
use serde::Deserialize;

/// Longest question: more is no question.
const QUESTION_MAX: usize = 500;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/start", post(start))
        .route("/incidents/{id}/decisions", post(decide))
        .route("/incidents/{id}/alerts/{alert}/unlink", post(unlink))
        .route("/incidents/{id}/close", post(close))
        .route("/incidents/{id}/chat", get(super::pages::chat).post(question))
        .route("/incidents/{id}/steer", post(steer))
        .route("/tokens", post(make_token))
        .route("/tokens/{id}/revoke", post(revoke_token))
}

#[derive(Debug, Deserialize)]
struct Bare {
    #[serde(default)]
    csrf: String,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Start {
    csrf: String,
    details: String,
    starting_point: String,
    at: String,
    account: String,
    region: String,
}

async fn start(
    State(shared): State<Shared>,
    visitor: Visitor,
    Form(sent): Form<Start>,
) -> Result<Response, Wrong> {
    visitor.sent(&sent.csrf)?;
    visitor.needs(Role::Responder)?;
    let point = StartingPoint::parse(&sent.starting_point).unwrap_or(StartingPoint::Free);
    let mut errors = Vec::new();
    let mut wrong = |field: &str, text: &str| errors.push((field.to_owned(), text.to_owned()));
    let at = moment(&sent.at).unwrap_or_else(|text| {
        wrong("at", text);
        None
    });
    let is_account = sent.account.len() == 12 && sent.account.bytes().all(|it| it.is_ascii_digit());
    if !sent.account.is_empty() && !is_account {
        wrong("account", "An account has 12 digits.");
    }
    if point == StartingPoint::Free && sent.details.trim().is_empty() {
        wrong("details", "Say what is wrong, or choose a starting point.");
    }
    if !errors.is_empty() {
        let form = StartForm {
            details: sent.details,
            starting_point: point,
            at: sent.at,
            account: sent.account,
            region: sent.region,
            errors,
            ..empty_form(&shared)
        };
        let page = Html(butfor_page::start(&visitor.chrome(), &form));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let preset = match point {
        StartingPoint::LatestAlarm => Some("latest-alarm"),
        StartingPoint::HighCpu => Some("high-cpu"),
        StartingPoint::ErrorRate => Some("error-rate"),
        StartingPoint::Free => None,
    };
    let given = |text: &str| Some(text.trim().to_owned()).filter(|it| !it.is_empty());
    let title = match given(&sent.details).and_then(|it| it.lines().next().map(str::to_owned)) {
        Some(first) => first.chars().take(120).collect(),
        None => format!("Started by hand: {}", preset.unwrap_or_default().replace('-', " ")),
    };
    let asked = Asked {
        preset: preset.map(str::to_owned),
        at: at.map(|at| at.to_string()),
        account: given(&sent.account),
        region: given(&sent.region),
        details: sent.details,
        ..Asked::default()
    };
    let incident = shared.desk.start(&title, &asked, &visitor.name).await?;
    Ok(Redirect::to(&format!("/incidents/{incident}")).into_response())
}

/// What a browser's field for date and time sends has neither seconds nor zone: UTC is meant.
fn moment(text: &str) -> Result<Option<Timestamp>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let with_zone = [text.to_owned(), format!("{text}Z"), format!("{text}:00Z")];
    let at = with_zone.iter().find_map(|text| Timestamp::parse(text).ok());
    match at {
        Some(at) if at > now() => Err("This is in the future."),
        Some(at) => Ok(Some(at)),
        None => Err("Write it as 2026-05-02T13:37, in UTC."),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decide {
    csrf: String,
    hypothesis: String,
    decision: String,
    note: String,
}

async fn decide(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Decide>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    visitor.needs(Role::Responder)?;
    let kind = kind(&sent.decision)?;
    if kind == DecisionKind::Note && sent.note.trim().is_empty() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`note` is empty: write something").into());
    }
    let hypothesis = Some(sent.hypothesis.as_str()).filter(|it| !it.is_empty());
    shared.desk.decide(IncidentId(id), hypothesis, kind, &sent.note, &visitor.name).await?;
    Ok(Redirect::to(&format!("/incidents/{id}/cause")))
}

/// The decision a word means.
pub(super) fn kind(word: &str) -> Result<DecisionKind, Problem> {
    match word {
        "accept" => Ok(DecisionKind::Accept),
        "discard" => Ok(DecisionKind::Discard),
        "note" => Ok(DecisionKind::Note),
        _ => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`decision` is accept, discard or note")),
    }
}

async fn unlink(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path((id, alert)): Path<(i64, i64)>,
    Form(sent): Form<Bare>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    visitor.needs(Role::Responder)?;
    shared.desk.unlink(IncidentId(id), AlertId(alert), &visitor.name).await?;
    Ok(Redirect::to(&format!("/incidents/{id}")))
}

async fn close(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Bare>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    visitor.needs(Role::Responder)?;
    shared.desk.close(IncidentId(id), &visitor.name).await?;
    Ok(Redirect::to(&format!("/incidents/{id}")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asking {
    csrf: String,
    question: String,
    pass: Option<i64>,
}

async fn question(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Asking>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    answer(&shared, &visitor, id, &sent.question, sent.pass).await?;
    Ok(Redirect::to(&format!("/incidents/{id}/chat")))
}

/// Answers a question from what a pass found, and keeps both. A steering makes a new pass.
pub(super) async fn answer(
    shared: &Shared,
    visitor: &Visitor,
    id: i64,
    question: &str,
    pass: Option<i64>,
) -> Result<ask::Answer, Problem> {
    let question: String = question.trim().chars().take(QUESTION_MAX).collect();
    if question.is_empty() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`question` is empty: ask something"));
    }
    let (desk, incident) = (&shared.desk, IncidentId(id));
    let shown = desk.pass(incident, Look { pass }).await?;
    let (report, calls) = match &shown {
        Some(shown) => (shown.report.clone(), desk.calls(&shown.assessment).await?),
        None => (serde_json::Value::Null, Vec::new()),
    };
    let decisions: Vec<ask::Decided> = desk
        .store
        .decisions(incident)
        .await?
        .into_iter()
        .map(|decision| ask::Decided {
            hypothesis: decision.hypothesis.unwrap_or_default(),
            kind: said(decision.kind).to_owned(),
            who: decision.who,
            at: decision.at,
            note: decision.note,
        })
        .collect();
    let about = ask::About { report: &report, calls: &calls, decisions: &decisions, now: Some(now()) };
    let answer = ask::ask(&question, &about);
    if let AnswerKind::Steer(steering) = &answer.kind {
        visitor.needs(Role::Responder)?;
        let asked = Asked {
            log_groups: steering.log_groups.clone(),
            services: steering.services.clone(),
            since: steering.since.map(|at| at.to_string()),
            ..Asked::default()
        };
        desk.again(incident, &asked, &visitor.name).await?;
    }
    let kept = Answered {
        lines: answer.lines.iter().map(|line| (line.text.clone(), line.cites.clone())).collect(),
        is_understood: !matches!(answer.kind, AnswerKind::NotUnderstood),
    };
    let asked = Question {
        incident,
        who: visitor.name.clone(),
        question,
        answer: serde_json::to_string(&kept).unwrap_or_default(),
        at: now(),
    };
    desk.store.ask(&asked).await?;
    desk.feed.tell(incident, crate::feed::News::Changed);
    Ok(answer)
}

/// A decision as a verb in the past.
fn said(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Accept => "accepted",
        DecisionKind::Discard => "discarded",
        DecisionKind::Note => "noted",
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Steer {
    csrf: String,
    log_groups: String,
}

async fn steer(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Steer>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    visitor.needs(Role::Responder)?;
    let groups = sent.log_groups.lines().flat_map(|line| line.split(','));
    let log_groups: Vec<String> =
        groups.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).take(50).collect();
    let asked = Asked { log_groups, ..Asked::default() };
    shared.desk.again(IncidentId(id), &asked, &visitor.name).await?;
    Ok(Redirect::to(&format!("/incidents/{id}")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MakeToken {
    csrf: String,
    name: String,
    scope: String,
    days: String,
}

async fn make_token(
    State(shared): State<Shared>,
    visitor: Visitor,
    Form(sent): Form<MakeToken>,
) -> Result<Html<String>, Wrong> {
    visitor.sent(&sent.csrf)?;
    let Some(person) = &visitor.person else {
        return Err(Problem::new(StatusCode::FORBIDDEN, "a demonstration has no tokens").into());
    };
    if !crate::desk::SCOPES.iter().any(|(scope, _)| *scope == sent.scope) {
        return Err(
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`scope` is read, respond or admin").into()
        );
    }
    if sent.scope == "admin" {
        visitor.needs(Role::Admin)?;
    }
    let days = match sent.days.trim() {
        "" => None,
        text => match text.parse().ok().filter(|days| (1..=3650).contains(days)) {
            Some(days) => Some(days),
            None => {
                let text = "`days` is a number from 1 to 3650, or empty for a token without an end";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, text).into());
            }
        },
    };
    let name: String = sent.name.trim().chars().take(100).collect();
    let name = if name.is_empty() { "unnamed".to_owned() } else { name };
    let made = shared.desk.make_token(person, &name, &sent.scope, days).await?;
    Ok(Html(butfor_page::tokens(&visitor.chrome(), &tokens_page(&shared, &visitor, Some(made)).await?)))
}

async fn revoke_token(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Form(sent): Form<Bare>,
) -> Result<Redirect, Wrong> {
    visitor.sent(&sent.csrf)?;
    if let Some(person) = &visitor.person {
        shared.desk.revoke_token(person, TokenId(id)).await?;
    }
    Ok(Redirect::to("/tokens"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_sends_a_moment_without_zone() {
        assert_eq!(moment("2026-05-02T13:37").unwrap().unwrap().to_string(), "2026-05-02T13:37:00Z");
        assert_eq!(moment("2026-05-02T13:37:05Z").unwrap().unwrap().to_string(), "2026-05-02T13:37:05Z");
        assert_eq!(moment(" ").unwrap(), None);
        assert!(moment("yesterday").is_err());
        assert!(moment("2999-01-01T00:00").is_err());
    }
}
