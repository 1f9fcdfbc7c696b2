//! From JSON to statements, with what is wrong and where.

use super::json::{self, Json};
use super::principal;
use super::{Element, Matcher, Problem, Statement, StatementEffect};
use crate::condition::Condition;
use crate::element::{Actions, Principals, Resources};
use crate::layer::Layer;

/// What is wrong at a place of a statement.
#[derive(Debug)]
pub(super) struct Fault {
    path: String,
    message: String,
}

impl Fault {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// The elements of a statement (IAM User Guide, `reference_policies_grammar`).
const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Reads a document: its valid statements, and what is wrong with the rest.
pub(super) fn document(layer: Layer, name: &str, text: &str) -> (Vec<Statement>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut tell = |path: String, message: String, is_left_out: bool| {
        problems.push(Problem { policy: name.to_owned(), path, message, is_left_out });
    };
    let (statements, has_variables) = match statements_of(text) {
        Ok(read) => read,
        Err(fault) => {
            tell(fault.path, fault.message, true);
            return (Vec::new(), problems);
        }
    };
    let mut valid = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let mut doubts = Vec::new();
        let statement = read(layer, index, statement, has_variables, &mut doubts);
        let is_left_out = statement.is_err();
        match statement {
            Ok(statement) => valid.push(statement),
            Err(fault) => doubts = vec![fault],
        }
        for fault in doubts {
            let dot = if fault.path.is_empty() { "" } else { "." };
            tell(format!("Statement[{index}]{dot}{}", fault.path), fault.message, is_left_out);
        }
    }
    (valid, problems)
}

/// The statements of a document, and whether its version knows variables.
fn statements_of(text: &str) -> Result<(Vec<Json>, bool), Fault> {
    let document: Json =
        serde_json::from_str(text).map_err(|error| Fault::new("", format!("not valid JSON: {error}")))?;
    let Json::Object(members) = document else {
        return Err(Fault::new("", format!("expected a policy object, found {}", document.kind())));
    };
    if let Some(name) = json::duplicate(&members) {
        return Err(Fault::new(name, "is there twice; keep one of them"));
    }
    let mut statements = None;
    // A document without version is of the first one (IAM User Guide, `reference_policies_elements_version`).
    let mut has_variables = false;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Id", Json::Text(_)) => {}
            ("Version", Json::Text(text)) if text == "2012-10-17" => has_variables = true,
            ("Version", Json::Text(text)) if text == "2008-10-17" => {}
            ("Version", _) => return Err(Fault::new("Version", "expected `2012-10-17` or `2008-10-17`")),
            ("Statement", Json::Array(list)) => statements = Some(list),
            ("Statement", object @ Json::Object(_)) => statements = Some(vec![object]),
            ("Statement", other) => {
                let message = format!("expected a statement or an array of them, found {}", other.kind());
                return Err(Fault::new("Statement", message));
            }
            _ => {
                let message =
                    "is no element of a policy; they are `Version`, `Id` and `Statement`, written like this";
                return Err(Fault::new(name, message));
            }
        }
    }
    let statements =
        statements.ok_or_else(|| Fault::new("Statement", "missing; add at least one statement"))?;
    Ok((statements, has_variables))
}

/// The members of a statement, of which none is unknown or there twice.
struct Members<'a>(&'a [(String, Json)]);

