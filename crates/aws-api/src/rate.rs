//! How often an operation is called: a token bucket for each account, region, service and operation.
//!
//! AWS counts so itself. An investigation must not take away calls from the workload that it looks at, so the rates here
//! are at or under what AWS allows an account, and a throttle empties the bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Calls a second on the average, and at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Calls a second.
    pub per_second: f64,
    /// Calls that may be made at once after a pause.
    pub burst: u32,
}

/// For what no rule names.
const USUAL: Rate = Rate { per_second: 10.0, burst: 20 };

/// Quotas of AWS where they are lower than [`USUAL`], or so high that [`USUAL`] would only cost time. `*` is every
/// operation of the service.
///
/// Sources: CloudTrail <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html> (2 a second for
/// account and region); CloudWatch <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>;
/// Logs <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>; Route 53 (5 a second for an
/// account) <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>; EC2
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>; Lambda (15 a second for most reads)
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>; Health and Organizations tell no number:
/// theirs are careful guesses.
const RULES: &[(&str, &str, Rate)] = &[
    ("cloudtrail", "LookupEvents", Rate { per_second: 2.0, burst: 2 }),
    ("cloudwatch", "DescribeAlarms", Rate { per_second: 9.0, burst: 9 }),
    ("cloudwatch", "GetMetricData", Rate { per_second: 25.0, burst: 25 }),
    ("cloudwatch", "GetMetricStatistics", Rate { per_second: 50.0, burst: 50 }),
    ("cloudwatch", "ListMetrics", Rate { per_second: 12.0, burst: 25 }),
    ("ec2", "*", Rate { per_second: 10.0, burst: 50 }),
    ("health", "*", Rate { per_second: 2.0, burst: 4 }),
    ("logs", "DescribeLogGroups", Rate { per_second: 5.0, burst: 5 }),
    ("logs", "FilterLogEvents", Rate { per_second: 5.0, burst: 5 }),
    ("logs", "GetQueryResults", Rate { per_second: 5.0, burst: 5 }),
    ("logs", "StartQuery", Rate { per_second: 5.0, burst: 5 }),
    ("organizations", "*", Rate { per_second: 2.0, burst: 5 }),
    ("route53", "*", Rate { per_second: 4.0, burst: 5 }),
    ("s3", "*", Rate { per_second: 100.0, burst: 100 }),
];

/// What a bucket is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) account: Option<String>,
    pub(crate) region: String,
    pub(crate) service: &'static str,
    pub(crate) operation: String,
}

#[derive(Debug)]
struct Bucket {
    /// Below zero, calls wait.
    tokens: f64,
    filled: Instant,
}

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    /// Of the caller, before [`RULES`]: service, operation or `*`.
    own: Vec<(String, String, Rate)>,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Rates {
    pub(crate) fn new(own: Vec<(String, String, Rate)>) -> Self {
        Self { own, buckets: Mutex::default() }
    }

    fn rate(&self, key: &Key) -> Rate {
        let fits = |service: &str, operation: &str| {
            (service == "*" || service == key.service) && (operation == "*" || operation == key.operation)
        };
        // The caller's last word counts.
        let own =
            self.own.iter().rev().find(|(service, operation, _)| fits(service, operation)).map(|rule| rule.2);
        own.or_else(|| {
            RULES.iter().find(|(service, operation, _)| fits(service, operation)).map(|rule| rule.2)
        })
        .unwrap_or(USUAL)
    }

    /// Waits until the operation may be called.
    pub(crate) async fn wait(&self, key: &Key) {
        let wait = self.take(key);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token; how long to wait until it is there.
    fn take(&self, key: &Key) -> Duration {
        let rate = self.rate(key);
        // A rate of zero would never let anything through.
        let per_second = rate.per_second.max(0.01);
        let burst = f64::from(rate.burst.max(1));
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(key.clone()).or_insert(Bucket { tokens: burst, filled: now });
        let since = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + since * per_second).min(burst) - 1.0;
        bucket.filled = now;
        if bucket.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-bucket.tokens / per_second)
        }
    }

    /// After a throttle: what was saved up is gone.
    pub(crate) fn empty(&self, key: &Key) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.tokens = bucket.tokens.min(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(operation: &str, account: &str) -> Key {
        Key {
            account: Some(account.into()),
            region: "eu-west-1".into(),
            service: "cloudtrail",
            operation: operation.into(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn lookups_are_two_a_second() {
        let rates = Rates::default();
        let start = Instant::now();
        for _ in 0..12 {
            rates.wait(&key("LookupEvents", "1")).await;
        }
        // Two at once, then ten more.
        assert_eq!(start.elapsed().as_millis() / 10, 500);
    }

    #[tokio::test(start_paused = true)]
    async fn accounts_and_operations_do_not_wait_for_each_other() {
        let rates = Rates::default();
        let start = Instant::now();
        for account in ["1", "2", "3"] {
            for operation in ["LookupEvents", "ListTrails"] {
                rates.wait(&key(operation, account)).await;
                rates.wait(&key(operation, account)).await;
            }
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_empties_the_bucket_and_the_caller_has_the_last_word() {
        let rates = Rates::new(vec![("*".into(), "*".into(), Rate { per_second: 1.0, burst: 100 })]);
        let start = Instant::now();
        rates.wait(&key("LookupEvents", "1")).await;
        rates.empty(&key("LookupEvents", "1"));
        rates.wait(&key("LookupEvents", "1")).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
