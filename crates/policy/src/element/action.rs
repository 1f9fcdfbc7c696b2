//! `Action` and `NotAction`: service and name are compared without case, `*` and `?` stand anywhere in the name (IAM User
//! Guide, `reference_policies_elements_action`).

use crate::pattern::Pattern;

/// The first bytes of an action as a number. Comparing them tells most actions apart without reading either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head(u64);

impl Head {
    pub(crate) fn of(lower_case_action: &str) -> Self {
        let bytes = lower_case_action.bytes().chain(std::iter::repeat(0)).take(8);
        Self(bytes.fold(0, |head, byte| (head << 8) | u64::from(byte)))
    }
}

/// An action with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The first bytes before any wildcard; the mask says how many.
    head: u64,
    mask: u64,
    pattern: Pattern,
}

/// The actions of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actions {
    is_negated: bool,
    entries: Box<[Entry]>,
}

impl Actions {
    pub(crate) fn new(entries: &[String], is_negated: bool) -> Self {
        let entry = |entry: &String| {
            let lower = entry.to_ascii_lowercase();
            let literal = lower.find(['*', '?']).unwrap_or(lower.len()).min(8);
            let mask = u64::MAX.checked_shl(64 - 8 * u32::try_from(literal).unwrap_or(8)).unwrap_or(0);
            Entry { head: Head::of(&lower).0 & mask, mask, pattern: Pattern::of_text(&lower) }
        };
        Self { is_negated, entries: entries.iter().map(entry).collect() }
    }

    /// What keeps an entry from being one, if anything does.
    pub(crate) fn fault(entry: &str) -> Option<String> {
        if !entry.is_empty() && entry.bytes().all(|b| b == b'*') {
            return None;
        }
        let is_valid = match entry.split_once(':') {
            Some((service, name)) => !service.is_empty() && !name.is_empty() && !name.contains(':'),
            None => false,
        };
        (!is_valid).then(|| format!("`{entry}` is no action; write it as `s3:GetObject`, `s3:Get*` or `*`"))
    }

    /// Whether they hold an action, given in lower case with its head.
    #[inline]
    pub(crate) fn matches(&self, head: Head, lower_case_action: &str) -> bool {
        let is_it =
            |entry: &Entry| (head.0 & entry.mask) == entry.head && entry.pattern.matches(lower_case_action);
        self.entries.iter().any(is_it) != self.is_negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_compared_without_case_and_with_wildcards() {
        let check = |entry: &str, action: &str, expected: bool| {
            let actions = |is_negated| Actions::new(&[entry.to_owned()], is_negated);
            let head = Head::of(action);
            assert_eq!(actions(false).matches(head, action), expected, "{entry} {action}");
            assert_eq!(actions(true).matches(head, action), !expected, "not {entry} {action}");
        };
        check("*", "s3:getobject", true);
        check("S3:GETOBJECT", "s3:getobject", true);
        check("s3:*", "s3:getobject", true);
        check("s3:*", "s3express:createsession", false);
        check("s3:Get?bject", "s3:getobject", true);
        check("s3:Get??bject", "s3:getobject", false);
        check("s3:*Object*", "s3:putobjectacl", true);
        check("s3:Get*", "s3:putobject", false);
        check("*:*", "ec2:describevpcs", true);
        check("a:b", "a:b", true);
        check("a:b", "a:bc", false);
        check("a:b*", "a:b", true);
        check("aps:Get*", "aps:getx", true);
        check("aps:GetX*", "aps:get", false);
        let head = Head::of("iam:getrole");
        assert!(!Actions::new(&[], false).matches(head, "iam:getrole"));
        assert!(Actions::new(&["s3:*".to_owned(), "ec2:*".to_owned()], true).matches(head, "iam:getrole"));
    }

    #[test]
    fn entries_that_are_no_action_say_so() {
        for entry in ["", "GetObject", "s3:", ":GetObject", "s3:Get:Object"] {
            assert!(Actions::fault(entry).is_some_and(|fault| fault.contains(entry)), "{entry}");
        }
        for entry in ["*", "s3:*", "S3:Get?bject", "*:*"] {
            assert_eq!(Actions::fault(entry), None);
        }
    }
}
