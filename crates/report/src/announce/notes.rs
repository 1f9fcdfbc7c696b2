//! Notes of tickets, and topics.

use super::data::{Announcement, Record, System};
use super::fit::{Room, fit};
use super::message::{Message, Part};
use super::{event, plain};
use crate::document::Line;
use serde_json::{Value, json};

/// Longest note, bytes. ServiceNow shows more, PagerDuty's notes are read on a phone; both take this.
const NOTE_MAX: usize = 12_000;
/// Longest message to a topic, bytes: 256 KiB less what escaping and other arguments take
/// (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
const TOPIC_MAX: usize = 100_000;
/// Longest subject, characters (the same page): less than 100, ASCII, no line break.
const SUBJECT_MAX: usize = 99;
/// Longest text of an SMS that is one message, characters
/// (<https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>).
const SMS_MAX: usize = 140;

/// A note on each of the sender's records; `None` where there is none.
pub(super) fn render(it: &Announcement, system: System) -> Option<Value> {
    let mut records: Vec<&str> = Vec::new();
    for record in it.about.records.iter().filter(|record| record.system == system && is_id(record)) {
        if !records.contains(&record.id.as_str()) {
            records.push(&record.id);
        }
    }
    if records.is_empty() {
        return None;
    }
    let make = |room: &Room| {
        let mut message = Message::of(it, room);
        if system == System::ServiceNow {
            without_code(&mut message);
        }
        json!({"records": records, "text": plain::text(it, &message)})
    };
    Some(fit(NOTE_MAX, make))
}

/// Whether it can be an id, which becomes a part of a URL: a `sys_id` is 32 hexadecimal digits, PagerDuty's are upper-case
/// letters and digits.
fn is_id(record: &Record) -> bool {
    let id = record.id.as_bytes();
    match record.system {
        System::ServiceNow => id.len() == 32 && id.iter().all(u8::is_ascii_hexdigit),
        System::PagerDuty => {
            (1..=40).contains(&id.len()) && id.iter().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        }
    }
}

/// A work note shows what stands between `[code]` and `[/code]` as HTML: no text may bring that along
/// (<https://www.servicenow.com/docs/bundle/zurich-platform-administration/page/administer/field-administration/concept/c_JournalFields.html>).
fn without_code(message: &mut Message) {
    message.title = broken(&message.title);
    for part in &mut message.parts {
        match part {
            Part::Prose(line) => {
                for span in &mut line.spans {
                    span.text = broken(&span.text);
                }
                // Two pieces beside each other could make one.
                if holds_code(&super::message::plain(line)) {
                    *line = Line::plain(broken(&super::message::plain(line)));
                }
            }
            Part::Command { command, .. } if holds_code(command) => {
                *part = Part::Prose(Line::plain("Its command cannot be shown here: see the investigation."));
            }
            Part::Command { .. } | Part::Ask { .. } => {}
        }
    }
}

fn holds_code(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("[code") || text.contains("[/code")
}

fn broken(text: &str) -> String {
    if holds_code(text) { text.replace('[', "(").replace(']', ")") } else { text.to_owned() }
}

/// A message to a topic.
pub(super) fn sns(it: &Announcement) -> Value {
    fit(TOPIC_MAX, |room| {
        let message = Message::of(it, room);
        let by_protocol = json!({
            "default": event::render(it).to_string(),
            "email": plain::text(it, &message),
            "sms": message.short.chars().take(SMS_MAX).collect::<String>(),
        });
        json!({"subject": subject(&message.title), "message": by_protocol.to_string()})
    })
}

/// ASCII that begins with a letter: other characters are refused.
fn subject(title: &str) -> String {
    let text: String =
        title.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect();
    format!("Butfor: {text}").chars().take(SUBJECT_MAX).collect()
}
