//! What is wrong with a bundle, in words its maker can act on.

use std::fmt;
use std::path::PathBuf;

/// One part of the input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// File, relative to the bundle.
    pub file: String,
    /// Line in it, from 1.
    pub line: Option<usize>,
    /// Member in dotted form (`output.Events[3].CloudTrailEvent`).
    pub field: Option<String>,
    /// What is wrong.
    pub text: String,
    /// What to do; empty where the text says it.
    pub help: String,
}

impl Problem {
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// `calls.jsonl line 12`.
    pub(super) fn place(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{} line {line}", self.file))
    }
}

impl fmt::Display for Problem {
    /// ``calls.jsonl line 12: field `at`: `yesterday` is not a time``; the help is for the caller to place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        if let Some(field) = &self.field {
            write!(f, ": field `{field}`")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Nothing can be read at all.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// No such file or folder, or no right to read it.
    #[error("cannot read `{}`: {text}", path.display())]
    Unreadable {
        /// What was asked for.
        path: PathBuf,
        /// The system's reason.
        text: String,
    },
    /// A folder without files.
    #[error("the folder is empty: a bundle needs a bundle.json and what was recorded")]
    Empty,
    /// Files, but none of a kind we know.
    #[error(
        "nothing here looks like a recorded incident: expected a bundle.json, or .json files with output of the AWS CLI"
    )]
    Nothing,
    /// A folder of bundles, or a bundle unpacked into a folder of its own.
    #[error("there is no bundle.json here, but there is one in `{folder}`: give that folder instead")]
    Nested {
        /// Relative to what was asked for.
        folder: String,
    },
    /// Another version of the format.
    #[error(
        "bundle.json: field `format`: `{format}` is not a version this program reads: it reads `butfor-bundle/1`"
    )]
    Version {
        /// What the bundle says.
        format: String,
    },
}
