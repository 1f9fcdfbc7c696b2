//! `short-timeout`: a proxy gives up on its backend before the backend's usual answer.
//!
//! Three witnesses that must agree: the proxy's log says that it gave up waiting, the proxy's configuration names a time-out, and the
//! backend's log says that it answers, and takes longer than that. The connection is made and the backend is up, so that neither is the
//! cause. Nobody needs to have changed anything: the two settings never fitted.

use super::Finding;
use crate::hypothesis::Hypothesis;
use crate::scene::Scene;
use crate::symptom::exchanges::Exchanges;
use crate::wording::Wording;
use butfor_incident::{Affected, AffectedKind, EvidenceId, Grade, RuledOut, Unaffected};
use butfor_world::{Delta, Resource, ResourceKey};
use serde_json::Value;
use std::collections::BTreeSet;

const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const SERVICE: &str = "AWS::ECS::Service";

/// How near a configured number must be to what is measured to be its reason.
const NEAR: f64 = 0.05;

/// A mismatch.
pub(crate) struct Mismatch<'s> {
    proxy: &'s Resource,
    backend: Option<&'s Resource>,
    proxy_log: &'s Exchanges,
    backend_log: &'s Exchanges,
    /// `proxy_read_timeout 10s`.
    directive: String,
    timeout_ms: f64,
    /// What the backend takes, the middle one of those that are too long.
    takes_ms: f64,
    /// `RESPONSE_DELAY 15000`, where the backend's configuration explains it.
    reason: Option<String>,
}

/// Finds proxies whose time-out is shorter than their backend's answer.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    mismatches(scene).iter().map(|one| Finding::Cause(Box::new(explain(scene, one)))).collect()
}

/// Every mismatch of a scene.
pub(crate) fn mismatches<'s>(scene: &'s Scene<'_>) -> Vec<Mismatch<'s>> {
    let exchanges = &scene.symptom.exchanges;
    let since = scene.symptom.facts_since();
    let gives_up =
        |log: &Exchanges| log.gave_up_last.is_some_and(|last| since.is_none_or(|since| last >= since));
    let mut found = Vec::new();
    for (group, proxy_log) in exchanges.iter().filter(|(_, log)| gives_up(log)) {
        let Some(proxy) = of_group(scene, group) else { continue };
        let Some((directive, timeout_ms)) = read_timeout(proxy.parsed()) else { continue };
        for (other, backend_log) in exchanges.iter().filter(|(other, _)| *other != group) {
            let slow: Vec<f64> =
                backend_log.durations_ms.iter().copied().filter(|ms| *ms > timeout_ms).collect();
            let Some(takes_ms) = slow.get(slow.len() / 2).copied() else { continue };
            let backend = of_group(scene, other);
            let reason = backend.and_then(|backend| delay_setting(backend.parsed(), takes_ms));
            let directive = directive.clone();
            found.push(Mismatch {
                proxy,
                backend,
                proxy_log,
                backend_log,
                directive,
                timeout_ms,
                takes_ms,
                reason,
            });
        }
    }
    found
}

/// The task definition whose containers write to a log group.
fn of_group<'s>(scene: &'s Scene<'_>, group: &str) -> Option<&'s Resource> {
    scene.now().of_kind(TASK_DEFINITION).find(|definition| {
        containers(definition.parsed()).any(|container| {
            let own = container.pointer("/logConfiguration/options/awslogs-group").and_then(Value::as_str);
            own == Some(group)
        })
    })
}

fn containers(definition: &Value) -> impl Iterator<Item = &Value> {
    definition.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten()
}

/// Environment variables of all containers.
fn variables(definition: &Value) -> impl Iterator<Item = (&str, &str)> {
    let all = containers(definition).filter_map(|one| one.get("environment")?.as_array()).flatten();
    all.filter_map(|one| Some((one.get("name")?.as_str()?, one.get("value")?.as_str()?)))
}

