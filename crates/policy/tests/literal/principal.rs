//! Who asks, and whether a statement means them.

use super::{Names, context, departs, list, text};
use serde_json::Value;

/// A caller, by the parts of its ARN.
#[derive(Debug)]
pub struct Caller<'a> {
    arn: &'a str,
    /// The role behind a session, the user behind a federated user's.
    issuer: Option<&'a str>,
    action: String,
}

impl<'a> Caller<'a> {
    pub fn of(case: &'a Value) -> Self {
        let action = text(&case["action"]).to_ascii_lowercase();
        let arn = text(&case["principal"]);
        let behind = context(case, "aws:PrincipalArn").and_then(Value::as_str);
        let issuer =
            if arn.contains(":assumed-role/") { behind.filter(|arn| arn.contains(":role/")) } else { None };
        Self { arn, issuer, action }
    }

    fn part(&self, at: usize) -> &'a str {
        self.arn.splitn(6, ':').nth(at).unwrap_or("")
    }

    pub fn account(&self) -> Option<&'a str> {
        self.has_identity().then(|| self.part(4))
    }

    /// Services, identity providers and anonymous callers have no policies of their own.
    pub fn has_identity(&self) -> bool {
        self.arn.starts_with("arn:") && !self.is_federated()
    }

    pub fn is_service(&self) -> bool {
        self.arn.ends_with(".amazonaws.com") && !self.is_federated()
    }

    fn is_federated(&self) -> bool {
        self.part(5).contains("-provider/") || self.action.starts_with("sts:assumerolewith")
    }

    pub fn is_root(&self) -> bool {
        self.part(5) == "root"
    }

    fn is_role(&self) -> bool {
        self.part(5).starts_with("role/")
    }

    fn is_session(&self) -> bool {
        self.part(5).starts_with("assumed-role/")
    }

    fn is_federated_user(&self) -> bool {
        self.part(5).starts_with("federated-user/")
    }

    fn is_user(&self) -> bool {
        self.part(5).starts_with("user/")
    }

    fn role_name(&self) -> &'a str {
        match (self.is_session(), self.is_role()) {
            (true, _) => self.part(5).split('/').nth(1).unwrap_or(""),
            (_, true) => self.part(5).rsplit('/').next().unwrap_or(""),
            _ => "",
        }
    }

    pub fn is_service_linked(&self) -> bool {
        let path = if self.is_role() { Some(self.arn) } else { self.issuer };
        path.is_some_and(|arn| arn.contains(":role/aws-service-role/"))
            || self.role_name().starts_with("AWSServiceRoleFor")
    }

    /// Whether a role ARN is that of the caller's session, or a user ARN that of the federated user.
    fn is_behind(&self, arn: &str) -> bool {
        let account = arn.split(':').nth(4);
        if self.is_session() && arn.contains(":role/") {
            return match self.issuer {
                Some(issuer) => arn == issuer,
                None => {
                    account == self.account()
                        && arn.split_once(":role/").is_some_and(|(_, name)| name == self.role_name())
                }
            };
        }
        let name = self.part(5).strip_prefix("federated-user/");
        self.is_federated_user()
            && account == self.account()
            && arn.split_once(":user/").map(|(_, name)| name) == name
    }
}

/// By which names a statement means the caller.
pub fn names(case: &Value, caller: &Caller<'_>, statement: &Value, layer: &str) -> Names {
    if let Some(spared) = statement.get("NotPrincipal") {
        return Names { direct: !spares(case, caller, spared), ..Names::default() };
    }
    match statement.get("Principal") {
        Some(principal) => listed(case, caller, principal, layer),
        None => Names { direct: true, ..Names::default() },
    }
}

fn listed(case: &Value, caller: &Caller<'_>, principal: &Value, layer: &str) -> Names {
    let mut names = Names::default();
    if principal == "*" {
        names.direct = true;
    }
    for (kind, entries) in principal.as_object().into_iter().flatten() {
        for entry in list(entries).map(text) {
            let is_account = entry.len() == 12 && entry.chars().all(|c| c.is_ascii_digit());
            let is_gateway = layer == "vpce"
                && ["s3:", "dynamodb:"].iter().any(|prefix| caller.action.starts_with(prefix));
            match kind.as_str() {
                "AWS" if entry == "*" => names.direct = true,
                "AWS" if is_account || entry.ends_with(":root") => {
                    let account = if is_account { Some(entry) } else { entry.split(':').nth(4) };
                    names.account |= caller.account() == account && (!is_gateway || caller.is_root());
                }
                // Unique ids.
                "AWS" if !entry.starts_with("arn:") && departs(case, "unique-ids") => {}
                "AWS" if !entry.starts_with("arn:") => {
                    let is_it = context(case, "aws:userid")
                        .and_then(Value::as_str)
                        .is_some_and(|id| id.split(':').next() == Some(entry));
                    names.direct |= is_it && caller.is_user();
                    names.role |= is_it && (caller.is_session() || caller.is_role());
                }
                "AWS" if entry == caller.arn && caller.is_role() => names.role = true,
                "AWS" if entry == caller.arn => names.direct = true,
                "AWS" => names.role |= caller.is_behind(entry),
                "Service" => names.direct |= entry.eq_ignore_ascii_case(caller.arn) && !caller.is_federated(),
                "Federated" => {
                    let provider = entry.split_once(":oidc-provider/").map_or(entry, |(_, host)| host);
                    names.direct |= caller.is_federated() && (entry == caller.arn || provider == caller.arn);
                }
                _ => {}
            }
        }
    }
    names
}

/// `NotPrincipal` with `Deny`: account, role and session must be listed; a caller with a boundary is never spared.
fn spares(case: &Value, caller: &Caller<'_>, principal: &Value) -> bool {
    let is_iam = caller.is_user() || caller.is_session() || caller.is_role();
    let anyone = principal == "*" || list(&principal["AWS"]).any(|entry| entry == "*");
    if case.get("boundary").is_some() && is_iam {
        return false;
    }
    let found = listed(case, caller, principal, "resource");
    if departs(case, "not-principal") {
        return found.any();
    }
    let prefix =
        format!("arn:aws:sts::{}:assumed-role/{}/", caller.account().unwrap_or(""), caller.role_name());
    let lists_sessions = list(&principal["AWS"]).map(text).any(|entry| entry.starts_with(&prefix));
    match () {
        () if anyone => true,
        () if !caller.has_identity() => found.direct,
        () if caller.is_root() => found.account,
        () if caller.is_role() => found.account && found.role,
        () if caller.is_session() => found.account && found.role && (found.direct || !lists_sessions),
        () => found.account && found.direct,
    }
}
