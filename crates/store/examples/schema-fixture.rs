//! Makes a database with a known row, from which a schema fixture is dumped: see `tests/schemas/README.md`.
//!
//! `cargo run -p butfor-store --example schema-fixture -- ADDRESS`, the address as `Store::open` takes it.
#![expect(clippy::unwrap_used, reason = "a tool for the maker of a release")]

use butfor_incident::Timestamp;
use butfor_store::{Observation, Store};
use std::path::Path;

fn main() {
    let address = std::env::args().nth(1).unwrap();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(Some(&address), Path::new(".")).await.unwrap();
        let seen = Observation {
            at: Timestamp::from_seconds(1_760_000_000),
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            service: "ec2".to_owned(),
            operation: "DescribeVpcs".to_owned(),
            parameters: "{}".to_owned(),
            output: r#"{"Vpcs":[{"VpcId":"vpc-1"}]}"#.to_owned(),
        };
        let seen = store.redactor().redact(seen).unwrap();
        store.history().put(&[seen]).await.unwrap();
        store.tidy().await.unwrap();
        store.close().await;
    });
}
