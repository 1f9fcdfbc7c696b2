//! What decides on requests: roles, policies, and the resources that have policies of their own, as their read calls
//! answer.

use super::build::CREATED;
use super::cloud::Place;
use super::organization::Organization;
use super::story::Story;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Everything of a scenario that decides on requests.
#[derive(Debug, Default)]
pub(super) struct Permits {
    pub roles: Vec<Role>,
    pub managed: Vec<Managed>,
    pub profiles: Vec<Profile>,
    pub buckets: Vec<Bucket>,
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub keys: Vec<Key>,
    pub queues: Vec<Queue>,
    pub topics: Vec<Topic>,
    pub secrets: Vec<Secret>,
    pub organization: Option<Organization>,
    /// Operations that the recorder was refused.
    pub refused: Vec<&'static str>,
}

/// A role.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub account: String,
    pub name: String,
    pub id: String,
    /// The service that assumes it.
    pub service: &'static str,
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    pub inline: BTreeMap<String, Value>,
    pub boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub created: String,
}

/// A managed policy with every version it has.
#[derive(Debug, Clone)]
pub(super) struct Managed {
    pub account: String,
    pub arn: String,
    /// Oldest first: number, document.
    pub versions: Vec<(u32, Value)>,
    pub default: u32,
}

/// An instance profile with the role of its name.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub account: String,
    pub name: String,
}

/// A bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub place: Place,
    pub name: String,
    pub policy: Option<Value>,
}

/// A function outside of any VPC.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub place: Place,
    pub name: String,
    /// Name of its role.
    pub role: String,
    pub runtime: &'static str,
    pub variables: Value,
    /// Service principal and source ARN that may invoke it.
    pub invoker: Option<(&'static str, String)>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub place: Place,
    pub name: String,
    pub key: &'static str,
}

/// A customer-managed key with one alias.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub place: Place,
    pub id: String,
    pub alias: String,
    pub policy: Value,
}

/// A queue.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub place: Place,
    pub name: String,
}

/// A secret, encrypted with a key.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub place: Place,
    pub name: String,
    pub arn: String,
    pub key: String,
}

/// A topic.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub place: Place,
    pub name: String,
}

impl Topic {
    pub(super) fn arn(&self) -> String {
        self.place.arn("sns", &self.name)
    }
}

impl Role {
    pub(super) fn arn(&self) -> String {
        role_arn(&self.account, &self.name)
    }
}

impl Function {
    pub(super) fn arn(&self) -> String {
        self.place.arn("lambda", &format!("function:{}", self.name))
    }
}

impl Table {
    pub(super) fn arn(&self) -> String {
        self.place.arn("dynamodb", &format!("table/{}", self.name))
    }
}

impl Key {
    pub(super) fn arn(&self) -> String {
        self.place.arn("kms", &format!("key/{}", self.id))
    }
}

impl Queue {
    pub(super) fn arn(&self) -> String {
        self.place.arn("sqs", &self.name)
    }
}

/// `arn:aws:iam::ACCOUNT:role/NAME`.
pub(super) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

