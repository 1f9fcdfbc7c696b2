//! Requests with the verdicts AWS documentation gives, through the front door (tests/data/iam-policy-cases).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is no library")]

use butfor_policy::{Attached, Context, Layer, Outcome, Policies, Policy, Request, authorize};
use serde_json::Value;

fn context(case: &Value) -> Context {
    let mut context = Context::complete();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    for (key, value) in case["context"].as_object().into_iter().flatten() {
        match value {
            Value::Null => context.set_absent(key),
            Value::Array(values) => context.set_many(key, values.iter().map(text).collect()),
            value => context.set(key, text(value)),
        }
    }
    context
}

fn request(case: &Value) -> Request {
    let text = |name: &str| case[name].as_str().unwrap();
    let request = Request::new(text("principal"), text("action"), text("resource")).unwrap();
    let request = request.with_resource_account(text("resource_account")).with_context(context(case));
    if case["wildcard_only_action"] == true { request.on_any_resource() } else { request }
}

fn parse(layer: Layer, document: &Value) -> Policy {
    let (policy, problems) = Policy::parse(layer, layer.as_str(), &document.to_string());
    assert_eq!(problems, [], "{document}");
    policy
}

/// Policies of a layer that may have several levels.
fn levels(layer: Layer, value: &Value) -> Option<Vec<Vec<Policy>>> {
    let level = |level: &Value| level.as_array().unwrap().iter().map(|policy| parse(layer, policy)).collect();
    value.as_array().map(|list| list.iter().map(level).collect())
}

fn attached(policies: &[Policy]) -> Attached<'_> {
    Attached { policies: policies.iter().collect(), unseen: Vec::new() }
}

fn all(levels: Option<&Vec<Vec<Policy>>>) -> Option<Vec<Attached<'_>>> {
    levels.map(|levels| levels.iter().map(|level| attached(level)).collect())
}

fn check(case: &Value) -> Result<(), String> {
    let one = |layer: Layer, name: &str| case.get(name).map(|document| [parse(layer, document)]);
    let identity: Vec<Policy> =
        case["identity"].as_array().unwrap().iter().map(|policy| parse(Layer::Identity, policy)).collect();
    let rcp = levels(Layer::ResourceControl, &case["rcp"]);
    let scp = levels(Layer::ServiceControl, &case["scp"]);
    let vpce = one(Layer::VpcEndpoint, "vpce");
    let resource = one(Layer::Resource, "resource_policy");
    let boundary = one(Layer::Boundary, "boundary");
    let session = one(Layer::Session, "session");
    let (resource_control, service_control) = (all(rcp.as_ref()), all(scp.as_ref()));
    let policies = Policies {
        resource_control,
        service_control,
        vpc_endpoint: vpce.as_ref().map(|policy| attached(policy)),
        resource: resource.as_ref().map(|policy| attached(policy)),
        identity: attached(&identity),
        boundary: boundary.as_ref().map(|policy| attached(policy)),
        session: session.as_ref().map(|policy| attached(policy)),
    };
    let request = request(case);
    let decision = authorize(&request, &policies);
    let expected = match case["expect"].as_str().unwrap() {
        "allow" => Outcome::Allow,
        "explicit_deny" => Outcome::ExplicitDeny,
        _ => Outcome::ImplicitDeny,
    };
    let layers: Vec<&str> = decision.deny_layers().into_iter().map(Layer::as_str).collect();
    let is_right = decision.outcome == expected
        && layers.is_empty() == (expected == Outcome::Allow)
        && case.get("deny_layers").is_none_or(|expected| *expected == serde_json::json!(layers));
    if is_right {
        return Ok(());
    }
    Err(format!(
        "{} ({}): {:?} {layers:?}, expected {} {}\n",
        case["id"], case["title"], decision.outcome, case["expect"], case["deny_layers"]
    ))
}

#[test]
fn verdicts_are_those_of_the_documentation() {
    let cases = include_str!("data/iam-policy-cases/cases.jsonl").lines();
    let cases: Vec<Value> = cases.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 84);
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} are wrong\n{}", wrong.len(), cases.len(), wrong.concat());
}
