//! Cases made up from a number, in the schema of `tests/data/iam-policy-cases`: a small alphabet, so that statements often match.
//!
//! The same number gives the same case, byte for byte.

#![allow(dead_code, reason = "every user of this file needs another part of it")]
#![allow(clippy::indexing_slicing, reason = "this is test code; examples use it as well")]

use serde_json::{Map, Value, json};

/// A sequence of numbers that look random: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators, scrambled", 2016), so that a seed means the same case everywhere and for ever.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Neighbouring seeds give unrelated sequences.
    pub fn new(seed: u64) -> Self {
        let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((mixed ^ (mixed >> 31)).max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 up to, not including, `end`; 0 for an `end` of 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() >> 11) as usize % end }
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them; panics where there is none, which a generator must not ask for.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One, seldom more of them.
    fn some<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        let count = *self.pick(&[1, 1, 1, 1, 2, 2, 3]);
        (0..count).map(|_| self.pick(from).clone()).collect()
    }
}

/// The accounts.
pub const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

/// A caller: ARN or name, the role behind, `aws:username`, `aws:userid`.
type Caller = (&'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>);

/// Callers of every kind.
const CALLERS: [Caller; 14] = [
    ("arn:aws:iam::111111111111:user/ann", None, Some("ann"), Some("AIDAANNANNANNANNANNAN")),
    ("arn:aws:iam::111111111111:user/team/bob", None, Some("bob"), Some("AIDABOBBOBBOBBOBBOBBO")),
    ("arn:aws:iam::222222222222:user/cat", None, Some("cat"), Some("AIDACATCATCATCATCATCA")),
    (
        "arn:aws:sts::111111111111:assumed-role/app/s1",
        Some("arn:aws:iam::111111111111:role/app"),
        None,
        Some("AROAAPPAPPAPPAPPAPPAP:s1"),
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/app/s2",
        Some("arn:aws:iam::111111111111:role/app"),
        None,
        Some("AROAAPPAPPAPPAPPAPPAP:s2"),
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/ops/s1",
        Some("arn:aws:iam::111111111111:role/deep/ops"),
        None,
        Some("AROAOPSOPSOPSOPSOPSOP:s1"),
    ),
    (
        "arn:aws:sts::222222222222:assumed-role/app/s1",
        Some("arn:aws:iam::222222222222:role/app"),
        None,
        Some("AROAAPP2APP2APP2APP2A:s1"),
    ),
    ("arn:aws:iam::111111111111:role/app", Some("arn:aws:iam::111111111111:role/app"), None, None),
    ("arn:aws:iam::111111111111:root", None, None, None),
    ("arn:aws:sts::111111111111:federated-user/ann", None, None, None),
    (
        "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForX/s",
        Some("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
        None,
        None,
    ),
    ("s3.amazonaws.com", None, None, None),
    ("lambda.amazonaws.com", None, None, None),
    ("ANONYMOUS", None, None, None),
];

/// Actions, and resources they may be asked of; `*` where they know none.
const ACTIONS: [(&str, &[&str]); 9] = [
    ("s3:GetObject", &["arn:aws:s3:::b/k", "arn:aws:s3:::b/ann/k", "arn:aws:s3:::c/k:1"]),
    ("s3:ListBucket", &["arn:aws:s3:::b", "arn:aws:s3:::c"]),
    ("s3:ListAllMyBuckets", &["*"]),
    (
        "dynamodb:Query",
        &[
            "arn:aws:dynamodb:us-east-1:111111111111:table/t",
            "arn:aws:dynamodb:us-east-1:222222222222:table/t/index/i",
        ],
    ),
    (
        "kms:Decrypt",
        &["arn:aws:kms:us-east-1:111111111111:key/1", "arn:aws:kms:us-east-1:222222222222:key/2"],
    ),
    ("kms:RetireGrant", &["arn:aws:kms:us-east-1:111111111111:key/1"]),
    ("sts:AssumeRole", &["arn:aws:iam::111111111111:role/target", "arn:aws:iam::222222222222:role/target"]),
    ("ec2:StartInstances", &["arn:aws:ec2:us-east-1:111111111111:instance/i-1"]),
    ("sqs:SendMessage", &["arn:aws:sqs:us-east-1:111111111111:q", "arn:aws:sqs:us-east-1:222222222222:q"]),
];

const ACTION_PATTERNS: [&str; 10] = [
    "*",
    "*",
    "{service}:*",
    "{action}",
    "{action}",
    "{upper}",
    "s3:Get*",
    "S3:List?ucket",
    "kms:*",
    "{service}:?*",
];

const RESOURCE_PATTERNS: [&str; 19] = [
    "*",
    "*",
    "*",
    "{resource}",
    "{resource}",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::?",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:username, 'ann'}/k",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:dynamodb:us-*:table/t",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:*:us-east-1:111111111111:*",
    "arn:aws:*:*:111111111111:*",
    "arn:aws:kms:us-east-1:*:key/?",
    "arn:*",
    "arn:aws:s3",
    "arn:aws:iam::*:role/target",
];

const PRINCIPALS: [&str; 16] = [
    "*",
    "111111111111",
    "222222222222",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:user/ann",
    "arn:aws:iam::111111111111:user/team/bob",
    "arn:aws:iam::222222222222:user/cat",
    "arn:aws:iam::111111111111:role/app",
    "arn:aws:iam::222222222222:role/app",
    "arn:aws:iam::111111111111:role/deep/ops",
    "arn:aws:sts::111111111111:assumed-role/app/s1",
    "arn:aws:sts::111111111111:assumed-role/ops/s1",
    "arn:aws:sts::111111111111:federated-user/ann",
    "AROAAPPAPPAPPAPPAPPAP",
    "AIDAANNANNANNANNANNAN",
    "{caller}",
];

/// Context keys: name, family, whether multivalued, values a request may have.
const KEYS: [(&str, &str, bool, &[&str]); 12] = [
    ("aws:SourceIp", "Ip", false, &["192.0.2.7", "198.51.100.1", "2001:db8::1"]),
    ("aws:SourceVpce", "String", false, &["vpce-1", "vpce-2"]),
    ("aws:PrincipalTag/team", "String", false, &["a", "A", "b"]),
    ("aws:ResourceTag/env", "String", false, &["prod", "a"]),
    ("aws:TagKeys", "String", true, &["a", "b", "A"]),
    ("aws:MultiFactorAuthPresent", "Bool", false, &["true", "false"]),
    ("aws:CurrentTime", "Date", false, &["2026-05-02T13:37:00Z", "2026-05-03T00:00:00Z", "1777729020"]),
    ("s3:max-keys", "Numeric", false, &["5", "10", "10.0"]),
    ("aws:SourceArn", "Arn", false, &["arn:aws:s3:::b", "arn:aws:sns:us-east-1:111111111111:t"]),
    ("aws:PrincipalOrgID", "String", false, &["o-1", "o-2"]),
    ("aws:PrincipalArn", "Arn", false, &[]),
    ("aws:username", "String", false, &[]),
];

/// Values a policy may compare a key with, by family.
fn policy_values(family: &str) -> &'static [&'static str] {
    match family {
        "Ip" => &["192.0.2.0/24", "192.0.2.7", "192.0.2.7/32", "2001:db8::/32", "0.0.0.0/0"],
        "Bool" => &["true", "false"],
        "Date" => &["2026-05-02T13:37:00Z", "2026-05-02T00:00:00Z", "1777729020", "2026-06-01T00:00:00Z"],
        "Numeric" => &["5", "9.5", "10"],
        "Arn" => &[
            "arn:aws:s3:::b",
            "arn:aws:s3:::*",
            "arn:aws:*:*:111111111111:*",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::*:user/ann",
            "arn:aws:iam::111111111111:role/app",
            "arn:aws:iam::*:user/${aws:username}",
            "arn:*",
        ],
        _ => &[
            "a",
            "A",
            "b",
            "o-1",
            "vpce-1",
            "prod",
            "?",
            "vpce-*",
            "*",
            "${aws:PrincipalTag/team}",
            "${aws:username}",
            "${aws:username, 'a'}",
            "${*}",
        ],
    }
}

/// Operators of a family.
fn operators(family: &str) -> &'static [&'static str] {
    match family {
        "Ip" => &["IpAddress", "NotIpAddress"],
        "Bool" => &["Bool"],
        "Date" => &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        "Numeric" => &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        "Arn" => &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringEquals", "StringNotLike"],
        _ => &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
    }
}

