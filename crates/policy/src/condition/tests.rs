//! Every operator, and every trap that a key which is not there sets.

use super::Condition;
use crate::context::Context;
use crate::facts::Facts;
use crate::request::Request;
use crate::truth::Truth;

/// A context in a few words: `k=v`, `k=[a,b]`, `?` for a partial one.
fn context(text: &str) -> Context {
    let mut context = if text.contains('?') { Context::partial() } else { Context::complete() };
    for part in text.split_whitespace().filter(|part| *part != "?") {
        let (key, value) = part.split_once('=').unwrap();
        match value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
            Some("") => context.set_many(key, Vec::new()),
            Some(list) => context.set_many(key, list.split(',').map(ToOwned::to_owned).collect()),
            None => context.set(key, value),
        }
    }
    context
}

fn evaluate(operator: &str, values: &[&str], given: &str) -> Truth {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let (condition, _) = Condition::new(operator, "K", &values, true).unwrap();
    let request =
        Request::new("arn:aws:iam::111111111111:user/u", "s3:GetObject", "arn:aws:s3:::b/k").unwrap();
    let request = request.with_context(context(given));
    condition.holds(&Facts::new(&request, false))
}

#[track_caller]
fn check(operator: &str, values: &[&str], given: &str, expected: bool) {
    assert_eq!(evaluate(operator, values, given), expected.into(), "{operator} {values:?} {given}");
}

#[test]
fn strings() {
    check("StringEquals", &["a"], "k=a", true);
    check("StringEquals", &["a"], "k=A", false);
    check("StringEquals", &["b", "a"], "k=a", true);
    check("StringEquals", &[], "k=a", false);
    check("StringEquals", &["a*"], "k=ab", false);
    check("StringEquals", &["a*"], "k=a*", true);
    check("StringEqualsIgnoreCase", &["aB"], "k=Ab", true);
    check("StringNotEquals", &["a"], "k=b", true);
    check("StringNotEquals", &["a", "b"], "k=b", false);
    check("StringNotEqualsIgnoreCase", &["A"], "k=a", false);
    check("StringLike", &["a*c?"], "k=abbbcd", true);
    check("StringLike", &["a?"], "k=a", false);
    check("StringLike", &["A*"], "k=ab", false);
    check("StringNotLike", &["a*"], "k=ab", false);
    check("StringNotLike", &["a*"], "k=b", true);
    check("stringlike", &["a*"], "k=ab", true);
    check("StringLike", &["é?"], "k=éü", true);
}

#[test]
fn numbers_are_compared_as_numbers() {
    check("NumericEquals", &["10"], "k=10.0", true);
    check("NumericEquals", &["10"], "k=010", true);
    check("NumericNotEquals", &["10"], "k=9", true);
    check("NumericLessThan", &["10"], "k=9", true);
    check("NumericLessThan", &["10"], "k=10", false);
    check("NumericLessThanEquals", &["10"], "k=10", true);
    check("NumericGreaterThan", &["-2.5"], "k=-2.25", true);
    check("NumericGreaterThanEquals", &["0.5"], "k=.5", true);
    check("NumericGreaterThan", &["9007199254740992"], "k=9007199254740993", true);
    check("NumericEquals", &["0"], "k=-0.0", true);
    check("NumericEquals", &["1"], "k=one", false);
    check("NumericLessThan", &["5", "20"], "k=10", true);
}

#[test]
fn dates_are_moments() {
    check("DateEquals", &["2026-01-01T00:00:00Z"], "k=1767225600", true);
    check("DateEquals", &["1767225600"], "k=2026-01-01T01:00:00+01:00", true);
    check("DateLessThan", &["2026-01-01T00:00:00Z"], "k=2025-12-31T23:59:59.999Z", true);
    check("DateLessThanEquals", &["2026"], "k=2026-01-01T00:00:00Z", true);
    check("DateGreaterThan", &["2026-02"], "k=2026-02-01", false);
    check("DateGreaterThanEquals", &["2026-02"], "k=2026-02-01T00:00Z", true);
    check("DateNotEquals", &["2026-02-01"], "k=1769904000.5", true);
    check("DateGreaterThan", &["4102444800"], "k=2026-01-01T00:00:00Z", false);
    check("DateLessThan", &["junk"], "k=2026-01-01T00:00:00Z", false);
}

