//! How much a message has room for: channels refuse what is too large, so a message that does not fit says less.

use crate::clean;
use serde_json::Value;

/// How much of each thing is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Longest text, in characters.
    pub(super) text: usize,
    /// Longest command, in characters; a longer one is left to the page.
    pub(super) command: usize,
    /// Commands.
    pub(super) commands: usize,
    /// Causes.
    pub(super) causes: usize,
    /// Things that still work.
    pub(super) unaffected: usize,
}

/// The most that is told to programs, and to people where there is room.
pub(super) const AMPLE: Room = Room { text: 600, command: 2800, commands: 8, causes: 4, unaffected: 4 };

/// From ample to what fits anywhere.
const ROOMS: [Room; 4] = [
    AMPLE,
    Room { text: 300, command: 1500, commands: 4, causes: 3, unaffected: 2 },
    Room { text: 200, command: 600, commands: 2, causes: 2, unaffected: 1 },
    Room { text: 120, command: 0, commands: 0, causes: 1, unaffected: 0 },
];

/// The fullest message of at most `limit` bytes.
pub(super) fn fit(limit: usize, make: impl Fn(&Room) -> Value) -> Value {
    let mut last = Value::Null;
    for room in &ROOMS {
        last = make(room);
        if last.to_string().len() <= limit {
            break;
        }
    }
    last
}

/// One clean line of at most `most` characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let text = clean::line(text);
    let text = text.trim();
    let mut cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() {
        // The last word may be half of one.
        cut.truncate(cut.trim_end_matches('.').len());
        cut.push_str("...");
    }
    cut
}
