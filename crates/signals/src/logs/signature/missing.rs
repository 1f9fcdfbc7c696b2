//! Names that were looked up and not found: environment variables, modules, classes, tables, columns, files.

use super::words::{is_variable_name, last_quoted, name};
use super::{Facts, Kind, Line, Thing};
use crate::logs::scan::between;

/// A phrase before a name.
const BEFORE: &[(&str, Thing)] = &[
    ("no module named ", Thing::Module),
    ("cannot find module ", Thing::Module),
    ("cannot find package ", Thing::Module),
    ("unable to import module ", Thing::Module),
    ("classnotfoundexception: ", Thing::Class),
    ("noclassdeffounderror: ", Thing::Class),
    ("could not find or load main class ", Thing::Class),
    ("no such table: ", Thing::Table),
    ("requested resource not found: table: ", Thing::Table),
    ("no such column: ", Thing::Column),
    ("unknown column ", Thing::Column),
    ("unknown database ", Thing::Database),
    ("filenotfoundexception: ", Thing::File),
    ("no such file or directory: ", Thing::File),
    ("no such file or directory, ", Thing::File),
];

/// A phrase after a name, and what must stand before the name.
const AFTER: &[(&str, &str, Thing)] = &[
    ("relation ", " does not exist", Thing::Table),
    ("table ", " doesn't exist", Thing::Table),
    ("table ", " does not exist", Thing::Table),
    ("column ", " does not exist", Thing::Column),
    ("database ", " does not exist", Thing::Database),
];

/// Phrases that say it without a name that could be trusted to be one.
const NAMELESS: &[(&str, Thing)] = &[
    ("cannot do operations on a non-existent table", Thing::Table),
    ("nosuchbucket", Thing::Bucket),
    ("nosuchkey", Thing::Object),
    (": no such file or directory", Thing::File),
    ("ENOENT", Thing::File),
];

pub(super) fn read(line: &Line<'_>, facts: &mut Facts) {
    for (phrase, thing) in BEFORE {
        if let Some(after) = line.after(phrase) {
            // `ENOENT: no such file or directory, open 'x'`
            let after = ["open ", "stat ", "scandir ", "mkdir ", "lstat "]
                .iter()
                .find_map(|call| after.strip_prefix(call))
                .unwrap_or(after);
            return facts.add(line, Kind::Missing { thing: *thing, name: name(after) });
        }
    }
    for (before, after, thing) in AFTER {
        if let Some(end) = line.lower.find(after)
            && let Some(subject) = line.text.get(..end)
        {
            // `table orders does not exist`: the noun, one word, and the phrase.
            let unquoted = || {
                let (rest, name) = subject.rsplit_once(' ')?;
                rest.to_ascii_lowercase().ends_with(before.trim_end()).then(|| name.to_owned())
            };
            let named = last_quoted(subject).filter(|name| {
                let rest = subject.get(..subject.len().saturating_sub(name.len() + 2)).unwrap_or_default();
                rest.to_ascii_lowercase().ends_with(before)
            });
            if let Some(found) = named.or_else(unquoted) {
                return facts.add(line, Kind::Missing { thing: *thing, name: Some(found) });
            }
        }
    }
    if let Some((_, thing)) = NAMELESS.iter().find(|(phrase, _)| line.says(&[*phrase])) {
        // `open /etc/app.toml: no such file or directory`
        let name = line
            .text
            .split(": ")
            .find_map(|part| part.split_whitespace().last().filter(|word| word.starts_with('/')));
        let name = name.filter(|_| *thing == Thing::File).map(str::to_owned);
        facts.add(line, Kind::Missing { thing: *thing, name });
    }
}

/// Environment variables that are not set. A `KeyError` is one only when the trace shows that the environment was asked.
pub(super) fn environment(text: &str, facts: &mut Facts) {
    python(text, facts);
    for text in text.lines() {
        let line = Line::new(text);
        if let Some(name) = stated(&line) {
            facts.add(&line, Kind::MissingEnvironmentVariable { name });
        }
    }
}

/// `KeyError: 'NAME'` below or above `os.environ[...]`.
fn python(text: &str, facts: &mut Facts) {
    let asked = text.contains("os.environ[")
        || text.contains("in __getitem__") && (text.contains("os.py\"") || text.contains("<frozen os>"));
    if !asked {
        return;
    }
    for text in text.lines() {
        let Some(key) = between(text, "KeyError: '", "'").filter(|key| !key.is_empty() && key.len() <= 256)
        else {
            continue;
        };
        facts.add(&Line::new(text), Kind::MissingEnvironmentVariable { name: key.to_owned() });
    }
}

/// A line that says in words that a variable of the environment is not there.
fn stated(line: &Line<'_>) -> Option<String> {
    const NOUNS: [&str; 7] = [
        "environment variable",
        "env variable",
        "env var",
        "process.env.",
        "os.getenv(",
        "system.getenv(",
        "env::var(",
    ];
    const ABSENT: [&str; 14] = [
        "not set",
        "is missing",
        "missing",
        "not found",
        "undefined",
        "must be set",
        "not defined",
        "is required",
        "required",
        "is unset",
        "is empty",
        "not present",
        "does not exist",
        "notpresent",
    ];
    let noun = NOUNS.iter().find(|noun| line.lower.contains(*noun))?;
    if !line.says(&ABSENT) {
        return None;
    }
    let after = line.after(noun)?;
    let before = line.text.get(..line.lower.find(noun)?)?;
    let variable = |text: &str| {
        text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .find(|word| is_variable_name(word))
            .map(str::to_owned)
    };
    variable(after).or_else(|| {
        before
            .rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .find(|word| is_variable_name(word) && word.contains('_'))
            .map(str::to_owned)
    })
}
