//! Cuts answers about permissions: policies, and who has them.
//!
//! What one call tells of a resource is a fragment for each member, so that the latest of several calls counts for each
//! member alone. A call about a member says that the resource is there; an error that says that the member is not there
//! is an answer, `{"Error": {"Code": ...}}`.

use super::calls::{self, Call, Special, Told};
use super::cut::{Cut, missing};
use super::keys::FUNCTION;
use super::settings;
use super::{Fragment, Part, raw};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Page tokens these services use.
const TOKENS: &[&str] = &[
    "NextToken",
    "nextToken",
    "NextMarker",
    "Marker",
    "ContinuationToken",
    "LastEvaluatedTableName",
    "position",
];

impl<'a> Cut<'a, '_> {
    /// Cuts an answer about permissions; `false` when it is none.
    pub(super) fn permissions(&mut self, output: &'a str) -> bool {
        let Some(call) = self.call() else { return false };
        let set = |value: &RawValue| !matches!(value.get(), "null" | "\"\"");
        self.answer.continues |= TOKENS.iter().any(|token| self.member(token).is_some_and(set));
        let error = self.member("Error").and_then(|error| raw::texts(error, ["Code"]));
        match (error.and_then(|[code]| code), call) {
            (Some(code), call) => self.absence(&code, call),
            (None, Call::Special(special)) => self.special(special, output),
            (None, call) => self.plain(call, output),
        }
        true
    }

    fn call(&self) -> Option<Call> {
        let Some(operation) = self.operation else {
            let details = calls::DETAILS
                .iter()
                .any(|(key, ..)| key.ends_with("DetailList") && self.member(key).is_some());
            return details.then_some(Call::Special(Special::AuthorizationDetails));
        };
        let fits = |mark: &str| mark.is_empty() || self.member(mark).is_some() || self.request.has(mark);
        // Settings first: their calls are told from those of the same name by what they ask.
        let mut rows = settings::CALLS.iter().chain(calls::CALLS);
        rows.find(|(name, mark, _)| *name == operation && fits(mark)).map(|(.., call)| *call)
    }

    /// An error that says that something is not there.
    fn absence(&mut self, code: &str, call: Call) {
        match call {
            Call::Element { kind, parameter, member, name, .. } if code.starts_with("NoSuchEntity") => {
                if let (Some(id), Some(element)) = (self.asked_for(parameter), self.asked_for(name)) {
                    let json = json!({ name: element }).to_string();
                    self.owned(kind, id, Some(member), Part::Gone, json);
                }
            }
            Call::Value { kind, parameter, member, none, .. } if none.contains(&code) => {
                let Some(id) = self.asked_for(parameter).filter(|_| !self.is_qualified(kind)) else { return };
                // The resource may be what was not found.
                if code != "ResourceNotFoundException" {
                    self.there(kind, &id);
                }
                self.member_of(kind, id, member, Part::Value, "null");
            }
            Call::Special(Special::SecretPolicy) if code == "ResourceNotFoundException" => {
                if let Some(id) = self.asked_for("SecretId").filter(|id| id.starts_with("arn:")) {
                    self.member_of(calls::SECRET, id, "ResourcePolicy", Part::Value, "null");
                }
            }
            _ => {}
        }
    }

    fn plain(&mut self, call: Call, output: &'a str) {
        match call {
            Call::One { kind, key, id, told } => {
                let value = if key.is_empty() { raw::whole(output) } else { self.member(key) };
                if let Some(value) = value {
                    self.told(key, None, kind, id, told, Part::Object, value);
                }
            }
            Call::All { kind, key, id, told, part } => {
                self.lists(kind);
                self.each(key, kind, id, told, part);
            }
            Call::Some { kind, key, id, told } => self.each(key, kind, id, told, Part::Partial),
            Call::Ids { kind, key } => {
                self.lists(kind);
                let Some(value) = self.member(key) else { return };
                for (index, item) in self.items(key, value) {
                    match raw::text(item) {
                        Some(id) => self.there(kind, &id),
                        None => self.problem(key, Some(index), "is no text"),
                    }
                }
            }
            Call::List { kind, parameter, key, member } => {
                let Some(id) = self.asked_for(parameter) else { return };
                self.there(kind, &id);
                self.listed(key, kind, id.clone(), member, self.member(key));
                self.default_version(kind, &id, member);
            }
            Call::Names { kind, parameter, key, member, name } => {
                let Some(id) = self.asked_for(parameter) else { return };
                let Some(value) = self.member(key) else { return };
                let names: Vec<_> = self.items(key, value).filter_map(|(_, item)| raw::text(item)).collect();
                let names: Vec<_> = names.iter().map(|text| json!({ name: text })).collect();
                self.there(kind, &id);
                self.owned(kind, id, Some(member), Part::Listed, Value::from(names).to_string());
            }
            Call::Element { kind, parameter, key, member, name } => {
                self.element(output, kind, parameter, key, member, name);
            }
            Call::Value { kind, parameter, key, member, .. } => {
                let id = self.asked_for(parameter).filter(|_| !self.is_qualified(kind));
                let (Some(id), Some(value)) = (id, self.member(key)) else { return };
                if kind == FUNCTION {
                    // Its statements change one by one: an object shows them. What a function is in the network is told
                    // by other calls alone.
                    let policy = raw::text(value).unwrap_or_else(|| value.get().into());
                    let policy = serde_json::from_str::<Value>(&policy).ok().filter(Value::is_object);
                    let json = policy.map_or_else(|| value.get().to_owned(), |policy| policy.to_string());
                    return self.owned(kind, id, Some(member), Part::Value, json);
                }
                self.there(kind, &id);
                self.member_of(kind, id, member, Part::Value, value.get());
            }
            Call::Special(_) => {}
        }
    }

    /// One element, read by its own call.
    fn element(
        &mut self,
        output: &'a str,
        kind: &'static str,
        parameter: &str,
        key: &str,
        member: &'static str,
        name: &str,
    ) {
        let value = if key.is_empty() { raw::whole(output) } else { self.member(key) };
        let (Some(id), Some(value)) = (self.asked_for(parameter), value) else { return };
        match raw::texts(value, [name]) {
            Some([Some(_)]) => {
                self.there(kind, &id);
                self.member_of(kind, id.clone(), member, Part::Told, value.get());
                let default = raw::pick(value, ["IsDefaultVersion", "VersionId"]);
                if let Some([Some(is_default), Some(version)]) = default
                    && is_default.get() == "true"
                {
                    self.member_of(kind, id, "DefaultVersionId", Part::Value, version.get());
                }
            }
            _ => self.problem(key, None, &missing(value, &[name])),
        }
    }

    /// The version that ListPolicyVersions marks as the one in force.
    fn default_version(&mut self, kind: &'static str, id: &str, member: &str) {
        let versions =
            self.member("Versions").filter(|_| (kind, member) == (calls::MANAGED_POLICY, "Versions"));
        for version in versions.and_then(raw::elements).unwrap_or_default() {
            if let Some([Some(is_default), Some(name)]) =
                raw::pick(version, ["IsDefaultVersion", "VersionId"])
                && is_default.get() == "true"
            {
                self.member_of(kind, id.to_owned(), "DefaultVersionId", Part::Value, name.get());
            }
        }
    }

    fn each(&mut self, key: &str, kind: &'static str, id: &str, told: Told, part: Part) {
        let Some(value) = self.member(key) else { return };
        for (index, item) in self.items(key, value) {
            self.told(key, Some(index), kind, id, told, part, item);
        }
    }

    /// An object and the members that are followed on their own; its id.
    #[expect(clippy::too_many_arguments, reason = "a row of the table and the place in the answer")]
    fn told(
        &mut self,
        key: &str,
        index: Option<usize>,
        kind: &'static str,
        id: &str,
        told: Told,
        part: Part,
        value: &'a RawValue,
    ) -> Option<String> {
        let Some([Some(id)]) =
            raw::texts(value, [id]).filter(|[id]| id.as_ref().is_some_and(|id| !id.is_empty()))
        else {
            self.problem(key, index, &missing(value, &[id]));
            return None;
        };
        let id = id.into_owned();
        self.object(kind, id.clone(), part, value.get());
        for member in told.lifts {
            if let Some([Some(found)]) = raw::pick(value, [member]) {
                self.member_of(kind, id.clone(), member, Part::Value, found.get());
            }
        }
        for member in told.tells {
            let found = raw::pick(value, [member]).and_then(|[found]| found).map_or("null", RawValue::get);
            self.member_of(kind, id.clone(), member, Part::Value, found);
        }
        for (name, member) in told.lists {
            let list = raw::pick(value, [name]).and_then(|[list]| list);
            self.listed(name, kind, id.clone(), member, list);
        }
        Some(id)
    }

    /// All elements of a list member; `null` and no list are an empty one.
    fn listed(
        &mut self,
        key: &str,
        kind: &'static str,
        id: String,
        member: &'static str,
        list: Option<&'a RawValue>,
    ) {
        match list.map_or("null", RawValue::get) {
            list if list.starts_with('[') => self.member_of(kind, id, member, Part::Listed, list),
            "null" => self.member_of(kind, id, member, Part::Listed, "[]"),
            _ => self.problem(key, None, "is no list"),
        }
    }

    fn special(&mut self, special: Special, output: &'a str) {
        match special {
            Special::AuthorizationDetails => self.authorization_details(),
            Special::QueueAttributes => self.queue_attributes(),
            Special::TopicAttributes => self.topic_attributes(),
            Special::SecretPolicy => self.secret_policy(),
            Special::OrganizationPolicy => self.organization_policy(),
            Special::PoliciesForTarget => self.policies_for_target(),
            Special::Parents => self.parents(),
            Special::Children => self.children("Children", None),
            Special::AccountsOfParent => self.children("Accounts", Some(calls::ACCOUNT)),
            Special::UnitsOfParent => self.children("OrganizationalUnits", Some(calls::UNIT)),
            Special::Function => self.function(),
            Special::Inside { kind, api, key, name } => self.inside(output, kind, api, key, name),
        }
    }

    /// A function's configuration and, beside it, what is reserved for it.
    fn function(&mut self) {
        let Some(configuration) = self.member("Configuration") else { return };
        let Some([Some(id)]) = raw::texts(configuration, ["FunctionArn"]) else {
            return self.problem("Configuration", None, &missing(configuration, &["FunctionArn"]));
        };
        self.object(FUNCTION, id.clone().into_owned(), Part::Object, configuration.get());
        if !self.is_qualified(FUNCTION) {
            let reserved = self
                .member("Concurrency")
                .and_then(|found| raw::pick(found, ["ReservedConcurrentExecutions"]));
            let reserved = reserved.and_then(|[found]| found).map_or("null", RawValue::get);
            self.member_of(FUNCTION, id.into_owned(), "ReservedConcurrentExecutions", Part::Value, reserved);
        }
    }

    /// Stages and resources have a name in their API alone: their id is `API/NAME`.
    fn inside(&mut self, output: &'a str, kind: &'static str, api: &str, key: &str, name: &str) {
        // The AWS CLI and the SDKs spell the parameters of REST APIs either way.
        let upper = format!(
            "{}{}",
            api.get(..1).unwrap_or_default().to_ascii_uppercase(),
            api.get(1..).unwrap_or_default()
        );
        let Some(api) = self.asked_for(api).or_else(|| self.asked_for(&upper)) else { return };
        let items: Vec<_> = if key.is_empty() {
            raw::whole(output).map(|item| (0, item)).into_iter().collect()
        } else {
            let Some(value) = self.member(key) else { return };
            self.items(key, value).collect()
        };
        for (index, item) in items {
            match raw::texts(item, [name]) {
                Some([Some(own)]) => self.object(kind, format!("{api}/{own}"), Part::Object, item.get()),
                _ => self.problem(key, Some(index), &missing(item, &[name])),
            }
        }
    }

    fn authorization_details(&mut self) {
        for (key, kind, told) in calls::DETAILS {
            let Some(value) = self.member(key) else { continue };
            // Managed policies of AWS are among them only where they are used.
            if *kind != calls::MANAGED_POLICY {
                self.lists(kind);
            }
            for (index, item) in self.items(key, value) {
                let Some(id) = self.told(key, Some(index), kind, "Arn", *told, Part::Object, item) else {
                    continue;
                };
                self.user_groups(kind, &id, item);
                let [profiles] = raw::pick(item, ["InstanceProfileList"]).unwrap_or_default();
                for profile in profiles.and_then(raw::elements).unwrap_or_default() {
                    let place = "InstanceProfileList";
                    let (kind, told) = (calls::INSTANCE_PROFILE, Told { lifts: &[], tells: &[], lists: &[] });
                    self.told(place, None, kind, "Arn", told, Part::Partial, profile);
                }
            }
        }
    }

    /// The details of a user name its groups; ListGroupsForUser describes them.
    fn user_groups(&mut self, kind: &'static str, id: &str, details: &'a RawValue) {
        if kind == calls::USER {
            let [groups] = raw::pick(details, ["GroupList"]).unwrap_or_default();
            let names = groups.and_then(raw::elements).unwrap_or_default();
            let names: Vec<_> = names.into_iter().filter_map(raw::text).collect();
            let groups: Vec<_> = names.iter().map(|name| json!({"GroupName": name})).collect();
            self.owned(kind, id.to_owned(), Some("Groups"), Part::Listed, Value::from(groups).to_string());
        }
    }

    fn queue_attributes(&mut self) {
        let Some(id) = self.asked_for("QueueUrl") else { return };
        let attributes = self.member("Attributes");
        if let Some(attributes) = attributes.filter(|attributes| attributes.get().starts_with('{')) {
            self.object(calls::QUEUE, id.clone(), Part::Partial, attributes.get());
        }
        // Only attributes that were asked for are answered, and only those that are set.
        for member in ["Policy", "KmsMasterKeyId"] {
            let found = attributes.and_then(|all| raw::pick(all, [member])).and_then(|[found]| found);
            let is_asked = self.request.names("AttributeNames", &[member, "All"]);
            if found.is_some() || is_asked {
                let json = found.map_or("null", RawValue::get);
                self.there(calls::QUEUE, &id);
                self.member_of(calls::QUEUE, id.clone(), member, Part::Value, json);
            }
        }
    }

    fn topic_attributes(&mut self) {
        let (Some(id), Some(attributes)) = (self.asked_for("TopicArn"), self.member("Attributes")) else {
            return;
        };
        let Some(found) = raw::pick(attributes, ["Policy", "KmsMasterKeyId"]) else { return };
        self.object(calls::TOPIC, id.clone(), Part::Object, attributes.get());
        for (member, value) in ["Policy", "KmsMasterKeyId"].into_iter().zip(found) {
            self.member_of(
                calls::TOPIC,
                id.clone(),
                member,
                Part::Value,
                value.map_or("null", RawValue::get),
            );
        }
    }

    fn secret_policy(&mut self) {
        let answered = self.member("ARN").and_then(raw::text).map(Cow::into_owned);
        let asked = || self.asked_for("SecretId").filter(|id| id.starts_with("arn:"));
        let Some(id) = answered.or_else(asked) else { return };
        let policy = self.member("ResourcePolicy").map_or("null", RawValue::get);
        self.there(calls::SECRET, &id);
        self.member_of(calls::SECRET, id, "ResourcePolicy", Part::Value, policy);
    }

    fn organization_policy(&mut self) {
        let Some(policy) = self.member("Policy") else { return };
        let Some([Some(summary), content]) = raw::pick(policy, ["PolicySummary", "Content"]) else {
            return self.problem("Policy", None, &missing(policy, &["PolicySummary"]));
        };
        let (kind, told) = (calls::ORGANIZATION_POLICY, Told { lifts: &[], tells: &[], lists: &[] });
        let id = self.told("Policy", None, kind, "Id", told, Part::Object, summary);
        if let (Some(id), Some(content)) = (id, content) {
            self.member_of(kind, id, "Content", Part::Value, content.get());
        }
    }

    fn policies_for_target(&mut self) {
        let (Some(target), Some(filter)) = (self.asked_for("TargetId"), self.asked_for("Filter")) else {
            return;
        };
        let (kind, told) = (calls::ORGANIZATION_POLICY, Told { lifts: &[], tells: &[], lists: &[] });
        self.each("Policies", kind, "Id", told, Part::Partial);
        let member = match filter.as_str() {
            "SERVICE_CONTROL_POLICY" => "ServiceControlPolicies",
            "RESOURCE_CONTROL_POLICY" => "ResourceControlPolicies",
            _ => return,
        };
        if let Some(kind) = target_kind(&target) {
            self.there(kind, &target);
            self.listed("Policies", kind, target, member, self.member("Policies"));
        }
    }

    fn parents(&mut self) {
        let (Some(child), Some(parents)) = (self.asked_for("ChildId"), self.member("Parents")) else {
            return;
        };
        let Some(kind) = target_kind(&child) else { return };
        for (index, parent) in self.items("Parents", parents) {
            match raw::pick(parent, ["Id"]) {
                Some([Some(id)]) => {
                    self.there(kind, &child);
                    self.member_of(kind, child.clone(), "ParentId", Part::Value, id.get());
                }
                _ => self.problem("Parents", Some(index), &missing(parent, &["Id"])),
            }
        }
    }

    /// What is below a parent; without a kind the children are only named.
    fn children(&mut self, key: &str, kind: Option<&'static str>) {
        let (Some(parent), Some(children)) = (self.asked_for("ParentId"), self.member(key)) else { return };
        for (index, child) in self.items(key, children) {
            let Some([Some(id)]) = raw::texts(child, ["Id"]) else {
                self.problem(key, Some(index), &missing(child, &["Id"]));
                continue;
            };
            let Some(known) = kind.or_else(|| target_kind(&id)) else { continue };
            match kind {
                Some(kind) => self.object(kind, id.to_string(), Part::Partial, child.get()),
                None => self.there(known, &id),
            }
            let json = Value::from(parent.as_str()).to_string();
            self.owned(known, id.into_owned(), Some("ParentId"), Part::Value, json);
        }
    }

    /// A qualified function is a version or an alias: it has a policy of its own.
    fn is_qualified(&self, kind: &str) -> bool {
        let name = self.asked_for("FunctionName").unwrap_or_default();
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER], ACCOUNT:function:NAME[:QUALIFIER], NAME[:QUALIFIER]
        let rest = name.split_once(":function:").map_or(name.as_str(), |(_, rest)| rest);
        kind == FUNCTION && (rest.contains(':') || self.request.has("Qualifier"))
    }

    fn asked_for(&self, parameter: &str) -> Option<String> {
        self.request.text(parameter).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The resource is there, and the call tells nothing of its own members.
    fn there(&mut self, kind: &'static str, id: &str) {
        self.object(kind, id.to_owned(), Part::Partial, "{}");
    }

    fn owned(
        &mut self,
        kind: &'static str,
        id: String,
        member: Option<&'static str>,
        part: Part,
        json: String,
    ) {
        self.answer.fragments.push(Fragment { kind, id, member, part, json: Cow::Owned(json) });
    }
}

/// What a policy can be attached to, by the form of its id (Organizations API reference, PolicyTargetSummary, TargetId).
fn target_kind(id: &str) -> Option<&'static str> {
    match id {
        _ if id.starts_with("r-") => Some(calls::ROOT),
        _ if id.starts_with("ou-") => Some(calls::UNIT),
        _ if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => Some(calls::ACCOUNT),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
