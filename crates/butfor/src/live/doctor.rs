//! Checks of credentials, accounts, regions, trails, permissions, clock and history, each with what it costs when it fails.

use super::{connect, history, now};
use crate::cli::{Connect, Data};
use crate::progress::Progress;
use butfor_aws_api::{Client, Error, Target};
use butfor_engine::wanted::Place;
use butfor_reads::areas;
use butfor_store::Filter;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One check.
pub(crate) struct Finding {
    pub(crate) is_bad: bool,
    pub(crate) text: String,
    /// What it costs, and what to do.
    pub(crate) more: Vec<String>,
}

impl Finding {
    pub(crate) fn word(&self) -> &'static str {
        if self.is_bad { "FAIL" } else { "ok" }
    }

    fn good(text: impl Into<String>) -> Self {
        Self { is_bad: false, text: text.into(), more: Vec::new() }
    }

    fn bad(text: impl Into<String>, more: Vec<String>) -> Self {
        Self { is_bad: true, text: text.into(), more }
    }
}

/// A snapshot older than this says little of the state before an incident, seconds.
const HISTORY_OLD_S: i64 = 2 * 24 * 3600;

/// Runs every check.
pub(crate) async fn doctor(
    asked: &Connect,
    data: &Data,
    progress: &mut Progress,
) -> anyhow::Result<Vec<Finding>> {
    let connection = connect(asked).await?;
    let mut findings: Vec<Finding> =
        connection.warnings.iter().map(|warning| Finding::bad(warning.clone(), Vec::new())).collect();
    let places = connection.places();
    for (done, place) in places.iter().enumerate() {
        progress.step(done, places.len(), &format!("{} {}", place.account, place.region));
        let is_reached = account(&connection.client, place, &mut findings).await;
        if is_reached {
            trails(&connection.client, place, &mut findings).await;
            permissions(&connection.client, place, &mut findings).await;
        }
    }
    findings.push(past(data, &places).await);
    Ok(findings)
}

fn target(place: &Place) -> Target {
    Target { account: Some(place.account.clone()), region: place.region.clone() }
}

/// Who one is there, whether the region answers, and whether the clocks agree: a signature that is more than five minutes off is refused
/// (IAM User Guide, "Signature Version 4 troubleshooting").
async fn account(client: &Client, place: &Place, findings: &mut Vec<Finding>) -> bool {
    let Place { account, region } = place;
    match client.call(&target(place), "sts", "GetCallerIdentity", &json!({})).await {
        Ok(answer) => {
            let arn = answer.output.get("Arn").and_then(Value::as_str).unwrap_or("somebody").to_owned();
            findings.push(Finding::good(format!(
                "account {account} {region}: read as {arn}; the clock agrees with AWS's"
            )));
            true
        }
        Err(error) => {
            let text = error.to_string();
            let is_clock =
                ["RequestTimeTooSkewed", "RequestExpired", "Signature expired", "SignatureDoesNotMatch"];
            let advice = if is_clock.iter().any(|sign| text.contains(sign)) {
                "the clock of this machine may be wrong: compare it with another"
            } else {
                "check the role's trust policy (butfor iam-policy prints one) and its external id"
            };
            let cost = "costs: nothing of this account is seen".to_owned();
            findings.push(Finding::bad(
                format!("account {account} {region}: {text}"),
                vec![cost, advice.to_owned()],
            ));
            false
        }
    }
}

/// Whether somebody keeps what CloudTrail records beyond its event history.
async fn trails(client: &Client, place: &Place, findings: &mut Vec<Finding>) {
    let Place { account, region } = place;
    match client.call(&target(place), "cloudtrail", "DescribeTrails", &json!({})).await {
        Ok(answer) => {
            let trails = answer.output.get("trailList").and_then(Value::as_array).map_or(0, Vec::len);
            let text = match trails {
                0 => "no trail; changes are read from the event history, two calls a second, 90 days back"
                    .to_owned(),
                1 => "1 trail".to_owned(),
                several => format!("{several} trails"),
            };
            findings.push(Finding::good(format!("account {account} {region}: {text}")));
        }
        Err(error) => {
            let cost = "costs: trails in S3, which are read without a limit, are not found".to_owned();
            findings.push(Finding::bad(
                format!("account {account} {region}: trails cannot be listed: {error}"),
                vec![cost],
            ));
        }
    }
}

/// Asks every operation that needs no parameters once; what is denied is told with what an investigation cannot say without it.
async fn permissions(client: &Client, place: &Place, findings: &mut Vec<Finding>) {
    let mut denied: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut asked, mut untold) = (0, 0);
    for area in areas() {
        for read in area.reads {
            match client.call(&target(place), read.service, read.operation, &json!({"MaxResults": 5})).await {
                Err(Error::BadParameter { .. }) => {}
                other => {
                    asked += 1;
                    note(&mut denied, area.lost, &read.actions.join(", "), &other.err());
                    continue;
                }
            }
            match client.call(&target(place), read.service, read.operation, &json!({})).await {
                // It needs to be told of what: only an investigation knows.
                Err(
                    Error::BadParameter { .. }
                    | Error::UnknownOperation { .. }
                    | Error::UnknownService { .. },
                ) => untold += 1,
                other => {
                    asked += 1;
                    note(&mut denied, area.lost, &read.actions.join(", "), &other.err());
                }
            }
        }
    }
    let Place { account, region } = place;
    findings.push(Finding::good(format!(
        "account {account} {region}: {asked} read operations asked, {untold} more need a resource to be asked about"
    )));
    for (lost, actions) in denied {
        let text = format!("account {account} {region}: denied {}", actions.join(", "));
        let more = vec![
            format!("costs: {lost}"),
            "add them to the role: butfor iam-policy prints the policy".to_owned(),
        ];
        findings.push(Finding::bad(text, more));
    }
}

fn note<'l>(denied: &mut BTreeMap<&'l str, Vec<String>>, lost: &'l str, action: &str, error: &Option<Error>) {
    if error.as_ref().is_some_and(Error::is_denied) {
        denied.entry(lost).or_default().push(action.to_owned());
    }
}

/// Whether the state before an incident would be known.
async fn past(data: &Data, places: &[Place]) -> Finding {
    let cost = "costs: what a policy or a setting was before a change is known only where a record tells it"
        .to_owned();
    let advice = "butfor snapshot --every 1h".to_owned();
    let Some(store) = history::open_existing(data).await else {
        return Finding::bad("no history of configuration", vec![cost, advice]);
    };
    let now = now();
    let mut latest = None;
    for place in places {
        let filter = Filter { account: Some(place.account.clone()), ..Filter::default() };
        let seen = store.history().at(now, &filter).await.unwrap_or_default();
        latest = latest.max(seen.iter().map(|it| it.last_at).max());
    }
    store.close().await;
    match latest {
        Some(at) if now.seconds_since(at) <= HISTORY_OLD_S => {
            Finding::good(format!("history of configuration, last at {at}"))
        }
        Some(at) => Finding::bad(format!("the history of configuration ends at {at}"), vec![cost, advice]),
        None => Finding::bad("the history holds nothing of these accounts", vec![cost, advice]),
    }
}
