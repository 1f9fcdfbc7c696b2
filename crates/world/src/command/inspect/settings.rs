//! Reading calls that show settings.

use super::super::Place;
use super::super::plan::Plan;
use super::super::settings::{alarm_name, service_names};
use super::super::shell::Call;
use crate::delta::{Edit, State};
use crate::facets;

const FUNCTION: &str = "AWS::Lambda::Function";

/// The call that shows what these edits of one member of one resource change, and where in its answer.
pub(super) fn look(plan: &Plan<'_>, place: &Place, edits: &[&Edit]) -> Option<(Call, String)> {
    let first = edits.first()?;
    let id = first.resource.id.as_str();
    let call = |operation: &'static str| Call::new(place, "lambda", operation);
    // ...:function:NAME[:QUALIFIER]
    let qualified = || id.split_once(":function:").and_then(|(_, rest)| rest.split_once(':'));
    let member = first.facet.member.replace('/', ".");
    match (first.resource.kind.as_str(), first.facet.member.as_str()) {
        (FUNCTION, "Environment/Variables") => {
            let name = id.rsplit(':').next().unwrap_or(id);
            let call = call("GetFunctionConfiguration").arg("--function-name", name);
            Some((call, variables(plan, edits, "Environment.Variables")))
        }
        ("AWS::Lambda::Version", _) => {
            let (name, version) = qualified()?;
            let call = call("GetFunctionConfiguration").arg("--function-name", name);
            Some((call.arg("--qualifier", version), member))
        }
        ("AWS::Lambda::Alias", _) => {
            let (name, alias) = qualified()?;
            Some((call("GetAlias").arg("--function-name", name).arg("--name", alias), member))
        }
        ("AWS::ECS::Service", _) => {
            let (cluster, name) = service_names(id)?;
            let call = Call::new(place, "ecs", "DescribeServices").arg("--cluster", cluster);
            Some((call.arg("--services", name), inner("services[0]", &member)))
        }
        ("AWS::CloudWatch::Alarm", _) => {
            let call = Call::new(place, "cloudwatch", "DescribeAlarms").arg("--alarm-names", alarm_name(id)?);
            Some((call, inner("MetricAlarms[0]", &member)))
        }
        ("AWS::ApiGateway::Stage", of) => {
            let (api, name) = id.split_once('/')?;
            let call = Call::new(place, "apigateway", "GetStage").arg("--rest-api-id", api);
            let query = if of == "variables" { variables(plan, edits, "variables") } else { member };
            Some((call.arg("--stage-name", name), query))
        }
        ("AWS::ApiGatewayV2::Stage", of) => {
            let (api, name) = id.split_once('/')?;
            let call = Call::new(place, "apigatewayv2", "GetStage").arg("--api-id", api);
            let query = if of == "StageVariables" { variables(plan, edits, of) } else { member };
            Some((call.arg("--stage-name", name), query))
        }
        ("AWS::ApiGateway::Resource", _) => {
            let (api, name) = id.split_once('/')?;
            let call = Call::new(place, "apigateway", "GetResource").arg("--rest-api-id", api);
            Some((call.arg("--resource-id", name).arg("--embed", "methods"), member))
        }
        ("AWS::Lambda::EventSourceMapping", _) => {
            Some((call("GetEventSourceMapping").arg("--uuid", id), member))
        }
        _ => None,
    }
}

fn inner(outer: &str, member: &str) -> String {
    if member.is_empty() { outer.to_owned() } else { format!("{outer}.{member}") }
}

/// What shows variables: their names, and values only where they are needed to tell the two states apart and are no
/// secrets.
fn variables(plan: &Plan<'_>, edits: &[&Edit], at: &str) -> String {
    let values = |edit: &Edit| [plan.now(edit), edit.after.clone()];
    let is_secret = |edit: &Edit| {
        values(edit).iter().any(|state| match state {
            State::Present(value) => facets::is_secret(&edit.facet, value),
            State::Absent | State::Unknown => false,
        })
    };
    let is_told_by_value = |edit: &Edit| matches!(values(edit), [State::Present(_), State::Present(_)]);
    let open: Vec<&Edit> = edits.iter().copied().filter(|edit| !is_secret(edit)).collect();
    let names: Vec<&str> = open.iter().filter_map(|edit| edit.facet.element.as_deref()).collect();
    // Names of variables are words to JMESPath (Lambda API reference, Environment: letters, digits and `_`).
    let is_word = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let shows_values = open.iter().any(|edit| is_told_by_value(edit)) && names.iter().all(is_word);
    match names.as_slice() {
        [name] if shows_values => format!("{at}.{name}"),
        names if shows_values => {
            let pairs: Vec<_> = names.iter().map(|name| format!("{name}: {name}")).collect();
            format!("{at}.{{{}}}", pairs.join(", "))
        }
        _ => format!("keys(not_null({at}, `{{}}`))"),
    }
}
