//! How much room the history takes: `cargo run --release -p butfor-store --example history-size`.
//!
//! An account of 1,000 resources is observed every hour for 90 days; every day one resource in a hundred changes. The
//! documents are those of describe calls, 2 to 4 KB each, with what AWS changes by itself (restorable times, usage).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench may stop at the first fault")]

use butfor_incident::Timestamp;
use butfor_store::{Filter, Observation, Store};
use std::fmt::Write;
use std::time::Instant;

const RESOURCES: usize = 1000;
const DAYS: u32 = 90;
const HOURS: u32 = 24;
const CHANGED_A_DAY: usize = RESOURCES / 100;

/// Kinds of resources: service, operation, list, and how many there are; functions are asked one by one.
const KINDS: [(&str, &str, &str, usize); 6] = [
    ("ec2", "DescribeSecurityGroups", "SecurityGroups", 250),
    ("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces", 300),
    ("ec2", "DescribeInstances", "Reservations", 150),
    ("ec2", "DescribeRouteTables", "RouteTables", 100),
    ("rds", "DescribeDBInstances", "DBInstances", 50),
    ("lambda", "GetFunctionConfiguration", "", 150),
];

struct Account {
    /// Kind and how often it was changed.
    resources: Vec<(usize, u32)>,
    random: fastrand::Rng,
}

fn main() {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(None, folder.path()).await.unwrap();
    let kinds = KINDS.iter().enumerate().flat_map(|(kind, row)| std::iter::repeat_n((kind, 0), row.3));
    let mut account = Account { resources: kinds.collect(), random: fastrand::Rng::with_seed(90) };
    assert_eq!(account.resources.len(), RESOURCES);
    let (mut documents, mut seen_bytes) = (0_u64, 0_u64);
    let (mut redacting, mut putting) = (0.0, 0.0);
    for hour in 0..DAYS * HOURS {
        if hour % HOURS == 12 {
            for _ in 0..CHANGED_A_DAY {
                let index = account.random.usize(..RESOURCES);
                account.resources[index].1 += 1;
            }
        }
        let answers = account.answers(hour);
        documents += answers.len() as u64;
        seen_bytes += answers.iter().map(|answer| answer.output.len() as u64).sum::<u64>();
        let started = Instant::now();
        let redactor = store.redactor();
        let redacted: Vec<_> = answers.into_iter().map(|answer| redactor.redact(answer).unwrap()).collect();
        redacting += started.elapsed().as_secs_f64();
        let started = Instant::now();
        store.history().put(&redacted).await.unwrap();
        putting += started.elapsed().as_secs_f64();
    }
    store.tidy().await.unwrap();
    let size = store.history().size().await.unwrap();
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let snapshots = f64::from(DAYS * HOURS);
    println!("resources {RESOURCES}, days {DAYS}, snapshots {snapshots}, answers seen {documents}");
    println!("seen {:.0} MB, database {:.1} MB", mb(seen_bytes), mb(size.database_bytes));
    println!("{size:?}");
    println!(
        "a snapshot: redact {:.1} ms, put {:.2} ms",
        redacting * 1e3 / snapshots,
        putting * 1e3 / snapshots
    );
    let started = Instant::now();
    let found = store.history().at(moment(45 * HOURS), &Filter::default()).await.unwrap();
    println!("state of day 45: {} answers in {:.1} ms", found.len(), started.elapsed().as_secs_f64() * 1e3);
    let started = Instant::now();
    let gone = store.history().prune(moment(60 * HOURS)).await.unwrap();
    let after = store.history().size().await.unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("prune of 60 days: {gone} spans in {seconds:.2} s, database {:.1} MB", mb(after.database_bytes));
}

fn moment(hour: u32) -> Timestamp {
    Timestamp::from_seconds(1_760_000_000 + i64::from(hour) * 3600)
}

