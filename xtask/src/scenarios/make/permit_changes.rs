//! Changes of authorisation: the call on record, in CloudTrail's shapes, and what it does to the documents.

use super::cloud::{ENDPOINTS, INSTANCES, Place};
use super::permits::{Function, role_arn};
use super::permits_observed::global;
use super::story::Story;
use super::trail::{Actor, Dialect};
use serde_json::{Value, json};

impl Story {
    fn iam(
        &mut self,
        actor: &Actor,
        account: &str,
        operation: &str,
        request: Value,
        answer: Value,
    ) -> String {
        self.made_in(actor, &global(account), "iam", operation, Dialect::Flat, request, answer)
    }

    fn account_of(&mut self, role: &str) -> String {
        let mut account = String::new();
        self.edit_role(role, |role| account.clone_from(&role.account));
        account
    }

    /// Sets an inline policy.
    pub(super) fn put_role_policy(
        &mut self,
        actor: &Actor,
        role: &str,
        name: &str,
        document: &Value,
    ) -> String {
        let account = self.account_of(role);
        self.edit_role(role, |role| {
            role.inline.insert(name.to_owned(), document.clone());
        });
        let request = json!({ "roleName": role, "policyName": name, "policyDocument": document.to_string() });
        self.iam(actor, &account, "PutRolePolicy", request, Value::Null)
    }

    /// Detaches a managed policy.
    pub(super) fn detach_role_policy(&mut self, actor: &Actor, role: &str, arn: &str) -> String {
        let account = self.account_of(role);
        self.edit_role(role, |role| role.attached.retain(|other| other != arn));
        let request = json!({ "roleName": role, "policyArn": arn });
        self.iam(actor, &account, "DetachRolePolicy", request, Value::Null)
    }

    /// Takes a tag off a role.
    pub(super) fn untag_role(&mut self, actor: &Actor, role: &str, key: &str) -> String {
        let account = self.account_of(role);
        self.edit_role(role, |role| {
            role.tags.remove(key);
        });
        let request = json!({ "roleName": role, "tagKeys": [key] });
        self.iam(actor, &account, "UntagRole", request, Value::Null)
    }

    /// Gives an instance the profile of another role.
    pub(super) fn replace_profile(
        &mut self,
        actor: &Actor,
        place: &Place,
        instance: &str,
        role: &str,
    ) -> String {
        let arn = format!("arn:aws:iam::{}:instance-profile/{role}", place.account);
        let id = self.ids.capitals("AIPA", role, 17);
        self.set(INSTANCES, instance, "IamInstanceProfile", &json!({ "Arn": arn, "Id": id }));
        let old = self.ids.id("iip-assoc", instance);
        let new = self.ids.id("iip-assoc", &format!("{instance} {role}"));
        let request = json!({ "AssociationId": old, "IamInstanceProfile": { "Name": role } });
        let answer = json!({ "iamInstanceProfileAssociation": { "associationId": new, "instanceId": instance,
            "state": "associating", "iamInstanceProfile": { "arn": arn, "id": id } } });
        let operation = "ReplaceIamInstanceProfileAssociation";
        self.made(actor, place, operation, Dialect::Wrapped, request, answer)
    }

    /// Puts a permissions boundary on a role.
    pub(super) fn put_boundary(&mut self, actor: &Actor, role: &str, arn: &str) -> String {
        let account = self.account_of(role);
        self.edit_role(role, |role| role.boundary = Some(arn.to_owned()));
        let request = json!({ "roleName": role, "permissionsBoundary": arn });
        self.iam(actor, &account, "PutRolePermissionsBoundary", request, Value::Null)
    }

    /// Adds a version to a managed policy and puts it in force.
    pub(super) fn create_policy_version(&mut self, actor: &Actor, arn: &str, document: &Value) -> String {
        let Some(managed) = self.permits.managed.iter_mut().find(|managed| managed.arn == arn) else {
            self.mistakes.push(format!("there is no policy `{arn}`"));
            return String::new();
        };
        let number = managed.versions.last().map_or(1, |(number, _)| number + 1);
        managed.versions.push((number, document.clone()));
        managed.default = number;
        let account = managed.account.clone();
        let request =
            json!({ "policyArn": arn, "policyDocument": document.to_string(), "setAsDefault": true });
        let answer = json!({ "policyVersion": { "versionId": format!("v{number}"), "isDefaultVersion": true,
            "createDate": self.now.to_string() } });
        self.iam(actor, &account, "CreatePolicyVersion", request, answer)
    }

