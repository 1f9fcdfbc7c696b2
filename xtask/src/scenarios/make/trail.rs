//! CloudTrail records in both of EC2's dialects, and the noise of an ordinary account.

use super::cloud::Place;
use super::story::Story;
use serde_json::{Value, json};

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    kind: Kind,
    name: String,
    session: String,
    source_ip: &'static str,
    agent: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Role,
    User,
}

const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36";
const TERRAFORM: &str =
    "APN/1.0 HashiCorp/1.0 Terraform/1.12.1 (+https://www.terraform.io) terraform-provider-aws/5.98.0";
const BOTO: &str =
    "Boto3/1.38.23 md/Botocore#1.38.23 ua/2.1 os/linux#6.1.134 md/arch#x86_64 lang/python#3.12.9";
const CLI: &str =
    "aws-cli/2.27.22 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.3 md/command#ec2";

impl Actor {
    /// A person in the console, through single sign-on.
    pub(super) fn person(name: &str) -> Self {
        Self {
            kind: Kind::Role,
            name: "AWSReservedSSO_NetworkAdmin_4f1c7d02b95ea863".to_owned(),
            session: format!("{name}@example.com"),
            source_ip: "203.0.113.24",
            agent: BROWSER,
        }
    }

    /// A person with an administrator's permission set.
    pub(super) fn admin(name: &str) -> Self {
        Self { name: "AWSReservedSSO_PlatformAdmin_b81f33e0a96c2d57".to_owned(), ..Self::person(name) }
    }

    /// A pipeline.
    pub(super) fn pipeline(role: &str, session: &str) -> Self {
        let (name, session) = (role.to_owned(), session.to_owned());
        Self { kind: Kind::Role, name, session, source_ip: "198.51.100.40", agent: TERRAFORM }
    }

    /// A script.
    pub(super) fn script(role: &str, session: &str) -> Self {
        let (name, session) = (role.to_owned(), session.to_owned());
        Self { kind: Kind::Role, name, session, source_ip: "198.51.100.77", agent: BOTO }
    }

    /// An IAM user at a command line.
    pub(super) fn user(name: &str) -> Self {
        let (name, session) = (name.to_owned(), String::new());
        Self { kind: Kind::User, name, session, source_ip: "203.0.113.61", agent: CLI }
    }

    fn identity(&self, story: &Story, place: &Place) -> Value {
        let account = &place.account;
        let Self { name, session, .. } = self;
        if self.kind == Kind::User {
            return json!({
                "type": "IAMUser", "principalId": story.ids.capitals("AIDA", name, 17), "accountId": account,
                "arn": format!("arn:aws:iam::{account}:user/{name}"), "userName": name,
                "accessKeyId": story.ids.capitals("AKIA", name, 12) + "EXAMPLE"
            });
        }
        let role = story.ids.capitals("AROA", name, 17);
        json!({
            "type": "AssumedRole", "principalId": format!("{role}:{session}"), "accountId": account,
            "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
            "accessKeyId": story.ids.capitals("ASIA", session, 12) + "EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": role, "accountId": account,
                    "arn": format!("arn:aws:iam::{account}:role/{name}"), "userName": name
                },
                "attributes": { "creationDate": story.now.plus_seconds(-900).to_string(), "mfaAuthenticated": "false" }
            }
        })
    }
}

/// How CloudTrail writes an EC2 call (change-events, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// lowerCamel members, lists in `{"items": [...]}`.
    Flat,
    /// `{"<Operation>Request": {...}}` in PascalCase.
    Wrapped,
}

impl Story {
    /// A call that worked, on record. Gives its event id. What it changes, the story changes itself.
    pub(super) fn made(
        &mut self,
        actor: &Actor,
        place: &Place,
        operation: &str,
        dialect: Dialect,
        request: Value,
        answer: Value,
    ) -> String {
        self.made_in(actor, place, "ec2", operation, dialect, request, answer)
    }

    /// As [`Story::made`], for any service.
    #[expect(clippy::too_many_arguments, reason = "a record has as many parts")]
    pub(super) fn made_in(
        &mut self,
        actor: &Actor,
        place: &Place,
        service: &str,
        operation: &str,
        dialect: Dialect,
        request: Value,
        mut answer: Value,
    ) -> String {
        let number = self.records.len();
        let request_id = self.ids.uuid(&format!("request {number} {operation}"));
        if let Some(members) = answer.as_object_mut()
            && service == "ec2"
        {
            members.insert("requestId".to_owned(), json!(request_id));
            let returned = if dialect == Dialect::Flat { "_return" } else { "return" };
            if members.len() == 1 {
                members.insert(returned.to_owned(), json!(true));
            }
            if dialect == Dialect::Wrapped {
                members.insert("xmlns".to_owned(), json!("http://ec2.amazonaws.com/doc/2016-11-15/"));
            }
        }
        let (request, answer) = match dialect {
            Dialect::Flat => (request, answer),
            Dialect::Wrapped => (
                json!({ format!("{operation}Request"): request }),
                json!({ format!("{operation}Response"): answer }),
            ),
        };
        self.record(actor, place, service, operation, (request, answer), None)
    }