#[test]
fn booleans_bytes_and_null() {
    check("Bool", &["true"], "k=true", true);
    check("Bool", &["True"], "k=true", true);
    check("Bool", &["false"], "k=true", false);
    check("Bool", &["false"], "", false);
    check("BoolIfExists", &["false"], "", true);
    check("BinaryEquals", &["QmluYXJ5"], "k=QmluYXJ5", true);
    check("BinaryEquals", &["QQ=="], "k=QQ", true);
    check("BinaryEquals", &["QmluYXJ5"], "k=qmluYXJ5", false);
    check("Null", &["true"], "", true);
    check("Null", &["true"], "k=a", false);
    check("Null", &["false"], "k=a", true);
    check("Null", &["false"], "", false);
    check("Null", &["false"], "k=[]", false);
    check("Null", &["true", "false"], "", true);
}

#[test]
fn addresses_are_compared_not_their_spelling() {
    check("IpAddress", &["203.0.113.0/24"], "k=203.0.113.9", true);
    check("IpAddress", &["203.0.113.9"], "k=203.0.113.9", true);
    check("IpAddress", &["203.0.113.7/24"], "k=203.0.113.9", true);
    check("IpAddress", &["203.0.113.0/24"], "k=198.51.100.1", false);
    check("IpAddress", &["2001:db8::/32"], "k=2001:0DB8:0:0::1", true);
    check("IpAddress", &["2001:db8:0::1"], "k=2001:db8::0001", true);
    check("IpAddress", &["203.0.113.9"], "k=::ffff:203.0.113.9", true);
    check("IpAddress", &["::ffff:203.0.113.0/120"], "k=203.0.113.9", true);
    check("IpAddress", &["0.0.0.0/0"], "k=2001:db8::1", false);
    check("NotIpAddress", &["203.0.113.0/24"], "k=2001:db8::1", true);
    check("NotIpAddress", &["203.0.113.0/24", "10.0.0.0/8"], "k=10.1.2.3", false);
    check("NotIpAddress", &["203.0.113.0/24"], "", true);
    check("IpAddress", &["203.0.113.0/24"], "k=nonsense", false);
}

#[test]
fn arns_are_compared_part_by_part() {
    for operator in ["ArnEquals", "ArnLike"] {
        check(operator, &["arn:aws:sns:*:111111111111:t"], "k=arn:aws:sns:us-east-1:111111111111:t", true);
        check(operator, &["arn:*"], "k=arn:aws:sns:us-east-1:111111111111:t", false);
        check(operator, &["arn:aws:sns:*:t"], "k=arn:aws:sns:us-east-1:111111111111:t", false);
        check(operator, &["arn:aws:sns:*:*:*"], "k=arn:aws:sns:us-east-1:111111111111:t:sub", true);
        check(operator, &["arn:aws:s3:::b"], "k=arn:aws:s3:::B", false);
        check(operator, &["*"], "k=arn:aws:s3:::b", false);
        check(operator, &["arn:aws:iam::1?1:role/*"], "k=arn:aws:iam::121:role/a/b", true);
    }
    for operator in ["ArnNotEquals", "ArnNotLike"] {
        check(operator, &["arn:aws:s3:::b*"], "k=arn:aws:s3:::bucket", false);
        check(operator, &["arn:aws:s3:::c*"], "k=arn:aws:s3:::bucket", true);
        check(operator, &["arn:aws:s3:::c*"], "", true);
    }
    check("ArnLike", &["${v}"], "k=arn:aws:s3:::b v=arn:aws:s3:::b", true);
}

