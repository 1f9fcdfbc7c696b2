//! Which application something belongs to, told by tags and stacks and never by the beginning of a name.

use serde_json::Value;

/// Tag keys that name an application, without separators and in small letters, the most explicit first. AWS tags the
/// resources of a myApplications application with `awsApplication` (AWS Resource Groups User Guide).
const APPLICATION_KEYS: [&str; 7] =
    ["awsapplication", "application", "app", "applicationname", "appname", "applicationid", "appid"];

/// Tag keys that name a part of an application.
const SERVICE_KEYS: [&str; 3] = ["service", "servicename", "workload"];

/// Set by AWS on what a stack or an environment makes (CloudFormation User Guide, resource tags; Elastic Beanstalk).
const STACK_KEYS: [&str; 2] = ["aws:cloudformation:stack-name", "elasticbeanstalk:environment-name"];

/// Tag keys that tell production from a copy of it.
const ENVIRONMENT_KEYS: [&str; 4] = ["environment", "env", "stage", "environmentname"];

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Application {
    /// In small letters, for comparison.
    folded: String,
    /// As it is written.
    pub(super) name: String,
    /// Where it is; empty where that is not known, or does not matter.
    account: String,
    /// As `account`. A stack is of one region, an application may be in several.
    region: String,
    environment: String,
}

impl Application {
    /// As a sender or a tag names it. An account often holds a copy of what another holds (production and test), so that
    /// the same name in two known accounts is not taken for the same application.
    pub(super) fn named(name: &str, account: &str) -> Option<Self> {
        let name = name.trim();
        // An ARN is the same application in every account.
        let account = if name.starts_with("arn:") { "" } else { account };
        (!name.is_empty()).then(|| Self {
            folded: name.to_lowercase(),
            name: name.to_owned(),
            account: account.to_owned(),
            region: String::new(),
            environment: String::new(),
        })
    }

    /// Out of the tags of a document. A tag that somebody set goes before the stack, which may hold several applications
    /// or only a part of one.
    pub(super) fn of_document(document: &Value, account: &str, region: &str) -> Option<Self> {
        let tags = tags(document);
        let find = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| tags.iter().find(|(name, _)| bare(name) == *key))
                .map(|(_, value)| *value)
        };
        let environment = find(&ENVIRONMENT_KEYS).unwrap_or_default().to_lowercase();
        if let Some(name) = find(&APPLICATION_KEYS).or_else(|| find(&SERVICE_KEYS)) {
            return Some(Self { environment, ..Self::named(name, account)? });
        }
        let is_stack = |name: &str| STACK_KEYS.contains(&name);
        let (_, stack) = tags.iter().find(|(name, _)| is_stack(name))?;
        Some(Self { region: region.to_owned(), environment, ..Self::named(stack, account)? })
    }

    /// Whether two names stand for one application: nothing that is known of both differs.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        self.folded == other.folded
            && agree(&self.account, &other.account)
            && agree(&self.region, &other.region)
            && agree(&self.environment, &other.environment)
    }
}

/// Names and values of a document's tags, in each of AWS's spellings.
fn tags(document: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for member in ["Tags", "TagSet", "TagList", "tags"] {
        match document.get(member) {
            Some(Value::Array(list)) => found.extend(list.iter().filter_map(|tag| {
                let text = |names: [&str; 2]| names.iter().find_map(|name| tag.get(name)?.as_str());
                Some((text(["Key", "key"])?, text(["Value", "value"])?))
            })),
            Some(Value::Object(map)) => {
                found.extend(map.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
            }
            _ => {}
        }
    }
    found.retain(|(_, value)| !value.trim().is_empty());
    found
}

/// `corp:App-Name` as `appname`: what stands behind the last `:` or `/`, without separators. AWS's own keys stay whole.
fn bare(key: &str) -> String {
    let last = if key.starts_with("aws:") { key } else { key.rsplit([':', '/']).next().unwrap_or(key) };
    last.chars().filter(|c| !matches!(c, '-' | '_' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(tags: Value, expected: Option<&str>) {
        let document = json!({"Tags": tags});
        let found = Application::of_document(&document, "111122223333", "eu-west-1");
        assert_eq!(found.map(|one| one.name).as_deref(), expected, "{document}");
    }

    #[test]
    fn tags_tell_the_application_and_a_set_one_goes_before_the_stack() {
        let stack = json!({"Key": "aws:cloudformation:stack-name", "Value": "prod-stack"});
        check(json!([stack]), Some("prod-stack"));
        check(json!([stack, {"Key": "corp:App-Name", "Value": "Orders"}]), Some("Orders"));
        check(json!([{"key": "service", "value": "cart"}]), Some("cart"));
        check(json!({"application": "shop", "service": "cart"}), Some("shop"));
        check(json!([{"Key": "Name", "Value": "orders-1"}, {"Key": "Team", "Value": "orders"}]), None);
        check(json!([{"Key": "Application", "Value": " "}]), None);
        check(Value::Null, None);
    }

    #[test]
    fn copies_of_an_application_are_not_the_application() {
        let read = |document: Value, account: &str, region: &str| {
            Application::of_document(&document, account, region).unwrap()
        };
        let app = |env: &str| json!({"Tags": {"app": "cart", "env": env}});
        let production = read(app("prod"), "111122223333", "eu-west-1");
        assert!(!production.is_same(&read(app("test"), "111122223333", "eu-west-1")));
        assert!(!production.is_same(&read(app("prod"), "444455556666", "eu-west-1")));
        assert!(production.is_same(&read(app("prod"), "111122223333", "us-east-1")));
        assert!(production.is_same(&Application::named("CART", "").unwrap()));
        let stack = json!({"Tags": {"aws:cloudformation:stack-name": "web"}});
        let here = read(stack.clone(), "111122223333", "eu-west-1");
        assert!(!here.is_same(&read(stack, "111122223333", "us-east-1")));
    }
}
