//! Reading JSON values: what is missing is null, empty or 0.

use serde_json::Value;

/// A field, null if there is none.
pub(super) fn at<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// The text of a field, empty if there is none.
pub(super) fn text(value: &Value, key: &str) -> String {
    at(value, key).as_str().unwrap_or_default().to_owned()
}

/// An RFC 3339 time in seconds since 1970, 0 if it is none.
pub(super) fn time(value: &Value) -> i64 {
    let moment = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    moment.map_or(0, jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::{at, text, time};
    use serde_json::json;

    #[test]
    fn what_is_missing_is_nothing() {
        let value = json!({"at": "1970-01-01T00:01:00Z", "name": "x", "number": 3});
        assert_eq!(time(at(&value, "at")), 60);
        assert_eq!(
            (text(&value, "name"), text(&value, "number"), text(&value, "none")),
            ("x".to_owned(), String::new(), String::new())
        );
        assert_eq!((time(at(&value, "name")), time(&json!([]))), (0, 0));
    }
}
