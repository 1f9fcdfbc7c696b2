use super::{table, translate};
use crate::cloudtrail::Record;
use crate::cloudtrail::tests::json_value;
use crate::command::{Found, Lookup, NewIds, commands, inspect};
use crate::delta::Delta;
use crate::events::Translation;
use crate::ids::IdIndex;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn record(service: &str, event: &str, request: &Value, response: &Value) -> Record {
    let record = json!({
        "eventTime": "2026-05-02T13:37:00Z", "eventID": "e", "eventName": event,
        "eventSource": format!("{service}.amazonaws.com"), "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333", "readOnly": false,
        "requestParameters": request, "responseElements": response,
    });
    Record::parse(&record.to_string()).unwrap()
}

#[test]
fn every_row_is_there_once() {
    let names: BTreeSet<_> = table::EVENTS.iter().map(|row| (row.service, row.event)).collect();
    assert_eq!(names.len(), table::EVENTS.len());
}

#[test]
fn reads_and_unknown_writes_change_nothing() {
    let ids = IdIndex::default();
    let nothing = json!({});
    let mut read = record("ec2", "DescribeRouteTables", &nothing, &nothing);
    read.read_only = true;
    assert_eq!(translate(&read, &ids), Translation::NotAWrite);
    assert_eq!(translate(&record("ec2", "CreateTags", &nothing, &nothing), &ids), Translation::NoEffect);
    // The name counts together with the service.
    assert_eq!(
        translate(&record("s3", "DeleteRoute", &json!({"routeTableId": "rtb-1"}), &nothing), &ids),
        Translation::NoEffect
    );
    // A call of the table whose request says nothing.
    for row in table::EVENTS {
        assert_eq!(
            translate(&record(row.service, row.event, &nothing, &nothing), &ids),
            Translation::NoEffect,
            "{}",
            row.event
        );
    }
}

/// A world in which every resource has the same document.
struct Same(Value);

impl Lookup for Same {
    fn document(&self, _: &str, _: &str) -> Option<Found> {
        Some(Found { account: "1".to_owned(), region: "us-east-1".to_owned(), document: self.0.clone() })
    }

    fn of_kind(&self, kind: &str) -> Vec<(String, Found)> {
        self.document(kind, "x").map(|found| ("x-1".to_owned(), found)).into_iter().collect()
    }
}

proptest! {
    #[test]
    fn no_content_panics(row in 0..table::EVENTS.len(), request in json_value(), response in json_value()) {
        let row = &table::EVENTS[row];
        let record = record(row.service, row.event, &request, &response);
        let mut ids = IdIndex::default();
        ids.learn_record(&record);
        ids.learn_document("AWS::EC2::NetworkInterface", "eni-1", &response);
        if let Translation::Edits(edits) = translate(&record, &ids) {
            prop_assert!(!edits.is_empty());
            let delta = Delta { edits };
            let _ = commands(&delta, &Same(response.clone()));
            let _ = commands(&delta.inverse(), &Same(response.clone()));
            let _ = inspect(&delta.inverse(), &Same(response), &NewIds::default());
        }
    }
}
