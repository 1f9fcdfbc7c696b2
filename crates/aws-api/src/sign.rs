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
