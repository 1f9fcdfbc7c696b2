//! What a delivery says, whoever sent it.

use butfor_incident::Timestamp;

/// A body that is not what its format says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{field}`: {message}")]
pub struct Malformed {
    /// Dotted name of the member (`detail.state.value`).
    pub field: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Malformed {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What a delivery asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Alerts and changes, in their order.
    Messages(Vec<Message>),
    /// SNS asks whether its messages are wanted: GET this address. Its host, action and topic were checked.
    ConfirmSubscription {
        /// The checked address.
        url: String,
    },
    /// The sender tries whether anybody is there; answer 200 with this text.
    Ping(String),
}

/// One alert or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same for every delivery of the same message, of one sender.
    pub dedup_key: String,
    /// The sender's own id of the incident, the same from its start to its end, to be sent back to it.
    pub sender_id: Option<String>,
    /// `CloudWatch Alarm: NAME` for alarms (requirement ING-04), else the sender's title.
    pub title: String,
    /// The sender's words; untrusted text.
    pub description: Option<String>,
    /// What to do with it.
    pub action: Action,
    /// How urgent the sender says it is.
    pub priority: Option<Priority>,
    /// A test of the line, not an incident (requirement ING-05).
    pub is_test: bool,
    /// When it happened, by the sender's clock.
    pub at: Option<Timestamp>,
    /// Twelve-digit account.
    pub account: Option<String>,
    /// Region code.
    pub region: Option<String>,
    /// Name of the alarm, monitor or alert rule.
    pub alarm: Option<String>,
    /// The application the sender names.
    pub service: Option<String>,
    /// What the payload names: ARNs, ids, values of dimensions, labels of instances; each once, in order.
    pub resources: Vec<String>,
    /// JSON of this message alone, as a bundle's `alert.json` holds it.
    pub payload: String,
}

/// What a message is to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Something broke.
    Trigger,
    /// News of what is already known: link, do not start.
    Update,
    /// The sender sees it no longer.
    Resolve,
    /// Broken, but its actions are suppressed or muted: record and link, do not start.
    Suppressed {
        /// By which alarm or mute rule.
        by: String,
    },
    /// A deployment or an edited alarm: it belongs on the timeline of changes.
    Change,
    /// Taken, and nothing is done.
    Ignore {
        /// Why, for the answer.
        why: String,
    },
}

/// The five priorities (webhook-formats, section 3), most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Active customer outage.
    Critical,
    /// Production incident.
    High,
    /// Recurring or degraded.
    Medium,
    /// Follow-up.
    Low,
    /// Exploratory.
    Minimal,
}

impl Priority {
    /// Most urgent first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Minimal];

    /// The word in payloads.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
            Self::Minimal => "MINIMAL",
        }
    }

    /// The priority a word names.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.word() == word)
    }

    /// 1 is the most urgent: `P1`, `SEV-2`, `3 - Moderate`, `4`.
    pub(crate) fn numbered(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let rest = ["SEV", "P"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text);
        let rest = rest.trim_start_matches(['-', ' ']);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: usize = rest.get(..end)?.parse().ok()?;
        Self::ALL.get(number.checked_sub(1)?).copied()
    }

    /// The words people put in a `severity` label.
    pub(crate) fn severity(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "critical" | "disaster" | "emergency" => Some(Self::Critical),
            "high" | "major" | "error" | "page" => Some(Self::High),
            "medium" | "moderate" | "warning" | "warn" => Some(Self::Medium),
            "low" | "minor" | "notice" => Some(Self::Low),
            "info" | "informational" | "none" | "debug" => Some(Self::Minimal),
            other => Self::numbered(other),
        }
    }
}

/// What stands before an alarm's name in a title (requirement ING-04).
const TITLE: &str = "CloudWatch Alarm: ";

/// The title of an alarm.
pub(crate) fn alarm_title(name: &str) -> String {
    format!("{TITLE}{name}")
}

/// Whether words say that they are a test (requirement ING-05). A mark counts where a text begins with it, also after
/// other marks; further in it counts only beside a sentence that nothing is to be done, because a real alarm may quote
/// a log line with `[test]` in it.
pub(crate) fn is_test(texts: &[Option<&str>]) -> bool {
    let texts: Vec<_> = texts.iter().flatten().map(|text| text.trim().to_ascii_lowercase()).collect();
    if texts.iter().any(|text| begins_with_mark(text)) {
        return true;
    }
    let any = |words: &str| texts.iter().any(|text| text.contains(words));
    any("[test]") && (any("no investigation needed") || any("safe to ignore"))
}

fn begins_with_mark(text: &str) -> bool {
    let mut rest = text.strip_prefix("cloudwatch alarm: ").unwrap_or(text);
    while let Some((mark, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if mark.trim() == "test" {
            return true;
        }
        rest = after.trim_start();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Priority, is_test};

    #[test]
    fn tests_are_told_from_incidents() {
        for (texts, expected) in [
            (["[TEST] This is a webhook integration test", ""], true),
            (["CloudWatch Alarm: [Test] x", ""], true),
            (["[Triggered] [TEST] cpu", ""], true),
            (["State: ALARM\nReason: [TEST] Manual test. Safe to ignore.", ""], true),
            (["line [TEST] y", "No investigation needed."], true),
            (["CloudWatch Alarm: TEST-checkout", ""], false),
            (["error in log: [test] failed", ""], false),
            (["[prod] checkout", "safe to ignore at night"], false),
            (["[testing] x", ""], false),
        ] {
            assert_eq!(is_test(&texts.map(Some)), expected, "{texts:?}");
        }
    }

    #[test]
    fn priorities_by_number_and_by_word() {
        for (text, expected) in [
            ("P1", Some(Priority::Critical)),
            ("SEV-2", Some(Priority::High)),
            ("3 - Moderate", Some(Priority::Medium)),
            ("4", Some(Priority::Low)),
            ("p5", Some(Priority::Minimal)),
            ("0", None),
            ("6", None),
            ("11", None),
            ("", None),
            ("urgent", None),
        ] {
            assert_eq!(Priority::numbered(text), expected, "{text}");
        }
        assert_eq!(Priority::severity("Warning"), Some(Priority::Medium));
    }
}
