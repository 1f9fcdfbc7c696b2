//! Metric math, computed.
//!
//! Functions and what they do with missing data points:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list>.

mod functions;
mod operators;

use super::expression::{Expression, ParseError};
use crate::metrics::{Series, Statistic};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Series an expression may have in its hands; CloudWatch: 500 metrics and expressions a request.
const SERIES_MAX: usize = 500;
/// Periods in the range of an evaluation.
const GRID_MAX: i64 = 100_000;
/// Expressions that may use each other in a chain.
const CHAIN_MAX: usize = 32;

/// What an id stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// A metric with its data points.
    Metric(Series),
    /// An expression over other ids.
    Expression(String),
}

/// All ids of an alarm or a request, as `Metrics` of `PutMetricAlarm` lists them.
pub type Queries = BTreeMap<String, Query>;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MathError {
    /// It cannot be read.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Nothing has this id.
    #[error("metric math uses `{id}`, which is neither a metric nor an expression of this request")]
    UnknownId {
        /// The id.
        id: String,
    },
    /// Expressions use each other in a circle.
    #[error("expression `{id}` uses itself")]
    Circle {
        /// One id of the circle.
        id: String,
    },
    /// A function that is not computed here.
    #[error(
        "metric math function `{function}` is not supported; read the recorded values of the expression instead"
    )]
    Unsupported {
        /// The function.
        function: String,
    },
    /// Arguments of the wrong type.
    #[error("`{function}` does not take these arguments: {expected}")]
    Arguments {
        /// The function or operator.
        function: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Metrics with different periods.
    #[error("metric math needs metrics of one period; there are {left} s and {right} s")]
    Periods {
        /// One period in seconds.
        left: u32,
        /// Another.
        right: u32,
    },
    /// The result is a number.
    #[error("`{id}` is a single number; the result of metric math must be a time series")]
    Scalar {
        /// The id that was asked for.
        id: String,
    },
    /// The result is several series.
    #[error("`{id}` is {count} time series; an alarm watches one")]
    Several {
        /// The id that was asked for.
        id: String,
        /// How many.
        count: usize,
    },
    /// More than is reasonable.
    #[error("metric math becomes too large to compute; ask for a shorter time or fewer metrics")]
    TooLarge,
}

/// Data points by their moment.
type Points = BTreeMap<i64, f64>;

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// S in the user guide.
    Scalar(f64),
    /// TS.
    Series(Points),
    /// TS[].
    Many(Vec<Points>),
    /// An argument that is a word: `REPEAT`.
    Word(String),
}

/// The series an id stands for, with the periods that begin in `from..until` as its range.
///
/// # Errors
/// [`MathError`]; an expression that cannot be computed is never answered with a guess.
pub fn series(queries: &Queries, id: &str, from: i64, until: i64) -> Result<Series, MathError> {
    let periods: BTreeSet<u32> = queries
        .values()
        .filter_map(|query| match query {
            Query::Metric(series) => Some(series.period()),
            Query::Expression(_) => None,
        })
        .collect();
    let mut periods = periods.into_iter();
    let period = periods.next().unwrap_or(60);
    if let Some(right) = periods.next() {
        return Err(MathError::Periods { left: period, right });
    }
    let mut request =
        Request { queries, period: i64::from(period), from, until, open: Vec::new(), done: BTreeMap::new() };
    let points = match request.id(id)? {
        Value::Series(points) => points,
        Value::Many(mut list) if list.len() == 1 => list.pop().unwrap_or_default(),
        Value::Many(list) => return Err(MathError::Several { id: id.to_owned(), count: list.len() }),
        Value::Scalar(_) | Value::Word(_) => return Err(MathError::Scalar { id: id.to_owned() }),
    };
    // What comes out of an expression is neither a sum nor an average of anything.
    let statistic = match queries.get(id) {
        Some(Query::Metric(series)) => series.statistic().clone(),
        _ => Statistic::Other("expression".to_owned()),
    };
    Ok(Series::new(statistic, period, points))
}

/// One evaluation: the ids, the range, the expressions being computed and those that are.
struct Request<'a> {
    queries: &'a Queries,
    period: i64,
    from: i64,
    until: i64,
    open: Vec<&'a str>,
    done: BTreeMap<&'a str, Value>,
}

impl<'a> Request<'a> {
    fn id(&mut self, id: &str) -> Result<Value, MathError> {
        let Some((name, query)) = self.queries.get_key_value(id) else {
            return Err(MathError::UnknownId { id: id.to_owned() });
        };
        match query {
            Query::Metric(series) => Ok(Value::Series(self.metric(series))),
            Query::Expression(text) => {
                if let Some(value) = self.done.get(name.as_str()) {
                    return Ok(value.clone());
                }
                if self.open.contains(&name.as_str()) {
                    return Err(MathError::Circle { id: id.to_owned() });
                }
                if self.open.len() >= CHAIN_MAX {
                    return Err(MathError::TooLarge);
                }
                self.open.push(name);
                let value =
                    Expression::parse(text).map_err(MathError::from).and_then(|read| self.compute(&read));
                self.open.pop();
                self.done.insert(name, value.clone()?);
                value
            }
        }
    }

    fn metric(&self, series: &Series) -> Points {
        let range = self.from..self.until;
        series
            .points()
            .iter()
            .filter(|point| range.contains(&point.at))
            .map(|point| (point.at, point.value))
            .collect()
    }

    fn compute(&mut self, expression: &Expression) -> Result<Value, MathError> {
        match expression {
            Expression::Number(number) => Ok(Value::Scalar(*number)),
            Expression::Id(id) => self.id(id),
            Expression::Word(word) => Ok(Value::Word(word.clone())),
            Expression::Text(_) => Err(MathError::Arguments {
                function: "\"...\"".to_owned(),
                expected: "text belongs into METRICS",
            }),
            Expression::Negative(operand) => operators::negative(self.compute(operand)?),
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.compute(left)?, self.compute(right)?);
                operators::binary(*operator, left, right)
            }
            Expression::Array(elements) => {
                let mut list = Vec::new();
                for element in elements {
                    match self.compute(element)? {
                        Value::Series(points) => list.push(points),
                        Value::Many(more) => list.extend(more),
                        Value::Scalar(_) | Value::Word(_) => {
                            return Err(MathError::Arguments {
                                function: "[...]".to_owned(),
                                expected: "time series",
                            });
                        }
                    }
                    if list.len() > SERIES_MAX {
                        return Err(MathError::TooLarge);
                    }
                }
                Ok(Value::Many(list))
            }
            Expression::Call(name, arguments) => self.call(name, arguments),
        }
    }

    /// Every moment of the range at which a period begins.
    fn grid(&self) -> Result<Vec<i64>, MathError> {
        let first = self.from.div_euclid(self.period) + i64::from(self.from.rem_euclid(self.period) != 0);
        let count = self.until.div_euclid(self.period).saturating_sub(first).saturating_add(1);
        if count > GRID_MAX {
            return Err(MathError::TooLarge);
        }
        Ok((0..count)
            .map(|step| first.saturating_add(step).saturating_mul(self.period))
            .filter(|at| (self.from..self.until).contains(at))
            .collect())
    }
}

#[cfg(test)]
mod tests;
