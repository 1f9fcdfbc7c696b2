//! Recording the read calls about authorisation as they would be answered at a moment, in the AWS CLI's names.

use super::build::CREATED;
use super::cloud::Place;
use super::permits::{Bucket, Function, Key, Managed, Queue, Role, Table, Topic, role_arn};
use super::story::Story;
use serde_json::{Value, json};

impl Story {
    /// Records every read call about authorisation as it would be answered now.
    pub(super) fn observe_permits(&mut self) {
        for role in self.permits.roles.clone() {
            self.observe_role(&role);
        }
        for managed in self.permits.managed.clone() {
            self.observe_managed(&managed);
        }
        for profile in self.permits.profiles.clone() {
            let place = global(&profile.account);
            let role = self.permits.roles.iter().find(|role| role.name == profile.name).map(described);
            let output = json!({ "InstanceProfile": {
                "Path": "/", "InstanceProfileName": profile.name, "CreateDate": CREATED, "Tags": [],
                "InstanceProfileId": self.ids.capitals("AIPA", &profile.name, 17),
                "Arn": format!("arn:aws:iam::{}:instance-profile/{}", profile.account, profile.name),
                "Roles": role.into_iter().collect::<Vec<_>>()
            } });
            let parameters = json!({ "InstanceProfileName": profile.name });
            self.answer(&place, "iam", "GetInstanceProfile", parameters, Ok(output));
        }
        self.observe_buckets();
        self.observe_functions();
        for table in self.permits.tables.clone() {
            self.observe_dynamo_table(&table);
        }
        for key in self.permits.keys.clone() {
            self.observe_key(&key);
        }
        self.observe_aliases();
        for queue in self.permits.queues.clone() {
            self.observe_queue(&queue);
        }
        for topic in self.permits.topics.clone() {
            self.observe_topic(&topic);
        }
        for secret in self.permits.secrets.clone() {
            let asked = json!({ "SecretId": secret.arn });
            let named = json!({ "ARN": secret.arn, "Name": secret.name });
            let described = json!({ "ARN": secret.arn, "Name": secret.name, "KmsKeyId": secret.key,
                "RotationEnabled": false, "CreatedDate": CREATED, "Tags": [] });
            let place = &secret.place;
            self.answer(place, "secretsmanager", "DescribeSecret", asked.clone(), Ok(described));
            self.answer(place, "secretsmanager", "GetResourcePolicy", asked, Ok(named));
        }
        self.observe_organization();
    }

    /// Records one call: answered, refused to the recorder, or failed because there is none.
    pub(super) fn answer(
        &mut self,
        place: &Place,
        service: &str,
        operation: &'static str,
        parameters: Value,
        answer: Result<Value, (&str, &str)>,
    ) {
        if self.permits.refused.contains(&operation) {
            let account = &place.account;
            let reader = format!("arn:aws:sts::{account}:assumed-role/incident-reader/recorder");
            let action = format!("{service}:{operation}");
            let message = format!(
                "User: {reader} is not authorized to perform: {action} because no identity-based policy allows the \
                 {action} action"
            );
            let code = if service == "iam" { "AccessDenied" } else { "AccessDeniedException" };
            self.failed(place, service, operation, &parameters, code, &message);
            return;
        }
        match answer {
            Ok(output) => self.call(place, service, operation, parameters, output),
            Err((code, message)) => self.failed(place, service, operation, &parameters, code, message),
        }
    }

