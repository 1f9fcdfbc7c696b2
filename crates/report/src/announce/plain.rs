//! Plain text: e-mail, notes of tickets, topics.

use super::data::Announcement;
use super::message::{Message, Part, plain};

/// The message as text, line by line; commands stand on lines of their own, as they are.
pub(super) fn text(it: &Announcement, message: &Message) -> String {
    let mut out = format!("{}\n", message.title);
    let mut lines = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    for part in &message.parts {
        match part {
            Part::Prose(line) => lines(&plain(line)),
            Part::Command { place, command } if place.is_empty() => lines(&format!("\n{command}\n")),
            Part::Command { place, command } => lines(&format!("\n# {place}\n{command}\n")),
            Part::Ask { .. } => {}
        }
    }
    if let Some(url) = &message.url {
        lines(&format!("{}: {url}", Message::link_text(it)));
    }
    out
}
