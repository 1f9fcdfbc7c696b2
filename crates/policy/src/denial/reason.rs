//! Why a request was denied, in the words of a message: which layer, explicitly or for want of an allow, and by which policy.
//!
//! The phrases are those of the IAM User Guide (`troubleshoot_access-denied`) and of the S3 User Guide (`troubleshoot-403-errors`).

use std::ops::Range;

use super::flat::{Flat, clip};
use super::{DenyKind, LONGEST_FIELD, NamedLayer, Other, Setting};
use crate::layer::Layer;

/// A reason, and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Reason {
    /// Where.
    pub(super) range: Range<usize>,
    /// Explicit or implicit.
    pub(super) kind: DenyKind,
    /// Layer.
    pub(super) named: Option<NamedLayer>,
    /// A setting that is no policy.
    pub(super) setting: Option<Setting>,
    /// After the colon.
    pub(super) policy: Option<String>,
    /// The action in `allows the X action`.
    pub(super) action: Option<String>,
}

impl Reason {
    /// Words that only AWS writes, so that they are a denial even where the rest of the message was cut off.
    pub(super) fn stands_alone(&self) -> bool {
        self.named.is_some() || self.setting.is_some()
    }
}

/// What a message calls a layer, hyphens written as blanks.
const LAYERS: &[(&str, Layer, Option<Other>)] = &[
    ("identity based polic", Layer::Identity, None),
    ("resource based polic", Layer::Resource, None),
    ("role trust polic", Layer::Resource, Some(Other::TrustPolicy)),
    ("trust polic", Layer::Resource, Some(Other::TrustPolicy)),
    ("vpc endpoint polic", Layer::VpcEndpoint, None),
    ("vpce polic", Layer::VpcEndpoint, None),
    ("permissions boundar", Layer::Boundary, None),
    ("permission boundar", Layer::Boundary, None),
    ("session polic", Layer::Session, None),
    // An older text.
    ("sessions polic", Layer::Session, None),
    ("service control polic", Layer::ServiceControl, None),
    ("resource control polic", Layer::ResourceControl, None),
];

/// Settings of S3 that deny without any policy.
const SETTINGS: &[(&str, Setting)] = &[
    ("because public acls are prevented by the blockpublicacls setting", Setting::BlockPublicAcls),
    ("because public policies are prevented by the blockpublicpolicy setting", Setting::BlockPublicPolicy),
    (
        "because this bucket has blocked upload requests that specify server side encryption with customer provided keys",
        Setting::CustomerKeysBlocked,
    ),
];

const EXPLICIT: &str = "with an explicit deny";
const IMPLICIT: &str = "because no ";
const ABSENT_OR_DENIED: &str = "because the resource does not exist in this region, no resource-based policies allow access, \
                                or a resource-based policy explicitly denies access";

/// Every reason in a text, in order.
pub(super) fn find(flat: &Flat) -> Vec<Reason> {
    let mut found = Vec::new();
    let starts = |needle| flat.lower().match_indices(needle).map(|(at, _)| at);
    found.extend(starts(EXPLICIT).map(|at| explicit(flat, at)));
    found.extend(starts(IMPLICIT).filter_map(|at| implicit(flat, at)));
    found.extend(starts(ABSENT_OR_DENIED).map(|at| Reason {
        range: at..at.saturating_add(ABSENT_OR_DENIED.len()),
        named: Some(NamedLayer { layer: Layer::Resource, other: Some(Other::AbsentResource) }),
        ..Reason::default()
    }));
    for (phrase, setting) in SETTINGS {
        let reason = |at: usize| Reason {
            range: at..at.saturating_add(phrase.len()),
            setting: Some(*setting),
            ..Reason::default()
        };
        found.extend(starts(*phrase).map(reason));
    }
    found.sort_by_key(|reason| reason.range.start);
    found
}

/// `with an explicit deny[ in a <layer>[: <policy>]]`.
fn explicit(flat: &Flat, at: usize) -> Reason {
    let mut end = at.saturating_add(EXPLICIT.len());
    let bare = Reason { range: at..end, kind: DenyKind::Explicit, ..Reason::default() };
    let after = flat.lower_from(end);
    let Some(article) =
        [" in a ", " in an ", " in the "].into_iter().find(|article| after.starts_with(article))
    else {
        return bare;
    };
    end = end.saturating_add(article.len());
    let Some((layer, other, length)) = layer(flat.lower_from(end)) else { return bare };
    end = end.saturating_add(length);
    let mut named = NamedLayer { layer, other };
    let through = " transitively through a ";
    if let Some(rest) = flat.lower_from(end).strip_prefix(through)
        && let Some((other, _, length)) = self::layer(rest)
    {
        named.other = Some(Other::Through(other));
        end = end.saturating_add(through.len()).saturating_add(length);
    }
    let mut policy = None;
    if let Some((token, past)) = token_after_colon(flat, end) {
        policy = Some(token);
        end = past;
    }
    Reason { range: at..end, kind: DenyKind::Explicit, named: Some(named), policy, ..Reason::default() }
}

/// `because no <layer> allows the <action> action`.
fn implicit(flat: &Flat, at: usize) -> Option<Reason> {
    let mut end = at.checked_add(IMPLICIT.len())?;
    let (layer, other, length) = layer(flat.lower_from(end))?;
    end = end.checked_add(length)?;
    let verb =
        [" allows the ", " allow the "].into_iter().find(|verb| flat.lower_from(end).starts_with(verb))?;
    end = end.checked_add(verb.len())?;
    let named = Some(NamedLayer { layer, other });
    let mut reason = Reason { range: at..end, kind: DenyKind::Implicit, named, ..Reason::default() };
    let word = flat.from(end).split([' ', '\n']).next().unwrap_or("");
    if word.contains(':') {
        reason.action = Some(clip(word, LONGEST_FIELD).to_owned());
        end = end.checked_add(word.len())?;
        if flat.lower_from(end).starts_with(" action") {
            end = end.checked_add(" action".len())?;
        }
    }
    reason.range.end = end;
    Some(reason)
}

/// The layer whose name a lower-case text starts with, and how long the name is.
fn layer(lower: &str) -> Option<(Layer, Option<Other>, usize)> {
    let start: String =
        clip(lower, 40).chars().map(|letter| if letter == '-' { ' ' } else { letter }).collect();
    let (phrase, layer, other) = LAYERS.iter().find(|(phrase, ..)| start.starts_with(phrase))?;
    let ending = ["ies", "y"]
        .into_iter()
        .find(|ending| start.get(phrase.len()..).is_some_and(|rest| rest.starts_with(ending)))?;
    Some((*layer, *other, phrase.len().checked_add(ending.len())?))
}

/// `: <token>`, a policy's ARN or name. On a line of its own only an ARN is taken: a stack trace begins there too.
fn token_after_colon(flat: &Flat, at: usize) -> Option<(String, usize)> {
    let after = flat.from(at).strip_prefix(':')?;
    let rest = after.trim_start_matches([' ', '\n', '"', '\'']);
    let is_next_line = after.get(..after.len().checked_sub(rest.len())?)?.contains('\n');
    let token = rest
        .split([' ', '\n', '"', '\'', '(', ')', ',', ';', '<', '}', '`'])
        .next()?
        .trim_end_matches(['.', ':', ']']);
    if token.is_empty() || (is_next_line && !token.starts_with("arn:")) {
        return None;
    }
    let end =
        at.checked_add(1)?.checked_add(after.len().checked_sub(rest.len())?)?.checked_add(token.len())?;
    Some((clip(token, LONGEST_FIELD).to_owned(), end))
}
