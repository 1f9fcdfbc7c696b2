//! `Action` and `NotAction`: service and name are compared without case, `*` and `?` stand anywhere in the name (IAM User
//! Guide, `reference_policies_elements_action`).

use crate::pattern::Pattern;

/// The actions of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actions {
    is_negated: bool,
    patterns: Box<[Pattern]>,
}

impl Actions {
    pub(crate) fn new(entries: &[String], is_negated: bool) -> Self {
        let pattern = |entry: &String| Pattern::of_text(&entry.to_ascii_lowercase());
        Self { is_negated, patterns: entries.iter().map(pattern).collect() }
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

    /// Whether they hold an action, given in lower case.
    #[inline]
    pub(crate) fn matches(&self, lower_case_action: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(lower_case_action)) != self.is_negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_compared_without_case_and_with_wildcards() {
        let check = |entry: &str, action: &str, expected: bool| {
            let actions = |is_negated| Actions::new(&[entry.to_owned()], is_negated);
            assert_eq!(actions(false).matches(action), expected, "{entry} {action}");
            assert_eq!(actions(true).matches(action), !expected, "not {entry} {action}");
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
        assert!(!Actions::new(&[], false).matches("s3:getobject"));
        assert!(Actions::new(&["s3:*".to_owned(), "ec2:*".to_owned()], true).matches("iam:getrole"));
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