impl Account {
    fn answers(&self, hour: u32) -> Vec<Observation> {
        let mut lists = vec![Vec::new(); KINDS.len()];
        for (index, (kind, version)) in self.resources.iter().enumerate() {
            lists[*kind].push(document(*kind, index, *version, hour));
        }
        let mut answers = Vec::new();
        for (documents, (service, operation, list, _)) in lists.into_iter().zip(KINDS) {
            let answer = |parameters: String, output: String| Observation {
                at: moment(hour),
                account: "111111111111".to_owned(),
                region: "eu-west-1".to_owned(),
                service: service.to_owned(),
                operation: operation.to_owned(),
                parameters,
                output,
            };
            if list.is_empty() {
                let one = |(index, document)| answer(format!(r#"{{"FunctionName":"f{index}"}}"#), document);
                answers.extend(documents.into_iter().enumerate().map(one));
            } else {
                let output = format!(
                    r#"{{"{list}":[{}],"ResponseMetadata":{{"RequestId":"{hour}"}}}}"#,
                    documents.join(",")
                );
                answers.push(answer("{}".to_owned(), output));
            }
        }
        answers
    }
}

/// Sixteen or so hex digits as ids have them: no two resources share them, so they do not compress.
fn id(index: usize, salt: u64) -> String {
    format!("{:017x}", fastrand::Rng::with_seed(index as u64 * 1000 + salt).u64(..))
}

/// One resource as AWS describes it.
fn document(kind: usize, index: usize, version: u32, hour: u32) -> String {
    let mut members = String::new();
    let tags = format!(
        r#"[{{"Key":"Name","Value":"app-{index}"}},{{"Key":"aws:cloudformation:stack-id","Value":"arn:aws:cloudformation:eu-west-1:111111111111:stack/s{}/{}"}},{{"Key":"version","Value":"{version}"}}]"#,
        index / 20,
        id(index / 20, 1)
    );
    let (name, repeats) = [
        ("GroupId", 9),
        ("NetworkInterfaceId", 8),
        ("InstanceId", 9),
        ("RouteTableId", 9),
        ("DBInstanceIdentifier", 8),
        ("FunctionName", 7),
    ][kind];
    let _ = write!(
        members,
        r#""{name}":"x-{}","VpcId":"vpc-{}","OwnerId":"111111111111","Tags":{tags}"#,
        id(index, 2),
        id(index / 250, 3)
    );
    for part in 0..repeats {
        let _ = match kind {
            0 => write!(
                members,
                r#","IpPermissions{part}":[{{"IpProtocol":"tcp","FromPort":{0},"ToPort":{0},"UserIdGroupPairs":[{{"UserId":"111111111111","GroupId":"sg-{1}","Description":"from app {index}"}}],"IpRanges":[{{"CidrIp":"10.{2}.0.0/16"}}],"Ipv6Ranges":[],"PrefixListIds":[]}}]"#,
                1000 + part,
                id(index + part, 4),
                part
            ),
            5 => write!(
                members,
                r#","Layer{part}":{{"Arn":"arn:aws:lambda:eu-west-1:111111111111:layer:l{part}:{version}","CodeSize":1{part}00}},"Environment":{{"Variables":{{"TABLE":"t{index}","URL":"https://{0}.example.com"}}}},"CodeSha{part}":"{0}{1}""#,
                id(index, 5),
                id(index + part, 6)
            ),
            4 => write!(
                members,
                r#","LatestRestorableTime":"hour {hour}","Setting{part}":{{"DBParameterGroupName":"default.mysql8.0","ParameterApplyStatus":"in-sync","SubnetIdentifier":"subnet-{0}","SubnetAvailabilityZone":{{"Name":"eu-west-1a"}},"SubnetOutpost":{{}},"SubnetStatus":"Active","CACertificateIdentifier":"rds-ca-rsa2048-g1"}}"#,
                id(index + part, 7)
            ),
            _ => write!(
                members,
                r#","Part{part}":{{"AttachmentId":"eni-attach-{0}","DeviceIndex":{part},"Status":"attached","SubnetId":"subnet-{1}","PrivateIpAddress":"10.0.{part}.{2}","PrivateDnsName":"ip-10-0-{part}-{2}.eu-west-1.compute.internal","SourceDestCheck":true,"AvailabilityZone":"eu-west-1b","AttachTime":"2026-05-02T13:37:00+00:00","DeleteOnTermination":true}}"#,
                id(index + part, 8),
                id(index % 9, 9),
                index % 256
            ),
        };
    }
    format!("{{{members}}}")
}
