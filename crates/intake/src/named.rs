//! What a payload names: ARNs, ids of resources, values of dimensions, and where they are.

use serde_json::Value;

/// A message names few resources; a longer list is a dump, and helps nobody to group.
const RESOURCES_MAX: usize = 64;
/// As deep as a payload is looked into.
const DEPTH_MAX: usize = 12;

/// The resources of one message; each once, in the order they are named.
#[derive(Debug, Default)]
pub(crate) struct Named(Vec<String>);

impl Named {
    /// One that the format says is a resource.
    pub(crate) fn add(&mut self, name: &str) {
        let name = name.trim();
        let is_new = !name.is_empty() && name.len() <= 2048 && !self.0.iter().any(|known| known == name);
        if is_new && self.0.len() < RESOURCES_MAX {
            self.0.push(name.to_owned());
        }
    }

    /// Every ARN and id in the texts of a value.
    pub(crate) fn within(&mut self, value: &Value) {
        self.walk(value, 0);
    }

    fn walk(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::String(text) => self.words(text),
            Value::Array(list) => list.iter().for_each(|value| self.walk(value, depth + 1)),
            Value::Object(members) => members.values().for_each(|value| self.walk(value, depth + 1)),
            _ => {}
        }
    }

    /// Every ARN and id in a text.
    pub(crate) fn words(&mut self, text: &str) {
        let ends = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>=|\\".contains(c);
        for word in text.split(ends) {
            let word = word.trim_end_matches(['.', ':', '!', '?']);
            if let Some(arn) = Arn::parse(word) {
                // The alarm and the topic say who speaks, not what is broken.
                if !arn.is_messenger {
                    self.add(word);
                }
                continue;
            }
            for part in word.split(['/', ':']).filter(|part| is_id(part)) {
                self.add(part);
            }
        }
    }

    pub(crate) fn list(self) -> Vec<String> {
        self.0
    }
}

/// `i-0abc...`, `vpc-...`: lower-case letters (with hyphens between), then 8 or 17 hexadecimal digits (EC2 User Guide,
/// "Resource IDs").
fn is_id(text: &str) -> bool {
    let Some((kind, digits)) = text.rsplit_once('-') else { return false };
    let is_kind = kind.starts_with(|c: char| c.is_ascii_lowercase())
        && kind.len() <= 24
        && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_kind
        && matches!(digits.len(), 8 | 17)
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && digits.bytes().any(|byte| byte.is_ascii_digit())
}

/// Where an ARN says its resource is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arn {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// A CloudWatch alarm or an SNS topic.
    is_messenger: bool,
}

impl Arn {
    /// `arn:partition:service:region:account:resource`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if !partition.starts_with("aws") || service.is_empty() || resource.is_empty() {
            return None;
        }
        let given = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        let is_messenger = service == "sns" || service == "cloudwatch" && resource.starts_with("alarm:");
        Some(Self { account: given(account), region: given(region), is_messenger })
    }

    /// Of an ARN that may be missing or none.
    pub(crate) fn of(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or_default()
    }
}

/// A text that has the form of a region's code (`us-east-1`, `us-gov-west-1`).
pub(crate) fn region_code(text: &str) -> Option<String> {
    let text = text.trim();
    let is_code = text.ends_with(|c: char| c.is_ascii_digit())
        && text.split('-').count() >= 3
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_code.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Named, region_code};

    fn check(text: &str, expected: &[&str]) {
        let mut named = Named::default();
        named.words(text);
        assert_eq!(named.list(), expected, "{text}");
    }

    #[test]
    fn arns_and_ids_are_found_in_words() {
        check("host i-0123456789abcdef0 is down, i-0123456789abcdef0.", &["i-0123456789abcdef0"]);
        check(
            "(vpc-1a2b3c4d) and subnet-0123456789abcdef0/eni-12345678",
            &["vpc-1a2b3c4d", "subnet-0123456789abcdef0", "eni-12345678"],
        );
        check(
            "see arn:aws:rds:us-east-1:111122223333:db:orders!",
            &["arn:aws:rds:us-east-1:111122223333:db:orders"],
        );
        check("arn:aws:cloudwatch:us-east-1:111122223333:alarm:a arn:aws:sns:us-east-1:1:t", &[]);
        check("high-error-rate on-deadbeef 2026-05-02 long-0123456 arn:x", &[]);
    }

    #[test]
    fn regions_by_code_alone() {
        assert_eq!(region_code("us-gov-west-1").as_deref(), Some("us-gov-west-1"));
        assert_eq!(region_code("US East (N. Virginia)"), None);
    }
}
