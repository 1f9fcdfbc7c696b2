//! Looking into JSON text without building a tree.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A member of an object: name and value as text.
type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// The members of an object, in order, values as text; `None` when the text is valid JSON and no object.
pub(super) fn members(json: &str) -> Result<Option<Vec<Member<'_>>>, serde_json::Error> {
    if !json.trim_start().starts_with('{') {
        return serde_json::from_str::<&RawValue>(json).map(|_| None);
    }
    let mut text = serde_json::Deserializer::from_str(json);
    let found = (&mut text).deserialize_map(Members)?;
    text.end()?;
    Ok(Some(found))
}

/// A text that is one JSON value.
pub(super) fn whole(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

/// The elements of a list as text; no elements for `null`, `None` for anything else.
pub(super) fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    match raw.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(raw.get()).ok(),
        Some(b'n') => Some(Vec::new()),
        _ => None,
    }
}

/// Texts of some members of an object; `None` when it is no object. Members that are absent or no text are `None`.
pub(super) fn texts<'a, const N: usize>(
    raw: &'a RawValue,
    names: [&str; N],
) -> Option<[Option<Cow<'a, str>>; N]> {
    let found = pick(raw, names)?;
    Some(found.map(|value| value.and_then(text)))
}

/// Some members of an object as text of JSON; `None` when it is no object.
pub(super) fn pick<'a, const N: usize>(
    raw: &'a RawValue,
    names: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    if !raw.get().starts_with('{') {
        return None;
    }
    let mut text = serde_json::Deserializer::from_str(raw.get());
    (&mut text).deserialize_map(Pick { names }).ok()
}

/// The text of a JSON string.
pub(super) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    // Ids and ARNs need no unescaping: the usual case costs nothing.
    if let Some(inner) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('\\')
    {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            found.push((key, map.next_value()?));
        }
        Ok(found)
    }
}

struct Pick<'n, const N: usize> {
    names: [&'n str; N],
}

impl<'de, const N: usize> Visitor<'de> for Pick<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(key) = map.next_key_seed(Key)? {
            match self.names.iter().zip(found.iter_mut()).find(|(name, _)| **name == key) {
                Some((_, place)) => *place = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// A key, borrowed where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
