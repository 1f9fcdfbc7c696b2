//! Where the files of a bundle are: a folder, or memory.

use super::{BundleError, Problem};
use butfor_incident::{Gap, GapReason, Timestamp};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Files of one bundle: names relative to it, separated by `/`.
pub trait Files {
    /// All names, sorted.
    fn names(&self) -> Vec<&str>;

    /// Opens one of them.
    ///
    /// # Errors
    /// As the place it is kept in: gone meanwhile, no right to read.
    fn open<'a>(&'a self, name: &str) -> io::Result<Box<dyn Read + 'a>>;

    /// When it was last written, where that is known.
    fn modified(&self, name: &str) -> Option<Timestamp>;

    /// The folder they are in, for the account and region its own name may tell.
    fn folder(&self) -> &str {
        ""
    }
}

/// Files held in memory: name to content.
#[derive(Debug, Clone, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    /// From one file: a JSON object of name to text, compressed with gzip.
    ///
    /// # Errors
    /// When it is not that.
    pub fn from_archive(archive: &[u8]) -> io::Result<Self> {
        let texts: BTreeMap<String, String> = serde_json::from_reader(MultiGzDecoder::new(archive))?;
        Ok(Self(texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()))
    }

    /// As one file, the same bytes for the same files. What is compressed is unpacked first; what is no text then keeps what can be read
    /// of it, as a bundle's reader would.
    ///
    /// # Errors
    /// When a file claims to be compressed and is not.
    pub fn to_archive(&self) -> io::Result<Vec<u8>> {
        let mut texts = BTreeMap::new();
        for (name, bytes) in &self.0 {
            let (name, bytes) = match name.strip_suffix(".gz") {
                Some(name) => {
                    let mut unpacked = Vec::new();
                    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
                    (name, unpacked)
                }
                None => (name.as_str(), bytes.clone()),
            };
            texts.insert(name.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut packed, &texts)?;
        packed.finish()
    }

    /// All files of a place, unpacked where they are compressed.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read(files: &dyn Files) -> io::Result<Self> {
        let mut read = BTreeMap::new();
        for name in files.names() {
            let mut bytes = Vec::new();
            let mut file = files.open(name)?;
            match name.strip_suffix(".gz") {
                Some(unpacked) => {
                    MultiGzDecoder::new(io::BufReader::new(file)).read_to_end(&mut bytes)?;
                    read.insert(unpacked.to_owned(), bytes);
                }
                None => {
                    file.read_to_end(&mut bytes)?;
                    read.insert(name.to_owned(), bytes);
                }
            }
        }
        Ok(Self(read))
    }
}

impl Files for Memory {
    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn open<'a>(&'a self, name: &str) -> io::Result<Box<dyn Read + 'a>> {
        let content = self.0.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(content.as_slice()))
    }

    fn modified(&self, _name: &str) -> Option<Timestamp> {
        None
    }
}

/// Most files listed: a CloudTrail folder of one account holds some hundreds a day and region.
const FILES_MAX: usize = 50_000;
/// Deepest folder listed; CloudTrail's own layout is nine deep.
const DEPTH_MAX: usize = 24;

/// A folder, listed when it is opened, or a single file.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    names: Vec<String>,
    problems: Vec<Problem>,
    cut: bool,
}

impl Folder {
    /// Lists what is there. Links are followed only to files inside the folder; hidden files are left out.
    ///
    /// # Errors
    /// [`BundleError::Unreadable`] when there is no such path or no right to read it.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let error =
            |error: io::Error| BundleError::Unreadable { path: path.to_owned(), text: reason(&error) };
        let real = path.canonicalize().map_err(error)?;
        let mut folder = Self { root: real.clone(), names: Vec::new(), problems: Vec::new(), cut: false };
        if real.is_dir() {
            folder.list(&real, "", 0).map_err(error)?;
            folder.names.sort();
        } else {
            let name = real.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            folder.names.push(name.to_owned());
            folder.root = real.parent().map(Path::to_owned).unwrap_or_default();
        }
        Ok(folder)
    }

    pub(super) fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.cut
            .then(|| Gap {
                what: format!("files after the first {FILES_MAX}, or more than {DEPTH_MAX} folders deep"),
                reason: GapReason::OverBudget,
                needed_for: String::new(),
                remedy: "give a folder that holds only what was recorded for this incident".to_owned(),
                query: None,
                at: None,
            })
            .into_iter()
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn list(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let Some(last) = file_name.to_str() else {
                self.refuse(
                    &format!("{prefix}{}", file_name.to_string_lossy()),
                    "the name is not UTF-8 text",
                );
                continue;
            };
            if last.starts_with('.') {
                continue;
            }
            if self.names.len() >= FILES_MAX || depth >= DEPTH_MAX {
                self.cut = true;
                return Ok(());
            }
            let name = format!("{prefix}{last}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if let Err(error) = self.list(&entry.path(), &format!("{name}/"), depth + 1) {
                    self.refuse(&name, &reason(&error));
                }
            } else if kind.is_file() || self.leads_inside(&entry.path(), &name) {
                self.names.push(name);
            }
        }
        Ok(())
    }

    /// A link to a file of the bundle itself is that file. One that leads out could make a bundle from a stranger
    /// read any file of this machine into a report.
    fn leads_inside(&mut self, link: &Path, name: &str) -> bool {
        match link.canonicalize() {
            Ok(target) if target.starts_with(&self.root) => target.is_file(),
            Ok(_) => {
                self.refuse(name, "a link that leads out of the bundle is not followed");
                false
            }
            Err(error) => {
                self.refuse(name, &reason(&error));
                false
            }
        }
    }

    fn refuse(&mut self, name: &str, text: &str) {
        self.problems.push(Problem { text: text.to_owned(), ..Problem::of(name) });
    }
}

impl Files for Folder {
    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    fn open<'a>(&'a self, name: &str) -> io::Result<Box<dyn Read + 'a>> {
        Ok(Box::new(fs::File::open(self.root.join(name))?))
    }

    fn modified(&self, name: &str) -> Option<Timestamp> {
        let written = fs::metadata(self.root.join(name)).ok()?.modified().ok()?;
        let since = written.duration_since(UNIX_EPOCH).ok()?;
        Some(Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?))
    }

    fn folder(&self) -> &str {
        self.root.to_str().unwrap_or_default()
    }
}

/// The system's reason in our style: lower case, without the error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
