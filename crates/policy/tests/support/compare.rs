//! The library's answer to a case, and whether the literal evaluator agrees.

#![allow(dead_code, reason = "every user of this file needs another part of it")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "this is test code; examples use it as well"
)]

use crate::generate::{self, ACCOUNTS, Random};
use crate::literal;
use butfor_policy::{Attached, Context, Layer, Outcome, Policies, Policy, Request, authorize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The layers of a case, by their members.
const MEMBERS: [(&str, Layer); 7] = [
    ("rcp", Layer::ResourceControl),
    ("scp", Layer::ServiceControl),
    ("vpce", Layer::VpcEndpoint),
    ("resource_policy", Layer::Resource),
    ("identity", Layer::Identity),
    ("boundary", Layer::Boundary),
    ("session", Layer::Session),
];

/// What is hidden from the library of a case.
#[derive(Debug, Clone, Default)]
pub struct Hidden {
    /// Context keys, as the case writes them or not.
    pub keys: BTreeSet<String>,
    /// Members whose documents are unseen.
    pub members: BTreeSet<&'static str>,
    /// The owner of the resource.
    pub owner: bool,
}

impl Hidden {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.members.is_empty() && !self.owner
    }
}

/// The library's answer.
pub fn answer(case: &Value, hidden: &Hidden) -> (Outcome, BTreeSet<&'static str>) {
    let documents: Vec<Vec<Vec<Policy>>> =
        MEMBERS.iter().map(|(name, layer)| levels(*layer, &case[*name])).collect();
    let attached = |at: usize| -> Option<Vec<Attached<'_>>> {
        let (name, _) = MEMBERS[at];
        case.get(name)?;
        let unseen =
            || if hidden.members.contains(name) { vec![format!("a policy of {name}")] } else { Vec::new() };
        let shown = |level: &'_ [Policy]| level.len() * usize::from(!hidden.members.contains(name));
        Some(
            documents[at]
                .iter()
                .map(|level| Attached {
                    policies: level.iter().take(shown(level)).collect(),
                    unseen: unseen(),
                })
                .collect(),
        )
    };
    let one = |at: usize| attached(at).and_then(|mut levels| levels.pop());
    let policies = Policies {
        resource_control: attached(0),
        service_control: attached(1),
        vpc_endpoint: one(2),
        resource: one(3),
        identity: one(4).unwrap_or_default(),
        boundary: one(5),
        session: one(6),
    };
    let decision = authorize(&request(case, hidden), &policies);
    let layers = decision.deny_layers().into_iter().map(Layer::as_str).collect();
    assert_eq!(
        decision.outcome == Outcome::Unknown,
        !decision.missing.is_empty(),
        "what is missing is named: {case}"
    );
    (decision.outcome, layers)
}

fn levels(layer: Layer, documents: &Value) -> Vec<Vec<Policy>> {
    let read = |document: &Value| {
        let (policy, problems) = Policy::parse(layer, layer.as_str(), &document.to_string());
        assert_eq!(problems, [], "{document}");
        policy
    };
    match layer {
        Layer::ResourceControl | Layer::ServiceControl => {
            literal::list(documents).map(|level| literal::list(level).map(read).collect()).collect()
        }
        _ => vec![literal::list(documents).map(read).collect()],
    }
}

fn request(case: &Value, hidden: &Hidden) -> Request {
    let text = |name: &str| literal::text(&case[name]);
    let request = Request::new(text("principal"), text("action"), text("resource")).unwrap();
    let mut context = if hidden.keys.is_empty() { Context::complete() } else { Context::partial() };
    for key in generate::all_keys().filter(|key| !hidden.keys.contains(*key)) {
        match literal::context(case, key) {
            Some(Value::Array(values)) => {
                context.set_many(key, values.iter().map(|value| literal::text(value).to_owned()).collect());
            }
            Some(value) => context.set(key, literal::text(value)),
            None => context.set_absent(key),
        }
    }
    let request = request.with_context(context);
    if hidden.owner { request } else { request.with_resource_account(text("resource_account")) }
}

/// Compares a complete case; the difference in words.
pub fn difference(case: &Value) -> Option<String> {
    let (outcome, layers) = literal::evaluate(case);
    let (found, found_layers) = answer(case, &Hidden::default());
    let found = name(found);
    let is_same = found == outcome && layers == found_layers;
    (!is_same).then(|| format!("literal {outcome} {layers:?}, library {found} {found_layers:?}"))
}

/// An outcome as cases write it.
pub fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::ExplicitDeny => "explicit_deny",
        Outcome::ImplicitDeny => "implicit_deny",
        Outcome::Unknown => "unknown",
    }
}

/// A case with less in it that still differs: members, statements and conditions are left out as long as it does.
pub fn shrink(case: &Value, differs: impl Fn(&Value) -> bool) -> Value {
    let mut case = case.clone();
    loop {
        let smaller = smaller(&case).into_iter().find(|smaller| differs(smaller));
        match smaller {
            Some(smaller) => case = smaller,
            None => return case,
        }
    }
}

