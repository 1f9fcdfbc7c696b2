//! The first pass: what is a name here, which accounts there are, what must not be passed on.

use crate::Redactor;
use crate::address::Addresses;
use crate::document::{self, Kind, Unreadable};
use crate::fields::{self, Field};
use crate::key::Key;
use crate::names::Learnt;
use crate::shape;
use crate::words::{is_everyday, runs};
use ipnet::Ipv4Net;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// Shortest value of a variable that is looked for elsewhere, too.
const SECRET_MIN: usize = 6;

/// Ends of host names that are not of AWS.
const TOP_LEVEL: [&str; 24] = [
    "com", "net", "org", "io", "dev", "app", "cloud", "local", "internal", "corp", "lan", "co", "ai", "tech",
    "de", "uk", "eu", "fr", "jp", "in", "us", "info", "biz", "example",
];

/// Learns what is in the documents of one incident.
#[derive(Debug)]
pub struct Survey {
    key: Key,
    learnt: Learnt,
    accounts: BTreeSet<String>,
    addresses: BTreeSet<Ipv4Addr>,
    vpcs: BTreeSet<Ipv4Net>,
    /// Values of variables, with their names.
    variables: BTreeSet<(String, String)>,
    /// Ids of prefix lists of AWS.
    kept_ids: BTreeSet<String>,
    /// Blocks of prefix lists, by list.
    blocks: Vec<(String, Ipv4Net)>,
}

