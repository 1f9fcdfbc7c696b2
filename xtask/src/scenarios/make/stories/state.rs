//! Nothing to mend: it works again, or the network never was the matter.

use crate::scenarios::make::cloud::{Place, ROUTE_TABLES, is};
use crate::scenarios::make::signal::{Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

fn place() -> Place {
    Place::new("333344445555", "us-west-2")
}

/// The rule is revoked and authorised again 70 seconds later, before the alarm.
pub(super) fn recovered(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 54, 5432);
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("08:32:10", "08:39:10"), Seen::Accepted);
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("08:40:30", "08:41:00"), Seen::RejectedAtTarget);
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("08:42:10", "08:52:10"), Seen::Accepted);
    }
    story.at("08:40:21");
    let actor = Actor::person("a.petrov");
    let revoked = story.revoke(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.at("08:41:31");
    story.authorize(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    for host in [&stack.host_a, &stack.host_b] {
        story.log_errors(host, &stack.log_group(), "08:40:31", 3, &stack.db_timeout());
        for time in ["08:44:09", "08:47:31", "08:51:12"] {
            story.at(time);
            let line = format!("2026-06-03 {time},310 INFO app.web GET /items 200 22ms");
            story.log(&stack.place, &stack.log_group(), &host.id, &line);
        }
    }
    story.at("08:42:12");
    story.fire_until(&stack.place, stack.db_alarm(), "08:40:31", Some("08:42:00"), Format::Records);
    story.investigate("08:54:20");
    let mut cause = stack.cause(
        &stack.db_group,
        &["security group", "ingress|inbound"],
        "inbound rule tcp/5432",
        &[&revoked],
    );
    cause.actor = Some("a.petrov");
    story.truth = Truth {
        title: "The application lost its database for 70 seconds and has recovered",
        why: "already undone: no commands, and the evidence that it works",
        outcome: "recovered",
        causes: vec![cause],
        must_not_blame: vec![stack.app_group.clone(), stack.data_table.clone(), stack.vpc.acl.clone()],
        plan_status: vec!["not_needed"],
        must_mention: vec!["AuthorizeSecurityGroupIngress|authori[sz]ed again|restored|re-?added|undone"],
        intentional: None,
        ..Truth::default()
    };
}

/// The database process refuses connections: the packets arrive. Changes nearby touch other things or failed.
pub(super) fn application_error(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 55, 5432);
    let unused = story.group(&stack.vpc, "batch");
    story.allow(&unused, 22, &stack.app_group);
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &stack.db.peer(), 5432, ("08:32:10", "08:52:10"), Seen::Accepted);
    }
    story.at("08:38:50");
    let decoy = story.revoke(&Actor::person("k.mbeki"), &stack.place, &unused, 22, &stack.app_group);
    story.at("08:40:11");
    let request = json!({ "groupId": stack.db_group, "ipPermissions": {} });
    let failed = story.refused(
        &Actor::user("intern-cli"),
        &stack.place,
        "RevokeSecurityGroupIngress",
        request,
        "Client.UnauthorizedOperation",
    );
    let error = format!(
        "{{at}} ERROR app.db could not open a connection\nOperationalError: connection to server at \"{}\" ({}), port \
         5432 failed: Connection refused",
        stack.db.endpoint, stack.db.address
    );
    stack.log_errors(story, "08:40:40", &error);
    story.at("08:43:04");
    story.fire(&stack.place, stack.db_alarm(), "08:40:40", Format::EventBridge);
    story.investigate("08:54:20");
    story.truth = Truth {
        title: "Connections are refused by the database host; the network carries them",
        why: "a refusal proves the packets arrive: decoys near the alarm must not be blamed",
        outcome: "undetermined",
        also_allowed: vec!["no_fault"],
        must_not_blame: vec![
            stack.db_group.clone(),
            stack.app_group.clone(),
            unused,
            stack.app_table.clone(),
            stack.data_table.clone(),
            stack.vpc.acl.clone(),
            decoy,
            failed,
        ],
        must_rule_out: vec!["security group|network|revoke".to_owned()],
        plan_status: vec!["none", "not_needed", "unverified"],
        must_mention: vec!["refus"],
        ..Truth::default()
    };
}

