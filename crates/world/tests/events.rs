//! Every event of the table, in every dialect: its edits, the way back, and the commands for the way back.
//!
//! `data/cases.jsonl` has a call a line, request and answer in API names (and, under `recorded`, the request as real
//! records have it where that differs in more than spelling); `data/world.json` is the world before each of them.
//! `data/events.txt` is what must come out; `UPDATE_EXPECT=1 cargo test` writes it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper fails by panicking")]

use butfor_world::cloudtrail::Record;
use butfor_world::command::{Found, Lookup, NewIds, commands, inspect};
use butfor_world::events::{Translation, translate};
use butfor_world::ids::IdIndex;
use butfor_world::{Delta, Edit, Facet, ResourceKey, State, facets};
use expect_test::expect_file;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A world small enough to read.
#[derive(Debug, Clone, PartialEq)]
struct Fixture(BTreeMap<(String, String), Value>);

impl Fixture {
    fn read() -> Self {
        let kinds: BTreeMap<String, BTreeMap<String, Value>> =
            serde_json::from_str(include_str!("data/world.json")).unwrap();
        let resources = kinds.into_iter().flat_map(|(kind, resources)| {
            resources.into_iter().map(move |(id, document)| ((kind.clone(), id), document))
        });
        Self(resources.collect())
    }

    fn ids(&self) -> IdIndex {
        let mut ids = IdIndex::default();
        for ((kind, id), document) in &self.0 {
            ids.learn_document(kind, id, document);
        }
        let rule = json!({
            "SecurityGroupRuleId": "sgr-icmp", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "icmp",
            "FromPort": 8, "ToPort": -1, "CidrIpv4": "10.0.0.0/8",
        });
        ids.learn_document("AWS::EC2::SecurityGroup", "sg-1", &rule);
        ids
    }

    fn state(&self, key: &ResourceKey, facet: &Facet) -> State {
        match self.0.get(&(key.kind.clone(), key.id.clone())) {
            Some(document) => facets::state(&key.kind, document, facet),
            None => State::Absent,
        }
    }

    fn with(&self, delta: &Delta) -> Self {
        let mut next = self.clone();
        for edit in &delta.edits {
            let key = (edit.resource.kind.clone(), edit.resource.id.clone());
            match (edit.facet.member.as_str(), &edit.after) {
                ("", State::Present(document)) => {
                    next.0.insert(key, document.clone());
                }
                ("", _) => {
                    next.0.remove(&key);
                }
                _ => {
                    if let Some(document) = next.0.get_mut(&key) {
                        facets::apply(&key.0, document, edit);
                    }
                }
            }
        }
        next
    }

    /// The facets in which the other world differs; a record tells less of an element than describe output.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for key in self.0.keys().chain(other.0.keys()) {
            let of = |world: &Self| {
                world.0.get(key).map(|document| facets::facets(&key.0, document)).unwrap_or_default()
            };
            let (own, others) = (of(self), of(other));
            for facet in own.keys().chain(others.keys()) {
                let same = match (own.get(facet), others.get(facet)) {
                    (Some(a), Some(b)) => facets::same(&key.0, facet, a, b),
                    _ => false,
                };
                if !same {
                    found.push(format!("{key:?} {facet:?}"));
                }
            }
        }
        found
    }
}

impl Lookup for Fixture {
    fn document(&self, kind: &str, id: &str) -> Option<Found> {
        let document = self.0.get(&(kind.to_owned(), id.to_owned()))?.clone();
        let account = if kind.contains("TransitGateway") { "999988887777" } else { "111122223333" };
        Some(Found { account: account.to_owned(), region: "us-east-1".to_owned(), document })
    }

    fn of_kind(&self, kind: &str) -> Vec<(String, Found)> {
        let ids = self.0.keys().filter(|(of, _)| of == kind).map(|(_, id)| id);
        ids.filter_map(|id| Some((id.clone(), self.document(kind, id)?))).collect()
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// EC2's flat dialect; for other services their own JSON.
fn flat(value: &Value, is_ec2: bool) -> Value {
    match value {
        Value::Object(members) => {
            // A policy is a document of its own.
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                "BucketPolicy" => (lower_first(name), value.clone()),
                _ => (lower_first(name), flat(value, is_ec2)),
            };
            members.iter().map(member).collect::<Map<_, _>>().into()
        }
        Value::Array(elements) if !is_ec2 => elements.iter().map(|element| flat(element, false)).collect(),
        Value::Array(elements) if elements.is_empty() => json!({}),
        Value::Array(elements) => {
            let element = |element: &Value| {
                if element.is_object() { flat(element, true) } else { json!({"id": element}) }
            };
            json!({"items": elements.iter().map(element).collect::<Vec<_>>()})
        }
        scalar => scalar.clone(),
    }
}

/// The request of EC2's wrapped dialect: singular names, numbered elements, one element alone, numbers as text.
fn wrapped_request(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let name = if value.is_array() { singular(name) } else { name.clone() };
                (name, wrapped_request(value))
            };
            members.iter().map(member).collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => {
            let numbered = elements.iter().enumerate().map(|(at, element)| match wrapped_request(element) {
                Value::Object(mut members) => {
                    members.insert("tag".to_owned(), json!(at + 1));
                    Value::Object(members)
                }
                content => json!({"tag": at + 1, "content": content}),
            });
            alone(numbered.collect())
        }
        Value::Number(number) => json!(number.to_string()),
        scalar => scalar.clone(),
    }
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

