//! Error codes of denials, as the AWS SDKs and services write them around or without a message.
//!
//! A name like `AccessDenied` is not AWS's alone, so a code counts only in a form that an AWS SDK, the AWS CLI, or a service writes.

use std::ops::Range;

use super::flat::{Flat, clip};

/// Codes with which AWS services deny: S3, IAM, AWS STS, Amazon SQS; Amazon DynamoDB, AWS Lambda, AWS KMS and most others; Amazon
/// EC2; Amazon SNS; network events of AWS CloudTrail.
const CODES: [&str; 8] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "VpceAccessDenied",
];

/// Longest code, in bytes, with room.
const LONGEST_NAME: usize = 100;

/// Whether an error code of an API answer or a CloudTrail record says that authorization failed. `Client.` in front is EC2's.
#[must_use]
pub fn is_denial_code(code: &str) -> bool {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    CODES.contains(&code)
}

/// What a code stands before or behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before its message.
    Before,
    /// Behind its message.
    Behind,
    /// Either.
    Beside,
}

/// A code in a text.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Where.
    pub(super) range: Range<usize>,
    /// The code; `None` where a form says only `403`.
    pub(super) code: Option<String>,
    /// `GetObject`.
    pub(super) operation: Option<String>,
    /// Where its message stands.
    pub(super) place: Place,
    /// A denial without any message.
    pub(super) stands_alone: bool,
}

/// Every code in a text, in order.
pub(super) fn find(flat: &Flat) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    found.extend(occurrences(flat, "an error occurred (").filter_map(|at| boto(flat, at)));
    let mut past = 0_usize;
    let mut names: Vec<usize> = Vec::new();
    for needle in ["accessdenied", "unauthorizedoperation", "authorizationerror"] {
        names.extend(occurrences(flat, needle));
    }
    names.sort_unstable();
    for at in names {
        if at < past {
            continue;
        }
        // A name is looked at once, however often a code occurs in it.
        let letters = clip(flat.from(at), LONGEST_NAME).bytes().take_while(u8::is_ascii_alphanumeric).count();
        past = at.saturating_add(letters);
        if let Some(name) = Name::around(flat, at) {
            found.extend(written(flat, &name));
        }
    }
    found.extend(occurrences(flat, "status code: 403").filter_map(|at| status(flat, at)));
    found.extend(
        occurrences(flat, "api error forbidden")
            .map(|at| go(flat, at, "api error forbidden".len(), "Forbidden")),
    );
    found.extend(occurrences(flat, "exception: access denied").filter_map(|at| exception(flat, at)));
    found.sort_by_key(|code| code.range.start);
    found
}

fn occurrences<'a>(flat: &'a Flat, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    flat.lower().match_indices(needle).map(|(at, _)| at)
}

/// `An error occurred (AccessDenied) when calling the GetObject operation`: botocore, so boto3 and the AWS CLI.
fn boto(flat: &Flat, at: usize) -> Option<Found> {
    let code_at = at.checked_add("an error occurred (".len())?;
    let code = clip(flat.from(code_at), 100).split(')').next()?;
    let mut end = code_at.checked_add(code.len())?.checked_add(1)?;
    let mut operation = None;
    if let Some(rest) = flat.lower_from(end).strip_prefix(" when calling the ") {
        let name_at = flat.text().len().checked_sub(rest.len())?;
        let name = flat.from(name_at).split([' ', '\n']).next()?;
        operation = Some(clip(name, 100).to_owned());
        end = name_at.checked_add(name.len())?;
    }
    let stands_alone = is_denial_code(code) || (code == "403" && operation.is_some());
    Some(Found { range: at..end, code: Some(code.to_owned()), operation, place: Place::Before, stands_alone })
}

/// A name with a code in it: `com.amazonaws.dynamodb.v20120810#AccessDeniedException`.
struct Name {
    range: Range<usize>,
    code: String,
    /// What stands before the code in the name.
    qualifier: String,
}

impl Name {
    fn around(flat: &Flat, at: usize) -> Option<Self> {
        let after = clip(flat.from(at), LONGEST_NAME);
        let length = after.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(after.len());
        let is_part = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '$' | '#' | '\\' | '/')
        };
        let near = nearby_before(flat, at);
        let mut head = near.trim_end_matches(is_part);
        // `Aws::S3::Errors::AccessDenied`, Ruby.
        while let Some(outer) = head.strip_suffix("::") {
            head = outer.trim_end_matches(is_part);
        }
        let start = at.checked_sub(near.len().checked_sub(head.len())?)?;
        let end = at.checked_add(length)?;
        let whole = flat.slice(start..end);
        let simple = whole.rsplit(['.', '#', '\\', '/', '$', ':', '_']).next()?;
        let mut qualifier = whole.strip_suffix(simple)?;
        let mut code = simple;
        if qualifier == "Client." {
            (code, qualifier) = (whole, "");
        }
        is_denial_code(code).then(|| Self {
            range: start..end,
            code: code.to_owned(),
            qualifier: qualifier.to_ascii_lowercase(),
        })
    }

    /// A class or type of AWS: `software.amazon.awssdk`, `Aws::S3`, `botocore.errorfactory`.
    fn is_of_aws(&self) -> bool {
        ["aws", "amazon", "botocore", "coral"].into_iter().any(|word| self.qualifier.contains(word))
    }
}

