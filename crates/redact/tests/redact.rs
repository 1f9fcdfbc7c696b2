//! Documents in, documents out: what is replaced, what stays, and that it fits together.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "the helpers of a test may stop it"
)]

use butfor_redact::{Key, Kind, Survey};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Redacts documents that belong to one incident.
fn redact(documents: &[Value]) -> Vec<Value> {
    let mut survey = Survey::new(Key::new(b"seed"));
    for document in documents {
        assert_eq!(survey.look(Kind::Json, &document.to_string()), []);
    }
    let redactor = survey.finish();
    let rewrite = |document: &Value| redactor.rewrite(Kind::Json, &document.to_string());
    documents.iter().map(|document| serde_json::from_str(&rewrite(document)).unwrap()).collect()
}

/// A log line after a document has named things.
fn line(named: Value, text: &str) -> String {
    let after = redact(&[named, json!({"events": [{"message": text}]})]);
    after[1]["events"][0]["message"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_name_is_the_same_everywhere() {
    let after = redact(&[
        json!({"Name": "payments-exports", "Arn": "arn:aws:s3:::payments-exports/daily.csv"}),
        json!({"Policy": json!({"Statement": [{"Resource": "arn:aws:s3:::payments-*"}]}).to_string()}),
        json!({"message": "PUT s3://payments-exports/daily.csv by Payments"}),
    ]);
    let name = text(&after[0]["Name"]);
    let (word, _) = name.split_once('-').unwrap();
    assert!(name != "payments-exports" && name.ends_with("-exports"), "{name}");
    let key = text(&after[0]["Arn"]).strip_prefix(&format!("arn:aws:s3:::{name}/")).unwrap().to_owned();
    assert!(text(&after[1]["Policy"]).contains(&format!("arn:aws:s3:::{word}-*")), "{}", after[1]);
    let capital = word[..1].to_uppercase() + &word[1..];
    assert_eq!(after[2]["message"], format!("PUT s3://{name}/{key} by {capital}"));
}

#[test]
fn what_a_policy_matches_by_its_beginning_still_begins_alike() {
    let after = redact(&[json!({"BucketName": "quarterly"}), json!({"Resource": "arn:aws:s3:::quart*"})]);
    let start = text(&after[1]["Resource"]).strip_prefix("arn:aws:s3:::").unwrap().trim_end_matches('*');
    assert!(text(&after[0]["BucketName"]).starts_with(start) && start != "quart", "{after:?}");
}

#[test]
fn words_of_aws_stay() {
    let document = json!({
        "service": "ec2", "operation": "DescribeInstances", "at": "2026-05-02T13:31:05Z",
        "eventName": "AuthorizeSecurityGroupIngress", "eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-1",
        "State": {"Name": "running"}, "Engine": "mysql", "Action": ["s3:GetObject"],
        "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "PolicyName": "AmazonS3ReadOnlyAccess",
        "RoleName": "AWSServiceRoleForAutoScaling", "GroupName": "default", "ServiceName": "com.amazonaws.us-east-1.s3",
        "Cidr": "0.0.0.0/0", "Resolver": "169.254.169.253", "DNSName": "bedrock-runtime.us-east-1.amazonaws.com",
    });
    assert_eq!(redact(std::slice::from_ref(&document)), [document]);
}

#[test]
fn ids_keep_their_shape_and_meet_again() {
    let after = redact(&[
        json!({"GroupId": "sg-0edc325392fa74e63", "EventId": "4ad44660-dd34-4668-94ea-f15478abd8c4"}),
        json!({"message": "eni-attach for sg-0edc325392fa74e63, request 4ad44660-dd34-4668-94ea-f15478abd8c4."}),
    ]);
    let (group, event) = (text(&after[0]["GroupId"]), text(&after[0]["EventId"]));
    assert!(group.starts_with("sg-0") && group.len() == 20 && group != "sg-0edc325392fa74e63", "{group}");
    assert_eq!(after[1]["message"], format!("eni-attach for {group}, request {event}."));
}

#[test]
fn accounts_are_replaced_wherever_they_stand() {
    let after = redact(&[json!({
        "account": "111122223333", "number": 111_122_223_333_u64, "arn": "arn:aws:iam::111122223333:role/x",
        "bucket": "logs-111122223333", "file": "111122223333_CloudTrail_us-east-1_20260505T2130Z_ZVQvZn6J.json.gz",
    })]);
    let account = text(&after[0]["account"]).to_owned();
    assert!(account.len() == 12 && account != "111122223333");
    assert!(!after[0].to_string().contains("111122223333"));
    assert_eq!(after[0].to_string().matches(&account).count(), 5);
}

#[test]
fn addresses_stay_in_their_blocks() {
    let after = redact(&[
        json!({"block": "10.7.0.0/16", "inside": "10.7.4.9", "outside": "10.8.4.9", "host": "ip-10-7-4-9.ec2.internal", "port": "10.7.4.9:5432"}),
    ]);
    let inside = text(&after[0]["inside"]);
    let block: ipnet::Ipv4Net = text(&after[0]["block"]).parse().unwrap();
    assert!(block.contains(&inside.parse::<std::net::Ipv4Addr>().unwrap()));
    assert!(!block.contains(&text(&after[0]["outside"]).parse::<std::net::Ipv4Addr>().unwrap()));
    assert_eq!(after[0]["host"], format!("ip-{}.ec2.internal", inside.replace('.', "-")));
    assert_eq!(after[0]["port"], format!("{inside}:5432"));
    assert_ne!(inside, "10.7.4.9");
}

#[test]
fn secrets_are_gone() {
    let nothing = json!({});
    for (before, secret) in [
        ("login with password=hunter22 failed", "hunter22"),
        ("{\"token\": \"tok_9f8e7d\", broken", "tok_9f8e7d"),
        ("Authorization: Bearer abcdef0123456789.x", "abcdef0123456789"),
        ("connecting to postgres://app:pa55w0rd@db:5432/x", "pa55w0rd"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end", "eyJzdWIiOiIxIn0"),
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
        ("mail to Ana.Lima+ops@corp.example.org now", "Ana.Lima"),
    ] {
        let after = line(nothing.clone(), before);
        assert!(!after.contains(secret), "{after}");
    }
    for stays in [
        "password authentication failed for user",
        "token expired",
        "secret not found: none",
        "Basic health check",
    ] {
        assert_eq!(line(nothing.clone(), stays), stays);
    }
}

#[test]
fn variables_lose_their_values_but_for_names_and_everyday_words() {
    let after = redact(&[json!({
        "FunctionName": "ledger-api",
        "Environment": {"Variables": {
            "TARGET": "ledger-api", "MODE": "production", "DELAY": "15000", "HINT": "zebra crossing 7", "DB_PASSWORD": "ledger",
            "HIDDEN": "HIDDEN_DUE_TO_SECURITY_REASONS",
        }},
        "log": "using hint zebra crossing 7",
    })]);
    let variables = &after[0]["Environment"]["Variables"];
    assert_eq!(variables["TARGET"], after[0]["FunctionName"]);
    for (name, expected) in
        [("MODE", "production"), ("DELAY", "15000"), ("HIDDEN", "HIDDEN_DUE_TO_SECURITY_REASONS")]
    {
        assert_eq!(variables[name], expected);
    }
    assert!(text(&variables["HINT"]).starts_with("redacted-"));
    assert!(text(&variables["DB_PASSWORD"]).starts_with("redacted-"));
    assert!(!text(&after[0]["log"]).contains("zebra"), "{}", after[0]["log"]);
}

#[test]
fn agents_are_kept_less_what_tells_whose_they_are() {
    let agent = "APN/1.0 HashiCorp/1.0 Terraform/1.9 (ip-10-0-3-4; 111122223333)";
    let after = redact(&[json!({"userAgent": agent, "UserName": "hashicorp", "accountId": "111122223333"})]);
    let agent = text(&after[0]["userAgent"]);
    assert!(agent.starts_with("APN/1.0 HashiCorp/1.0 Terraform/1.9 (ip-10-"), "{agent}");
    assert!(!agent.contains("10-0-3-4") && !agent.contains("111122223333"), "{agent}");
}

#[test]
fn a_name_of_common_words_is_replaced_as_a_whole() {
    let after = redact(&[
        json!({"AlarmName": "database-connection-errors"}),
        json!({"message": "database-connection-errors: connection errors of the database"}),
    ]);
    let name = text(&after[0]["AlarmName"]);
    assert!(
        name.starts_with("database-") && name.ends_with("-connection-errors") && name.len() > 30,
        "{name}"
    );
    assert_eq!(after[1]["message"], format!("{name}: connection errors of the database"));
}

#[test]
fn flow_logs_keep_their_columns() {
    let table = "version account-id interface-id srcaddr dstaddr srcport action\n2 111122223333 eni-0dafad2cfdf1e6f3c 10.1.1.4 203.0.113.7 46544 ACCEPT\n";
    let mut survey = Survey::new(Key::new(b"seed"));
    assert_eq!(survey.look(Kind::Table, table), []);
    let after = survey.finish().rewrite(Kind::Table, table);
    let rows: Vec<Vec<_>> = after.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(rows[0].join(" "), table.lines().next().unwrap());
    assert_eq!((rows[1][0], rows[1][4], rows[1][5], rows[1][6]), ("2", "203.0.113.7", "46544", "ACCEPT"));
    assert!(
        rows[1][1] != "111122223333" && rows[1][2] != "eni-0dafad2cfdf1e6f3c" && rows[1][3] != "10.1.1.4"
    );
}

#[test]
fn what_cannot_be_read_is_left_out_and_told() {
    let mut survey = Survey::new(Key::new(b"seed"));
    let text = "{\"a\": 1}\n{broken payments\n\n{\"b\": 2}\n";
    let bad = survey.look(Kind::Lines, text);
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].line, Some(2));
    assert_eq!(survey.finish().rewrite(Kind::Lines, text), "{\"a\":1}\n{\"b\":2}\n");
}

#[test]
fn another_seed_gives_other_names() {
    let with = |seed: &[u8]| {
        let mut survey = Survey::new(Key::new(seed));
        let text = r#"{"BucketName": "payments", "account": "111122223333", "ip": "10.3.4.5"}"#;
        assert_eq!(survey.look(Kind::Json, text), []);
        survey.finish().rewrite(Kind::Json, text)
    };
    assert_eq!(with(b"one"), with(b"one"));
    assert_ne!(with(b"one"), with(b"two"));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}", name in "[A-Za-z]{0,12}") {
        let document = json!({ name: text.clone() }).to_string();
        let mut survey = Survey::new(Key::new(b"seed"));
        survey.file_name(&text);
        for kind in [Kind::Json, Kind::Lines, Kind::Table] {
            survey.look(kind, &text);
        }
        prop_assert_eq!(survey.look(Kind::Json, &document), []);
        let redactor = survey.finish();
        let _ = redactor.file_name(&text);
        for kind in [Kind::Json, Kind::Lines, Kind::Table] {
            let _ = redactor.rewrite(kind, &text);
        }
        let after = redactor.rewrite(Kind::Json, &document);
        prop_assert!(serde_json::from_str::<Value>(&after).is_ok(), "{}", after);
        prop_assert_eq!(&after, &redactor.rewrite(Kind::Json, &document));
    }

    #[test]
    fn names_never_come_out_as_they_went_in(word in "[bcdfghjkmpqz]{4}[a-z]{2,8}", head in "(|prod-|app-)", tail in "(|-db|-1|Handler)") {
        let name = format!("{head}{word}{tail}");
        let document = json!({"FunctionName": name, "m": format!("GET /{name}?x=1 ({name}) '{word}'")});
        let after = redact(&[document]);
        prop_assert!(!after[0].to_string().contains(&word), "{}", after[0]);
    }
}
