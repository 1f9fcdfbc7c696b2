//! Slack: one message for an incident, edited in place; what is new is said in its thread.

use super::{ANSWER_MAX, Secret, SetupError, base, later, never, rendered, taken, unsent};
use crate::outbound::{Outbound, Request};
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use serde_json::{Map, Value, json};

/// Slack's own; GovSlack has another.
const BASE: &str = "https://slack.com";

/// A channel of Slack, written to with a bot token that has `chat:write`.
///
/// A message is posted once. Told again with the receipt of it, the message is edited and a reply goes into its thread: the edit may be
/// repeated, a reply whose answer was lost is said twice, as Slack takes no idempotency key.
#[derive(Debug)]
pub struct Slack {
    name: String,
    outbound: Outbound,
    base: String,
    token: Secret,
    channel: String,
}

impl Slack {
    /// `channel` is a name or an id; `url` is another address of Slack's API.
    ///
    /// # Errors
    /// [`SetupError`] for an address that is not talked to, or a token that cannot be one.
    pub fn new(
        name: &str,
        outbound: Outbound,
        token: Secret,
        channel: &str,
        url: Option<&str>,
    ) -> Result<Self, SetupError> {
        if !token.is_sound() {
            return Err(SetupError::new(name, "its token is empty or holds a line break"));
        }
        let base = base(name, url.unwrap_or(BASE), outbound.allows_private())?;
        Ok(Self { name: name.to_owned(), outbound, base, token, channel: channel.to_owned() })
    }

    async fn call(&self, method: &str, arguments: Value) -> Result<Value, Refusal> {
        let url = format!("{}/api/{method}", self.base);
        let headers = vec![
            ("authorization".to_owned(), format!("Bearer {}", self.token.reveal())),
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ];
        let request =
            Request { method: "POST", url: &url, headers, body: arguments.to_string().into_bytes() };
        let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
        taken(&answer, "check the bot token and that the app has the scope `chat:write`")?;
        let body: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| later(format!("`{}` answered with something else than JSON", answer.host), None))?;
        if body.get("ok").and_then(Value::as_bool) == Some(true) {
            return Ok(body);
        }
        Err(refused(body.get("error").and_then(Value::as_str).unwrap_or_default(), answer.retry_after_s))
    }

    async fn post(&self, message: &Value, channel: &str, thread: Option<&str>) -> Result<Value, Refusal> {
        let mut arguments = shown(message);
        arguments.insert("channel".to_owned(), json!(channel));
        arguments.insert("unfurl_links".to_owned(), json!(false));
        arguments.insert("unfurl_media".to_owned(), json!(false));
        if let Some(thread) = thread {
            arguments.insert("thread_ts".to_owned(), json!(thread));
        }
        self.call("chat.postMessage", Value::Object(arguments)).await
    }

    async fn first(&self, message: &Value) -> Result<String, NotifyError> {
        let posted = self.post(message, &self.channel, None).await?;
        let part = |name: &str| posted.get(name).and_then(Value::as_str).filter(|part| is_plain(part));
        match (part("channel"), part("ts")) {
            (Some(channel), Some(ts)) => Ok(format!("{channel}/{ts}")),
            // It is posted all the same: trying again would post it twice.
            _ => Ok(String::new()),
        }
    }

    async fn again(&self, message: &Value, previous: &str) -> Result<String, NotifyError> {
        let Some((channel, ts)) = previous.split_once('/') else { return self.first(message).await };
        let mut arguments = shown(message);
        arguments.insert("channel".to_owned(), json!(channel));
        arguments.insert("ts".to_owned(), json!(ts));
        match self.call("chat.update", Value::Object(arguments)).await {
            Ok(_) => {}
            Err(Refusal::Gone) => return self.first(message).await,
            Err(Refusal::Other(error)) => return Err(error),
        }
        if let Some(reply) = message.get("reply").filter(|reply| reply.is_object()) {
            self.post(reply, channel, Some(ts)).await?;
        }
        Ok(previous.to_owned())
    }
}

impl Notifier for Slack {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let message = rendered(&telling.body)?;
            match &telling.previous {
                Some(previous) => self.again(&message, previous).await,
                None => self.first(&message).await,
            }
        })
    }
}

/// Why Slack does not take it.
enum Refusal {
    /// The message that should be edited cannot be.
    Gone,
    Other(NotifyError),
}

impl From<NotifyError> for Refusal {
    fn from(error: NotifyError) -> Self {
        Self::Other(error)
    }
}

impl From<Refusal> for NotifyError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Gone => never("the message that should be edited is gone"),
            Refusal::Other(error) => error,
        }
    }
}

/// Slack's codes (<https://docs.slack.dev/reference/methods/chat.postMessage#errors>, `.../chat.update#errors`).
fn refused(code: &str, retry_after_s: Option<u32>) -> Refusal {
    let says = |advice: &str| format!("Slack says `{code}`: {advice}");
    let error = match code {
        "message_not_found" | "cant_update_message" | "edit_window_closed" => return Refusal::Gone,
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
            later(says("it asks to wait"), retry_after_s)
        }
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org"
        | "accesslimited" => later(says("it is tried again"), retry_after_s),
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired"
        | "org_login_required" => never(says("configure a bot token that is valid")),
        "missing_scope" | "no_permission" | "not_allowed_token_type" => {
            never(says("give the app the scope `chat:write` and install it again"))
        }
        "channel_not_found" | "not_in_channel" | "is_archived" => {
            never(says("name a channel that exists and invite the app to it"))
        }
        // Only what can be a code is repeated.
        code if code.len() <= 60 && is_plain(code) => never(says("the message is not taken")),
        _ => never("Slack does not take the message and does not say why"),
    };
    Refusal::Other(error)
}

/// What is shown, without what is for us.
fn shown(message: &Value) -> Map<String, Value> {
    let members = message.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| matches!(name.as_str(), "text" | "blocks"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// An id or a code: nothing else comes into a receipt or an error.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