/// A complete case.
pub fn case(seed: u64) -> Value {
    let mut random = Random::new(seed);
    let random = &mut random;
    let (action, resources) = *random.pick(&ACTIONS);
    let (mut caller, role, user, id) = *random.pick(&CALLERS);
    let mut action = action;
    if action == "sts:AssumeRole" && random.chance(20) {
        (caller, action) = ("token.example.com", "sts:AssumeRoleWithWebIdentity");
    }
    let is_federated = caller == "token.example.com";
    let resource = *random.pick(resources);
    let owner = resource.split(':').nth(4).filter(|account| !account.is_empty());
    let mut maker = Maker { random, action, resource, caller };
    let context = if is_federated { maker.context(None, None, None) } else { maker.context(role, user, id) };
    let mut case = json!({
        "id": format!("seed-{seed}"), "principal": caller, "action": action, "resource": resource,
        "resource_account": owner.unwrap_or(*maker.random.pick(&ACCOUNTS)), "context": context,
    });
    if resource == "*" {
        case["wildcard_only_action"] = json!(true);
        case["resource_account"] = caller.split(':').nth(4).unwrap_or(ACCOUNTS[0]).into();
    }
    maker.policies(&mut case);
    case
}

struct Maker<'a> {
    random: &'a mut Random,
    action: &'static str,
    resource: &'static str,
    caller: &'static str,
}

