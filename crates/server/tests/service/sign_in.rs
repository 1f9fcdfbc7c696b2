//! Sign-in by a provider: the whole way with a provider of the test's own, and everything that must not be believed.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use butfor_server::SignIn;
use butfor_store::Role;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;

const ISSUER: &str = "https://login.test";

struct Provider {
    key: EcdsaKeyPair,
    random: SystemRandom,
    canned: Arc<Canned>,
}

impl Provider {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let metadata = json!({"issuer": ISSUER, "authorization_endpoint": "https://login.test/authorize",
            "token_endpoint": "https://login.test/token", "jwks_uri": "https://login.test/keys"});
        let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k1", "x": x, "y": y}]});
        let canned = Canned::new(&[
            ("https://login.test/.well-known/openid-configuration", metadata.to_string()),
            ("https://login.test/keys", keys.to_string()),
        ]);
        Self { key, random, canned: Arc::new(canned) }
    }

    fn token(&self, claims: &Value, kid: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256", "kid": kid})), part(claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn gives(&self, token: String) {
        let answer = json!({"access_token": "x", "token_type": "Bearer", "id_token": token}).to_string();
        self.canned.0.lock().unwrap().insert("https://login.test/token".to_owned(), answer);
    }
}

async fn service(provider: &Provider) -> Running {
    let mut setup = Setup { fetch: provider.canned.clone(), ..Setup::default() };
    setup.settings.public_url = Some("https://butfor.test".to_owned());
    setup.settings.sign_in = Some(SignIn {
        issuer: ISSUER.to_owned(),
        client_id: "butfor".to_owned(),
        client_secret: Some("s".to_owned()),
        scopes: vec!["openid".to_owned()],
        role_claim: "groups".to_owned(),
        roles: vec![("on-call".to_owned(), Role::Responder), ("platform".to_owned(), Role::Admin)],
        default_role: None,
    });
    Running::with(setup).await
}

/// Begins a sign-in: what the browser keeps, and the state and nonce the provider is told.
async fn begin(service: &Running) -> (String, String, String) {
    let page = service.client.get(service.url("/sign-in?next=/incidents/7")).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self' https://login.test"), "{policy}");
    let form = cookie(&page, "butfor_form");
    let csrf = csrf(&page.text().await.unwrap());
    let answer = service
        .client
        .post(service.url("/sign-in/oidc"))
        .header("cookie", format!("butfor_form={form}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("csrf={}&next=/incidents/7", encoded(&csrf)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(place.starts_with("https://login.test/authorize?"), "{place}");
    assert!(place.contains("code_challenge_method=S256"), "{place}");
    let field = |name: &str| {
        let found = place.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
        percent_encoding::percent_decode_str(found).decode_utf8().unwrap().into_owned()
    };
    (cookie(&answer, "butfor_sign_in"), field("state"), field("nonce"))
}

async fn back(service: &Running, pending: &str, state: &str) -> reqwest::Response {
    let url = service.url(&format!("/sign-in/callback?code=c&state={}", encoded(state)));
    service.client.get(url).header("cookie", format!("butfor_sign_in={pending}")).send().await.unwrap()
}

fn claims(nonce: &str) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    json!({"iss": ISSUER, "aud": "butfor", "sub": "ann", "name": "Ann", "groups": ["staff", "on-call"], "nonce": nonce,
        "iat": now, "exp": now + 300})
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_the_provider_knows_gets_the_role_of_their_group() {
    let provider = Provider::new();
    let service = service(&provider).await;
    let (pending, state, nonce) = begin(&service).await;
    provider.gives(provider.token(&claims(&nonce), "k1"));
    let answer = back(&service, &pending, &state).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    assert_eq!(answer.headers()["location"], "/incidents/7");
    let session = cookie(&answer, "__Host-butfor_session");
    let page = service
        .client
        .get(service.url("/incidents"))
        .header("cookie", format!("__Host-butfor_session={session}"))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("Ann") && page.contains("responder"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_believed_signs_nobody_in() {
    let provider = Provider::new();
    let stranger = Provider::new();
    let service = service(&provider).await;
    let with = |nonce: &str, name: &str, value: Value| {
        let mut claims = claims(nonce);
        claims[name] = value;
        claims
    };
    type Made<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let cases: Vec<(&str, Made<'_>)> = vec![
        ("another's signature", Box::new(|nonce| stranger.token(&claims(nonce), "k1"))),
        ("an unknown key", Box::new(|nonce| provider.token(&claims(nonce), "k2"))),
        ("another sign-in's answer", Box::new(|_| provider.token(&claims("other"), "k1"))),
        ("for another program", Box::new(|nonce| provider.token(&with(nonce, "aud", json!("other")), "k1"))),
        (
            "of another issuer",
            Box::new(|nonce| provider.token(&with(nonce, "iss", json!("https://evil.test")), "k1")),
        ),
        ("out of date", Box::new(|nonce| provider.token(&with(nonce, "exp", json!(1_700_000_000)), "k1"))),
        ("without a role", Box::new(|nonce| provider.token(&with(nonce, "groups", json!(["staff"])), "k1"))),
        (
            "without a signature",
            Box::new(|nonce| {
                let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
                format!("{}.{}.", part(json!({"alg": "none"})), part(claims(nonce)))
            }),
        ),
    ];
    for (what, token) in cases {
        let (pending, state, nonce) = begin(&service).await;
        provider.gives(token(&nonce));
        let answer = back(&service, &pending, &state).await;
        assert_eq!(answer.status(), 401, "{what}");
        let has_session =
            answer.headers().get_all("set-cookie").iter().any(|it| it.to_str().unwrap().contains("session="));
        assert!(!has_session, "{what}");
    }
    // The state of another browser, and no sign-in begun at all.
    let (pending, _, nonce) = begin(&service).await;
    provider.gives(provider.token(&claims(&nonce), "k1"));
    assert_eq!(back(&service, &pending, "other").await.status(), 401);
    assert_eq!(back(&service, "", "").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_signs_nobody_in() {
    let service = Running::start().await;
    let page = service.client.get(service.url("/sign-in")).send().await.unwrap();
    let form = cookie(&page, "butfor_form");
    let csrf = csrf(&page.text().await.unwrap());
    let answer = service
        .client
        .post(service.url("/sign-in"))
        .header("cookie", format!("butfor_form={form}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("csrf={}&token=guess&next=/", encoded(&csrf)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}
