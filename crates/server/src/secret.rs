//! Secrets of the service's own: sessions, tokens, what protects forms.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 32 bytes cannot be guessed: 256 bits, twice what NIST SP 800-63B asks of a session secret (section 7.1: 64 bits).
const BYTES: usize = 32;

/// A new secret as text that may stand in a header, a cookie, a form.
pub(crate) fn token() -> butfor_store::Result<String> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| butfor_store::Error::Closed)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a form of a session carries: known only to who knows the session's secret, and of no use without it.
pub(crate) fn csrf(session: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"butfor form of session ");
    hash.update(session.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Compares without telling by its time where two texts differ.
pub(crate) fn same(left: &str, right: &str) -> bool {
    use subtle::ConstantTimeEq;
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert!(one.len() >= 43, "{one}");
        assert!(same(&csrf(&one), &csrf(&one)));
        assert!(!same(&csrf(&one), &csrf(&other)));
        assert!(!csrf(&one).contains(&one));
    }
}
