//! `butfor iam-policy`: the least policy that lets Butfor read AWS, and the role that carries it.

use crate::cli::{IamPolicy, PolicyFormat};
use crate::output::{self, BadInput, Outcome};
use crate::settings;
use butfor_config::{Config, FlowLogPlace};
use butfor_reads::{Grant, GrantError};

pub(super) fn run(asked: &IamPolicy) -> anyhow::Result<Outcome> {
    let config = settings::load(asked.config.as_deref())?;
    let grant = grant(asked, &config).map_err(|error| BadInput(error.to_string()))?;
    let text = match asked.format {
        PolicyFormat::Json => grant.json(),
        PolicyFormat::Cloudformation => grant.cloudformation(),
        PolicyFormat::Terraform => grant.terraform(),
    };
    output::print(&text)?;
    Ok(Outcome::Done)
}

/// What the command line says, and of the configuration what it leaves open.
fn grant(asked: &IamPolicy, config: &Config) -> Result<Grant, GrantError> {
    let mut grant = Grant::new();
    if let Some(principal) = &asked.principal {
        grant = grant.principal(principal)?;
    }
    if let Some(id) = &asked.external_id {
        grant = grant.external_id(id)?;
    }
    if asked.session_tags || config.accounts.iter().any(|account| !account.session_tags.is_empty()) {
        grant = grant.session_tags();
    }
    let configured = log_buckets(config);
    let places = if asked.log_bucket.is_empty() { &configured } else { &asked.log_bucket };
    for place in places {
        grant = grant.log_bucket(place)?;
    }
    Ok(grant)
}

/// Configured places of log files. A trail alone does not say that flow logs are nowhere else, so that both are needed to narrow it.
fn log_buckets(config: &Config) -> Vec<String> {
    let trail = config.trail.iter().map(|trail| format!("{}/{}", trail.bucket, trail.prefix));
    let flow_logs = config.flow_logs.iter().filter_map(|logs| match &logs.place {
        FlowLogPlace::Bucket { bucket, prefix } => Some(format!("{bucket}/{prefix}")),
        FlowLogPlace::LogGroup(_) => None,
    });
    if config.trail.is_some() && !config.flow_logs.is_empty() {
        trail.chain(flow_logs).collect()
    } else {
        Vec::new()
    }
}
