//! Known signatures: what a log record says went wrong, as typed facts with the line that says so.
//!
//! A fact is what the text *says*, never what it means for an incident: that is for the caller to weigh. Nothing is
//! inferred that is not written; a name that is not in the text is `None`. A text is bounded before it is read, and
//! what it says can add facts and do nothing else.

mod connection;
mod exception;
mod missing;
mod resource;
mod words;

use super::record::{Platform, Record};
use super::scan::cut;

/// Bytes of a text that are read.
const TEXT_MAX: usize = 64 * 1024;

/// Bytes of a line that are read and quoted.
const LINE_MAX: usize = 2048;

/// Facts of one text at most.
const FACTS_MAX: usize = 32;

/// Something a log says, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What.
    pub kind: Kind,
    /// The line that says so, verbatim, cut after 2,048 bytes. Untrusted text.
    pub quote: String,
}

/// What a log can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// An environment variable that the program needs is not set.
    MissingEnvironmentVariable {
        /// Its name.
        name: String,
    },
    /// Something that is looked up by name is not there.
    Missing {
        /// What kind of thing.
        thing: Thing,
        /// Its name, where the text has it.
        name: Option<String>,
    },
    /// A request was turned away because there were too many.
    Throttled {
        /// The error's code or the phrase, as written.
        code: String,
    },
    /// Something took too long.
    TimedOut {
        /// Who gave up on whom.
        by: Timeout,
        /// After how many milliseconds, where the text has it.
        after_ms: Option<u64>,
    },
    /// A connection failed or broke.
    Connection {
        /// How.
        failure: ConnectionFailure,
        /// `host:port` of the other end, where the text has it.
        peer: Option<String>,
    },
    /// Memory ran out.
    OutOfMemory {
        /// Whose.
        of: Memory,
    },
    /// A disk or a quota is full.
    DiskFull,
    /// A name could not be resolved.
    NameResolution {
        /// How it failed.
        failure: NameFailure,
        /// The name, where the text has it.
        name: Option<String>,
    },
    /// TLS failed.
    Tls {
        /// How.
        fault: TlsFault,
    },
    /// Transactions or threads wait for each other.
    Deadlock,
    /// A lock was waited for too long.
    LockWait,
    /// A server or a pool has no connection left.
    TooManyConnections,
    /// The process has no file descriptor left.
    TooManyOpenFiles,
    /// A Lambda function failed before its handler ran.
    InitFailed {
        /// Such as `Runtime.ImportModuleError`.
        error_type: Option<String>,
    },
    /// A Lambda invocation failed in its handler, as its REPORT line says.
    InvocationFailed {
        /// Such as `Runtime.ExitError`.
        error_type: Option<String>,
    },
    /// A container stopped.
    ContainerExited {
        /// Its exit code. 137 is SIGKILL: out of memory, or anyone else who killed it.
        code: Option<i32>,
        /// The reason the orchestrator gives, as written.
        reason: Option<String>,
    },
    /// A permission was missing. The sentence is parsed by whoever knows policies.
    AccessDenied,
    /// An exception or a panic.
    Exception {
        /// Its type; `panic` in Go and Rust.
        name: String,
        /// Its message.
        message: String,
        /// The innermost frame, as written.
        frame: Option<String>,
        /// Whether the text says that nobody handled it.
        unhandled: bool,
    },
}

/// What is looked up by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A module or a package of a language.
    Module,
    /// A class.
    Class,
    /// A table.
    Table,
    /// A column.
    Column,
    /// A database.
    Database,
    /// A file or a folder.
    File,
    /// A bucket of an object store.
    Bucket,
    /// A key of an object store.
    Object,
}

/// Who gave up on whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// A caller on what it called.
    Client,
    /// A proxy or gateway on its backend; the caller saw a 504.
    Upstream,
    /// Lambda on the function.
    Lambda,
    /// A database on a statement.
    Statement,
}

/// How a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFailure {
    /// Somebody answered: nothing listens there.
    Refused,
    /// It broke while it was used.
    Reset,
    /// Nobody answered.
    TimedOut,
    /// No route, or the network said no.
    Unreachable,
}

/// Whose memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// The machine's or the cgroup's: the kernel killed a process.
    Kernel,
    /// A JVM's heap or other area.
    Jvm,
    /// Another runtime's heap.
    Runtime,
    /// A Lambda function's.
    Lambda,
    /// A container's.
    Container,
}

/// How a name was not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFailure {
    /// There is no such name (NXDOMAIN, or no address for it).
    NotFound,
    /// The resolver did not answer in time (`EAI_AGAIN`).
    NoAnswer,
    /// The resolver failed (SERVFAIL).
    ServerFailure,
}

