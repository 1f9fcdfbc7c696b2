//! From JSON to statements, with what is wrong and where.

use super::json::{self, Json};
use super::{Element, Problem, Statement, StatementEffect};
use crate::layer::Layer;

/// What is wrong at a place of a statement.
#[derive(Debug)]
struct Fault {
    path: String,
    message: String,
}

impl Fault {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
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
    let mut tell = |path: String, message: String| {
        problems.push(Problem { policy: name.to_owned(), path, message });
    };
    let statements = match statements_of(text) {
        Ok(statements) => statements,
        Err(fault) => {
            tell(fault.path, fault.message);
            return (Vec::new(), problems);
        }
    };
    let mut valid = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        match read(layer, index, statement) {
            Ok(statement) => valid.push(statement),
            Err(fault) if fault.path.is_empty() => tell(format!("Statement[{index}]"), fault.message),
            Err(fault) => tell(format!("Statement[{index}].{}", fault.path), fault.message),
        }
    }
    (valid, problems)
}

fn statements_of(text: &str) -> Result<Vec<Json>, Fault> {
    let document: Json =
        serde_json::from_str(text).map_err(|error| Fault::new("", format!("not valid JSON: {error}")))?;
    let Json::Object(members) = document else {
        return Err(Fault::new("", format!("expected a policy object, found {}", document.kind())));
    };
    if let Some(name) = json::duplicate(&members) {
        return Err(Fault::new(name, "is there twice; keep one of them"));
    }
    let mut statements = None;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Id", Json::Text(_)) => {}
            ("Version", Json::Text(text)) if text == "2012-10-17" || text == "2008-10-17" => {}
            ("Version", _) => {
                return Err(Fault::new("Version", "expected `2012-10-17` or `2008-10-17`"));
            }
            ("Statement", Json::Array(list)) => statements = Some(list),
            ("Statement", object @ Json::Object(_)) => statements = Some(vec![object]),
            ("Statement", other) => {
                let message = format!("expected a statement or an array of them, found {}", other.kind());
                return Err(Fault::new("Statement", message));
            }
            _ => {
                let message =
                    "is no element of a policy; names are case-sensitive: `Version`, `Id`, `Statement`";
                return Err(Fault::new(name, message));
            }
        }
    }
    statements.ok_or_else(|| Fault::new("Statement", "missing; a policy has at least one statement"))
}

fn read(_layer: Layer, index: usize, statement: &Json) -> Result<Statement, Fault> {
    let Json::Object(members) = statement else {
        return Err(Fault::new("", format!("expected an object, found {}", statement.kind())));
    };
    if let Some(name) = json::duplicate(members) {
        return Err(Fault::new(name, "is there twice; keep one of them"));
    }
    if let Some((name, _)) = members.iter().find(|(name, _)| !ELEMENTS.contains(&name.as_str())) {
        let message = "is no element of a statement; names are case-sensitive, as in `Action`";
        return Err(Fault::new(name, message));
    }
    let find = |name: &str| members.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let effect = match find("Effect") {
        Some(Json::Text(text)) if text == "Allow" => StatementEffect::Allow,
        Some(Json::Text(text)) if text == "Deny" => StatementEffect::Deny,
        _ => return Err(Fault::new("Effect", "expected `Allow` or `Deny`, written like this")),
    };
    let sid = match find("Sid") {
        None => None,
        Some(Json::Text(text)) => Some(text.clone()),
        Some(other) => return Err(Fault::new("Sid", format!("expected a text, found {}", other.kind()))),
    };
    let list = |name: &str, is_negated| match find(name) {
        None => Ok(None),
        Some(value) => Ok(Some(Element { is_negated, entries: texts(name, value)? })),
    };
    let actions = match (list("Action", false)?, list("NotAction", true)?) {
        (Some(element), None) | (None, Some(element)) => element,
        _ => return Err(Fault::new("Action", "a statement has either `Action` or `NotAction`")),
    };
    let resources = match (list("Resource", false)?, list("NotResource", true)?) {
        (Some(_), Some(_)) => {
            return Err(Fault::new("Resource", "a statement has either `Resource` or `NotResource`"));
        }
        (element, other) => element.or(other),
    };
    Ok(Statement { index, sid, effect, actions, resources, principals: None, condition_keys: Vec::new() })
}

/// One text, or an array of texts.
fn texts(name: &str, value: &Json) -> Result<Vec<String>, Fault> {
    let text = |value: &Json| match value {
        Json::Text(text) => Ok(text.clone()),
        other => Err(Fault::new(name, format!("expected a text, found {}", other.kind()))),
    };
    match value {
        Json::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}
