//! Golden reports: `report.md` beside the bundle, and how a new one differs.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Name of the file.
pub(super) const FILE: &str = "report.md";

/// How many differing lines are shown.
const SHOWN_MAX: usize = 30;

/// The golden report, if there is one.
pub(super) fn read(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(FILE)).ok()
}

/// Writes the golden report.
pub(super) fn write(folder: &Path, text: &str) -> Result<()> {
    fs::write(folder.join(FILE), text).with_context(|| format!("cannot write {FILE}"))
}

/// Lines that went (`-`) and came (`+`); `None` when there are none.
pub(super) fn difference(old: &str, new: &str) -> Option<Vec<String>> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut shown = Vec::new();
    let (mut before, mut after) = (old.as_slice(), new.as_slice());
    while let (Some((a, rest_a)), Some((b, rest_b))) = (before.split_first(), after.split_first()) {
        if a == b {
            (before, after) = (rest_a, rest_b);
            continue;
        }
        // The nearer way back to a common line: skip in the new report, or in the old one.
        let (came, went) =
            (after.iter().position(|line| line == a), before.iter().position(|line| line == b));
        if came.is_some_and(|came| went.is_none_or(|went| came <= went)) {
            shown.push(format!("+ {b}"));
            after = rest_b;
        } else {
            shown.push(format!("- {a}"));
            before = rest_a;
        }
    }
    shown.extend(before.iter().map(|line| format!("- {line}")));
    shown.extend(after.iter().map(|line| format!("+ {line}")));
    let hidden = shown.len().saturating_sub(SHOWN_MAX);
    shown.truncate(SHOWN_MAX);
    if hidden > 0 {
        shown.push(format!("... and {hidden} more"));
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::difference;

    fn check(old: &str, new: &str, expected: &[&str]) {
        assert_eq!(difference(old, new).unwrap_or_default(), expected, "{old:?} {new:?}");
    }

    #[test]
    fn shows_what_went_and_came() {
        check("a\nb\nc", "a\nb\nc", &[]);
        check("a\nb\nc", "a\nc", &["- b"]);
        check("a\nc", "a\nb\nc", &["+ b"]);
        check("a\nb\nc", "a\nx\nc", &["- b", "+ x"]);
        check("", "a", &["+ a"]);
    }
}