fn smaller(case: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let optional = ["resource_policy", "boundary", "session", "scp", "rcp", "vpce"];
    for member in optional.into_iter().filter(|member| case.get(*member).is_some()) {
        let mut less = case.clone();
        less.as_object_mut().unwrap().remove(member);
        found.push(less);
    }
    for (pointer, length) in lists(case, String::new()) {
        for at in 0..length {
            let mut less = case.clone();
            let list = less.pointer_mut(&pointer).and_then(Value::as_array_mut).unwrap();
            list.remove(at);
            let is_whole = !list.is_empty() || pointer == "/identity" || pointer.starts_with("/context");
            if is_whole {
                found.push(less);
            }
        }
    }
    for (pointer, key) in members(case, String::new()) {
        let mut less = case.clone();
        let object = less.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap();
        object.remove(&key);
        found.push(less);
    }
    found
}

fn lists(value: &Value, at: String) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    match value {
        Value::Array(values) => {
            found.push((at.clone(), values.len()));
            for (index, value) in values.iter().enumerate() {
                found.extend(lists(value, format!("{at}/{index}")));
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                found.extend(lists(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
        }
        _ => {}
    }
    found
}

/// Members that may be left out: conditions, their operators and keys, context keys.
fn members(value: &Value, at: String) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                found.extend(members(value, format!("{at}/{index}")));
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let is_droppable = key == "Condition" || at.contains("/Condition") || at == "/context";
                if is_droppable && (object.len() > 1 || !at.contains("/Condition")) {
                    found.push((at.clone(), key.clone()));
                }
                found.extend(members(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
        }
        _ => {}
    }
    found
}

/// What hiding parts of a case led to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Careful {
    /// The library would not say although every completion tried has the same answer.
    pub is_careful: bool,
    /// The library said something.
    pub is_definite: bool,
}

/// Hides parts of a case and compares with completions of what is left.
///
/// # Errors
/// When the library says something that a completion contradicts.
pub fn hide(seed: u64, case: &Value) -> Result<Careful, String> {
    let mut random = Random::new(seed ^ 0x5EED);
    let hidden = hidden(&mut random, case);
    if hidden.is_empty() {
        return Ok(Careful { is_careful: false, is_definite: true });
    }
    let (outcome, layers) = answer(case, &hidden);
    let mut seen = BTreeSet::new();
    for attempt in 0..12 {
        let complete = if attempt == 0 { case.clone() } else { completion(&mut random, case, &hidden) };
        let (literal, literal_layers) = literal::evaluate(&complete);
        if outcome != Outcome::Unknown && literal != name(outcome) {
            return Err(format!("hidden {hidden:?}: library {outcome:?}, but {literal} for {complete}"));
        }
        // A layer that is said to deny does so in every completion.
        if let Some(layer) = layers.iter().find(|layer| !literal_layers.contains(*layer)) {
            return Err(format!(
                "hidden {hidden:?}: library says {layer} denies, but it does not in {complete}"
            ));
        }
        seen.insert(literal);
    }
    let is_definite = outcome != Outcome::Unknown;
    Ok(Careful { is_careful: !is_definite && seen.len() == 1, is_definite })
}

fn hidden(random: &mut Random, case: &Value) -> Hidden {
    let mut hidden = Hidden::default();
    for key in generate::free_keys() {
        if random.chance(15) {
            hidden.keys.insert(key.to_owned());
        }
    }
    for (member, _) in MEMBERS {
        if case.get(member).is_some() && random.chance(12) {
            hidden.members.insert(member);
        }
    }
    let is_bucket = literal::text(&case["resource"]).starts_with("arn:aws:s3:::");
    hidden.owner = is_bucket && random.chance(20);
    hidden
}

fn completion(random: &mut Random, case: &Value, hidden: &Hidden) -> Value {
    let mut complete = case.clone();
    let context = complete["context"].as_object_mut().unwrap();
    for key in &hidden.keys {
        context.retain(|name, _| !name.eq_ignore_ascii_case(key));
        if let Some(value) = generate::value_of(random, key) {
            context.insert(key.clone(), value);
        }
    }
    for member in &hidden.members {
        let layer = MEMBERS.iter().find(|(name, _)| name == member).map_or("", |(_, layer)| layer.as_str());
        let principal = matches!(layer, "resource" | "vpce" | "rcp");
        let document = |effect: &str| {
            let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
            if principal {
                statement["Principal"] = "*".into();
            }
            json!({ "Version": "2012-10-17", "Statement": [statement] })
        };
        let nothing = json!({ "Version": "2012-10-17", "Statement": [] });
        let make = |random: &mut Random| match random.below(3) {
            0 => nothing.clone(),
            1 if layer != "rcp" => document("Allow"),
            _ => document("Deny"),
        };
        complete[*member] = match *member {
            "identity" => json!([make(random)]),
            "scp" | "rcp" => {
                let count = case[*member].as_array().map_or(1, Vec::len);
                (0..count).map(|_| json!([make(random)])).collect()
            }
            _ => make(random),
        };
    }
    if hidden.owner {
        complete["resource_account"] = (*random.pick(&ACCOUNTS)).into();
    }
    complete
}
