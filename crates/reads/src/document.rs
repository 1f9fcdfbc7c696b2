//! A JSON document as it is written: members stay in the order they were given in, as policies are read by people.

use std::fmt::Write;

/// A value. Numbers and the rest of JSON do not occur in policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Document {
    Text(String),
    List(Vec<Document>),
    Map(Vec<(&'static str, Document)>),
    /// Written as it stands: a reference of the language around the document (Terraform).
    Expression(&'static str),
}

impl Document {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// Indented by two blanks a level, the first line not at all: it stands where the writer is.
    pub(crate) fn pretty(&self, level: usize) -> String {
        let mut out = String::new();
        self.write(Some(level), &mut out);
        out
    }

    /// Without any white space: the form whose length IAM counts.
    pub(crate) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(None, &mut out);
        out
    }

    fn write(&self, level: Option<usize>, out: &mut String) {
        match self {
            Self::Text(text) => quote(text, out),
            Self::Expression(text) => out.push_str(text),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Map(members) if members.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    next(index, level, out);
                    item.write(level.map(|level| level + 1), out);
                }
                end(level, out);
                out.push(']');
            }
            Self::Map(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    next(index, level, out);
                    quote(name, out);
                    out.push_str(if level.is_some() { ": " } else { ":" });
                    value.write(level.map(|level| level + 1), out);
                }
                end(level, out);
                out.push('}');
            }
        }
    }
}

fn next(index: usize, level: Option<usize>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    if let Some(level) = level {
        let _ = write!(out, "\n{:indent$}", "", indent = 2 * (level + 1));
    }
}

fn end(level: Option<usize>, out: &mut String) {
    if let Some(level) = level {
        let _ = write!(out, "\n{:indent$}", "", indent = 2 * level);
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
