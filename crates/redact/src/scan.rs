//! Text: what has a shape, and every word that is known, replaced where it stands.

use crate::Redactor;
use crate::names::is_known_host;
use crate::shape;
use crate::words::{is_common, is_everyday, runs, words};
use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Words after which a secret stands in logs and URLs.
const KEYWORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "authorization",
    "bearer",
    "basic",
];

/// Shortest secret after a keyword: shorter ones are `on`, `no`, `nil`.
const SECRET_MIN: usize = 4;

/// Parts of a text that belong together: `arn:aws:s3:::orders/today.csv`.
fn is_joined(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:/@+=%~".contains(c)
}

impl Redactor {
    /// Everything that is known or has a shape, replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &self.key.token(secret));
            }
        }
        self.lexemes(&without_secrets(&text), true)
    }

    /// Only what has a shape.
    pub(crate) fn shapes(&self, text: &str) -> String {
        self.lexemes(text, false)
    }

    /// Whether every part of a value is known: a name, something with a shape, or words and numbers anybody uses.
    pub(crate) fn understands(&self, value: &str) -> bool {
        let is_known = |part: &str| {
            self.names.understands(part) || is_everyday(part) || self.lexemes(part, false) != part
        };
        value.split(|c: char| !is_joined(c) || "/:@=".contains(c)).all(is_known)
    }

    fn lexemes(&self, text: &str, with_words: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_joined) {
            let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
            let end = after.find(|c| !is_joined(c)).unwrap_or(after.len());
            let (lexeme, later) = after.split_at_checked(end).unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&self.lexeme(lexeme, with_words));
            rest = later;
        }
        out + rest
    }

    fn lexeme(&self, lexeme: &str, with_words: bool) -> String {
        // A sentence ends with a stop, and a label with a colon; an address may begin with one.
        let core = lexeme.trim_end_matches(['.', '-', '=', '/', '@', '%', '~', '+']);
        let tail = lexeme.strip_prefix(core).unwrap_or_default();
        if let Some(other) = self.whole(core, with_words) {
            return other + tail;
        }
        if let Some(label) = core.strip_suffix(':').filter(|label| !label.ends_with(':')) {
            return self.lexeme(label, with_words) + ":" + tail;
        }
        if let Some((scheme, rest)) = core.split_once("://") {
            let (authority, path) =
                rest.split_once('/').map_or((rest, None), |(left, right)| (left, Some(right)));
            let host = match authority.rsplit_once('@') {
                Some((_, host)) => format!("redacted:redacted@{}", self.lexeme(host, with_words)),
                None => self.lexeme(authority, with_words),
            };
            let path = path.map(|path| format!("/{}", self.lexeme(path, with_words))).unwrap_or_default();
            return format!("{scheme}://{host}{path}{tail}");
        }
        for separator in ['/', '=', ':', '@'] {
            if core.contains(separator) {
                let parts: Vec<_> = core.split(separator).map(|part| self.lexeme(part, with_words)).collect();
                return parts.join(&separator.to_string()) + tail;
            }
        }
        self.atom(core, with_words) + tail
    }

    /// What is one thing as a whole.
    fn whole(&self, text: &str, with_words: bool) -> Option<String> {
        if text.is_empty() || self.names.is_kept(text) || self.kept_ids.contains(text) || is_known_host(text)
        {
            return Some(text.to_owned());
        }
        if text.starts_with("arn:") && text.split(':').nth(4) == Some("aws") {
            return Some(text.to_owned());
        }
        if let Some(address) = self.address(text) {
            return Some(address);
        }
        if shape::is_uuid(text) {
            return Some(shape::uuid(&self.key, text));
        }
        if shape::is_jwt(text) {
            return Some(self.key.token(text));
        }
        if is_email(text) {
            return Some(format!("{}@example.com", self.key.token(text).replace("redacted", "person")));
        }
        self.names.whole(text).filter(|_| with_words).map(str::to_owned)
    }

    fn address(&self, text: &str) -> Option<String> {
        let is_v6 = text.matches(':').count() >= 2;
        if !is_v6 && text.matches('.').count() != 3 {
            return None;
        }
        if text.contains('/') {
            if is_v6 {
                return text.parse::<Ipv6Net>().ok().map(|net| self.addresses.net_v6(net).to_string());
            }
            return text.parse::<Ipv4Net>().ok().map(|net| self.addresses.net_v4(net).to_string());
        }
        if is_v6 {
            return text.parse::<Ipv6Addr>().ok().map(|address| self.addresses.v6(address).to_string());
        }
        text.parse::<Ipv4Addr>().ok().map(|address| self.addresses.v4(address).to_string())
    }

    /// A piece without separators but dots, dashes and underscores.
    fn atom(&self, text: &str, with_words: bool) -> String {
        if let Some((before, id, after)) = uuid_within(text) {
            return self.atom(before, with_words)
                + &shape::uuid(&self.key, id)
                + &self.atom(after, with_words);
        }
        if with_words && let Some((before, other, after)) = self.names.whole_within(text) {
            return self.atom(before, with_words) + other + &self.atom(after, with_words);
        }
        let runs = runs(text);
        let mut out = String::with_capacity(text.len());
        let mut index = 0;
        while let Some((run, is_run)) = runs.get(index) {
            if let Some((address, length)) = self.address_at(&runs, index) {
                out.push_str(&address);
                index += length;
                continue;
            }
            if *is_run {
                out.push_str(&self.run(run, with_words));
            } else {
                out.push_str(run);
            }
            index += 1;
        }
        out
    }

    fn run(&self, run: &str, with_words: bool) -> String {
        if let Some(other) = shape::replace(&self.key, run) {
            return other;
        }
        if run.len() >= 12 && run.bytes().any(|byte| byte.is_ascii_digit()) {
            let parts = words(run);
            if parts.iter().any(|part| self.accounts.contains_key(*part)) {
                return parts
                    .iter()
                    .map(|part| self.accounts.get(*part).map_or(*part, String::as_str))
                    .collect();
            }
        }
        if with_words { self.names.replace(run) } else { run.to_owned() }
    }

    /// An address that is part of a name: `ip-10-0-1-4`, `ec2-54-1-2-3`, `10.0.1.4.nip`; and how many runs it takes.
    fn address_at(&self, runs: &[(&str, bool)], index: usize) -> Option<(String, usize)> {
        let at = |offset: usize| runs.get(index + offset).map(|(run, _)| *run);
        let separator = at(1)?;
        let is_named =
            || matches!(index.checked_sub(2).and_then(|before| runs.get(before)), Some(("ip" | "ec2", _)));
        if separator != "." && !(separator == "-" && is_named()) {
            return None;
        }
        if at(3)? != separator
            || at(5)? != separator
            || at(7) == Some(".") && at(8).is_some_and(|next| next.parse::<u8>().is_ok())
        {
            return None;
        }
        let octets = [at(0)?, at(2)?, at(4)?, at(6)?];
        let address: Ipv4Addr = octets.join(".").parse().ok()?;
        Some((self.addresses.v4(address).to_string().replace('.', separator), 7))
    }
}

