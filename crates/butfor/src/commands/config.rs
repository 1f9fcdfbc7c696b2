//! `butfor config`: a configuration file to begin with, or what is wrong with one.

use crate::cli::ConfigFile;
use crate::output::{self, Outcome};
use crate::settings;

pub(super) fn run(asked: &ConfigFile) -> anyhow::Result<Outcome> {
    let Some(file) = &asked.check else {
        output::print(&butfor_config::example())?;
        return Ok(Outcome::Done);
    };
    let Some(path) = settings::find(file.as_deref()) else {
        output::print("no configuration file: the defaults hold")?;
        return Ok(Outcome::Done);
    };
    let config = settings::read(&path)?;
    let (accounts, applications) = (config.accounts.len(), config.applications.len());
    output::print(&format!(
        "{}: sound; accounts: {accounts}, applications: {applications}",
        output::printable(&path.display().to_string())
    ))?;
    Ok(Outcome::Done)
}
