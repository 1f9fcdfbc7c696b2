//! Network ACLs: an entry too many, one too few, one too narrow for the way back.

use crate::scenarios::make::build::acl_entry;
use crate::scenarios::make::cloud::{ACLS, Place, is};
use crate::scenarios::make::signal::{Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

/// The data subnets' own ACL: the application's subnets may come in on 5432 and get their answers.
fn guarded(story: &mut Story, stack: &Stack) -> String {
    story.network_acl(
        &[&stack.data_a, &stack.data_b],
        &[
            acl_entry(100, false, "allow", "6", (5432, 5432), &stack.vpc.cidr),
            acl_entry(100, true, "allow", "6", (1024, 65535), &stack.vpc.cidr),
        ],
    )
}

/// Everything up to the fault, as it looks in the logs.
fn before(story: &mut Story, stack: &Stack) {
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("13:12:10", "13:18:10"), Seen::Accepted);
    }
}

fn after(story: &mut Story, stack: &Stack, seen: Seen, format: Format) {
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("13:21:12", "13:30:12"), seen);
    }
    stack.log_errors(story, "13:20:40", &stack.db_timeout());
    story.at("13:23:04");
    story.fire(&stack.place, stack.db_alarm(), "13:20:40", format);
    story.investigate("13:33:20");
}

fn truth(stack: &Stack) -> Truth {
    Truth {
        outcome: "root_cause",
        must_not_blame: vec![stack.db_group.clone(), stack.app_group.clone(), stack.data_table.clone()],
        must_rule_out: vec![format!("database|rds|{}", stack.db.name)],
        intentional: Some(false),
        plan_status: vec!["verified"],
        ..Truth::default()
    }
}

/// A deny below the allow: the flow stops at the ACL although every group still admits it.
pub(super) fn entry_added(story: &mut Story) {
    let place = Place::new("222233334444", "eu-west-1");
    let stack = Stack::new(story, &place, "orders", 30, 5432);
    let acl = guarded(story, &stack);
    before(story, &stack);
    story.at("13:20:33");
    let entry = acl_entry(90, false, "deny", "6", (5432, 5432), "10.30.0.0/16");
    story.push(ACLS, &acl, "Entries", &entry);
    let request = Story::acl_request(&acl, &entry, false);
    let event = story.made(
        &Actor::person("p.ferreira"),
        &place,
        "CreateNetworkAclEntry",
        Dialect::Flat,
        request,
        json!({}),
    );
    after(story, &stack, Seen::RejectedAtTarget, Format::EventBridge);
    let mut cause = stack.cause(&acl, &["acl", "ingress|inbound", "90|5432"], "inbound entry 90", &[&event]);
    cause.actor = Some("p.ferreira");
    story.truth = Truth {
        title: "The application cannot reach its database: a network ACL entry denies it",
        why: "a stateless filter, and an addition that blocks instead of a removal",
        causes: vec![cause],
        apply: vec![(
            "ec2",
            "DeleteNetworkAclEntry",
            json!({ "NetworkAclId": acl, "RuleNumber": 90, "Egress": false }),
        )],
        notes: "The deny has a lower number than the allow, which is still there.",
        ..truth(&stack)
    };
}

/// The allow is gone; the record does not say what it was, the earlier observation does.
pub(super) fn entry_deleted(story: &mut Story) {
    let place = Place::new("222233334444", "eu-west-1");
    let stack = Stack::new(story, &place, "orders", 31, 5432);
    let acl = guarded(story, &stack);
    before(story, &stack);
    story.at("13:20:33");
    let entry = acl_entry(100, false, "allow", "6", (5432, 5432), &stack.vpc.cidr);
    story.pull(ACLS, &acl, "Entries", |other| is(other, "RuleNumber", "100") && is(other, "Egress", "false"));
    let request = Story::acl_request(&acl, &entry, true);
    let actor = Actor::pipeline("network-baseline", "terraform-apply-5521");
    let event = story.made(&actor, &place, "DeleteNetworkAclEntry", Dialect::Flat, request, json!({}));
    after(story, &stack, Seen::RejectedAtTarget, Format::Sns);
    let mut cause = stack.cause(&acl, &["acl", "ingress|inbound", "5432"], "inbound entry 100", &[&event]);
    cause.actor = Some("terraform-apply-5521");
    story.truth = Truth {
        title: "The application cannot reach its database: its network ACL entry was deleted",
        why: "DeleteNetworkAclEntry names number and direction only: the old entry comes from the earlier observation",
        causes: vec![cause],
        apply: vec![(
            "ec2",
            "CreateNetworkAclEntry",
            json!({ "NetworkAclId": acl, "RuleNumber": 100, "Egress": false,
            "Protocol": "6", "RuleAction": "allow", "CidrBlock": stack.vpc.cidr, "PortRange": { "From": 5432, "To": 5432 } }),
        )],
        notes: "",
        ..truth(&stack)
    };
}

