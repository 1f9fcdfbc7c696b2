//! Slack: requests verified, and what they say (Slack API documentation, "Verifying requests from Slack").

use crate::delivery::Delivery;
use crate::integration::Integration;
use crate::json::{get, owned, parse, required};
use crate::mac;
use crate::message::Malformed;
use crate::verify::{Refusal, Verified, bad_signature, required as header};
use serde_json::Value;
use std::collections::BTreeMap;

/// What Slack sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Slack tries the address: answer with the challenge.
    UrlVerification {
        /// The text to answer.
        challenge: String,
    },
    /// An event of the Events API.
    Event {
        /// The same for every try.
        event_id: String,
        /// Workspace.
        team: Option<String>,
        /// How often it was tried before (`X-Slack-Retry-Num`).
        retry: Option<u32>,
        /// The inner event.
        event: Value,
    },
    /// Buttons and menus.
    BlockActions(BlockActions),
    /// A form was sent.
    ViewSubmission {
        /// Who.
        user: String,
        /// Workspace.
        team: Option<String>,
        /// The form with its state.
        view: Value,
    },
    /// A slash command.
    Command(Command),
}

/// What was done with buttons and menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockActions {
    /// Who.
    pub user: String,
    /// Workspace.
    pub team: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// The message with the buttons.
    pub message_ts: Option<String>,
    /// To open a form; good for three seconds.
    pub trigger_id: Option<String>,
    /// Where the message can be edited. Untrusted like all else: hold it to [`is_response_url`].
    pub response_url: Option<String>,
    /// In the order Slack gives them.
    pub actions: Vec<BlockAction>,
}

/// One button or menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockAction {
    /// Which.
    pub action_id: String,
    /// In which block.
    pub block_id: Option<String>,
    /// A button's value, or the chosen option's, or the text typed in.
    pub value: Option<String>,
    /// When, as Slack numbers moments.
    pub action_ts: Option<String>,
}

/// A slash command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// `/butfor`.
    pub command: String,
    /// What stands after it.
    pub text: String,
    /// Who.
    pub user: String,
    /// Workspace.
    pub team: Option<String>,
    /// Channel.
    pub channel: Option<String>,
    /// To open a form; good for three seconds.
    pub trigger_id: Option<String>,
    /// Where to answer later. Hold it to [`is_response_url`].
    pub response_url: Option<String>,
}

/// Verifies a request over its raw bytes: `v0=<hex>` over `v0:timestamp:body`. The secret is the app's signing secret;
/// of the integration only secrets and window are used.
///
/// # Errors
/// [`Refusal`], with the status and code to answer.
pub fn verify(integration: &Integration, delivery: &Delivery<'_>) -> Result<Verified, Refusal> {
    if integration.usable().next().is_none() {
        return Err(Refusal::new(
            401,
            "no-secret",
            "no Slack signing secret is set: take it from the app's settings",
        ));
    }
    let given = header(delivery, "x-slack-signature")?;
    let timestamp = delivery.headers.single("x-slack-request-timestamp")?.ok_or_else(|| {
        Refusal::new(
            401,
            "no-timestamp",
            "`x-slack-request-timestamp` is missing: Slack signs it with the body",
        )
    })?;
    let at = mac::unix(timestamp)?;
    let code = given.strip_prefix(b"v0=").and_then(mac::hex).ok_or_else(bad_signature)?;
    let nonce = mac::to_hex(&code);
    let secret = mac::matching(integration, &[b"v0:", timestamp, b":", delivery.body], &[code])
        .ok_or_else(bad_signature)?;
    mac::fresh(at, delivery.now, integration.window_s)?;
    Ok(Verified { nonce: Some((nonce, mac::until(at, integration.window_s))), secret: Some(secret) })
}

/// Reads a request that [`verify`] has accepted.
///
/// # Errors
/// [`Malformed`], naming the member that is missing or wrong.
pub fn read(delivery: &Delivery<'_>) -> Result<Request, Malformed> {
    let is_json = delivery.body.trim_ascii_start().first() == Some(&b'{');
    if is_json {
        return event(delivery, &parse(delivery.body)?);
    }
    let mut form = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(delivery.body) {
        if form.insert(name.to_string(), value.to_string()).is_some() {
            return Err(Malformed::new(crate::json::short(&name), "came more than once"));
        }
    }
    match form.get("payload") {
        Some(payload) => interaction(&parse(payload.as_bytes())?),
        None => command(&form),
    }
}

/// Whether an address is one of Slack's for answers, and nothing that makes us call somebody else.
#[must_use]
pub fn is_response_url(url: &str) -> bool {
    // GovSlack has a host of its own (Slack documentation, "GovSlack").
    ["https://hooks.slack.com/", "https://hooks.slack-gov.com/"].iter().any(|start| {
        url.strip_prefix(start).is_some_and(|rest| {
            rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'))
        })
    })
}

fn event(delivery: &Delivery<'_>, body: &Value) -> Result<Request, Malformed> {
    match required(body, "type")? {
        "url_verification" => {
            Ok(Request::UrlVerification { challenge: required(body, "challenge")?.to_owned() })
        }
        "event_callback" => Ok(Request::Event {
            event_id: required(body, "event_id")?.to_owned(),
            team: owned(body, "team_id"),
            retry: delivery.headers.text("x-slack-retry-num").and_then(|number| number.parse().ok()),
            event: get(body, "event").clone(),
        }),
        _ => Err(Malformed::new("type", "expected url_verification or event_callback")),
    }
}