    /// A call that was refused or a dry run: on record with its error, and nothing changed.
    pub(super) fn refused(
        &mut self,
        actor: &Actor,
        place: &Place,
        operation: &str,
        request: Value,
        code: &str,
    ) -> String {
        let message = "You are not authorized to perform this operation.";
        let message = if code.contains("DryRun") {
            "Request would have succeeded, but DryRun flag is set."
        } else {
            message
        };
        self.record(actor, place, "ec2", operation, (request, Value::Null), Some((code, message)))
    }

    /// A call of any service that was refused with this code and message.
    pub(super) fn refused_in(
        &mut self,
        actor: &Actor,
        place: &Place,
        service: &str,
        operation: &str,
        request: Value,
        error: (&str, &str),
    ) -> String {
        self.record(actor, place, service, operation, (request, Value::Null), Some(error))
    }

    /// A call that only reads.
    pub(super) fn read(
        &mut self,
        actor: &Actor,
        place: &Place,
        service: &str,
        operation: &str,
        request: Value,
    ) {
        self.record(actor, place, service, operation, (request, Value::Null), None);
    }

    /// Sets members of a record that is there: `resources`, who passed the call on.
    pub(super) fn annotate(&mut self, event: &str, members: Value) {
        let record = self.records.iter_mut().find(|(_, record)| super::cloud::is(record, "eventID", event));
        match (record.and_then(|(_, record)| record.as_object_mut()), members) {
            (Some(record), Value::Object(members)) => record.extend(members),
            _ => self.mistakes.push(format!("no record `{event}`")),
        }
    }

    /// A service made the call of this record for the caller.
    pub(super) fn invoked_by(&mut self, event: &str, service: &str) {
        let record = self.records.iter_mut().find(|(_, record)| super::cloud::is(record, "eventID", event));
        let identity = record.and_then(|(_, record)| record.get_mut("userIdentity")?.as_object_mut());
        match identity {
            Some(identity) => {
                identity.insert("invokedBy".to_owned(), json!(service));
            }
            None => self.mistakes.push(format!("no record `{event}`")),
        }
    }

    fn record(
        &mut self,
        actor: &Actor,
        place: &Place,
        service: &str,
        operation: &str,
        (request, answer): (Value, Value),
        error: Option<(&str, &str)>,
    ) -> String {
        let number = self.records.len();
        let event_id = self.ids.uuid(&format!("event {number} {operation}"));
        let is_read = ["Describe", "Get", "List", "Lookup", "AssumeRole"]
            .iter()
            .any(|verb| operation.starts_with(verb));
        let mut record = json!({
            "eventVersion": "1.11", "userIdentity": actor.identity(self, place), "eventTime": self.now.to_string(),
            "eventSource": format!("{service}.amazonaws.com"), "eventName": operation, "awsRegion": place.region,
            "sourceIPAddress": actor.source_ip, "userAgent": actor.agent,
            "requestParameters": request, "responseElements": if is_read { Value::Null } else { answer },
            "requestID": self.ids.uuid(&format!("request {number} {operation}")), "eventID": event_id,
            "readOnly": is_read, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": place.account, "eventCategory": "Management"
        });
        if let Some(members) = record.as_object_mut() {
            if let Some((code, message)) = error {
                members.insert("errorCode".to_owned(), json!(code));
                members.insert("errorMessage".to_owned(), json!(message));
            }
            if actor.agent == BROWSER {
                members.insert("sessionCredentialFromConsole".to_owned(), json!("true"));
            }
        }
        self.records.push((place.clone(), record));
        event_id
    }

    /// What goes on in every account: reads, a tagging run, a refused read.
    pub(super) fn add_noise(&mut self) {
        let Some(as_of) = self.as_of else { return };
        let places: Vec<_> = self.cloud.keys().cloned().collect();
        let monitor = Actor::script("MonitoringIntegration", "monitoring-poll");
        let sweeper = Actor::script("tag-governance", "tag-sweeper-0603");
        for place in &places {
            if self.undescribed.contains(&place.account) {
                continue;
            }
            for (minutes_before, operation) in [(41, "DescribeInstances"), (19, "DescribeSecurityGroups")] {
                self.now = as_of.plus_seconds(-60 * minutes_before + 7);
                self.record(&monitor, place, "ec2", operation, (json!({}), Value::Null), None);
            }
            self.now = as_of.plus_seconds(-60 * 33 + 21);
            let request = json!({ "resourcesSet": { "items": [{ "resourceId": self.ids.id("vol", "data") }] },
                "tagSet": { "items": [{ "key": "CostCenter", "value": "2207" }] } });
            self.made(&sweeper, place, "CreateTags", Dialect::Flat, request, json!({}));
            self.now = as_of.plus_seconds(-60 * 27);
            self.refused(
                &monitor,
                place,
                "DescribeInstanceAttribute",
                json!({}),
                "Client.UnauthorizedOperation",
            );
        }
        self.now = as_of;
        self.add_permit_noise();
    }
}
