//! Scenario folders are complete.

use super::Report;
use anyhow::Result;
use std::fs;
use std::path::Path;

/// What every scenario has: the incident and the answer; of several names one is enough. And the golden report, unless the
/// whole answer is not expected yet.
const PARTS: [&[&str]; 3] = [&["bundle.json"], &["truth.json", "truth.toml"], &["report.md"]];

/// How `scenario.toml` says so.
const HONEST: &str = "expect = \"honest\"";

pub(super) fn check(root: &Path, report: &mut Report) -> Result<()> {
    let folder = root.join("scenarios");
    if !folder.is_dir() {
        return Ok(());
    }
    let mut scenarios: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    scenarios.sort_by_key(fs::DirEntry::file_name);
    for scenario in scenarios.iter().filter(|scenario| scenario.path().is_dir()) {
        let name = scenario.file_name().to_string_lossy().into_owned();
        let about = fs::read_to_string(scenario.path().join("scenario.toml")).unwrap_or_default();
        for names in PARTS {
            if names.contains(&"report.md") && about.contains(HONEST) {
                continue;
            }
            if !names.iter().any(|part| scenario.path().join(part).is_file()) {
                report.error(format!("scenarios/{name}: {} is missing", names.join(" or ")));
            }
        }
        let numbered = name.split_once('-').is_some_and(|(number, slug)| {
            number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()) && !slug.is_empty()
        });
        if !numbered {
            report.error(format!("scenarios/{name}: expected a name such as 012-some-slug"));
        }
    }
    Ok(())
}
