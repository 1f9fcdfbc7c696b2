//! What is changed to make inputs: this repository's own data.

use anyhow::{Context as _, Result};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Greatest seed, in bytes: greater ones only make fewer executions.
const BYTES_MAX: usize = 24 << 10;

/// All files below a folder whose names end so, unpacked, as evenly from all of them as so many allow.
pub(super) fn files(folder: &Path, end: &str, most: usize) -> Result<Vec<Vec<u8>>> {
    let mut paths = Vec::new();
    find(folder, &mut paths)?;
    paths.retain(|path| path.to_string_lossy().trim_end_matches(".gz").ends_with(end));
    paths.sort();
    let step = paths.len().div_ceil(most.max(1)).max(1);
    paths.iter().step_by(step).map(|path| read(path)).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { find(&path, paths)? } else { paths.push(path) }
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Their lines, some of each.
pub(super) fn lines(files: &[Vec<u8>], most_each: usize) -> Vec<Vec<u8>> {
    let each = |file: &Vec<u8>| {
        let lines: Vec<_> = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let step = lines.len().div_ceil(most_each).max(1);
        lines.into_iter().step_by(step).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    small(files.iter().flat_map(each).collect())
}

/// The beginnings of files, whole lines.
pub(super) fn heads(files: Vec<Vec<u8>>, bytes: usize) -> Vec<Vec<u8>> {
    let head = |mut file: Vec<u8>| {
        if file.len() > bytes {
            file.truncate(bytes);
            file.truncate(file.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1));
        }
        file
    };
    files.into_iter().map(head).filter(|file| !file.is_empty()).collect()
}

/// Those that are not too great.
pub(super) fn small(mut seeds: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    seeds.retain(|seed| seed.len() <= BYTES_MAX);
    seeds
}

/// Objects in JSON texts that have a member of this name, however deep.
pub(super) fn objects(texts: &[Vec<u8>], member: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for text in texts {
        if let Ok(value) = serde_json::from_slice(text) {
            within(&value, member, &mut found);
        }
    }
    found.sort();
    found.dedup();
    small(found)
}

fn within(value: &Value, member: &str, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(members) => {
            if members.contains_key(member) {
                found.push(value.to_string().into_bytes());
            }
            members.values().for_each(|inner| within(inner, member, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| within(inner, member, found)),
        Value::String(text) if text.starts_with('{') => {
            if let Ok(inner) = serde_json::from_str::<Value>(text) {
                within(&inner, member, found);
            }
        }
        _ => {}
    }
}

/// Texts in the tests below a folder: the cases that people thought of.
pub(super) fn literals(root: &Path, folder: &str) -> Result<Vec<Vec<u8>>> {
    let mut paths = Vec::new();
    find(&root.join("crates").join(folder), &mut paths)?;
    paths.sort();
    let mut texts = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let code = fs::read_to_string(path)?;
        // Tests are in files of their own, or at the end of a file.
        let is_test = path.iter().any(|part| part.to_string_lossy().starts_with("test"));
        let tests =
            if is_test { Some(code.as_str()) } else { code.split_once("#[cfg(test)]").map(|it| it.1) };
        texts.extend(tests.into_iter().flat_map(texts_of));
    }
    texts.retain(|text| text.len() > 3);
    texts.sort();
    texts.dedup();
    Ok(small(texts))
}

/// The text literals of Rust code, raw and plain ones. Code that has quotes elsewhere gives odd seeds, which do no harm.
fn texts_of(code: &str) -> Vec<Vec<u8>> {
    let (mut texts, mut rest) = (Vec::new(), code);
    while let Some((before, after)) = rest.split_once('"') {
        let hashes = before.bytes().rev().take_while(|byte| *byte == b'#').count();
        if before.trim_end_matches('#').ends_with('r') {
            let Some((text, more)) = after.split_once(&format!("\"{}", "#".repeat(hashes))) else { break };
            texts.push(text.as_bytes().to_vec());
            rest = more;
            continue;
        }
        let mut text = String::new();
        let mut letters = after.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => break,
                '\\' => match letters.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('\n') => letters = letters.as_str().trim_start().chars(),
                    Some(other) => text.push(other),
                    None => break,
                },
                _ => text.push(letter),
            }
        }
        texts.push(text.into_bytes());
        rest = letters.as_str();
    }
    texts
}
