//! Functions. Those that need what is not in the data (anomaly bands, searches, quotas) are refused by name.

use super::super::expression::Expression;
use super::{MathError, Points, Query, Request, Value};
use std::collections::BTreeSet;

impl Request<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &[Expression]) -> Result<Value, MathError> {
        match name {
            "METRICS" => return self.metrics(arguments),
            "PERIOD" => return self.period_of(arguments),
            _ => {}
        }
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.compute(argument)).collect::<Result<_, _>>()?;
        match name {
            "IF" => condition(&values),
            "FILL" => self.fill(&values),
            "TIME_SERIES" => match values.as_slice() {
                [Value::Scalar(number)] if number.is_finite() => {
                    Ok(Value::Series(self.grid()?.into_iter().map(|at| (at, *number)).collect()))
                }
                [Value::Scalar(_)] => Ok(Value::Series(Points::new())),
                _ => Err(wrong(name, "one number")),
            },
            "FIRST" | "LAST" | "METRIC_COUNT" | "REMOVE_EMPTY" => array(name, &values),
            "SUM" | "AVG" | "MIN" | "MAX" | "DATAPOINT_COUNT" => aggregate(name, &values),
            "EPOCH" | "MINUTE" | "HOUR" | "DAY" => match values.as_slice() {
                [Value::Series(_)] => {
                    Ok(Value::Series(self.grid()?.into_iter().map(|at| (at, calendar(name, at))).collect()))
                }
                _ => Err(wrong(name, "one time series")),
            },
            _ => {
                let Some(function) = each(name) else {
                    return Err(MathError::Unsupported { function: name.to_owned() });
                };
                match values.into_iter().next() {
                    Some(Value::Series(points)) if arguments.len() == 1 => {
                        Ok(Value::Series(function(&points)))
                    }
                    Some(Value::Many(list)) if arguments.len() == 1 => {
                        Ok(Value::Many(list.iter().map(function).collect()))
                    }
                    _ => Err(wrong(name, "one time series, or an array of them")),
                }
            }
        }
    }

    /// "All the metrics in the request. Math expressions aren't included", or those whose id contains the text.
    fn metrics(&self, arguments: &[Expression]) -> Result<Value, MathError> {
        let part = match arguments {
            [] => "",
            [Expression::Text(text)] => text.as_str(),
            _ => return Err(wrong("METRICS", "nothing, or a text in quotes")),
        };
        let list = self
            .queries
            .iter()
            .filter(|(id, _)| id.contains(part))
            .filter_map(|(_, query)| match query {
                Query::Metric(series) => Some(self.metric(series)),
                Query::Expression(_) => None,
            })
            .collect();
        Ok(Value::Many(list))
    }

    /// "Valid input is metrics, not the results of other expressions."
    fn period_of(&self, arguments: &[Expression]) -> Result<Value, MathError> {
        match arguments {
            [Expression::Id(id)] if matches!(self.queries.get(id), Some(Query::Metric(_))) => {
                Ok(Value::Scalar(self.period as f64))
            }
            _ => Err(wrong("PERIOD", "one metric")),
        }
    }

    fn fill(&self, values: &[Value]) -> Result<Value, MathError> {
        let (what, with) = match values {
            [what, with] => (what, with),
            _ => return Err(wrong("FILL", "time series, and a number, a time series, REPEAT or LINEAR")),
        };
        let grid = self.grid()?;
        let fill = |points: &Points| -> Result<Points, MathError> {
            let missing = grid.iter().filter(|at| !points.contains_key(at));
            let filler = |at: i64| match with {
                Value::Scalar(number) => Ok(Some(*number).filter(|number| number.is_finite())),
                Value::Series(other) => Ok(other.get(&at).copied()),
                Value::Word(word) if word == "REPEAT" => {
                    Ok(points.range(..at).next_back().map(|(_, value)| *value))
                }
                Value::Word(word) if word == "LINEAR" => Ok(between(points, at)),
                _ => Err(wrong("FILL", "time series, and a number, a time series, REPEAT or LINEAR")),
            };
            let mut filled = points.clone();
            for &at in missing {
                if let Some(value) = filler(at)? {
                    filled.insert(at, value);
                }
            }
            Ok(filled)
        };
        match what {
            Value::Series(points) => fill(points).map(Value::Series),
            Value::Many(list) => list.iter().map(fill).collect::<Result<_, _>>().map(Value::Many),
            _ => Err(wrong("FILL", "time series, and a number, a time series, REPEAT or LINEAR")),
        }
    }
}

/// The value on the line between the neighbours of a gap; nothing before the first or after the last point.
fn between(points: &Points, at: i64) -> Option<f64> {
    let (before, left) = points.range(..at).next_back()?;
    let (after, right) = points.range(at..).next()?;
    let part = at.saturating_sub(*before) as f64 / after.saturating_sub(*before) as f64;
    Some(left + (right - left) * part).filter(|value| value.is_finite())
}

