//! What secrets look like, wherever they stand.

use super::places::means_secret;
use super::{MARK, Redactor};
use regex_lite::Regex;
use std::sync::LazyLock;

/// A shape of secrets. The first group of the pattern is what is hidden.
struct Shape {
    /// Texts without any of these cannot match: most texts are done with after a glance.
    hints: &'static [&'static str],
    pattern: &'static str,
}

/// All shapes but the secret access key, which has no mark of its own ([`secret_keys`]).
const SHAPES: &[Shape] = &[
    // PEM (RFC 7468): keys and certificates, also those cut off at the end.
    Shape {
        hints: &["-----BEGIN"],
        pattern: r"(-----BEGIN [A-Z0-9 ]+-----[^-]*(?:-----END [A-Z0-9 ]+-----)?)",
    },
    // JSON web tokens (RFC 7519): base64url of `{"` is `eyJ`.
    Shape { hints: &["eyJ"], pattern: r"(eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)" },
    // Access key ids, long-term and of STS (IAM User Guide, "Unique identifiers").
    Shape { hints: &["AKIA", "ASIA"], pattern: r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b" },
    // Session tokens of STS as they begin today; the service asks not to rely on their form, the names beside them help.
    Shape { hints: &["IQoJ", "FwoG", "FQoG"], pattern: r"\b((?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=_-]{60,})" },
    // Links signed by Signature Version 4 ("Authenticating Requests: Using Query Parameters").
    Shape { hints: &["X-Amz-"], pattern: r"X-Amz-(?:Signature|Security-Token|Credential)=([^&\s]+)" },
    // `scheme://user:password@host` (RFC 3986, section 3.2.1), also with a password that should have been escaped.
    Shape { hints: &["://"], pattern: r#"://[^\s/:@]*:([^\s"'<>,]+)@"# },
    // Assignments: `Password=...;` (ADO.NET), `password=... host=...` (libpq), `?password=...` (JDBC), `export TOKEN=...`.
    Shape {
        hints: &["=", ":"],
        pattern: r#"(?i)(?:pass(?:word|wd|phrase)|pwd|api[_-]?key|access[_-]?key|account[_-]?key|auth[_-]?token|client[_-]?secret|secret[_-]?key)"?'?\s*[=:]\s*"?'?([^\s"',;&}\\]+)"#,
    },
    // With an equals sign only: with a colon these words are parts of ARNs (`secret:name`) and of action names.
    Shape { hints: &["="], pattern: r#"(?i)(?:secret|token)"?'?\s*=\s*"?'?([^\s"',;&}\\]+)"# },
    // HTTP authorization (RFC 6750, RFC 7617).
    Shape { hints: &["earer ", "asic "], pattern: r"(?i)\b(?:bearer|basic) ([A-Za-z0-9._~+/=-]{12,})" },
    // Tokens that carry their maker's mark: GitHub, GitLab, Slack, Stripe, Google.
    Shape {
        hints: &[
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "xox",
            "sk_live_",
            "rk_live_",
            "AIza",
        ],
        pattern: r"\b((?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{8,}|[sr]k_live_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{30,}))",
    },
];

static PATTERNS: LazyLock<Vec<(&'static [&'static str], Regex)>> = LazyLock::new(|| {
    SHAPES.iter().filter_map(|shape| Some((shape.hints, Regex::new(shape.pattern).ok()?))).collect()
});

/// How often a text is looked at again; twice is what contrived texts need.
const ROUNDS_MAX: usize = 8;

/// Beginnings of values that refer to a secret kept elsewhere, or say that there is none.
const REFERENCES: [&str; 6] = [MARK, "arn:", "{{resolve:", "${", "$(", "<"];

/// Whether what stands where a secret could stand is none: a reference, or a port (`https://host:8443/a@b`).
fn is_reference(value: &str) -> bool {
    REFERENCES.iter().any(|reference| value.starts_with(reference))
        || value.trim_start_matches(|letter: char| letter.is_ascii_digit()).starts_with('/')
}

impl Redactor {
    /// The text without secrets; `None` when there were none.
    pub(super) fn scrubbed(&self, text: &str) -> Option<String> {
        // What is left of one secret may look like a part of another: again, until nothing is found.
        let mut scrubbed = self.scrubbed_once(text)?;
        for _ in 0..ROUNDS_MAX {
            match self.scrubbed_once(&scrubbed) {
                Some(next) if next != scrubbed => scrubbed = next,
                _ => break,
            }
        }
        Some(scrubbed)
    }

    fn scrubbed_once(&self, text: &str) -> Option<String> {
        if let Some(redacted) = self.embedded(text) {
            return Some(redacted);
        }
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (hints, pattern) in PATTERNS.iter() {
            if !hints.iter().any(|hint| text.contains(hint)) {
                continue;
            }
            for found in pattern.captures_iter(text).filter_map(|captures| captures.get(1)) {
                if !is_reference(found.as_str()) {
                    ranges.push((found.start(), found.end()));
                }
            }
        }
        ranges.extend(secret_keys(text));
        ranges.extend(hidden_defaults(text));
        self.replaced(text, ranges)
    }

    fn replaced(&self, text: &str, mut ranges: Vec<(usize, usize)>) -> Option<String> {
        if ranges.is_empty() {
            return None;
        }
        // The earlier and longer first: what lies within another one is covered by it.
        ranges.sort_unstable_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
        let mut out = String::new();
        let mut done = 0;
        for (start, end) in ranges {
            // A range that begins in one that was hidden and ends after it is hidden from there on.
            let start = start.max(done);
            if start >= end {
                continue;
            }
            out.push_str(text.get(done..start)?);
            out.push_str(&self.mark(text.get(start..end)?));
            done = end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

/// Length of a secret access key (AWS Security Blog, "A safer way to distribute AWS credentials to EC2": 40 characters of base64).
const SECRET_KEY_LENGTH: usize = 40;

/// Distinct characters 40 random ones of base64 have at least: 30 on average, fewer than 20 once in a billion.
const SECRET_KEY_DISTINCT: usize = 20;

/// Runs of exactly 40 characters of base64 that look random. Digests (hex) and paths have fewer kinds of characters.
fn secret_keys(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (index, byte) in text.bytes().chain(std::iter::once(b' ')).enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+') {
            continue;
        }
        if index - start == SECRET_KEY_LENGTH && text.get(start..index).is_some_and(looks_random) {
            found.push((start, index));
        }
        start = index + 1;
    }
    found
}

fn looks_random(run: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| run.bytes().any(|byte| kind(&byte));
    let mut bytes: Vec<u8> = run.bytes().collect();
    bytes.sort_unstable();
    bytes.dedup();
    has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && bytes.len() >= SECRET_KEY_DISTINCT
}

/// Lines looked at on each side of a default: the block of a parameter has ten members at most.
const BLOCK_LINES: usize = 40;

/// Defaults of `NoEcho` parameters, and of those named like secrets, in CloudFormation templates written in YAML.
fn hidden_defaults(text: &str) -> Vec<(usize, usize)> {
    if !text.contains("Default:") {
        return Vec::new();
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() {
            let indent = line.len() - line.trim_start().len();
            lines.push(Line { start: offset + indent, indent, content });
        }
        offset += line.len();
    }
    let hidden = |(index, line): (usize, &Line<'_>)| {
        let value = line.content.strip_prefix("Default:")?.trim_start();
        let (before, after) = lines.split_at_checked(index)?;
        let end = line.start + line.content.len();
        (!value.is_empty() && is_secret_block(line.indent, before, after)).then(|| (end - value.len(), end))
    };
    lines.iter().enumerate().filter_map(hidden).collect()
}

/// A line that is not empty, without the white space around it.
struct Line<'a> {
    start: usize,
    indent: usize,
    content: &'a str,
}

/// Whether the lines around a default belong to a parameter that is secret. `after` begins with the default.
fn is_secret_block(indent: usize, before: &[Line<'_>], after: &[Line<'_>]) -> bool {
    let no_echo = |line: &Line<'_>| {
        line.content
            .strip_prefix("NoEcho:")
            .is_some_and(|value| value.trim().trim_matches(['"', '\'']).eq_ignore_ascii_case("true"))
    };
    let inside = |line: &&Line<'_>| line.indent >= indent;
    let head = before.iter().rev().take(BLOCK_LINES).find(|line| line.indent < indent);
    head.and_then(|line| line.content.strip_suffix(':')).is_some_and(means_secret)
        || before.iter().rev().take(BLOCK_LINES).take_while(inside).any(no_echo)
        || after.iter().take(BLOCK_LINES).take_while(inside).any(no_echo)
}

#[cfg(test)]
mod tests {
    use super::{PATTERNS, SHAPES};

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(PATTERNS.len(), SHAPES.len());
    }
}
