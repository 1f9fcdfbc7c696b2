//! What a member of a document holds, told by its name: the one table of that.

/// What the text of a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// One of AWS's own words: an action, a status, a type.
    Aws,
    /// A name somebody gave.
    Name,
    /// An id, which is a name where it has no shape of its own.
    Id,
    /// Must not be passed on at all.
    Secret,
    /// The value of a variable of a program.
    Variable,
    /// What called: kept, because it tells a person from a pipeline.
    Agent,
    /// Anything else: replaced where it repeats what is known, or has a shape.
    Text,
}

/// Members that hold AWS's words.
const AWS: &[&str] = &[
    "Action",
    "AddressFamily",
    "Architecture",
    "AvailabilityZone",
    "AvailabilityZoneId",
    "AwsRegion",
    "CACertificateIdentifier",
    "Code",
    "ComparisonOperator",
    "DBInstanceClass",
    "DeviceName",
    "Effect",
    "Engine",
    "EngineName",
    "EngineVersion",
    "EventName",
    "EventSource",
    "InstanceClass",
    "InstanceType",
    "InterfaceType",
    "IpProtocol",
    "LocationType",
    "NotAction",
    "OptionGroupName",
    "PlatformDetails",
    "PlatformName",
    "PolicyType",
    "Protocol",
    "Region",
    "RegionName",
    "ReplicaStatus",
    "ResourceType",
    "RootDeviceName",
    "RuleAction",
    "Runtime",
    "Scheme",
    "Stat",
    "State",
    "Statistic",
    "Status",
    "TreatMissingData",
    "Type",
    "Unit",
    "ZoneId",
    "ZoneName",
    "awsRegion",
    "cipherSuite",
    "errorCode",
    "eventCategory",
    "eventName",
    "eventSource",
    "eventType",
    "eventVersion",
    "httpMethod",
    "invokedBy",
    "ipProtocol",
    "operation",
    "platformVersion",
    "resourceType",
    "ruleAction",
    "tlsVersion",
];

/// Members whose own names end like those of names and that hold none.
const NO_NAMES: &[&str] = &["AttributeName", "HeaderName", "ParameterName", "attributeName"];

/// Endings, in small letters, of members that hold names.
const NAMES: &[&str] = &["name", "names", "identifier", "identifiers"];

/// More members that hold names.
const MORE_NAMES: &[&str] = &[
    "Bucket",
    "Topic",
    "CallerReference",
    "Handler",
    "handler",
    "Label",
    "Prefix",
    "SourceIdentity",
    "TableName",
    "alarm",
    "cluster",
    "group",
    "localPodNamespace",
    "remotePodNamespace",
    "sourceIdentity",
];

/// Endings, in small letters and without dashes, of members that hold secrets: not `authorizationType`, `secretArn`.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "secretstring",
    "secretbinary",
    "secretaccesskey",
    "sessiontoken",
    "authtoken",
    "authorization",
    "privatekey",
    "userdata",
    "apikey",
    "nexttoken",
    "clienttoken",
    "updatetoken",
    "accesstoken",
    "securitytoken",
    "signature",
    "cookie",
    "credentialsecret",
    "signingcerturl",
    "unsubscribeurl",
    "granttoken",
    "marker",
];

/// What a member of this name holds; `parent` is the name of the member its object stands under.
pub(crate) fn of(name: &str, parent: &str) -> Field {
    let small = name.to_ascii_lowercase();
    let plain: String = small.chars().filter(|c| *c != '-' && *c != '_').collect();
    if plain == "useragent" {
        return Field::Agent;
    }
    if SECRETS.iter().any(|end| plain.ends_with(end)) {
        return Field::Secret;
    }
    // `"State": {"Name": "running"}`.
    let is_status = parent.ends_with("State") || parent.ends_with("Status") || parent.ends_with("state");
    let is_word = ["Status", "State", "Type", "Mode", "Code", "Class"].iter().any(|end| name.ends_with(end));
    if AWS.contains(&name) || is_word || is_status && matches!(name, "Name" | "name" | "Value" | "value") {
        return Field::Aws;
    }
    if NO_NAMES.contains(&name) {
        return Field::Text;
    }
    if NAMES.iter().any(|end| plain.ends_with(end)) || MORE_NAMES.contains(&name) {
        return Field::Name;
    }
    if name == "id" || name == "ID" || name.ends_with("Id") || name.ends_with("ID") || name.ends_with("_id") {
        return Field::Id;
    }
    Field::Text
}

/// Whether the name of a variable says that its value is a secret.
pub(crate) fn is_secret_variable(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    let is_place = ["arn", "name", "id", "url", "host", "region"].iter().any(|end| small.ends_with(end));
    !is_place
        && ["pass", "pwd", "secret", "token", "key", "credential", "auth"]
            .iter()
            .any(|part| small.contains(part))
}

/// Values that are no secret any more, or never were.
pub(crate) fn is_blank(value: &str) -> bool {
    value.is_empty() || value == "HIDDEN_DUE_TO_SECURITY_REASONS" || value.bytes().all(|byte| byte == b'*')
}
