//! The table against AWS's list of actions, and the policies against IAM's rules.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

use butfor_reads::{Grant, POLICY_SIZE_MAX, areas, by_action, find, reads};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ACTIONS: &str = include_str!("../../policy/data/actions.txt");
const LEVELS: &str = include_str!("../data/levels.txt");

/// `service:Action` of every action AWS knows (ORIGIN.md says how a line reads).
fn known() -> BTreeSet<String> {
    let mut service = "";
    let mut known = BTreeSet::new();
    for line in ACTIONS.lines() {
        let mut words = line.split(' ');
        match words.next() {
            Some("=") => service = words.next().unwrap(),
            Some("a") => known.extend(words.skip(2).map(|name| format!("{service}:{name}"))),
            _ => {}
        }
    }
    known
}

/// Actions that only list or read.
fn harmless() -> BTreeSet<String> {
    let rows = LEVELS.lines().skip(1).map(|line| line.split(' ').collect::<Vec<_>>());
    rows.flat_map(|words| {
        assert!(matches!(words[1], "List" | "Read"), "{}", words[1]);
        words[2..].iter().map(|name| format!("{}:{name}", words[0])).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn every_action_exists_and_only_reads() {
    let (known, harmless) = (known(), harmless());
    assert_eq!(ACTIONS.lines().next(), LEVELS.lines().next(), "both lists are of one version");
    for (_, read) in reads() {
        assert!(!read.actions.is_empty(), "{} {}", read.service, read.operation);
        for action in read.actions {
            assert!(known.contains(*action), "AWS knows no {action}");
            assert!(harmless.contains(*action), "{action} does more than list or read");
        }
    }
}

#[test]
fn nothing_guarded_is_read() {
    let guarded = [
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "kms:Decrypt",
        "dynamodb:GetItem",
        "dynamodb:Scan",
        "lambda:GetFunction",
        "sqs:ReceiveMessage",
        "logs:StopQuery",
    ];
    for action in guarded {
        assert_eq!(by_action(action).count(), 0, "{action}");
    }
}

#[test]
fn every_row_is_there_once_and_says_what_it_is_for() {
    let mut seen = BTreeSet::new();
    for (area, read) in reads() {
        assert!(seen.insert((read.service, read.operation)), "{} {} twice", read.service, read.operation);
        for text in [area.about, area.lost, read.used_for] {
            assert!(!text.is_empty() && !text.ends_with('.') && text == text.trim(), "`{text}`");
        }
    }
    assert!(seen.len() > 150, "{}", seen.len());
    let about: BTreeSet<_> = areas().map(|area| area.about).collect();
    assert_eq!(about.len(), areas().count());
}

#[test]
fn rows_are_found() {
    let (area, read) = find("elbv2", "DescribeTargetHealth").unwrap();
    assert_eq!(read.actions, ["elasticloadbalancing:DescribeTargetHealth"]);
    assert!(area.lost.contains("load balancers"), "{}", area.lost);
    assert!(find("elbv2", "DescribeTargetHealthy").is_none());
    assert_eq!(by_action("ELASTICLOADBALANCING:describeloadbalancers").count(), 2);
    assert_eq!(by_action("ec2:RunInstances").count(), 0);
}

/// One or two of each service that recorded incidents hold answers of.
#[test]
fn recorded_operations_are_in_the_table() {
    let calls = [
        ("ec2", "DescribeVpcAttribute"),
        ("ec2", "SearchTransitGatewayRoutes"),
        ("ec2", "GetManagedPrefixListEntries"),
        ("iam", "GetPolicyVersion"),
        ("s3", "GetPublicAccessBlock"),
        ("lambda", "GetFunctionConcurrency"),
        ("logs", "FilterLogEvents"),
        ("dynamodb", "GetResourcePolicy"),
        ("sqs", "GetQueueAttributes"),
        ("kms", "ListGrants"),
        ("organizations", "ListPoliciesForTarget"),
        ("route53", "GetHealthCheckStatus"),
        ("servicediscovery", "DiscoverInstances"),
        ("eks", "DescribeNodegroup"),
        ("autoscaling", "DescribeScalingActivities"),
        ("resourcegroupstaggingapi", "GetResources"),
        ("networkflowmonitor", "GetQueryResultsMonitorTopContributors"),
    ];
    for (service, operation) in calls {
        assert!(find(service, operation).is_some(), "{service} {operation}");
    }
}

#[test]
fn policies_are_within_the_limits_of_iam() {
    let grants = [Grant::new(), full()];
    for grant in grants {
        let policies = grant.policies();
        // An IAM role takes ten managed policies.
        assert!((1..=10).contains(&policies.len()));
        let mut allowed: BTreeMap<String, usize> = BTreeMap::new();
        for policy in &policies {
            assert!(policy.compact().len() <= POLICY_SIZE_MAX, "{}", policy.compact().len());
            let document: Value = serde_json::from_str(&policy.pretty()).unwrap();
            assert_eq!(document, serde_json::from_str::<Value>(&policy.compact()).unwrap());
            assert_eq!(document["Version"], "2012-10-17");
            for statement in document["Statement"].as_array().unwrap() {
                assert_eq!(statement["Effect"], "Allow");
                for action in statement["Action"].as_array().unwrap() {
                    *allowed.entry(action.as_str().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
        let needed: BTreeSet<_> =
            reads().flat_map(|(_, read)| read.actions).map(|action| (*action).to_owned()).collect();
        assert_eq!(allowed.keys().cloned().collect::<BTreeSet<_>>(), needed);
        assert!(allowed.iter().all(|(action, times)| *times == 1 && !action.contains('*')), "{allowed:?}");
    }
}

fn full() -> Grant {
    let grant = Grant::new().principal("arn:aws:iam::111122223333:role/ops/butfor").unwrap();
    let grant = grant.external_id("butfor-4711").unwrap().session_tags();
    grant.log_bucket("org-trail").unwrap().log_bucket("flow-logs/vpc/").unwrap()
}

#[test]
fn log_files_are_read_where_they_are_said_to_be() {
    let policies = full().policies();
    let document: Value = serde_json::from_str(&policies[0].pretty()).unwrap();
    let statement = |sid: &str| {
        let statements = document["Statement"].as_array().unwrap();
        statements.iter().find(|statement| statement["Sid"] == sid).unwrap().clone()
    };
    assert_eq!(
        statement("ReadLogFiles")["Resource"],
        serde_json::json!(["arn:aws:s3:::flow-logs/vpc/AWSLogs/*", "arn:aws:s3:::org-trail/AWSLogs/*"])
    );
    assert_eq!(
        statement("ListLogFiles")["Condition"],
        serde_json::json!({"StringLike": {"s3:prefix": ["AWSLogs/*", "vpc/AWSLogs/*"]}})
    );
}

#[test]
fn json_carries_policies_and_trust() {
    let document: Value = serde_json::from_str(&full().json()).unwrap();
    assert_eq!(document["policies"].as_array().unwrap().len(), full().policies().len());
    let statement = &document["trust_policy"]["Statement"][0];
    assert_eq!(statement["Principal"]["AWS"], "arn:aws:iam::111122223333:role/ops/butfor");
    assert_eq!(statement["Condition"]["StringEquals"]["sts:ExternalId"], "butfor-4711");
    assert_eq!(statement["Action"], serde_json::json!(["sts:AssumeRole", "sts:TagSession"]));
    let nobody: Value = serde_json::from_str(&Grant::new().json()).unwrap();
    assert!(nobody["trust_policy"].is_null());
}

#[test]
fn cloudformation_has_every_policy_and_the_role() {
    for grant in [Grant::new(), full()] {
        let template: Value = serde_json::from_str(&grant.cloudformation()).unwrap();
        let resources = template["Resources"].as_object().unwrap();
        let policies = grant.policies();
        assert_eq!(resources.len(), policies.len() + 1);
        for policy in &policies {
            let resource = &resources[&policy.name];
            assert_eq!(resource["Type"], "AWS::IAM::ManagedPolicy");
            let document: Value = serde_json::from_str(&policy.compact()).unwrap();
            assert_eq!(resource["Properties"]["PolicyDocument"], document);
        }
        let arns = resources["Role"]["Properties"]["ManagedPolicyArns"].as_array().unwrap();
        assert_eq!(arns.len(), policies.len());
    }
}

#[test]
fn terraform_is_balanced_and_refers_to_what_it_declares() {
    for grant in [Grant::new(), full()] {
        let text = grant.terraform();
        for (open, close) in [('{', '}'), ('[', ']'), ('(', ')')] {
            assert_eq!(text.matches(open).count(), text.matches(close).count());
        }
        assert_eq!(text.matches('"').count() % 2, 0);
        let declared: BTreeSet<_> =
            text.split("variable \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        for rest in text.split("var.").skip(1) {
            let name: String = rest.chars().take_while(|c| is_name(*c)).collect();
            assert!(declared.contains(name.as_str()), "{name}");
        }
    }
}

#[test]
fn the_same_grant_gives_the_same_bytes() {
    assert_eq!(full().json(), full().json());
    assert_eq!(full().terraform(), full().terraform());
}

#[test]
fn what_cannot_be_in_a_policy_is_refused() {
    let bad = [
        "",
        "111122223333",
        "*",
        "arn:aws:iam::1111:root",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/a\"b",
        "arn:aws:sts::111122223333:assumed-role/a/b",
        "arn:aws:iam::111122223333:role/${var.x}",
    ];
    for principal in bad {
        let error = Grant::new().principal(principal).unwrap_err().to_string();
        assert!(error.contains(&format!("`{principal}`")) && error.contains("such as"), "{error}");
    }
    for id in ["", "x", "a b", "a\"b", "${x}"] {
        assert!(Grant::new().external_id(id).is_err(), "{id}");
    }
    for bucket in ["", "ab", "Big", "a_b_c", "logs/a b", "arn:aws:s3:::logs"] {
        assert!(Grant::new().log_bucket(bucket).is_err(), "{bucket}");
    }
}
