//! `User: X is not authorized to perform: A on resource: R <reason>`, and its relatives.

use std::ops::Range;

use super::flat::{Flat, clip};
use super::reason::{self, Reason};
use super::{DenyKind, LONGEST_FIELD, NamedLayer};
use crate::layer::Layer;

/// How far before the sentence its principal may start, and how far behind the action its reason: an ARN has at most 2,048 bytes
/// (IAM and AWS STS quotas), and an S3 key 1,024.
const REACH: usize = 2_600;

/// What a sentence says.
#[derive(Debug, Clone, Default)]
pub(super) struct Sentence {
    /// Where.
    pub(super) range: Range<usize>,
    /// Who asked.
    pub(super) principal: Option<String>,
    /// For what.
    pub(super) action: Option<String>,
    /// On what.
    pub(super) resource: Option<String>,
    /// Why it was denied.
    pub(super) reason: Reason,
    /// Words that only AWS writes; others count only beside a code of AWS.
    pub(super) stands_alone: bool,
}

const DENIED_BY_ENDPOINT: &str = "the request was denied due to a vpc endpoint policy";

/// Every sentence in a text, in order.
pub(super) fn find(flat: &Flat) -> Vec<Sentence> {
    let mut found: Vec<Sentence> = Vec::new();
    let mut reasons = reason::find(flat).into_iter().peekable();
    let starts = performs(flat);
    for (index, (at, end)) in starts.iter().enumerate() {
        // Reasons before this sentence belong to one that was cut off.
        while let Some(reason) = reasons.next_if(|reason| reason.range.start < *at) {
            found.extend(alone(reason));
        }
        let next = starts.get(index.saturating_add(1)).map_or(usize::MAX, |(next, _)| *next);
        let Some(mut sentence) = perform(flat, *at, *end) else { continue };
        let tail = sentence.range.end;
        let gap = |reason: &Reason| {
            let gap = flat.slice(tail..reason.range.start);
            (reason.range.start < next && gap.len() <= REACH && is_resource_clause(gap)).then_some(gap)
        };
        if let Some(clause) = reasons.peek().and_then(gap) {
            sentence.resource = resource_in(clause);
            sentence.reason = reasons.next().unwrap_or_default();
            sentence.range.end = sentence.reason.range.end;
        } else if let Some((resource, end)) = resource_token(flat, tail) {
            sentence.resource = Some(resource);
            sentence.range.end = end;
        }
        found.push(sentence);
    }
    found.extend(reasons.filter_map(alone));
    found.extend(
        flat.lower()
            .match_indices(DENIED_BY_ENDPOINT)
            .map(|(at, phrase)| denied_by_endpoint(at, phrase.len())),
    );
    found.extend(
        flat.lower()
            .match_indices("access to the resource ")
            .filter_map(|(at, phrase)| queue(flat, at, phrase.len())),
    );
    found.sort_by_key(|sentence| sentence.range.start);
    found
}

/// Where `not authorized to perform` and `not authorized to access` stand: start, and end with the colon.
fn performs(flat: &Flat) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for needle in ["not authorized to ", "not authorised to "] {
        for (at, _) in flat.lower().match_indices(needle) {
            let verb_at = at.saturating_add(needle.len());
            let verb =
                ["perform", "access"].into_iter().find(|verb| flat.lower_from(verb_at).starts_with(verb));
            found.extend(verb.map(|verb| (at, verb_at.saturating_add(verb.len()))));
        }
    }
    found.sort_unstable();
    found
}

fn perform(flat: &Flat, at: usize, end: usize) -> Option<Sentence> {
    let (principal, start) = principal_before(flat, at);
    let is_arn = principal.as_deref().is_some_and(|principal| principal.starts_with("arn:"));
    let after = flat.from(end);
    let rest = after.trim_start_matches([':', ' ', '\n', '"', '\'', '`']);
    let action = rest
        .split([' ', '\n', '"', '\'', '`', ',', ';', ')', '<'])
        .next()
        .unwrap_or("")
        .trim_end_matches('.');
    let action_end = end.checked_add(after.len().checked_sub(rest.len())?)?.checked_add(action.len())?;
    if is_action(action) {
        return Some(Sentence {
            range: start..action_end,
            principal,
            action: Some(clip(action, LONGEST_FIELD).to_owned()),
            stands_alone: true,
            ..Sentence::default()
        });
    }
    // `User is not authorized to access this resource` is what API Gateway writes; others may write it too, of their own users.
    let is_gateway =
        flat.lower_to(at).ends_with("user is ") && flat.lower_from(end).starts_with(" this resource");
    let sentence =
        Sentence { range: start..end, principal, stands_alone: is_arn || is_gateway, ..Sentence::default() };
    Some(sentence)
}

/// `service:Name`.
fn is_action(text: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*'))
    };
    text.split_once(':').is_some_and(|(service, name)| is_name(service) && is_name(name))
}

