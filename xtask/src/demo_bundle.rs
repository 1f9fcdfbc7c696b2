//! Packs a bundle into the one file that `butfor demo` carries.

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Where the program includes it from.
pub(crate) const ARCHIVE: &str = "crates/butfor/assets/demo-bundle.json.gz";

/// Packs every file but the answer as name to text, decompressed, so that the whole compresses well. Names are
/// sorted and no time is stored: the same folder gives the same bytes.
pub(crate) fn run(root: &Path, folder: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files)?;
    anyhow::ensure!(files.contains_key("bundle.json"), "`{}` holds no bundle.json", folder.display());
    let mut archive = GzEncoder::new(Vec::new(), Compression::best());
    archive.write_all(&serde_json::to_vec(&files)?)?;
    let archive = archive.finish()?;
    fs::write(root.join(ARCHIVE), &archive).with_context(|| format!("cannot write {ARCHIVE}"))?;
    println!("{ARCHIVE}: {} files, {} KiB", files.len(), archive.len() >> 10);
    Ok(())
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else if !["truth.json", "truth.toml", "report.md", "README.md"].contains(&name.as_str()) {
            let bytes = fs::read(entry.path())?;
            let (name, bytes) = match name.strip_suffix(".gz") {
                Some(bare) => (bare.to_owned(), decompressed(&bytes)?),
                None => (name, bytes),
            };
            files.insert(
                name.clone(),
                String::from_utf8(bytes).with_context(|| format!("{name} is no text"))?,
            );
        }
    }
    Ok(())
}

fn decompressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut out)?;
    Ok(out)
}
