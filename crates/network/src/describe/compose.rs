//! Puts the pieces of each resource together.

use super::keys::{PREFIX_LIST, TGW_ATTACHMENT, TGW_TABLE};
use super::{Document, Origin, Part, Piece, elements, raw};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// Puts the pieces of each resource together to one document each, sorted by kind and id, whatever the order of the
/// pieces.
///
/// - Where several accounts describe the same resource (a shared subnet, a peering, an attachment), the description of
///   its owner is taken, then that of the first account; the others only add members it lacks.
/// - Where one account describes it through several calls, the call that is about it is taken and the others add
///   members. The caller passes one observation of each call.
/// - Members of secondary calls replace members of the same name. A member without any object is dropped, as it does
///   not say what the resource is; route tables of transit gateways and prefix lists are their members.
pub fn compose<'a>(pieces: impl IntoIterator<Item = Piece<'a>>) -> Vec<Document> {
    let mut pieces: Vec<Piece<'a>> = pieces.into_iter().map(Piece::completed).collect();
    pieces.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
    pieces
        .chunk_by(|a, b| a.fragment.kind == b.fragment.kind && a.fragment.id == b.fragment.id)
        .filter_map(resource)
        .collect()
}

type Order<'p> = (&'p str, &'p str, Option<&'p str>, Part, &'p str, &'p str, Origin, &'p str);

fn order<'p>(piece: &'p Piece<'_>) -> Order<'p> {
    let Piece { fragment, account, region, origin } = piece;
    (fragment.kind, &fragment.id, fragment.member, fragment.part, account, region, *origin, &fragment.json)
}

/// One resource from its pieces, which are sorted objects first.
fn resource(pieces: &[Piece<'_>]) -> Option<Document> {
    let split = pieces.iter().position(|piece| piece.fragment.member.is_some()).unwrap_or(pieces.len());
    let (objects, members) = pieces.split_at_checked(split)?;
    let first = pieces.first()?;
    let (kind, id) = (first.fragment.kind, first.fragment.id.clone());
    let objects = best_first(objects);
    if let ([only], []) = (objects.as_slice(), members) {
        let json = only.fragment.json.as_ref().into();
        return Some(Document {
            kind,
            id,
            account: only.account.to_owned(),
            region: only.region.to_owned(),
            json,
            origins: vec![only.origin],
        });
    }
    let home =
        *objects.first().or(members.first().filter(|_| matches!(kind, TGW_TABLE | PREFIX_LIST)).as_ref())?;
    let mut object = Object::default();
    let mut origins = Vec::new();
    for piece in &objects {
        origins.push(piece.origin);
        object.add_missing(&piece.fragment.json);
    }
    if kind == TGW_ATTACHMENT {
        object.set_all_associations(&objects);
    }
    if objects.is_empty() {
        let member = if kind == TGW_TABLE { "TransitGatewayRouteTableId" } else { "PrefixListId" };
        object.set(member, Cow::Owned(serde_json::Value::from(id.as_str()).to_string()));
    }
    for same in members.chunk_by(|a, b| a.fragment.member == b.fragment.member) {
        let told = elements::list(same).or_else(|| member_value(same, home.account));
        let Some((name, value, from)) = told else { continue };
        object.set(name, value);
        origins.extend(from);
    }
    origins.sort_unstable();
    origins.dedup();
    let (account, region) = (home.account.to_owned(), home.region.to_owned());
    Some(Document { kind, id, account, region, json: object.text(), origins })
}

/// Objects in order of preference; interfaces found inside instances only where there is nothing else.
fn best_first<'p, 'a>(objects: &'p [Piece<'a>]) -> Vec<&'p Piece<'a>> {
    let mut objects: Vec<_> = objects.iter().collect();
    if objects.iter().any(|piece| piece.fragment.part != Part::Embedded) {
        objects.retain(|piece| piece.fragment.part != Part::Embedded);
    }
    if objects.len() > 1 {
        let several =
            objects.iter().any(|piece| Some(piece.account) != objects.first().map(|first| first.account));
        // Stable: pieces of one account keep their order.
        objects.sort_by_key(|piece| if several { owner_rank(piece) } else { 0 });
        let home = objects.first().map(|first| first.account);
        objects.sort_by_key(|piece| Some(piece.account) != home);
    }
    objects
}

