//! `butfor redact`: a recorded incident, made shareable.

use crate::cli::Redact;
use crate::output::{self, BadInput, Outcome};
use crate::progress::Progress;
use butfor_adapters::bundle::{self, Problem, RawFile, RawFormat};
use butfor_adapters::folder;
use butfor_redact::{Key, Kind, Survey, Unreadable};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

pub(super) fn run(asked: &Redact) -> anyhow::Result<Outcome> {
    if asked.out.symlink_metadata().is_ok() {
        let out = asked.out.display();
        anyhow::bail!(BadInput(format!("`{out}` is there already: name a folder that is not")));
    }
    let mut progress = Progress::new();
    let raw = bundle::raw(&asked.bundle)?;
    let mut problems = raw.problems;
    let mut survey = Survey::new(asked.seed.as_ref().map_or_else(chance, |seed| Key::new(seed.as_bytes())));
    for (done, file) in raw.files.iter().enumerate() {
        progress.step(done, 2 * raw.files.len(), &file.name);
        survey.file_name(&file.name);
        let bad = survey.look(kind(file.format), &file.text);
        problems.extend(bad.into_iter().map(|error| unreadable(file, error)));
    }
    let redactor = survey.finish();
    let mut written = Vec::new();
    for (done, file) in raw.files.iter().enumerate() {
        progress.step(raw.files.len() + done, 2 * raw.files.len(), &file.name);
        let text = redactor.rewrite(kind(file.format), &file.text);
        // Of a file that could not be read nothing is left, and an empty one would be a riddle.
        if !text.is_empty() || file.text.is_empty() {
            written.push((redactor.file_name(&file.name), text));
        }
    }
    progress.step(raw.files.len(), raw.files.len(), "writing");
    folder::write(&asked.out, &written).map_err(|error| BadInput(error.to_string()))?;
    drop(progress);
    let summary = redactor.summary();
    output::problems(&problems);
    if !raw.others.is_empty() {
        output::note(&format!("left out, as no part of a recorded incident: {}", raw.others.join(", ")));
    }
    output::print(&format!(
        "{}: files: {}; replaced accounts: {}, words of names: {}, secrets: {}",
        output::printable(&asked.out.display().to_string()),
        written.len(),
        summary.accounts,
        summary.words,
        summary.secrets
    ))?;
    Ok(Outcome::of_input(problems.is_empty()))
}

fn kind(format: RawFormat) -> Kind {
    match format {
        RawFormat::Json => Kind::Json,
        RawFormat::JsonLines => Kind::Lines,
        RawFormat::Table => Kind::Table,
    }
}

fn unreadable(file: &RawFile, error: Unreadable) -> Problem {
    let text = format!("not JSON ({})", error.text);
    let help = "mend it and redact again: it is left out".to_owned();
    Problem { file: file.name.clone(), line: error.line, field: None, text, help }
}

/// A key of chance: the standard library seeds its hashers with 128 bits of the system's randomness.
fn chance() -> Key {
    let bits: Vec<u8> = (0..4_u8).flat_map(|part| RandomState::new().hash_one(part).to_le_bytes()).collect();
    Key::new(&bits)
}
