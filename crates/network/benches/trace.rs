//! How long loading, tracing, replacing one document and comparing take, and how that grows with the size of the
//! account: `cargo bench -p butfor-network`. What came out is in docs/performance.md.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "this is no library")]

#[path = "../tests/support/generate.rs"]
mod generate;

use butfor_network::describe::Document;
use butfor_network::{Network, Protocol, diff};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use generate::Realistic;
use serde_json::{Value, json};
use std::hint::black_box;

/// Numbers of network interfaces.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn load(made: &Realistic) -> Network {
    let (documents, listings) = made.calls.documents();
    Network::parse(documents, listings).0
}

/// The group of some servers without its inbound rules.
fn closed_group(made: &Realistic) -> Document {
    changed(made, "AWS::EC2::SecurityGroup", |id, _| id == made.group, "IpPermissions")
}

/// The first route table with a route to a NAT gateway, without routes.
fn empty_table(made: &Realistic) -> Document {
    changed(made, "AWS::EC2::RouteTable", |_, json| json.contains("NatGatewayId"), "Routes")
}

fn changed(made: &Realistic, kind: &str, wanted: impl Fn(&str, &str) -> bool, member: &str) -> Document {
    let (documents, _) = made.calls.documents();
    let found =
        documents.iter().find(|document| document.kind == kind && wanted(&document.id, &document.json));
    let document = found.expect("it was generated");
    let mut value: Value = serde_json::from_str(&document.json).expect("a document is JSON");
    value[member] = json!([]);
    Document { json: value.to_string().into(), ..document.clone() }
}

fn loading(c: &mut Criterion) {
    let mut group = c.benchmark_group("load");
    group.sample_size(10);
    for size in SIZES {
        let made = generate::realistic(size);
        group.throughput(Throughput::Bytes(made.calls.size_bytes() as u64));
        group.bench_function(BenchmarkId::new("cut and compose", size), |b| {
            b.iter(|| black_box(made.calls.documents()));
        });
        let (documents, listings) = made.calls.documents();
        group.bench_function(BenchmarkId::new("parse", size), |b| {
            b.iter(|| black_box(Network::parse(documents.iter().cloned(), listings.iter().cloned())));
        });
        group.bench_function(BenchmarkId::new("all", size), |b| b.iter(|| black_box(load(&made))));
    }
}

fn tracing(c: &mut Criterion) {
    let mut group = c.benchmark_group("trace");
    for size in SIZES {
        let made = generate::realistic(size);
        let network = load(&made);
        for (name, flow) in &made.flows {
            group
                .bench_function(BenchmarkId::new(*name, size), |b| b.iter(|| black_box(network.trace(flow))));
        }
    }
}

fn updating(c: &mut Criterion) {
    let mut group = c.benchmark_group("updated");
    for size in SIZES {
        let made = generate::realistic(size);
        let network = load(&made);
        for (name, document) in [("group", closed_group(&made)), ("route table", empty_table(&made))] {
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| black_box(network.updated([document.clone()], [])));
            });
        }
    }
}

fn comparing(c: &mut Criterion) {
    let mut group = c.benchmark_group("diff");
    group.sample_size(10);
    for size in [100, 1_000] {
        let made = generate::realistic(size);
        let network = load(&made);
        for (name, document) in [("group", closed_group(&made)), ("route table", empty_table(&made))] {
            let (after, _) = network.updated([document], []);
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| black_box(diff(&network, &after, &[(Protocol::TCP, Some(8443))])));
            });
        }
    }
}

criterion_group!(benches, loading, tracing, updating, comparing);
criterion_main!(benches);
