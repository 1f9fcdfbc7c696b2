//! REST, for programs: `/api/v1`. What there is is described in [`openapi`](super::openapi), from one table.

use super::Shared;
use super::forms::{answer, kind};
use super::openapi;
use super::problem::Problem;
use super::visitor::Caller;
use crate::desk::Look;
use crate::investigator::Asked;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use butfor_incident::Timestamp;
use butfor_report::ask::AnswerKind;
use butfor_store::{AlertId, Cursor, IncidentId, IncidentRow, JobId, JobState, Role};
use serde::Deserialize;
use serde_json::{Value, json};

/// Rows of a page where nobody says otherwise, and at most.
const ROWS: u32 = 50;
const ROWS_MAX: u32 = 500;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(|| async { Json(openapi::document()) }))
        .route("/incidents", get(incidents).post(start))
        .route("/incidents/{id}", get(incident))
        .route("/incidents/{id}/report", get(report))
        .route("/incidents/{id}/picture", get(picture))
        .route("/incidents/{id}/passes", get(passes).post(again))
        .route("/incidents/{id}/alerts", get(alerts))
        .route("/incidents/{id}/alerts/{alert}", delete(unlink))
        .route("/incidents/{id}/evidence/{digest}", get(evidence))
        .route("/incidents/{id}/decisions", get(decisions).post(decide))
        .route("/incidents/{id}/questions", post(question))
        .route("/incidents/{id}/close", post(close))
        .route("/incidents/{id}/export", get(export))
        .route("/jobs", get(jobs))
        .route("/jobs/{id}/revive", post(revive))
        .route("/audit", get(audit))
        .fallback(|| async {
            Problem::new(StatusCode::NOT_FOUND, "there is no such resource; see /api/v1/openapi.json")
        })
}

/// A JSON body; what is wrong with it is told by field.
struct Sent<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, state: &Shared) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let status = match &rejection {
                    JsonRejection::MissingJsonContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    JsonRejection::JsonDataError(_) => StatusCode::UNPROCESSABLE_ENTITY,
                    _ => StatusCode::BAD_REQUEST,
                };
                Err(Problem::new(status, rejection.body_text()))
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Part {
    fn cursor(&self) -> Result<Option<Cursor>, Problem> {
        let parse = |text: &String| {
            text.parse().map_err(|_| bad("`cursor` is none that was given out: begin without one"))
        };
        self.cursor.as_ref().map(parse).transpose()
    }

    fn limit(&self) -> u32 {
        self.limit.unwrap_or(ROWS).clamp(1, ROWS_MAX)
    }
}

fn bad(text: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, text)
}

fn list(items: Vec<Value>, next: Option<Cursor>) -> Json<Value> {
    Json(json!({"items": items, "next": next.map(|cursor| cursor.to_string())}))
}

async fn incidents(
    _: Caller,
    State(shared): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<Value>, Problem> {
    let is_open = match part.state.as_deref() {
        None | Some("all") => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(bad("`state` is open, closed or all")),
    };
    let page = shared.desk.store.incidents(is_open, part.cursor()?, part.limit()).await?;
    Ok(list(page.items.iter().map(|row| summary(&shared, row)).collect(), page.next))
}

fn summary(shared: &Shared, row: &IncidentRow) -> Value {
    let is_running = shared.desk.feed.progress(row.id).is_some();
    let status = match (&row.outcome, is_running, row.is_test) {
        (_, true, _) => "IN_PROGRESS",
        (Some(_), ..) => "COMPLETED",
        (None, _, true) => "SKIPPED",
        (None, ..) => "PENDING_START",
    };
    json!({
        "id": row.id.0, "title": row.title, "state": if row.is_open { "open" } else { "closed" }, "status": status,
        "test": row.is_test, "priority": row.priority, "account": row.account, "region": row.region,
        "application": row.application, "outcome": row.outcome, "summary": row.summary, "alerts": row.alerts,
        "opened_at": row.opened_at.to_string(), "updated_at": row.updated_at.to_string(),
        "closed_at": row.closed_at.map(|at| at.to_string()), "url": shared.desk.link(row.id),
    })
}

async fn incident(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let row = shared.desk.store.incident(IncidentId(id)).await?;
    let shown = shared.desk.pass(IncidentId(id), Look::default()).await?;
    let mut body = summary(&shared, &row);
    if let Some(members) = body.as_object_mut() {
        members.insert("passes".to_owned(), json!(shown.as_ref().map_or(0, |shown| shown.number)));
        members.insert("report".to_owned(), shown.map_or(Value::Null, |shown| shown.report));
    }
    Ok(Json(body))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pass {
    pass: Option<i64>,
    format: Option<String>,
}

async fn pass(shared: &Shared, id: i64, pass: Option<i64>) -> Result<crate::desk::Shown, Problem> {
    let shown = shared.desk.pass(IncidentId(id), Look { pass }).await?;
    shown.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "this incident was not assessed yet"))
}

