//! Cuts one answer into fragments.

use super::keys::{self, COMPANIONS, Shape};
use super::{Answer, DescribeError, Fragment, Part, Problem, raw};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Member of SearchTransitGatewayRoutes' answer: there are more routes than it returns.
const MORE_ROUTES: &str = "AdditionalRoutesAvailable";

/// Cuts one answer of a describe call.
///
/// `operation` is the API operation where it is known; without it the answer is recognised by its top-level keys alone
/// (a file of AWS CLI output, Batfish's packed files, np-guard's one object). `parameters` is the request's parameters
/// as JSON text, empty where they are not known: some answers name the resource they are about only there
/// (GetTransitGatewayRouteTableAssociations, DescribeTargetHealth, GetManagedPrefixListEntries).
///
/// Lists that are `null` count as empty; items that cannot be used become a [`Problem`] and the rest is kept.
///
/// # Errors
/// [`DescribeError`] when `output` is no JSON object.
pub fn fragments<'a>(
    operation: Option<&str>,
    parameters: &str,
    output: &'a str,
) -> Result<Answer<'a>, DescribeError> {
    let members = raw::members(output)
        .map_err(|error| DescribeError::Json(error.to_string()))?
        .ok_or_else(|| DescribeError::NotAnObject(output.trim_start().chars().take(20).collect()))?;
    let operation = operation.filter(|name| !name.is_empty());
    let mut cut =
        Cut { operation, request: Request::read(parameters), members: &members, answer: Answer::default() };
    if !cut.whole_answer(output) && !cut.permissions(output) {
        for (key, value) in &members {
            cut.key(key, value);
        }
    }
    if !cut.answer.problems.is_empty() {
        // An item that cannot be read may be any resource: nothing is known to be absent.
        cut.answer.listed.clear();
    }
    cut.answer.listed.sort_unstable();
    cut.answer.listed.dedup();
    Ok(cut.answer)
}

/// What the request asked for.
pub(super) struct Request {
    parameters: Value,
    /// Asked without ids and filters, so that the answer lists everything there is.
    complete: bool,
}

impl Request {
    fn read(parameters: &str) -> Self {
        if parameters.trim().is_empty() {
            return Self { parameters: Value::Null, complete: true };
        }
        let Ok(parameters) = serde_json::from_str::<Value>(parameters) else {
            return Self { parameters: Value::Null, complete: false };
        };
        // Page sizes and tokens choose no resources.
        let paging = [
            "MaxResults",
            "MaxItems",
            "MaxRecords",
            "MaxBuckets",
            "Limit",
            "PageSize",
            "NextToken",
            "ContinuationToken",
            "ExclusiveStartTableName",
            "Marker",
            "position",
            "DryRun",
        ];
        let selects = |(name, value): (&String, &Value)| {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            !empty && !paging.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        let complete = parameters.as_object().is_none_or(|all| !all.iter().any(selects));
        Self { parameters, complete }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)?.as_str()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.parameters.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether a list names one of these.
    pub(super) fn names(&self, list: &str, wanted: &[&str]) -> bool {
        let names = self.parameters.get(list).and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).any(|name| wanted.contains(&name))
    }
}

pub(super) struct Cut<'a, 'r> {
    pub(super) operation: Option<&'r str>,
    pub(super) request: Request,
    members: &'r [(Cow<'a, str>, &'a RawValue)],
    pub(super) answer: Answer<'a>,
}

