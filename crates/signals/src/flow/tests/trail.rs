//! The reader of CloudTrail files against `serde_json`.

use crate::flow::cloudtrail::{Event, Records};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const NAMES: [&str; 14] = [
    "eventTime",
    "eventSource",
    "eventName",
    "errorCode",
    "awsRegion",
    "userIdentity",
    "arn",
    "eventNam",
    "userIden",
    "requestParameters",
    "a",
    "",
    "eventName2",
    "q\"{",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["eventName", "arn:aws:iam::1:user/a", "us-east-1", "}", "{", "\\", "\"", "\\\"", "]}", "arn\":\"x", ""]).prop_map(str::to_owned),
        1 => "[a-z\\\\\"{}\\[\\]:, \u{e9}\n]{0,90}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::vec((select(&NAMES[..]).prop_map(str::to_owned), inner), 0..8).prop_map(
        |mut members| {
            let mut seen = Vec::new();
            members.retain(|(name, _)| !seen.contains(name) && (seen.push(name.clone()), true).1);
            members
        },
    )
}

/// In this order, which a map of `serde_json` does not keep.
fn written(members: &[(String, Value)], space: &str) -> String {
    let member = |(name, value): &(String, Value)| {
        let value =
            if space.len() > 2 { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        format!("{space}{}{space}:{space}{}", json!(name), value.unwrap())
    };
    format!("{{{}{space}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
}

proptest! {
    #[test]
    fn members_are_those_of_the_json(
        records in prop::collection::vec(object(value()), 0..6),
        space in select(vec!["", " ", "\n  "]),
        piece in 1..200usize,
    ) {
        let all: Vec<_> = records.iter().map(|record| written(record, space)).collect();
        let file = format!("{{\"Records\":[{}]}}", all.join(","));
        let expected: Vec<_> = records.iter().map(|record| {
            let of = |name: &str| record.iter().find(|(own, _)| own == name).map(|(_, value)| value);
            let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
            let actor = of("userIdentity").and_then(|identity| identity.get("arn"));
            [text(of("eventTime")), text(of("eventSource")), text(of("eventName")), text(of("errorCode")), text(of("awsRegion")), text(actor)]
        }).collect();
        for piece in [piece, file.len()] {
            let (mut reader, mut seen, mut whole) = (Records::default(), Vec::new(), Vec::new());
            let mut each = |event: &Event| {
                let text = |raw: &[u8]| serde_json::from_str::<String>(&format!("\"{}\"", std::str::from_utf8(raw).unwrap())).unwrap();
                seen.push([event.time, event.source, event.name, event.error, event.region, event.actor].map(text));
                whole.push(String::from_utf8(event.record.to_vec()).unwrap());
            };
            file.as_bytes().chunks(piece).for_each(|piece| reader.push(piece, &mut each));
            reader.finish(&mut each);
            prop_assert_eq!(&seen, &expected);
            prop_assert_eq!(&whole, &all);
            prop_assert_eq!(reader.broken, 0);
        }
    }
}
