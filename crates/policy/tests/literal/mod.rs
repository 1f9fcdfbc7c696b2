//! A second evaluator: slow and literal, sharing nothing with the library but the format of the cases.
//!
//! It reads JSON values as they are, statement by statement, and says in plain booleans what the rules of the IAM User Guide say. No
//! unknowns: a case is complete.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "this is test code; examples use it as well"
)]

mod condition;
mod pattern;
mod principal;

use principal::Caller;
use serde_json::Value;
use std::collections::BTreeSet;

/// Whether the case is to be evaluated as another evaluator does that departs from the documentation here: a row of
/// `docs/policy-oracle.md`, by its name.
pub fn departs(case: &Value, row: &str) -> bool {
    list(&case["departs"]).any(|name| name == row)
}

/// Services of the tests' alphabet that resource control policies cover.
const CONTROLLED: [&str; 5] = ["s3", "sts", "sqs", "kms", "dynamodb"];

/// The answer, `allow`, `explicit_deny` or `implicit_deny`, and the layers that deny, by their short names.
pub fn evaluate(case: &Value) -> (&'static str, BTreeSet<&'static str>) {
    let caller = Caller::of(case);
    let action = text(&case["action"]);
    let service = action.split(':').next().unwrap_or("").to_ascii_lowercase();
    let mut explicit = BTreeSet::new();
    let mut implicit = BTreeSet::new();

    // Resource control policies: denies only, at every level.
    let is_retire = action.eq_ignore_ascii_case("kms:RetireGrant");
    let is_exempt = (!CONTROLLED.contains(&service.as_str()) && !departs(case, "rcp-any-service"))
        || (is_retire && !departs(case, "rcp-retire-grant"))
        || (caller.is_service_linked() && !departs(case, "service-linked"));
    if !is_exempt {
        for policy in case["rcp"].as_array().into_iter().flatten().flat_map(list) {
            if says(case, &caller, policy, "rcp", "Deny").any() {
                explicit.insert("rcp");
            }
        }
    }
    // Service control policies: denies, and an allow at every level.
    let is_bound = caller.has_identity() && (!caller.is_service_linked() || departs(case, "service-linked"));
    if is_bound || (caller.is_service() && departs(case, "scp-services")) {
        for level in case["scp"].as_array().into_iter().flatten() {
            if list(level).any(|policy| says(case, &caller, policy, "scp", "Deny").any()) {
                explicit.insert("scp");
            }
            if !list(level).any(|policy| says(case, &caller, policy, "scp", "Allow").any()) {
                implicit.insert("scp");
            }
        }
    }
    if let Some(policy) = case.get("vpce") {
        if says(case, &caller, policy, "vpce", "Deny").any() {
            explicit.insert("vpce");
        }
        if !says(case, &caller, policy, "vpce", "Allow").any() {
            implicit.insert("vpce");
        }
    }
    let grants = case.get("resource_policy").map_or(Names::default(), |policy| {
        if says(case, &caller, policy, "resource", "Deny").any() {
            explicit.insert("resource");
        }
        says(case, &caller, policy, "resource", "Allow")
    });
    if !caller.has_identity() {
        if !grants.any() {
            implicit.insert("resource");
        }
        return verdict(explicit, implicit);
    }
    let mut own = |layer: &'static str, policies: Vec<&Value>| {
        if policies.iter().any(|policy| says(case, &caller, policy, layer, "Deny").any()) {
            explicit.insert(layer);
        }
        policies.iter().any(|policy| says(case, &caller, policy, layer, "Allow").any())
    };
    let identity =
        own("identity", list(&case["identity"]).collect()) || (caller.is_root() && !departs(case, "root"));
    let boundary = case.get("boundary").is_none_or(|policy| own("boundary", vec![policy]));
    let session = case.get("session").is_none_or(|policy| own("session", vec![policy]));

    let owner = text(&case["resource_account"]);
    let resource = text(&case["resource"]);
    if caller.account() != Some(owner) {
        // Two accounts: both sides.
        insert(&mut implicit, "resource", !grants.any());
        insert(&mut implicit, "identity", !identity);
        insert(&mut implicit, "boundary", !boundary);
        insert(&mut implicit, "session", !session);
    } else {
        // One account. An allow for the caller itself needs nothing else; one for its role still needs boundary and session.
        let is_key = service == "kms" && resource.contains(":key/");
        let is_role = service == "sts" && resource.contains(":role/");
        insert(&mut implicit, "resource", (is_key || is_role) && !grants.any());
        insert(&mut implicit, "identity", !identity && !grants.role && !grants.direct);
        insert(&mut implicit, "boundary", !boundary && !grants.direct);
        insert(&mut implicit, "session", !session && (!grants.direct || departs(case, "session-silent")));
    }
    verdict(explicit, implicit)
}

