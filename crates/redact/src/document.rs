//! Documents: JSON, JSON lines, tables of text; walked the same way for learning and for rewriting.

use crate::Redactor;
use crate::fields::{self, Field};
use crate::survey::Survey;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One JSON document.
    Json,
    /// A JSON document on every line.
    Lines,
    /// Fields between blanks: flow logs.
    Table,
}

/// A document that is not what it should be. It is not passed on: nobody knows what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Line, from 1; `None` where the file is one document.
    pub line: Option<usize>,
    /// Why.
    pub text: String,
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "not JSON ({})", self.text)
    }
}

/// Learns from what can be read, and gives what cannot.
pub(crate) fn look(survey: &mut Survey, kind: Kind, text: &str) -> Vec<Unreadable> {
    if kind == Kind::Table {
        text.split_whitespace().for_each(|field| survey.text(field));
        return Vec::new();
    }
    let mut bad = Vec::new();
    for (number, document) in documents(kind, text) {
        match parse(document, number) {
            Ok(value) => survey.value(&value, Field::Text, ""),
            Err(error) => bad.push(error),
        }
    }
    bad
}

/// What can be read, rewritten.
pub(crate) fn rewrite(redactor: &Redactor, kind: Kind, text: &str) -> String {
    if kind == Kind::Table {
        return table(redactor, text);
    }
    let mut out = String::with_capacity(text.len());
    for value in documents(kind, text).filter_map(|(number, document)| parse(document, number).ok()) {
        out.push_str(&redactor.json(value, Field::Text, "").to_string());
        out.push('\n');
    }
    out
}

/// The documents of a file, with their lines where it has several.
fn documents(kind: Kind, text: &str) -> impl Iterator<Item = (Option<usize>, &str)> {
    let whole = (kind == Kind::Json).then_some((None, text));
    let several = (kind == Kind::Lines).then(|| lines(text)).into_iter().flatten();
    whole.into_iter().chain(several.map(|(number, line)| (Some(number), line)))
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

fn parse(text: &str, line: Option<usize>) -> Result<Value, Unreadable> {
    // A mark at the beginning is allowed by some writers and refused by JSON.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| Unreadable { line, text: error.to_string() })
}

/// A document within a text: policies, events inside notifications.
pub(crate) fn inner(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

/// What a member of an object holds: by its name, and by what stands beside it.
pub(crate) fn field(members: &Map<String, Value>, name: &str, parent: &str) -> Field {
    let has = |other: &str| members.contains_key(other);
    let text = |other: &str| members.get(other).and_then(Value::as_str);
    let place = parent.to_ascii_lowercase();
    if place == "variables" || place.starts_with("environment") && matches!(name, "value" | "Value") {
        return Field::Variable;
    }
    // Tags, as a list of keys and values or as members.
    if matches!(name, "Value" | "value") && (has("Key") || has("key"))
        || matches!(place.as_str(), "tags" | "tagset") && !matches!(name, "Key" | "key" | "items")
    {
        return Field::Name;
    }
    // Filters and dimensions: their names are AWS's, their values ours.
    if matches!(name, "Name" | "name") && (place.contains("filter") || place.contains("dimension")) {
        return Field::Aws;
    }
    if matches!(name, "Value" | "value") && place.contains("dimension") {
        return Field::Name;
    }
    // A recorded call names its service as the AWS CLI does.
    if name == "service" && has("operation") && has("at") {
        return Field::Aws;
    }
    let namespace = text("Namespace").or(text("namespace"));
    if matches!(name, "MetricName" | "metricName" | "Namespace" | "namespace")
        && namespace.is_some_and(|namespace| namespace.starts_with("AWS/"))
    {
        return Field::Aws;
    }
    if matches!(name, "Namespace" | "namespace") { Field::Name } else { fields::of(name, parent) }
}

/// Longest of AWS's words; what is longer under such a name is a sentence.
const AWS_WORD_MAX: usize = 64;

impl Redactor {
    fn json(&self, value: Value, field: Field, name: &str) -> Value {
        match value {
            Value::Object(members) => {
                let fields: Vec<_> = members.keys().map(|key| self::field(&members, key, name)).collect();
                let member = |((key, value), field): ((String, Value), Field)| {
                    (self.member_name(&key, name), self.json(value, field, &key))
                };
                Value::Object(members.into_iter().zip(fields).map(member).collect())
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.json(item, field, name)).collect())
            }
            Value::String(text) => Value::String(self.member(&text, field, name)),
            Value::Number(number) => {
                let other =
                    self.accounts.get(&number.to_string()).and_then(|other| other.parse::<u64>().ok());
                Value::Number(other.map_or(number, Into::into))
            }
            other => other,
        }
    }

    /// Names of members are AWS's, but for those of maps by name, account or ARN.
    fn member_name(&self, name: &str, parent: &str) -> String {
        let is_map = matches!(parent, "Variables" | "variables" | "Tags" | "tags");
        if is_map {
            name.to_owned()
        } else if name.contains(['/', ':']) || name.bytes().any(|byte| byte.is_ascii_digit()) {
            self.text(name)
        } else {
            name.to_owned()
        }
    }

    fn member(&self, text: &str, field: Field, name: &str) -> String {
        if let Some(inner) = inner(text) {
            return self.json(inner, Field::Text, name).to_string();
        }
        match field {
            Field::Secret | Field::Variable if fields::is_blank(text) => text.to_owned(),
            // A sentence is no key: the `signature` of a firewall's alert.
            Field::Secret if name == "signature" && text.contains(' ') => self.text(text),
            Field::Secret => self.key.token(text),
            Field::Variable if fields::is_secret_variable(name) && !text.starts_with("arn:") => {
                self.key.token(text)
            }
            Field::Variable if self.understands(text) => self.text(text),
            Field::Variable => self.key.token(text),
            Field::Agent => self.shapes(text),
            Field::Aws if text.len() <= AWS_WORD_MAX && !text.contains(' ') => self.shapes(text),
            _ => self.text(text),
        }
    }
}

/// Fields between blanks; numbers are counts, but for accounts.
fn table(redactor: &Redactor, text: &str) -> String {
    let mut known: HashMap<&str, String> = HashMap::new();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        for (index, field) in line.split(' ').enumerate() {
            if index > 0 {
                out.push(' ');
            }
            let is_plain = field.len() != 12 && field.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain {
                out.push_str(field);
            } else {
                out.push_str(known.entry(field).or_insert_with(|| redactor.text(field)));
            }
        }
        out.push('\n');
    }
    out
}
