//! Operators: element by element, over all moments either side has.

use super::super::expression::Operator;
use super::{MathError, Points, Value};
use std::collections::BTreeSet;

pub(super) fn negative(operand: Value) -> Result<Value, MathError> {
    let turned = |points: Points| points.into_iter().map(|(at, value)| (at, -value)).collect();
    match operand {
        Value::Scalar(number) => Ok(Value::Scalar(-number)),
        Value::Series(points) => Ok(Value::Series(turned(points))),
        Value::Many(list) => Ok(Value::Many(list.into_iter().map(turned).collect())),
        Value::Word(_) => Err(wrong()),
    }
}

pub(super) fn binary(operator: Operator, left: Value, right: Value) -> Result<Value, MathError> {
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            // A number that does not exist has no data point it could be dropped from; it makes every point not a number, and those
            // are dropped.
            Ok(Value::Scalar(apply(operator, left, right).unwrap_or(f64::NAN)))
        }
        (Value::Many(list), other @ (Value::Scalar(_) | Value::Series(_))) => list
            .into_iter()
            .map(|points| pair(operator, &Value::Series(points), &other))
            .collect::<Result<_, _>>()
            .map(Value::Many),
        (other @ (Value::Scalar(_) | Value::Series(_)), Value::Many(list)) => list
            .into_iter()
            .map(|points| pair(operator, &other, &Value::Series(points)))
            .collect::<Result<_, _>>()
            .map(Value::Many),
        (left, right) => pair(operator, &left, &right).map(Value::Series),
    }
}

/// "Missing values in a time series are treated as 0" where the other series has one.
fn pair(operator: Operator, left: &Value, right: &Value) -> Result<Points, MathError> {
    let moments: BTreeSet<i64> = match (left, right) {
        (Value::Series(left), Value::Series(right)) => left.keys().chain(right.keys()).copied().collect(),
        (Value::Series(points), Value::Scalar(_)) | (Value::Scalar(_), Value::Series(points)) => {
            points.keys().copied().collect()
        }
        _ => return Err(wrong()),
    };
    let at = |side: &Value, moment: i64| match side {
        Value::Scalar(number) => *number,
        Value::Series(points) => points.get(&moment).copied().unwrap_or_default(),
        _ => f64::NAN,
    };
    Ok(moments
        .into_iter()
        .filter_map(|moment| Some((moment, apply(operator, at(left, moment), at(right, moment))?)))
        .collect())
}

/// `None` where the data point is dropped: "if the value of a data point causes a function to attempt to divide by zero". What overflows is
/// no number either.
fn apply(operator: Operator, left: f64, right: f64) -> Option<f64> {
    let truth = |is_so: bool| f64::from(u8::from(is_so));
    let value = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide if right == 0.0 => return None,
        Operator::Divide => left / right,
        Operator::Power => left.powf(right),
        #[expect(clippy::float_cmp, reason = "metric math compares exactly")]
        Operator::Equal => truth(left == right),
        #[expect(clippy::float_cmp, reason = "metric math compares exactly")]
        Operator::NotEqual => truth(left != right),
        Operator::AtMost => truth(left <= right),
        Operator::AtLeast => truth(left >= right),
        Operator::Less => truth(left < right),
        Operator::Greater => truth(left > right),
        Operator::And => truth(left != 0.0 && right != 0.0),
        Operator::Or => truth(left != 0.0 || right != 0.0),
    };
    (value.is_finite() && !left.is_nan() && !right.is_nan()).then_some(value)
}

fn wrong() -> MathError {
    MathError::Arguments {
        function: "operator".to_owned(),
        expected: "numbers, time series, or an array and one of these",
    }
}
