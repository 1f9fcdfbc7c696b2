//! AWS's own troubles: asked for where nothing of the account's own was found, or where AWS itself measures a network.

use super::answers::text;
use super::{Look, Place, Wanted, ask};
use serde_json::{Value, json};

/// Events that were told of at most so long before the alarm; one that goes on is told of again and again.
const UPDATED_BEFORE_SECONDS: i64 = 24 * 3600;

/// Events whose details are read (Health API reference, DescribeEventDetails: ten a call).
const EVENTS_MAX: usize = 10;

/// Where an alarm watches what AWS says of its own network.
pub(super) fn watched(look: &Look<'_>) -> Vec<Wanted> {
    if look.watches("AWS/NetworkFlowMonitor") { events(look) } else { Vec::new() }
}

/// Where nothing of the account's own fails.
pub(super) fn unanswered(look: &Look<'_>) -> Vec<Wanted> {
    if look.is_unanswered() { events(look) } else { Vec::new() }
}

/// Events of the alarm's region and of global services, then what AWS says of them and what of ours they concern.
fn events(look: &Look<'_>) -> Vec<Wanted> {
    let home = &look.scope.home;
    let filter = json!({"filter": {
        "regions": [home.region, "global"],
        "eventTypeCategories": ["issue", "scheduledChange"],
        "lastUpdatedTimes": [{"from": look.since(UPDATED_BEFORE_SECONDS).to_string()}],
    }});
    let mut all = vec![ask(home, 3, "health", "DescribeEvents", &filter)];
    let global = Place { account: home.account.clone(), region: super::region_of("health", &home.region) };
    let events = look.answers.list("DescribeEvents", "events", &global);
    let arns: Vec<&str> = events.filter_map(|event: &Value| text(event, "arn")).take(EVENTS_MAX).collect();
    if !arns.is_empty() {
        all.push(ask(home, 3, "health", "DescribeEventDetails", &json!({ "eventArns": arns })));
        let affected = json!({"filter": {"eventArns": arns}});
        all.push(ask(home, 3, "health", "DescribeAffectedEntities", &affected));
    }
    all
}
