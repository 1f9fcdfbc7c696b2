//! Microsoft Teams: an Adaptive Card, as a workflow's webhook takes it
//! (<https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook>). All text is in text runs, which know no Markdown
//! (<https://adaptivecards.io/explorer/TextRun.html>).

use super::data::Announcement;
use super::fit::{Room, fit};
use super::message::{Message, Part};
use crate::document::{Line, Tone};
use serde_json::{Value, json};

/// Largest message, bytes: Teams takes 28 KB
/// (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>).
const MESSAGE_MAX: usize = 25_000;

pub(super) fn render(it: &Announcement) -> Value {
    fit(MESSAGE_MAX, |room: &Room| {
        let message = Message::of(it, room);
        let mut card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": {"width": "Full"},
            "body": body(&message),
        });
        if let (Some(url), Some(members)) = (&message.url, card.as_object_mut()) {
            let open = json!({"type": "Action.OpenUrl", "title": Message::link_text(it), "url": url});
            members.insert("actions".to_owned(), json!([open]));
        }
        json!({
            "type": "message",
            "summary": message.title,
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        })
    })
}

fn body(message: &Message) -> Vec<Value> {
    let title = json!({"type": "TextRun", "text": message.title, "size": "Large", "weight": "Bolder"});
    let mut body = vec![block(vec![title])];
    for part in &message.parts {
        match part {
            Part::Prose(line) => body.push(block(runs(line))),
            Part::Command { place, command } => {
                if !place.is_empty() {
                    body.push(block(vec![json!({"type": "TextRun", "text": place, "isSubtle": true})]));
                }
                let run = json!({"type": "TextRun", "text": command, "fontType": "Monospace"});
                body.push(block(vec![run]));
            }
            Part::Ask { .. } => {}
        }
    }
    body
}

fn block(inlines: Vec<Value>) -> Value {
    json!({"type": "RichTextBlock", "inlines": inlines})
}

fn runs(line: &Line) -> Vec<Value> {
    let run = |span: &crate::document::Span| match span.tone {
        Tone::Strong => json!({"type": "TextRun", "text": span.text, "weight": "Bolder"}),
        Tone::Dim | Tone::Hedge => json!({"type": "TextRun", "text": span.text, "isSubtle": true}),
        _ => json!({"type": "TextRun", "text": span.text}),
    };
    line.spans.iter().map(run).collect()
}
