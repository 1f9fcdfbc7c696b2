//! AWS CLI lines read back into API calls, and compared with the calls a truth asks for.

use serde_json::{Map, Value, json};

/// One API call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub service: String,
    /// `CreateRoute`.
    pub operation: String,
    /// By the API's names.
    pub parameters: Map<String, Value>,
}

/// Options of the CLI itself.
const CLI_OPTIONS: [&str; 8] =
    ["Region", "Profile", "Output", "Query", "NoCliPager", "CliInputJson", "NoPaginate", "EndpointUrl"];

/// Members that do not change what a call does to packets, and that plans may or may not carry.
const IDLE: [&str; 8] = [
    "UserId",
    "Description",
    "VpcId",
    "GroupName",
    "TagSpecifications",
    "PeeringStatus",
    "ClientToken",
    "GroupOwnerId",
];

/// Members a plan asks for when it runs, because they change with every write: any value will do.
const VOLATILE: [&str; 3] = ["UpdateToken", "LockToken", "CurrentVersion"];

/// Members whose value counts as a whole: what is more in them does something more.
const WHOLE: [&str; 5] = ["IpPermissions", "PolicyDocument", "Policy", "Content", "ResourcePolicy"];

/// Members that take a name or an ARN.
const NAMED: [&str; 4] = ["KeyId", "FunctionName", "TableName", "SecretId"];

/// Reads a command; `None` when it is no AWS CLI call. `NAME=$(aws ...)` counts as the call inside.
pub(super) fn parse(line: &str) -> Option<Call> {
    let start = line.find("aws ")?;
    let mut words = words(line.get(start..)?).into_iter().peekable();
    words.next();
    let service = words.next()?;
    let operation = pascal(&words.next()?);
    let mut parameters = Map::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else { continue };
        let mut values = Vec::new();
        while let Some(value) = words.next_if(|word| !word.starts_with("--")) {
            values.push(value_of(&value));
        }
        let name = pascal(option);
        let value = match (name.as_str(), values.len()) {
            ("Ingress", 0) => {
                parameters.insert("Egress".to_owned(), json!(false));
                continue;
            }
            ("CliInputJson", 1) => {
                if let Some(Value::Object(members)) = values.pop() {
                    parameters.extend(members);
                }
                continue;
            }
            (_, 0) => match name.strip_prefix("No") {
                Some(positive) if positive.starts_with(char::is_uppercase) => {
                    parameters.insert(positive.to_owned(), json!(false));
                    continue;
                }
                _ => json!(true),
            },
            (_, 1) => values.pop().unwrap_or_default(),
            _ => Value::Array(values),
        };
        if !CLI_OPTIONS.contains(&name.as_str()) {
            parameters.insert(name, value);
        }
    }
    Some(Call { service, operation, parameters })
}

/// Why a call is not the expected one; `None` when it is.
pub(super) fn difference(expected: &(String, String, Value), call: &Call) -> Option<String> {
    let (service, operation, parameters) = expected;
    if !is_same_service(&call.service, service) || !call.operation.eq_ignore_ascii_case(operation) {
        return Some(format!("{} {} instead of {service} {operation}", call.service, call.operation));
    }
    for (name, value) in parameters.as_object().into_iter().flatten() {
        let Some((_, found)) = call.parameters.iter().find(|(other, _)| is_same_name(name, other)) else {
            return Some(format!("{operation} without {name}"));
        };
        let is_whole = WHOLE.iter().any(|whole| is_same_name(name, whole));
        let is_named = NAMED.contains(&name.as_str()) && is_named(value, found);
        if !VOLATILE.contains(&name.as_str()) && !is_named && !is_same(value, found, is_whole) {
            return Some(format!("{operation} {name}: {found} instead of {value}"));
        }
    }
    None
}

/// The AWS CLI has the calls of S3's API under `s3api`.
fn is_same_service(a: &str, b: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace("s3api", "s3");
    plain(a) == plain(b)
}

/// Whether one is the ARN that ends with the other.
fn is_named(expected: &Value, found: &Value) -> bool {
    let (Some(expected), Some(found)) = (expected.as_str(), found.as_str()) else { return false };
    let ends = |arn: &str, name: &str| {
        arn.starts_with("arn:")
            && arn.strip_suffix(name).is_some_and(|rest| !name.is_empty() && rest.ends_with([':', '/']))
    };
    ends(expected, found) || ends(found, expected)
}

fn is_same_name(a: &str, b: &str) -> bool {
    a.trim_end_matches('s').eq_ignore_ascii_case(b.trim_end_matches('s'))
}

