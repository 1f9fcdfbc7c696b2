//! Any read operation of AWS, by service and name: JSON parameters in, JSON out as the AWS CLI prints it.
//!
//! ```no_run
//! # async fn example() -> Result<(), butfor_aws_api::Error> {
//! use butfor_aws_api::{Chain, Client, Credentials, Target};
//!
//! let client = Client::builder().credentials(Credentials::standard(Chain::default()).await?).build()?;
//! let target = Target { account: None, region: "eu-west-1".to_owned() };
//! let filters = serde_json::json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-0a1b2c"]}]});
//! let answer = client.call(&target, "ec2", "DescribeSubnets", &filters).await?;
//! println!("{}", answer.output["Subnets"]);
//! # Ok(())
//! # }
//! ```
//!
//! Service models say what an operation takes and gives; they are AWS's own, cut down to reads ([`operations`] lists
//! them). What is in no model cannot be expressed, so nothing here can change anything. Secrets that a read would hand
//! out are left out of the models too: `models/ORIGIN.md` names them.
//!
//! Five wire protocols are spoken; pages are read to the end, throttles and broken connections tried again, each
//! operation kept under its quota. Times in an answer are ISO 8601 in UTC, ending in `Z`, where the AWS CLI writes
//! `+00:00`.
//!
//! Nothing here logs. `aws-config`, which finds credentials, uses `tracing` at debug level; it never writes a secret.

mod answer;
mod check;
mod client;
mod credentials;
mod encode;
mod endpoint;
mod error;
mod http;
mod iam;
mod model;
mod pages;
mod rate;
mod retry;
mod send;
mod sign;
mod special;
mod suggest;
mod time;
mod wire;

pub use client::{Answer, Client, ClientBuilder, Counters, Stats, Target, operations};
pub use credentials::{Chain, Credentials, Role};
pub use error::Error;
pub use iam::iam_action;
pub use rate::Rate;