impl Maker<'_> {
    fn context(&mut self, role: Option<&str>, user: Option<&str>, id: Option<&str>) -> Value {
        let mut context = Map::new();
        for (name, _, is_many, values) in KEYS {
            if values.is_empty() || self.random.chance(45) {
                continue;
            }
            let value = if is_many {
                let count = self.random.below(3);
                json!((0..count).map(|_| *self.random.pick(values)).collect::<Vec<_>>())
            } else {
                json!(self.random.pick(values))
            };
            let name = if self.random.chance(10) { name.to_ascii_uppercase() } else { name.to_owned() };
            context.insert(name, value);
        }
        if let Some(arn) = role.or(self.caller.starts_with("arn:").then_some(self.caller)) {
            context.insert("aws:PrincipalArn".to_owned(), json!(arn));
        }
        context.extend(user.map(|user| ("aws:username".to_owned(), json!(user))));
        context.extend(id.map(|id| ("aws:userid".to_owned(), json!(id))));
        Value::Object(context)
    }

    fn service(&self) -> &'static str {
        self.action.split(':').next().unwrap_or("")
    }

    fn policies(&mut self, case: &mut Value) {
        let is_iam = self.caller.starts_with("arn:");
        let is_root = self.caller.ends_with(":root");
        let is_session = self.caller.contains(":sts:");
        let is_limited = is_iam && !is_root && self.caller.starts_with("arn:aws:iam")
            || self.caller.contains("assumed-role");
        let count = self.random.below(3);
        let count = if is_iam && !is_root { count } else { 0 };
        case["identity"] = (0..count).map(|_| self.policy("identity")).collect();
        if self.random.chance(60) || !is_iam {
            case["resource_policy"] = self.policy("resource");
        }
        if is_limited && self.random.chance(30) {
            case["boundary"] = self.policy("boundary");
        }
        if is_session && self.random.chance(30) {
            case["session"] = self.policy("session");
        }
        if self.random.chance(30) {
            case["vpce"] = self.policy("vpce");
        }
        for name in ["scp", "rcp"] {
            if self.random.chance(25) {
                let count = 1 + self.random.below(3);
                let level = |maker: &mut Self| {
                    let count = 1 + maker.random.below(2);
                    (0..count).map(|_| maker.policy(name)).collect::<Value>()
                };
                case[name] = (0..count).map(|_| level(self)).collect();
            }
        }
    }

    fn policy(&mut self, layer: &str) -> Value {
        let count = *self.random.pick(&[1, 1, 2, 2, 3]);
        let mut statements: Vec<Value> = (0..count).map(|at| self.statement(layer, at)).collect();
        // Layers that only limit mostly allow everything but something.
        let percent = if matches!(layer, "identity" | "resource" | "rcp") { 20 } else { 60 };
        if layer != "rcp" && self.random.chance(percent) {
            let mut statement = json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
            if matches!(layer, "resource" | "vpce") {
                statement["Principal"] = "*".into();
            }
            if layer == "resource" {
                statement["Action"] = format!("{}:*", self.service()).into();
                statement["Principal"] = json!({ "AWS": self.random.pick(&ACCOUNTS) });
            }
            if layer == "resource" && self.resource.contains(":role/") {
                statement.as_object_mut().map(|members| members.remove("Resource"));
            }
            statements.push(statement);
        }
        let version = *self.random.pick(&["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", ""]);
        let version = if layer == "rcp" { "2012-10-17" } else { version };
        let statements = match statements.as_slice() {
            [one] if self.random.chance(20) => one.clone(),
            _ => Value::Array(statements),
        };
        let mut policy = json!({ "Statement": statements });
        if !version.is_empty() {
            policy["Version"] = version.into();
        }
        policy
    }

    fn statement(&mut self, layer: &str, at: usize) -> Value {
        let is_deny = layer == "rcp" || self.random.chance(if layer == "identity" { 20 } else { 25 });
        let mut statement =
            json!({ "Sid": format!("S{at}"), "Effect": if is_deny { "Deny" } else { "Allow" } });
        let not = self.random.chance(10) && layer != "rcp";
        let actions = self.random.some(&ACTION_PATTERNS);
        let service = self.service();
        let fill = |pattern: &str| {
            let text = pattern.replace("{service}", service).replace("{action}", self.action);
            text.replace("{upper}", &self.action.to_ascii_uppercase())
        };
        let mut actions: Vec<String> = actions.into_iter().map(fill).collect();
        // A resource's policy holds actions of its own service; resource control policies name a service.
        let prefix = format!("{service}:");
        for action in &mut actions {
            let is_own = action.to_ascii_lowercase().starts_with(&prefix);
            let is_valid = match layer {
                "resource" => not || is_own || action == "*",
                "rcp" => action != "*",
                _ => true,
            };
            if !is_valid {
                *action = format!("{service}:*");
            }
        }
        statement[if not { "NotAction" } else { "Action" }] = self.one_or_list(actions);
        if !(layer == "resource" && self.resource.contains(":role/")) {
            let not = self.random.chance(10);
            let patterns = self.random.some(&RESOURCE_PATTERNS);
            let patterns = patterns.into_iter().map(|pattern| pattern.replace("{resource}", self.resource));
            // Session policies take no ARN with parts left out; nobody else but identity policies completes them.
            let is_whole =
                |pattern: &String| !pattern.starts_with("arn:") || pattern.matches(':').count() >= 5;
            let patterns = patterns.map(|pattern| {
                if layer == "session" && !is_whole(&pattern) { "*".to_owned() } else { pattern }
            });
            let patterns: Vec<String> = patterns.collect();
            statement[if not { "NotResource" } else { "Resource" }] = self.one_or_list(patterns);
        }
        if layer == "rcp" {
            statement["Principal"] = "*".into();
        }
        if layer == "vpce" && self.random.chance(50) {
            statement["Principal"] = "*".into();
        } else if matches!(layer, "resource" | "vpce") {
            self.principal(&mut statement, is_deny && layer == "resource");
        }
        if self.random.chance(40) {
            statement["Condition"] = self.condition();
        }
        statement
    }

    fn principal(&mut self, statement: &mut Value, may_negate: bool) {
        let name = if may_negate && self.random.chance(25) { "NotPrincipal" } else { "Principal" };
        let count = if name == "NotPrincipal" { 3 } else { 1 };
        let mut entries: Vec<String> = Vec::new();
        for _ in 0..count {
            entries.extend(self.random.some(&PRINCIPALS).into_iter().map(ToOwned::to_owned));
        }
        let caller = self.caller;
        let is_service = caller.ends_with(".amazonaws.com");
        if !caller.starts_with("arn:") && !entries.contains(&"*".to_owned()) && self.random.chance(70) {
            let name_of_kind = if is_service { "Service" } else { "Federated" };
            let provider = if self.random.chance(50) {
                "token.example.com"
            } else {
                "arn:aws:iam::111111111111:oidc-provider/token.example.com"
            };
            let text = if is_service { *self.random.pick(&["s3.amazonaws.com", caller]) } else { provider };
            statement[name] = json!({ name_of_kind: text });
            return;
        }
        for entry in &mut entries {
            if entry == "{caller}" {
                *entry = if caller.starts_with("arn:") { caller.to_owned() } else { "*".to_owned() };
            }
        }
        if name == "NotPrincipal" {
            entries.retain(|entry| entry != "*");
            entries.push("111111111111".to_owned());
        }
        entries.sort();
        entries.dedup();
        statement[name] = match entries.as_slice() {
            [one] if one == "*" && self.random.chance(50) => "*".into(),
            _ => json!({ "AWS": self.one_or_list(entries) }),
        };
    }

    fn one_or_list(&mut self, mut texts: Vec<String>) -> Value {
        match texts.len() {
            1 if self.random.chance(60) => Value::String(texts.swap_remove(0)),
            _ => json!(texts),
        }
    }

    fn condition(&mut self) -> Value {
        let mut condition = Map::new();
        for _ in 0..*self.random.pick(&[1, 1, 1, 2]) {
            let (name, family, is_many, _) = *self.random.pick(&KEYS);
            let mut operator = (*self.random.pick(operators(family))).to_owned();
            let ignores_case = operator.ends_with("IgnoreCase");
            let mut values: Vec<String> =
                self.random.some(policy_values(family)).into_iter().map(ToOwned::to_owned).collect();
            if ignores_case {
                values.retain(|value| !value.contains("${"));
                values.push("a".to_owned());
            }
            if is_many && self.random.chance(80) || self.random.chance(5) {
                let set = *self.random.pick(&["ForAllValues", "ForAnyValue"]);
                operator = format!("{set}:{operator}");
            }
            if self.random.chance(20) {
                operator.push_str("IfExists");
            }
            if self.random.chance(10) {
                (operator, values) =
                    ("Null".to_owned(), vec![(*self.random.pick(&["true", "false"])).to_owned()]);
            }
            let name = if self.random.chance(10) { name.to_ascii_lowercase() } else { name.to_owned() };
            let values = self.one_or_list(values);
            let keys = condition.entry(operator).or_insert_with(|| json!({}));
            keys[name] = values;
        }
        Value::Object(condition)
    }
}

