//! Prometheus Alertmanager and Grafana Alerting: several alerts in one body, told by labels.

use crate::cloudwatch;
use crate::generic;
use crate::json::{get, object, owned, scalar, text};
use crate::message::{Action, Malformed, Message, Priority, is_test};
use crate::named::Named;
use butfor_incident::Timestamp;
use serde_json::{Value, json};

/// What of the envelope goes with each alert; longer ones are left out, so that many alerts do not copy it many times.
const ENVELOPE: [&str; 5] = ["version", "groupKey", "receiver", "externalURL", "orgId"];
const ENVELOPE_MEMBER_MAX: usize = 512;

/// Labels whose values are resources.
const RESOURCES: [&str; 14] = [
    "instance",
    "node",
    "host",
    "hostname",
    "pod",
    "container",
    "deployment",
    "cluster",
    "instance_id",
    "dbinstance_identifier",
    "load_balancer",
    "queue_name",
    "function_name",
    "target",
];

/// Every alert of a body, `source` the sender's word.
pub(crate) fn alerts(body: &Value, original: &str, source: &str) -> Result<Vec<Message>, Malformed> {
    let list = get(body, "alerts");
    let Some(list) = list.as_array() else {
        // Grafana's custom payload templates may send anything.
        return match list.is_null() && source == "grafana" {
            true => Ok(vec![generic::unknown(source, body, original)?]),
            false => Err(Malformed::new("alerts", "missing, or not a list")),
        };
    };
    let envelope: Vec<_> = ENVELOPE
        .iter()
        .filter_map(|name| Some((*name, body.get(*name)?)))
        .filter(|(_, value)| value.to_string().len() <= ENVELOPE_MEMBER_MAX)
        .collect();
    let group = owned(body, "groupKey");
    list.iter()
        .enumerate()
        .map(|(index, each)| alert(each, index, &envelope, group.as_deref(), source))
        .collect()
}

fn alert(
    alert: &Value,
    index: usize,
    envelope: &[(&str, &Value)],
    group: Option<&str>,
    source: &str,
) -> Result<Message, Malformed> {
    let field = |name: &str| format!("alerts[{index}].{name}");
    let labels = get(alert, "labels");
    if !labels.is_object() {
        return Err(Malformed::new(field("labels"), "missing, or not an object"));
    }
    let status = text(alert, "status").ok_or_else(|| Malformed::new(field("status"), "missing"))?;
    let action = match status {
        "firing" => Action::Trigger,
        "resolved" => Action::Resolve,
        _ => return Err(Malformed::new(field("status"), "expected firing or resolved")),
    };
    let started =
        moment(alert, "startsAt").map_err(|error| Malformed::new(field("startsAt"), error.message))?;
    let ended = moment(alert, "endsAt").map_err(|error| Malformed::new(field("endsAt"), error.message))?;
    let name = text(labels, "alertname");
    let annotations = get(alert, "annotations");
    let words = [
        text(annotations, "summary"),
        text(annotations, "description").or_else(|| text(annotations, "message")),
    ];
    let mut resources = Named::default();
    RESOURCES.iter().filter_map(|label| text(labels, label)).for_each(|value| resources.add(value));
    cloudwatch_labels(labels, &mut resources);
    resources.within(labels);
    words.iter().flatten().for_each(|text| resources.words(text));
    let (account, region) = cloudwatch::place(labels);
    let fingerprint = scalar(alert, "fingerprint")
        .unwrap_or_else(|| crate::json::fingerprint(labels.to_string().as_bytes()));
    let start = started.map(|at| at.to_string()).unwrap_or_default();
    // The contact point's "Test" button (Grafana, "Test a contact point").
    let is_button = name == Some("TestAlert") && text(labels, "instance") == Some("Grafana");
    let mut message = Message {
        dedup_key: format!("alert {fingerprint} {start} {status}"),
        // One alert from its start to its end.
        sender_id: Some(format!("{fingerprint}-{start}")),
        title: name.or(words[0]).unwrap_or("alert without a name").to_owned(),
        description: cloudwatch::description(&words),
        action,
        priority: ["severity", "priority"].iter().find_map(|label| Priority::severity(text(labels, label)?)),
        is_test: is_button || is_test(&[name, words[0], words[1]]),
        at: if status == "resolved" { ended.or(started) } else { started },
        account,
        region,
        alarm: name.map(str::to_owned),
        service: cloudwatch::tagged_application(labels),
        resources: resources.list(),
        payload: String::new(),
    };
    message.payload = match name {
        Some(_) => native(alert, envelope, group),
        None => generic::payload(source, &message, alert),
    };
    Ok(message)
}

/// The body as it would be with this alert alone.
fn native(alert: &Value, envelope: &[(&str, &Value)], group: Option<&str>) -> String {
    let mut body = object([("status", alert.get("status").cloned()), ("alerts", Some(json!([alert])))]);
    if let Some(members) = body.as_object_mut() {
        for (name, value) in envelope {
            let _ = members.insert((*name).to_owned(), (*value).clone());
        }
        if let Some(group) = group.filter(|_| !members.contains_key("groupKey")) {
            let _ = members.insert("groupKey".to_owned(), json!(crate::json::short(group)));
        }
    }
    body.to_string()
}

/// The year 1 stands for "not yet" (Alertmanager documentation, webhook_config).
fn moment(alert: &Value, name: &str) -> Result<Option<Timestamp>, Malformed> {
    let at = crate::json::time(alert, name)?;
    Ok(at.filter(|at| *at > Timestamp::from_seconds(0)))
}

/// The CloudWatch exporter puts dimensions into labels `dimension_...`.
fn cloudwatch_labels(labels: &Value, resources: &mut Named) {
    for (name, value) in labels.as_object().into_iter().flatten() {
        if name.starts_with("dimension_") {
            value.as_str().iter().for_each(|value| resources.add(value));
        }
    }
}
