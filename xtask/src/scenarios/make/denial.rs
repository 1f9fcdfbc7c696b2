//! Denied requests as applications and CloudTrail tell them, and the denials that go on in every account.

use super::cloud::Place;
use super::host::Host;
use super::permits::Function;
use super::story::Story;
use super::trail::Actor;
use serde_json::{Value, json};

/// A session of a role that logs.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub place: Place,
    pub role: String,
    /// Function name or instance id.
    pub name: String,
    group: String,
    stream: String,
    is_function: bool,
}

impl Session {
    /// A function's, under the role it has now.
    pub(super) fn of_function(story: &Story, function: &Function) -> Self {
        let own = story.permits.functions.iter().find(|other| other.arn() == function.arn());
        let role = own.map_or(&function.role, |own| &own.role).clone();
        Self {
            place: function.place.clone(),
            role,
            name: function.name.clone(),
            group: format!("/aws/lambda/{}", function.name),
            stream: format!("2026/06/03/[$LATEST]{}", story.ids.hex(&format!("stream {}", function.name))),
            is_function: true,
        }
    }

    /// An instance's.
    pub(super) fn of_instance(host: &Host, role: &str, group: &str) -> Self {
        Self {
            place: host.place.clone(),
            role: role.to_owned(),
            name: host.id.clone(),
            group: group.to_owned(),
            stream: host.id.clone(),
            is_function: false,
        }
    }

    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.place.account, self.role, self.name)
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::script(&self.role, &self.name)
    }
}

/// AWS's sentence less its beginning: the action, the resource in the service's spelling, the reason.
#[derive(Debug, Clone)]
pub(super) struct Denial {
    pub action: &'static str,
    /// With ` on resource: ` and quotes where the service writes them; empty where it names none.
    pub resource: String,
    pub reason: String,
}

impl Denial {
    /// S3 quotes the ARN.
    pub(super) fn of_s3(action: &'static str, arn: &str, reason: &str) -> Self {
        Self { action, resource: format!(" on resource: \"{arn}\""), reason: reason.to_owned() }
    }

    pub(super) fn of(action: &'static str, arn: &str, reason: &str) -> Self {
        Self { action, resource: format!(" on resource: {arn}"), reason: reason.to_owned() }
    }

    pub(super) fn sentence(&self, session: &Session) -> String {
        let Self { action, resource, reason } = self;
        format!("User: {} is not authorized to perform: {action}{resource} {reason}", session.arn())
    }
}

/// How an SDK prints an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spelling {
    /// boto3: code and operation.
    Boto(&'static str, &'static str),
    /// JavaScript: the exception's name.
    Node(&'static str),
    /// Java: the exception's class and the service.
    Java(&'static str, &'static str),
}

impl Story {
    fn spelled(&self, spelling: Spelling, sentence: &str, number: usize) -> String {
        let request = self.ids.uuid(&format!("denied request {number} {sentence}"));
        match spelling {
            Spelling::Boto(code, operation) => format!(
                "ClientError: An error occurred ({code}) when calling the {operation} operation: {sentence}\n\
                 Traceback (most recent call last):\n  File \"/var/task/app.py\", line 58, in handler\n    \
                 response = client.call(request)"
            ),
            Spelling::Node(name) => format!(
                "{name}: {sentence}\n    at ProtocolLib.getErrorSchemaOrThrowBaseException (/opt/app/node_modules/\
                 @aws-sdk/core/dist-cjs/submodules/protocols/index.js:69:67) {{\n  '$fault': 'client',\n  '$metadata': \
                 {{ httpStatusCode: 403, requestId: '{request}', attempts: 1, totalRetryDelay: 0 }},\n  Code: '{name}'\n}}"
            ),
            Spelling::Java(class, service) => format!(
                "software.amazon.awssdk.services.{class}: {sentence} (Service: {service}, Status Code: 403, Request ID: \
                 {request}) (SDK Attempt Count: 1)"
            ),
        }
    }

    /// The application logs a denial `count` times, every `every` seconds from `from` on, taking turns among `denials`.
    pub(super) fn log_denials(
        &mut self,
        session: &Session,
        spelling: Spelling,
        denials: &[Denial],
        (from, every, count): (&str, i64, i64),
    ) {
        let (now, from) = (self.now, self.moment(from));
        let mut turns = denials.iter().cycle();
        for number in 0..count {
            let Some(denial) = turns.next() else { break };
            self.now = from.plus_seconds(every * number);
            let serial = usize::try_from(number).unwrap_or_default();
            let error = self.spelled(spelling, &denial.sentence(session), serial);
            self.log_line(session, "ERROR", &error);
        }
        self.now = now;
    }

