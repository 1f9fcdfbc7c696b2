//! Wildcards: what they reach, against a slow and obvious matcher, and what they cost.

use super::template::Template;
use super::{Pattern, Token};
use crate::facts::Facts;
use crate::request::Request;
use proptest::prelude::*;

#[track_caller]
fn check(pattern: &str, text: &str, expected: bool) {
    assert_eq!(Pattern::of_text(pattern).matches(text), expected, "{pattern} {text}");
}

#[track_caller]
fn check_resource(pattern: &str, text: &str, expected: bool) {
    let request = Request::new("ANONYMOUS", "s3:GetObject", "*").unwrap();
    let facts = Facts::new(&request, false);
    assert_eq!(Template::resource(pattern, true).matches(text, &facts), expected.into(), "{pattern} {text}");
}

#[test]
fn texts() {
    check("", "", true);
    check("", "a", false);
    check("*", "", true);
    check("**", "a:b", true);
    check("a", "a", true);
    check("a*", "a", true);
    check("*a", "ba", true);
    check("*a", "ab", false);
    check("a*b*c", "aXbYbZc", true);
    check("a*b*c", "aXbYbZ", false);
    check("?", "ü", true);
    check("*?", "ü", true);
    check("*?", "", false);
    check("a?c", "abc", true);
    check("*abab", "ababab", true);
}

#[test]
fn resources_by_segment() {
    check_resource("*", "arn:aws:s3:::b", true);
    check_resource("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test/3/o.jpg", true);
    check_resource("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/o.jpg", false);
    check_resource("arn:aws:s3:::b", "arn:aws:s3:::B", false);
    // A `*` at the end of a segment goes on over colons, one within does not.
    check_resource("arn:aws:dynamodb:us-*:table/t", "arn:aws:dynamodb:us-east-1:111111111111:table/t", true);
    check_resource("arn:aws:sqs:us-*-1:*:q", "arn:aws:sqs:us-east-1:111111111111:q", true);
    check_resource("arn:aws:sqs:us-*-1:q", "arn:aws:sqs:us-east-1:111111111111-1:q", false);
    check_resource("arn:aws:sqs:us-????-1:*:q", "arn:aws:sqs:us-east-1:111111111111:q", true);
    check_resource("arn:aws:sqs:us?east-1:1:q", "arn:aws:sqs:us:east-1:1:q", false);
    check_resource("arn:aws:s3:*", "arn:aws:s3:::b/k", true);
    check_resource("arn:*", "arn:aws:s3:::b/k", true);
    // The sixth part holds colons of its own.
    check_resource("arn:aws:lambda:*:*:function:f*D", "arn:aws:lambda:r:1:function:f:PROD", true);
    check_resource("arn:aws:lambda:r:1:function:f", "arn:aws:lambda:r:1:function:f:PROD", false);
    check_resource("arn:aws:lambda:r:1:function?f", "arn:aws:lambda:r:1:function:f", true);
    // Not a variable outside the sixth part.
    check_resource("arn:aws:s3:${*}::b", "arn:aws:s3:${x}::b", true);
    check_resource("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true);
    check_resource("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false);
    check_resource("arn:aws:s3:::b/?", "arn:aws:s3:::b/*", true);
}

#[test]
fn many_wildcards_cost_no_explosion() {
    let text = "a".repeat(20_000);
    check(&format!("{}b", "*a".repeat(50)), &text, false);
    check_resource(&format!("{}:b", "arn*a".repeat(30)), &format!("{}:", "arna".repeat(2_000)), false);
}

/// Every way to divide the text, tried.
fn slow(tokens: &[Token], text: &str) -> bool {
    let Some((token, tokens)) = tokens.split_first() else { return text.is_empty() };
    let rest = |c: char| text.strip_prefix(c).unwrap();
    let first = text.chars().next();
    match token {
        Token::Text(literal) => text.strip_prefix(&**literal).is_some_and(|rest| slow(tokens, rest)),
        Token::One => first.is_some_and(|c| slow(tokens, rest(c))),
        Token::OneOfSegment => first.is_some_and(|c| c != ':' && slow(tokens, rest(c))),
        Token::Any => text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .any(|at| slow(tokens, text.split_at(at).1)),
        Token::AnyOfSegment => {
            let end = text.find(':').unwrap_or(text.len());
            (0..=end).filter(|at| text.is_char_boundary(*at)).any(|at| slow(tokens, text.split_at(at).1))
        }
    }
}

/// Patterns as ARNs make them: those of segments come before those of the rest, but for `*` at a segment's end.
fn tokens() -> impl Strategy<Value = Vec<Token>> {
    let literal = "[ab:]{1,2}".prop_map(|text| Token::Text(text.into()));
    let head =
        prop_oneof![literal.clone(), Just(Token::AnyOfSegment), Just(Token::OneOfSegment), Just(Token::Any),];
    let tail = prop_oneof![literal, Just(Token::Any), Just(Token::One)];
    (prop::collection::vec(head, 0..6), prop::collection::vec(tail, 0..5)).prop_map(|(mut head, tail)| {
        head.extend(tail);
        head
    })
}

proptest! {
    #[test]
    fn as_the_slow_matcher(tokens in tokens(), text in "[ab:é]{0,12}") {
        prop_assert_eq!(Pattern::new(tokens.clone()).matches(&text), slow(&tokens, &text), "{:?}", tokens);
    }
}
