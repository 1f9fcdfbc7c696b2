//! What a metric says: its changes, its anomalies, when they began, and what two metrics say together.
//!
//! Everything here is a pure function of [`Series`]. A point stands for the period that *begins* at its time, as CloudWatch
//! gives it (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#CloudWatchPeriods>),
//! so no onset is ever known better than one period.

pub mod anomaly;
pub mod change;
pub mod readings;
pub mod robust;
mod season;
pub mod series;

pub use anomaly::{Anomaly, CompareError, Direction, Episode, Method, anomalies, episodes};
pub use change::{ChangePoint, Level, change_points};
pub use series::{Point, ResampleError, Series, Statistic};
