//! How much an investigation may ask; a reached limit is a gap in its report.

use std::time::Duration;

/// Limits of one investigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rounds of collecting.
    pub rounds: usize,
    /// Queries in all.
    pub queries: usize,
    /// Queries under way at once.
    pub parallel: usize,
    /// Time for one query, all its pages and retries included.
    pub query: Duration,
    /// Time for all of collecting.
    pub total: Duration,
}

impl Default for Limits {
    /// Room for three times the 60 queries of a typical incident. A query gets 20 s: LookupEvents gives 2 pages of 50 events a second
    /// (CloudTrail API reference), so that 2,000 events fit.
    fn default() -> Self {
        Self {
            rounds: 8,
            queries: 180,
            parallel: 16,
            query: Duration::from_secs(20),
            total: Duration::from_secs(90),
        }
    }
}