impl<'a> Cut<'a, '_> {
    /// Answers that are about one resource as a whole, without a key that says so.
    fn whole_answer(&mut self, output: &'a str) -> bool {
        let is = |name: &str| self.operation.is_none_or(|operation| operation.starts_with(name));
        // The function's configuration is the answer itself.
        if let Some(arn) = self.member("FunctionArn").and_then(raw::text)
            && is("GetFunctionConfiguration")
            && self.member("FunctionName").is_some()
        {
            self.object(keys::FUNCTION, arn.into_owned(), Part::Object, output.trim());
            return true;
        }
        if self.operation.is_some_and(|name| name.starts_with("GetFunctionConcurrency"))
            && self.member("Error").is_none()
        {
            let name = self.request.text("FunctionName").map(str::to_owned);
            let Some(name) = name else { return false };
            // No member means that nothing is reserved.
            let value = self.member("ReservedConcurrentExecutions").map_or("null", RawValue::get);
            self.member_of(keys::FUNCTION, name, "ReservedConcurrentExecutions", Part::Value, value);
            return true;
        }
        self.vpc_attribute()
    }

    /// DescribeVpcAttribute: `{"VpcId": ..., "EnableDnsSupport": {"Value": true}}`.
    fn vpc_attribute(&mut self) -> bool {
        let attributes = ["EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"];
        if !attributes.iter().any(|name| self.member(name).is_some()) {
            return false;
        }
        let answered = self.member("VpcId").and_then(raw::text).map(Cow::into_owned);
        let Some(vpc) = answered.or_else(|| self.request.text("VpcId").map(str::to_owned)) else {
            return false;
        };
        for name in attributes {
            let Some(value) = self.member(name) else { continue };
            match raw::pick(value, ["Value"]) {
                Some([Some(set)]) if matches!(set.get(), "true" | "false") => {
                    self.member_of(keys::VPC, vpc.clone(), name, Part::Value, set.get());
                }
                _ if value.get() == "null" => {}
                _ => self.problem(name, None, "has no `Value` that is true or false"),
            }
        }
        true
    }

    fn key(&mut self, key: &str, value: &'a RawValue) {
        match keys::shape(key, self.operation) {
            Some(shape) => self.shape(key, shape, value),
            None => self.other_key(key, value),
        }
    }

    fn other_key(&mut self, key: &str, value: &'a RawValue) {
        let set = !matches!(value.get(), "null" | "\"\"" | "false");
        match key {
            "NextToken" | "nextToken" | "NextMarker" | "Marker" => self.answer.continues |= set,
            MORE_ROUTES => {}
            "ResponseMetadata" | "UpdateToken" | "Messages" => {}
            _ if COMPANIONS.iter().any(|(main, other)| *other == key && self.member(main).is_some()) => {}
            _ => self.answer.unknown_keys.push(key.to_owned()),
        }
    }

    fn shape(&mut self, key: &str, shape: Shape, value: &'a RawValue) {
        match shape {
            Shape::List { kind, id, part, all } => {
                if all {
                    self.lists(kind);
                }
                self.list(key, kind, id, part, value);
            }
            Shape::One { kind, id } => self.one(key, kind, id, value),
            // The classic load balancers' attributes are one object under the same key.
            Shape::Wrapped { .. } if value.get().starts_with('{') => {
                self.answer.unknown_keys.push(key.to_owned())
            }
            Shape::Wrapped { kind, id, inner, member } => {
                for (index, item) in self.items(key, value) {
                    match (raw::texts(item, [id]), raw::pick(item, [inner])) {
                        (Some([Some(id)]), Some([list])) => {
                            let list = list.map_or("[]", RawValue::get);
                            self.elements_of(key, kind, id.into_owned(), member, list);
                        }
                        _ => self.problem(key, Some(index), &missing(item, &[id])),
                    }
                }
            }
            Shape::Elements { kind, id, member } => {
                for (index, item) in self.items(key, value) {
                    match raw::texts(item, [id]) {
                        Some([Some(id)]) => {
                            self.member_of(kind, id.into_owned(), member, Part::Element, item.get())
                        }
                        _ => self.problem(key, Some(index), &missing(item, &[id])),
                    }
                }
            }
            Shape::Asked { kind, parameter, member } => self.asked(key, kind, parameter, member, value),
            Shape::Entries => self.entries(key, value),
            Shape::Reservations => {
                self.lists(keys::INSTANCE);
                for (index, reservation) in self.items(key, value) {
                    match raw::pick(reservation, ["Instances"]) {
                        Some([Some(instances)]) => {
                            self.instances(&format!("{key}[{index}].Instances"), instances)
                        }
                        _ => self.problem(key, Some(index), "has no Instances"),
                    }
                }
            }
            Shape::Instances => {
                self.lists(keys::INSTANCE);
                self.instances(key, value);
            }
            Shape::Listeners => {
                let balancer = self.request.text("LoadBalancerArn").map(str::to_owned);
                self.listeners(key, balancer.as_deref(), value);
            }
            Shape::PackedListeners => {
                for (index, item) in self.items(key, value) {
                    match (raw::texts(item, ["LoadBalancerArn"]), raw::pick(item, ["Listeners"])) {
                        (Some([Some(balancer)]), Some([Some(list)])) => {
                            self.listeners(&format!("{key}[{index}].Listeners"), Some(&*balancer), list);
                        }
                        _ => {
                            self.problem(key, Some(index), &missing(item, &["LoadBalancerArn", "Listeners"]))
                        }
                    }
                }
            }
            Shape::Ignored => {}
        }
    }

    fn list(&mut self, key: &str, kind: &'static str, ids: &[&str], part: Part, value: &'a RawValue) {
        for (index, item) in self.items(key, value) {
            let found = ids.iter().find_map(|id| raw::texts(item, [id]).and_then(|[id]| id));
            match found.filter(|id| !id.is_empty()) {
                Some(id) => self.object(kind, id.into_owned(), part, item.get()),
                None => self.problem(key, Some(index), &missing(item, ids)),
            }
        }
    }

    fn one(&mut self, key: &str, kind: &'static str, ids: &[&str], value: &'a RawValue) {
        let id = if ids.is_empty() {
            // Once per account and region: `compose` names it unless the object does.
            match raw::texts(value, ["AwsAccountId", "AwsRegion"]) {
                Some([Some(account), Some(region)]) => Some(format!("{account}/{region}")),
                Some(_) => Some(String::new()),
                None => None,
            }
        } else {
            ids.iter().find_map(|id| raw::texts(value, [id]).and_then(|[id]| id)).map(Cow::into_owned)
        };
        match id {
            Some(id) => {
                for (_, companion) in COMPANIONS.iter().filter(|(main, _)| *main == key) {
                    if let Some(other) = self.member(companion) {
                        self.member_of(kind, id.clone(), companion, Part::Value, other.get());
                    }
                }
                self.object(kind, id, Part::Object, value.get());
            }
            // Other services use these words too.
            None if matches!(key, "cluster" | "Configuration") => {
                self.answer.unknown_keys.push(key.to_owned())
            }
            None if value.get() == "null" => {}
            None => self.problem(key, None, &missing(value, ids)),
        }
    }

    fn asked(
        &mut self,
        key: &str,
        kind: &'static str,
        parameter: &str,
        member: &'static str,
        value: &'a RawValue,
    ) {
        let (kind, id) = match self.request.text(parameter) {
            Some(id) => (kind, id.to_owned()),
            None => match (key, self.request.text("TargetGroupArn")) {
                ("Attributes", Some(id)) => (keys::TARGET_GROUP, id.to_owned()),
                // Without the resource it is about it cannot be told from other services' answers.
                _ => return self.answer.unknown_keys.push(key.to_owned()),
            },
        };
        // SearchTransitGatewayRoutes has no pages: what is beyond its limit cannot be had, and the table says so.
        if let (keys::TGW_TABLE, "Routes", Some(more)) = (kind, member, self.member(MORE_ROUTES)) {
            self.member_of(kind, id.clone(), MORE_ROUTES, Part::Value, more.get());
        }
        self.elements_of(key, kind, id, member, value.get());
    }

    fn entries(&mut self, key: &str, value: &'a RawValue) {
        let Some(id) = self.request.text("PrefixListId").map(str::to_owned) else {
            return self.answer.unknown_keys.push(key.to_owned());
        };
        let mut cidrs = Vec::new();
        for (index, item) in self.items(key, value) {
            match raw::texts(item, ["Cidr"]) {
                Some([Some(cidr)]) => cidrs.push(Value::from(cidr)),
                _ => self.problem(key, Some(index), "has no Cidr"),
            }
        }
        let json = Cow::Owned(Value::from(cidrs).to_string());
        let part = Part::Elements;
        self.answer.fragments.push(Fragment {
            kind: keys::PREFIX_LIST,
            id,
            member: Some("Cidrs"),
            part,
            json,
        });
    }

    fn instances(&mut self, key: &str, value: &'a RawValue) {
        for (index, item) in self.items(key, value) {
            let Some([Some(id), interfaces]) = raw::pick(item, ["InstanceId", "NetworkInterfaces"]) else {
                self.problem(key, Some(index), &missing(item, &["InstanceId"]));
                continue;
            };
            match raw::text(id).filter(|id| !id.is_empty()) {
                Some(id) => self.object(keys::INSTANCE, id.into_owned(), Part::Object, item.get()),
                None => self.problem(key, Some(index), "has an InstanceId that is no text"),
            }
            let Some(interfaces) = interfaces else { continue };
            let inner = format!("{key}[{index}].NetworkInterfaces");
            for (index, interface) in self.items(&inner, interfaces) {
                match raw::texts(interface, ["NetworkInterfaceId"]) {
                    Some([Some(id)]) => {
                        self.object(keys::INTERFACE, id.into_owned(), Part::Embedded, interface.get())
                    }
                    _ => self.problem(&inner, Some(index), &missing(interface, &["NetworkInterfaceId"])),
                }
            }
        }
    }

    fn listeners(&mut self, key: &str, balancer: Option<&str>, value: &'a RawValue) {
        if let Some(balancer) = balancer {
            // Found nothing is a finding: the balancer has no listener.
            self.member_of(keys::LOAD_BALANCER, balancer.to_owned(), "Listeners", Part::Elements, "[]");
        }
        for (index, item) in self.items(key, value) {
            let Some([Some(id), own]) = raw::texts(item, ["ListenerArn", "LoadBalancerArn"]) else {
                self.problem(key, Some(index), &missing(item, &["ListenerArn"]));
                continue;
            };
            self.object(keys::LISTENER, id.into_owned(), Part::Object, item.get());
            if let Some(balancer) = own.as_deref().or(balancer) {
                self.member_of(
                    keys::LOAD_BALANCER,
                    balancer.to_owned(),
                    "Listeners",
                    Part::Element,
                    item.get(),
                );
            }
        }
    }

    pub(super) fn member(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    pub(super) fn lists(&mut self, kind: &'static str) {
        if self.request.complete {
            self.answer.listed.push(kind);
        }
    }

    pub(super) fn object(&mut self, kind: &'static str, id: String, part: Part, json: &'a str) {
        self.answer.fragments.push(Fragment { kind, id, member: None, part, json: Cow::Borrowed(json) });
    }

    pub(super) fn member_of(
        &mut self,
        kind: &'static str,
        id: String,
        member: &'static str,
        part: Part,
        json: &'a str,
    ) {
        self.answer.fragments.push(Fragment {
            kind,
            id,
            member: Some(member),
            part,
            json: Cow::Borrowed(json),
        });
    }

    fn elements_of(
        &mut self,
        key: &str,
        kind: &'static str,
        id: String,
        member: &'static str,
        json: &'a str,
    ) {
        match json.as_bytes().first() {
            Some(b'[') => self.member_of(kind, id, member, Part::Elements, json),
            Some(b'n') => self.member_of(kind, id, member, Part::Elements, "[]"),
            _ => self.problem(key, None, "is no list"),
        }
    }

    pub(super) fn problem(&mut self, key: &str, index: Option<usize>, what: &str) {
        let place = index.map_or_else(|| key.to_owned(), |index| format!("{key}[{index}]"));
        self.answer.problems.push(Problem { place, what: what.to_owned() });
    }

    /// The items of a list with their indices; `null` is an empty list, anything else a problem.
    pub(super) fn items(
        &mut self,
        key: &str,
        value: &'a RawValue,
    ) -> impl Iterator<Item = (usize, &'a RawValue)> + use<'a> {
        let items = raw::elements(value).unwrap_or_else(|| {
            self.problem(key, None, "is no list");
            Vec::new()
        });
        items.into_iter().enumerate()
    }
}

pub(super) fn missing(item: &RawValue, ids: &[&str]) -> String {
    match item.get().as_bytes().first() {
        Some(b'n') => "is null".to_owned(),
        Some(b'{') => format!("has no {}", ids.join(" or ")),
        _ => "is no object".to_owned(),
    }
}