/// Directives by which proxies name how long they wait for an answer (NGINX, ngx_http_proxy_module; HAProxy, timeout server).
const DIRECTIVES: &[&str] = &[
    "proxy_read_timeout",
    "fastcgi_read_timeout",
    "uwsgi_read_timeout",
    "grpc_read_timeout",
    "timeout server",
];

/// The time-out that a proxy's configuration names, in its own words and in milliseconds.
fn read_timeout(definition: &Value) -> Option<(String, f64)> {
    let commands = containers(definition).filter_map(|one| one.get("command")?.as_array()).flatten();
    let texts = variables(definition).map(|(_, value)| value).chain(commands.filter_map(Value::as_str));
    texts.into_iter().find_map(|text| {
        DIRECTIVES.iter().find_map(|directive| {
            let (_, rest) = text.split_once(directive)?;
            let value = rest.trim_start().split([';', '\n', ' ']).next()?;
            Some((format!("{directive} {value}"), milliseconds(value)?))
        })
    })
}

/// NGINX's times: `10s`, `500ms`, `1m`, bare seconds.
fn milliseconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "ms" => 1.0,
        "" | "s" => 1_000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        _ => return None,
    };
    Some(number * factor)
}

/// The backend's variable that says how long it takes, in milliseconds or seconds.
fn delay_setting(definition: &Value, takes_ms: f64) -> Option<String> {
    let is_near = |value: f64| (value - takes_ms).abs() <= takes_ms * NEAR;
    variables(definition).find_map(|(name, value)| {
        let number: f64 = value.trim_end_matches("ms").trim_end_matches('s').parse().ok()?;
        (is_near(number) || is_near(number * 1_000.0)).then(|| format!("{name} {value}"))
    })
}

fn name(definition: &Resource) -> String {
    definition.key.id.rsplit('/').next().unwrap_or(&definition.key.id).to_owned()
}