async fn report(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Query(wanted): Query<Pass>,
) -> Result<Response, Problem> {
    let shown = pass(&shared, id, wanted.pass).await?;
    match wanted.format.as_deref() {
        None | Some("json") => {
            Ok(([(header::CONTENT_TYPE, "application/json")], shown.assessment.body).into_response())
        }
        Some("markdown") => {
            let text = shared.desk.store.report(shown.assessment.id, "markdown").await?;
            let text = text.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such report was kept"))?;
            Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
        }
        Some(_) => Err(bad("`format` is json or markdown")),
    }
}

async fn picture(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Query(wanted): Query<Pass>,
) -> Result<Json<Value>, Problem> {
    let shown = pass(&shared, id, wanted.pass).await?;
    let picture = shared.desk.picture(&shown.assessment).await?.unwrap_or_default();
    let mut body = serde_json::to_value(picture).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.insert("schema".to_owned(), json!("butfor-picture/1"));
    }
    Ok(Json(body))
}

async fn passes(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Problem> {
    shared.desk.store.incident(IncidentId(id)).await?;
    let assessments = shared.desk.store.assessments(IncidentId(id)).await?;
    let items = assessments.iter().enumerate().map(|(index, row)| {
        json!({"pass": index + 1, "outcome": row.outcome, "at": row.created_at.to_string(), "engine": row.engine,
            "case": row.case_digest})
    });
    Ok(list(items.collect(), None))
}

async fn alerts(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Query(part): Query<Part>,
) -> Result<Json<Value>, Problem> {
    shared.desk.store.incident(IncidentId(id)).await?;
    let page = shared.desk.store.alerts(IncidentId(id), part.cursor()?, part.limit()).await?;
    let items = page.items.iter().map(|alert| {
        json!({"id": alert.id.0, "source": alert.source, "sender_id": alert.sender_id, "title": alert.title,
            "received_at": alert.received_at.to_string(), "reason": alert.reason,
            "unlinked_at": alert.unlinked.as_ref().map(|(at, _)| at.to_string()),
            "unlinked_by": alert.unlinked.as_ref().map(|(_, who)| who)})
    });
    Ok(list(items.collect(), page.next))
}

async fn unlink(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path((id, alert)): Path<(i64, i64)>,
) -> Result<Json<Value>, Problem> {
    visitor.needs(Role::Responder)?;
    let opened = shared.desk.unlink(IncidentId(id), AlertId(alert), &visitor.name).await?;
    Ok(Json(json!({"incident": opened.0})))
}

async fn evidence(
    _: Caller,
    State(shared): State<Shared>,
    Path((id, digest)): Path<(i64, String)>,
    Query(wanted): Query<Pass>,
) -> Result<Json<Value>, Problem> {
    let shown = pass(&shared, id, wanted.pass).await?;
    let document = shared.desk.document(&shown.assessment, &digest).await?;
    let it = document.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "this pass has no such evidence"))?;
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    Ok(Json(
        json!({"digest": digest, "service": it.service, "operation": it.operation, "account": it.account,
        "region": it.region, "parameters": parsed(&it.parameters), "at": it.at.map(|at| at.to_string()),
        "document": parsed(&it.body)}),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(default)]
    title: String,
    #[serde(flatten)]
    asked: Asked,
}

async fn start(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Sent(sent): Sent<Start>,
) -> Result<Response, Problem> {
    visitor.needs(Role::Responder)?;
    let asked = checked(sent.asked)?;
    if sent.title.trim().is_empty() && asked.preset.is_none() && asked.details.trim().is_empty() {
        return Err(bad("give a `title`, `details` or a `preset`"));
    }
    let incident = shared.desk.start(&sent.title, &asked, &visitor.name).await?;
    let row = shared.desk.store.incident(incident).await?;
    let place = format!("/api/v1/incidents/{incident}");
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(summary(&shared, &row))).into_response())
}

