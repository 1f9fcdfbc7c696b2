//! A recorded incident, read into a case file.
//!
//! Two shapes are accepted. A *bundle* has a `bundle.json` that names format and `as_of`; its parts are `alert.json`,
//! `calls.jsonl`, `cloudtrail/`, `flow-logs/`, `access-logs/`, `traces/` and `deploys/`, all optional. A *plain folder* (or a single JSON file) holds
//! output of the AWS CLI, one answer a file, each recognised by what is in it. `truth.json` is never read.
//!
//! What cannot be read is named twice: as a [`Problem`] for the person who made the bundle (file, line, field), and as
//! a [`Gap`] for the investigation, so that a missing document is never mistaken for an empty one. Everything
//! else is still used.

mod calls;
mod cloudtrail;
mod delivery;
mod failed_call;
mod files;
mod flow_log;
mod json;
mod plain;
mod problem;
mod raw;
mod recording;
mod text;

pub use files::{Files, Folder, Memory};
pub use problem::{BundleError, Problem};
pub use raw::{Raw, RawFile, RawFormat, raw};
pub use recording::Recording;

pub(crate) use files::reason;

use butfor_incident::{Body, CaseFile, Evidence, EvidenceId, Gap, GapReason, Query, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The one version of the bundle format there is (formats.md, section 1).
pub const FORMAT: &str = "butfor-bundle/1";

/// Problems listed of one file: whoever mends the first hundred has found the pattern.
const PROBLEMS_PER_FILE_MAX: usize = 100;

/// What a bundle holds.
#[derive(Debug)]
pub struct Bundle {
    /// What an assessment may look at.
    pub case: CaseFile,
    /// What could not be read, in the order it was met.
    pub problems: Vec<Problem>,
    /// Where each piece of evidence was read.
    pub sources: BTreeMap<EvidenceId, Source>,
}

/// Where something was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File, relative to the bundle.
    pub file: Arc<str>,
    /// Line in it, from 1; `None` where a file holds one document.
    pub line: Option<usize>,
}

impl fmt::Display for Source {
    /// `calls.jsonl line 12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, " line {line}"))
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being read, relative to the bundle.
    pub file: &'a str,
    /// Files read before it.
    pub files_done: usize,
    /// Files to read in all.
    pub files_total: usize,
}

/// How much is read. A reached limit is a gap in the report, never silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file after decompression.
    pub file_bytes: u64,
    /// Bytes of all files after decompression.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// One file 256 MiB, all files 1 GiB: five and twenty times the 50 MB of describe output that 10,000 network
    /// interfaces make, so that only a decompression bomb or a mistaken folder meets them.
    fn default() -> Self {
        Self { file_bytes: 256 << 20, total_bytes: 1 << 30 }
    }
}

