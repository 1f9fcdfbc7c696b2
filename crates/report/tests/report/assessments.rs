//! Constructed assessments, one for each way an investigation can end.

use crate::parts::{
    OTHER_ACCOUNT, alert, at, cites, entry, gap, records, restore_rule, route_cause, security_group_cause,
    step,
};
use butfor_incident::{
    Accounting, AccountingPart, AlertState, Assessment, Cause, Explains, GapReason, Grade, Incident,
    Intentional, Outcome, Phase, Plan, PlanStatus, Proof, Reason, RuledOut, Stats, Step, TimelineKind,
    Unaffected, Verdict,
};

/// Nothing but a title, a verdict and an empty plan.
fn bare(outcome: Outcome, summary: &str, plan: Plan) -> Assessment {
    Assessment {
        incident: Incident {
            id: "orders-api-db-errors-2026-05-02T13:37:00Z".to_owned(),
            title: "CloudWatch Alarm: orders-api-db-errors".to_owned(),
            alerts: vec![alert(AlertState::Alarm)],
        },
        as_of: at("2026-05-02T13:41:00Z"),
        verdict: Verdict { outcome, summary: summary.to_owned(), intentional: Intentional::default() },
        symptoms: Vec::new(),
        root_causes: Vec::new(),
        contributing: Vec::new(),
        competing: Vec::new(),
        ruled_out: Vec::new(),
        unaffected: Vec::new(),
        accounting: None,
        plan,
        timeline: vec![entry(
            "2026-05-02T13:37:00Z",
            TimelineKind::Alert,
            "orders-api-db-errors went to ALARM",
            &[1],
        )],
        gaps: Vec::new(),
        evidence: records(),
        stats: Stats { calls: 37, rounds: 1 },
    }
}

fn plan(status: PlanStatus, reason: &str) -> Plan {
    Plan { status, reason: reason.to_owned(), steps: Vec::new(), proof: None }
}

/// One root cause with its change, several gaps, a long timeline.
pub fn one_cause() -> Assessment {
    let mut it = bare(
        Outcome::RootCause,
        "orders-api cannot reach orders-db on tcp/3306 because alice removed the rule that let it in, 7 minutes before the alarm.",
        Plan {
            status: PlanStatus::Verified,
            reason: "The plan was applied to the model; all 6 flows work again.".to_owned(),
            steps: restore_rule(),
            proof: Some(Proof {
                cause: true,
                cure: true,
                gained: (1..=6).map(|n| format!("orders-api-{n} -> orders-db, tcp/3306")).collect(),
                lost: Vec::new(),
            }),
        },
    );
    it.root_causes = vec![security_group_cause()];
    let mut timeline = vec![
        entry(
            "2026-05-02T13:29:41Z",
            TimelineKind::Change,
            "alice: RevokeSecurityGroupIngress on sg-0db0db0db0db0db00",
            &[2],
        ),
        entry(
            "2026-05-02T13:30:02Z",
            TimelineKind::Change,
            "route-sync: DeleteRoute on rtb-0eef189772dfd6ec5 failed (UnauthorizedOperation)",
            &[3],
        ),
        entry(
            "2026-05-02T13:31:00Z",
            TimelineKind::Metric,
            "ConnectionErrors of orders-api rises from 0 to 90 a minute",
            &[6],
        ),
        entry("2026-05-02T13:37:00Z", TimelineKind::Alert, "orders-api-db-errors went to ALARM", &[1]),
    ];
    timeline.extend((10..30).map(|n| {
        entry(
            &format!("2026-05-02T13:38:{n}Z"),
            TimelineKind::Log,
            &format!("orders-api: connect timed out, attempt {n}"),
            &[6],
        )
    }));
    it.timeline = timeline;
    it.ruled_out = vec![
        RuledOut {
            what: "DeleteRoute on rtb-0eef189772dfd6ec5 by route-sync".to_owned(),
            why: "the call failed with UnauthorizedOperation and changed nothing".to_owned(),
            cites: Some(cites(&[3])),
        },
        RuledOut {
            what: "Network ACL acl-0fa50a2b9d1f0c331".to_owned(),
            why: "allows tcp/3306 in and the ephemeral ports out".to_owned(),
            cites: None,
        },
    ];
    it.unaffected = vec![Unaffected {
        what: "reports-api -> orders-db, tcp/3306".to_owned(),
        why: "its own rule, from sg-0f00f00f00f00f00f, is still there".to_owned(),
        cites: Some(cites(&[4])),
    }];
    it.accounting = Some(Accounting {
        metric: "ConnectionErrors".to_owned(),
        total: 100,
        parts: vec![AccountingPart { cause: 0, count: 90, share: 0.9 }],
        unexplained: 10,
    });
    let allow = "allow ec2:DescribeTransitGatewayRouteTables for the reading role in 222222222222";
    it.gaps = vec![
        gap("iam GetRolePolicy in 111111111111", GapReason::NotConfigured, "", "record iam GetRolePolicy"),
        gap(
            "ec2 DescribeTransitGatewayRouteTables in 222222222222 us-east-1",
            GapReason::Denied,
            "flows to 10.9.0.0/16",
            allow,
        ),
        gap(
            "ec2 DescribeTransitGatewayRouteTables in 222222222222 us-west-2",
            GapReason::Denied,
            "flows to 10.9.0.0/16",
            allow,
        ),
    ];
    it
}

