//! Deployment hooks of GitHub and GitLab: they belong on the timeline of changes.

use crate::delivery::Delivery;
use crate::generic;
use crate::json::{body_key, first, get, owned, required, scalar, short, time};
use crate::message::{Action, Content, Malformed, Message};
use crate::named::Named;
use butfor_incident::Timestamp;
use serde_json::Value;

/// A deployment, whichever side it came from.
struct Deployment {
    id: String,
    key: String,
    repository: Option<String>,
    service: Option<String>,
    environment: Option<String>,
    state: String,
    reference: Option<String>,
    commit: Option<String>,
    by: Option<String>,
    text: Option<String>,
    at: Option<Timestamp>,
}

/// GitHub's `deployment` and `deployment_status` events (GitHub documentation, "Webhook events and payloads").
pub(crate) fn github(delivery: &Delivery<'_>, body: &Value) -> Result<Content, Malformed> {
    // The header that names the event is not signed; the body is.
    if body.get("zen").is_some() && body.get("hook_id").is_some() {
        return Ok(Content::Ping("pong".to_owned()));
    }
    let deployment = get(body, "deployment");
    if !deployment.is_object() {
        let event = delivery.headers.text("x-github-event").unwrap_or("this event");
        let why = format!("`{}` is no deployment", short(event));
        return Ok(Content::Messages(vec![ignored("github", body, why)]));
    }
    let id = scalar(deployment, "id").ok_or_else(|| Malformed::new("deployment.id", "missing"))?;
    let status = get(body, "deployment_status");
    let (state, part, at) = if status.is_object() {
        let state = required(body, "deployment_status.state")?;
        let part = scalar(status, "id").unwrap_or_else(|| state.to_owned());
        (
            state.to_owned(),
            part,
            first_time(body, &["deployment_status.updated_at", "deployment_status.created_at"])?,
        )
    } else {
        ("created".to_owned(), "created".to_owned(), first_time(body, &["deployment.created_at"])?)
    };
    let deployment = Deployment {
        key: format!("{id} {part}"),
        id,
        repository: owned(body, "repository.full_name"),
        service: owned(body, "repository.name"),
        environment: owned(status, "environment").or_else(|| owned(deployment, "environment")),
        state,
        reference: owned(deployment, "ref"),
        commit: owned(deployment, "sha"),
        by: first(body, &["deployment_status.creator.login", "deployment.creator.login", "sender.login"]),
        text: owned(status, "description").or_else(|| owned(deployment, "description")),
        at,
    };
    Ok(Content::Messages(vec![message("github", &deployment, body)]))
}

/// GitLab's deployment events (GitLab documentation, "Webhook events", deployment events).
pub(crate) fn gitlab(body: &Value) -> Result<Message, Malformed> {
    let kind = required(body, "object_kind")?;
    if kind != "deployment" {
        return Ok(ignored("gitlab", body, format!("`{}` is no deployment", short(kind))));
    }
    let state = required(body, "status")?;
    let id = scalar(body, "deployment_id").ok_or_else(|| Malformed::new("deployment_id", "missing"))?;
    let deployment = Deployment {
        key: format!("{id} {state}"),
        id,
        repository: owned(body, "project.path_with_namespace"),
        service: owned(body, "project.name"),
        environment: owned(body, "environment"),
        state: state.to_owned(),
        reference: owned(body, "ref"),
        commit: first(body, &["commit_url", "short_sha"])
            .map(|commit| commit.rsplit('/').next().unwrap_or_default().to_owned()),
        by: first(body, &["user.username", "user.name"]),
        text: owned(body, "commit_title"),
        at: gitlab_time(body),
    };
    Ok(message("gitlab", &deployment, body))
}

fn message(source: &str, deployment: &Deployment, body: &Value) -> Message {
    let what = deployment.repository.as_deref().unwrap_or("a repository");
    let place = deployment.environment.as_deref().map(|place| format!(" to {place}")).unwrap_or_default();
    let past = match deployment.state.as_str() {
        "created" => "requested",
        "in_progress" | "running" => "started",
        "success" => "succeeded",
        "failure" | "failed" | "error" => "failed",
        other => other,
    };
    // A queue does not change what runs.
    let is_change =
        !matches!(deployment.state.as_str(), "queued" | "pending" | "waiting" | "blocked" | "inactive");
    let facts = [
        ("ref", &deployment.reference),
        ("commit", &deployment.commit),
        ("by", &deployment.by),
        ("text", &deployment.text),
    ];
    let facts: Vec<_> =
        facts.iter().filter_map(|(name, fact)| Some(format!("{name}: {}", fact.as_ref()?))).collect();
    let mut resources = Named::default();
    [&deployment.repository, &deployment.commit].into_iter().flatten().for_each(|name| resources.add(name));
    let mut message = Message {
        dedup_key: format!("deployment {what} {}", deployment.key),
        sender_id: Some(deployment.id.clone()),
        title: format!("deployment of {what}{place} {past}"),
        description: (!facts.is_empty()).then(|| facts.join("\n")),
        action: match is_change {
            true => Action::Change,
            false => Action::Ignore {
                why: format!("a deployment that is `{}` changes nothing", short(&deployment.state)),
            },
        },
        priority: None,
        is_test: false,
        at: deployment.at,
        account: None,
        region: None,
        alarm: None,
        service: deployment.service.clone(),
        resources: resources.list(),
        payload: String::new(),
    };
    message.payload = generic::payload(source, &message, body);
    message
}

/// Another event of the same hook.
fn ignored(source: &str, body: &Value, why: String) -> Message {
    let mut message = Message {
        dedup_key: body_key(&body.to_string()),
        sender_id: None,
        title: why.clone(),
        description: None,
        action: Action::Ignore { why },
        priority: None,
        is_test: false,
        at: None,
        account: None,
        region: None,
        alarm: None,
        service: None,
        resources: Vec::new(),
        payload: String::new(),
    };
    message.payload = generic::payload(source, &message, body);
    message
}

fn first_time(body: &Value, paths: &[&str]) -> Result<Option<Timestamp>, Malformed> {
    for path in paths {
        if let Some(at) = time(body, path)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// `2021-04-28 21:50:00 +0200`: GitLab's own notation, with a space before the offset.
fn gitlab_time(body: &Value) -> Option<Timestamp> {
    let text = owned(body, "status_changed_at")?;
    let text = match text.replacen(" +", "+", 1).replacen(" -", "-", 1).split_once(' ') {
        Some((date, time)) => format!("{date}T{}", time.replace(" UTC", "Z")),
        None => text,
    };
    crate::json::moment(&text)
}
