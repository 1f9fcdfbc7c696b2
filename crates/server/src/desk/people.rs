//! Who people are: sessions of browsers, tokens of programs, the administrator's first token.

use super::Desk;
use crate::clock::now;
use crate::secret;
use butfor_store::{AuditEntry, Person, Result, Role, SignIn, Store, TokenId, TokenRow};

/// The setting that says that the administrator's token was made.
const FIRST_TOKEN: &str = "first_token";

/// Who vouches for the administrator with the printed token.
pub(crate) const LOCAL: &str = "local";

/// What a token may be used for, each with what it allows.
pub(crate) const SCOPES: [(&str, &str); 3] = [
    ("read", "read incidents, reports and evidence"),
    ("respond", "start investigations, decide on hypotheses, unlink alerts, close incidents"),
    ("admin", "everything, also tokens and the audit log"),
];

impl Desk {
    /// The administrator's token, made at the first start and never shown again.
    ///
    /// # Errors
    /// When the store fails, or there is no randomness.
    pub async fn first_token(&self) -> Result<Option<String>> {
        if !self.store.set_once(FIRST_TOKEN, "made", LOCAL, now()).await? {
            return Ok(None);
        }
        self.admin_token().await.map(Some)
    }

    /// Another token of the administrator: for whoever lost the first, and may start the program.
    ///
    /// # Errors
    /// When the store fails, or there is no randomness.
    pub async fn admin_token(&self) -> Result<String> {
        admin_token(&self.store).await
    }

    /// Begins a session for somebody; returns what the browser shows from now on.
    pub(crate) async fn begin_session(&self, person: &Person) -> Result<String> {
        let secret = secret::token()?;
        let seconds = i64::try_from(self.settings.session.as_secs()).unwrap_or(i64::MAX);
        self.store.begin_session(&secret, person.id, now(), now().plus_seconds(seconds)).await?;
        self.note(&called(person), "session.begin", &format!("person/{}", person.id), &person.issuer).await?;
        Ok(secret)
    }

    /// Signs somebody in with a token of theirs.
    pub(crate) async fn sign_in_by_token(&self, token: &str) -> Result<Option<String>> {
        match self.store.token(token.trim(), now()).await? {
            // A session may do whatever the person may: a token that may less is none for this door.
            Some((person, scopes)) if allowed(&scopes) >= person.role => {
                Ok(Some(self.begin_session(&person).await?))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Notes somebody an identity provider vouches for, and begins their session.
    pub(crate) async fn sign_in(&self, who: &SignIn) -> Result<Option<String>> {
        let person = self.store.sign_in(who, now()).await?;
        if person.is_disabled { Ok(None) } else { Ok(Some(self.begin_session(&person).await?)) }
    }

    /// Makes a token for a program; it is shown once.
    pub(crate) async fn make_token(
        &self,
        person: &Person,
        name: &str,
        scope: &str,
        days: Option<i64>,
    ) -> Result<String> {
        let token = secret::token()?;
        let until = days.map(|days| now().plus_seconds(days.saturating_mul(86_400)));
        self.store.add_token(&token, person.id, name, scope, now(), until).await?;
        self.note(
            &called(person),
            "token.make",
            &format!("person/{}", person.id),
            &format!("{name}: {scope}"),
        )
        .await?;
        Ok(token)
    }

    /// Tokens of somebody that are good.
    pub(crate) async fn good_tokens(&self, person: &Person) -> Result<Vec<TokenRow>> {
        let tokens = self.store.tokens(person.id).await?;
        let is_good =
            |token: &TokenRow| token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > now());
        Ok(tokens.into_iter().filter(is_good).collect())
    }

    /// Takes a token of somebody back.
    pub(crate) async fn revoke_token(&self, person: &Person, token: TokenId) -> Result<()> {
        let is_own = self.store.tokens(person.id).await?.iter().any(|own| own.id == token);
        if !is_own && person.role < Role::Admin {
            return Err(butfor_store::Error::NotFound { what: "token", id: token.to_string() });
        }
        self.store.revoke_token(token, now()).await?;
        self.note(&called(person), "token.revoke", &format!("token/{token}"), "").await
    }
}

/// A token of the administrator, made in a store: for whoever lost the first, and may open the database.
///
/// # Errors
/// When the store fails, or there is no randomness.
pub async fn admin_token(store: &Store) -> Result<String> {
    let admin = store.sign_in(&local_admin(), now()).await?;
    let token = secret::token()?;
    store.add_token(&token, admin.id, "administrator", "admin", now(), None).await?;
    let entry = AuditEntry {
        at: now(),
        actor: LOCAL.to_owned(),
        action: "token.make".to_owned(),
        subject: format!("person/{}", admin.id),
        detail: "administrator".to_owned(),
    };
    store.audit(&entry).await?;
    Ok(token)
}

/// What the scopes of a token allow at most.
pub(crate) fn allowed(scopes: &str) -> Role {
    let has = |scope: &str| scopes.split_whitespace().any(|it| it == scope);
    if has("admin") {
        Role::Admin
    } else if has("respond") {
        Role::Responder
    } else {
        Role::Viewer
    }
}

/// What people are called in logs and decisions.
pub(crate) fn called(person: &Person) -> String {
    [&person.name, &person.email, &person.subject]
        .into_iter()
        .find(|it| !it.is_empty())
        .cloned()
        .unwrap_or_default()
}

fn local_admin() -> SignIn {
    SignIn {
        issuer: LOCAL.to_owned(),
        subject: "admin".to_owned(),
        name: "administrator".to_owned(),
        email: String::new(),
        role: Role::Admin,
    }
}
