//! What single services need besides their model, as the AWS CLI and botocore do it (`botocore/handlers.py`).

use crate::Error;
use crate::encode;
use crate::model::Structure;
use crate::wire::Wire;
use serde_json::{Map, Value};

/// S3's lists whose keys come percent-encoded on request: XML cannot have every letter that a key can.
const S3_LISTS: [&str; 3] = ["ListObjects", "ListObjectsV2", "ListObjectVersions"];
/// Members of those lists that are encoded then.
const S3_ENCODED: [&str; 6] = ["Delimiter", "Key", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker"];
/// Encoded too, and of the same name in lists and at the top.
const S3_ENCODED_PREFIXES: [&str; 2] = ["Prefix", "StartAfter"];

/// Changes parameters before they are written.
///
/// # Errors
/// [`Error::BadParameter`] for buckets and keys that cannot be addressed here.
pub(crate) fn prepare(
    service: &str,
    operation: &str,
    input: Option<&Structure>,
    parameters: &mut Map<String, Value>,
) -> Result<(), Error> {
    match service {
        "route53" => parameters.values_mut().for_each(bare_id),
        "s3" => {
            check_object(parameters)?;
            if S3_LISTS.contains(&operation) {
                parameters.entry("EncodingType").or_insert_with(|| Value::from("url"));
            }
        }
        _ => {}
    }
    for member in input.into_iter().flat_map(|input| &input.members).filter(|member| member.2.idempotency) {
        parameters.entry(member.0.clone()).or_insert_with(|| Value::String(uuid()));
    }
    Ok(())
}

/// Route 53 answers `/hostedzone/Z1` and wants `Z1`.
fn bare_id(value: &mut Value) {
    if let Value::String(text) = value {
        for start in ["/hostedzone/", "/change/", "/delegationset/"] {
            if let Some(id) = text.strip_prefix(start) {
                *text = id.to_owned();
                return;
            }
        }
    }
}

fn check_object(parameters: &Map<String, Value>) -> Result<(), Error> {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let bad = |path: &str, problem: &str| {
        Err(Error::BadParameter { path: path.to_owned(), problem: problem.to_owned() })
    };
    if text("Bucket").contains(':') || (parameters.contains_key("Bucket") && text("Bucket").is_empty()) {
        return bad("Bucket", "must be the name of a bucket, not an ARN");
    }
    // Such a part would be taken away on the way, and the request would ask for another key.
    if text("Key").split('/').any(|part| part == "." || part == "..") {
        return bad("Key", "has a part `.` or `..`, which cannot stand in a path");
    }
    Ok(())
}

/// A random UUID, version 4.
fn uuid() -> String {
    let high = (fastrand::u64(..) & !0xf000) | 0x4000;
    let low = (fastrand::u64(..) >> 2) | (1 << 63);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// Headers that a service needs besides those of its model.
pub(crate) fn headers(service: &str, wire: &mut Wire) {
    // Without it the answer is HAL, in other names.
    if service == "apigateway" {
        wire.headers.push(("accept".to_owned(), "application/json".to_owned()));
    }
}

/// Changes an answer after it was read.
pub(crate) fn finish(service: &str, operation: &str, mut output: Value) -> Value {
    if service == "s3"
        && S3_LISTS.contains(&operation)
        && output.get("EncodingType").is_some_and(|kind| kind == "url")
    {
        decode_names(&mut output, 0);
    }
    output
}

fn decode_names(value: &mut Value, depth: u8) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text)
                        if S3_ENCODED.contains(&name.as_str())
                            || S3_ENCODED_PREFIXES.contains(&name.as_str()) =>
                    {
                        // S3 writes a blank as a plus here.
                        *text = encode::decode(&text.replace('+', " "));
                    }
                    // Lists of objects and of common prefixes, no deeper.
                    value if depth < 2 => decode_names(value, depth + 1),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| decode_names(item, depth)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_of_zones_lose_their_path() {
        let mut parameters =
            json!({"Id": "/hostedzone/Z1", "Other": "/hosted/Z1"}).as_object().unwrap().clone();
        prepare("route53", "GetHostedZone", None, &mut parameters).unwrap();
        assert_eq!(Value::Object(parameters), json!({"Id": "Z1", "Other": "/hosted/Z1"}));
    }

    #[test]
    fn keys_of_buckets_are_asked_for_encoded_and_decoded() {
        let mut parameters = json!({"Bucket": "b"}).as_object().unwrap().clone();
        prepare("s3", "ListObjectsV2", None, &mut parameters).unwrap();
        assert_eq!(parameters["EncodingType"], "url");
        let page = json!({"EncodingType": "url", "Prefix": "a%2B", "Contents": [{"Key": "a%01+b", "ETag": "%41"}],
            "CommonPrefixes": [{"Prefix": "x%20/"}]});
        let expected = json!({"EncodingType": "url", "Prefix": "a+", "Contents": [{"Key": "a\u{1} b", "ETag": "%41"}],
            "CommonPrefixes": [{"Prefix": "x /"}]});
        assert_eq!(finish("s3", "ListObjectsV2", page), expected);
    }

    #[test]
    fn what_cannot_be_addressed_is_refused() {
        for parameters in [
            json!({"Bucket": "arn:aws:s3:::b"}),
            json!({"Bucket": ""}),
            json!({"Bucket": "b", "Key": "a/../b"}),
        ] {
            let mut parameters = parameters.as_object().unwrap().clone();
            assert!(prepare("s3", "GetObject", None, &mut parameters).is_err());
        }
    }

    #[test]
    fn tokens_are_uuids() {
        let uuid = uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
    }
}
