//! Values that must not be shown, and values that were not recorded.

use crate::delta::Facet;
use serde_json::Value;

/// Words for what was left out of a record, without the signs around them. CloudTrail writes
/// `HIDDEN_DUE_TO_SECURITY_REASONS` (CloudTrail User Guide, record contents).
const REMOVED: &[&str] = &[
    "redacted",
    "hidden",
    "masked",
    "filtered",
    "omitted",
    "removed",
    "sensitive",
    "sensitive value",
    "hidden_due_to_security_reasons",
];

/// Parts of names that secrets go by.
const SECRET_NAMES: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "token",
    "credential",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "private",
    "auth",
    "signature",
    "dsn",
    "connection_string",
    "webhook",
    "salt",
    "license_key",
    "encryption_key",
    "signing_key",
];

/// Beginnings of keys and tokens that their makers gave a form (AWS, GitHub, GitLab, Slack, Stripe, JSON Web Tokens, PEM).
const SECRET_PREFIXES: &[&str] = &[
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "sk_live_",
    "sk-",
    "rk_live_",
    "eyJ",
    "-----BEGIN",
    "AIza",
];

/// Members in which people keep secrets: variables of functions, stages and containers.
const KEPT_IN: &[&str] = &["Environment", "Environment/Variables", "variables", "StageVariables"];

/// Shortest text that looks like a key for its letters alone.
const KEY_LENGTH_MIN: usize = 24;

/// Whether a value says that the real one was left out: by whoever recorded it, or by the service.
#[must_use]
pub fn is_redacted(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let is_sign = |letter: char| letter.is_whitespace() || "*<>[](){}#_-.".contains(letter);
    let word = text.trim_matches(is_sign).to_ascii_lowercase();
    let is_blank = |letter: char| matches!(letter, '*' | 'x' | 'X' | '\u{2022}' | '#');
    let covered = text.chars().count() >= 3 && text.chars().all(is_blank);
    covered || REMOVED.contains(&word.as_str()) || is_mark(text)
}

/// Whether a text is what Butfor's own recordings have instead of a value: `redacted:` and eight hex digits, the same for the same value.
fn is_mark(text: &str) -> bool {
    let digits = text.strip_prefix("redacted:");
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Whether a facet's value may be a secret, so that only the command that needs it shows it. A variable counts by its
/// name and by the form of its value; a map of variables always counts.
#[must_use]
pub fn is_secret(facet: &Facet, value: &Value) -> bool {
    if !KEPT_IN.contains(&facet.member.as_str()) {
        return false;
    }
    match (&facet.element, value) {
        (Some(name), Value::String(text)) => names_secret(name) || looks_secret(text),
        (Some(_), _) => true,
        (None, _) => true,
    }
}

fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part)) || name == "key" || name.ends_with("_key")
}

fn looks_secret(text: &str) -> bool {
    let starts = SECRET_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    // scheme://user:password@host
    let has_user = text
        .split_once("://")
        .is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|authority| authority.contains('@')));
    starts || has_user || is_random(text) || text.contains('{')
}

/// Whether a text is long and of letters of both cases and digits in one run, as keys are and words are not.
fn is_random(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '_');
    text.split(|letter| !is_part(letter)).any(|run| {
        let has = |test: fn(&char) -> bool| run.chars().any(|letter| test(&letter));
        run.len() >= KEY_LENGTH_MIN
            && has(char::is_ascii_digit)
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_lowercase)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_redacted, is_secret};
    use crate::delta::Facet;
    use serde_json::{Value, json};

    #[test]
    fn what_stands_for_a_value_that_was_left_out() {
        for (value, expected) in [
            (json!("***"), true),
            (json!("[REDACTED]"), true),
            (json!("<redacted>"), true),
            (json!("***REDACTED***"), true),
            (json!("HIDDEN_DUE_TO_SECURITY_REASONS"), true),
            (json!("(sensitive value)"), true),
            (json!("xxxxxxxx"), true),
            (json!(""), false),
            (json!("x"), false),
            (json!("payments"), false),
            (json!("removed-items"), false),
            (json!(3), false),
        ] {
            assert_eq!(is_redacted(&value), expected, "{value}");
        }
    }

    #[test]
    fn secrets_are_told_by_name_and_by_form() {
        let check = |member: &str, name: &str, value: &str, expected: bool| {
            let facet = Facet { member: member.to_owned(), element: Some(name.to_owned()) };
            assert_eq!(is_secret(&facet, &Value::from(value)), expected, "{name}={value}");
        };
        check("Environment/Variables", "TABLE_NAME", "payments-dev", false);
        check("Environment/Variables", "LOG_LEVEL", "INFO", false);
        check("Environment/Variables", "ENDPOINT", "https://api.example.com/v1", false);
        check("Environment/Variables", "DB_PASSWORD", "a", true);
        check("Environment/Variables", "SIGNING_KEY", "a", true);
        check("Environment/Variables", "DATABASE_URL", "postgres://app:pw@db/orders", true);
        check("Environment/Variables", "X", "AKIAIOSFODNN7EXAMPLE", true);
        check("Environment/Variables", "X", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", true);
        check("variables", "backend", "payments-dev", false);
        check("Attributes", "password", "a", false);
        let all = Facet { member: "Environment/Variables".to_owned(), element: None };
        assert!(is_secret(&all, &json!({"A": "b"})));
    }
}
