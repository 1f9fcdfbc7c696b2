//! The few keys that are needed of two small YAML files: `key: text` and `key:` with a list of `- text` below, at the top.
//!
//! No library: the common one (`serde_yaml`) is not kept any more, and this subset is all that is asked for. What is not of
//! this form (nested maps, block texts) is skipped.

use std::collections::BTreeMap;

/// Texts and lists by key.
#[derive(Debug, Default)]
pub(super) struct Keys {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Keys {
    pub(super) fn read(text: &str) -> Self {
        let mut keys = Self::default();
        let mut open: Option<String> = None;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if let (Some(item), Some(key)) = (trimmed.strip_prefix("- "), &open) {
                keys.lists.entry(key.clone()).or_default().push(plain(item));
            } else if !line.starts_with([' ', '\t']) {
                open = None;
                if let Some((key, value)) = trimmed.split_once(':') {
                    let value = value.trim();
                    if value.is_empty() {
                        open = Some(key.to_owned());
                    } else {
                        keys.texts.insert(key.to_owned(), plain(value));
                    }
                }
            }
        }
        keys
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.texts.get(key).cloned().unwrap_or_default()
    }

    pub(super) fn list(&self, key: &str) -> &[String] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }
}

/// Without quotes and without a comment behind.
fn plain(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|text| text.split_once(quote)) {
            return inside.0.to_owned();
        }
    }
    text.split_once(" #").map_or(text, |(text, _)| text.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn texts_lists_and_nothing_else() {
        let text = "a: 000-x\nlist:\n  # why\n  - one # two\n  - \"three: four\"\nblock: |\n  - no\n  list: no\nempty: \"\"\n";
        let keys = Keys::read(text);
        assert_eq!(keys.text("a"), "000-x");
        assert_eq!(keys.list("list"), ["one", "three: four"]);
        assert_eq!(keys.text("empty"), "");
        assert!(keys.list("block").is_empty());
        for end in 0..text.len() {
            let (left, right) = text.split_at(end);
            Keys::read(left);
            Keys::read(right);
        }
    }
}
