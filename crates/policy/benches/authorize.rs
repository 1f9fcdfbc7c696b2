//! How many requests a second one core authorizes, policies read once: `cargo bench -p butfor-policy`. The target is a
//! million for requests as they are in the wild, with three to ten policies.

#![allow(clippy::expect_used, reason = "this is no library")]

use butfor_policy::{Attached, Context, Layer, Policies, Policy, Request, authorize};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/app/i-0123456789abcdef0";

fn parse(layer: Layer, statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let (policy, problems) = Policy::parse(layer, layer.as_str(), &text);
    assert_eq!(problems, []);
    policy
}

/// The policies of an application: its own, the AWS managed one for instances in spirit, and what is around them.
struct World {
    identity: [Policy; 3],
    scp: [Policy; 3],
    endpoint: Policy,
    bucket: Policy,
    boundary: Policy,
}

impl World {
    fn new() -> Self {
        let own = r#"
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
             "Resource": ["arn:aws:s3:::uploads-prod/*", "arn:aws:s3:::reports-prod/*"]},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ["arn:aws:s3:::uploads-prod", "arn:aws:s3:::reports-prod"]},
            {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
             "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/orders"}"#;
        let instance = r#"
            {"Effect": "Allow", "Action": ["ssm:DescribeAssociation", "ssm:GetDocument", "ssm:ListAssociations",
             "ssm:PutInventory", "ssm:UpdateInstanceInformation"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["ec2messages:GetMessages", "ec2messages:SendReply"], "Resource": "*"}"#;
        let logs = r#"
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:111111111111:log-group:/app/*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#;
        let full = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        let region = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "s3:*"], "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}}"#;
        let endpoint = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::uploads-prod", "arn:aws:s3:::uploads-prod/*", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]}"#;
        let bucket = r#"
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::uploads-prod", "arn:aws:s3:::uploads-prod/*"],
             "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}},
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:role/reader"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads-prod/*"}"#;
        Self {
            identity: [own, instance, logs].map(|text| parse(Layer::Identity, text)),
            scp: [full, region, full].map(|text| parse(Layer::ServiceControl, text)),
            endpoint: parse(Layer::VpcEndpoint, endpoint),
            bucket: parse(Layer::Resource, bucket),
            boundary: parse(Layer::Boundary, full),
        }
    }
}

fn one(policy: &Policy) -> Attached<'_> {
    Attached { policies: vec![policy], unseen: Vec::new() }
}

/// Through an endpoint, of an instance's role.
fn context() -> Context {
    let mut context = Context::complete();
    for (key, value) in [
        ("aws:PrincipalArn", "arn:aws:iam::111111111111:role/app"),
        ("aws:PrincipalAccount", "111111111111"),
        ("aws:PrincipalOrgID", "o-abcdefghij"),
        ("aws:SourceVpce", "vpce-0123456789abcdef0"),
        ("aws:SourceVpc", "vpc-0123456789abcdef0"),
        ("aws:SecureTransport", "true"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:userid", "AROAEXAMPLEEXAMPLEEXA:i-0123456789abcdef0"),
    ] {
        context.set(key, value);
    }
    context
}

fn authorizing(c: &mut Criterion) {
    let world = World::new();
    let identity = Attached { policies: world.identity.iter().collect(), unseen: Vec::new() };
    let small = Policies { identity: identity.clone(), ..Policies::default() };
    let large = Policies {
        service_control: Some(world.scp.iter().map(one).collect()),
        vpc_endpoint: Some(one(&world.endpoint)),
        resource: Some(one(&world.bucket)),
        identity,
        boundary: Some(one(&world.boundary)),
        ..Policies::default()
    };
    let request = |action: &str, resource: &str| {
        let request = Request::new(SESSION, action, resource).expect("it is well formed");
        request.with_resource_account("111111111111").with_context(context())
    };
    let read = request("s3:GetObject", "arn:aws:s3:::uploads-prod/2026/05/02/a.png");
    let elsewhere = request("s3:GetObject", "arn:aws:s3:::reports-prod/may.pdf");
    let delete = request("dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:111111111111:table/orders");
    let mut group = c.benchmark_group("authorize");
    group.throughput(Throughput::Elements(1));
    for (name, request, policies) in [
        ("3 policies, allowed", &read, &small),
        ("3 policies, no allow", &delete, &small),
        ("9 policies, allowed", &read, &large),
        ("9 policies, endpoint denies", &elsewhere, &large),
    ] {
        group.bench_function(name, |b| b.iter(|| black_box(authorize(black_box(request), policies))));
    }
    group.finish();
}

criterion_group!(benches, authorizing);
criterion_main!(benches);
