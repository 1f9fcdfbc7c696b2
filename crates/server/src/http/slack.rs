//! Buttons pressed in Slack.

use super::Shared;
use super::guard::read;
use super::problem::Problem;
use crate::clock::now;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use butfor_intake::{Auth, Delivery, Format, Headers, Integration, slack};
use butfor_store::{DecisionKind, IncidentId};
use serde_json::json;
use std::time::Duration;

/// What Slack sends of a message with buttons stays far below.
const BODY_MAX: usize = 1 << 20;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/slack", post(pressed))
}

async fn pressed(State(shared): State<Shared>, request: Request) -> Result<Response, Problem> {
    let settings = shared.desk.settings.slack.as_ref();
    let slack = settings
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no channel has Slack's signing secret"))?;
    let (parts, body) = request.into_parts();
    let body = read(body, BODY_MAX, Duration::from_secs(5))
        .await
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body cannot be read"))?;
    let headers: Headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let delivery = Delivery::new(&headers, &body, now());
    let integration =
        Integration::new("slack", Format::Generic, Auth::Signature, vec![slack.signing_secret.clone()]);
    slack::verify(&integration, &delivery).map_err(|refusal| {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNAUTHORIZED);
        Problem::new(status, refusal.message).with("code", refusal.code)
    })?;
    let read = slack::read(&delivery).map_err(|malformed| {
        Problem::new(StatusCode::BAD_REQUEST, malformed.to_string()).with("field", malformed.field)
    })?;
    match read {
        slack::Request::UrlVerification { challenge } => Ok(challenge.into_response()),
        slack::Request::BlockActions(pressed) => {
            if !slack.responders.contains(&pressed.user) {
                let text = "You are not among those who may decide here: ask whoever runs Butfor to add you to `responders`.";
                return Ok(axum::Json(json!({"response_type": "ephemeral", "text": text})).into_response());
            }
            for action in pressed.actions {
                let value = action.value.unwrap_or_default();
                if action.action_id == "butfor.note" {
                    return Ok(note_here(&shared, &value));
                }
                if let Err(problem) = decide(&shared, &pressed.user, &action.action_id, &value).await {
                    // Slack shows nothing of an error's body: who pressed must hear it all the same.
                    let answer = json!({"response_type": "ephemeral", "text": problem.detail()});
                    return Ok(axum::Json(answer).into_response());
                }
            }
            Ok(StatusCode::OK.into_response())
        }
        slack::Request::Event { .. } | slack::Request::ViewSubmission { .. } | slack::Request::Command(_) => {
            Ok(StatusCode::OK.into_response())
        }
    }
}

/// A note takes more room than a button has: it is written on the page.
fn note_here(shared: &Shared, value: &str) -> Response {
    let value: serde_json::Value = serde_json::from_str(value).unwrap_or_default();
    let incident = value.get("incident").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let place =
        shared.desk.link(IncidentId(incident)).unwrap_or_else(|| format!("the page of incident {incident}"));
    let text = format!("Write it there, under Root cause: {place}");
    axum::Json(json!({"response_type": "ephemeral", "text": text})).into_response()
}

/// Does what a button says; its value names the incident and the hypothesis.
async fn decide(shared: &Shared, user: &str, action: &str, value: &str) -> Result<(), Problem> {
    let kind = match action {
        "butfor.accept" => DecisionKind::Accept,
        "butfor.discard" => DecisionKind::Discard,
        _ => return Ok(()),
    };
    let value: serde_json::Value = serde_json::from_str(value).unwrap_or_default();
    let incident = value.get("incident").and_then(serde_json::Value::as_i64);
    let hypothesis = value.get("hypothesis").and_then(serde_json::Value::as_str);
    let incident =
        incident.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "the button names no incident"))?;
    let plan = value.get("plan").and_then(serde_json::Value::as_str).unwrap_or_default();
    if !shared.desk.is_current_plan(IncidentId(incident), plan).await? {
        let text = "The verdict has changed since this message was written: look at the newest one.";
        return Err(Problem::new(StatusCode::CONFLICT, text));
    }
    shared.desk.decide(IncidentId(incident), hypothesis, kind, "", &format!("slack:{user}")).await?;
    Ok(())
}