/// Two independent root causes, one of them a state without a visible change; signs of intent; a plan with a loss.
pub fn two_causes() -> Assessment {
    let mut it = one_cause();
    it.verdict.summary = "Two independent faults: orders-api lost its way to orders-db, and its way out to the payment provider.".to_owned();
    it.verdict.intentional = Intentional {
        likely: true,
        reasons: vec![Reason {
            text: "the role is called NetworkAdmin-fault-injection".to_owned(),
            cites: cites(&[2]),
        }],
    };
    it.root_causes = vec![
        Cause { explains: Some(Explains { count: 90, share: 0.947 }), ..security_group_cause() },
        route_cause(),
    ];
    it.contributing = vec![Cause {
        headline: "Network ACL acl-0fa50a2b9d1f0c331 denies the ephemeral ports 49152-65535".to_owned(),
        grade: Grade::Suspected,
        ..security_group_cause()
    }];
    it.accounting = Some(Accounting {
        metric: "ConnectionErrors".to_owned(),
        total: 95,
        parts: vec![
            AccountingPart { cause: 0, count: 90, share: 0.947 },
            AccountingPart { cause: 1, count: 5, share: 0.053 },
        ],
        unexplained: 0,
    });
    it.plan.status = PlanStatus::Unverified;
    it.plan.reason = "the transit gateway's route tables could not be read".to_owned();
    it.plan.steps.insert(
        3,
        Step {
            account: OTHER_ACCOUNT.to_owned(),
            ..step(
                Phase::Apply,
                "Put the default route back",
                "aws ec2 create-route --region us-east-1 --route-table-id rtb-027e78c39e2e21a48 --destination-cidr-block 0.0.0.0/0 \
                 --nat-gateway-id nat-0ce1eb6c4ebee8301",
                "\"Return\": true",
            )
        },
    );
    it.plan.proof = Some(Proof {
        cause: true,
        cure: false,
        gained: vec!["orders-api-1 -> orders-db, tcp/3306".to_owned()],
        lost: vec!["batch-1 -> 203.0.113.99, tcp/25".to_owned()],
    });
    it.timeline.truncate(4);
    it.timeline.insert(
        0,
        entry("2026-05-01T23:59:59Z", TimelineKind::Health, "orders-db failed over to zone us-east-1b", &[6]),
    );
    it.gaps = Vec::new();
    it
}

/// Two explanations, and nothing to tell them apart.
pub fn competing() -> Assessment {
    let mut it = bare(
        Outcome::Competing,
        "Either of two changes explains the failure, and the evidence cannot tell them apart.",
        plan(PlanStatus::None, "undoing the wrong change could make it worse"),
    );
    let suspected = |cause| Cause { grade: Grade::Suspected, ..cause };
    it.competing = vec![suspected(security_group_cause()), suspected(route_cause())];
    it
}

/// The documents needed are missing.
pub fn undetermined() -> Assessment {
    let mut it = bare(
        Outcome::Undetermined,
        "No verdict: the security groups of orders-db could not be read, and everything that could be read allows the traffic.",
        plan(PlanStatus::None, "without a cause there is nothing to undo"),
    );
    let allow = "allow ec2:DescribeSecurityGroups for the role butfor-reader in 222222222222, or add the answer to calls.jsonl";
    it.gaps = vec![
        gap(
            "ec2 DescribeSecurityGroups in 222222222222 us-east-1",
            GapReason::Denied,
            "orders-api -> orders-db, tcp/3306",
            allow,
        ),
        gap(
            "ec2 DescribeSecurityGroups in 222222222222 us-west-2",
            GapReason::Denied,
            "orders-api -> orders-db, tcp/3306",
            allow,
        ),
        gap(
            "CloudTrail of 222222222222 after 13:25:00",
            GapReason::NotYetVisible,
            "who changed what",
            "wait 15 minutes: events can arrive late",
        ),
        gap(
            "cloudwatch GetMetricData in 111111111111 us-east-1",
            GapReason::NotConfigured,
            "",
            "record GetMetricData",
        ),
    ];
    it.ruled_out = one_cause().ruled_out;
    it
}

/// It was broken and works again.
pub fn recovered() -> Assessment {
    let mut it = bare(
        Outcome::Recovered,
        "orders-api could not reach orders-db for 9 minutes and can again since 13:38:50.",
        plan(PlanStatus::NotNeeded, "alice put the rule back at 13:38:50, and all 6 flows work in the model"),
    );
    it.root_causes = vec![security_group_cause()];
    it.plan.proof = Some(Proof { cause: true, ..Proof::default() });
    it.incident.alerts.push(alert(AlertState::Ok));
    it
}

/// Nothing is broken.
pub fn no_fault() -> Assessment {
    let mut it = bare(
        Outcome::NoFault,
        "Nothing is broken: the alarm was set by hand with SetAlarmState.",
        plan(
            PlanStatus::NotNeeded,
            "every flow of orders-api works in the model, and its metric never crossed the threshold.",
        ),
    );
    it.unaffected = one_cause().unaffected;
    it
}

/// Every constructed assessment, with a name.
pub fn all() -> Vec<(&'static str, Assessment)> {
    vec![
        ("one-cause", one_cause()),
        ("two-causes", two_causes()),
        ("competing", competing()),
        ("undetermined", undetermined()),
        ("recovered", recovered()),
        ("no-fault", no_fault()),
    ]
}