/// The first UUID inside a longer piece.
fn uuid_within(text: &str) -> Option<(&str, &str, &str)> {
    const LENGTH: usize = 36;
    if text.len() <= LENGTH || text.matches('-').count() < 4 {
        return None;
    }
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    (0..=text.len() - LENGTH).find_map(|start| {
        let (before, rest) = text.split_at_checked(start)?;
        let (id, after) = rest.split_at_checked(LENGTH)?;
        let is_apart = is_edge(before.chars().last()) && is_edge(after.chars().next());
        (is_apart && shape::is_uuid(id)).then_some((before, id, after))
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_domain = domain.contains('.')
        && !domain.starts_with('.')
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    !local.is_empty() && is_domain && local.chars().all(|c| c.is_ascii_alphanumeric() || "._%+-".contains(c))
}

/// `password=hunter2` without what follows; `"token": "..."` and `Authorization: Bearer ...` likewise.
fn without_secrets(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for keyword in KEYWORDS {
        for (at, _) in small.match_indices(keyword) {
            // `arn:aws:secretsmanager:...:secret:orders` names one and holds none.
            if small.get(..at).is_some_and(|before| before.ends_with([':', '/'])) {
                continue;
            }
            let start = at + keyword.len();
            if let Some((from, to)) = text.get(start..).and_then(|rest| value_after(rest, keyword)) {
                cuts.push((start + from, start + to));
            }
        }
    }
    cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (from, to) in cuts {
        if from < done {
            continue;
        }
        out.push_str(text.get(done..from).unwrap_or_default());
        out.push_str("redacted");
        done = to;
    }
    out + text.get(done..).unwrap_or_default()
}

/// Where the value begins and ends that is given after a keyword.
fn value_after(rest: &str, keyword: &str) -> Option<(usize, usize)> {
    let is_scheme = matches!(keyword, "bearer" | "basic");
    let head: usize = rest.bytes().take_while(|byte| b" \"'\\:=".contains(byte)).count();
    let lead = rest.get(..head)?;
    if !(lead.contains([':', '=']) || is_scheme && lead == " ") {
        return None;
    }
    let value = rest.get(head..)?;
    let length = value.find(|c: char| c.is_whitespace() || "\"',;&}])\\".contains(c)).unwrap_or(value.len());
    let value = value.get(..length)?;
    let is_word = words(value).len() == 1 && value.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_plain = is_word && (is_common(&value.to_lowercase()) || is_scheme) || value.starts_with("arn:");
    (length >= SECRET_MIN && !is_plain).then_some((head, head + length))
}
