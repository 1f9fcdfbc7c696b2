//! Where AWS's documents hold values that are not AWS's: variables, user data, parameters, outputs.

use super::{MARK, Redactor};
use crate::json::Node;
use std::collections::BTreeMap;

/// Objects whose every value is a variable's: App Runner, Amplify, CodeBuild overrides, Lambda (below `Environment`).
const MAPS: [&str; 5] = [
    "Variables",
    "RuntimeEnvironmentVariables",
    "environmentVariables",
    "EnvironmentVariables",
    "runtimeEnvironmentVariables",
];

/// Lists of `{name, value}`: ECS and Batch containers, CodeBuild projects and builds.
const LISTS: [&str; 4] =
    ["environment", "environmentVariables", "environmentVariablesOverride", "EnvironmentVariables"];

/// Members that are a secret as a whole: passwords of databases and brokers, keys handed out by STS and IAM, secret
/// values, pre-shared keys of VPN tunnels (also within the customer gateway's configuration file), API keys, user data.
const SECRETS: [&str; 19] = [
    "apikey",
    "authtoken",
    "clientsecret",
    "connectionstring",
    "customergatewayconfiguration",
    "keymaterial",
    "masteruserpassword",
    "masterpassword",
    "password",
    "presharedkey",
    "privatekey",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "sharedsecret",
    "userdata",
    "servicespecificpassword",
];

/// Members that name what the value beside them is.
const NAMES: [&str; 7] = ["Name", "name", "Key", "key", "ParameterKey", "OutputKey", "OptionName"];

/// Members that hold the value of what is named beside them.
const VALUES: [&str; 7] =
    ["Value", "value", "ParameterValue", "ResolvedValue", "OutputValue", "DefaultValue", "Default"];

/// Parts of names that mean a secret.
const SECRET_WORDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "connectionstring",
    "signingkey",
];

/// Ends of names that are about a secret without being one (`SecretArn`, `TokenExpiry`, `password_encryption`).
const ABOUT_WORDS: [&str; 13] = [
    "arn",
    "id",
    "name",
    "expiry",
    "expiration",
    "encryption",
    "policy",
    "rotation",
    "length",
    "ttl",
    "validity",
    "version",
    "enabled",
];

/// Options of Elastic Beanstalk environments in this namespace are the application's variables.
const BEANSTALK_VARIABLES: &str = "aws:elasticbeanstalk:application:environment";

impl Redactor {
    /// Redacts a document, all of it.
    pub(super) fn document(&self, node: &mut Node) {
        match node {
            Node::Object(members) => self.object(members),
            Node::List(nodes) => nodes.iter_mut().for_each(|node| self.document(node)),
            Node::Text(text) => {
                if let Some(scrubbed) = self.scrubbed(text) {
                    *text = scrubbed;
                }
            }
            Node::Plain(_) => {}
        }
    }

    fn object(&self, members: &mut BTreeMap<String, Node>) {
        if names_a_secret(members) {
            for value in VALUES {
                if let Some(node) = members.get_mut(value) {
                    self.hide(node);
                }
            }
        }
        for (name, node) in members {
            match &mut *node {
                Node::Object(_) if MAPS.contains(&name.as_str()) => self.hide(node),
                // SageMaker: a map of variables without a wrapper.
                Node::Object(inner) if name == "Environment" && inner.values().all(is_text) => {
                    self.hide(node)
                }
                // Configuration items of AWS Config: Lambda's, in lower case.
                Node::Object(inner) if name == "environment" => {
                    inner.get_mut("variables").into_iter().for_each(|variables| self.hide(variables));
                }
                Node::List(list) if LISTS.contains(&name.as_str()) => {
                    list.iter_mut().for_each(|variable| self.variable(variable));
                }
                Node::List(list) if name == "secrets" => {
                    list.iter_mut().for_each(|secret| self.secret(secret))
                }
                _ if SECRETS.contains(&name.to_ascii_lowercase().as_str()) => self.hide_texts(node),
                _ => {}
            }
            self.document(node);
        }
    }

    /// One `{name, value}` of a list of variables. CodeBuild may say that the value is a reference: it stays.
    fn variable(&self, variable: &mut Node) {
        let is_reference = matches!(
            variable.member("type").and_then(Node::as_text),
            Some("PARAMETER_STORE" | "SECRETS_MANAGER")
        );
        if let Node::Object(members) = variable
            && !is_reference
        {
            for (_, node) in members.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("value")) {
                self.hide(node);
            }
        }
    }

    /// One secret of an ECS container: `valueFrom` is the ARN of a secret or the name of a parameter, which decides
    /// about permissions and stays; somebody who wrote the secret itself there is protected.
    fn secret(&self, secret: &mut Node) {
        let Node::Object(members) = secret else { return };
        for (name, node) in members {
            let is_reference = name == "valueFrom"
                && node.as_text().is_some_and(|text| text.starts_with("arn:") || text.starts_with('/'));
            if name.to_ascii_lowercase().starts_with("value") && !is_reference {
                self.hide(node);
            }
        }
    }

    /// Hides every text and number below.
    fn hide(&self, node: &mut Node) {
        match node {
            Node::Plain(text) if text == "null" => {}
            Node::Plain(text) | Node::Text(text) => *node = Node::Text(self.mark(text)),
            Node::List(nodes) => nodes.iter_mut().for_each(|node| self.hide(node)),
            Node::Object(members) => members.values_mut().for_each(|node| self.hide(node)),
        }
    }

    /// Hides a text, or the texts of `{"Value": ...}` and lists; `true` and numbers are settings.
    fn hide_texts(&self, node: &mut Node) {
        match node {
            Node::Text(text) => *text = self.mark(text),
            Node::List(nodes) => nodes.iter_mut().for_each(|node| self.hide_texts(node)),
            Node::Object(members) => {
                if let Some(node) = members.get_mut("Value") {
                    self.hide_texts(node);
                }
            }
            Node::Plain(_) => {}
        }
    }

    /// A document within a text (a policy, a template): redacted inside, and written anew only if that changed it.
    pub(super) fn embedded(&self, text: &str) -> Option<String> {
        let trimmed = text.trim_start();
        if !(trimmed.starts_with('{') || trimmed.starts_with("[{")) {
            return None;
        }
        let before = Node::parse(text).ok()?;
        let mut after = before.clone();
        self.document(&mut after);
        (after != before).then(|| after.to_text())
    }
}

fn is_text(node: &Node) -> bool {
    matches!(node, Node::Text(_))
}

/// Whether an object says of itself that its value is secret.
fn names_a_secret(members: &BTreeMap<String, Node>) -> bool {
    let text = |name: &str| members.get(name).and_then(Node::as_text);
    let no_echo = members.get("NoEcho").is_some_and(|node| match node {
        Node::Plain(text) | Node::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    });
    no_echo
        || text("Type") == Some("SecureString")
        || text("Namespace") == Some(BEANSTALK_VARIABLES)
        || NAMES.iter().filter_map(|name| text(name)).any(means_secret)
}

/// Whether a name is that of a secret: `DbPassword`, `api-key`, but not `SecretArn`.
pub(super) fn means_secret(name: &str) -> bool {
    // A long text is a value somebody called a name.
    if name.len() > 256 || name.starts_with(MARK) {
        return false;
    }
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    SECRET_WORDS.iter().any(|word| plain.contains(word))
        && !ABOUT_WORDS.iter().any(|word| plain.ends_with(word))
}
