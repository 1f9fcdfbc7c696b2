//! Signature Version 4, by `aws-sigv4`.

use crate::Error;
use crate::endpoint::Address;
use crate::http::Request;
use crate::wire::Wire;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// The request with its signature. `name` is the service's in the scope.
///
/// # Errors
/// [`Error::BadParameter`] where the address cannot be signed.
pub(crate) fn signed(
    wire: Wire,
    address: &Address,
    name: &str,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<Request, Error> {
    let bad = |problem: String| Error::BadParameter { path: "endpoint".to_owned(), problem };
    let url = if wire.query.is_empty() {
        format!("{}{}", address.base, wire.path)
    } else {
        format!("{}{}?{}", address.base, wire.path, wire.query)
    };
    let mut settings = SigningSettings::default();
    if name == "s3" {
        // S3 takes paths as they are and wants to see the digest of the body.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&address.region)
        .name(name)
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| bad(error.to_string()))?;
    let headers = wire.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(&wire.method, &url, headers, SignableBody::Bytes(&wire.body))
        .map_err(|error| bad(error.to_string()))?;
    let (instructions, _) =
        sign(signable, &params.into()).map_err(|error| bad(error.to_string()))?.into_parts();
    let mut headers = wire.headers;
    headers.extend(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
    Ok(Request { method: wire.method, url, headers, body: wire.body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Signatures that botocore 1.44.5 makes of the same requests, keys and time.
    #[test]
    fn signatures_are_those_of_botocore() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        for (service, method, host, path, query, body, content_type, expected) in [
            (
                "ec2",
                "POST",
                "ec2.eu-west-1.amazonaws.com",
                "/",
                "",
                "Action=DescribeVpcs&Version=2016-11-15",
                Some(form),
                "aab8ec8ebf375e0879f217bf4bb84437425192eec6962499724f7f60f3154d75",
            ),
            (
                "lambda",
                "GET",
                "lambda.eu-west-1.amazonaws.com",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%2F1",
                "Qualifier=%24LATEST&A=b",
                "",
                None,
                "12213467496b361ce29b8b739b867bd9eff4a5e37376aa33cdfe0cda8bf2a9cb",
            ),
            (
                "s3",
                "GET",
                "logs-1.s3.eu-west-1.amazonaws.com",
                "/a%20b/%C3%BC%2B",
                "list-type=2&prefix=a%2Fb",
                "",
                None,
                "c02d80be017430168332a9909cfba90c075118ae4378eff3d46988d4e81378aa",
            ),
        ] {
            let wire = Wire {
                method: method.into(),
                path: path.into(),
                query: query.into(),
                headers: content_type
                    .map(|kind| ("content-type".to_owned(), kind.to_owned()))
                    .into_iter()
                    .collect(),
                body: body.into(),
                ..Wire::default()
            };
            let address = Address { base: format!("https://{host}"), region: "eu-west-1".into() };
            let keys = Credentials::new(
                "AKIDEXAMPLE",
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                Some("a-token".into()),
                None,
                "test",
            );
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_728_665);
            let request = signed(wire, &address, service, &keys, now).unwrap();
            let header = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
            assert!(header.1.ends_with(&format!("Signature={expected}")), "{service}: {}", header.1);
        }
    }
}
