//! What statements are matched against: the request, and what is wanted of it and not known.

use crate::context::Lookup;
use crate::decision::Missing;
use crate::request::Request;
use crate::truth::Truth;
use std::cell::RefCell;

/// A request on its way through the statements.
#[derive(Debug)]
pub(crate) struct Facts<'r> {
    pub(crate) request: &'r Request,
    /// Whether the caller has a permissions boundary.
    pub(crate) has_boundary: bool,
    /// `*` of S3 is all buckets: AWS's own examples allow `s3:ListAllMyBuckets` on `arn:aws:s3:::*`.
    pub(crate) all_of_service: Option<&'static str>,
    /// Whether an endpoint for this service may be a gateway endpoint (VPC guide, "Gateway endpoints").
    pub(crate) is_gateway_service: bool,
    /// What was asked for and is not known; nobody listens in the first pass.
    missing: Option<RefCell<Vec<Missing>>>,
}

/// A place in the list of what is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl<'r> Facts<'r> {
    pub(crate) fn new(request: &'r Request, has_boundary: bool) -> Self {
        let all_of_service = match (request.resource(), request.service()) {
            ("*", "s3") => Some(match request.principal().split(':').nth(1) {
                Some("aws-cn") => "arn:aws-cn:s3:::*",
                Some("aws-us-gov") => "arn:aws-us-gov:s3:::*",
                _ => "arn:aws:s3:::*",
            }),
            _ => None,
        };
        let is_gateway_service = matches!(request.service(), "s3" | "dynamodb");
        Self { request, has_boundary, all_of_service, is_gateway_service, missing: None }
    }

    /// The same, noting what is missing.
    pub(crate) fn listening(self) -> Self {
        Self { missing: Some(RefCell::default()), ..self }
    }

    /// What is known of a key, by lower-case name.
    pub(crate) fn lookup(&self, lower_case_key: &str) -> Lookup<'r> {
        let found = self.request.context().get(lower_case_key);
        if found == Lookup::Unknown {
            self.lack(|| Missing::ContextKey(lower_case_key.to_owned()));
        }
        found
    }

    /// Whether `aws:PrincipalArn`, which tells the role behind a session, may be there although it was not given.
    pub(crate) fn lookup_issuer(&self) -> Truth {
        match self.request.context().get("aws:principalarn") {
            Lookup::Unknown => Truth::Unknown,
            Lookup::Present(_) | Lookup::Absent => Truth::False,
        }
    }

    /// Notes something that is missing.
    pub(crate) fn lack(&self, missing: impl FnOnce() -> Missing) {
        if let Some(list) = &self.missing {
            list.borrow_mut().push(missing());
        }
    }

    /// Where the list ends now.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.missing.as_ref().map_or(0, |list| list.borrow().len()))
    }

    /// Takes back what was noted since: it turned out not to matter.
    pub(crate) fn forget(&self, mark: Mark) {
        if let Some(list) = &self.missing {
            list.borrow_mut().truncate(mark.0);
        }
    }

    /// What is missing, each once.
    pub(crate) fn into_missing(self) -> Vec<Missing> {
        let mut list = self.missing.map(RefCell::into_inner).unwrap_or_default();
        list.sort_unstable();
        list.dedup();
        list
    }
}