fn checked(asked: Asked) -> Result<Asked, Problem> {
    for (name, moment) in [("at", &asked.at), ("since", &asked.since)] {
        if let Some(moment) = moment {
            Timestamp::parse(moment).map_err(|error| bad(&format!("`{name}`: {error}")))?;
        }
    }
    if asked
        .preset
        .as_ref()
        .is_some_and(|it| !["latest-alarm", "error-rate", "high-cpu"].contains(&it.as_str()))
    {
        return Err(bad("`preset` is latest-alarm, error-rate or high-cpu"));
    }
    if asked
        .account
        .as_ref()
        .is_some_and(|it| it.len() != 12 || !it.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(bad("`account` has 12 digits"));
    }
    Ok(asked)
}

async fn again(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Sent(asked): Sent<Asked>,
) -> Result<Response, Problem> {
    visitor.needs(Role::Responder)?;
    shared.desk.again(IncidentId(id), &checked(asked)?, &visitor.name).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"status": "PENDING_START"}))).into_response())
}

async fn decisions(
    _: Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Problem> {
    shared.desk.store.incident(IncidentId(id)).await?;
    let decisions = shared.desk.store.decisions(IncidentId(id)).await?;
    let items = decisions.iter().map(|it| {
        json!({"hypothesis": it.hypothesis, "decision": format!("{:?}", it.kind).to_lowercase(), "note": it.note, "who": it.who,
            "at": it.at.to_string()})
    });
    Ok(list(items.collect(), None))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    hypothesis: Option<String>,
    decision: String,
    #[serde(default)]
    note: String,
}

async fn decide(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Sent(sent): Sent<Decide>,
) -> Result<StatusCode, Problem> {
    visitor.needs(Role::Responder)?;
    let kind = kind(&sent.decision)?;
    shared.desk.decide(IncidentId(id), sent.hypothesis.as_deref(), kind, &sent.note, &visitor.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    question: String,
    pass: Option<i64>,
}

async fn question(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
    Sent(sent): Sent<Ask>,
) -> Result<Json<Value>, Problem> {
    let answer = answer(&shared, &visitor, id, &sent.question, sent.pass).await?;
    let lines: Vec<Value> =
        answer.lines.iter().map(|line| json!({"text": line.text, "cites": line.cites})).collect();
    let kind = match answer.kind {
        AnswerKind::Answered => "answered",
        AnswerKind::NotKnown => "not_known",
        AnswerKind::NotUnderstood => "not_understood",
        AnswerKind::Steer(_) => "steered",
    };
    Ok(Json(json!({"kind": kind, "lines": lines})))
}

async fn close(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    visitor.needs(Role::Responder)?;
    shared.desk.close(IncidentId(id), &visitor.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn export(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    visitor.needs(Role::Responder)?;
    let lines = shared.desk.store.export(IncidentId(id)).await?;
    shared.desk.note(&visitor.name, "incident.export", &format!("incident/{id}"), "").await?;
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], lines.join("\n") + "\n").into_response())
}

async fn jobs(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<Value>, Problem> {
    visitor.needs(Role::Admin)?;
    let state = match part.state.as_deref() {
        Some("ready") => JobState::Ready,
        Some("leased") => JobState::Leased,
        Some("done") => JobState::Done,
        None | Some("dead") => JobState::Dead,
        Some(_) => return Err(bad("`state` is ready, leased, done or dead")),
    };
    let page = shared.desk.store.jobs(state, part.cursor()?, part.limit()).await?;
    let items = page.items.iter().map(|job| {
        json!({"id": job.id.0, "key": job.key, "kind": job.kind, "incident": job.incident.map(|it| it.0),
            "attempts": job.attempts, "error": job.error, "due_at": job.due_at.to_string()})
    });
    Ok(list(items.collect(), page.next))
}

async fn revive(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    visitor.needs(Role::Admin)?;
    shared.desk.store.revive(JobId(id), crate::clock::now()).await?;
    shared.desk.note(&visitor.name, "job.revive", &format!("job/{id}"), "").await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Log {
    after: i64,
    limit: Option<u32>,
}

async fn audit(
    Caller(visitor): Caller,
    State(shared): State<Shared>,
    Query(log): Query<Log>,
) -> Result<Json<Value>, Problem> {
    visitor.needs(Role::Admin)?;
    let limit = log.limit.unwrap_or(ROWS).clamp(1, ROWS_MAX);
    let rows = shared.desk.store.audit_log(log.after, limit).await?;
    let next = (rows.len() == limit as usize).then(|| rows.last().map(|(seq, _)| seq.to_string())).flatten();
    let items: Vec<Value> = rows
        .into_iter()
        .map(|(seq, it)| {
            json!({"seq": seq, "at": it.at.to_string(), "actor": it.actor, "action": it.action, "subject": it.subject,
                "detail": it.detail})
        })
        .collect();
    Ok(Json(json!({"items": items, "next": next})))
}