/// The case of a seed, asked with the context keys of another that do not follow from the caller.
pub fn case_again(seed: u64, context: u64) -> Value {
    let mut again = case(seed);
    if seed != context {
        again["id"] = format!("seed-{seed}-{context}").into();
        let other = case(context);
        let is_free = |name: &String| free_keys().any(|key| key.eq_ignore_ascii_case(name));
        let own = again["context"].as_object().into_iter().flatten().filter(|(name, _)| !is_free(name));
        let others = other["context"].as_object().into_iter().flatten().filter(|(name, _)| is_free(name));
        let context: Map<String, Value> =
            own.chain(others).map(|(name, value)| (name.clone(), value.clone())).collect();
        again["context"] = Value::Object(context);
    }
    again
}

/// Every key that a context may hold.
pub fn all_keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(name, ..)| *name).chain(["aws:userid"])
}

/// Keys that do not follow from the caller.
pub fn free_keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(|(_, _, _, values)| !values.is_empty()).map(|(name, ..)| *name)
}

/// A value that a free key may have; `None` is absent.
pub fn value_of(random: &mut Random, key: &str) -> Option<Value> {
    let (_, _, is_many, values) = KEYS.iter().find(|(name, ..)| *name == key)?;
    if random.chance(30) {
        return None;
    }
    let one = |random: &mut Random| (*random.pick(values)).to_owned();
    Some(if *is_many { (0..random.below(3)).map(|_| one(random)).collect() } else { one(random).into() })
}