impl Survey {
    /// Nothing learnt yet.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            learnt: Learnt::default(),
            accounts: BTreeSet::new(),
            addresses: BTreeSet::new(),
            vpcs: BTreeSet::new(),
            variables: BTreeSet::new(),
            kept_ids: BTreeSet::new(),
            blocks: Vec::new(),
        }
    }

    /// Learns the name of a file, which may hold an account.
    pub fn file_name(&mut self, name: &str) {
        self.accounts_in(name);
    }

    /// Learns from a file, and gives what of it cannot be read.
    pub fn look(&mut self, kind: Kind, text: &str) -> Vec<Unreadable> {
        document::look(self, kind, text)
    }

    /// All has been seen.
    #[must_use]
    pub fn finish(self) -> Redactor {
        let key = self.key;
        let kept_ids = self.kept_ids;
        let blocks = self.blocks.into_iter().filter(|(list, _)| kept_ids.contains(list)).map(|(_, net)| net);
        let addresses = Addresses::new(key.clone(), &self.addresses, blocks.collect(), &self.vpcs);
        let names = self.learnt.finish(&key);
        let accounts = accounts(&key, &self.accounts);
        let mut redactor = Redactor { key, names, addresses, accounts, secrets: BTreeSet::new(), kept_ids };
        let secrets: BTreeSet<_> = self
            .variables
            .into_iter()
            .filter(|(name, value)| fields::is_secret_variable(name) || !redactor.understands(value))
            .map(|(_, value)| value)
            .filter(|value| value.len() >= SECRET_MIN && !shape::is_uuid(value) && !is_everyday(value))
            .collect();
        redactor.secrets = secrets;
        redactor
    }

    /// A value of a JSON document, in the member of that name.
    pub(crate) fn value(&mut self, value: &Value, field: Field, name: &str) {
        match value {
            Value::Object(members) => self.object(members, name),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, field, name)),
            Value::String(text) => self.member(text, field, name),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>, name: &str) {
        self.prefix_list(members);
        if let Some(block) = members.get("CidrBlock").and_then(Value::as_str)
            && members.contains_key("VpcId")
            && !members.contains_key("SubnetId")
        {
            self.vpcs.extend(block.parse::<Ipv4Net>());
        }
        for (key, value) in members {
            self.text(key);
            let field = document::field(members, key, name);
            self.value(value, field, key);
        }
    }

    /// Prefix lists of AWS keep their ids and blocks: they are the same for everybody.
    fn prefix_list(&mut self, members: &Map<String, Value>) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let id = text("PrefixListId").or_else(|| {
            members
                .get("parameters")
                .and_then(|parameters| parameters.get("PrefixListId"))
                .and_then(Value::as_str)
        });
        let Some(id) = id else { return };
        let is_of_aws = text("OwnerId") == Some("AWS")
            || text("PrefixListName").is_some_and(|name| name.starts_with("com.amazonaws."));
        if is_of_aws {
            self.kept_ids.insert(id.to_owned());
        }
        let cidrs = members.get("Cidrs").and_then(Value::as_array).into_iter().flatten();
        let entries =
            members.get("output").and_then(|output| output.get("Entries")).and_then(Value::as_array);
        let entries = entries.into_iter().flatten().filter_map(|entry| entry.get("Cidr"));
        for net in cidrs.chain(entries).filter_map(Value::as_str).filter_map(|text| text.parse().ok()) {
            self.blocks.push((id.to_owned(), net));
        }
    }

    fn member(&mut self, text: &str, field: Field, name: &str) {
        if document::inner(text).is_some_and(|inner| {
            self.value(&inner, Field::Text, name);
            true
        }) {
            return;
        }
        self.text(text);
        match field {
            Field::Aws => self.learnt.protect(text),
            Field::Name => self.learnt.name(text),
            Field::Id if !runs(text).iter().any(|(run, _)| shape::is_hex(run)) => self.learnt.name(text),
            Field::Variable if !fields::is_blank(text) => {
                self.variables.insert((name.to_owned(), text.to_owned()));
            }
            Field::Secret if !fields::is_blank(text) && !text.contains(' ') => {
                self.variables.insert(("secret".to_owned(), text.to_owned()));
            }
            _ => {}
        }
        if name == "principalId"
            && let Some((_, session)) = text.split_once(':')
        {
            self.learnt.name(session);
        }
    }

    /// What says by its shape what it is, anywhere in a text.
    pub(crate) fn text(&mut self, text: &str) {
        self.accounts_in(text);
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+=$*?".contains(c);
        for part in text.split(|c| !is_part(c)).filter(|part| part.len() > 3) {
            let part = part.trim_end_matches(['.', ':']);
            if let Some(at) = part.find("arn:aws") {
                self.arn(part.get(at..).unwrap_or_default());
            } else if let Some((_, rest)) = part.split_once("://") {
                self.host(rest.split(['/', '?']).next().unwrap_or_default());
            } else if part.contains('.') {
                self.host(part.split('/').next().unwrap_or_default());
            }
            self.dotted(part);
        }
    }

    /// Twelve digits are an account where an ARN or a member says so, or as a whole.
    fn accounts_in(&mut self, text: &str) {
        if text.len() < 12 {
            return;
        }
        for digits in text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 12) {
            self.accounts.insert(digits.to_owned());
        }
    }

    /// Addresses in text.
    fn dotted(&mut self, part: &str) {
        for piece in part.split(['/', ':', '=', '@']) {
            if piece.matches('.').count() == 3
                && let Ok(address) = piece.parse::<Ipv4Addr>()
            {
                self.addresses.insert(address);
            }
        }
    }

    fn arn(&mut self, arn: &str) {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let [_, _, service, _, account, resource] = parts.as_slice() else { return };
        if *account == "aws" {
            self.learnt.keep(resource.rsplit('/').next().unwrap_or(resource));
            return;
        }
        // The first part of most is a type: `role/`, `function:`. Buckets, topics and queues have none.
        let has_type = !matches!(*service, "s3" | "sns" | "sqs");
        let skipped = usize::from(has_type && resource.contains(['/', ':']));
        for part in resource.split(['/', ':']).skip(skipped) {
            self.learnt.name(part);
        }
    }

    /// A host name: labels before those of AWS, or before the top level.
    fn host(&mut self, host: &str) {
        let host = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or_default();
        let labels: Vec<_> = host.split('.').collect();
        let is_label =
            |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if labels.len() < 2 || !labels.iter().all(is_label) || crate::names::is_known_host(host) {
            return;
        }
        let [front @ .., last] = labels.as_slice() else { return };
        if host.ends_with(".amazonaws.com")
            || host.ends_with(".amazonaws.com.cn")
            || host.ends_with(".internal")
        {
            front.iter().for_each(|label| self.learnt.name(label));
        } else if TOP_LEVEL.contains(last)
            && front.iter().any(|label| !label.bytes().all(|byte| byte.is_ascii_digit()))
        {
            front
                .iter()
                .filter(|label| !matches!(**label, "example"))
                .for_each(|label| self.learnt.name(label));
        }
    }
}

/// Another number for every account, none of which is one of them.
fn accounts(key: &Key, seen: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut taken = seen.clone();
    let mut all = BTreeMap::new();
    for number in seen {
        let other = (0..)
            .map(|attempt| shape::account(key, number, attempt))
            .find(|other| taken.insert(other.clone()));
        all.extend(other.map(|other| (number.clone(), other)));
    }
    all
}