/// A partner is down. Nearby, one rule is replaced by another that admits the same, and a second NAT gateway takes over.
pub(super) fn partner_outage(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 62, 5432);
    let second = story.nat_gateway(&stack.public, "198.51.100.162");
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("08:32:10", "08:38:10"), Seen::Accepted);
        story.traffic(&host.peer(), &Stack::outside(), 443, ("08:41:12", "08:52:12"), Seen::Unanswered);
    }
    story.at("08:38:31");
    let actor = Actor::pipeline("cart-network", "terraform-apply-2301");
    let authorized = story.authorize_block(&actor, &stack.place, &stack.db_group, 5432, "10.62.0.0/16");
    story.at("08:38:33");
    let revoked = story.revoke(&actor, &stack.place, &stack.db_group, 5432, &stack.app_group);
    story.at("08:39:40");
    story.pull(ROUTE_TABLES, &stack.app_table, "Routes", |route| {
        is(route, "DestinationCidrBlock", "0.0.0.0/0")
    });
    story.route(&stack.app_table, "0.0.0.0/0", &second.id);
    let request = json!({ "routeTableId": stack.app_table, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": second.id });
    let replaced = story.made(&actor, &stack.place, "ReplaceRoute", Dialect::Flat, request, json!({}));
    stack.log_errors(story, "08:40:40", &Stack::call_timeout());
    story.at("08:43:04");
    story.fire(&stack.place, stack.call_alarm(), "08:40:40", Format::Sns);
    story.investigate("08:59:20");
    story.truth = Truth {
        title: "An external API is down while equivalent changes are made nearby",
        why: "changes that take nothing away: the model delivers before and after, so none may be blamed",
        outcome: "undetermined",
        also_allowed: vec!["no_fault", "competing"],
        must_not_blame: vec![
            stack.db_group.clone(),
            stack.app_group.clone(),
            stack.app_table.clone(),
            second.id,
            stack.nat.id.clone(),
            stack.vpc.acl.clone(),
            authorized,
            revoked,
            replaced,
        ],
        unaffected: vec!["database|rds".to_owned()],
        plan_status: vec!["none", "not_needed", "unverified"],
        ..Truth::default()
    };
}

/// A partner is down; minutes into the alarm somebody deletes the default route in haste. That breaks the flow too, but
/// it cannot have caused what began before it.
pub(super) fn change_after_symptom(story: &mut Story) {
    let stack = Stack::new(story, &place(), "cart", 63, 5432);
    story.observe();
    for host in [&stack.host_a, &stack.host_b] {
        story.traffic(&host.peer(), &Stack::outside(), 443, ("08:24:10", "08:38:10"), Seen::Accepted);
        story.traffic(&host.peer(), &Stack::outside(), 443, ("08:41:12", "08:56:12"), Seen::Unanswered);
        story.log_errors(host, &stack.log_group(), "08:40:40", 20, &Stack::call_timeout());
    }
    story.at("08:43:04");
    story.fire(&stack.place, stack.call_alarm(), "08:40:40", Format::EventBridge);
    story.at("08:47:30");
    let deleted =
        story.delete_route(&Actor::person("g.ionescu"), &stack.place, &stack.app_table, "0.0.0.0/0");
    story.investigate("08:59:20");
    story.truth = Truth {
        title: "An external API is down, and in the middle of it somebody deletes the default route",
        why: "a change after the first error cannot be its cause, whatever the model says of it; it will bite next",
        outcome: "undetermined",
        also_allowed: vec!["competing"],
        must_not_blame: vec![stack.app_group.clone(), stack.nat.id.clone(), stack.app_table.clone(), deleted],
        unaffected: vec!["database|rds".to_owned()],
        must_mention: vec!["g.ionescu"],
        plan_status: vec!["none", "unverified", "verified"],
        notes: "The deleted route belongs among what made it worse, with its time.",
        ..Truth::default()
    };
}
