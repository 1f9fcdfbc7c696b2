//! The words pages share: outcomes, grades, ages, kinds of resources; each with how it looks.

use butfor_incident::Timestamp;
use maud::{Markup, html};

/// How something looks: the suffix of a class of the style sheet. Never the only sign; a word is always beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Good,
    Hedge,
    Calm,
    Busy,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
            Self::Hedge => "warn",
            Self::Calm => "calm",
            Self::Busy => "busy",
        }
    }
}

/// A status chip.
pub(crate) fn chip(tone: Tone, word: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (word) } }
}

/// An outcome of a report in a word or two; no outcome means that it is still being looked at.
pub(crate) fn outcome(outcome: Option<&str>, causes: usize) -> (String, Tone) {
    let (word, tone) = match outcome {
        None => ("Investigating", Tone::Busy),
        Some("root_cause") if causes > 1 => return (format!("{causes} root causes"), Tone::Bad),
        Some("root_cause") => ("Root cause", Tone::Bad),
        Some("recovered") => ("Recovered", Tone::Good),
        Some("no_fault") => ("No fault", Tone::Good),
        Some("competing") => ("Not decided", Tone::Hedge),
        Some("undetermined") => ("Undetermined", Tone::Hedge),
        Some(other) => (other, Tone::Calm),
    };
    (word.to_owned(), tone)
}

/// A grade in a word, and what it means: how we know, not how sure we feel.
pub(crate) fn grade(grade: &str) -> (String, &'static str, Tone) {
    let (word, meaning, tone) = match grade {
        "proven" => ("Proven", "Undoing it in the model removes the symptom.", Tone::Good),
        "corroborated" => (
            "Corroborated",
            "Independent evidence names the same thing; it is not proven in the model.",
            Tone::Hedge,
        ),
        "suspected" => ("Suspected", "Time and place fit, and nothing more is known.", Tone::Hedge),
        other => (other, "", Tone::Calm),
    };
    (word.to_owned(), meaning, tone)
}

/// Why something could not be looked at.
pub(crate) fn gap_reason(reason: &str) -> &str {
    match reason {
        "denied" => "permission denied",
        "timed_out" => "no answer in time",
        "throttled" => "throttled",
        "not_configured" => "not in the input",
        "malformed" => "could not be read",
        "truncated" => "cut off; there is more",
        "over_budget" => "limit reached",
        "not_yet_visible" => "too recent to be visible",
        other => other,
    }
}

/// How long ago, in the largest fitting unit; what is not past is `just now`.
pub(crate) fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds_since(at);
    match seconds {
        ..=9 => "just now".to_owned(),
        10..=89 => format!("{seconds} s ago"),
        90..=5399 => format!("{} min ago", (seconds + 30) / 60),
        5400..=129_599 => format!("{} h ago", (seconds + 1800) / 3600),
        _ => format!("{} days ago", (seconds + 43_200) / 86_400),
    }
}

/// A moment as people read it: the age, with the exact moment for machines and on hover.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at) { (age(at, now)) } }
}

/// A moment in full: `2026-05-19 20:10:37 UTC`.
pub(crate) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.date()) " " (at.clock()) " UTC" } }
}

/// A text that should be a moment, as one where it is.
pub(crate) fn moment_of(text: &str) -> Markup {
    match Timestamp::parse(text) {
        Ok(at) => moment(at),
        Err(_) => html! { (text) },
    }
}

/// `1 alert`, `3 alerts`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A CloudFormation type name in words: `AWS::EC2::NetworkAcl` becomes `network ACL`.
pub(crate) fn kind(type_name: &str) -> String {
    let name = type_name.rsplit("::").next().unwrap_or(type_name);
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for (i, &c) in chars.iter().enumerate() {
        let next_is_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let starts = c.is_uppercase() && (!before.is_uppercase() || next_is_lower);
        match words.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = c;
    }
    let spoken = words.iter().map(|word| match word.as_str() {
        "Nat" | "Acl" | "Vpc" => word.to_uppercase(),
        _ if word.chars().count() > 1 && word.chars().all(char::is_uppercase) => word.clone(),
        _ => word.to_lowercase(),
    });
    spoken.collect::<Vec<_>>().join(" ")
}

/// A share, 0 to 1, as a percentage; never rounded up to all or down to nothing.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent > 99.0 && percent < 100.0 => "over 99%".to_owned(),
        _ if percent > 0.0 && percent < 1.0 => "under 1%".to_owned(),
        _ => format!("{percent:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, kind, outcome, percent};
    use butfor_incident::Timestamp;

    #[test]
    fn an_age_has_one_unit() {
        let check = |seconds: i64, expected: &str| {
            let now = Timestamp::from_seconds(10_000_000);
            assert_eq!(age(now.plus_seconds(-seconds), now), expected);
        };
        check(-5, "just now");
        check(3, "just now");
        check(59, "59 s ago");
        check(125, "2 min ago");
        check(5400, "2 h ago");
        check(3 * 86_400, "3 days ago");
    }

    #[test]
    fn outcomes_and_kinds_are_words() {
        assert_eq!(outcome(None, 0).0, "Investigating");
        assert_eq!(outcome(Some("root_cause"), 2).0, "2 root causes");
        assert_eq!(outcome(Some("something_new"), 0).0, "something_new");
        assert_eq!(kind("AWS::EC2::NatGateway"), "NAT gateway");
        assert_eq!(kind("AWS::RDS::DBInstance"), "DB instance");
        assert_eq!(kind("internet"), "internet");
    }

    #[test]
    fn a_share_is_not_rounded_to_all_or_nothing() {
        assert_eq!(percent(0.999), "over 99%");
        assert_eq!(percent(0.5), "50%");
    }
}
