//! What something was before a change that does not say so: AWS Config's history, where a recorder keeps one.

use super::{Look, Place, Wanted, ask};
use butfor_world::{State, config_name};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Resources looked up one by one at the most.
const RESOURCES_MAX: usize = 8;

/// Items of one answer, the latest first: those before the changes of a window are among them.
const ITEMS_MAX: u32 = 25;

/// The recorders, then the history of every resource whose old value is not known.
pub(super) fn wanted(look: &Look<'_>) -> Vec<Wanted> {
    let mut recorders: BTreeSet<Wanted> = BTreeSet::new();
    let mut items: BTreeSet<Wanted> = BTreeSet::new();
    for (place, kind, id) in unknown(look) {
        recorders.insert(ask(&place, 3, "configservice", "DescribeConfigurationRecorderStatus", &json!({})));
        if !is_recorded(look, &place) {
            continue;
        }
        let parameters = json!({
            "resourceType": kind, "resourceId": id, "laterTime": look.scope.now.to_string(),
            "chronologicalOrder": "Reverse", "limit": ITEMS_MAX,
        });
        items.insert(ask(&place, 3, "configservice", "GetResourceConfigHistory", &parameters));
    }
    recorders.into_iter().chain(items.into_iter().take(RESOURCES_MAX)).collect()
}

/// Place, resource type and id, in Config's words, of what was changed from something unknown.
fn unknown(look: &Look<'_>) -> BTreeSet<(Place, &'static str, String)> {
    let now = look.scene.now();
    let edits = look.scene.acts.iter().flat_map(|act| &act.delta.edits);
    let edits = edits.filter(|edit| edit.before == State::Unknown);
    let named = edits.filter_map(|edit| {
        let resource = now.get(&edit.resource);
        let document = resource.and_then(|it| serde_json::from_str(it.json()).ok()).unwrap_or(Value::Null);
        let (kind, id) = config_name(&edit.resource.kind, &edit.resource.id, &document)?;
        let place = resource.map(|it| Place { account: it.account.clone(), region: it.region.clone() });
        Some((place.unwrap_or_else(|| look.scope.home.clone()), kind, id))
    });
    named.collect()
}

/// Whether a recorder is there and on.
fn is_recorded(look: &Look<'_>, place: &Place) -> bool {
    let status = |it: &Value| it.get("recording") == Some(&Value::Bool(true));
    look.answers
        .list("DescribeConfigurationRecorderStatus", "ConfigurationRecordersStatus", place)
        .any(status)
}
