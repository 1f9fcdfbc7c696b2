//! The files of a bundle as they are, decompressed: for whoever makes another bundle of them.

use super::{BundleError, Folder, Limits, Part, Problem, Reading};
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
    /// What is not, or cannot be read.
    pub left_out: Vec<Problem>,
}

/// Reads the files of the bundle or plain folder at `path`. `truth.json` and what no investigation reads are left out and named.
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
    let mut files = Vec::new();
    for name in names {
        let Some(format) = format(&reading, name) else {
            // The answer of a scenario, and what people wrote beside it, is nobody's to share by accident.
            reading.left_out(name);
            continue;
        };
        if let Some(text) = reading.whole_text(name) {
            files.push(RawFile { name: name.to_owned(), format, text });
        }
    }
    if files.is_empty() {
        return Err(BundleError::Nothing);
    }
    let mut left_out = std::mem::take(&mut reading.problems);
    left_out.extend(
        reading.gaps.drain(..).filter_map(|gap| gap.what.strip_prefix("the rest of ").map(Problem::of)),
    );
    drop(reading);
    left_out.extend(folder.into_problems());
    Ok(Raw { files, left_out })
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

impl Reading<'_> {
    fn left_out(&mut self, name: &str) {
        let text = "not part of a recorded incident: left out".to_owned();
        self.problems.push(Problem { text, ..Problem::of(name) });
    }
}