/// The principal of `User: X is not authorized`, and where the sentence starts.
fn principal_before(flat: &Flat, at: usize) -> (Option<String>, usize) {
    let before = flat.lower_to(at);
    let Some(before) = ["is ", "are "].into_iter().find_map(|verb| before.strip_suffix(verb)) else {
        return (None, at);
    };
    let end = before.trim_end().len();
    let mut window = end.saturating_sub(REACH);
    while !before.is_char_boundary(window) {
        window = window.saturating_add(1);
    }
    let label = "user: ";
    if let Some(found) = before.get(window..end).and_then(|near| near.rfind(label)) {
        let start = window.saturating_add(found);
        let words = flat.slice(start.saturating_add(label.len())..end);
        // A terminal may have cut an ARN in two; no principal has a blank in it.
        let is_one_word = !words.contains(' ');
        if is_one_word {
            let principal: String =
                words.chars().filter(|letter| !matches!(letter, '\n' | '"' | '\'' | '`')).collect();
            return (Some(clip(&principal, LONGEST_FIELD).to_owned()), start);
        }
    }
    let word = flat.slice(window..end).rsplit([' ', '\n', '"', '\'', '(']).next().unwrap_or("");
    let start = end.saturating_sub(word.len());
    if word.starts_with("arn:") { (Some(clip(word, LONGEST_FIELD).to_owned()), start) } else { (None, start) }
}

/// Whether what stands between an action and a reason is nothing, or names a resource.
fn is_resource_clause(gap: &str) -> bool {
    let gap = gap.trim_matches([' ', '\n', '"', '\'', '`', '.', ',']);
    gap.is_empty()
        || clip(gap, 3).eq_ignore_ascii_case("on ")
        || gap.starts_with("on\n")
        || gap == "this resource"
        || gap == "this operation"
}

/// The resource of `on resource: R`, all of it being that.
fn resource_in(clause: &str) -> Option<String> {
    let clause = clause.trim_matches([' ', '\n', ',', '`']);
    let name = label(clause)?;
    let quoted = name.strip_prefix(['"', '\'']).map(|rest| rest.trim_end_matches(['"', '\'', '.']));
    let name = quoted.unwrap_or(name).trim();
    // An ARN cut in two by a terminal; a real blank stands only in a quoted key of S3.
    let resource: String = if name.starts_with("arn:") {
        name.chars().filter(|letter| *letter != '\n').collect()
    } else {
        name.replace('\n', " ")
    };
    let resource = match quoted {
        None if resource.starts_with("arn:") => resource.split(' ').next().unwrap_or("").to_owned(),
        _ => resource,
    };
    (!resource.is_empty()).then(|| clip(&resource, LONGEST_FIELD).to_owned())
}

/// What follows `on resource:`; `None` where the resource is not named.
fn label(clause: &str) -> Option<&str> {
    let lower = clause.to_ascii_lowercase().replace('\n', " ");
    let label = ["on resource: ", "on resource:", "on the resource: ", "on resource "]
        .into_iter()
        .find(|label| lower.starts_with(label))?;
    clause.get(label.len()..)
}

/// The resource of a message that ends with it, as older messages do: one word, or `role name`.
fn resource_token(flat: &Flat, at: usize) -> Option<(String, usize)> {
    let after = clip(flat.from(at), REACH);
    let clause = after.trim_start_matches([' ', '\n', '"']);
    let name = label(clause)?;
    let skipped = after.len().checked_sub(name.len())?;
    let first = at.checked_add(skipped)?;
    if let Some(quote) = name.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let inner = name.get(1..)?.split(quote).next()?;
        let resource: String = inner.chars().filter(|letter| *letter != '\n').collect();
        return (!resource.is_empty()).then(|| {
            Some((clip(&resource, LONGEST_FIELD).to_owned(), first.checked_add(inner.len())?.checked_add(2)?))
        })?;
    }
    let word =
        |text: &str| text.split([' ', '\n', '"', '\'', '`', ',', ';', ')', '<']).next().unwrap_or("").len();
    let mut length = word(name);
    // `on resource: role deploy`, `on resource: policy path /`.
    while matches!(
        name.get(..length),
        Some("role" | "user" | "group" | "policy" | "policy path" | "instance profile" | "instance")
    ) {
        let more = name.get(length..).and_then(|rest| rest.strip_prefix(' ')).map_or(0, word);
        if more == 0 {
            break;
        }
        length = length.checked_add(more)?.checked_add(1)?;
    }
    let resource = name.get(..length)?.trim_end_matches(['.', ':']);
    (!resource.is_empty())
        .then(|| Some((clip(resource, LONGEST_FIELD).to_owned(), first.checked_add(resource.len())?)))?
}

/// A reason whose sentence was cut off.
fn alone(reason: Reason) -> Option<Sentence> {
    let sentence = Sentence {
        range: reason.range.clone(),
        action: reason.action.clone(),
        stands_alone: true,
        ..Sentence::default()
    };
    reason.stands_alone().then_some(Sentence { reason, ..sentence })
}

/// The message of a network event of CloudTrail; it does not say whether a statement denied or none allowed.
fn denied_by_endpoint(at: usize, length: usize) -> Sentence {
    let range = at..at.saturating_add(length);
    let named = Some(NamedLayer { layer: Layer::VpcEndpoint, other: None });
    let reason = Reason { range: range.clone(), kind: DenyKind::Unsaid, named, ..Reason::default() };
    Sentence { range, reason, stands_alone: true, ..Sentence::default() }
}

/// `Access to the resource https://sqs.us-east-1.amazonaws.com/ is denied.`, the text of Amazon SQS.
fn queue(flat: &Flat, at: usize, length: usize) -> Option<Sentence> {
    let start = at.checked_add(length)?;
    let name = flat.from(start).split([' ', '\n']).next()?;
    let end = start.checked_add(name.len())?;
    let is_denied = flat.lower_from(end).starts_with(" is denied");
    let sentence = Sentence {
        range: at..end.checked_add(" is denied".len())?,
        resource: Some(clip(name, LONGEST_FIELD).to_owned()),
        ..Sentence::default()
    };
    is_denied.then(|| Sentence { stands_alone: name.contains("amazonaws.com"), ..sentence })
}
