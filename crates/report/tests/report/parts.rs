//! What the constructed assessments are made of. All names and ids are made up.

use butfor_incident::{
    Actor, Affected, AffectedKind, Alert, AlertSource, AlertState, Body, Cause, CauseChange, Cites, Evidence,
    Explains, Gap, GapReason, Grade, Phase, Query, ResourceRef, Step, TimelineEntry, TimelineKind, Timestamp,
};

pub const ACCOUNT: &str = "111111111111";
pub const OTHER_ACCOUNT: &str = "222222222222";
pub const REGION: &str = "us-east-1";

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn evidence(service: &str, operation: &str, moment: &str) -> Evidence {
    let query = Query {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        parameters: "{}".into(),
    };
    let text: std::sync::Arc<str> = format!("{{\"at\": \"{moment}\"}}").into();
    let body = match service {
        "cloudtrail" => Body::CloudTrailRecord(text),
        "alert" => Body::Alert(text),
        _ => Body::Call(text),
    };
    Evidence::new(query, Some(at(moment)), body)
}

pub fn records() -> Vec<Evidence> {
    vec![
        evidence("alert", "", "2026-05-02T13:37:00Z"),
        evidence("cloudtrail", "RevokeSecurityGroupIngress", "2026-05-02T13:29:41Z"),
        evidence("cloudtrail", "DeleteRoute", "2026-05-02T13:30:02Z"),
        evidence("ec2", "DescribeSecurityGroups", "2026-05-02T13:40:00Z"),
        evidence("ec2", "DescribeRouteTables", "2026-05-02T13:40:01Z"),
        evidence("cloudwatch", "GetMetricData", "2026-05-02T13:40:02Z"),
    ]
}

pub fn cites(numbers: &[usize]) -> Cites {
    let records = records();
    Cites::many(numbers.iter().map(|number| records[number - 1].id())).unwrap()
}

pub fn alert(state: AlertState) -> Alert {
    Alert {
        source: AlertSource::EventBridge,
        name: "orders-api-db-errors".to_owned(),
        description: None,
        state,
        reason: Some("Threshold Crossed: 3 datapoints were greater than the threshold (5.0).".to_owned()),
        at: Some(at("2026-05-02T13:37:00Z")),
        account: Some(ACCOUNT.to_owned()),
        region: Some(REGION.to_owned()),
        arn: None,
        metrics: Vec::new(),
        threshold: None,
        incident_id: None,
        cites: cites(&[1]),
    }
}

pub fn entry(moment: &str, kind: TimelineKind, text: &str, numbers: &[usize]) -> TimelineEntry {
    TimelineEntry { at: at(moment), kind, text: text.to_owned(), cites: cites(numbers) }
}

pub fn gap(what: &str, reason: GapReason, needed_for: &str, remedy: &str) -> Gap {
    Gap {
        what: what.to_owned(),
        reason,
        needed_for: needed_for.to_owned(),
        remedy: remedy.to_owned(),
        query: None,
        at: None,
    }
}

pub fn step(phase: Phase, text: &str, command: &str, expect: &str) -> Step {
    Step {
        phase,
        text: text.to_owned(),
        command: command.to_owned(),
        expect: expect.to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    }
}

pub fn flow(from: &str, to: &str, detail: &str) -> Affected {
    Affected { kind: AffectedKind::Flow, from: from.to_owned(), to: to.to_owned(), detail: detail.to_owned() }
}