impl<'a> Members<'a> {
    fn new(statement: &'a Json) -> Result<Self, Fault> {
        let Json::Object(members) = statement else {
            return Err(Fault::new("", format!("expected an object, found {}", statement.kind())));
        };
        if let Some(name) = json::duplicate(members) {
            return Err(Fault::new(name, "is there twice; keep one of them"));
        }
        if let Some((name, _)) = members.iter().find(|(name, _)| !ELEMENTS.contains(&name.as_str())) {
            let message =
                format!("is no element of a statement; they are {}, written like this", ELEMENTS.join(", "));
            return Err(Fault::new(name, message));
        }
        Ok(Self(members))
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The element of this name or its negated form: which, and its value.
    fn either(
        &self,
        name: &'static str,
        negated: &'static str,
    ) -> Result<Option<(&'static str, &'a Json)>, Fault> {
        match (self.get(name), self.get(negated)) {
            (Some(_), Some(_)) => Err(Fault::new(
                negated,
                format!("a statement has either `{name}` or `{negated}`; remove one"),
            )),
            (Some(value), None) => Ok(Some((name, value))),
            (None, Some(value)) => Ok(Some((negated, value))),
            (None, None) => Ok(None),
        }
    }

    fn texts(
        &self,
        name: &'static str,
        negated: &'static str,
    ) -> Result<Option<(&'static str, Element)>, Fault> {
        let Some((found, value)) = self.either(name, negated)? else { return Ok(None) };
        Ok(Some((found, Element { is_negated: found == negated, entries: texts(found, value)? })))
    }
}

fn read(
    layer: Layer,
    index: usize,
    statement: &Json,
    has_variables: bool,
    doubts: &mut Vec<Fault>,
) -> Result<Statement, Fault> {
    let members = Members::new(statement)?;
    let sid = match members.get("Sid") {
        None => None,
        Some(Json::Text(text)) => Some(text.clone()),
        Some(other) => return Err(Fault::new("Sid", format!("expected a text, found {}", other.kind()))),
    };
    let effect = match members.get("Effect") {
        Some(Json::Text(text)) if text == "Allow" => StatementEffect::Allow,
        Some(Json::Text(text)) if text == "Deny" => StatementEffect::Deny,
        Some(Json::Text(text)) => {
            return Err(Fault::new(
                "Effect",
                format!("`{text}`: expected `Allow` or `Deny`, written like this"),
            ));
        }
        _ => return Err(Fault::new("Effect", "missing; add `Allow` or `Deny`")),
    };
    let (name, actions) = members
        .texts("Action", "NotAction")?
        .ok_or_else(|| Fault::new("Action", "missing; add `Action` or `NotAction`"))?;
    each(name, &actions, Actions::fault)?;
    let resources = match members.texts("Resource", "NotResource")? {
        Some((name, element)) => {
            each(name, &element, |entry| Resources::fault(layer, entry))?;
            Some(element)
        }
        // Of resource-based policies some know one resource only, their own: trust and repository policies.
        None if layer == Layer::Resource => None,
        None => return Err(Fault::new("Resource", "missing; add `Resource` or `NotResource`")),
    };
    let read = match members.either("Principal", "NotPrincipal")? {
        Some((name, value)) => Some(principal::read(name, value)?),
        None => None,
    };
    let (principals, matcher_of_principals) = read.unzip();
    let conditions = match members.get("Condition") {
        Some(value) => conditions(value, has_variables, doubts)?,
        None => Vec::new(),
    };
    let mut condition_keys: Vec<String> =
        conditions.iter().map(|condition| condition.key().to_owned()).collect();
    condition_keys.sort_unstable();
    condition_keys.dedup();
    let matcher = Matcher {
        actions: Actions::new(&actions.entries, actions.is_negated),
        resources: resources
            .as_ref()
            .map(|element| Resources::new(layer, &element.entries, element.is_negated, has_variables)),
        principals: matcher_of_principals,
        conditions: conditions.into(),
        is_gateway: layer == Layer::VpcEndpoint,
    };
    let statement = Statement { index, sid, effect, actions, resources, principals, condition_keys, matcher };
    rules(layer, &statement)?;
    Ok(statement)
}

/// What a kind of policy does not allow.
fn rules(layer: Layer, statement: &Statement) -> Result<(), Fault> {
    let (effect, principals) = (statement.effect, statement.principals.as_ref());
    let is_negated = principals.is_some_and(|element| element.is_negated);
    let name = if is_negated { "NotPrincipal" } else { "Principal" };
    match (layer, principals) {
        (Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl, Some(_)) => {
            return Err(Fault::new(name, "only resource-based policies name principals; remove it"));
        }
        (Layer::Resource | Layer::VpcEndpoint | Layer::ResourceControl, None) => {
            return Err(Fault::new("Principal", "missing; say who is meant, `*` for anybody"));
        }
        _ => {}
    }
    if is_negated && effect == StatementEffect::Allow {
        return Err(Fault::new(
            "NotPrincipal",
            "goes with `Deny` only; name those who are allowed in `Principal`",
        ));
    }
    if layer == Layer::ResourceControl {
        control(statement)?;
    }
    Ok(())
}

/// The rules of resource control policies (Organizations guide, `orgs_manage_policies_rcps_syntax`).
fn control(statement: &Statement) -> Result<(), Fault> {
    if statement.actions.is_negated {
        return Err(Fault::new("NotAction", "resource control policies know `Action` only"));
    }
    if !statement.matcher.principals.as_ref().is_some_and(Principals::is_anyone) {
        return Err(Fault::new(
            "Principal",
            "resource control policies know `*` only; narrow it in a condition",
        ));
    }
    let is_all = |element: &Element| !element.is_negated && element.entries.iter().any(|entry| entry == "*");
    let is_full_access = is_all(&statement.actions)
        && statement.resources.as_ref().is_some_and(is_all)
        && statement.matcher.conditions.is_empty();
    if statement.effect == StatementEffect::Allow && !is_full_access {
        let message =
            "resource control policies of your own know `Deny` only; `RCPFullAWSAccess` allows everything";
        return Err(Fault::new("Effect", message));
    }
    Ok(())
}

fn conditions(value: &Json, has_variables: bool, doubts: &mut Vec<Fault>) -> Result<Vec<Condition>, Fault> {
    let object = |path: &str, value: &Json| match value {
        Json::Object(members) => match json::duplicate(members) {
            Some(name) => Err(Fault::new(format!("{path}.{name}"), "is there twice; keep one of them")),
            None => Ok(members.clone()),
        },
        other => Err(Fault::new(path, format!("expected an object, found {}", other.kind()))),
    };
    let mut conditions = Vec::new();
    for (operator, keys) in object("Condition", value)? {
        let path = format!("Condition.{operator}");
        for (key, value) in object(&path, &keys)? {
            let path = format!("{path}.{key}");
            let values = condition_values(&path, &value)?;
            let (condition, faults) = Condition::new(&operator, &key, &values, has_variables)
                .map_err(|message| Fault::new(format!("Condition.{operator}"), message))?;
            conditions.push(condition);
            doubts.extend(faults.into_iter().map(|message| Fault::new(path.clone(), message)));
        }
    }
    Ok(conditions)
}

/// Values of a condition: texts, numbers, booleans, one or an array.
fn condition_values(path: &str, value: &Json) -> Result<Vec<String>, Fault> {
    let text = |value: &Json| match value {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        Json::Bool(value) => Ok(value.to_string()),
        other => {
            Err(Fault::new(path, format!("expected a text, a number or a boolean, found {}", other.kind())))
        }
    };
    match value {
        Json::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}

/// The first thing wrong with an entry.
fn each(name: &str, element: &Element, fault: impl Fn(&str) -> Option<String>) -> Result<(), Fault> {
    match element.entries.iter().find_map(|entry| fault(entry)) {
        Some(message) => Err(Fault::new(name, message)),
        None => Ok(()),
    }
}

/// One text, or an array of texts.
pub(super) fn texts(name: &str, value: &Json) -> Result<Vec<String>, Fault> {
    let text = |value: &Json| match value {
        Json::Text(text) => Ok(text.clone()),
        other => Err(Fault::new(name, format!("expected a text, found {}", other.kind()))),
    };
    match value {
        Json::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}
