//! What an alert's words have in common with a resource's names.
//!
//! Names never prove anything here; they only say which of several broken flows an alert is about, where nothing
//! better (a log stream, a dimension that is an id) says so.

use std::collections::{BTreeMap, BTreeSet};

/// Words of a name: split at anything that is no letter or digit, and where a capital follows a small letter.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut word = String::new();
    let mut previous_small = false;
    for c in text.chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && previous_small);
        if breaks && !word.is_empty() {
            words.insert(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        previous_small = c.is_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        words.insert(word);
    }
    // Numbers and single letters are in every id.
    words.retain(|word| word.len() > 1 && word.chars().any(char::is_alphabetic));
    words
}

/// How much each candidate has in common with `alert`: words are weighed by how few candidates carry them, so what all
/// share (`app`, `prod`) counts nothing.
pub(crate) fn affinity(alert: &BTreeSet<String>, candidates: &[BTreeSet<String>]) -> Vec<f64> {
    let mut carriers: BTreeMap<&String, usize> = BTreeMap::new();
    for word in candidates.iter().flatten() {
        *carriers.entry(word).or_default() += 1;
    }
    let total = candidates.len();
    let weight = |word: &String| {
        let carried = carriers.get(word).copied().unwrap_or(0);
        if carried == 0 || carried == total { 0.0 } else { (total as f64 / carried as f64).ln() }
    };
    candidates.iter().map(|candidate| candidate.intersection(alert).map(&weight).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_names_of_every_style() {
        let expected: BTreeSet<String> = ["orders", "db", "connection", "errors"].map(String::from).into();
        assert_eq!(words("orders-db-connection-errors"), expected);
        assert_eq!(words("OrdersDbConnectionErrors"), expected);
        assert_eq!(words("orders_db/connection.errors 12"), expected);
    }

    #[test]
    fn shared_words_count_nothing() {
        let alert = words("orders-app-db-errors");
        let scores = affinity(&alert, &[words("orders-app"), words("catalog-app")]);
        assert!(scores[0] > 0.0 && scores[1] == 0.0, "{scores:?}");
    }
}
