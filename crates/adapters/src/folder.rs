//! A folder written as a whole or not at all.

use flate2::{Compression, GzBuilder};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is there already.
    #[error("`{}` is there already: name a folder that is not, so that nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// Two files of one name.
    #[error("two files would be called `{0}`; nothing was written")]
    Twice(String),
    /// The system says no.
    #[error("cannot write `{}`: {text}; nothing was written", path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// The system's reason.
        text: String,
    },
}

/// Writes files, by their names relative to the folder, which must not be there yet. Those called `.gz` are compressed.
///
/// # Errors
/// [`WriteError`]; the folder is not there then, as it was not before.
pub fn write(folder: &Path, files: &[(String, String)]) -> Result<(), WriteError> {
    let failed = |path: &Path, error: &io::Error| WriteError::Io {
        path: path.to_owned(),
        text: crate::bundle::reason(error),
    };
    if folder.symlink_metadata().is_ok() {
        return Err(WriteError::Exists(folder.to_owned()));
    }
    let mut names = BTreeSet::new();
    if let Some((name, _)) = files.iter().find(|(name, _)| !names.insert(name)) {
        return Err(WriteError::Twice(name.clone()));
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Beside it, so that it can be renamed; hidden, so that nobody takes it for the result.
    let draft = folder.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fill(&draft, files)
        .and_then(|()| fs::rename(&draft, folder).map_err(|error| (folder.to_owned(), error)));
    written.map_err(|(path, error)| {
        // What is left of it cannot be helped, and the first error is the one to tell.
        let _ = fs::remove_dir_all(&draft);
        failed(&path, &error)
    })
}

fn fill(draft: &Path, files: &[(String, String)]) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir(draft).map_err(|error| (draft.to_owned(), error))?;
    for (name, text) in files {
        let path = draft.join(name);
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            if !name.ends_with(".gz") {
                return fs::write(&path, text);
            }
            // No time and no name in the header: the same text gives the same bytes.
            let mut file = GzBuilder::new().write(fs::File::create(&path)?, Compression::default());
            file.write_all(text.as_bytes())?;
            file.finish().map(drop)
        };
        write().map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{WriteError, write};
    use std::fs;
    use std::io::Read;

    fn files(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), format!("text of {name}"))).collect()
    }

    #[test]
    fn a_folder_is_written_whole() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        write(&out, &files(&["a.json", "b/c.json.gz"])).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.json")).unwrap(), "text of a.json");
        let mut text = String::new();
        flate2::read::GzDecoder::new(fs::File::open(out.join("b/c.json.gz")).unwrap())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "text of b/c.json.gz");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        assert!(matches!(write(&out, &files(&["a", "a"])), Err(WriteError::Twice(name)) if name == "a"));
        // A file where a folder is needed.
        let error = write(&out, &files(&["a", "a/b"])).unwrap_err();
        assert!(error.to_string().ends_with("nothing was written"), "{error}");
        assert!(matches!(
            write(&place.path().join("no/such/out"), &files(&["a"])),
            Err(WriteError::Io { .. })
        ));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        fs::create_dir(&out).unwrap();
        assert!(matches!(write(&out, &files(&["a"])), Err(WriteError::Exists(_))));
    }
}
