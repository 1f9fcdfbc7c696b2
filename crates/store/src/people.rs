//! Who may do what: people, their sessions, their tokens. Of what proves them only a digest is kept.
//!
//! A session id and a token are random and long (the caller makes them), so a plain SHA-256 is enough: there is nothing
//! to guess (OWASP, "Password Storage": slow hashes are for what people choose).

use crate::database::get;
use crate::error::{Error, Result};
use crate::key::digest;
use crate::sql::{PersonId, TokenId, sql};
use crate::store::Store;
use butfor_incident::Timestamp;
use sqlx::any::AnyRow;

/// What a person may do; each may what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Decides about hypotheses, starts investigations, links alerts.
    Responder,
    /// Approves plans.
    Approver,
    /// Everything.
    Admin,
}

impl Role {
    /// The role in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }

    /// The role a word means, if it means one.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Responder, Self::Approver, Self::Admin]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their number.
    pub id: PersonId,
    /// Who vouches for them (the OIDC issuer, or `local`).
    pub issuer: String,
    /// Their id there.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Their address, or empty.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether they were shut out.
    pub is_disabled: bool,
}

/// Somebody who signs in, as their issuer describes them.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Who vouches for them.
    pub issuer: String,
    /// Their id there.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Their address, or empty.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// A token for programs; the token itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its number.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// What it is for, in their words.
    pub name: String,
    /// What it may be used for, separated by spaces.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

const PERSON: &str = "p.id, p.issuer, p.subject, p.name, p.email, p.role, p.disabled_at";

impl Store {
    /// Notes that somebody signed in; name, address and role are those of now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in(&self, who: &SignIn, now: Timestamp) -> Result<Person> {
        let row = sql!(
            "INSERT INTO person (issuer, subject, name, email, role, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, email = excluded.email, \
             role = excluded.role RETURNING id, issuer, subject, name, email, role, disabled_at",
            who.issuer.clone(),
            who.subject.clone(),
            who.name.clone(),
            who.email.clone(),
            who.role.word(),
            now.as_millis(),
        )
        .fetch_one(self.database.writer())
        .await?;
        person(&row)
    }

    /// Shuts somebody out, or lets them in again; their sessions end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_person(&self, id: PersonId, at: Option<Timestamp>) -> Result<()> {
        let mut write = self.database.write().await?;
        sql!("UPDATE person SET disabled_at = $2 WHERE id = $1", id.0, at.map(Timestamp::as_millis))
            .execute(&mut *write)
            .await?;
        sql!("DELETE FROM session WHERE person_id = $1", id.0).execute(&mut *write).await?;
        write.commit().await?;
        Ok(())
    }

    /// Begins a session that whoever shows `secret` is in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_session(
        &self,
        secret: &str,
        who: PersonId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        sql!(
            "INSERT INTO session (digest, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            digest(secret.as_bytes()),
            who.0,
            now.as_millis(),
            until.as_millis(),
        )
        .execute(self.database.writer())
        .await?;
        Ok(())
    }

    /// Who is in the session of `secret`, if it goes on and they are not shut out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, secret: &str, now: Timestamp) -> Result<Option<Person>> {
        let statement = format!(
            "SELECT {PERSON} FROM session s JOIN person p ON p.id = s.person_id \
             WHERE s.digest = $1 AND s.expires_at > $2 AND p.disabled_at IS NULL"
        );
        let row = sql!(sqlx::AssertSqlSafe(statement), digest(secret.as_bytes()), now.as_millis())
            .fetch_optional(self.database.read())
            .await?;
        row.as_ref().map(person).transpose()
    }

    /// Ends the session of `secret`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, secret: &str) -> Result<()> {
        sql!("DELETE FROM session WHERE digest = $1", digest(secret.as_bytes()))
            .execute(self.database.writer())
            .await?;
        Ok(())
    }

    /// Makes `secret` a token of somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(
        &self,
        secret: &str,
        who: PersonId,
        name: &str,
        scopes: &str,
        now: Timestamp,
        until: Option<Timestamp>,
    ) -> Result<TokenId> {
        let row = sql!(
            "INSERT INTO api_token (digest, person_id, name, scopes, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            digest(secret.as_bytes()),
            who.0,
            name.to_owned(),
            scopes.to_owned(),
            now.as_millis(),
            until.map(Timestamp::as_millis),
        )
        .fetch_one(self.database.writer())
        .await?;
        Ok(TokenId(get(&row, "id")?))
    }

    /// Whose token `secret` is and what it may be used for, if it is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, secret: &str, now: Timestamp) -> Result<Option<(Person, String)>> {
        let statement = format!(
            "SELECT {PERSON}, t.scopes FROM api_token t JOIN person p ON p.id = t.person_id WHERE t.digest = $1 \
             AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND p.disabled_at IS NULL"
        );
        let row = sql!(sqlx::AssertSqlSafe(statement), digest(secret.as_bytes()), now.as_millis())
            .fetch_optional(self.database.read())
            .await?;
        row.map(|row| Ok((person(&row)?, get(&row, "scopes")?))).transpose()
    }

    /// The tokens of somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, who: PersonId) -> Result<Vec<TokenRow>> {
        let rows = sql!(
            "SELECT id, person_id, name, scopes, created_at, expires_at, revoked_at FROM api_token \
             WHERE person_id = $1 ORDER BY id",
            who.0
        )
        .fetch_all(self.database.read())
        .await?;
        rows.iter().map(token).collect()
    }

    /// Takes a token back.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such good token.
    pub async fn revoke_token(&self, id: TokenId, at: Timestamp) -> Result<()> {
        let done = sql!(
            "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            id.0,
            at.as_millis()
        )
        .execute(self.database.writer())
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound { what: "token", id: id.to_string() });
        }
        Ok(())
    }
}

fn person(row: &AnyRow) -> Result<Person> {
    let word: String = get(row, "role")?;
    Ok(Person {
        id: PersonId(get(row, "id")?),
        issuer: get(row, "issuer")?,
        subject: get(row, "subject")?,
        name: get(row, "name")?,
        email: get(row, "email")?,
        role: Role::of(&word).ok_or_else(|| Error::damaged(format!("a person has the role `{word}`")))?,
        is_disabled: get::<Option<i64>>(row, "disabled_at")?.is_some(),
    })
}

fn token(row: &AnyRow) -> Result<TokenRow> {
    let moment = |name| Ok::<_, Error>(get::<Option<i64>>(row, name)?.map(Timestamp::from_millis));
    Ok(TokenRow {
        id: TokenId(get(row, "id")?),
        person: PersonId(get(row, "person_id")?),
        name: get(row, "name")?,
        scopes: get(row, "scopes")?,
        created_at: Timestamp::from_millis(get(row, "created_at")?),
        expires_at: moment("expires_at")?,
        revoked_at: moment("revoked_at")?,
    })
}