/// How a code was written there, and what that is worth.
fn written(flat: &Flat, name: &Name) -> Option<Found> {
    let near = nearby_before(flat, name.range.start);
    let after = flat.lower_from(name.range.end);
    // A filter pattern of a log search; `boto` reads the other.
    if near.ends_with(['?', '*', '%']) || near.ends_with("an error occurred (") {
        return None;
    }
    if !name.qualifier.is_empty() && !name.is_of_aws() {
        return None;
    }
    if near.ends_with("api error ") {
        let start = name.range.start.saturating_sub("api error ".len());
        let length = name.range.end.saturating_sub(start);
        return Some(go(flat, start, length, &name.code));
    }
    let is_only_ec2s =
        matches!(name.code.trim_start_matches("Client."), "UnauthorizedOperation" | "VpceAccessDenied");
    let (place, stands_alone) = if near.ends_with("error code: ") || near.ends_with("handlererrorcode: ") {
        (Place::Behind, true)
    } else if near.ends_with("<code>") || near.ends_with("unhandled error (") {
        (Place::Before, true)
    } else if let Some(key) = key_before(near) {
        (Place::Beside, key != "name" || name.is_of_aws())
    } else if near.ends_with(" 403 ") {
        // A line of an S3 server access log: `... 403 AccessDenied 243 ...`.
        (Place::Beside, true)
    } else if after.starts_with(':') {
        (Place::Before, is_only_ec2s || name.is_of_aws() || heads_a_message(after, &name.code))
    } else {
        (Place::Beside, is_only_ec2s || name.is_of_aws() || after.starts_with(" (client)"))
    };
    Some(Found {
        range: name.range.clone(),
        code: Some(name.code.clone()),
        operation: None,
        place,
        stands_alone,
    })
}

/// `AccessDenied: Access Denied` is S3; `...: ... status code: 403, request id: ...` the AWS SDK for Go; `User: arn:` any.
fn heads_a_message(after: &str, code: &str) -> bool {
    let message = after.trim_start_matches([':', ' ', '"']);
    let near = clip(message, 400);
    (code == "AccessDenied" && near.starts_with("access denied") && !near.starts_with("access denied for"))
        || near.starts_with("user: arn:")
        || near.contains("status code: 403, request id")
        || near.contains("'$metadata'")
}

/// The key of `"errorCode":"AccessDenied"`, `Code: 'AccessDenied'`, `code=AccessDenied`, in lower case.
fn key_before(near: &str) -> Option<&'static str> {
    const KEYS: [&str; 9] = [
        "code",
        "errorcode",
        "error_code",
        "__type",
        "errortype",
        "error_type",
        "x-amzn-errortype",
        "exception_name",
        "name",
    ];
    let bare = near.trim_end_matches(['"', '\'', ' ']);
    let key = bare.strip_suffix([':', '='])?.trim_end_matches(['"', '\'', ' ']);
    let start = key
        .trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        .len();
    let key = key.get(start..)?;
    let found = KEYS.into_iter().find(|known| *known == key)?;
    Some(if matches!(found, "errortype" | "error_type" | "exception_name") { "name" } else { found })
}

/// `operation error S3: GetObject, https response error StatusCode: 403, ..., api error AccessDenied: ...`: the AWS SDK for Go, version 2.
fn go(flat: &Flat, at: usize, length: usize, code: &str) -> Found {
    let near = nearby_before(flat, at);
    let mut start = at;
    let mut operation = None;
    if let Some(found) = near.rfind("operation error ") {
        start = at.saturating_sub(near.len().saturating_sub(found));
        let name = flat.slice(start..at).split(',').next().and_then(|head| head.rsplit(':').next());
        operation =
            name.map(str::trim).filter(|name| !name.is_empty()).map(|name| clip(name, 100).to_owned());
    }
    let range = start..at.saturating_add(length);
    Found { range, code: Some(code.to_owned()), operation, place: Place::Before, stands_alone: true }
}

/// `(Service: S3, Status Code: 403, Request ID: ...)` of Java, `status code: 403, request id: ...` of Go, without a code of a denial.
/// Alone it says nothing: a wrong signature is 403 too. Behind S3's bare text, or none, it is a denial.
fn status(flat: &Flat, at: usize) -> Option<Found> {
    let near = nearby_before(flat, at);
    let after = clip(flat.lower_from(at), 400);
    let inside = after.split(')').next()?;
    let is_go = inside.starts_with("status code: 403, request id");
    let service =
        near.rfind("(service: ").filter(|found| !near.get(*found..).is_some_and(|rest| rest.contains(')')));
    let length = "status code: 403".len();
    let (start, before) = match service {
        Some(found) => (at.saturating_sub(near.len().saturating_sub(found)), near.get(..found)?),
        None if is_go => (at, near),
        None => return None,
    };
    let text = before.trim_end();
    let is_bare = ["access denied", "forbidden: forbidden", ": null", "forbidden"]
        .into_iter()
        .any(|end| text.ends_with(end));
    let code = inside.split_once("error code: ").map(|(_, code)| code);
    let stands_alone = is_bare && code.is_none_or(|code| code.starts_with("403 forbidden"));
    let range = start..at.saturating_add(length);
    Some(Found { range, code: None, operation: None, place: Place::Behind, stands_alone })
}

/// `Amazon.S3.AmazonS3Exception: Access Denied`, `com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied`.
fn exception(flat: &Flat, at: usize) -> Option<Found> {
    let end = at.checked_add("exception: access denied".len())?;
    let near = nearby_before(flat, at);
    let class = near
        .get(near.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '.').len()..)?;
    let is_of_aws = class.contains("amazon") || class.contains("awssdk");
    let start = at.checked_sub(class.len())?;
    is_of_aws.then_some(Found {
        range: start..end,
        code: None,
        operation: None,
        place: Place::Before,
        stands_alone: true,
    })
}

/// The lower-case text shortly before a position.
fn nearby_before(flat: &Flat, at: usize) -> &str {
    let before = flat.lower_to(at);
    let mut start = before.len().saturating_sub(400);
    while !before.is_char_boundary(start) {
        start = start.saturating_add(1);
    }
    before.get(start..).unwrap_or("")
}
