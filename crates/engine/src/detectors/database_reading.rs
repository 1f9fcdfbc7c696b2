//! `database-reading`: a database that alerts or failing clients name, and that is not well by its own metrics, events and load.
//!
//! Stated as a cause where two kinds of sources say it, or where it is a state of the database that stops its clients (no storage, no
//! connection, a failover). Not taken in by: a healthy database, another database than the one that is named, a level that is usual for it
//! at this time. A busy processor, disk or memory alone is a symptom: it is reported as contributing.

use super::Finding;
use crate::database::{self, Patient};
use crate::hypothesis::{Empirical, Hypothesis};
use crate::scene::Scene;
use crate::wording::Wording;
use butfor_incident::{Affected, AffectedKind, Grade, Phase, Step};
use butfor_signals::database::{Ailment, Reading};
use butfor_world::command::quote;
use butfor_world::{Delta, Resource};
use serde_json::Value;

/// Grounds quoted in one sentence at the most.
const GROUNDS_MAX: usize = 3;

/// By how much storage grows: RDS takes no less than 10 % (RDS User Guide, "Increasing DB instance storage capacity"); a fifth gives
/// time to find what fills it.
const STORAGE_GROWTH: f64 = 1.2;

/// Reads the databases the alerts are about.
pub(super) fn detect(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for patient in database::patients(scene) {
        if let Some((reading, grade)) = &patient.cause {
            found.push(Finding::Cause(Box::new(explain(&patient, reading, *grade))));
        }
        let symptoms = patient.symptoms.iter();
        found
            .extend(symptoms.map(|reading| {
                Finding::Contributing(Box::new(explain(&patient, reading, Grade::Suspected)))
            }));
    }
    found
}

fn explain(patient: &Patient<'_>, reading: &Reading, grade: Grade) -> Hypothesis {
    let name = database::name(&patient.resource.key);
    let (what, defect, component) = database::words(reading.ailment);
    let grounds: Vec<&str> = database::telling(reading).take(GROUNDS_MAX).collect();
    let wording = Wording {
        defect: defect.to_owned(),
        resource: patient.resource.key.clone(),
        component: component.to_owned(),
        phrase: format!("database {name} {what}: {}", grounds.join("; ")),
    };
    let affected = Affected {
        kind: AffectedKind::Request,
        from: "its clients".to_owned(),
        to: format!("database {name}"),
        detail: format!("it {what}"),
    };
    let explained = Hypothesis::of_requests(Vec::new(), None, Delta::default(), Delta::default(), grade);
    Hypothesis {
        requests: vec![affected],
        stated: Some(wording),
        advice: advice(reading.ailment, name).to_owned(),
        evidence: patient.evidence_of(reading).collect(),
        empirical: Some(Box::new(Empirical {
            steps: steps(patient.resource, reading.ailment),
            reason: "it ends the shortage and not what led to it; load is not modelled, so that only the looks after it tell whether it \
                     helped"
                .to_owned(),
            ..Empirical::default()
        })),
        ..explained
    }
}

/// What a person does.
fn advice(ailment: Ailment, name: &str) -> String {
    let what = match ailment {
        Ailment::StorageFull => "give it more storage, then find what fills it",
        Ailment::Maintenance => {
            "let the maintenance end, or stop it if the load cannot wait, and plan it for a quiet time"
        }
        Ailment::ReplicationLag => {
            "make the writes on its source fewer or smaller until it has caught up; read from the source where staleness matters"
        }
        Ailment::ConnectionsExhausted => {
            "end the sessions that do nothing, and bound the pools of its clients to what it admits"
        }
        Ailment::Failover => {
            "see that its clients connect again: what holds on to an old address has to be restarted"
        }
        Ailment::LockContention => {
            "end the session that holds the locks, once it is known that its work may be lost"
        }
        Ailment::MemoryShort | Ailment::DisksSaturated | Ailment::ProcessorSaturated => {
            "find out who began to send the statement that makes the load and stop it there; a larger instance class buys time"
        }
    };
    format!("for database {name}: {what}. Load is not modelled, so that this is not checked beforehand")
}

/// Commands, where they need nobody's judgement.
fn steps(resource: &Resource, ailment: Ailment) -> Vec<Step> {
    let allocated = resource.parsed().get("AllocatedStorage").and_then(Value::as_f64);
    let Some(allocated) = allocated.filter(|gib| ailment == Ailment::StorageFull && *gib >= 1.0) else {
        return Vec::new();
    };
    let name = database::name(&resource.key);
    let wanted = (allocated * STORAGE_GROWTH).ceil();
    let step = |phase: Phase, text: String, command: String, expect: String| Step {
        phase,
        text,
        command,
        expect,
        account: resource.account.clone(),
        region: resource.region.clone(),
    };
    let look = |member: &str| {
        format!(
            "aws rds describe-db-instances --db-instance-identifier {} --query 'DBInstances[0].{member}' --output text --region {}",
            quote(name),
            quote(&resource.region)
        )
    };
    vec![
        step(
            Phase::Prepare,
            format!(
                "use credentials of account {} that may make this change, and make sure they are in use",
                resource.account
            ),
            "aws sts get-caller-identity --query Account --output text".to_owned(),
            resource.account.clone(),
        ),
        step(
            Phase::PreValidate,
            format!("Look how much storage {name} has"),
            look("AllocatedStorage"),
            format!("{allocated:.0}; if not, stop: the plan no longer fits"),
        ),
        step(
            Phase::Apply,
            format!("Give {name} {wanted:.0} GiB of storage instead of {allocated:.0}"),
            format!(
                "aws rds modify-db-instance --db-instance-identifier {} --allocated-storage {wanted:.0} --apply-immediately --region {}",
                quote(name),
                quote(&resource.region)
            ),
            "success; storage cannot be made smaller again, nor changed for the next 6 hours".to_owned(),
        ),
        step(
            Phase::PostValidate,
            format!("Look whether {name} takes writes again"),
            look("DBInstanceStatus"),
            "storage-optimization or available".to_owned(),
        ),
    ]
}

#[cfg(test)]
mod tests;
