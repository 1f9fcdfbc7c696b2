//! Counters for Prometheus, in its text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Upper ends of the buckets in milliseconds: what a sender notices, what it waits for, what it gives up at.
const BUCKETS_MS: [u64; 8] = [1, 5, 10, 25, 50, 100, 1_000, 10_000];

/// How long something took, in buckets.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS_MS.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, took: std::time::Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (bucket, end_ms) in self.buckets.iter().zip(BUCKETS_MS) {
            if micros <= end_ms * 1_000 {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, name: &str, help: &str, out: &mut String) {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
        let count = self.count.load(Ordering::Relaxed);
        for (bucket, end_ms) in self.buckets.iter().zip(BUCKETS_MS) {
            let seconds = std::time::Duration::from_millis(end_ms).as_secs_f64();
            let _ = writeln!(out, "{name}_bucket{{le=\"{seconds}\"}} {}", bucket.load(Ordering::Relaxed));
        }
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let sum = std::time::Duration::from_micros(self.sum_us.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_sum {sum}\n{name}_count {count}");
    }
}

macro_rules! counters {
    ($($field:ident: $name:literal, $help:literal;)*) => {
        /// What is counted.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $(pub(crate) $field: AtomicU64,)*
            /// From the first byte of an alert's body to its answer.
            pub(crate) accept: Histogram,
            /// From the lease of an investigation to its verdict.
            pub(crate) investigate: Histogram,
        }

        impl Metrics {
            /// All of them as text.
            pub(crate) fn text(&self) -> String {
                let mut out = String::new();
                $(
                    let value = self.$field.load(Ordering::Relaxed);
                    let _ = writeln!(out, "# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}", $name, $help, value);
                )*
                self.accept.write("butfor_accept_seconds", "Time to answer an alert.", &mut out);
                self.investigate.write("butfor_investigation_seconds", "Time from alert to verdict.", &mut out);
                out
            }
        }
    };
}

counters! {
    opened: "butfor_incidents_opened_total", "Incidents opened.";
    linked: "butfor_alerts_linked_total", "Alerts linked to an open incident.";
    skipped: "butfor_alerts_skipped_total", "Alerts that started nothing.";
    duplicates: "butfor_alerts_duplicate_total", "Alerts that were here before.";
    replayed: "butfor_alerts_replayed_total", "Signed messages that came a second time.";
    refused: "butfor_deliveries_refused_total", "Deliveries refused: unsigned, forged, stale.";
    malformed: "butfor_deliveries_malformed_total", "Deliveries that could not be read.";
    throttled: "butfor_deliveries_throttled_total", "Deliveries above a sender's budget.";
    investigated: "butfor_investigations_total", "Investigations that ended with an assessment.";
    failed: "butfor_investigation_failures_total", "Investigations that failed and are tried again.";
    notified: "butfor_notices_sent_total", "Messages sent to people.";
    notices_failed: "butfor_notice_failures_total", "Messages that could not be sent.";
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_was_counted_is_told_in_prometheus_format() {
        let metrics = Metrics::default();
        count(&metrics.opened);
        metrics.accept.observe(Duration::from_millis(7));
        let text = metrics.text();
        assert!(
            text.contains("# TYPE butfor_incidents_opened_total counter\nbutfor_incidents_opened_total 1\n")
        );
        assert!(text.contains("butfor_accept_seconds_bucket{le=\"0.005\"} 0\n"));
        assert!(text.contains("butfor_accept_seconds_bucket{le=\"0.01\"} 1\n"));
        assert!(text.contains("butfor_accept_seconds_count 1\n"));
    }
}
