//! The parts of a page that change while somebody looks at it.

use crate::chat;
use crate::chrome::Chrome;
use crate::incident::{self, IncidentPage, Tab};
use crate::progress::progress_fragment;
use crate::text::finish;
use serde::Serialize;

/// New content for one element of a page. As JSON it is the data of one server-sent event named `fragment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fragment {
    /// The element's id.
    pub id: &'static str,
    /// What goes into it.
    pub html: String,
}

impl Fragment {
    /// The data of the event: JSON in one line.
    #[must_use]
    pub fn data(&self) -> String {
        // Cannot fail: two texts.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// All parts of an incident's page that change, as they are now; send those that differ from what was sent last.
#[must_use]
pub fn fragments(chrome: &Chrome, of: &IncidentPage, tab: Tab) -> Vec<Fragment> {
    let mut all = vec![
        Fragment { id: "incident-head", html: finish(&incident::head(of, chrome.now).into_string()) },
        Fragment { id: "progress", html: progress_fragment(of.progress.as_ref(), chrome.now) },
        Fragment { id: "verdict", html: verdict_fragment(of, tab) },
    ];
    all.push(match tab {
        // Only the transcript: somebody may be typing.
        Tab::Chat => Fragment {
            id: "transcript",
            html: finish(&chat::transcript(&of.turns, of.links(), chrome.now).into_string()),
        },
        _ => Fragment { id: "panel", html: finish(&incident::panel(chrome, of, tab).into_string()) },
    });
    all
}

/// What the live page puts into the element `verdict`.
#[must_use]
pub fn verdict_fragment(of: &IncidentPage, tab: Tab) -> String {
    finish(&incident::verdict(of, tab).into_string())
}