/// How TLS failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// The certificate is for another name.
    NameMismatch,
    /// Nobody trusted signed it.
    UnknownAuthority,
    /// The certificate did not verify; the text does not say why.
    NotVerified,
    /// The two did not agree on how to talk.
    Handshake,
}

/// The facts a text (a message with its stack trace) states, in the order of its lines, each once.
#[must_use]
pub fn read(text: &str) -> Vec<Fact> {
    let text = cut(text, TEXT_MAX);
    let mut facts = Facts::default();
    for line in text.lines() {
        let line = Line::new(line);
        // Names of functions say what might have happened: `_handleTimeoutError` did not time out.
        if line.text.is_empty() || is_frame(line.text) {
            continue;
        }
        missing::read(&line, &mut facts);
        connection::read(&line, &mut facts);
        resource::read(&line, &mut facts);
    }
    missing::environment(text, &mut facts);
    exception::read(text, &mut facts);
    facts.list
}

/// Whether a line is a frame of a stack trace: `at run (/a.js:1:2)`, `at a.B.c(B.java:1)`, `File "a.py", line 3, in f`.
fn is_frame(line: &str) -> bool {
    let place = |frame: &str| {
        let last = frame.rsplit([':', ' ']).next().unwrap_or_default();
        frame.ends_with(')') || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
    };
    line.strip_prefix("at ").is_some_and(place) || line.starts_with("File \"") && line.contains("\", line ")
}

/// The facts a record states, those of its platform line included.
#[must_use]
pub fn read_record(record: &Record) -> Vec<Fact> {
    let mut facts = Facts { list: read(&record.text()) };
    let line = Line::new(&record.message);
    match &record.platform {
        Some(Platform::InitReport(report)) => match report.status.as_deref() {
            Some("error" | "failure") => {
                facts.add(&line, Kind::InitFailed { error_type: report.error_type.clone() });
            }
            // Initialisation is stopped after 10 s and begins again with the first invocation.
            Some("timeout") => facts.add(&line, timeout(report.duration_ms)),
            _ => {}
        },
        Some(Platform::Report(report)) => match report.status.as_deref() {
            Some("error" | "failure") => {
                facts.add(&line, Kind::InvocationFailed { error_type: report.error_type.clone() });
                // A runtime that is killed with its memory full: the documented sign of memory running out.
                if report.memory_full() {
                    facts.add(&line, Kind::OutOfMemory { of: Memory::Lambda });
                }
            }
            Some("timeout") => facts.add(&line, timeout(report.duration_ms)),
            _ => {}
        },
        _ => {}
    }
    facts.list
}

fn timeout(duration_ms: Option<f64>) -> Kind {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration in milliseconds; `as` saturates"
    )]
    let after_ms = duration_ms.map(|duration| duration.round() as u64);
    Kind::TimedOut { by: Timeout::Lambda, after_ms }
}

/// A line, and again in lower case for phrases that are written in both.
struct Line<'l> {
    text: &'l str,
    lower: String,
}

impl<'l> Line<'l> {
    fn new(line: &'l str) -> Self {
        let text = cut(line.trim(), LINE_MAX);
        Self { text, lower: text.to_ascii_lowercase() }
    }

    /// Whether one of the phrases is in the line: those in lower case anywhere and in any case; those in capitals are
    /// codes and must be words (`ENOTFOUND` is not in `ModuleNotFoundError`).
    fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| {
            if !phrase.starts_with(|letter: char| letter.is_ascii_uppercase()) {
                return self.lower.contains(phrase);
            }
            let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
            self.text.match_indices(phrase).any(|(at, _)| {
                let before = self.text.get(..at).unwrap_or_default();
                let after = self.text.get(at + phrase.len()..).unwrap_or_default();
                !before.ends_with(inside) && !after.starts_with(inside)
            })
        })
    }

    /// The text after a phrase, in its own case: lower case of ASCII keeps every place.
    fn after(&self, phrase: &str) -> Option<&'l str> {
        self.text.get(self.lower.find(phrase)? + phrase.len()..)
    }
}

/// Facts found so far.
#[derive(Default)]
struct Facts {
    list: Vec<Fact>,
}

impl Facts {
    fn add(&mut self, line: &Line<'_>, kind: Kind) {
        if self.list.len() < FACTS_MAX && !self.list.iter().any(|fact| fact.kind == kind) {
            self.list.push(Fact { kind, quote: line.text.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests;
