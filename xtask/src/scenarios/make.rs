//! Makes our own scenarios: small workloads that are built, observed, broken by a recorded call and observed again.
//!
//! The documents of a scenario are the state of its accounts: a story edits them as the calls it records would, so
//! describe output, CloudTrail, flow logs and truth cannot contradict each other. Nothing depends on a clock or on
//! randomness: making the scenarios again gives the same files.

mod build;
mod change;
mod cloud;
mod connect;
mod denial;
mod estate;
mod front;
mod host;
mod ids;
mod observe;
mod organization;
mod permit_changes;
mod permits;
mod permits_observed;
mod signal;
mod software;
mod stack;
mod stories;
mod story;
mod trail;
mod truth;

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What the score card, not the maker, writes.
const KEPT: &str = "report.md";

/// The files of every scenario of ours, by folder name and then by path.
pub(super) fn all() -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    stories::STORIES
        .iter()
        .map(|(number, slug, tell)| {
            let name = format!("{number}-{slug}");
            let mut story = story::Story::new(*number);
            tell(&mut story);
            let files = story.files(&name)?;
            Ok((name, files))
        })
        .collect()
}

/// Writes them into `folder`, in place of what is there.
pub(super) fn run(folder: &Path) -> Result<()> {
    for (name, files) in all()? {
        let scenario = folder.join(&name);
        clear(&scenario)?;
        for (path, text) in &files {
            let path = scenario.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        let bytes: usize = files.values().map(String::len).sum();
        println!("{name}: {} files, {} KiB", files.len(), bytes >> 10);
    }
    Ok(())
}

/// Removes everything but the golden report.
fn clear(scenario: &Path) -> Result<()> {
    if !scenario.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(scenario)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != KEPT {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
