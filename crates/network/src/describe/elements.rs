//! Lists that are told by calls that list them and by calls about single elements.

use super::compose::Member;
use super::{Part, Piece, calls, raw};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Marks what is not known in a document: as text in a list, that it may have elements nobody asked for.
pub const UNKNOWN: &str = "ButforUnknown";

/// What names an element of a list that is told element by element, and the member without which only its name is
/// known (`InlinePolicies`: `PolicyName`, `PolicyDocument`).
#[must_use]
pub fn element_name(member: &str) -> Option<(&'static str, &'static str)> {
    calls::LISTS.iter().find(|(list, ..)| *list == member).map(|(_, name, content)| (*name, *content))
}

/// The list of a member from the latest call that lists it and from later calls about single elements; `None` for other
/// members. Content that the listing leaves out is taken from calls before it too. Where nobody listed it, the list says
/// that there may be more.
pub(super) fn list<'p>(same: &'p [Piece<'_>]) -> Option<Member<'p>> {
    let is_list = |part| matches!(part, Part::Listed | Part::Told | Part::Gone);
    if !same.iter().all(|piece| is_list(piece.fragment.part)) {
        return None;
    }
    let name = same.first()?.fragment.member?;
    let listings = || same.iter().filter(|piece| piece.fragment.part == Part::Listed);
    let last = listings().max_by_key(|piece| piece.origin);
    let mut pages: Vec<_> =
        listings().filter(|piece| last.is_some_and(|last| last.account == piece.account)).collect();
    pages.sort_by_key(|piece| piece.origin);
    let items = pages.iter().filter_map(|page| serde_json::from_str::<&RawValue>(&page.fragment.json).ok());
    let mut items: Vec<&str> = items.filter_map(raw::elements).flatten().map(RawValue::get).collect();
    let mut alone: Vec<_> = same.iter().filter(|piece| piece.fragment.part != Part::Listed).collect();
    alone.sort_by_key(|piece| piece.origin);
    for piece in alone {
        let element = piece.fragment.json.as_ref();
        let is_later = last.is_none_or(|last| piece.origin > last.origin);
        let place = key_of(name, element)
            .and_then(|key| items.iter().position(|item| key_of(name, item).as_ref() == Some(&key)));
        match (piece.fragment.part, place) {
            (Part::Gone, Some(place)) if is_later => {
                items.remove(place);
            }
            (Part::Told, Some(place)) => {
                if let Some(item) = items.get_mut(place)
                    && (is_later || is_bare(name, item))
                {
                    *item = element;
                }
            }
            (Part::Told, None) if is_later => items.push(element),
            _ => {}
        }
    }
    let unknown = Value::from(UNKNOWN).to_string();
    let more = last.is_none().then_some(unknown.as_str());
    let all: Vec<&str> = items.into_iter().chain(more).collect();
    let mut origins: Vec<_> = pages.iter().map(|page| page.origin).collect();
    origins.extend(same.iter().filter(|piece| piece.fragment.part != Part::Listed).map(|piece| piece.origin));
    Some((name, Cow::Owned(format!("[{}]", all.join(","))), origins))
}

fn key_of<'e>(member: &str, element: &'e str) -> Option<Cow<'e, str>> {
    let (name, _) = element_name(member)?;
    let raw = serde_json::from_str::<&RawValue>(element).ok()?;
    raw::texts(raw, [name]).and_then(|[key]| key)
}

/// Whether only an element's name is known.
fn is_bare(member: &str, element: &str) -> bool {
    let raw = serde_json::from_str::<&RawValue>(element).ok();
    let content = element_name(member).map_or("", |(_, content)| content);
    raw.and_then(|raw| raw::pick(raw, [content])).is_none_or(|[content]| content.is_none())
}
