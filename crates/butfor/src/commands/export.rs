//! `butfor export`: everything the service knows of an incident.

use crate::cli::Export;
use crate::output::{self, BadInput, Outcome};
use butfor_store::{Error, IncidentId};

pub(super) fn run(asked: &Export) -> anyhow::Result<Outcome> {
    let lines = crate::live::runtime()?.block_on(async {
        let store = super::audit::open(&asked.database).await?;
        match store.export(IncidentId(asked.incident)).await {
            Err(error @ Error::NotFound { .. }) => Err(anyhow::Error::new(BadInput(error.to_string()))),
            other => Ok(other?),
        }
    })?;
    output::print(&(lines.join("\n") + "\n"))?;
    Ok(Outcome::Done)
}