    /// Puts another version of a managed policy in force.
    pub(super) fn set_default_version(&mut self, actor: &Actor, arn: &str, number: u32) -> String {
        let Some(managed) = self.permits.managed.iter_mut().find(|managed| managed.arn == arn) else {
            self.mistakes.push(format!("there is no policy `{arn}`"));
            return String::new();
        };
        managed.default = number;
        let account = managed.account.clone();
        let request = json!({ "policyArn": arn, "versionId": format!("v{number}") });
        self.iam(actor, &account, "SetDefaultPolicyVersion", request, Value::Null)
    }

    /// Gives a function another execution role; CloudTrail leaves the environment out.
    pub(super) fn swap_role(&mut self, actor: &Actor, function: &Function, role: &str) -> String {
        let own = self.permits.functions.iter_mut().find(|other| other.arn() == function.arn());
        if let Some(own) = own {
            own.role = role.to_owned();
        }
        let arn = role_arn(&function.place.account, role);
        let request = json!({ "functionName": function.name, "role": arn, "environment": {} });
        let answer = json!({
            "functionName": function.name, "functionArn": function.arn(), "runtime": function.runtime, "role": arn,
            "handler": "app.handler", "codeSize": 48_213, "timeout": 30, "memorySize": 512, "version": "$LATEST",
            "environment": {}, "lastUpdateStatus": "InProgress", "state": "Active"
        });
        let operation = "UpdateFunctionConfiguration20150331v2";
        self.made_in(actor, &function.place, "lambda", operation, Dialect::Flat, request, answer)
    }

    /// Sets a bucket's policy.
    pub(super) fn put_bucket_policy(&mut self, actor: &Actor, bucket: &str, document: &Value) -> String {
        let Some(own) = self.permits.buckets.iter_mut().find(|other| other.name == bucket) else {
            self.mistakes.push(format!("there is no bucket `{bucket}`"));
            return String::new();
        };
        own.policy = Some(document.clone());
        let place = own.place.clone();
        let host = format!("{bucket}.s3.{}.amazonaws.com", place.region);
        let request = json!({ "bucketPolicy": document, "bucketName": bucket, "Host": host, "policy": "" });
        let event = self.made_in(actor, &place, "s3", "PutBucketPolicy", Dialect::Flat, request, Value::Null);
        let resources = json!([{ "accountId": place.account, "type": "AWS::S3::Bucket",
            "ARN": format!("arn:aws:s3:::{bucket}") }]);
        self.annotate(&event, json!({ "resources": resources }));
        event
    }

    /// Gives a key another policy without anybody's call: at first, or because a principal it names is gone.
    pub(super) fn set_key_policy(&mut self, key: &str, document: &Value) {
        match self.permits.keys.iter_mut().find(|other| other.id == key) {
            Some(own) => own.policy = document.clone(),
            None => self.mistakes.push(format!("there is no key `{key}`")),
        }
    }

    /// Replaces a key's policy.
    pub(super) fn put_key_policy(&mut self, actor: &Actor, key: &str, document: &Value) -> String {
        let Some(own) = self.permits.keys.iter_mut().find(|other| other.id == key) else {
            self.mistakes.push(format!("there is no key `{key}`"));
            return String::new();
        };
        own.policy = document.clone();
        let (place, arn) = (own.place.clone(), own.arn());
        let request = json!({ "keyId": key, "policyName": "default", "policy": document.to_string(),
            "bypassPolicyLockoutSafetyCheck": false });
        let event = self.made_in(actor, &place, "kms", "PutKeyPolicy", Dialect::Flat, request, Value::Null);
        let resources = json!([{ "accountId": place.account, "type": "AWS::KMS::Key", "ARN": arn }]);
        self.annotate(&event, json!({ "resources": resources }));
        event
    }

    /// Sets an endpoint's policy.
    pub(super) fn put_endpoint_policy(
        &mut self,
        actor: &Actor,
        place: &Place,
        endpoint: &str,
        document: &Value,
    ) -> String {
        self.set(ENDPOINTS, endpoint, "PolicyDocument", &json!(document.to_string()));
        let request = json!({ "VpcEndpointId": endpoint, "PolicyDocument": document.to_string() });
        self.made(actor, place, "ModifyVpcEndpoint", Dialect::Wrapped, request, json!({}))
    }
}
