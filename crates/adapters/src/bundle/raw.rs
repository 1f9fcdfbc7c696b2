//! The files of a bundle as they are, decompressed: for whoever makes another bundle of them.

use super::{BundleError, Folder, Limits, Part, Problem, Reading};
use butfor_incident::GapReason;
use std::path::Path;

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFile {
    /// Its name, relative to the bundle, separated by `/`.
    pub name: String,
    /// How it is written.
    pub format: RawFormat,
    /// What is in it.
    pub text: String,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawFormat {
    /// One JSON document.
    Json,
    /// A JSON document on every line.
    JsonLines,
    /// Fields between blanks.
    Table,
}

/// All that a bundle holds.
#[derive(Debug)]
pub struct Raw {
    /// What is part of an incident, by name.
    pub files: Vec<RawFile>,
    /// Names of files that are not: `truth.json`, what people wrote beside it.
    pub others: Vec<String>,
    /// What cannot be read.
    pub problems: Vec<Problem>,
}

/// Reads the files of the bundle or plain folder at `path`. `truth.json` and what no investigation reads are only named.
///
/// # Errors
/// As [`super::read`]: when nothing can be read at all.
pub fn raw(path: &Path) -> Result<Raw, BundleError> {
    let folder = Folder::open(path)?;
    let mut reading = Reading::new(&folder, Limits::default());
    let names = super::Files::names(&folder);
    if names.is_empty() {
        return Err(BundleError::Empty);
    }
    if names.contains(&"bundle.json") {
        reading.manifest()?;
    } else if let Some(inner) = names.iter().find(|name| name.ends_with("/bundle.json")) {
        return Err(BundleError::Nested { folder: inner.trim_end_matches("/bundle.json").to_owned() });
    } else {
        reading.plain = true;
    }
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for name in names {
        let Some(format) = format(&reading, name) else {
            // The answer of a scenario, and what people wrote beside it, is nobody's to share by accident.
            others.push(name.to_owned());
            continue;
        };
        if let Some(text) = reading.whole_text(name) {
            files.push(RawFile { name: name.to_owned(), format, text });
        }
    }
    if files.is_empty() {
        return Err(BundleError::Nothing);
    }
    let mut problems = std::mem::take(&mut reading.problems);
    // What is beyond a limit is a gap to an investigation, and left out without a word here would be a trap.
    problems.extend(reading.gaps.iter().filter(|gap| gap.reason == GapReason::OverBudget).map(|gap| {
        Problem { text: "too long to be read".to_owned(), help: gap.remedy.clone(), ..Problem::of(&gap.what) }
    }));
    problems.extend(folder.gaps().map(|gap| Problem { text: gap.remedy, ..Problem::of(&gap.what) }));
    problems.extend(folder.into_problems());
    Ok(Raw { files, others, problems })
}

fn format(reading: &Reading, name: &str) -> Option<RawFormat> {
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let is_companion = matches!(stem, "bundle.json" | "alert.headers.json");
    match reading.part(name) {
        Some(Part::Calls) => Some(RawFormat::JsonLines),
        Some(Part::FlowLog) => Some(RawFormat::Table),
        Some(_) if stem.ends_with(".jsonl") => Some(RawFormat::JsonLines),
        Some(_) => Some(RawFormat::Json),
        None if is_companion || stem.starts_with("deploys/") && stem.ends_with(".json") => {
            Some(RawFormat::Json)
        }
        None => None,
    }
}
