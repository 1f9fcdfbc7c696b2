//! Answers in pages: which token leads on, and how pages become one answer in the way of the AWS CLI.

use crate::model::Pages;
use serde_json::{Map, Value};

/// What an expression of the models finds: a path, perhaps with `[-1]`, perhaps with an alternative after `||`.
pub(crate) fn search<'v>(value: &'v Value, expression: &str) -> Option<&'v Value> {
    expression.split("||").find_map(|path| {
        let found = path.trim().split('.').try_fold(value, |value, part| {
            let (name, is_last) = part.strip_suffix("[-1]").map_or((part, false), |name| (name, true));
            let value = value.get(name)?;
            if is_last { value.as_array()?.last() } else { Some(value) }
        });
        found.filter(|value| is_something(value))
    })
}

/// What is empty leads nowhere: Python's idea of true, which the models were written for.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// The tokens for the next page, by parameter; `None` if this was the last.
pub(crate) fn next(rule: &Pages, page: &Value) -> Option<Vec<(String, Option<Value>)>> {
    if rule.more.as_ref().is_some_and(|more| search(page, more).is_none()) {
        return None;
    }
    let tokens: Vec<_> = rule
        .tokens_in
        .iter()
        .zip(&rule.tokens_out)
        .map(|(parameter, place)| (parameter.clone(), search(page, place).cloned()))
        .collect();
    tokens.iter().any(|(_, token)| token.is_some()).then_some(tokens)
}

/// Pages put together: lists of the result keys behind each other, numbers added, the rest from the first page.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    found: Map<String, Value>,
    is_begun: bool,
}

impl Merged {
    pub(crate) fn add(&mut self, rule: Option<&Pages>, mut page: Value) {
        let Some(rule) = rule else {
            if let Value::Object(page) = page {
                self.found = page;
            }
            return;
        };
        if !self.is_begun {
            self.is_begun = true;
            for key in &rule.once {
                if let Some(value) = at(&page, key) {
                    put(&mut self.found, key, value.clone());
                }
            }
        }
        for key in &rule.keys {
            if let Some(value) = at_mut(&mut page, key).map(Value::take).filter(|value| !value.is_null()) {
                put(&mut self.found, key, value);
            }
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.found)
    }
}

/// The value at a path, empty or not.
fn at<'v>(page: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(page, |value, name| value.get(name))
}

fn at_mut<'v>(page: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('.').try_fold(page, |value, name| value.get_mut(name))
}

fn put(found: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((name, rest)) = path.split_once('.') else {
        match (found.get_mut(path), value) {
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
            (Some(Value::Number(sum)), Value::Number(more)) => *sum = add(sum, &more),
            (Some(_), _) => {}
            (None, value) => {
                found.insert(path.to_owned(), value);
            }
        }
        return;
    };
    if let Value::Object(inside) = found.entry(name).or_insert_with(|| Value::Object(Map::new())) {
        put(inside, rest, value);
    }
}

fn add(left: &serde_json::Number, right: &serde_json::Number) -> serde_json::Number {
    let whole = left.as_i64().zip(right.as_i64()).and_then(|(left, right)| left.checked_add(right));
    if let Some(whole) = whole {
        return whole.into();
    }
    let sum = left
        .as_f64()
        .zip(right.as_f64())
        .and_then(|(left, right)| serde_json::Number::from_f64(left + right));
    sum.unwrap_or_else(|| left.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use serde_json::json;

    #[test]
    fn expressions_find_what_the_models_mean() {
        let page =
            json!({"A": {"B": "x"}, "Contents": [{"Key": "a"}, {"Key": "z"}], "Empty": "", "No": false});
        for (expression, expected) in [
            ("A.B", Some(json!("x"))),
            ("A.C", None),
            ("NextMarker || Contents[-1].Key", Some(json!("z"))),
            ("Empty || A.B", Some(json!("x"))),
            ("Empty", None),
            ("No", None),
        ] {
            assert_eq!(search(&page, expression).cloned(), expected, "{expression}");
        }
    }

    /// Every expression that is shipped is one of the two kinds that are understood.
    #[test]
    fn the_models_have_no_other_expressions() {
        for (service, operation) in crate::operations() {
            let Some(rule) = &model::service(service).unwrap().operations[operation].pages else { continue };
            for expression in rule.tokens_out.iter().chain(&rule.keys).chain(&rule.more).chain(&rule.once) {
                for path in expression.split("||") {
                    for part in path.trim().split('.') {
                        let name = part.strip_suffix("[-1]").unwrap_or(part);
                        let is_name =
                            name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
                        assert!(is_name && !name.is_empty(), "{service} {operation} {expression}");
                    }
                }
            }
        }
    }

    #[test]
    fn pages_become_one() {
        let rule = Pages {
            tokens_in: vec!["Marker".into()],
            tokens_out: vec!["NextMarker".into()],
            keys: vec!["List.Items".into(), "Count".into()],
            more: Some("More".into()),
            once: vec!["Name".into()],
        };
        let first = json!({"List": {"Items": [1], "Quantity": 1}, "Count": 1, "Name": "n", "NextMarker": "2", "More": true});
        let last =
            json!({"List": {"Items": [2, 3]}, "Count": 2, "Name": "other", "NextMarker": "3", "More": false});
        assert_eq!(next(&rule, &first), Some(vec![("Marker".into(), Some(json!("2")))]));
        assert_eq!(next(&rule, &last), None);
        let mut merged = Merged::default();
        merged.add(Some(&rule), first);
        merged.add(Some(&rule), last);
        assert_eq!(merged.finish(), json!({"List": {"Items": [1, 2, 3]}, "Count": 3, "Name": "n"}));
    }
}
