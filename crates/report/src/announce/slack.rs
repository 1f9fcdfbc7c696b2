//! Slack: blocks. Prose and commands are rich text, whose texts Slack does not interpret; only what notifications show is mrkdwn.

use super::data::Announcement;
use super::fit::{Room, fit, line};
use super::message::{Message, Part};
use crate::document::{Line, Tone};
use serde_json::{Value, json};

/// Largest message, bytes: below what Slack takes in one message with blocks.
const MESSAGE_MAX: usize = 13_000;
/// Most blocks of a message (<https://docs.slack.dev/reference/block-kit/blocks>).
const BLOCKS_MAX: usize = 50;
/// Longest text of a header, characters (<https://docs.slack.dev/reference/block-kit/blocks/header-block>).
const HEADER_MAX: usize = 150;
/// Longest value of a button (<https://docs.slack.dev/reference/block-kit/block-elements/button-element>).
const VALUE_MAX: usize = 2000;
/// Longest text of a button, the same page.
const LABEL_MAX: usize = 75;
/// Longest text of an element; a command that is longer is not told (`Room::command`).
const TEXT_MAX: usize = 3000;

pub(super) fn render(it: &Announcement) -> Value {
    fit(MESSAGE_MAX, |room: &Room| {
        let message = Message::of(it, room);
        json!({
            "text": mrkdwn(&message.title),
            "blocks": blocks(it, &message),
            "reply": {"text": mrkdwn(&message.short), "blocks": rich(&mut vec![prose(&Line::plain(&message.short))])
                .map(|block| vec![block])},
        })
    })
}

fn blocks(it: &Announcement, message: &Message) -> Vec<Value> {
    let header = json!({"type": "plain_text", "text": line(&message.title, HEADER_MAX - 3), "emoji": false});
    let mut blocks = vec![json!({"type": "header", "text": header})];
    let mut elements = Vec::new();
    if let Some(url) = &message.url {
        let link = json!({"type": "link", "url": url, "text": Message::link_text(it)});
        elements.push(section(vec![link, json!({"type": "text", "text": "\n"})]));
    }
    let mut asked = 0;
    for part in &message.parts {
        match part {
            Part::Prose(line) => elements.push(prose(line)),
            Part::Command { place, command } => {
                if !place.is_empty() {
                    elements.push(prose(&Line::toned(Tone::Dim, place)));
                }
                let text = json!({"type": "text", "text": command});
                elements.push(json!({"type": "rich_text_preformatted", "elements": [text]}));
            }
            Part::Ask { cause, hypothesis } => {
                asked += 1;
                blocks.extend(rich(&mut elements));
                blocks.extend(buttons(it, cause, hypothesis, asked));
            }
        }
    }
    blocks.extend(rich(&mut elements));
    blocks.truncate(BLOCKS_MAX);
    blocks
}

/// What was said since the last block.
fn rich(elements: &mut Vec<Value>) -> Option<Value> {
    (!elements.is_empty()).then(|| json!({"type": "rich_text", "elements": std::mem::take(elements)}))
}

fn section(elements: Vec<Value>) -> Value {
    json!({"type": "rich_text_section", "elements": elements})
}

fn prose(line: &Line) -> Value {
    let mut texts: Vec<Value> = Vec::new();
    for span in &line.spans {
        let text: String = span.text.chars().take(TEXT_MAX).collect();
        texts.push(match span.tone {
            Tone::Strong => json!({"type": "text", "text": text, "style": {"bold": true}}),
            Tone::Dim | Tone::Hedge => json!({"type": "text", "text": text, "style": {"italic": true}}),
            _ => json!({"type": "text", "text": text}),
        });
    }
    // Sections follow each other on one line unless one ends it.
    texts.push(json!({"type": "text", "text": "\n"}));
    section(texts)
}

/// Accept, Discard, Add note, about a cause. A press carries what was seen: incident, hypothesis, digest of the plan.
fn buttons(it: &Announcement, cause: &str, hypothesis: &str, number: usize) -> Option<Value> {
    let plan = it.told.as_ref().map(|told| told.plan.digest.as_str()).unwrap_or_default();
    let value = json!({"incident": it.about.incident, "hypothesis": hypothesis, "plan": plan}).to_string();
    // An id cannot be cut: without it a press would say nothing.
    if hypothesis.is_empty() || value.chars().count() > VALUE_MAX {
        return None;
    }
    let button = |action: &str, label: &str| {
        let label = line(&format!("{label} {}", cause.to_lowercase()), LABEL_MAX - 3);
        json!({
            "type": "button",
            "action_id": format!("butfor.{action}"),
            "text": {"type": "plain_text", "text": label, "emoji": false},
            "value": value,
        })
    };
    let (mut accept, mut discard, note) =
        (button("accept", "Accept"), button("discard", "Discard"), button("note", "Add note to"));
    if let Some(members) = accept.as_object_mut() {
        members.insert("style".to_owned(), json!("primary"));
    }
    if let Some(members) = discard.as_object_mut() {
        members.insert("style".to_owned(), json!("danger"));
    }
    let id = format!("butfor.cause.{number}");
    Some(json!({"type": "actions", "block_id": id, "elements": [accept, discard, note]}))
}

/// Text in Slack's markup, for notifications: nothing in it becomes a mention, a link or a channel
/// (<https://docs.slack.dev/messaging/formatting-message-text#escaping>).
fn mrkdwn(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
