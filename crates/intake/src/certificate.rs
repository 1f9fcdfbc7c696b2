//! RSA signatures by a certificate, and whether the certificate is good now.

use crate::verify::{Refusal, bad_signature};
use butfor_incident::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// A chain is a handful of certificates; more are there to keep us busy.
const CHAIN_MAX: usize = 8;

/// What was hashed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    /// `SignatureVersion` 1.
    Sha1,
    /// `SignatureVersion` 2.
    Sha256,
}

/// A text and its signature.
pub(crate) struct Signed<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) signature: &'a [u8],
    pub(crate) digest: Digest,
}

/// Verifies with the first certificate of a PEM file, which may have the chain after it.
pub(crate) fn verify(
    pem: &str,
    roots: &[Vec<u8>],
    signed: &Signed<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let chain = certificates(pem)?;
    for certificate in &chain {
        valid(certificate, now)?;
    }
    let Some((leaf, above)) = chain.split_first() else { return Err(unusable()) };
    let entity = EndEntityCert::try_from(leaf).map_err(|_| unusable())?;
    let roots: Vec<_> = roots.iter().map(|root| CertificateDer::from(root.as_slice())).collect();
    // Without roots the address is what is trusted (TLS to SNS's own host); a chain in the file must still hold.
    match (roots.as_slice(), above) {
        ([], []) => {}
        ([], [between @ .., last]) => leads(&entity, between, std::slice::from_ref(last), now)?,
        (roots, above) => leads(&entity, above, roots, now)?,
    }
    is_signed(&entity, signed)
}

/// Verifies with any of the pinned certificates.
pub(crate) fn verify_pinned(pinned: &[String], signed: &Signed<'_>, now: Timestamp) -> Result<(), Refusal> {
    let mut result = Err(unusable());
    for pem in pinned {
        for certificate in &certificates(pem)? {
            let tried = valid(certificate, now).and_then(|()| {
                is_signed(&EndEntityCert::try_from(certificate).map_err(|_| unusable())?, signed)
            });
            match tried {
                Ok(()) => return Ok(()),
                Err(refusal) => result = Err(refusal),
            }
        }
    }
    result
}

pub(crate) fn unusable() -> Refusal {
    Refusal::new(
        403,
        "certificate-invalid",
        "the sender's certificate is not usable: not PEM, outside its dates, or its chain does not hold",
    )
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).take(CHAIN_MAX).collect();
    read.map_err(|_| unusable())
}

/// Whether certificates lead from one to one of the trusted.
fn leads(
    entity: &EndEntityCert<'_>,
    between: &[CertificateDer<'_>],
    trusted: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), Refusal> {
    let anchors: Vec<_> = trusted.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let seconds = u64::try_from(now.as_millis() / 1000).unwrap_or_default();
    entity
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            between,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map(|_| ())
        .map_err(|_| unusable())
}

fn is_signed(entity: &EndEntityCert<'_>, signed: &Signed<'_>) -> Result<(), Refusal> {
    let algorithm: &dyn SignatureVerificationAlgorithm = match signed.digest {
        Digest::Sha1 => &RsaSha1,
        Digest::Sha256 => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    };
    entity.verify_signature(algorithm, signed.text, signed.signature).map_err(|_| bad_signature())
}

/// RSA PKCS#1 v1.5 over SHA-1, which webpki rightly does not offer for certificates; SNS still signs messages so.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public_key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    /// sha1WithRSAEncryption (RFC 4055, section 5): OID 1.2.840.113549.1.1.5, NULL.
    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0])
    }
}

/// Refuses a certificate outside its dates. webpki tells them only along with a chain, which SNS's file does not have.
fn valid(certificate: &CertificateDer<'_>, now: Timestamp) -> Result<(), Refusal> {
    let (from, to) = dates(certificate).ok_or_else(unusable)?;
    if from <= now && now <= to { Ok(()) } else { Err(unusable()) }
}

/// `notBefore` and `notAfter` (RFC 5280, section 4.1).
fn dates(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (body, _) = element(certificate, SEQUENCE)?;
    let (mut body, _) = element(body, SEQUENCE)?;
    if let Some((_, rest)) = element(body, VERSION) {
        body = rest;
    }
    // Serial number, algorithm, issuer.
    for tag in [0x02, SEQUENCE, SEQUENCE] {
        (_, body) = element(body, tag)?;
    }
    let (validity, _) = element(body, SEQUENCE)?;
    let (from, rest) = moment(validity)?;
    let (to, _) = moment(rest)?;
    Some((from, to))
}

/// The content of a DER element and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (given, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    if *given == tag { rest.split_at_checked(length) } else { None }
}

/// `UTCTime` (two digits of a year, 1950 to 2049) or `GeneralizedTime`, both to the second in UTC.
fn moment(input: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest, century) = match element(input, 0x17) {
        Some((text, rest)) => (text, rest, true),
        None => element(input, 0x18).map(|(text, rest)| (text, rest, false))?,
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = match century {
        true if text.get(..2)? < "50" => format!("20{text}"),
        true => format!("19{text}"),
        false => text.to_owned(),
    };
    let part = |range: std::ops::Range<usize>| text.get(range);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(8..10)?,
        part(10..12)?,
        text.get(12..)?
    );
    Some((Timestamp::parse(&iso).ok()?, rest))
}
