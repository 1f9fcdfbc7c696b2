//! The known word a mistyped one was meant to be.

/// The nearest of some words, when it is near enough: a third of its letters may be wrong.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word beyond any option's length is no typing mistake, and comparing it would take its square.
    const LENGTH_MAX: usize = 64;
    if word.len() > LENGTH_MAX {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let near = known.into_iter().map(|other| (distance(&word, other), other)).min()?;
    (near.0 <= near.1.len().div_ceil(3)).then_some(near.1)
}

/// Letters to add, leave out, replace or swap with their neighbour (restricted Damerau-Levenshtein distance).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<_> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (index, a) in left.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, b) in right.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let swapped = column
                .checked_sub(1)
                .filter(|previous| last == Some(*b) && right.get(*previous) == Some(&a))
                .map_or(usize::MAX, |previous| at(&before, previous) + 1);
            let replaced = at(&row, column) + usize::from(a != *b);
            let best = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1).min(swapped);
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(a);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn words_are_compared() {
        for (left, right, expected) in [
            ("", "", 0),
            ("role", "role", 0),
            ("rol", "role", 1),
            ("rloe", "role", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_near_is_offered() {
        let known = ["role", "role_arn", "regions", "external_id"];
        for (word, expected) in [
            ("rol", Some("role")),
            ("Role-Arn", Some("role_arn")),
            ("region", Some("regions")),
            ("externalid", Some("external_id")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(nearest(&"r".repeat(10_000), known), None);
    }
}
