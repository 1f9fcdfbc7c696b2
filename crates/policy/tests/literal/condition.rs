//! Conditions, operator by operator.

use super::{context, departs, list, pattern};
use serde_json::Value;
use std::net::IpAddr;

/// Whether every key under every operator holds.
pub fn holds(case: &Value, statement: &Value, has_variables: bool) -> bool {
    let blocks = statement["Condition"].as_object();
    blocks.into_iter().flatten().all(|(operator, keys)| {
        let keys = keys.as_object();
        keys.into_iter().flatten().all(|(key, values)| {
            let values: Vec<String> = list(values).map(written).collect();
            key_holds(case, operator, key, &values, has_variables)
        })
    })
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn key_holds(case: &Value, operator: &str, key: &str, values: &[String], has_variables: bool) -> bool {
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (Some(set), operator),
        None => (None, operator),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let found = context(case, key);
    let request: Option<Vec<String>> = match found {
        Some(Value::Array(values)) if values.is_empty() => None,
        Some(value) => Some(list(value).map(written).collect()),
        None => None,
    };
    if operator == "Null" {
        return values.iter().any(|value| (value == "true") == request.is_none());
    }
    let is_negated = operator.contains("Not");
    let Some(request) = request else {
        let is_true = if_exists && !(set == Some("ForAnyValue") && departs(case, "any-if-exists"));
        return is_true || set == Some("ForAllValues") || (set.is_none() && is_negated);
    };
    let is_unresolved = |value: &String| pattern::is_unresolved(case, value, has_variables);
    let one = |value: &str| {
        let is_short = |value: &String| operator.starts_with("Arn") && value.matches(':').count() < 5;
        let fails = (departs(case, "unresolved-negated") && values.iter().any(is_unresolved))
            || (departs(case, "short-arns-negated") && values.iter().any(is_short))
            || (operator == "NotIpAddress"
                && departs(case, "ip-families")
                && values.iter().any(|block| is_other_family(value, block)));
        if is_negated && fails {
            return false;
        }
        let is_equal = values.iter().any(|other| compare(case, operator, value, other, has_variables));
        is_equal != is_negated
    };
    match set {
        Some("ForAllValues") => request.iter().all(|value| one(value)),
        Some(_) => request.iter().any(|value| one(value)),
        // Only set operators compare several values.
        None => !matches!(found, Some(Value::Array(_))) && one(&request[0]),
    }
}

/// Whether a value of the request and one of the policy are what the operator without its `Not` wants.
fn compare(case: &Value, operator: &str, value: &str, other: &str, has_variables: bool) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let is_epoch = |text: &str| !text.contains('-');
    match operator {
        "StringEquals" | "StringNotEquals" => pattern::text(case, other, value, has_variables, false),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
            // Without variables in the generated values of this operator, folding both is enough.
            other.to_lowercase() == value.to_lowercase()
        }
        "StringLike" | "StringNotLike" => pattern::text(case, other, value, has_variables, true),
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => {
            pattern::arn_like(case, other, value, has_variables)
        }
        "Bool" => other.eq_ignore_ascii_case(value),
        "BinaryEquals" => other == value,
        "IpAddress" | "NotIpAddress" if other.ends_with("/0") && departs(case, "zero-prefix") => false,
        "IpAddress" | "NotIpAddress" => in_block(value, other),
        _ if operator.starts_with("Numeric") => number(value)
            .zip(number(other))
            .is_some_and(|(value, other)| ordered(&operator[7..], value, other)),
        _ if operator.starts_with("Date") => {
            let (value, other) = match departs(case, "epoch") && is_epoch(value) != is_epoch(other) {
                true => (scaled(value), scaled(other)),
                false => (seconds(value), seconds(other)),
            };
            value.zip(other).is_some_and(|(value, other)| ordered(&operator[4..], value, other))
        }
        _ => false,
    }
}

fn ordered(comparison: &str, value: f64, other: f64) -> bool {
    match comparison {
        "Equals" | "NotEquals" => value == other,
        "LessThan" => value < other,
        "LessThanEquals" => value <= other,
        "GreaterThan" => value > other,
        "GreaterThanEquals" => value >= other,
        _ => false,
    }
}

/// `2026-05-02T13:37:00Z`, `2026-05-02`, or seconds since 1970.
fn seconds(moment: &str) -> Option<f64> {
    let number = |from: usize, to: usize| moment.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
    if !moment.contains('-') {
        return moment.parse().ok();
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let time =
        if moment.len() > 10 { number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)? } else { 0 };
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<i64>();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths.iter().take(usize::try_from(month).ok()?.checked_sub(1)?).sum::<i64>() + day - 1;
    Some((days * 86_400 + time) as f64)
}

/// Seconds taken for milliseconds where they are not written as a date.
fn scaled(moment: &str) -> Option<f64> {
    let seconds = seconds(moment)?;
    Some(if moment.contains('-') { seconds } else { seconds / 1_000.0 })
}

/// A caller of IPv6 and a single address of IPv4, or the other way round.
fn is_other_family(value: &str, block: &str) -> bool {
    value.contains(':') != block.contains(':')
}

fn in_block(value: &str, block: &str) -> bool {
    let bits = |address: &str| {
        let bits: Vec<bool> = match address.parse::<IpAddr>().ok()? {
            IpAddr::V4(address) => (0..32).map(|bit| (u32::from(address) << bit) >> 31 == 1).collect(),
            IpAddr::V6(address) => (0..128).map(|bit| (u128::from(address) << bit) >> 127 == 1).collect(),
        };
        Some(bits)
    };
    let (address, length) = match block.split_once('/') {
        Some((address, length)) => (address, length.parse::<usize>().ok()),
        None => (block, Some(128)),
    };
    let (Some(value), Some(address), Some(length)) = (bits(value), bits(address), length) else {
        return false;
    };
    value.len() == address.len() && value.iter().zip(&address).take(length).all(|(one, other)| one == other)
}
