//! Sign-in by an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636).

use crate::fetch::Fetch;
use crate::settings::SignIn;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use butfor_store::Role;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Largest document of a provider: key sets have some tens of keys.
const DOCUMENT_MAX: usize = 256 << 10;

/// How long a provider's addresses and keys are believed. Keys that are not among them are looked for at once.
const BELIEVED: Duration = Duration::from_secs(3600);

/// Signatures that are taken: public keys only, so that a client secret never becomes a key (RFC 8725, section 2.1).
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
];

/// Why somebody was not signed in, in words for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OidcError {
    /// The provider does not answer as it should.
    #[error("the identity provider does not answer as it should: {0}")]
    Provider(String),
    /// What it vouches for is not for us, or not now.
    #[error("what the identity provider says cannot be believed: {0}")]
    Token(String),
    /// Nobody gave them a role.
    #[error("you are known, but nobody gave you a role here: ask whoever runs Butfor")]
    NoRole,
}

/// What a sign-in has to remember between the two visits; it travels in a cookie of the browser.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
pub(crate) struct Pending {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub next: String,
}

impl Pending {
    /// A new one.
    pub(crate) fn new(next: &str) -> butfor_store::Result<Self> {
        let token = crate::secret::token;
        Ok(Self { state: token()?, nonce: token()?, verifier: token()?, next: next.to_owned() })
    }

    /// As a cookie's value.
    pub(crate) fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From a cookie's value.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// Where a provider is asked.
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

struct Known {
    metadata: Metadata,
    keys: JwkSet,
    at: Instant,
}

/// A provider.
pub(crate) struct Provider {
    settings: SignIn,
    redirect: String,
    fetch: Arc<dyn Fetch>,
    known: Mutex<Option<Arc<Known>>>,
}

impl Provider {
    /// A provider that sends people back to `public_url`.
    pub(crate) fn new(settings: SignIn, public_url: &str, fetch: Arc<dyn Fetch>) -> Self {
        Self { settings, redirect: format!("{public_url}/sign-in/callback"), fetch, known: Mutex::default() }
    }

    /// What people know it by: its host.
    pub(crate) fn name(&self) -> String {
        let host = self.settings.issuer.split("://").nth(1).unwrap_or(&self.settings.issuer);
        host.split('/').next().unwrap_or(host).to_owned()
    }
    /// Learns where the provider is, if that is not known; whoever signs in will hear it if it does not answer.
    pub(crate) async fn meet(&self) {
        if let Err(error) = self.known(false).await {
            tracing::warn!(%error, "the identity provider cannot be reached");
        }
    }

    /// Scheme and host of where people are sent, once it is known.
    pub(crate) fn origin(&self) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let (scheme, rest) = known.metadata.authorization_endpoint.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let is_host = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        is_host.then(|| format!("{scheme}://{host}"))
    }

    async fn document<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, OidcError> {
        let bytes = self.fetch.get(url, DOCUMENT_MAX).await.map_err(OidcError::Provider)?;
        serde_json::from_slice(&bytes).map_err(|error| OidcError::Provider(error.to_string()))
    }

    async fn known(&self, is_fresh_wanted: bool) -> Result<Arc<Known>, OidcError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| !is_fresh_wanted && known.at.elapsed() < BELIEVED) {
            return Ok(known);
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let metadata: Metadata = self.document(&format!("{issuer}/.well-known/openid-configuration")).await?;
        if metadata.issuer.trim_end_matches('/') != issuer {
            return Err(OidcError::Provider("it says that it is another".to_owned()));
        }
        let keys = self.document(&metadata.jwks_uri).await?;
        let known = Arc::new(Known { metadata, keys, at: Instant::now() });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }

    /// Where to send somebody's browser.
    pub(crate) async fn address(&self, pending: &Pending) -> Result<String, OidcError> {
        let known = self.known(false).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.as_bytes()));
        let scopes = self.settings.scopes.join(" ");
        let query = [
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.redirect),
            ("scope", &scopes),
            ("state", &pending.state),
            ("nonce", &pending.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let end = &known.metadata.authorization_endpoint;
        let separator = if end.contains('?') { '&' } else { '?' };
        Ok(format!("{end}{separator}{}", query.join("&")))
    }

    /// Who came back with this code.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        pending: &Pending,
    ) -> Result<butfor_store::SignIn, OidcError> {
        #[derive(Deserialize)]
        struct Answer {
            id_token: String,
        }
        let known = self.known(false).await?;
        let mut form = vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".to_owned(), code.to_owned()),
            ("redirect_uri".to_owned(), self.redirect.clone()),
            ("code_verifier".to_owned(), pending.verifier.clone()),
            ("client_id".to_owned(), self.settings.client_id.clone()),
        ];
        // Basic authentication is what every provider must know (RFC 6749, section 2.3.1).
        let basic =
            self.settings.client_secret.as_deref().map(|secret| (self.settings.client_id.as_str(), secret));
        if basic.is_some() {
            form.retain(|(name, _)| name != "client_id");
        }
        let bytes = self.fetch.post_form(&known.metadata.token_endpoint, &form, basic, DOCUMENT_MAX).await;
        let bytes = bytes.map_err(OidcError::Provider)?;
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|_| OidcError::Provider("it gave no id token".to_owned()))?;
        let claims = self.claims(&answer.id_token, &pending.nonce).await?;
        self.person(&claims)
    }

    async fn claims(&self, token: &str, nonce: &str) -> Result<Value, OidcError> {
        let believed = |text: &str| OidcError::Token(text.to_owned());
        let header = decode_header(token).map_err(|_| believed("it is no token"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(believed("its signature is of a kind that is not taken"));
        }
        let mut known = self.known(false).await?;
        let find = |known: &Known| match &header.kid {
            Some(kid) => known.keys.find(kid).cloned(),
            None if known.keys.keys.len() == 1 => known.keys.keys.first().cloned(),
            None => None,
        };
        let mut key = find(&known);
        if key.is_none() {
            // Keys are changed now and then.
            known = self.known(true).await?;
            key = find(&known);
        }
        let key = key.ok_or_else(|| believed("it is signed with a key the provider does not have"))?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| believed("its key cannot be used"))?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&known.metadata.issuer]);
        validation.set_audience(&[&self.settings.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = decode::<Value>(token, &key, &validation)
            .map_err(|error| OidcError::Token(error.to_string()))?
            .claims;
        if !claims.get("nonce").and_then(Value::as_str).is_some_and(|it| crate::secret::same(it, nonce)) {
            return Err(believed("it answers another sign-in"));
        }
        Ok(claims)
    }

    fn person(&self, claims: &Value) -> Result<butfor_store::SignIn, OidcError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let role = self.role(claims).ok_or(OidcError::NoRole)?;
        let name =
            [text("name"), text("preferred_username"), text("email")].into_iter().find(|it| !it.is_empty());
        Ok(butfor_store::SignIn {
            issuer: self.settings.issuer.clone(),
            subject: text("sub"),
            name: name.unwrap_or_default(),
            email: text("email"),
            role,
        })
    }

    /// The highest role that one of the claim's values makes.
    fn role(&self, claims: &Value) -> Option<Role> {
        let values: Vec<&str> = match claims.get(&self.settings.role_claim) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        };
        let of_claim = self
            .settings
            .roles
            .iter()
            .filter(|(value, _)| values.contains(&value.as_str()))
            .map(|(_, role)| *role);
        of_claim.max().or(self.settings.default_role)
    }
}
