//! Accounting: how much of the alarm's own count each cause explains.
//!
//! A cause that explains a twentieth of an outage is true and still not the answer: the parts and the unexplained rest are
//! stated, and what does not head the account does not head the report.

mod routes;
mod total;

use crate::access::Caller;
use crate::hypothesis::Hypothesis;
use crate::scene::Scene;
use crate::symptom::Symptom;
use butfor_incident::{Accounting, AccountingPart, CaseFile, Cause, Cites, EvidenceId, Explains};
use butfor_signals::accounting::{Account, Part, Requests, account};
use butfor_world::Delta;
use std::collections::BTreeSet;
use total::Total;

/// The account of an incident: as a report states it, and whether the causes head it.
pub(crate) struct Accounted {
    pub accounting: Accounting,
    /// Whether some cause explains enough to head the report.
    pub has_headline: bool,
    /// Where the counts come from.
    evidence: BTreeSet<EvidenceId>,
}

impl Accounted {
    /// Puts what was accounted for in the order of how much it explains.
    pub(crate) fn order<T>(&self, items: Vec<T>) -> Vec<T> {
        let place = |index: usize| self.accounting.parts.iter().position(|part| part.cause == index);
        let mut placed: Vec<(Option<usize>, T)> =
            items.into_iter().enumerate().map(|(index, item)| (place(index), item)).collect();
        placed.sort_by_key(|(place, _)| place.unwrap_or(usize::MAX));
        placed.into_iter().map(|(_, item)| item).collect()
    }

    /// Says of each cause how much it explains, with the evidence for it.
    pub(crate) fn explain(&self, causes: &mut [Cause]) {
        let counted = Cites::many(self.evidence.iter().copied());
        for part in &self.accounting.parts {
            let Some(cause) = causes.get_mut(part.cause) else { continue };
            cause.explains = Some(Explains { count: part.count, share: part.share });
            if let Some(counted) = &counted {
                cause.cites = cause.cites.and(counted);
            }
        }
    }
}

/// The functions behind the routes of an API whose errors an alert counts.
pub(crate) fn fronted_functions(case: &CaseFile, symptom: &Symptom) -> BTreeSet<String> {
    let regions: BTreeSet<&str> = symptom
        .alerts
        .iter()
        .filter(|alert| alert.metrics.iter().any(|metric| metric.namespace == "AWS/ApiGateway"))
        .filter_map(|alert| alert.region.as_deref())
        .collect();
    let routes = routes::read(case);
    let fronted = routes.into_iter().filter(|((region, ..), _)| regions.contains(region.as_str()));
    fronted.map(|(_, function)| function).collect()
}

/// The functions that a hypothesis says are broken: callers that are denied, and functions whose configuration is wrong.
pub(crate) fn functions_of(scene: &Scene<'_>, hypothesis: &Hypothesis) -> BTreeSet<String> {
    let denied = hypothesis.asks.iter().filter_map(|index| scene.access.denied.get(*index));
    let callers = denied.filter_map(|one| match &one.ask.caller {
        Caller::Function(id) => Some(id.clone()),
        _ => None,
    });
    callers.chain(functions_in(&hypothesis.fault)).collect()
}

/// The functions whose configuration an act changed.
pub(crate) fn functions_of_act(scene: &Scene<'_>, act: usize) -> BTreeSet<String> {
    scene.acts.get(act).into_iter().flat_map(|act| functions_in(&act.delta)).collect()
}

fn functions_in(delta: &Delta) -> impl Iterator<Item = String> {
    let edits = delta.edits.iter().filter(|edit| edit.resource.kind == "AWS::Lambda::Function");
    edits.map(|edit| edit.resource.id.clone())
}

/// Splits the alarm's count over causes. `functions` are the functions that each cause breaks, in the order of the causes; `None`
/// when the alarm counts nothing, or no count is known of some cause: then nothing can be said of shares.
pub(crate) fn of(scene: &Scene<'_>, functions: &[BTreeSet<String>]) -> Option<Accounted> {
    let total = Total::of_alarm(scene)?;
    let failures = routes::failures(scene, &total);
    let mut evidence = failures.evidence.clone();
    evidence.extend(&total.evidence);
    let mut parts = Vec::new();
    for (index, functions) in functions.iter().enumerate() {
        let ids: BTreeSet<String> =
            functions.iter().flat_map(|function| failures.of_function(function)).cloned().collect();
        let counted: f64 =
            functions.iter().filter_map(|function| metric_count(scene, &total, function)).sum();
        let requests = if !ids.is_empty() {
            Requests::Ids(ids)
        } else if counted > 0.0 {
            Requests::Count(counted.round() as u64)
        } else {
            return None;
        };
        // Names keep the order of causes apart from the order of the account.
        parts.push(Part { cause: index.to_string(), requests });
    }
    let account = account(total.count, &parts);
    let accounting = stated(&total.metric, &account);
    let has_headline = account.rows.iter().any(|row| row.is_headline);
    Some(Accounted { accounting, has_headline, evidence })
}

fn stated(metric: &str, account: &Account) -> Accounting {
    let part = |row: &butfor_signals::accounting::Row| {
        let cause = row.cause.parse().ok()?;
        let share = if account.total == 0 { 0.0 } else { row.requests as f64 / account.total as f64 };
        Some(AccountingPart { cause, count: row.requests, share })
    };
    Accounting {
        metric: metric.to_owned(),
        total: account.total,
        parts: account.rows.iter().filter_map(part).collect(),
        unexplained: account.remainder,
    }
}

/// Failures and throttles that a function's own metrics count in the window.
fn metric_count(scene: &Scene<'_>, total: &Total, function: &str) -> Option<f64> {
    let name = function.rsplit(':').next()?;
    let region = function.split(':').nth(3)?;
    let own = scene.symptom.series.iter().filter(|series| {
        series.metric.namespace == "AWS/Lambda"
            && matches!(series.metric.name.as_str(), "Errors" | "Throttles")
            && series.region == region
            && series.metric.dimensions.get("FunctionName").is_some_and(|own| own == name)
    });
    let counts: Vec<f64> = own.filter_map(|series| total.sum(series)).collect();
    counts.into_iter().reduce(|a, b| a + b)
}