fn wrapped_response(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (lower_first(name), wrapped_response(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) if elements.is_empty() => json!(""),
        Value::Array(elements) => json!({"item": alone(elements.iter().map(wrapped_response).collect())}),
        scalar => scalar.clone(),
    }
}

fn alone(mut elements: Vec<Value>) -> Value {
    match elements.len() {
        0 => json!(""),
        1 => elements.remove(0),
        _ => Value::Array(elements),
    }
}

/// The call as the dialects record it.
fn dialects(case: &Value) -> Vec<(&'static str, Value, Value)> {
    let (event, service) = (case["event"].as_str().unwrap(), case["service"].as_str().unwrap_or("ec2"));
    let operation = event.split("20").next().unwrap();
    let is_ec2 = service == "ec2";
    let (request, response) = (&case["request"], &case["response"]);
    // Only EC2 turns XML to JSON; of other services the wrapper alone is tried.
    let inner = if is_ec2 { wrapped_request(request) } else { request.clone() };
    let mut wrapped = if is_ec2 { wrapped_response(response) } else { response.clone() };
    if let Value::Object(members) = &mut wrapped {
        members.insert("xmlns".to_owned(), json!("http://ec2.amazonaws.com/doc/2016-11-15/"));
        wrapped = json!({format!("{operation}Response"): members});
    }
    let mut dialects = vec![
        ("flat", flat(request, is_ec2), flat(response, is_ec2)),
        ("wrapped", json!({format!("{operation}Request"): inner}), wrapped),
    ];
    if !case["recorded"].is_null() {
        dialects.push(("recorded", case["recorded"].clone(), flat(response, is_ec2)));
    }
    dialects
}

fn record(case: &Value, request: &Value, response: &Value) -> Record {
    let source = format!("{}.amazonaws.com", case["service"].as_str().unwrap_or("ec2"));
    let record = json!({
        "eventVersion": "1.09", "eventTime": "2026-05-02T13:37:00Z", "eventID": "e-1", "eventName": case["event"],
        "eventSource": source, "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "readOnly": false,
        "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"},
        "requestParameters": request, "responseElements": response,
    });
    Record::parse(&record.to_string()).unwrap()
}

/// The edits, the same in every dialect, with what the world knows of the states before.
fn translated(case: &Value, world: &Fixture) -> Option<Delta> {
    let mut found: Option<Translation> = None;
    for (dialect, request, response) in dialects(case) {
        let record = record(case, &request, &response);
        let mut ids = world.ids();
        ids.learn_record(&record);
        let translation = translate(&record, &ids);
        match &found {
            Some(other) => assert_eq!(other, &translation, "{} {}: {dialect}", case["event"], case["note"]),
            None => found = Some(translation),
        }
    }
    match found.unwrap() {
        Translation::Edits(edits) => Some(Delta { edits }),
        Translation::NoEffect => None,
        Translation::NotAWrite => panic!("{} is a write", case["event"]),
    }
}

fn filled(delta: &Delta, world: &Fixture) -> Delta {
    let fill = |edit: &Edit| {
        let before = match &edit.before {
            State::Unknown if edit.after != State::Unknown => world.state(&edit.resource, &edit.facet),
            known => known.clone(),
        };
        Edit { before, ..edit.clone() }
    };
    Delta { edits: delta.edits.iter().map(fill).collect() }
}

fn shown(state: &State) -> String {
    match state {
        State::Absent => "-".to_owned(),
        State::Unknown => "?".to_owned(),
        State::Present(value) => value.to_string(),
    }
}

fn cases() -> impl Iterator<Item = Value> {
    include_str!("data/cases.jsonl").lines().map(|line| serde_json::from_str(line).unwrap())
}

#[test]
fn every_event_in_every_dialect_and_the_way_back() {
    let before = Fixture::read();
    let mut text = String::new();
    for case in cases() {
        let note = case["note"].as_str().map(|note| format!(" ({note})")).unwrap_or_default();
        writeln!(text, "## {}{note}", case["event"].as_str().unwrap()).unwrap();
        let Some(delta) = translated(&case, &before) else {
            text.push_str("nothing we model\n\n");
            continue;
        };
        for Edit { resource, facet, before, after } in &delta.edits {
            let element = facet.element.as_ref().map(|element| format!("[{element}]")).unwrap_or_default();
            let name = format!("{} {} {}{element}", resource.kind, resource.id, facet.member);
            writeln!(text, "{}: {} => {}", name.trim_end(), shown(before), shown(after)).unwrap();
        }
        let after = before.with(&delta);
        let inverse = filled(&delta, &before).inverse();
        if inverse.is_known() && inverse.inverse().is_known() {
            let back = after.with(&inverse);
            assert_eq!(back.differences(&before), Vec::<String>::new(), "{}{note}", case["event"]);
        }
        match commands(&inverse, &after) {
            Ok(commands) => {
                for command in commands {
                    writeln!(text, "{} {}$ {}", command.account, command.region, command.line).unwrap();
                    writeln!(text, "    {}", command.text).unwrap();
                    if let Some(caution) = command.caution {
                        writeln!(text, "    ! {caution}").unwrap();
                    }
                }
            }
            Err(error) => writeln!(text, "no commands: {error}").unwrap(),
        }
        for look in inspect(&inverse, &after, &NewIds::default()) {
            writeln!(text, "? {}", look.command.line).unwrap();
            writeln!(text, "    now {}; then {}", look.before, look.after).unwrap();
        }
        text.push('\n');
    }
    expect_file!["data/events.txt"].assert_eq(&text);
}