/// Whether a value does what the expected one does. `strict`: members beyond the expected ones count.
fn is_same(expected: &Value, found: &Value, strict: bool) -> bool {
    match (expected, found) {
        (Value::String(any), _) if any == "*" => true,
        // A policy may be written as text or as the object it is.
        (Value::String(text), Value::Object(_)) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).is_ok_and(|inner: Value| is_same(&inner, found, strict))
        }
        (Value::Object(_), Value::String(text)) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).is_ok_and(|inner: Value| is_same(expected, &inner, strict))
        }
        (Value::Array(one), scalar) if one.len() == 1 && !scalar.is_array() => {
            one.first().is_some_and(|one| is_same(one, scalar, strict))
        }
        (scalar, Value::Array(one)) if one.len() == 1 && !scalar.is_array() => {
            one.first().is_some_and(|one| is_same(scalar, one, strict))
        }
        (Value::Array(expected), Value::Array(found)) => {
            let mut rest: Vec<_> = found.iter().collect();
            let all = expected.iter().all(|element| {
                let place = rest.iter().position(|other| is_same(element, other, strict));
                place.map(|place| rest.remove(place)).is_some()
            });
            all && rest.is_empty()
        }
        (Value::Object(expected), Value::Object(found)) => {
            let find = |name: &str| {
                found.iter().find(|(other, _)| is_same_name(name, other)).map(|(_, value)| value)
            };
            let has_all = expected.iter().all(|(name, value)| {
                IDLE.contains(&name.as_str()) || find(name).is_some_and(|other| is_same(value, other, strict))
            });
            let has_more = found.iter().any(|(name, value)| {
                let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.is_null();
                let is_expected = expected.keys().any(|other| is_same_name(name, other));
                !is_empty && !is_expected && !IDLE.contains(&name.as_str())
            });
            has_all && !(strict && has_more)
        }
        // `Value=true` or a bare flag for `{"Value": true}`.
        (Value::Object(expected), flag) if expected.len() == 1 => {
            expected.get("Value").is_some_and(|value| is_same(value, flag, strict))
        }
        (expected, found) => scalar(expected) == scalar(found),
    }
}

/// Text of a scalar; protocols by number.
fn scalar(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.to_ascii_lowercase().as_str() {
        "tcp" => "6".to_owned(),
        "udp" => "17".to_owned(),
        "icmp" => "1".to_owned(),
        "all" => "-1".to_owned(),
        other => other.trim().to_owned(),
    }
}

/// A value as the CLI reads it: JSON, shorthand (`Id=i-1,Port=80`), or text.
fn value_of(word: &str) -> Value {
    let looks_like_json = word.starts_with(['{', '[']);
    if let (true, Ok(value)) = (looks_like_json, serde_json::from_str(word)) {
        return value;
    }
    let pairs: Option<Map<String, Value>> = word
        .split(',')
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), json!(value))))
        .collect();
    match pairs {
        Some(members) if members.keys().all(|name| name.chars().all(char::is_alphanumeric)) => {
            Value::Object(members)
        }
        _ => json!(word),
    }
}

/// `authorize-security-group-ingress` as `AuthorizeSecurityGroupIngress`.
fn pascal(kebab: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    kebab.split('-').map(part).collect()
}

