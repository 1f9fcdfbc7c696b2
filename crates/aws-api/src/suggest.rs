//! The name that was probably meant.

/// The name most like `given`, if one is alike: equal but for case, or few letters apart.
pub(crate) fn closest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let given = given.to_ascii_lowercase();
    // A third of the letters may be wrong; more is another word.
    let allowed = (given.len() / 3).clamp(1, 6);
    names
        .map(|name| (distance(&given, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Letters to insert, delete or replace (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in (1..).zip(left.chars()) {
        let mut diagonal = at - 1;
        let mut before = at;
        for (slot, other) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = *slot;
            *slot = replaced.min(before + 1).min(diagonal + 1);
            before = *slot;
        }
        if let Some(first) = row.first_mut() {
            *first = at;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood() {
        let names = ["DescribeInstances", "DescribeInstanceStatus", "DescribeVpcs"];
        assert_eq!(closest("describeinstances", names.into_iter()).as_deref(), Some("DescribeInstances"));
        assert_eq!(closest("DescribeVpc", names.into_iter()).as_deref(), Some("DescribeVpcs"));
        assert_eq!(closest("TerminateInstances", names.into_iter()), None);
        assert_eq!(closest("x", names.into_iter()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