/// How good a claim the account that gave this description has on the resource; 0 is best.
fn owner_rank(piece: &Piece<'_>) -> usize {
    let none = 6;
    let Ok(raw) = serde_json::from_str::<&RawValue>(&piece.fragment.json) else { return none };
    let own = ["OwnerId", "TransitGatewayOwnerId", "ResourceOwnerId", "VpcOwnerId"];
    let direct = raw::texts(raw, own).unwrap_or_default();
    if let Some(rank) = direct.iter().position(|owner| owner.as_deref() == Some(piece.account)) {
        return rank;
    }
    let sides = raw::pick(raw, ["AccepterVpcInfo", "RequesterVpcInfo"]).unwrap_or_default();
    let owns = |side: &Option<&RawValue>| {
        let owner = side.and_then(|side| raw::texts(side, ["OwnerId"])).and_then(|[owner]| owner);
        owner.as_deref() == Some(piece.account)
    };
    sides.iter().position(owns).map_or(none, |side| own.len() + side)
}

/// Name, value and sources of a member.
pub(super) type Member<'p> = (&'static str, Cow<'p, str>, Vec<Origin>);

/// The value of one member, from the account the document is of where that has it.
fn member_value<'p>(same: &'p [Piece<'_>], home: &str) -> Option<Member<'p>> {
    let account = same.iter().find(|piece| piece.account == home).or(same.first())?.account;
    let mut from: Vec<_> = same.iter().filter(|piece| piece.account == account).collect();
    let first = *from.first()?;
    let name = first.fragment.member?;
    if first.fragment.part == Part::Value {
        // Several calls tell some members: the caller passes the latest one of each.
        let first = from.iter().max_by_key(|piece| piece.origin).copied().unwrap_or(first);
        return Some((name, Cow::Borrowed(&first.fragment.json), vec![first.origin]));
    }
    from.sort_by_key(|piece| piece.origin);
    let mut list = String::from("[");
    for piece in &from {
        let json = piece.fragment.json.trim();
        let elements = match piece.fragment.part {
            Part::Elements => {
                json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default().trim()
            }
            _ => json,
        };
        if !elements.is_empty() {
            if list.len() > 1 {
                list.push(',');
            }
            list.push_str(elements);
        }
    }
    list.push(']');
    Some((name, Cow::Owned(list), from.iter().map(|piece| piece.origin).collect()))
}

/// An object being put together from texts.
#[derive(Default)]
struct Object<'p> {
    members: Vec<(Cow<'p, str>, Cow<'p, str>)>,
}

impl<'p> Object<'p> {
    /// A peering attachment has one id on both sides and an association on each: all of them, as `Associations`.
    fn set_all_associations(&mut self, objects: &[&'p Piece<'_>]) {
        let mut found: Vec<&str> = Vec::new();
        for piece in objects {
            let raw = serde_json::from_str::<&RawValue>(&piece.fragment.json).ok();
            let [association] = raw.and_then(|raw| raw::pick(raw, ["Association"])).unwrap_or_default();
            found.extend(association.map(RawValue::get).filter(|json| *json != "null"));
        }
        found.sort_unstable();
        found.dedup();
        if found.len() > 1 {
            self.set("Associations", Cow::Owned(format!("[{}]", found.join(","))));
        }
    }

    fn add_missing(&mut self, json: &'p str) {
        for (name, value) in raw::members(json).ok().flatten().unwrap_or_default() {
            // `null` is how some tools write "absent".
            match self.members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if known == "null" => *known = Cow::Borrowed(value.get()),
                Some(_) => {}
                None => self.members.push((name, Cow::Borrowed(value.get()))),
            }
        }
    }

    fn set(&mut self, name: &'static str, value: Cow<'p, str>) {
        match self.members.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.members.push((Cow::Borrowed(name), value)),
        }
    }

    fn text(&self) -> Arc<str> {
        let size = self.members.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>();
        let mut text = String::with_capacity(size + 2);
        text.push('{');
        for (index, (name, value)) in self.members.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&serde_json::Value::from(name.as_ref()).to_string());
            text.push(':');
            text.push_str(value);
        }
        text.push('}');
        text.into()
    }
}