/// Words of a line as a POSIX shell splits it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            // The end of `$(...)` around a call.
            (None, ')') => break,
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::{difference, parse};
    use serde_json::{Value, json};

    fn check(line: &str, service: &str, operation: &str, parameters: Value, expected: Option<&str>) {
        let call = parse(line).unwrap();
        let found = difference(&(service.to_owned(), operation.to_owned(), parameters), &call);
        match expected {
            None => assert_eq!(found, None, "{line}"),
            Some(part) => assert!(found.clone().is_some_and(|text| text.contains(part)), "{line}: {found:?}"),
        }
    }

    #[test]
    fn reads_commands_as_calls() {
        let rule = json!({ "GroupId": "sg-1", "IpPermissions": [{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
            "UserIdGroupPairs": [{ "GroupId": "sg-2" }] }] });
        let authorize = |more: &str| {
            format!(
                "aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '[{{\"IpProtocol\":\"tcp\",\
                 \"FromPort\":22,\"ToPort\":22,\"UserIdGroupPairs\":[{{\"GroupId\":\"sg-2\",\"UserId\":\"1\"}}]{more}}}]' \
                 --region us-east-1"
            )
        };
        let operation = "AuthorizeSecurityGroupIngress";
        check(&authorize(""), "ec2", operation, rule.clone(), None);
        check(&authorize(",\"IpRanges\":[]"), "ec2", operation, rule.clone(), None);
        check(
            &authorize(",\"IpRanges\":[{\"CidrIp\":\"0.0.0.0/0\"}]"),
            "ec2",
            operation,
            rule,
            Some("IpPermissions"),
        );
    }

    #[test]
    fn reads_flags_lists_and_shorthand() {
        let entry = json!({ "NetworkAclId": "acl-1", "RuleNumber": 90, "Egress": false });
        let line = "aws ec2 delete-network-acl-entry --network-acl-id acl-1 --rule-number 90 --ingress";
        check(line, "ec2", "DeleteNetworkAclEntry", entry.clone(), None);
        check(&line.replace("--ingress", "--egress"), "ec2", "DeleteNetworkAclEntry", entry, Some("Egress"));
        let subnets = json!({ "VpcEndpointId": "vpce-1", "AddSubnetIds": ["subnet-b", "subnet-a"] });
        let line = "aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-1 --add-subnet-ids subnet-a subnet-b";
        check(line, "ec2", "ModifyVpcEndpoint", subnets.clone(), None);
        check(line.trim_end_matches(" subnet-b"), "ec2", "ModifyVpcEndpoint", subnets, Some("AddSubnetIds"));
        let targets = json!({ "Targets": [{ "Id": "i-1", "Port": 80 }] });
        check(
            "aws elbv2 register-targets --targets Id=i-1,Port=80",
            "elbv2",
            "RegisterTargets",
            targets,
            None,
        );
        let line = "NAT=$(aws ec2 create-nat-gateway --subnet-id subnet-1 --query NatGateway.NatGatewayId --output text)";
        check(line, "ec2", "CreateNatGateway", json!({ "SubnetId": "subnet-1" }), None);
        let line = "aws ec2 replace-route --route-table-id rtb-1 --nat-gateway-id \"$NAT\"";
        check(line, "ec2", "ReplaceRoute", json!({ "RouteTableId": "rtb-1", "NatGatewayId": "*" }), None);
        let value = json!({ "EnableDnsSupport": { "Value": true } });
        check(
            "aws ec2 modify-vpc-attribute --enable-dns-support Value=true",
            "ec2",
            "ModifyVpcAttribute",
            value.clone(),
            None,
        );
        check(
            "aws ec2 modify-vpc-attribute --no-enable-dns-support",
            "ec2",
            "ModifyVpcAttribute",
            value,
            Some("Enable"),
        );
    }

    #[test]
    fn policies_are_the_same_as_text_and_as_objects() {
        let policy = json!({"Statement": [{"Effect": "Allow", "Action": ["b", "a"]}]});
        let line = "aws s3api put-bucket-policy --bucket b --policy '{\"Statement\":{\"Action\":[\"a\",\"b\"],\"Effect\":\"Allow\"}}'";
        let expected = |policy: Value| json!({"Bucket": "b", "Policy": policy});
        check(line, "s3", "PutBucketPolicy", expected(policy.clone()), None);
        check(line, "s3", "PutBucketPolicy", expected(json!(policy.to_string())), None);
        check(line, "s3", "PutBucketPolicy", expected(json!({"Statement": []})), Some("Policy"));
        let attributes = json!({"Attributes": {"Policy": policy}});
        let line = "aws sqs set-queue-attributes --attributes '{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":[\\\"a\\\",\\\"b\\\"]}]}\"}'";
        check(line, "sqs", "SetQueueAttributes", attributes, None);
    }

    #[test]
    fn policies_count_as_a_whole_and_names_may_be_arns() {
        let statement = |more: &str| format!("{{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\"{more}}}");
        let line = |statement: &str| {
            format!("aws s3api put-bucket-policy --bucket b --policy '{{\"Statement\":{statement}}}'")
        };
        let policy = json!({ "Bucket": "b",
            "Policy": { "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject"] }] } });
        check(&line(&statement("")), "s3api", "PutBucketPolicy", policy.clone(), None);
        let more = line(&statement(",\"Principal\":\"*\""));
        check(&more, "s3api", "PutBucketPolicy", policy, Some("Policy"));
        let line = "aws kms put-key-policy --key-id arn:aws:kms:us-east-1:1:key/k-1 --policy '{}'";
        check(line, "kms", "PutKeyPolicy", json!({ "KeyId": "k-1", "Policy": {} }), None);
        check(line, "kms", "PutKeyPolicy", json!({ "KeyId": "-1", "Policy": {} }), Some("KeyId"));
    }

    #[test]
    fn is_no_call_without_the_cli() {
        assert_eq!(parse("systemctl restart app"), None);
        assert_eq!(parse("aws ec2"), None);
    }
}
