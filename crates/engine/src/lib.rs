//! From a case file to an assessment: a pure function.
//!
//! [`assess`] reads the case (the scene), asks the network model about every flow that matters (probes), undoes changes
//! one by one in the model for the flows that are refused (impact), turns what restores them into hypotheses, and
//! states the verdict, the plan and what could not be seen. Same case file, same assessment: nothing in here knows the
//! time of day, a file or a network.

mod access;
mod account;
mod act;
pub mod alert;
mod cause;
pub mod correlate;
mod database;
mod deploy;
mod detectors;
mod explained;
mod fix;
mod gaps;
mod health;
mod hypothesis;
mod impact;
mod incident;
mod intent;
mod lenient;
mod names;
mod party;
mod picture;
mod plan;
mod probe;
mod ruled_out;
mod scene;
mod setting;
mod symptom;
mod telemetry;
mod timeline;
mod unaffected;
mod verdict;
pub mod wanted;
mod wording;

pub use access::{Answer, LayerAnswer, Question, QuestionError, authorize};

use butfor_incident::picture::Picture;
use butfor_incident::{Assessment, CaseFile};

/// Assesses a case.
#[must_use]
pub fn assess(case: &CaseFile) -> Assessment {
    verdict::of(&scene::Scene::read(case))
}

/// Assesses a case and draws what the assessment knows: [`assess`] with a picture beside it. The case is read once.
#[must_use]
pub fn assess_with_picture(case: &CaseFile) -> (Assessment, Picture) {
    let scene = scene::Scene::read(case);
    let concluded = verdict::conclude(&scene);
    let picture = picture::of(&scene, &concluded);
    (concluded.assessment, picture)
}