/// Reads the bundle, plain folder or single file at `path`.
///
/// # Errors
/// [`BundleError`] only when nothing can be read at all: no such path, nothing in it, another version of the format.
pub fn read(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Bundle, BundleError> {
    let folder = Folder::open(path)?;
    let mut bundle = read_files(&folder, Limits::default(), progress)?;
    bundle.case.gaps.extend(folder.gaps());
    bundle.problems.extend(folder.into_problems());
    Ok(bundle)
}

/// Reads a bundle or plain folder from any [`Files`]: [`read`] without the file system.
///
/// # Errors
/// As [`read`].
pub fn read_files(
    files: &dyn Files,
    limits: Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Bundle, BundleError> {
    let names = files.names();
    if names.is_empty() {
        return Err(BundleError::Empty);
    }
    let mut reading = Reading::new(files, limits);
    let manifest = if names.contains(&"bundle.json") {
        reading.manifest()?
    } else {
        if let Some(inner) = names.iter().find(|name| name.ends_with("/bundle.json")) {
            let folder = inner.trim_end_matches("/bundle.json").to_owned();
            return Err(BundleError::Nested { folder });
        }
        reading.plain = true;
        Manifest::default()
    };
    let parts: Vec<_> = names.iter().filter_map(|name| Some((*name, reading.part(name)?))).collect();
    for (done, (name, part)) in parts.iter().enumerate() {
        progress(Progress { file: name, files_done: done, files_total: parts.len() });
        reading.read_part(name, *part);
    }
    if reading.plain && reading.evidence.is_empty() && reading.problems.is_empty() {
        return Err(BundleError::Nothing);
    }
    Ok(reading.finish(&manifest, &names))
}

/// What a file is, told by its place and name (formats.md, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Alert,
    Calls,
    CloudTrail,
    FlowLog,
    /// A load balancer's access log.
    AccessLog,
    /// Exported spans.
    Trace,
    Delivery,
    /// Output of the AWS CLI in a plain folder.
    Plain,
}

/// What `bundle.json` says besides its format.
#[derive(Debug, Default)]
struct Manifest {
    as_of: Option<Timestamp>,
    /// Rounds of assessing and collecting that made the bundle.
    rounds: Option<usize>,
}

/// A bundle being read.
struct Reading<'a> {
    files: &'a dyn Files,
    limits: Limits,
    bytes_left: u64,
    plain: bool,
    evidence: Vec<Evidence>,
    sources: BTreeMap<EvidenceId, Source>,
    gaps: Vec<Gap>,
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    fn new(files: &'a dyn Files, limits: Limits) -> Self {
        Self {
            files,
            limits,
            bytes_left: limits.total_bytes,
            plain: false,
            evidence: Vec::new(),
            sources: BTreeMap::new(),
            gaps: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn part(&self, name: &str) -> Option<Part> {
        let stem = name.strip_suffix(".gz").unwrap_or(name);
        let folder = name.split('/').next().filter(|first| *first != name);
        match (folder, stem) {
            (None, "alert.json") => Some(Part::Alert),
            (None, "calls.jsonl") => Some(Part::Calls),
            (None, "truth.json" | "alert.headers.json" | "bundle.json") => None,
            // Digest files sign the log files beside them; they hold no events.
            (Some("cloudtrail"), _) if name.contains("/CloudTrail-Digest/") => None,
            (Some("cloudtrail"), _) if stem.ends_with(".json") => Some(Part::CloudTrail),
            (Some("flow-logs"), _) if has_ending(stem, &[".log", ".txt"]) || stem != name => {
                Some(Part::FlowLog)
            }
            (Some("access-logs"), _) if has_ending(stem, &[".log", ".txt"]) || stem != name => {
                Some(Part::AccessLog)
            }
            (Some("traces"), _) if has_ending(stem, &[".json", ".jsonl"]) => Some(Part::Trace),
            // Headers are read with the message they belong to.
            (Some("deploys"), _) if stem.ends_with(".headers.json") => None,
            (Some("deploys"), _) if stem.ends_with(".json") && !self.plain => Some(Part::Delivery),
            _ if self.plain && stem.ends_with(".json") => Some(Part::Plain),
            _ if self.plain && stem.ends_with(".log") && name.contains("vpcflowlogs") => Some(Part::FlowLog),
            _ => None,
        }
    }

    fn read_part(&mut self, name: &str, part: Part) {
        match part {
            Part::Alert => self.read_alert(name),
            Part::Calls => self.read_calls(name),
            Part::CloudTrail => self.read_cloudtrail(name),
            Part::FlowLog => self.read_flow_log(name),
            Part::AccessLog => self.read_whole(name, "access-logs", Body::AccessLog),
            Part::Trace => self.read_whole(name, "traces", Body::Trace),
            Part::Delivery => self.read_delivery(name),
            Part::Plain => self.read_plain(name),
        }
    }

    /// Checks the version and gives the rest. What else is wrong with `bundle.json` is a problem, not the end.
    fn manifest(&mut self) -> Result<Manifest, BundleError> {
        let name = "bundle.json";
        let Some(text) = self.whole_text(name) else { return Ok(Manifest::default()) };
        let manifest = match json::object(&text) {
            Ok(manifest) => manifest,
            Err(error) => {
                self.unreadable(error.in_file(name));
                return Ok(Manifest::default());
            }
        };
        let rounds = manifest.get("rounds").and_then(|rounds| rounds.get().parse().ok());
        match manifest.get("format").and_then(|format| json::text(format)) {
            Some(format) if format == FORMAT => {}
            Some(format) => return Err(BundleError::Version { format: format.into_owned() }),
            None => self.problems.push(Problem {
                field: Some("format".to_owned()),
                text: "missing".to_owned(),
                help: format!("write \"format\": \"{FORMAT}\"; reading it as that version"),
                ..Problem::of(name)
            }),
        }
        let as_of = manifest.get("as_of").map(|as_of| json::time(as_of));
        match as_of {
            Some(Ok(at)) => Ok(Manifest { as_of: Some(at), rounds }),
            other => {
                self.problems.push(Problem {
                    field: Some("as_of".to_owned()),
                    text: other.and_then(Result::err).unwrap_or_else(|| "missing".to_owned()),
                    help:
                        "write the moment of the investigation; taking the latest moment found in the bundle"
                            .to_owned(),
                    ..Problem::of(name)
                });
                Ok(Manifest { as_of: None, rounds })
            }
        }
    }

    /// The raw event is kept whole; reading it is the engine's work.
    fn read_alert(&mut self, name: &str) {
        let Some(text) = self.whole_text(name) else { return };
        match json::check(&text) {
            Ok(()) => {
                let query = Query { service: "alert".to_owned(), ..empty_query() };
                self.admit(Evidence::new(query, None, Body::Alert(text.into())), name, None);
            }
            Err(error) => self.unreadable(error.in_file(name)),
        }
    }

    /// Files that are kept whole; the engine says as a gap what it cannot read of them.
    fn read_whole(&mut self, name: &str, service: &str, body: fn(Arc<str>) -> Body) {
        let Some(text) = self.whole_text(name) else { return };
        let place = plain::Place::of(name);
        let query = Query {
            account: place.account,
            region: place.region,
            service: service.to_owned(),
            ..empty_query()
        };
        self.admit(Evidence::new(query, None, body(text.into())), name, None);
    }

    /// Takes a piece of evidence in, once.
    fn admit(&mut self, evidence: Evidence, file: &str, line: Option<usize>) {
        if let Entry::Vacant(place) = self.sources.entry(evidence.id()) {
            place.insert(Source { file: file.into(), line });
            self.evidence.push(evidence);
        }
    }

    /// Something that is there and cannot be read: a problem for its maker and a gap for the investigation.
    fn unreadable(&mut self, problem: Problem) {
        self.unreadable_answer(problem, None);
    }

    /// As [`Self::unreadable`], where it is known which question it would have answered.
    fn unreadable_answer(&mut self, problem: Problem, query: Option<Query>) {
        let before = self.problems.iter().rev().take_while(|earlier| earlier.file == problem.file).count();
        let problem = match before {
            ..PROBLEMS_PER_FILE_MAX => problem,
            PROBLEMS_PER_FILE_MAX => Problem {
                text: "more that cannot be read, not listed one by one".to_owned(),
                ..Problem::of(&problem.file)
            },
            _ => return,
        };
        let place = problem.place();
        let what =
            query.as_ref().map_or_else(|| place.clone(), |query| format!("{} ({place})", describe(query)));
        self.gaps.push(Gap {
            what,
            reason: GapReason::Malformed,
            needed_for: String::new(),
            remedy: format!("mend or record again: {problem}"),
            query,
            at: None,
        });
        self.problems.push(problem);
    }

    /// `as_of` as given, else the latest moment any evidence carries, else the latest modification time of a
    /// file: no clock is read, so the same files give the same case.
    fn finish(self, manifest: &Manifest, names: &[&str]) -> Bundle {
        let as_of = manifest
            .as_of
            .or_else(|| self.evidence.iter().filter_map(|evidence| evidence.at).max())
            .or_else(|| names.iter().filter_map(|name| self.files.modified(name)).max())
            .unwrap_or(Timestamp::from_millis(0));
        let case = CaseFile {
            as_of,
            evidence: self.evidence,
            gaps: self.gaps,
            rounds: manifest.rounds.unwrap_or(1),
        };
        Bundle { case, problems: self.problems, sources: self.sources }
    }
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

fn empty_query() -> Query {
    Query {
        account: String::new(),
        region: String::new(),
        service: String::new(),
        operation: String::new(),
        parameters: "{}".into(),
    }
}

/// `ec2 DescribeSecurityGroups in 444455556666 us-east-2`, less what is not known.
fn describe(query: &Query) -> String {
    let what = [query.service.as_str(), query.operation.as_str()].join(" ");
    let place = [query.account.as_str(), query.region.as_str()].join(" ");
    match place.trim() {
        "" => what.trim().to_owned(),
        place => format!("{} in {place}", what.trim()),
    }
}
