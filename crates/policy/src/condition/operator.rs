//! The names of operators and what they stand for.

use super::compare::Comparison;

/// Whether the values of the request are looked at one by one, and how many must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    None,
    All,
    Any,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Like,
    Numeric,
    Date,
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) set: Set,
    pub(super) family: Family,
    pub(super) comparison: Comparison,
    pub(super) is_negated: bool,
    pub(super) if_exists: bool,
    pub(super) ignores_case: bool,
}

/// Name in lower case, family, comparison, whether it is negated.
const OPERATORS: [(&str, Family, Comparison, bool); 27] = [
    ("stringequals", Family::Text, Comparison::Equal, false),
    ("stringnotequals", Family::Text, Comparison::Equal, true),
    ("stringequalsignorecase", Family::Text, Comparison::Equal, false),
    ("stringnotequalsignorecase", Family::Text, Comparison::Equal, true),
    ("stringlike", Family::Like, Comparison::Equal, false),
    ("stringnotlike", Family::Like, Comparison::Equal, true),
    ("numericequals", Family::Numeric, Comparison::Equal, false),
    ("numericnotequals", Family::Numeric, Comparison::Equal, true),
    ("numericlessthan", Family::Numeric, Comparison::Less, false),
    ("numericlessthanequals", Family::Numeric, Comparison::LessOrEqual, false),
    ("numericgreaterthan", Family::Numeric, Comparison::Greater, false),
    ("numericgreaterthanequals", Family::Numeric, Comparison::GreaterOrEqual, false),
    ("dateequals", Family::Date, Comparison::Equal, false),
    ("datenotequals", Family::Date, Comparison::Equal, true),
    ("datelessthan", Family::Date, Comparison::Less, false),
    ("datelessthanequals", Family::Date, Comparison::LessOrEqual, false),
    ("dategreaterthan", Family::Date, Comparison::Greater, false),
    ("dategreaterthanequals", Family::Date, Comparison::GreaterOrEqual, false),
    ("bool", Family::Bool, Comparison::Equal, false),
    ("binaryequals", Family::Binary, Comparison::Equal, false),
    ("ipaddress", Family::Ip, Comparison::Equal, false),
    ("notipaddress", Family::Ip, Comparison::Equal, true),
    ("arnequals", Family::Arn, Comparison::Equal, false),
    ("arnlike", Family::Arn, Comparison::Equal, false),
    ("arnnotequals", Family::Arn, Comparison::Equal, true),
    ("arnnotlike", Family::Arn, Comparison::Equal, true),
    ("null", Family::Null, Comparison::Equal, false),
];

impl Operator {
    /// Reads a name with its set operator and `IfExists`. Case does not matter: policies in the wild have
    /// `forAnyValue:`, and AWS takes them.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (set, name) = match name.split_once(':') {
            Some(("forallvalues", name)) => (Set::All, name),
            Some(("foranyvalue", name)) => (Set::Any, name),
            Some(_) => return None,
            None => (Set::None, name.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (_, family, comparison, is_negated) = *OPERATORS.iter().find(|(other, ..)| *other == name)?;
        if family == Family::Null && if_exists {
            return None;
        }
        let ignores_case = name.ends_with("ignorecase") || family == Family::Bool;
        Some(Self { set, family, comparison, is_negated, if_exists, ignores_case })
    }
}