fn insert(layers: &mut BTreeSet<&'static str>, layer: &'static str, is_in: bool) {
    if is_in {
        layers.insert(layer);
    }
}

fn verdict(
    explicit: BTreeSet<&'static str>,
    implicit: BTreeSet<&'static str>,
) -> (&'static str, BTreeSet<&'static str>) {
    let outcome = match (explicit.is_empty(), implicit.is_empty()) {
        (false, _) => "explicit_deny",
        (true, false) => "implicit_deny",
        (true, true) => "allow",
    };
    (outcome, explicit.union(&implicit).copied().collect())
}

/// By which of its names a policy means the caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Names {
    pub account: bool,
    pub role: bool,
    pub direct: bool,
}

impl Names {
    fn any(self) -> bool {
        self.account || self.role || self.direct
    }
}

/// What the statements of one policy with one effect say.
fn says(case: &Value, caller: &Caller<'_>, policy: &Value, layer: &str, effect: &str) -> Names {
    let has_variables = policy["Version"] == "2012-10-17" || departs(case, "variables-any-version");
    let mut names = Names::default();
    for statement in list(&policy["Statement"]) {
        if statement["Effect"] == effect
            && action_matches(case, statement)
            && resource_matches(case, statement, layer, has_variables)
            && condition::holds(case, statement, has_variables)
        {
            let found = principal::names(case, caller, statement, layer);
            names.account |= found.account;
            names.role |= found.role;
            names.direct |= found.direct;
        }
    }
    names
}

fn action_matches(case: &Value, statement: &Value) -> bool {
    let action = text(&case["action"]).to_ascii_lowercase();
    let is_in = |name: &str| {
        list(&statement[name]).any(|entry| pattern::wildcard(&text(entry).to_ascii_lowercase(), &action))
    };
    if statement.get("NotAction").is_some() { !is_in("NotAction") } else { is_in("Action") }
}

fn resource_matches(case: &Value, statement: &Value, layer: &str, has_variables: bool) -> bool {
    let mut resources = vec![text(&case["resource"])];
    if resources == ["*"]
        && !departs(case, "all-buckets")
        && text(&case["action"]).to_ascii_lowercase().starts_with("s3:")
    {
        resources.push("arn:aws:s3:::*");
    }
    let is_completed = |entry: &str| match layer {
        "identity" | "boundary" => true,
        "resource" => departs(case, "segments") && entry.ends_with('*'),
        _ => false,
    };
    let is_in = |name: &str| {
        list(&statement[name]).any(|entry| {
            let entry = text(entry);
            let mut entries = vec![entry.to_owned()];
            // An ARN with parts left out is completed; `us-*:table/t` may be whole without, its `*` goes on over a colon.
            if is_completed(entry) && entry.starts_with("arn:") && entry.matches(':').count() < 5 {
                entries.push(format!("{entry}{}", ":*".repeat(5 - entry.matches(':').count())));
            }
            let is_one = |entry: &String| {
                resources.iter().any(|resource| pattern::arn(case, entry, resource, has_variables))
            };
            entries.iter().any(is_one)
        })
    };
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(_), _) => is_in("Resource"),
        (None, Some(entries)) => {
            let is_unresolved = |entry| pattern::is_unresolved(case, text(entry), has_variables);
            let is_short = |entry| text(entry).starts_with("arn:") && text(entry).matches(':').count() < 5;
            let fails = (departs(case, "unresolved-negated") && list(entries).any(is_unresolved))
                || (departs(case, "short-arns-negated") && list(entries).any(is_short));
            !is_in("NotResource") && !fails
        }
        (None, None) => true,
    }
}

/// One value, or a list of them.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Value::Array(values) => (values.as_slice(), None),
        Value::Null => (&[][..], None),
        one => (&[][..], Some(one)),
    };
    many.iter().chain(one)
}

/// A text, or nothing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// The value of a context key; names are compared without case.
pub fn context<'a>(case: &'a Value, key: &str) -> Option<&'a Value> {
    let keys = case["context"].as_object()?;
    keys.iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}