    fn observe_role(&mut self, role: &Role) {
        let place = global(&role.account);
        let named = json!({ "RoleName": role.name });
        let mut document = described(role);
        if let Some(members) = document.as_object_mut() {
            members.insert("MaxSessionDuration".to_owned(), json!(3600));
            if !role.tags.is_empty() {
                let tags = role.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
                members.insert("Tags".to_owned(), tags.collect());
            }
            if let Some(boundary) = &role.boundary {
                let boundary =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary });
                members.insert("PermissionsBoundary".to_owned(), boundary);
            }
        }
        self.answer(&place, "iam", "GetRole", named.clone(), Ok(json!({ "Role": document })));
        let name = |arn: &String| arn.rsplit('/').next().unwrap_or_default().to_owned();
        let attached: Vec<_> =
            role.attached.iter().map(|arn| json!({ "PolicyName": name(arn), "PolicyArn": arn })).collect();
        let output = json!({ "AttachedPolicies": attached, "IsTruncated": false });
        self.answer(&place, "iam", "ListAttachedRolePolicies", named.clone(), Ok(output));
        let names: Vec<_> = role.inline.keys().collect();
        let output = json!({ "PolicyNames": names, "IsTruncated": false });
        self.answer(&place, "iam", "ListRolePolicies", named, Ok(output));
        for (name, document) in &role.inline {
            let parameters = json!({ "RoleName": role.name, "PolicyName": name });
            let output = json!({ "RoleName": role.name, "PolicyName": name, "PolicyDocument": document });
            self.answer(&place, "iam", "GetRolePolicy", parameters, Ok(output));
        }
    }

    fn observe_managed(&mut self, managed: &Managed) {
        let place = global(&managed.account);
        let roles = self.permits.roles.iter().filter(|role| role.account == managed.account);
        let count = roles.filter(|role| role.attached.contains(&managed.arn)).count();
        let path = managed.arn.split_once(":policy").map_or("/", |(_, path)| path);
        let (path, name) = path.rsplit_once('/').unwrap_or_default();
        let version = |number: u32| format!("v{number}");
        let output = json!({ "Policy": {
            "PolicyName": name, "PolicyId": self.ids.capitals("ANPA", &managed.arn, 17), "Arn": managed.arn,
            "Path": format!("{path}/"), "DefaultVersionId": version(managed.default), "AttachmentCount": count,
            "PermissionsBoundaryUsageCount": 0, "IsAttachable": true, "CreateDate": CREATED, "UpdateDate": CREATED,
            "Tags": []
        } });
        let named = json!({ "PolicyArn": managed.arn });
        self.answer(&place, "iam", "GetPolicy", named.clone(), Ok(output));
        if !managed.arn.contains("::aws:") {
            let versions = managed.versions.iter().rev().map(|(number, _)| {
                json!({ "VersionId": version(*number), "IsDefaultVersion": *number == managed.default, "CreateDate": CREATED })
            });
            let output = json!({ "Versions": versions.collect::<Vec<_>>(), "IsTruncated": false });
            self.answer(&place, "iam", "ListPolicyVersions", named, Ok(output));
        }
        for (number, document) in &managed.versions {
            let parameters = json!({ "PolicyArn": managed.arn, "VersionId": version(*number) });
            let output = json!({ "PolicyVersion": { "Document": document, "VersionId": version(*number),
                "IsDefaultVersion": *number == managed.default, "CreateDate": CREATED } });
            self.answer(&place, "iam", "GetPolicyVersion", parameters, Ok(output));
        }
    }

    fn observe_buckets(&mut self) {
        let buckets = self.permits.buckets.clone();
        let mut accounts: Vec<_> = buckets.iter().map(|bucket| bucket.place.account.clone()).collect();
        accounts.sort();
        accounts.dedup();
        for account in accounts {
            let own = buckets.iter().filter(|bucket| bucket.place.account == account);
            let listed: Vec<_> =
                own.clone().map(|bucket| json!({ "Name": bucket.name, "CreationDate": CREATED })).collect();
            let owner = format!("{}{}", self.ids.hex(&account), self.ids.hex(&format!("owner {account}")));
            let output = json!({ "Buckets": listed, "Owner": { "ID": owner } });
            self.answer(&global(&account), "s3", "ListBuckets", json!({}), Ok(output));
            for bucket in own {
                self.observe_bucket(bucket);
            }
        }
    }

    fn observe_bucket(&mut self, bucket: &Bucket) {
        let (place, named) = (&bucket.place, json!({ "Bucket": bucket.name }));
        let region = if place.region == "us-east-1" { Value::Null } else { json!(place.region) };
        let output = json!({ "LocationConstraint": region });
        self.answer(place, "s3", "GetBucketLocation", named.clone(), Ok(output));
        let answer = match &bucket.policy {
            Some(policy) => Ok(json!({ "Policy": policy.to_string() })),
            None => Err(("NoSuchBucketPolicy", "The bucket policy does not exist")),
        };
        self.answer(place, "s3", "GetBucketPolicy", named.clone(), answer);
        let block = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true,
            "BlockPublicPolicy": true, "RestrictPublicBuckets": true } });
        self.answer(place, "s3", "GetPublicAccessBlock", named, Ok(block));
    }

    fn observe_functions(&mut self) {
        let functions = self.permits.functions.clone();
        let mut places: Vec<_> = functions.iter().map(|function| function.place.clone()).collect();
        places.sort();
        places.dedup();
        for place in places {
            let own: Vec<_> = functions.iter().filter(|function| function.place == place).collect();
            let listed: Vec<_> = own.iter().map(|function| self.configuration(function)).collect();
            let output = json!({ "Functions": listed });
            self.answer(&place, "lambda", "ListFunctions", json!({}), Ok(output));
            for function in own {
                let named = json!({ "FunctionName": function.name });
                let output = self.configuration(function);
                self.answer(&place, "lambda", "GetFunctionConfiguration", named.clone(), Ok(output));
                let answer = match &function.invoker {
                    Some((service, source)) => {
                        let statement = json!({ "Sid": "invoke", "Effect": "Allow", "Action": "lambda:InvokeFunction",
                            "Principal": { "Service": service }, "Resource": function.arn(),
                            "Condition": { "ArnLike": { "AWS:SourceArn": source } } });
                        let policy =
                            json!({ "Version": "2012-10-17", "Id": "default", "Statement": [statement] });
                        let revision = self.ids.uuid(&format!("policy of {}", function.name));
                        Ok(json!({ "Policy": policy.to_string(), "RevisionId": revision }))
                    }
                    None => Err(("ResourceNotFoundException", "The resource you requested does not exist.")),
                };
                self.answer(&place, "lambda", "GetPolicy", named, answer);
            }
        }
    }

    fn configuration(&self, function: &Function) -> Value {
        json!({
            "FunctionName": function.name, "FunctionArn": function.arn(), "Runtime": function.runtime,
            "Role": role_arn(&function.place.account, &function.role), "Handler": "app.handler", "CodeSize": 48_213,
            "Description": "", "Timeout": 30, "MemorySize": 512, "LastModified": CREATED, "Version": "$LATEST",
            "Environment": { "Variables": function.variables }, "TracingConfig": { "Mode": "PassThrough" },
            "RevisionId": self.ids.uuid(&format!("{} {}", function.name, function.role)), "State": "Active",
            "LastUpdateStatus": "Successful", "PackageType": "Zip", "Architectures": ["arm64"]
        })
    }

    fn observe_dynamo_table(&mut self, table: &Table) {
        let place = &table.place;
        let output = json!({ "Table": {
            "TableName": table.name, "TableArn": table.arn(), "TableStatus": "ACTIVE", "CreationDateTime": CREATED,
            "AttributeDefinitions": [{ "AttributeName": table.key, "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": table.key, "KeyType": "HASH" }], "ItemCount": 12_406,
            "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" }, "DeletionProtectionEnabled": true
        } });
        self.answer(place, "dynamodb", "DescribeTable", json!({ "TableName": table.name }), Ok(output));
        let message =
            format!("Resource-based policy not found for the provided ResourceArn: {}", table.arn());
        let parameters = json!({ "ResourceArn": table.arn() });
        let answer = Err(("PolicyNotFoundException", message.as_str()));
        self.answer(place, "dynamodb", "GetResourcePolicy", parameters, answer);
    }

    fn observe_key(&mut self, key: &Key) {
        let (place, named) = (&key.place, json!({ "KeyId": key.id }));
        let output = json!({ "KeyMetadata": {
            "AWSAccountId": place.account, "KeyId": key.id, "Arn": key.arn(), "CreationDate": CREATED, "Enabled": true,
            "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": false
        } });
        self.answer(place, "kms", "DescribeKey", named.clone(), Ok(output));
        let output = json!({ "Policy": key.policy.to_string(), "PolicyName": "default" });
        self.answer(
            place,
            "kms",
            "GetKeyPolicy",
            json!({ "KeyId": key.id, "PolicyName": "default" }),
            Ok(output),
        );
        self.answer(
            place,
            "kms",
            "ListGrants",
            named.clone(),
            Ok(json!({ "Grants": [], "Truncated": false })),
        );
    }

    /// Aliases are listed by region, all of them.
    fn observe_aliases(&mut self) {
        let keys = self.permits.keys.clone();
        let mut places: Vec<_> = keys.iter().map(|key| key.place.clone()).collect();
        places.sort();
        places.dedup();
        for place in places {
            let own = keys.iter().filter(|key| key.place == place).map(|key| {
                let name = format!("alias/{}", key.alias);
                json!({ "AliasName": name, "AliasArn": place.arn("kms", &name), "TargetKeyId": key.id, "CreationDate": CREATED })
            });
            let output = json!({ "Aliases": own.collect::<Vec<_>>(), "Truncated": false });
            self.answer(&place, "kms", "ListAliases", json!({}), Ok(output));
        }
    }

    fn observe_queue(&mut self, queue: &Queue) {
        let place = &queue.place;
        let url = format!("https://sqs.{}.amazonaws.com/{}/{}", place.region, place.account, queue.name);
        let output = json!({ "Attributes": { "QueueArn": queue.arn(), "VisibilityTimeout": "60",
            "ApproximateNumberOfMessages": "0", "SqsManagedSseEnabled": "true" } });
        let parameters = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        self.answer(place, "sqs", "GetQueueAttributes", parameters, Ok(output));
    }

    /// A topic always has a policy; this one lets EventBridge publish.
    fn observe_topic(&mut self, topic: &Topic) {
        let arn = topic.arn();
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Events", "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" }, "Action": "sns:Publish", "Resource": arn }] });
        let output = json!({ "Attributes": { "TopicArn": arn, "Owner": topic.place.account,
            "Policy": policy.to_string(), "SubscriptionsConfirmed": "2" } });
        self.answer(&topic.place, "sns", "GetTopicAttributes", json!({ "TopicArn": arn }), Ok(output));
    }
}

/// Where IAM answers.
pub(super) fn global(account: &str) -> Place {
    Place::new(account, "us-east-1")
}

/// A role as other documents contain it.
fn described(role: &Role) -> Value {
    json!({
        "Path": "/", "RoleName": role.name, "RoleId": role.id, "Arn": role.arn(), "CreateDate": role.created,
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": { "Service": role.service }, "Action": "sts:AssumeRole" }] }
    })
}
