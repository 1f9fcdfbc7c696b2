//! Parameters against the shape of the operation, before anything is sent.

use crate::Error;
use crate::model::{Service, Shape, Structure};
use crate::time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// How deep parameters may be nested; no service takes half of it.
const DEPTH_MAX: usize = 32;

/// Checks names, types and required members. Values are left to the service, which knows newer ones than the model.
///
/// # Errors
/// [`Error::BadParameter`] names the first member that does not fit.
pub(crate) fn parameters(
    service: &Service,
    input: Option<&Structure>,
    given: &Map<String, Value>,
) -> Result<(), Error> {
    match input {
        Some(input) => structure(service, input, given, "", 0),
        None => match given.keys().next() {
            Some(name) => Err(bad(name, "the operation takes no parameters")),
            None => Ok(()),
        },
    }
}

fn bad(path: &str, problem: impl Into<String>) -> Error {
    Error::BadParameter { path: path.to_owned(), problem: problem.into() }
}

fn structure(
    service: &Service,
    shape: &Structure,
    given: &Map<String, Value>,
    path: &str,
    depth: usize,
) -> Result<(), Error> {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let path = inside(name);
        let Some(member) = shape.member(name) else {
            let names = shape.members.iter().map(|member| member.0.as_str());
            let hint = crate::suggest::closest(name, names)
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            return Err(bad(&path, format!("no such parameter{hint}")));
        };
        self::value(service, service.of(member), value, &path, depth)?;
    }
    for name in &shape.required {
        let is_made_up = shape.member(name).is_some_and(|member| member.2.idempotency);
        if !is_made_up && given.get(name).is_none_or(Value::is_null) {
            return Err(bad(&inside(name), "is required"));
        }
    }
    Ok(())
}

fn value(service: &Service, shape: &Shape, given: &Value, path: &str, depth: usize) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(bad(path, "is nested too deeply"));
    }
    let expected = match (shape, given) {
        (Shape::Structure(shape), Value::Object(given)) => {
            return structure(service, shape, given, path, depth + 1);
        }
        (Shape::List { element }, Value::Array(given)) => {
            let element = service.at(element);
            return given.iter().enumerate().try_for_each(|(at, item)| {
                value(service, element, item, &format!("{path}[{at}]"), depth + 1)
            });
        }
        (Shape::Map { value: shape, .. }, Value::Object(given)) => {
            let shape = service.at(shape);
            return given.iter().try_for_each(|(key, item)| {
                value(service, shape, item, &format!("{path}.{key}"), depth + 1)
            });
        }
        (Shape::Structure(_) | Shape::Map { .. }, _) => "an object",
        (Shape::List { .. }, _) => "a list",
        (Shape::Document, _) => return Ok(()),
        (Shape::String | Shape::Policy | Shape::Template | Shape::Console | Shape::Root, given)
            if given.is_string() =>
        {
            return Ok(());
        }
        (Shape::Integer | Shape::Long, given) if given.is_i64() || given.is_u64() => return Ok(()),
        (Shape::Float | Shape::Double, given) if given.is_number() => return Ok(()),
        (Shape::Boolean, given) if given.is_boolean() => return Ok(()),
        (Shape::Timestamp, given) if time::parse(given).is_some() => return Ok(()),
        (Shape::Blob, Value::String(text)) if STANDARD.decode(text).is_ok() => return Ok(()),
        (Shape::String | Shape::Policy | Shape::Template | Shape::Console | Shape::Root, _) => "a string",
        (Shape::Integer | Shape::Long, _) => "a whole number",
        (Shape::Float | Shape::Double, _) => "a number",
        (Shape::Boolean, _) => "`true` or `false`",
        (Shape::Timestamp, _) => "a time (ISO 8601, or seconds since 1970)",
        (Shape::Blob, _) => "base64",
    };
    Err(bad(path, format!("must be {expected}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use serde_json::json;

    fn check(service: &str, operation: &str, given: Value) -> String {
        let service = model::service(service).unwrap();
        let input = service.input(service.operations.get(operation).unwrap());
        match parameters(service, input, given.as_object().unwrap()) {
            Ok(()) => "ok".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_fits_passes() {
        let filters =
            json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}], "MaxResults": 5, "DryRun": false});
        assert_eq!(check("ec2", "DescribeInstances", filters), "ok");
        assert_eq!(check("ec2", "DescribeInstances", json!({"InstanceIds": null})), "ok");
        let times =
            json!({"StartTime": "2026-05-02T13:31:05Z", "EndTime": 1_777_728_665, "LookupAttributes": []});
        assert_eq!(check("cloudtrail", "LookupEvents", times), "ok");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (service, operation, given, expected) in [
            (
                "ec2",
                "DescribeInstances",
                json!({"Filter": []}),
                "parameter `Filter`: no such parameter; did you mean `Filters`?",
            ),
            (
                "ec2",
                "DescribeInstances",
                json!({"Filters": [{"Values": "a"}]}),
                "parameter `Filters[0].Values`: must be a list",
            ),
            (
                "ec2",
                "DescribeInstances",
                json!({"MaxResults": "5"}),
                "parameter `MaxResults`: must be a whole number",
            ),
            (
                "ec2",
                "DescribeInstances",
                json!({"DryRun": 1}),
                "parameter `DryRun`: must be `true` or `false`",
            ),
            ("iam", "GetRole", json!({}), "parameter `RoleName`: is required"),
            ("iam", "GetRole", json!({"RoleName": 5}), "parameter `RoleName`: must be a string"),
            (
                "cloudtrail",
                "LookupEvents",
                json!({"StartTime": "soon"}),
                "parameter `StartTime`: must be a time (ISO 8601, or seconds since 1970)",
            ),
        ] {
            assert_eq!(check(service, operation, given), expected);
        }
    }
}
