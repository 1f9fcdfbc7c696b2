//! One contract for every source of live AWS: an answer is evidence, nothing found is evidence or said to be missing, and whatever goes wrong
//! is a gap with its reason and what to do. Against a server of the test's own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

mod server;

use butfor_adapters::bundle::Recording;
use butfor_aws_api::{Chain, Client, Credentials, Rate};
use butfor_incident::{CaseFile, Gap, GapReason, Query, Timestamp};
use butfor_ports::Recorder;
use serde_json::{Value, json};
use server::{Reply, Seen};
use std::time::Duration;

/// What a source is tested with.
#[derive(Clone, Copy)]
struct Contract {
    name: &'static str,
    service: &'static str,
    operation: &'static str,
    parameters: &'static str,
    /// The IAM action that a denial is to name.
    permission: &'static str,
    /// The right answer to each request.
    good: fn(&Seen) -> Reply,
    /// The right answer where there is nothing.
    empty: fn(&Seen) -> Reply,
    /// Whether nothing is an answer; of files it is a gap.
    nothing_is_evidence: bool,
    /// Errors as the service writes them.
    wire: Wire,
}

#[derive(Clone, Copy)]
enum Wire {
    Json,
    Ec2,
    S3,
}

const CONTRACTS: &[Contract] = &[
    Contract {
        name: "CloudTrail files in S3",
        service: "cloudtrail",
        operation: "TrailFiles",
        parameters: r#"{"bucket": "trail", "prefix": "", "account": "111122223333", "region": "us-east-1", "from": "2026-05-02T13:00:00Z", "until": "2026-05-02T13:37:00Z"}"#,
        permission: "s3:ListBucket",
        good: |seen| {
            objects(
                seen,
                "AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/02/111122223333_CloudTrail_us-east-1_20260502T1330Z_Ab12.json",
                TRAIL_FILE,
            )
        },
        empty: |_| Reply::ok("<ListBucketResult></ListBucketResult>"),
        nothing_is_evidence: false,
        wire: Wire::S3,
    },
    Contract {
        name: "flow logs in S3",
        service: "ec2",
        operation: "FlowLogRecords",
        parameters: r#"{"flow_log": "fl-1", "bucket": "flows", "from": "2026-05-02T13:00:00Z", "until": "2026-05-02T13:37:00Z"}"#,
        permission: "s3:ListBucket",
        good: |seen| {
            objects(
                seen,
                "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/05/02/111122223333_vpcflowlogs_us-east-1_fl-1_20260502T1330Z_Ab12.log",
                FLOW_FILE,
            )
        },
        empty: |_| Reply::ok("<ListBucketResult></ListBucketResult>"),
        nothing_is_evidence: false,
        wire: Wire::S3,
    },
    Contract {
        name: "flow logs in a log group",
        service: "ec2",
        operation: "FlowLogRecords",
        parameters: r#"{"flow_log": "fl-1", "log_group": "flows", "from": "2026-05-02T13:00:00Z", "until": "2026-05-02T13:37:00Z"}"#,
        permission: "logs:FilterLogEvents",
        good: |_| Reply::ok(json!({"events": [{"timestamp": 1, "message": FLOW_RECORD}]})),
        empty: |_| Reply::ok(json!({"events": []})),
        nothing_is_evidence: false,
        wire: Wire::Json,
    },
    Contract {
        name: "Logs Insights",
        service: "logs",
        operation: "StartQuery",
        parameters: r#"{"logGroupName": "g", "startTime": 1, "endTime": 2, "queryString": "fields @message"}"#,
        permission: "logs:StartQuery",
        good: |seen| insights(seen, json!([[{"field": "@message", "value": "Error: refused"}]])),
        empty: |seen| insights(seen, json!([])),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
    Contract {
        name: "log events",
        service: "logs",
        operation: "FilterLogEvents",
        parameters: r#"{"logGroupName": "g", "startTime": 1, "endTime": 2}"#,
        permission: "logs:FilterLogEvents",
        good: |_| Reply::ok(json!({"events": [{"timestamp": 1, "message": "Error: refused"}]})),
        empty: |_| Reply::ok(json!({"events": []})),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
    Contract {
        name: "changes",
        service: "cloudtrail",
        operation: "LookupEvents",
        parameters: r#"{"StartTime": "2026-05-02T13:00:00Z"}"#,
        permission: "cloudtrail:LookupEvents",
        good: |_| Reply::ok(json!({"Events": [{"EventId": "e", "CloudTrailEvent": RECORD}]})),
        empty: |_| Reply::ok(json!({"Events": []})),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
    Contract {
        name: "configuration",
        service: "ec2",
        operation: "DescribeVpcs",
        parameters: "{}",
        permission: "ec2:DescribeVpcs",
        good: |_| {
            Reply::ok(
                "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>",
            )
        },
        empty: |_| Reply::ok("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"),
        nothing_is_evidence: true,
        wire: Wire::Ec2,
    },
    Contract {
        name: "AWS Config",
        service: "configservice",
        operation: "GetResourceConfigHistory",
        parameters: r#"{"resourceType": "AWS::S3::Bucket", "resourceId": "b", "limit": 25}"#,
        permission: "config:GetResourceConfigHistory",
        // There are older ones, which nobody asked for.
        good: |_| Reply::ok(json!({"configurationItems": [{"resourceId": "b"}], "nextToken": "2"})),
        empty: |_| Reply::ok(json!({"configurationItems": []})),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
    Contract {
        name: "AWS Health",
        service: "health",
        operation: "DescribeEvents",
        parameters: r#"{"filter": {"regions": ["us-east-1"]}}"#,
        permission: "health:DescribeEvents",
        good: |_| Reply::ok(json!({"events": [{"arn": "a"}]})),
        empty: |_| Reply::ok(json!({"events": []})),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
    Contract {
        name: "X-Ray",
        service: "xray",
        operation: "GetTraceSummaries",
        parameters: r#"{"StartTime": "2026-05-02T13:00:00Z", "EndTime": "2026-05-02T13:37:00Z"}"#,
        permission: "xray:GetTraceSummaries",
        good: |_| Reply::ok(json!({"TraceSummaries": [{"Id": "1-5759e988-bd862e3fe1be46a994272793"}]})),
        empty: |_| Reply::ok(json!({"TraceSummaries": []})),
        nothing_is_evidence: true,
        wire: Wire::Json,
    },
];

const RECORD: &str = r#"{"eventVersion": "1.08", "eventID": "e", "eventTime": "2026-05-02T13:20:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DeleteRoute", "awsRegion": "us-east-1", "recipientAccountId": "111122223333"}"#;
const TRAIL_FILE: &str = r#"{"Records": [{"eventVersion": "1.08", "eventID": "e", "eventTime": "2026-05-02T13:20:00Z", "eventSource": "ec2.amazonaws.com", "eventName": "DeleteRoute", "awsRegion": "us-east-1", "recipientAccountId": "111122223333"}]}"#;
const FLOW_RECORD: &str =
    "2 111122223333 eni-1 10.0.0.1 10.0.0.2 40000 3306 6 1 40 1777728600 1777728660 REJECT OK";
const FLOW_FILE: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n2 111122223333 eni-1 10.0.0.1 10.0.0.2 40000 3306 6 1 40 1777728600 1777728660 REJECT OK\n";

/// A bucket of one object.
fn objects(seen: &Seen, key: &str, content: &str) -> Reply {
    if seen.is("ListObjectsV2") {
        return Reply::ok(format!(
            "<ListBucketResult><Contents><Key>{key}</Key></Contents></ListBucketResult>"
        ));
    }
    Reply::ok(content)
}

fn insights(seen: &Seen, results: Value) -> Reply {
    if seen.is("StartQuery") {
        return Reply::ok(json!({"queryId": "q-1"}));
    }
    Reply::ok(json!({"status": "Complete", "results": results}))
}

impl Contract {
    fn query(&self) -> Query {
        Query {
            account: String::new(),
            region: "us-east-1".into(),
            service: self.service.into(),
            operation: self.operation.into(),
            parameters: self.parameters.into(),
        }
    }

    /// An error as the service writes it.
    fn error(&self, status: u16, code: &str, message: &str) -> Reply {
        let body = match self.wire {
            Wire::Json => json!({"__type": code, "message": message}).to_string(),
            Wire::Ec2 => format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
            ),
            Wire::S3 => format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        };
        Reply::Full(status, body.into_bytes())
    }

    /// What an investigation has after asking, the server answering by `reply`.
    async fn ask(&self, reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> CaseFile {
        let url = server::start(reply).await;
        let chain = Chain { endpoint_url: Some(url.clone()), ..Chain::default() };
        let credentials = Credentials::fixed("AKIATEST", "hush-hush", Some("a-token"), chain).await.unwrap();
        let builder = Client::builder().credentials(credentials).endpoint_url(Some(url));
        let client = builder
            .timeout(Duration::from_millis(500))
            .max_retries(0)
            .rate("*", "*", Rate { per_second: 100_000.0, burst: 100_000 })
            .build()
            .unwrap();
        let query = self.query();
        let sources = butfor_adapters::aws::sources(&client);
        let source = sources.iter().find(|source| source.serves(&query)).unwrap();
        let at = Timestamp::parse("2026-05-02T13:37:00Z").unwrap();
        let mut recording = Recording::new(at);
        let answer = source.fetch(&query).await;
        let text = format!("{answer:?}");
        assert!(!text.contains("hush-hush") && !text.contains("a-token"), "{}: {text}", self.name);
        match answer {
            Ok(answer) => recording.answered(&query, at, &answer),
            Err(failure) => recording.failed(&query, at, &failure),
        }
        recording.case(1)
    }

    /// Asks, and expects a gap of a reason and nothing else.
    async fn fails(
        &self,
        reason: GapReason,
        reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Gap {
        let case = self.ask(reply).await;
        assert!(case.evidence.is_empty(), "{}: {:?}", self.name, case.evidence);
        assert_eq!(case.gaps.len(), 1, "{}: {:?}", self.name, case.gaps);
        let gap = case.gaps[0].clone();
        assert_eq!(gap.reason, reason, "{}: {gap:?}", self.name);
        let operation = gap.query.as_ref().map(|query| query.operation.as_str());
        assert!(!gap.remedy.is_empty() && operation == Some(self.operation), "{}: {gap:?}", self.name);
        gap
    }
}

#[tokio::test]
async fn an_answer_is_evidence() {
    for contract in CONTRACTS {
        let case = contract.ask(|_, seen| (contract.good)(seen)).await;
        assert!(!case.evidence.is_empty() && case.gaps.is_empty(), "{}: {case:?}", contract.name);
    }
}

#[tokio::test]
async fn nothing_is_evidence_or_a_gap_and_never_silence() {
    for contract in CONTRACTS {
        let case = contract.ask(|_, seen| (contract.empty)(seen)).await;
        let expected = if contract.nothing_is_evidence { (1, 0) } else { (0, 1) };
        assert_eq!((case.evidence.len(), case.gaps.len()), expected, "{}: {case:?}", contract.name);
        for gap in &case.gaps {
            assert_eq!(gap.reason, GapReason::NotConfigured);
            assert!(gap.remedy.contains("check that"), "{}", gap.remedy);
        }
    }
}

#[tokio::test]
async fn a_denial_names_the_permission() {
    for contract in CONTRACTS {
        let code = match contract.wire {
            Wire::Json => "AccessDeniedException",
            Wire::Ec2 => "UnauthorizedOperation",
            Wire::S3 => "AccessDenied",
        };
        // S3 says no more than that.
        let gap = contract.fails(GapReason::Denied, |_, _| contract.error(403, code, "Access Denied")).await;
        assert!(gap.remedy.contains(contract.permission), "{}: {}", contract.name, gap.remedy);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_a_gap_with_its_reason() {
    for contract in CONTRACTS {
        let throttle = match contract.wire {
            Wire::Json => "ThrottlingException",
            Wire::Ec2 => "RequestLimitExceeded",
            Wire::S3 => "SlowDown",
        };
        contract.fails(GapReason::Throttled, |_, _| contract.error(503, throttle, "Rate exceeded")).await;
        contract.fails(GapReason::TimedOut, |_, _| contract.error(500, "InternalError", "We failed")).await;
        contract.fails(GapReason::TimedOut, |_, _| Reply::Silent).await;
        contract.fails(GapReason::TimedOut, |_, _| Reply::CutOff).await;
        contract.fails(GapReason::Malformed, |_, _| Reply::ok("<<< not an answer")).await;
    }
}

/// The second answer is missing: what came first is kept, and the rest is a gap.
#[tokio::test]
async fn half_an_answer_is_kept_and_said_to_be_half() {
    let file = |number: usize| {
        format!(
            "AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/02/111122223333_CloudTrail_us-east-1_20260502T13{number}0Z_A.json"
        )
    };
    for contract in CONTRACTS {
        let case = match contract.operation {
            "TrailFiles" => {
                let keys: String = (1..3)
                    .map(|number| format!("<Contents><Key>{}</Key></Contents>", file(number)))
                    .collect();
                let (first, second) = (file(1), TRAIL_FILE);
                let reply = move |_: usize, seen: &Seen| match seen {
                    _ if seen.is("ListObjectsV2") => {
                        Reply::ok(format!("<ListBucketResult>{keys}</ListBucketResult>"))
                    }
                    _ if seen.line.contains(&first) => contract.error(403, "AccessDenied", "Access Denied"),
                    _ => Reply::ok(second),
                };
                contract.ask(reply).await
            }
            "FilterLogEvents" | "LookupEvents" => {
                let reply = |number: usize, _: &Seen| match number {
                    0 => Reply::ok(json!({"events": [], "nextToken": "2", "Events": [], "NextToken": "2"})),
                    _ => contract.error(400, "ThrottlingException", "Rate exceeded"),
                };
                contract.ask(reply).await
            }
            _ => continue,
        };
        assert!(!case.evidence.is_empty(), "{}", contract.name);
        assert_eq!(case.gaps.len(), 1, "{}: {:?}", contract.name, case.gaps);
        let expected =
            if contract.operation == "TrailFiles" { GapReason::Denied } else { GapReason::Throttled };
        assert_eq!(case.gaps[0].reason, expected, "{}", contract.name);
    }
}

#[tokio::test]
async fn every_page_is_read() {
    let by_token = |seen: &Seen, first: Value, last: Value| {
        if seen.body.contains("\"2\"") { Reply::ok(last) } else { Reply::ok(first) }
    };
    for contract in CONTRACTS {
        let reply = match contract.operation {
            "LookupEvents" => move |_: usize, seen: &Seen| {
                let one = |id: &str| json!([{"EventId": id, "CloudTrailEvent": RECORD.replace("\"e\"", &format!("\"{id}\""))}]);
                by_token(seen, json!({"Events": one("a"), "NextToken": "2"}), json!({"Events": one("b")}))
            },
            _ => continue,
        };
        let case = contract.ask(reply).await;
        let records = case.evidence.iter().filter(|one| one.body.text().contains("DeleteRoute")).count();
        assert!(records >= 2 && case.gaps.is_empty(), "{}: {:?}", contract.name, case.gaps);
    }
    let pages = |_: usize, seen: &Seen| {
        let (id, token) = if seen.body.contains("NextToken=2") {
            ("vpc-2", "")
        } else {
            ("vpc-1", "<nextToken>2</nextToken>")
        };
        Reply::ok(format!(
            "<DescribeVpcsResponse><vpcSet><item><vpcId>{id}</vpcId></item></vpcSet>{token}</DescribeVpcsResponse>"
        ))
    };
    let case = CONTRACTS.iter().find(|it| it.operation == "DescribeVpcs").unwrap().ask(pages).await;
    assert_eq!((case.evidence.len(), case.gaps.len()), (1, 0));
    let text = case.evidence[0].body.text();
    assert!(text.contains("vpc-1") && text.contains("vpc-2"), "{text}");
}

#[tokio::test]
async fn an_insights_query_that_ends_badly_is_a_gap() {
    let contract = CONTRACTS.iter().find(|it| it.operation == "StartQuery").unwrap();
    for (status, reason) in [
        ("Failed", GapReason::TimedOut),
        ("Timeout", GapReason::TimedOut),
        ("Cancelled", GapReason::NotConfigured),
    ] {
        let reply = move |_: usize, seen: &Seen| {
            if seen.is("StartQuery") {
                return Reply::ok(json!({"queryId": "q-1"}));
            }
            Reply::ok(json!({"status": status, "results": []}))
        };
        contract.fails(reason, reply).await;
    }
}

/// Without a support plan AWS Health has no API: said so, with what to do.
#[tokio::test]
async fn without_a_support_plan_there_is_no_health() {
    let contract = CONTRACTS.iter().find(|it| it.service == "health").unwrap();
    let reply = |_: usize, _: &Seen| contract.error(400, "SubscriptionRequiredException", "");
    let gap = contract.fails(GapReason::NotConfigured, reply).await;
    assert!(gap.remedy.contains("Business"), "{}", gap.remedy);
}

/// What AWS has a member for and nobody needs to see is in no answer.
#[tokio::test]
async fn pre_shared_keys_are_in_no_answer() {
    let contract = Contract {
        operation: "DescribeVpnConnections",
        ..*CONTRACTS.iter().find(|it| it.operation == "DescribeVpcs").unwrap()
    };
    let reply = |_: usize, _: &Seen| {
        Reply::ok(
            "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId>\
             <customerGatewayConfiguration>opensesame</customerGatewayConfiguration><options><tunnelOptionSet><item>\
             <outsideIpAddress>192.0.2.1</outsideIpAddress><preSharedKey>opensesame</preSharedKey></item></tunnelOptionSet></options>\
             </item></vpnConnectionSet></DescribeVpnConnectionsResponse>",
        )
    };
    let case = contract.ask(reply).await;
    let text = case.evidence[0].body.text();
    assert!(text.contains("vpn-1") && text.contains("192.0.2.1") && !text.contains("opensesame"), "{text}");
}
