//! Conditions: operators, set operators, and what an absent key means (IAM User Guide,
//! `reference_policies_elements_condition_operators` and `reference_policies_condition-single-vs-multi-valued-context-keys`).

mod compare;
mod operator;

use crate::context::{ContextValue, Lookup};
use crate::facts::Facts;
use crate::pattern::Template;
use crate::truth::Truth;
use compare::{Address, Comparison, Decimal, instant};
use jiff::Timestamp;
use operator::{Family, Operator, Set};
use std::borrow::Cow;

/// One key under one operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    operator: Operator,
    /// In lower case.
    key: String,
    values: Values,
}

/// The values of the policy, prepared. What is none of its family is `None` and equals nothing.
#[derive(Debug, Clone, PartialEq)]
enum Values {
    Texts(Vec<Template>),
    Numbers(Vec<Option<Decimal>>),
    Moments(Vec<Option<Timestamp>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Addresses(Vec<Option<Address>>),
    /// Whether the key must be absent.
    Absence(Vec<bool>),
}

impl Condition {
    /// Prepares a condition. The second part says which values can never match, and why.
    ///
    /// # Errors
    /// When there is no such operator.
    pub(crate) fn new(
        operator: &str,
        key: &str,
        values: &[String],
        has_variables: bool,
    ) -> Result<(Self, Vec<String>), String> {
        let operator = Operator::parse(operator).ok_or_else(|| {
            format!("`{operator}` is no condition operator; use one like `StringEquals` or `ForAnyValue:StringLike`")
        })?;
        let mut faults = Vec::new();
        let values = prepare(operator, values, has_variables, &mut faults);
        Ok((Self { operator, key: key.trim().to_ascii_lowercase(), values }, faults))
    }

    /// The key, in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Whether it holds for a request.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Truth {
        let mark = facts.mark();
        let truth = self.evaluate(facts);
        if !truth.is_unknown() {
            facts.forget(mark);
        }
        truth
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Truth {
        let found = facts.lookup(&self.key);
        if let Values::Absence(wanted) = &self.values {
            return match found {
                Lookup::Unknown => Truth::Unknown,
                Lookup::Absent => wanted.contains(&true).into(),
                Lookup::Present(value) => wanted.contains(&is_null(value)).into(),
            };
        }
        let is_negated = self.operator.is_negated;
        match found {
            Lookup::Unknown => {
                // Whoever looks the key up needs what it is compared with, too.
                if let Values::Texts(templates) = &self.values {
                    templates.iter().for_each(|template| template.ask(facts));
                }
                Truth::Unknown
            }
            Lookup::Present(ContextValue::One(value)) => match self.operator.set {
                // A key that resolves to nothing, "such as an empty string", is as good as absent.
                Set::All if value.is_empty() => Truth::True,
                _ => self.one(value, is_negated, facts),
            },
            Lookup::Present(value) if is_null(value) => self.without_value(),
            Lookup::Absent => self.without_value(),
            Lookup::Present(ContextValue::Many(values)) => {
                let each = values.iter().map(|value| self.one(value, is_negated, facts));
                match self.operator.set {
                    Set::All if values.iter().all(String::is_empty) => Truth::True,
                    Set::All => each.fold(Truth::True, Truth::and),
                    Set::Any => each.fold(Truth::False, Truth::or),
                    // Only set operators compare several values.
                    Set::None => Truth::False,
                }
            }
        }
    }

    /// What holds of a key that is not there.
    fn without_value(&self) -> Truth {
        let operator = self.operator;
        match operator.set {
            _ if operator.if_exists => Truth::True,
            Set::All => Truth::True,
            Set::Any => Truth::False,
            Set::None => operator.is_negated.into(),
        }
    }

    fn one(&self, value: &str, is_negated: bool, facts: &Facts<'_>) -> Truth {
        let found = self.equals_any(value, facts);
        if is_negated { !found } else { found }
    }

    /// Whether one of the policy's values matches a value of the request.
    fn equals_any(&self, value: &str, facts: &Facts<'_>) -> Truth {
        let comparison = self.operator.comparison;
        match &self.values {
            Values::Texts(templates) => {
                let value = match self.operator.ignores_case {
                    true if !value.bytes().all(|b| b.is_ascii_lowercase()) => {
                        Cow::Owned(value.to_lowercase())
                    }
                    _ => Cow::Borrowed(value),
                };
                let mut found = Truth::False;
                for template in templates {
                    found = found.or(template.matches(&value, facts));
                    if found.is_true() {
                        break;
                    }
                }
                found
            }
            Values::Numbers(numbers) => ordered(comparison, Decimal::parse(value).as_ref(), numbers),
            Values::Moments(moments) => ordered(comparison, instant(value).as_ref(), moments),
            Values::Bytes(list) => match compare::base64(value) {
                Some(bytes) => list.iter().flatten().any(|other| *other == bytes).into(),
                None => Truth::False,
            },
            Values::Addresses(list) => match Address::parse(value) {
                Some(address) => list.iter().flatten().any(|range| range.contains(&address)).into(),
                None => Truth::False,
            },
            Values::Absence(_) => Truth::False,
        }
    }
}

/// Present, and resolves to nothing all the same.
fn is_null(value: &ContextValue) -> bool {
    matches!(value, ContextValue::Many(values) if values.is_empty())
}

fn ordered<T: Ord>(comparison: Comparison, value: Option<&T>, others: &[Option<T>]) -> Truth {
    let Some(value) = value else { return Truth::False };
    others.iter().flatten().any(|other| comparison.holds(value.cmp(other))).into()
}

fn prepare(operator: Operator, values: &[String], has_variables: bool, faults: &mut Vec<String>) -> Values {
    fn read<T>(
        values: &[String],
        what: &str,
        faults: &mut Vec<String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<Option<T>> {
        let mut list = Vec::with_capacity(values.len());
        for value in values {
            let read = parse(value);
            if read.is_none() {
                faults.push(format!("`{value}` is no {what}, so that it matches nothing; correct it"));
            }
            list.push(read);
        }
        list
    }
    let text = |value: &String| match operator.family {
        Family::Arn => Template::arn(value, has_variables),
        family => Template::text(value, family == Family::Like, has_variables, operator.ignores_case),
    };
    match operator.family {
        Family::Text | Family::Like | Family::Arn => Values::Texts(values.iter().map(text).collect()),
        Family::Bool => {
            let is_valid = |value: &str| {
                (value.contains("${")
                    || value.eq_ignore_ascii_case("true")
                    || value.eq_ignore_ascii_case("false"))
                .then_some(())
            };
            let _ = read(values, "boolean", faults, is_valid);
            Values::Texts(values.iter().map(text).collect())
        }
        Family::Numeric => Values::Numbers(read(values, "number", faults, Decimal::parse)),
        Family::Date => {
            let what = "date (`2026-05-02T13:37:00Z`, or seconds since 1970)";
            Values::Moments(read(values, what, faults, instant))
        }
        Family::Binary => Values::Bytes(read(values, "base64 text", faults, compare::base64)),
        Family::Ip => Values::Addresses(read(values, "address or CIDR block", faults, Address::parse)),
        Family::Null => {
            let flag = |value: &str| match value {
                _ if value.eq_ignore_ascii_case("true") => Some(true),
                _ if value.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            };
            Values::Absence(read(values, "boolean", faults, flag).into_iter().flatten().collect())
        }
    }
}

#[cfg(test)]
mod tests;
