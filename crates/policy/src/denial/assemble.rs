//! Codes, sentences and suffixes of one text put together into denials.

use std::ops::Range;

use super::codes::{self, Place, is_denial_code};
use super::flat::{Flat, clip};
use super::sentence::{self, Sentence};
use super::{Denial, LONGEST_FIELD, NamedLayer};
use crate::layer::Layer;

/// At most so many denials are read from one text.
const MOST: usize = 64;

/// How far a code may stand from its message, in bytes: a JSON record's code and message have a few fields between them.
const CODE_REACH: usize = 600;

/// How far a code that heads a message may stand from itself said again, in bytes.
const HEAD_REACH: usize = 40;

/// How far a suffix may stand from its message: a stack trace stands between.
const SUFFIX_REACH: usize = 3_000;

/// Longest encoded message that is kept, in bytes; seen ones have up to a few thousand.
const LONGEST_ENCODED: usize = 16 * 1024;

/// A piece of a denial.
#[derive(Debug)]
enum Mark {
    Code(codes::Found),
    Sentence(Sentence),
    AuthorizationId(String),
    Encoded(String),
}

/// A denial in the making.
#[derive(Debug)]
struct Draft {
    denial: Denial,
    range: Range<usize>,
    has_sentence: bool,
    stands_alone: bool,
}

/// Every denial of a text.
pub(super) fn assemble(text: &str) -> Vec<Denial> {
    let flat = Flat::new(text);
    let whole = flat.lower().trim_matches([' ', '.', '"', '\'']);
    if whole == "access denied" {
        return vec![Denial { span: flat.origin(&(0..flat.text().len())), ..Denial::default() }];
    }
    let drafts = drafts(&flat).into_iter().filter(|draft| draft.stands_alone);
    drafts.take(MOST).map(|draft| finish(&flat, draft)).collect()
}

/// The first denial of a message whose code is known; what would prove nothing alone does beside a code of a denial.
pub(super) fn first(text: &str, code: Option<&str>) -> Option<Denial> {
    let flat = Flat::new(text);
    let is_proven = code.is_some_and(is_denial_code);
    let mut drafts = drafts(&flat).into_iter();
    drafts.find(|draft| draft.stands_alone || is_proven).map(|draft| finish(&flat, draft))
}

fn drafts(flat: &Flat) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (range, mark) in marks(flat) {
        let distance = drafts.last().map_or(usize::MAX, |draft| range.start.saturating_sub(draft.range.end));
        let last = drafts.last_mut().filter(|draft| draft.takes(&mark, distance));
        match (last, mark) {
            (Some(last), mark) => last.add(range, mark),
            (None, Mark::AuthorizationId(_)) => {}
            (None, mark) => {
                let mut draft = Draft {
                    denial: Denial::default(),
                    range: range.clone(),
                    has_sentence: false,
                    stands_alone: false,
                };
                draft.add(range, mark);
                drafts.push(draft);
            }
        }
    }
    drafts
}

fn marks(flat: &Flat) -> Vec<(Range<usize>, Mark)> {
    let mut marks: Vec<(Range<usize>, Mark)> = Vec::new();
    marks.extend(codes::find(flat).into_iter().map(|code| (code.range.clone(), Mark::Code(code))));
    marks.extend(
        sentence::find(flat).into_iter().map(|sentence| (sentence.range.clone(), Mark::Sentence(sentence))),
    );
    for needle in ["/authorization-details/", "authorization id: ", "authorization id:"] {
        let found = flat
            .lower()
            .match_indices(needle)
            .filter_map(|(at, _)| suffix(flat, at, needle.len(), LONGEST_FIELD));
        marks.extend(found.map(|(range, token)| (range, Mark::AuthorizationId(token))));
    }
    let needle = "encoded authorization failure message:";
    let found = flat
        .lower()
        .match_indices(needle)
        .filter_map(|(at, _)| suffix(flat, at, needle.len(), LONGEST_ENCODED));
    marks.extend(found.map(|(range, token)| (range, Mark::Encoded(token))));
    marks.sort_by_key(|(range, _)| range.start);
    marks
}

/// The word behind a label: letters, digits, `-` and `_`.
fn suffix(flat: &Flat, at: usize, length: usize, longest: usize) -> Option<(Range<usize>, String)> {
    let after = flat.from(at.checked_add(length)?);
    let rest = after.trim_start_matches([' ', '\n']);
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_'))
        .unwrap_or(rest.len());
    let token = rest.get(..end).filter(|token| !token.is_empty())?;
    let end = flat.text().len().checked_sub(rest.len())?.checked_add(end)?;
    Some((at..end, clip(token, longest).to_owned()))
}

impl Draft {
    /// Whether a piece that stands so far behind this denial is part of it.
    fn takes(&self, mark: &Mark, distance: usize) -> bool {
        match mark {
            Mark::Code(code) => {
                let agrees =
                    self.denial.code.is_none() || code.code.is_none() || self.denial.code == code.code;
                let in_reach = distance <= if self.has_sentence { SUFFIX_REACH } else { CODE_REACH };
                // A code that heads a message heads the next one, unless it says again what heads this: `unhandled error (X): X`.
                let is_again =
                    self.denial.code.is_none() || (code.operation.is_none() && distance <= HEAD_REACH);
                let heads_another = code.place == Place::Before && (self.has_sentence || !is_again);
                agrees && in_reach && !heads_another
            }
            Mark::Sentence(sentence) => {
                let is_preamble =
                    self.denial.action.is_none() && self.denial.named.is_none() && sentence.action.is_some();
                distance <= CODE_REACH && (!self.has_sentence || is_preamble)
            }
            Mark::AuthorizationId(_) | Mark::Encoded(_) => distance <= SUFFIX_REACH,
        }
    }

    fn add(&mut self, range: Range<usize>, mark: Mark) {
        self.range.end = self.range.end.max(range.end);
        match mark {
            Mark::Code(code) => {
                self.denial.code = self.denial.code.take().or(code.code);
                self.denial.operation = self.denial.operation.take().or(code.operation);
                self.stands_alone |= code.stands_alone;
            }
            Mark::Sentence(sentence) => {
                // A sentence that only a code of a denial makes one: `You are not authorized to perform this operation.`
                let is_proven = self.denial.code.as_deref().is_some_and(is_denial_code);
                self.stands_alone |= sentence.stands_alone || is_proven;
                self.has_sentence = true;
                self.denial.principal = sentence.principal.or(self.denial.principal.take());
                self.denial.action = sentence.action.or(self.denial.action.take());
                self.denial.resource = sentence.resource.or(self.denial.resource.take());
                self.denial.kind = sentence.reason.kind;
                self.denial.named = sentence.reason.named;
                self.denial.setting = sentence.reason.setting;
                self.denial.policy = sentence.reason.policy;
            }
            Mark::AuthorizationId(id) => self.denial.authorization_id = Some(id),
            Mark::Encoded(encoded) => {
                self.denial.encoded = Some(encoded);
                self.stands_alone = true;
            }
        }
    }
}

fn finish(flat: &Flat, draft: Draft) -> Denial {
    let mut denial = draft.denial;
    denial.span = flat.origin(&draft.range);
    if denial.code.as_deref() == Some("VpceAccessDenied") && denial.named.is_none() {
        denial.named = Some(NamedLayer { layer: Layer::VpcEndpoint, other: None });
    }
    denial
}
