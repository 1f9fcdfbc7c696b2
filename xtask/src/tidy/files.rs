//! What is in the files: their length, their first line, words that have no place in them.

use super::Report;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines a source file may have; a longer one hides a noun that wants a file of its own.
const LINES_MAX: usize = 600;
/// Lines from which a warning says so.
const LINES_WARN: usize = 450;

/// Words that mean unfinished work or name somebody's machine. Each is cut in two so that this file passes itself.
const FORBIDDEN: [(&str, &str, &str); 8] = [
    ("TO", "DO", "finish it or write an issue"),
    ("FIX", "ME", "mend it or write an issue"),
    ("XX", "X", "say what is meant"),
    ("#[ig", "nore", "a test that does not run is no test"),
    ("/wo", "rk/", "a path of one machine"),
    ("/ho", "me/", "a path of one machine"),
    ("/Us", "ers/", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
];

/// Folders that hold no text of ours.
const SKIPPED: [&str; 4] = ["target", ".git", "data", "assets"];

pub(super) fn check(root: &Path, report: &mut Report) -> Result<()> {
    let mut files = Vec::new();
    list(root, &mut files)?;
    for path in files {
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if name != "Cargo.lock" {
            words(&name, &text, report);
        }
        if name.ends_with(".rs") {
            source(&name, &text, report);
        }
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if SKIPPED.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn words(name: &str, text: &str, report: &mut Report) {
    // What was recorded belongs to others.
    if name.starts_with("scenarios/") && !name.ends_with(".toml") {
        return;
    }
    for (number, line) in (1..).zip(text.lines()) {
        for (left, right, why) in FORBIDDEN {
            if line.contains(&[left, right].concat()) {
                report.error(format!("{name}:{number}: `{left}{right}`: {why}"));
            }
        }
    }
}

fn source(name: &str, text: &str, report: &mut Report) {
    let lines = text.lines().count();
    // Cases of a test are a list: long is not yet tangled.
    let is_test = name.contains("/tests/") || name.ends_with("/tests.rs");
    if lines > LINES_MAX && !is_test {
        report.error(format!("{name}: {lines} lines; the limit is {LINES_MAX}"));
    } else if lines > LINES_WARN && !is_test {
        report.warn(format!("{name}: {lines} lines; look for the missing noun before {LINES_MAX}"));
    }
    if !text.starts_with("//!") && !is_test {
        report.error(format!("{name}: the first line must say what the file is (`//! ...`)"));
    }
}