fn interaction(payload: &Value) -> Result<Request, Malformed> {
    let user = required(payload, "user.id")?.to_owned();
    let team = owned(payload, "team.id");
    match required(payload, "type")? {
        "block_actions" => {
            let list = get(payload, "actions")
                .as_array()
                .ok_or_else(|| Malformed::new("actions", "missing, or not a list"))?;
            let actions = list.iter().map(action).collect::<Result<_, _>>()?;
            Ok(Request::BlockActions(BlockActions {
                user,
                team,
                channel: owned(payload, "channel.id").or_else(|| owned(payload, "container.channel_id")),
                message_ts: owned(payload, "message.ts").or_else(|| owned(payload, "container.message_ts")),
                trigger_id: owned(payload, "trigger_id"),
                response_url: owned(payload, "response_url"),
                actions,
            }))
        }
        "view_submission" => Ok(Request::ViewSubmission { user, team, view: get(payload, "view").clone() }),
        _ => Err(Malformed::new("type", "expected block_actions or view_submission")),
    }
}

fn action(action: &Value) -> Result<BlockAction, Malformed> {
    let value =
        ["value", "selected_option.value", "selected_user"].iter().find_map(|path| owned(action, path));
    Ok(BlockAction {
        action_id: required(action, "action_id")?.to_owned(),
        block_id: owned(action, "block_id"),
        value,
        action_ts: owned(action, "action_ts"),
    })
}

fn command(form: &BTreeMap<String, String>) -> Result<Request, Malformed> {
    let given = |name: &str| form.get(name).filter(|value| !value.is_empty()).cloned();
    let needed = |name: &str| given(name).ok_or_else(|| Malformed::new(name, "missing"));
    Ok(Request::Command(Command {
        command: needed("command")?,
        text: given("text").unwrap_or_default(),
        user: needed("user_id")?,
        team: given("team_id"),
        channel: given("channel_id"),
        trigger_id: given("trigger_id"),
        response_url: given("response_url"),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Request, is_response_url, read};
    use crate::{Delivery, Headers};
    use butfor_incident::Timestamp;

    fn request(body: &str) -> Result<Request, crate::Malformed> {
        let headers = Headers::new([("X-Slack-Retry-Num", "1")]);
        read(&Delivery::new(&headers, body.as_bytes(), Timestamp::from_seconds(0)))
    }

    #[test]
    fn buttons() {
        // {"type":"block_actions","user":{"id":"U1"},"team":{"id":"T1"},"channel":{"id":"C1"},"message":{"ts":"1.0"},
        // "response_url":"https://hooks.slack.com/actions/T1/1/abc","actions":[{"action_id":"accept","block_id":"h1","value":"plan+1"}]}
        let body = "payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%2C%22team%22%3A%7B%22id%22%3A%22T1%22%7D%2C%22channel%22%3A%7B%22id%22%3A%22C1%22%7D%2C%22message%22%3A%7B%22ts%22%3A%221.0%22%7D%2C%22response_url%22%3A%22https%3A%2F%2Fhooks.slack.com%2Factions%2FT1%2F1%2Fabc%22%2C%22actions%22%3A%5B%7B%22action_id%22%3A%22accept%22%2C%22block_id%22%3A%22h1%22%2C%22value%22%3A%22plan%2B1%22%7D%5D%7D";
        let Ok(Request::BlockActions(sent)) = request(body) else { panic!("{:?}", request(body)) };
        assert_eq!(
            (sent.user.as_str(), sent.channel.as_deref(), sent.message_ts.as_deref()),
            ("U1", Some("C1"), Some("1.0"))
        );
        assert_eq!(sent.actions.len(), 1);
        assert_eq!(
            (sent.actions[0].action_id.as_str(), sent.actions[0].value.as_deref()),
            ("accept", Some("plan+1"))
        );
        assert!(is_response_url(&sent.response_url.unwrap()));
        let form = request(
            "payload=%7B%22type%22%3A%22view_submission%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%2C%22view%22%3A%7B%22id%22%3A%22V%22%7D%7D",
        );
        assert!(matches!(form, Ok(Request::ViewSubmission { .. })), "{form:?}");
    }

    #[test]
    fn commands_and_events() {
        let Ok(Request::Command(command)) =
            request("command=%2Fbutfor&text=why+not%3F&user_id=U1&channel_id=C1")
        else {
            panic!()
        };
        assert_eq!(
            (command.command.as_str(), command.text.as_str(), command.user.as_str()),
            ("/butfor", "why not?", "U1")
        );
        let challenge = request(r#"{"type":"url_verification","challenge":"abc"}"#);
        assert_eq!(challenge, Ok(Request::UrlVerification { challenge: "abc".to_owned() }));
        let event = request(
            r#"{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"app_mention"}}"#,
        );
        let Ok(Request::Event { event_id, retry, .. }) = event else { panic!("{event:?}") };
        assert_eq!((event_id.as_str(), retry), ("Ev1", Some(1)));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (body, field) in [
            ("", "command"),
            ("command=%2Fx", "user_id"),
            ("command=%2Fx&user_id=U1&user_id=U2", "user_id"),
            ("payload=x", "(body)"),
            ("payload=%7B%7D", "user.id"),
            ("{}", "type"),
            (r#"{"type":"event_callback"}"#, "event_id"),
        ] {
            assert_eq!(request(body).unwrap_err().field, field, "{body}");
        }
    }

    #[test]
    fn answers_go_to_slack_alone() {
        for (url, expected) in [
            ("https://hooks.slack.com/commands/T1/2/x_Y-z", true),
            ("https://hooks.slack.com.example.com/commands", false),
            ("https://hooks.slack.com/x@example.com/", false),
            ("http://hooks.slack.com/x", false),
            ("https://example.com/hooks.slack.com/", false),
            ("https://hooks.slack.com/%2e%2e/", false),
        ] {
            assert_eq!(is_response_url(url), expected, "{url}");
        }
    }
}
