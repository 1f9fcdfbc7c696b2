//! Datadog webhooks: the body is what the user's template says, so this is our template and how it is read.

use crate::cloudwatch::named_application;
use crate::generic;
use crate::json::{body_key, moment, scalar, short};
use crate::message::{Action, Malformed, Message, Priority, is_test};
use crate::named::{Named, region_code};
use serde_json::Value;

/// To paste as the payload of a Datadog webhook (Datadog documentation, "Webhooks", variables).
pub const TEMPLATE: &str = r#"{
  "id": "$ID",
  "alert_id": "$ALERT_ID",
  "alert_cycle_key": "$ALERT_CYCLE_KEY",
  "aggreg_key": "$AGGREG_KEY",
  "alert_transition": "$ALERT_TRANSITION",
  "alert_type": "$ALERT_TYPE",
  "alert_priority": "$ALERT_PRIORITY",
  "alert_metric": "$ALERT_METRIC",
  "alert_query": "$ALERT_QUERY",
  "alert_scope": "$ALERT_SCOPE",
  "alert_status": "$ALERT_STATUS",
  "hostname": "$HOSTNAME",
  "tags": "$TAGS",
  "title": "$EVENT_TITLE",
  "message": "$EVENT_MSG",
  "date": "$DATE",
  "last_updated": "$LAST_UPDATED",
  "link": "$LINK",
  "org_id": "$ORG_ID",
  "org_name": "$ORG_NAME"
}
"#;

/// One alert in our template; members may be missing.
pub(crate) fn alert(body: &Value, original: &str) -> Result<Message, Malformed> {
    let title = resolved(body, "title").ok_or_else(|| {
        Malformed::new("title", "missing: use the template that Butfor publishes for Datadog")
    })?;
    let transition = resolved(body, "alert_transition");
    let kind = resolved(body, "alert_type");
    let action = action(transition.as_deref(), kind.as_deref());
    let date = resolved(body, "date").or_else(|| resolved(body, "last_updated"));
    let cycle = resolved(body, "alert_cycle_key").or_else(|| resolved(body, "aggreg_key"));
    let id = cycle.clone().or_else(|| resolved(body, "alert_id")).or_else(|| resolved(body, "id"));
    let dedup_key = match (&cycle, &transition) {
        (Some(cycle), Some(transition)) => {
            format!("datadog {cycle} {transition} {}", date.as_deref().unwrap_or_default())
        }
        _ => body_key(original),
    };
    let tags = [resolved(body, "tags"), resolved(body, "alert_scope")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(",");
    let tags: Vec<_> = tags.split(',').filter_map(|tag| tag.trim().split_once(':')).collect();
    let tag = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| tags.iter().find(|(key, _)| key == name).map(|(_, value)| (*value).to_owned()))
    };
    let description = resolved(body, "message").or_else(|| resolved(body, "alert_status"));
    let mut resources = Named::default();
    resolved(body, "hostname").iter().for_each(|host| resources.add(host));
    for (name, value) in &tags {
        if ["host", "instance-id", "instance_id", "pod_name", "dbinstanceidentifier", "functionname", "name"]
            .contains(name)
        {
            resources.add(value);
        }
    }
    resources.within(body);
    let mut message = Message {
        dedup_key,
        sender_id: id,
        is_test: is_test(&[Some(&title), description.as_deref()]),
        title,
        description,
        action,
        priority: resolved(body, "alert_priority").and_then(|word| Priority::numbered(&word)),
        at: date.as_deref().and_then(moment),
        account: tag(&["aws_account", "aws_account_id", "account_id", "account"]),
        region: tag(&["region", "aws_region"]).and_then(|region| region_code(&region)),
        alarm: resolved(body, "alert_id"),
        service: named_application(tags.iter().copied()),
        resources: resources.list(),
        payload: String::new(),
    };
    message.alarm = message.alarm.map(|monitor| format!("Datadog monitor {monitor}"));
    message.payload = generic::payload("datadog", &message, body);
    Ok(message)
}

/// A member that Datadog filled in: what does not resolve arrives as its own name or empty.
fn resolved(body: &Value, name: &str) -> Option<String> {
    scalar(body, name).filter(|value| {
        let rest = value.trim().strip_prefix('$');
        let is_variable = rest.is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'[' | b']' | b'"'))
        });
        !is_variable && value.trim() != "null"
    })
}

/// `Triggered`, `Re-Triggered`, `Warn`, `Re-Warn`, `No Data`, `Re-No Data`, `Renotify`, `Recovered`.
fn action(transition: Option<&str>, kind: Option<&str>) -> Action {
    match transition.map(str::to_ascii_lowercase).as_deref() {
        Some(word) if word.ends_with("recovered") => Action::Resolve,
        Some(word) if word.starts_with("re-") || word == "renotify" => Action::Update,
        Some("triggered" | "warn" | "no data") => Action::Trigger,
        other => match kind {
            Some("error" | "warning") => Action::Trigger,
            Some("success") => Action::Resolve,
            _ => Action::Ignore {
                why: format!("`{}` is no transition of an alert", short(other.unwrap_or("nothing"))),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;

    #[test]
    fn the_template_is_json_and_names_each_variable_once() {
        let body: serde_json::Value = serde_json::from_str(TEMPLATE).unwrap();
        let mut variables: Vec<_> =
            body.as_object().unwrap().values().map(|value| value.as_str().unwrap()).collect();
        variables.sort_unstable();
        variables.dedup();
        assert_eq!(variables.len(), 20);
    }
}