    /// The application logs ordinary work.
    pub(super) fn log_work(&mut self, session: &Session, text: &str, (from, every, count): (&str, i64, i64)) {
        let (now, from) = (self.now, self.moment(from));
        for number in 0..count {
            self.now = from.plus_seconds(every * number);
            self.log_line(session, "INFO", text);
        }
        self.now = now;
    }

    /// The application logs an error of its own words.
    pub(super) fn log_error(&mut self, session: &Session, error: &str, at: &str) {
        let now = self.now;
        self.at(at);
        self.log_line(session, "ERROR", error);
        self.now = now;
    }

    fn log_line(&mut self, session: &Session, level: &str, text: &str) {
        let at = self.now.to_string().replace('Z', ".418Z");
        let line = if session.is_function {
            let request = self.ids.uuid(&format!("invocation {at} {}", session.name));
            let report = format!(
                "REPORT RequestId: {request}\tDuration: 212.40 ms\tBilled Duration: 213 ms\tMemory Size: 512 MB\t\
                 Max Memory Used: 98 MB"
            );
            let start = self.now;
            self.log(
                &session.place,
                &session.group,
                &session.stream,
                &format!("[{level}]\t{at}\t{request}\t{text}"),
            );
            self.now = start.plus_seconds(1);
            self.log(&session.place, &session.group, &session.stream, &report);
            return;
        } else {
            format!("{at} [{level}] [worker] {text}")
        };
        self.log(&session.place, &session.group, &session.stream, &line);
    }

    /// The denied call on record, as services write it whose calls are management events: EC2, KMS, Secrets Manager,
    /// Systems Manager. Data-plane calls (objects, items, messages) are not recorded.
    pub(super) fn record_denial(
        &mut self,
        session: &Session,
        service: &str,
        operation: &str,
        request: Value,
        (code, denial): (&str, &Denial),
    ) -> String {
        let message = denial.sentence(session);
        let (actor, place) = (session.actor(), session.place.clone());
        self.refused_in(&actor, &place, service, operation, request, (code, &message))
    }

    /// What goes on in every account that has roles: a cost report that may not list buckets (for months), deployments
    /// of a function nobody asks about, reads.
    pub(super) fn add_permit_noise(&mut self) {
        let Some(as_of) = self.as_of else { return };
        for place in self.permit_places() {
            let account = &place.account;
            let cost = Actor::script("cost-report-reader", "nightly-cost");
            let denied = format!(
                "User: arn:aws:sts::{account}:assumed-role/cost-report-reader/nightly-cost is not authorized to perform: \
                 s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"
            );
            for minutes in [171, 139, 107, 75, 43, 11] {
                self.now = as_of.plus_seconds(-60 * minutes + 9);
                let error = ("AccessDenied", denied.as_str());
                self.refused_in(&cost, &place, "s3", "ListBuckets", Value::Null, error);
            }
            let audit = Actor::script("org-security-audit", "posture-scan-7f2c");
            self.now = as_of.plus_seconds(-60 * 52 + 3);
            let request = json!({ "maxItems": 100, "filter": ["Role"] });
            self.read(
                &audit,
                &Place::new(account, "us-east-1"),
                "iam",
                "GetAccountAuthorizationDetails",
                request,
            );
            self.now = as_of.plus_seconds(-60 * 36);
            self.read(&audit, &place, "lambda", "ListFunctions20150331", json!({ "maxItems": 50 }));
            let functions = self.permits.functions.iter();
            if !functions.clone().any(|own| own.place == place && own.name == "nightly-report") {
                continue;
            }
            let deploy = Actor::pipeline("github-actions-deploy", "GitHubActions");
            self.now = as_of.plus_seconds(-60 * 38 - 14);
            let request = json!({ "functionName": "nightly-report", "publish": false, "dryRun": false });
            let answer = json!({ "functionName": "nightly-report", "runtime": "python3.13",
                "functionArn": place.arn("lambda", "function:nightly-report"), "environment": {} });
            let operation = "UpdateFunctionCode20150331v2";
            self.made_in(&deploy, &place, "lambda", operation, super::trail::Dialect::Flat, request, answer);
            self.now = as_of.plus_seconds(-60 * 37);
            let request =
                json!({ "roleName": "nightly-report", "tags": [{ "key": "CostCenter", "value": "2207" }] });
            let tagger = Actor::script("tag-governance", "tag-sweeper-0603");
            self.made_in(
                &tagger,
                &Place::new(account, "us-east-1"),
                "iam",
                "TagRole",
                super::trail::Dialect::Flat,
                request,
                Value::Null,
            );
        }
        self.now = as_of;
    }
}