fn seconds(ms: f64) -> String {
    let text = format!("{:.1}", ms / 1_000.0);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn explain(scene: &Scene<'_>, one: &Mismatch<'_>) -> Hypothesis {
    let backend = one.backend.map_or_else(|| "its backend".to_owned(), name);
    let against = one.reason.clone().unwrap_or_else(|| format!("{} s", seconds(one.takes_ms)));
    let because = one.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let corrected = misreported(scene, one).map(|text| format!("; {text}")).unwrap_or_default();
    let wording = Wording {
        defect: "proxy-timeout-shorter-than-backend".to_owned(),
        resource: one.proxy.key.clone(),
        component: format!("{} against {against}", one.directive),
        phrase: format!(
            "{} gives up after {} s ({}), while {backend} takes {} s to answer{because}{corrected}",
            name(one.proxy),
            seconds(one.timeout_ms),
            one.directive,
            seconds(one.takes_ms),
        ),
    };
    // A third more than it takes: room for what varies.
    let wanted = (one.takes_ms / 1_000.0 * 4.0 / 3.0).round();
    let directive = one.directive.split(' ').next().unwrap_or_default();
    let advice = format!(
        "the time-out is in the source that makes {}: set {directive} there to more than the backend takes, {wanted:.0}s for instance, \
         and the connect and send time-outs with it, and deploy it. Then check twice: a request answers 200 in about {} s, and the health \
         check answers. Or make {backend} faster than {} s. Butfor does not model how long code takes, so that this is not checked",
        name(one.proxy),
        seconds(one.takes_ms),
        seconds(one.timeout_ms),
    );
    let affected = Affected {
        kind: AffectedKind::Request,
        from: "its clients".to_owned(),
        to: name(one.proxy),
        detail: "504".to_owned(),
    };
    let evidence: BTreeSet<EvidenceId> =
        one.proxy_log.evidence.union(&one.backend_log.evidence).copied().collect();
    let explained =
        Hypothesis::of_requests(Vec::new(), None, Delta::default(), Delta::default(), Grade::Corroborated);
    Hypothesis {
        stated: Some(wording),
        advice,
        requests: vec![affected],
        evidence: evidence.into_iter().collect(),
        ..explained
    }
}

/// What the alert says that the logs do not: a status code that nobody answered with.
fn misreported(scene: &Scene<'_>, one: &Mismatch<'_>) -> Option<String> {
    let seen =
        one.proxy_log.statuses.iter().filter(|(code, _)| **code >= 500).max_by_key(|(_, count)| **count)?.0;
    let said = scene
        .symptom
        .alerts
        .iter()
        .flat_map(|alert| [Some(alert.name.as_str()), alert.description.as_deref()]);
    let codes = said
        .flatten()
        .flat_map(|text| text.split(|c: char| !c.is_ascii_digit()))
        .filter(|code| code.len() == 3);
    let wrong = codes
        .filter_map(|code| code.parse::<u16>().ok())
        .find(|code| (500..600).contains(code) && code != seen)?;
    Some(format!("the report says {wrong}, and the logs say {seen}"))
}

/// What is not to blame in a mismatch: the services run, and they reach each other.
pub(crate) fn ruled_out(scene: &Scene<'_>) -> Vec<RuledOut> {
    let found = mismatches(scene);
    let mut all = Vec::new();
    for one in &found {
        for definition in [Some(one.proxy), one.backend].into_iter().flatten() {
            all.extend(running(scene, &definition.key));
        }
        all.push(RuledOut {
            what: "the network between the proxy and its backend".to_owned(),
            why: "the connection is made: the backend logs the proxy's requests and answers them, only later"
                .to_owned(),
            cites: butfor_incident::Cites::many(one.backend_log.evidence.iter().copied()),
        });
    }
    all
}

/// Services of a task definition that have all their tasks.
fn running(scene: &Scene<'_>, definition: &ResourceKey) -> Vec<RuledOut> {
    let own = scene.now().of_kind(SERVICE).filter(|service| {
        service.parsed().get("taskDefinition").and_then(Value::as_str) == Some(definition.id.as_str())
    });
    let entries = own.filter_map(|service| {
        let count = |member: &str| service.parsed().get(member).and_then(Value::as_u64);
        let (wanted, running) = (count("desiredCount")?, count("runningCount")?);
        let name = service.key.id.rsplit('/').next().unwrap_or(&service.key.id);
        (wanted == running && wanted > 0).then(|| RuledOut {
            what: format!("ECS service {name}"),
            why: format!("it is up: {running}/{wanted} tasks running"),
            cites: service.cites().cloned(),
        })
    });
    entries.collect()
}

/// Health checks that answer while requests do not.
pub(crate) fn unaffected(scene: &Scene<'_>) -> Vec<Unaffected> {
    let found = mismatches(scene);
    let logs = found.iter().flat_map(|one| [one.proxy_log, one.backend_log]);
    let entries = logs.flat_map(|log| {
        log.health.iter().map(|(path, count)| Unaffected {
            what: format!("health check {path}"),
            why: format!("answered 200, {count} times"),
            cites: butfor_incident::Cites::many(log.evidence.iter().copied()),
        })
    });
    let mut all: Vec<Unaffected> = entries.collect();
    all.sort_by(|a, b| (&a.what, &a.why).cmp(&(&b.what, &b.why)));
    all.dedup_by(|a, b| a.what == b.what);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_as_nginx_reads_them() {
        for (text, expected) in [
            ("10s", Some(10_000.0)),
            ("500ms", Some(500.0)),
            ("1m", Some(60_000.0)),
            ("75", Some(75_000.0)),
            ("soon", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_directive_is_found_wherever_the_configuration_is_kept() {
        let of = |container: Value| read_timeout(&json!({ "containerDefinitions": [container] }));
        let value = "server {\n proxy_read_timeout 10s;\n}";
        let found = of(json!({"environment": [{"name": "CONF", "value": value}]}));
        assert_eq!(found, Some(("proxy_read_timeout 10s".to_owned(), 10_000.0)));
        let found = of(json!({"command": ["sh", "-c", "echo 'proxy_read_timeout 1m;' > /etc/nginx/x"]}));
        assert_eq!(found, Some(("proxy_read_timeout 1m".to_owned(), 60_000.0)));
        assert_eq!(of(json!({"command": ["nginx"]})), None);
    }
}
