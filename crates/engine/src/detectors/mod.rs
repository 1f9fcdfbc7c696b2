//! Detectors: each looks at the scene for one kind of answer. A new one is a file here, a line in [`DETECTORS`] and a
//! scenario.

pub(crate) mod database_reading;
pub(crate) mod denied_request;
pub(crate) mod deploy;
pub(crate) mod faulty_state;
pub(crate) mod forced_alarm;
pub(crate) mod recovered;
pub(crate) mod short_timeout;
pub(crate) mod silent_resolver;
pub(crate) mod undone_change;
pub(crate) mod wrong_setting;

pub(crate) use forced_alarm::Forced;

use crate::hypothesis::Hypothesis;
use crate::impact::Recovered;
use crate::scene::Scene;
use butfor_incident::{Gap, GapReason};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a detector found.
pub(crate) enum Finding {
    /// An explanation of refused flows.
    Cause(Box<Hypothesis>),
    /// Something that is not well and is no cause by itself.
    Contributing(Box<Hypothesis>),
    /// Something that failed and works again.
    Recovered(Recovered),
    /// An alarm set by hand.
    Forced(Forced),
}

/// One kind of answer.
pub(crate) struct Detector {
    /// Kebab-case name, as reports and documents use it.
    pub name: &'static str,
    /// Looks at the scene; pure.
    pub detect: fn(&Scene<'_>) -> Vec<Finding>,
}

/// All detectors; their order does not matter.
pub(crate) const DETECTORS: &[Detector] = &[
    Detector { name: "undone-change", detect: undone_change::detect },
    Detector { name: "faulty-state", detect: faulty_state::detect },
    Detector { name: "denied-request", detect: denied_request::detect },
    Detector { name: "short-timeout", detect: short_timeout::detect },
    Detector { name: "silent-resolver", detect: silent_resolver::detect },
    Detector { name: "wrong-setting", detect: wrong_setting::detect },
    Detector { name: "database-reading", detect: database_reading::detect },
    Detector { name: "deploy", detect: deploy::detect },
    Detector { name: "recovered", detect: recovered::detect },
    Detector { name: "forced-alarm", detect: forced_alarm::detect },
];

/// Runs all detectors. One that panics does not bring down the others: it is reported by name as a gap.
pub(crate) fn run(scene: &Scene<'_>) -> (Vec<Finding>, Vec<Gap>) {
    let mut findings = Vec::new();
    let mut failures = Vec::new();
    for detector in DETECTORS {
        match catch_unwind(AssertUnwindSafe(|| (detector.detect)(scene))) {
            Ok(found) => findings.extend(found),
            Err(_) => failures.push(Gap {
                what: format!("detector {}", detector.name),
                reason: GapReason::Malformed,
                needed_for: "everything this detector could have found".to_owned(),
                remedy: "this is a defect of Butfor: please report it with the recorded bundle".to_owned(),
                query: None,
                at: None,
            }),
        }
    }
    (findings, failures)
}
