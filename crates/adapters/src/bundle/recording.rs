//! A bundle that is being made: answers as they come, as the files a bundle has.
//!
//! An investigation reads its case from here with the very reader that reads bundles from disk, so that what is written
//! to disk afterwards is what was investigated, by construction.

use super::{FORMAT, Limits, Memory, read_files};
use butfor_incident::{CaseFile, Query, Timestamp};
use butfor_ports::{Answered, Failure, Recorder};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// A bundle in memory.
#[derive(Debug, Clone)]
pub struct Recording {
    as_of: Timestamp,
    alert: Option<String>,
    /// Lines of `calls.jsonl`.
    calls: String,
    files: BTreeMap<String, Vec<u8>>,
    rounds: usize,
}

impl Recording {
    /// An empty recording of an investigation that begins at `as_of`.
    #[must_use]
    pub fn new(as_of: Timestamp) -> Self {
        Self { as_of, alert: None, calls: String::new(), files: BTreeMap::new(), rounds: 1 }
    }

    /// Keeps the event that started the investigation.
    pub fn set_alert(&mut self, alert: &Value) {
        self.alert = Some(format!("{alert:#}\n"));
    }

    /// Keeps a file that came by another way than a question: a message of a code host.
    pub fn add_file(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), bytes);
    }

    /// Keeps how many rounds collecting took.
    pub fn set_rounds(&mut self, rounds: usize) {
        self.rounds = rounds;
    }

    /// The files of the bundle, by name.
    #[must_use]
    pub fn files(&self) -> Memory {
        self.memory(self.rounds)
    }

    fn memory(&self, rounds: usize) -> Memory {
        let manifest = json!({"format": FORMAT, "as_of": self.as_of.to_string(), "rounds": rounds});
        let mut files = self.files.clone();
        files.insert("bundle.json".to_owned(), format!("{manifest:#}\n").into_bytes());
        files.insert("calls.jsonl".to_owned(), self.calls.clone().into_bytes());
        if let Some(alert) = &self.alert {
            files.insert("alert.json".to_owned(), alert.clone().into_bytes());
        }
        Memory(files)
    }

    /// Writes the bundle into a new folder.
    ///
    /// # Errors
    /// When the folder is there already and is not empty, or cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        if folder.read_dir().is_ok_and(|mut inside| inside.next().is_some()) {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the folder is not empty; name a new one",
            ));
        }
        for (name, bytes) in &self.files().0 {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    /// Keeps what a query was answered at an earlier moment: what a history remembers.
    pub fn remembered(&mut self, query: &Query, at: Timestamp, output: &str) {
        self.answered(query, at, &Answered::Pages(vec![output.into()]));
    }

    fn line(&mut self, query: &Query, at: Timestamp, member: &str, body: &str) {
        // The members as text, in the order that a reader expects; the body stays byte for byte.
        let parameters = RawValue::from_string(query.parameters.to_string())
            .map_or_else(|_| "{}".to_owned(), |raw| raw.get().to_owned());
        let head =
            [("at", at.to_string()), ("account", query.account.clone()), ("region", query.region.clone())];
        let mut line = String::from("{");
        for (name, text) in
            head.iter().chain(&[("service", query.service.clone()), ("operation", query.operation.clone())])
        {
            line.push_str(&format!("\"{name}\": {}, ", Value::String(text.clone())));
        }
        line.push_str(&format!("\"parameters\": {parameters}, \"{member}\": {body}}}\n"));
        self.calls.push_str(&line);
    }
}

impl Recorder for Recording {
    fn answered(&mut self, query: &Query, at: Timestamp, answer: &Answered) {
        match answer {
            Answered::Pages(pages) => {
                for page in pages {
                    // One line a page: an answer that was printed over several lines is made one.
                    let page = serde_json::from_str::<Value>(page)
                        .map_or_else(|_| "{}".to_owned(), |page| page.to_string());
                    self.line(query, at, "output", &page);
                }
            }
            Answered::Files(files) => {
                for file in files {
                    self.files.insert(file.name.clone(), file.bytes.clone());
                }
            }
            Answered::Part(part, rest) => {
                self.answered(query, at, part);
                self.failed(query, at, rest);
            }
        }
    }

    fn failed(&mut self, query: &Query, at: Timestamp, failure: &Failure) {
        let error = json!({"code": failure.code, "message": failure.message}).to_string();
        self.line(query, at, "error", &error);
    }

    fn case(&self, rounds: usize) -> CaseFile {
        match read_files(&self.memory(rounds), Limits::default(), &mut |_| {}) {
            Ok(bundle) => bundle.case,
            // The files are this module's own; an empty case says that nothing is known.
            Err(_) => CaseFile { as_of: self.as_of, evidence: Vec::new(), gaps: Vec::new(), rounds },
        }
    }
}