#[test]
fn an_absent_key_has_a_meaning() {
    for (positive, negated, value) in [
        ("StringEquals", "StringNotEquals", "a"),
        ("StringLike", "StringNotLike", "a"),
        ("NumericEquals", "NumericNotEquals", "1"),
        ("DateEquals", "DateNotEquals", "2026"),
        ("ArnLike", "ArnNotLike", "arn:aws:s3:::b"),
        ("IpAddress", "NotIpAddress", "10.0.0.0/8"),
    ] {
        check(positive, &[value], "", false);
        check(negated, &[value], "", true);
        check(&format!("{positive}IfExists"), &[value], "", true);
        check(&format!("{negated}IfExists"), &[value], "", true);
        check(&format!("ForAllValues:{positive}"), &[value], "", true);
        check(&format!("ForAllValues:{negated}"), &[value], "", true);
        check(&format!("ForAnyValue:{positive}"), &[value], "", false);
        check(&format!("ForAnyValue:{negated}"), &[value], "", false);
        check(&format!("ForAnyValue:{positive}IfExists"), &[value], "", true);
        check(&format!("ForAllValues:{positive}"), &[value], "k=[]", true);
        check(&format!("ForAnyValue:{negated}"), &[value], "k=[]", false);
        assert_eq!(evaluate(positive, &[value], "?"), Truth::Unknown);
        assert_eq!(evaluate(negated, &[value], "?"), Truth::Unknown);
    }
    assert_eq!(evaluate("Null", &["true"], "?"), Truth::Unknown);
}

#[test]
fn sets_look_at_the_values_of_the_request() {
    check("ForAllValues:StringEquals", &["a", "b"], "k=[a,b]", true);
    check("ForAllValues:StringEquals", &["a", "b"], "k=[a,c]", false);
    check("ForAnyValue:StringEquals", &["a", "b"], "k=[a,c]", true);
    check("ForAnyValue:StringEquals", &["a", "b"], "k=[c,d]", false);
    check("ForAllValues:StringNotEquals", &["a", "b"], "k=[c,d]", true);
    check("ForAllValues:StringNotEquals", &["a", "b"], "k=[a,d]", false);
    check("ForAnyValue:StringNotEquals", &["a", "b"], "k=[a,c]", true);
    check("ForAnyValue:StringNotEquals", &["a", "b"], "k=[a,b]", false);
    check("ForAllValues:StringLike", &["a*"], "k=a1", true);
    check("ForAllValues:StringEquals", &["a"], "k=[]", true);
    check("StringEquals", &["a"], "k=[a]", false);
    check("StringNotEquals", &["b"], "k=[a]", false);
    check("StringEqualsIfExists", &["a"], "k=[a]", false);
}

#[test]
fn variables_are_put_in() {
    check("StringEquals", &["${v}"], "k=a v=a", true);
    check("StringEquals", &["${V}"], "k=a v=a", true);
    check("StringLike", &["x${v}*"], "k=xa*b v=a*", true);
    check("StringLike", &["x${v}"], "k=xab v=a*", false);
    check("StringEquals", &["${v, 'd'}"], "k=d", true);
    check("StringEquals", &["${v,'}'}"], "k=}", true);
    check("StringEquals", &["${v}"], "k=a", false);
    check("StringNotEquals", &["${v}"], "k=a", true);
    check("StringEquals", &["${v}", "a"], "k=a", true);
    check("StringEquals", &["${v}"], "k=a v=[a]", false);
    check("StringLike", &["${*}${?}${$}"], "k=*?$", true);
    check("StringLike", &["${*}"], "k=a", false);
    check("StringEquals", &["${v"], "k=${v", true);
    check("StringEqualsIgnoreCase", &["x${v}"], "k=XAB v=aB", true);
    check("Bool", &["${v}"], "k=true v=TRUE", true);
    assert_eq!(evaluate("StringEquals", &["x-${v}"], "k=x-1 ?"), Truth::Unknown);
    assert_eq!(evaluate("StringEquals", &["y-${v}"], "k=x-1 ?"), Truth::False);
    assert_eq!(evaluate("StringNotEquals", &["y-${v}"], "k=x-1 ?"), Truth::True);
}

#[test]
fn operators_that_do_not_exist_and_values_that_can_never_match_say_so() {
    for operator in
        ["", "StringEqual", "ForEachValue:StringEquals", "NullIfExists", "IfExists", "ForAllValues:"]
    {
        assert!(Condition::new(operator, "k", &[], true).is_err(), "{operator}");
    }
    for (operator, value) in [
        ("NumericEquals", "1e3"),
        ("DateEquals", "tomorrow"),
        ("Bool", "yes"),
        ("IpAddress", "10.0.0.0/33"),
        ("BinaryEquals", "***"),
        ("Null", "maybe"),
    ] {
        let (_, faults) = Condition::new(operator, "k", &[value.to_owned()], true).unwrap();
        assert!(faults.len() == 1 && faults[0].contains(value), "{operator}: {faults:?}");
    }
}
