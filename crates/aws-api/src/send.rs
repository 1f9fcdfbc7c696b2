//! One request until it is answered: rate, credentials, signature, retries, a bucket's region.

use crate::answer::{self, Failure, Raw};
use crate::client::{Call, Client, Target};
use crate::endpoint::{self, Address};
use crate::error::Error;
use crate::rate::Key;
use crate::{iam, retry, sign, special, wire};
use serde_json::Value;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

/// Codes by which services say that a permission is missing. `403` is S3's answer to HEAD, which has no body.
const DENIED: &[&str] = &[
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "ForbiddenException",
    "NotAuthorized",
    "UnauthorizedOperation",
];

/// Codes for credentials that were good once.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// Codes for credentials that AWS does not know. Their messages repeat what was signed, token and all: never shown.
const REFUSED: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// What is done about an answer that is no success.
enum Next {
    /// The bucket is in another region.
    Elsewhere(String),
    /// The credentials have to be fetched anew.
    Refresh,
    /// Again, if there are attempts left: how long was asked to wait, whether it is a throttle, what it is otherwise.
    Again(Option<Duration>, bool, Error),
    Final(Error),
}

impl Client {
    /// Sends the call's request, as often as it takes.
    pub(crate) async fn send(&self, call: &mut Call<'_>) -> Result<Raw, Error> {
        self.check_account(call.target).await?;
        let counts = &self.0.counts;
        let key = Key {
            account: call.target.account.clone(),
            region: call.target.region.clone(),
            service: call.service_name,
            operation: call.name.to_owned(),
        };
        let (mut attempt, mut has_moved, mut has_refreshed) = (0, false, false);
        loop {
            self.0.rates.wait(&key).await;
            let (next, region) = match self.exchange(call).await? {
                (Ok(raw), _) if raw.status < 300 => return Ok(raw),
                (Ok(raw), region) => (self.judge(call, &raw, attempt), region),
                (Err(error), region) if error.retryable() => (Next::Again(None, false, error), region),
                (Err(error), _) => return Err(error),
            };
            match next {
                Next::Elsewhere(found) if !has_moved && found != region => {
                    has_moved = true;
                    let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
                    buckets.insert(bucket(call).to_owned(), found);
                }
                Next::Elsewhere(_) => {
                    return Err(Error::Malformed {
                        problem: "the bucket is told to be in several regions".to_owned(),
                    });
                }
                Next::Refresh if !has_refreshed => {
                    has_refreshed = true;
                    self.0.credentials.forget(call.target.account.as_deref()).await;
                }
                Next::Refresh => return Err(Error::ExpiredCredentials { code: "ExpiredToken".to_owned() }),
                Next::Again(asked, is_throttle, error) => {
                    if is_throttle {
                        counts.throttles.fetch_add(1, Ordering::Relaxed);
                        self.0.rates.empty(&key);
                    }
                    if attempt >= self.0.max_retries {
                        return Err(error);
                    }
                    tokio::time::sleep(retry::wait(attempt, is_throttle, asked)).await;
                    attempt += 1;
                }
                Next::Final(error) => return Err(error),
            }
            counts.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One exchange, and the region it was signed for. The outer error is of what comes before sending.
    async fn exchange(&self, call: &mut Call<'_>) -> Result<(Result<Raw, Error>, String), Error> {
        let credentials = self.0.credentials.get(call.target.account.as_deref()).await?;
        let mut wire = wire::request(call.service, call.name, call.operation, &call.parameters)?;
        special::headers(call.service_name, &mut wire);
        // An object that is stored compressed stays so.
        let unpacks = !(call.service_name == "s3" && call.name == "GetObject");
        let address = self.address(call, &mut wire)?;
        let mut request =
            sign::signed(wire, &address, &call.service.signing, &credentials, SystemTime::now())?;
        if unpacks {
            // Not signed: a proxy may change it.
            request.headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
        }
        self.0.counts.calls.fetch_add(1, Ordering::Relaxed);
        call.requests += 1;
        let answer = self.0.http.send(request, self.0.timeout, self.0.max_answer_bytes, unpacks).await;
        Ok((answer, address.region))
    }

    fn address(&self, call: &Call<'_>, wire: &mut wire::Wire) -> Result<Address, Error> {
        let (name, overrides) = (call.service_name, &self.0.overrides);
        if name != "s3" || bucket(call).is_empty() {
            return endpoint::resolve(name, call.service, &call.target.region, overrides, wire);
        }
        let known = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner).get(bucket(call)).cloned();
        let region = known.as_ref().unwrap_or(&call.target.region);
        let mut address = endpoint::resolve(name, call.service, region, overrides, wire)?;
        endpoint::place_bucket(bucket(call), &mut address, wire, overrides.has(name));
        Ok(address)
    }

    fn judge(&self, call: &Call<'_>, raw: &Raw, attempt: u32) -> Next {
        let Failure { status, code, message, region } = answer::failure(call.service, raw);
        let is_bucket = call.service_name == "s3" && !bucket(call).is_empty();
        if let (true, 300..=308 | 400, Some(region)) = (is_bucket, status, region)
            && region != call.target.region
        {
            return Next::Elsewhere(region);
        }
        let code_is = |codes: &[&str]| codes.contains(&code.as_str());
        let asked = retry::asked(raw);
        if retry::is_throttle(&code, status) {
            let error = Error::Throttled { code, message, attempts: attempt + 1 };
            return Next::Again(asked, true, error);
        }
        if retry::is_transient(&code, status) {
            return Next::Again(asked, false, Error::Service { code, status, message });
        }
        if code_is(EXPIRED) {
            return Next::Refresh;
        }
        Next::Final(if code_is(REFUSED) {
            Error::NoCredentials { reason: format!("AWS does not take them ({code})") }
        } else if code_is(DENIED) {
            Error::Denied { code, message, action: iam::action(call.service_name, call.name) }
        } else {
            Error::Service { code, status, message }
        })
    }

    /// Whether the account asked for is the one that the credentials lead to. Another account's answer would look right
    /// and be wrong.
    async fn check_account(&self, target: &Target) -> Result<(), Error> {
        let Some(account) = target.account.as_deref() else { return Ok(()) };
        if self.0.credentials.has_role(account) {
            return Ok(());
        }
        let own = self.0.own_account.get_or_try_init(|| Box::pin(self.ask_account(&target.region))).await?;
        if own == account {
            return Ok(());
        }
        Err(Error::NoCredentials {
            reason: format!("they are of account {own}, and there is no role for {account}"),
        })
    }

    async fn ask_account(&self, region: &str) -> Result<String, Error> {
        let target = Target { account: None, region: region.to_owned() };
        let answer = self.call(&target, "sts", "GetCallerIdentity", &Value::Null).await?;
        let account = answer.output.get("Account").and_then(Value::as_str);
        account
            .map(str::to_owned)
            .ok_or_else(|| Error::Malformed { problem: "it names no account".to_owned() })
    }
}

fn bucket<'c>(call: &'c Call<'_>) -> &'c str {
    call.parameters.get("Bucket").and_then(Value::as_str).unwrap_or_default()
}