/// Answers go to the client's own port: 1025-5000 lets almost none of them out.
pub(super) fn reply_ports(story: &mut Story) {
    let place = Place::new("222233334444", "eu-west-1");
    let stack = Stack::new(story, &place, "orders", 32, 5432);
    let acl = guarded(story, &stack);
    before(story, &stack);
    story.at("13:20:33");
    let entry = acl_entry(100, true, "allow", "6", (1025, 5000), &stack.vpc.cidr);
    story.pull(ACLS, &acl, "Entries", |other| is(other, "RuleNumber", "100") && is(other, "Egress", "true"));
    story.push(ACLS, &acl, "Entries", &entry);
    let request = Story::acl_request(&acl, &entry, false);
    let actor = Actor::user("hardening-cli");
    let event = story.made(&actor, &place, "ReplaceNetworkAclEntry", Dialect::Flat, request, json!({}));
    after(story, &stack, Seen::ReplyRejectedAtTarget, Format::Webhook);
    let mut cause = stack.cause(&acl, &["acl", "egress|outbound|return"], "outbound entry 100", &[&event]);
    cause.actor = Some("hardening-cli");
    story.truth = Truth {
        title: "Replies of the database do not come back: the network ACL lets only ports 1025-5000 out",
        why: "the request arrives, the reply to an ephemeral port is dropped: only a walk of the way back finds it",
        causes: vec![cause],
        apply: vec![(
            "ec2",
            "ReplaceNetworkAclEntry",
            json!({ "NetworkAclId": acl, "RuleNumber": 100, "Egress": true,
            "Protocol": "6", "RuleAction": "allow", "CidrBlock": stack.vpc.cidr, "PortRange": { "From": 1024, "To": 65535 } }),
        )],
        notes: "Linux clients use ports 32768-60999.",
        ..truth(&stack)
    };
}

/// Two filters on one way are closed by two changes: undoing one of them is not enough.
pub(super) fn two_blockers(story: &mut Story) {
    let place = Place::new("333344445555", "us-west-2");
    let stack = Stack::new(story, &place, "cart", 52, 5432);
    let acl = guarded(story, &stack);
    before(story, &stack);
    story.at("13:19:02");
    let (scripts, person) =
        (Actor::script("group-cleanup", "unused-rules-0603"), Actor::person("h.lindgren"));
    let revoked = story.revoke(&scripts, &place, &stack.db_group, 5432, &stack.app_group);
    story.at("13:20:33");
    let entry = acl_entry(80, false, "deny", "6", (5432, 5432), "10.52.0.0/16");
    story.push(ACLS, &acl, "Entries", &entry);
    let request = Story::acl_request(&acl, &entry, false);
    let denied = story.made(&person, &place, "CreateNetworkAclEntry", Dialect::Flat, request, json!({}));
    after(story, &stack, Seen::RejectedAtTarget, Format::Records);
    let mut group = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound"],
        "inbound rule tcp/5432",
        &[&revoked],
    );
    group.actor = Some("unused-rules-0603");
    let mut denial = stack.cause(&acl, &["acl", "ingress|inbound"], "inbound entry 80", &[&denied]);
    denial.actor = Some("h.lindgren");
    story.truth = Truth {
        title: "The application cannot reach its database: group rule gone and network ACL closed",
        why: "one flow with two blockers made by two changes, both of which must be undone",
        causes: vec![group, denial],
        must_not_blame: vec![stack.app_group.clone(), stack.data_table.clone()],
        apply: vec![
            Stack::authorize(&stack.db_group, 5432, &stack.app_group),
            (
                "ec2",
                "DeleteNetworkAclEntry",
                json!({ "NetworkAclId": acl, "RuleNumber": 80, "Egress": false }),
            ),
        ],
        notes: "Undoing either change alone leaves the flow blocked.",
        ..truth(&stack)
    };
}
