//! The table: what is read, in areas that are lost together.

mod network;
mod permissions;
mod signals;
mod workload;

/// Reads that answer one kind of question; without one of them that kind of answer is lost or poorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// What it is about, as one phrase.
    pub about: &'static str,
    /// What an investigation cannot say without it.
    pub lost: &'static str,
    /// The operations.
    pub reads: &'static [Read],
}

/// One read operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The AWS CLI's name of the service (`elbv2`).
    pub service: &'static str,
    /// The API's name of the operation (`DescribeTargetHealth`).
    pub operation: &'static str,
    /// The IAM actions it needs (`elasticloadbalancing:DescribeTargetHealth`).
    pub actions: &'static [&'static str],
    /// What Butfor uses the answer for.
    pub used_for: &'static str,
    /// Which resources must be allowed.
    pub scope: Scope,
}

/// On what a read is to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Any resource: what is involved in the next incident is not known beforehand.
    Any,
    /// Buckets that CloudTrail and flow logs are delivered to.
    LogBucket,
    /// Log files in those buckets.
    LogFile,
}

/// All areas, in the order an investigation needs them.
pub fn areas() -> impl Iterator<Item = &'static Area> {
    [network::AREAS, workload::AREAS, permissions::AREAS, signals::AREAS].into_iter().flatten()
}

/// All operations, each with the area it belongs to.
pub fn reads() -> impl Iterator<Item = (&'static Area, &'static Read)> {
    areas().flat_map(|area| area.reads.iter().map(move |read| (area, read)))
}

/// The row of an operation, by the AWS CLI's name of its service and its own: `("ec2", "DescribeVpcs")`.
#[must_use]
pub fn find(service: &str, operation: &str) -> Option<(&'static Area, &'static Read)> {
    reads().find(|(_, read)| read.service == service && read.operation == operation)
}

/// What needs an IAM action, as AWS names it in a denial: `ec2:DescribeVpcs`. Actions are not case-sensitive.
pub fn by_action(action: &str) -> impl Iterator<Item = (&'static Area, &'static Read)> {
    reads().filter(move |(_, read)| read.actions.iter().any(|needed| needed.eq_ignore_ascii_case(action)))
}

/// A read allowed on anything, whose action is named apart.
const fn read(
    service: &'static str,
    operation: &'static str,
    actions: &'static [&'static str],
    used_for: &'static str,
) -> Read {
    Read { service, operation, actions, used_for, scope: Scope::Any }
}

/// Rows of a service whose actions are named as its operations are: `rows!("ec2", "ec2"; "DescribeVpcs": "what for", ...)`, with the
/// AWS CLI's name of the service and its IAM prefix.
macro_rules! rows {
    ($service:literal, $prefix:literal; $($operation:literal: $used_for:literal),+ $(,)?) => {
        &[$($crate::table::read($service, $operation, &[concat!($prefix, ":", $operation)], $used_for)),+]
    };
}
use rows;
