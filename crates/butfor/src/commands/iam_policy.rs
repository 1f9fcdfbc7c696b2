//! `butfor iam-policy`: the least policy that lets Butfor read AWS, and the role that carries it.

use crate::cli::{IamPolicy, PolicyFormat};
use crate::output::{self, BadInput, Outcome};
use butfor_reads::{Grant, GrantError};

pub(super) fn run(asked: &IamPolicy) -> anyhow::Result<Outcome> {
    let grant = grant(asked).map_err(|error| BadInput(error.to_string()))?;
    let text = match asked.format {
        PolicyFormat::Json => grant.json(),
        PolicyFormat::Cloudformation => grant.cloudformation(),
        PolicyFormat::Terraform => grant.terraform(),
    };
    output::print(&text)?;
    Ok(Outcome::Done)
}

fn grant(asked: &IamPolicy) -> Result<Grant, GrantError> {
    let mut grant = Grant::new();
    if let Some(principal) = &asked.principal {
        grant = grant.principal(principal)?;
    }
    if let Some(id) = &asked.external_id {
        grant = grant.external_id(id)?;
    }
    if asked.session_tags {
        grant = grant.session_tags();
    }
    for place in &asked.log_bucket {
        grant = grant.log_bucket(place)?;
    }
    Ok(grant)
}
