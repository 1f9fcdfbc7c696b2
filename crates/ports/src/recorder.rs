//! A recorder keeps what sources answer; a case file is what was recorded, read back.

use crate::{Answered, Failure};
use butfor_incident::{CaseFile, Query, Timestamp};

/// Keeps answers in the order they come. It only grows: nothing admitted is ever changed.
pub trait Recorder: Send {
    /// Keeps an answer. `at` is the moment it describes.
    fn answered(&mut self, query: &Query, at: Timestamp, answer: &Answered);

    /// Keeps that there is no answer, and why.
    fn failed(&mut self, query: &Query, at: Timestamp, failure: &Failure);

    /// Everything kept so far, as an assessment reads it, after so many rounds of collecting.
    fn case(&self, rounds: usize) -> CaseFile;
}