/// `IF(condition, trueValue, falseValue)`: 0 is false. A true condition without a value of the second series gives 0, a
/// false one without a third drops the point.
fn condition(values: &[Value]) -> Result<Value, MathError> {
    const TAKES: &str = "a condition, a value if it is true, and one if not";
    let (condition, yes, no) = match values {
        [condition, yes] => (condition, yes, None),
        [condition, yes, no] => (condition, yes, Some(no)),
        _ => return Err(wrong("IF", TAKES)),
    };
    let is_fit = |value: &Value| matches!(value, Value::Scalar(_) | Value::Series(_));
    if !is_fit(yes) || !no.is_none_or(is_fit) {
        return Err(wrong("IF", TAKES));
    }
    let at = |value: &Value, moment: i64| match value {
        Value::Scalar(number) => Some(*number),
        Value::Series(points) => points.get(&moment).copied(),
        _ => None,
    };
    match condition {
        Value::Scalar(number) if *number != 0.0 => Ok(yes.clone()),
        Value::Scalar(_) => Ok(no.cloned().unwrap_or_else(|| Value::Series(Points::new()))),
        Value::Series(points) => Ok(Value::Series(
            points
                .iter()
                .filter_map(|(&moment, &truth)| {
                    let value =
                        if truth == 0.0 { at(no?, moment)? } else { at(yes, moment).unwrap_or_default() };
                    value.is_finite().then_some((moment, value))
                })
                .collect(),
        )),
        _ => Err(wrong("IF", TAKES)),
    }
}

fn array(name: &str, values: &[Value]) -> Result<Value, MathError> {
    let [Value::Many(list)] = values else { return Err(wrong(name, "one array of time series")) };
    Ok(match name {
        "FIRST" => Value::Series(list.first().cloned().unwrap_or_default()),
        "LAST" => Value::Series(list.last().cloned().unwrap_or_default()),
        "METRIC_COUNT" => Value::Scalar(list.len() as f64),
        _ => Value::Many(list.iter().filter(|points| !points.is_empty()).cloned().collect()),
    })
}

/// Of one series a number; of several a series. "Missing values are treated as 0" in sums and averages; the least and the most are of those
/// that are there.
fn aggregate(name: &str, values: &[Value]) -> Result<Value, MathError> {
    let reduce = |values: &[f64], width: usize| match name {
        "SUM" => values.iter().sum(),
        "AVG" => values.iter().sum::<f64>() / width as f64,
        "MIN" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "MAX" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        _ => values.len() as f64,
    };
    match values {
        [Value::Series(points)] => {
            let values: Vec<_> = points.values().copied().collect();
            // Nothing has no average: what is computed with it is dropped.
            let value = if values.is_empty() && name != "SUM" && name != "DATAPOINT_COUNT" {
                f64::NAN
            } else {
                reduce(&values, values.len())
            };
            Ok(Value::Scalar(value))
        }
        [Value::Many(list)] => {
            let moments: BTreeSet<i64> = list.iter().flat_map(|points| points.keys().copied()).collect();
            Ok(Value::Series(
                moments
                    .into_iter()
                    .map(|at| {
                        let here: Vec<_> =
                            list.iter().filter_map(|points| points.get(&at).copied()).collect();
                        (at, reduce(&here, list.len()))
                    })
                    .filter(|(_, value)| value.is_finite())
                    .collect(),
            ))
        }
        _ => Err(wrong(name, "one time series, or an array of them")),
    }
}

/// Functions that make one series of one series.
fn each(name: &str) -> Option<fn(&Points) -> Points> {
    fn map(points: &Points, function: fn(f64) -> f64) -> Points {
        let values = points.iter().map(|(&at, &value)| (at, function(value)));
        values.filter(|(_, value)| value.is_finite()).collect()
    }
    fn steps(points: &Points, function: fn(f64, f64) -> f64) -> Points {
        let pairs = points.iter().zip(points.iter().skip(1));
        pairs
            .map(|((before, left), (&at, right))| {
                (at, function(right - left, at.saturating_sub(*before) as f64))
            })
            .filter(|(_, value)| value.is_finite())
            .collect()
    }
    Some(match name {
        "ABS" => |points| map(points, f64::abs),
        "CEIL" => |points| map(points, f64::ceil),
        "FLOOR" => |points| map(points, f64::floor),
        "LOG" => |points| map(points, f64::ln),
        "LOG10" => |points| map(points, f64::log10),
        "DIFF" => |points| steps(points, |step, _| step),
        "DIFF_TIME" => |points| steps(points, |_, seconds| seconds),
        "RATE" => |points| steps(points, |step, seconds| step / seconds),
        "RUNNING_SUM" => |points| {
            let mut sum = 0.0;
            let sums = points.iter().map(|(&at, value)| {
                sum += value;
                (at, sum)
            });
            sums.filter(|(_, value)| value.is_finite()).collect()
        },
        _ => return None,
    })
}

/// Parts of a moment in UTC; Monday is day 1.
fn calendar(name: &str, at: i64) -> f64 {
    let part = match name {
        "EPOCH" => at,
        "MINUTE" => at.div_euclid(60).rem_euclid(60),
        "HOUR" => at.div_euclid(3600).rem_euclid(24),
        // 1970-01-01 was a Thursday.
        _ => (at.div_euclid(86_400) + 3).rem_euclid(7) + 1,
    };
    part as f64
}

fn wrong(function: &str, expected: &'static str) -> MathError {
    MathError::Arguments { function: function.to_owned(), expected }
}
