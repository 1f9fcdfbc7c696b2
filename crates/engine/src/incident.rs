//! What is being investigated, named after its alert.

use crate::scene::Scene;
use butfor_incident::Incident;

/// The incident of a case.
pub(crate) fn of(scene: &Scene<'_>) -> Incident {
    let alerts = scene.symptom.alerts.clone();
    let first = alerts.first();
    let title = first.map_or_else(
        || "Investigation without an alert".to_owned(),
        // ING-04: the title of an investigation started by an alarm.
        |alert| {
            if alert.metrics.is_empty() && alert.arn.is_none() {
                alert.name.clone()
            } else {
                format!("CloudWatch Alarm: {}", alert.name)
            }
        },
    );
    let id = first.map_or_else(
        || format!("case-{}", scene.case.as_of),
        |alert| {
            let at = alert.at.map(|at| format!("-{at}")).unwrap_or_default();
            alert.incident_id.clone().unwrap_or_else(|| format!("{}{at}", alert.name))
        },
    );
    Incident { id, title, alerts }
}
