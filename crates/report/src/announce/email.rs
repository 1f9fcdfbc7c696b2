//! E-mail: a subject of one line, text, and the same as simple HTML.

use super::data::Announcement;
use super::fit::{Room, fit, line};
use super::message::{Message, Part};
use super::plain;
use crate::document::{Line, Tone};
use serde_json::{Value, json};

/// Largest mail, bytes of both forms: mail programs cut off long ones (Gmail at 102 KB).
const MAIL_MAX: usize = 90_000;
/// Longest subject, characters: RFC 5322, section 2.1.1, wants lines of less than 998; people see the first 60.
const SUBJECT_MAX: usize = 180;

pub(super) fn render(it: &Announcement) -> Value {
    fit(MAIL_MAX, |room: &Room| {
        let message = Message::of(it, room);
        json!({
            "subject": line(&format!("[Butfor {}] {}", it.about.incident, message.title), SUBJECT_MAX),
            "text": plain::text(it, &message),
            "html": html(it, &message),
        })
    })
}

/// No style sheet, picture or script: what every mail program shows, dark or light.
fn html(it: &Announcement, message: &Message) -> String {
    let mut out = format!("<html><body>\n<h3>{}</h3>\n", escaped(&message.title));
    for part in &message.parts {
        match part {
            Part::Prose(line) => out.push_str(&format!("<p>{}</p>\n", spans(line))),
            Part::Command { place, command } => {
                out.push_str(&format!("<p>{}</p>\n<pre>{}</pre>\n", escaped(place), escaped(command)));
            }
            Part::Ask { .. } => {}
        }
    }
    if let Some(url) = &message.url {
        let text = Message::link_text(it);
        out.push_str(&format!("<p><a href=\"{}\">{}</a></p>\n", escaped(url), escaped(&text)));
    }
    out.push_str("</body></html>\n");
    out
}

fn spans(line: &Line) -> String {
    let span = |span: &crate::document::Span| match span.tone {
        Tone::Strong => format!("<b>{}</b>", escaped(&span.text)),
        _ => escaped(&span.text),
    };
    line.spans.iter().map(span).collect()
}

/// Text in HTML, also within a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