/// A policy document of these statements.
pub(super) fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A statement of an identity policy that allows.
pub(super) fn allow(sid: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

/// The two ARNs of a bucket: itself and its objects.
pub(super) fn bucket_arns(names: &[String]) -> Vec<String> {
    names.iter().flat_map(|name| [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")]).collect()
}

/// AWS's own policy for functions that only log.
pub(super) const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// AWS's own policy for instances under Systems Manager, as far as the scenarios need it.
pub(super) const SSM: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

impl Story {
    /// A role that a service (`lambda.amazonaws.com`) assumes, with one inline policy of the given statements.
    pub(super) fn role(
        &mut self,
        account: &str,
        name: &str,
        service: &'static str,
        inline: &[Value],
    ) -> Role {
        let mut role = Role {
            account: account.to_owned(),
            name: name.to_owned(),
            id: self.ids.capitals("AROA", name, 17),
            service,
            attached: Vec::new(),
            inline: BTreeMap::new(),
            boundary: None,
            tags: BTreeMap::new(),
            created: CREATED.to_owned(),
        };
        if !inline.is_empty() {
            role.inline.insert(format!("{name}-inline"), policy(inline));
        }
        let aws = match service {
            "lambda.amazonaws.com" => Some(BASIC),
            "ec2.amazonaws.com" => Some(SSM),
            _ => None,
        };
        if let Some(arn) = aws {
            role.attached.push(arn.to_owned());
            self.aws_managed(account, arn);
        }
        self.permits.roles.push(role.clone());
        role
    }

    fn aws_managed(&mut self, account: &str, arn: &str) {
        let is_known = |known: &Managed| known.arn == arn && known.account == account;
        if self.permits.managed.iter().any(is_known) {
            return;
        }
        let everywhere = ["*".to_owned()];
        let statement = if arn == BASIC {
            allow("Logs", &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], &everywhere)
        } else {
            let actions =
                ["ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel", "ec2messages:GetMessages"];
            allow("Core", &actions, &everywhere)
        };
        let document = policy(&[statement]);
        let account = account.to_owned();
        self.permits.managed.push(Managed {
            account,
            arn: arn.to_owned(),
            versions: vec![(1, document)],
            default: 1,
        });
    }

    /// A customer-managed policy at `versions`, the last of them in force.
    pub(super) fn managed_policy(&mut self, account: &str, name: &str, versions: &[Value]) -> String {
        let arn = format!("arn:aws:iam::{account}:policy/{name}");
        let versions: Vec<_> = (1..).zip(versions.iter().cloned()).collect();
        let default = versions.last().map_or(1, |(number, _)| *number);
        let account = account.to_owned();
        self.permits.managed.push(Managed { account, arn: arn.clone(), versions, default });
        arn
    }

    /// Edits a role. Roles are named by name: a scenario has no two of one name.
    pub(super) fn edit_role(&mut self, name: &str, edit: impl FnOnce(&mut Role)) {
        match self.permits.roles.iter_mut().find(|role| role.name == name) {
            Some(role) => edit(role),
            None => self.mistakes.push(format!("there is no role `{name}`")),
        }
    }

    /// Attaches a managed policy from the beginning.
    pub(super) fn with_policy(&mut self, role: &str, arn: &str) {
        self.edit_role(role, |role| role.attached.push(arn.to_owned()));
    }

    pub(super) fn bucket(&mut self, place: &Place, name: &str, policy: Option<Value>) -> Bucket {
        let bucket = Bucket { place: place.clone(), name: name.to_owned(), policy };
        self.permits.buckets.push(bucket.clone());
        bucket
    }

    pub(super) fn function(&mut self, place: &Place, name: &str, role: &Role, variables: Value) -> Function {
        let function = Function {
            place: place.clone(),
            name: name.to_owned(),
            role: role.name.clone(),
            runtime: "python3.13",
            variables,
            invoker: None,
        };
        self.permits.functions.push(function.clone());
        function
    }

    pub(super) fn dynamo_table(&mut self, place: &Place, name: &str, key: &'static str) -> Table {
        let table = Table { place: place.clone(), name: name.to_owned(), key };
        self.permits.tables.push(table.clone());
        table
    }

    /// A key whose policy gives the account the say, and what `more` allows.
    pub(super) fn key(&mut self, place: &Place, alias: &str, more: &[Value]) -> Key {
        let root = format!("arn:aws:iam::{}:root", place.account);
        let mut statements = vec![json!({ "Sid": "Enable IAM User Permissions", "Effect": "Allow",
            "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" })];
        statements.extend_from_slice(more);
        let key = Key {
            place: place.clone(),
            id: self.ids.uuid(&format!("key {alias}")),
            alias: alias.to_owned(),
            policy: policy(&statements),
        };
        self.permits.keys.push(key.clone());
        key
    }

    pub(super) fn queue(&mut self, place: &Place, name: &str) -> Queue {
        let queue = Queue { place: place.clone(), name: name.to_owned() };
        self.permits.queues.push(queue.clone());
        queue
    }

    pub(super) fn topic(&mut self, place: &Place, name: &str) -> Topic {
        let topic = Topic { place: place.clone(), name: name.to_owned() };
        self.permits.topics.push(topic.clone());
        topic
    }

    /// A secret under a key.
    pub(super) fn secret(&mut self, name: &str, key: &Key) -> Secret {
        let suffix = self.ids.capitals("", name, 6);
        let arn = key.place.arn("secretsmanager", &format!("secret:{name}-{suffix}"));
        let secret = Secret { place: key.place.clone(), name: name.to_owned(), arn, key: key.arn() };
        self.permits.secrets.push(secret.clone());
        secret
    }

    /// The places that have anything of it.
    pub(super) fn permit_places(&self) -> Vec<Place> {
        let permits = &self.permits;
        let mut places: Vec<_> = permits
            .buckets
            .iter()
            .map(|bucket| bucket.place.clone())
            .chain(permits.functions.iter().map(|function| function.place.clone()))
            .collect();
        places.sort();
        places.dedup();
        places
    }
}