pub fn security_group_cause() -> Cause {
    Cause {
        headline: "Rule tcp 3306 from sg-0aa11bb22cc33dd44 was removed from security group orders-db \
                   (sg-0db0db0db0db0db00), so orders-api can no longer open connections to orders-db"
            .to_owned(),
        grade: Grade::Proven,
        defect: "security-group-ingress-missing".to_owned(),
        resource: ResourceRef {
            kind: "AWS::EC2::SecurityGroup".to_owned(),
            id: "sg-0db0db0db0db0db00".to_owned(),
            arn: Some(format!("arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0db0db0db0db0db00")),
            name: Some("orders-db".to_owned()),
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        },
        component: "ingress rule tcp 3306-3306 from sg-0aa11bb22cc33dd44".to_owned(),
        code: Some("ENI_SG_RULES_MISMATCH".to_owned()),
        change: Some(CauseChange {
            event_id: "9f7d2c1e-3f0a-4a52-9f50-0f6f0a9d1c11".to_owned(),
            event_name: "RevokeSecurityGroupIngress".to_owned(),
            at: at("2026-05-02T13:29:41Z"),
            account: ACCOUNT.to_owned(),
            actor: Actor {
                kind: "AssumedRole".to_owned(),
                arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/NetworkAdmin/alice"),
                session: Some("alice".to_owned()),
                source_ip: Some("198.51.100.7".to_owned()),
                user_agent: Some(
                    "Mozilla/5.0 (X11; Linux x86_64; rv:137.0) Gecko/20100101 Firefox/137.0".to_owned(),
                ),
            },
        }),
        change_note: String::new(),
        together_with: Vec::new(),
        affected: (1..=6)
            .map(|n| flow(&format!("orders-api-{n} (10.0.1.{n})"), "orders-db (10.0.21.14)", "tcp/3306"))
            .collect(),
        explains: Some(Explains { count: 90, share: 0.9 }),
        cites: cites(&[2, 4]),
    }
}

pub fn route_cause() -> Cause {
    Cause {
        headline: "Route 0.0.0.0/0 to nat-0ce1eb6c4ebee8301 is missing from route table private-b, so orders-api cannot \
                   call out"
            .to_owned(),
        grade: Grade::Proven,
        defect: "route-missing".to_owned(),
        resource: ResourceRef {
            kind: "AWS::EC2::RouteTable".to_owned(),
            id: "rtb-027e78c39e2e21a48".to_owned(),
            arn: None,
            name: Some("private-b".to_owned()),
            account: OTHER_ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        },
        component: "route 0.0.0.0/0".to_owned(),
        code: Some("NO_ROUTE_TO_DESTINATION".to_owned()),
        change: None,
        change_note: "nobody was seen removing it: it was there at 09:00:00 and gone at 13:40:01".to_owned(),
        together_with: Vec::new(),
        affected: vec![flow("orders-api-1 (10.0.1.1)", "203.0.113.20", "tcp/443")],
        explains: Some(Explains { count: 5, share: 0.05 }),
        cites: cites(&[5]),
    }
}

pub fn restore_rule() -> Vec<Step> {
    vec![
        step(
            Phase::Prepare,
            "Keep the present rules of orders-db",
            "aws ec2 describe-security-groups --region us-east-1 --group-ids sg-0db0db0db0db0db00 > sg-0db0db0db0db0db00.json",
            "",
        ),
        step(
            Phase::PreValidate,
            "The rule is still missing",
            "aws ec2 describe-security-group-rules --region us-east-1 --filters Name=group-id,Values=sg-0db0db0db0db0db00",
            "no ingress rule for tcp 3306 from sg-0aa11bb22cc33dd44",
        ),
        step(
            Phase::Apply,
            "Put the rule back",
            "aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-0db0db0db0db0db00 --ip-permissions \
             'IpProtocol=tcp,FromPort=3306,ToPort=3306,UserIdGroupPairs=[{GroupId=sg-0aa11bb22cc33dd44}]'",
            "\"Return\": true",
        ),
        step(
            Phase::PostValidate,
            "orders-api connects again",
            "",
            "the alarm returns to OK within 5 minutes",
        ),
        step(
            Phase::Rollback,
            "Take the rule out again",
            "aws ec2 revoke-security-group-ingress --region us-east-1 --group-id sg-0db0db0db0db0db00 --ip-permissions \
             'IpProtocol=tcp,FromPort=3306,ToPort=3306,UserIdGroupPairs=[{GroupId=sg-0aa11bb22cc33dd44}]'",
            "\"Return\": true",
        ),
    ]
}
