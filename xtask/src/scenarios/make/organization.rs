//! An organization: root, units, accounts, service control policies; read and changed in its management account.

use super::cloud::Place;
use super::permits_observed::global;
use super::story::Story;
use super::trail::{Actor, Dialect};
use serde_json::{Value, json};

/// An organization with one unit below the root that every member account is in.
#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub management: String,
    pub id: String,
    pub root: String,
    pub unit: String,
    pub members: Vec<(String, String)>,
    pub policies: Vec<ControlPolicy>,
}

/// A service control policy.
#[derive(Debug, Clone)]
pub(super) struct ControlPolicy {
    pub id: String,
    pub name: String,
    pub content: Value,
    /// Ids of what it is attached to.
    pub targets: Vec<String>,
}

/// AWS's own policy that allows everything: attached to everything unless somebody takes it away.
const FULL: &str = "p-FullAWSAccess";

impl Organization {
    pub(super) fn policy_arn(&self, id: &str) -> String {
        format!("arn:aws:organizations::{}:policy/{}/service_control_policy/{id}", self.management, self.id)
    }
}

impl Story {
    /// An organization of these accounts, each with its name; the management account is not among them.
    pub(super) fn organization(&mut self, management: &str, members: &[(&str, &str)]) -> Organization {
        let letters = |text: String| -> String { text.to_lowercase() };
        let root = format!("r-{}", letters(self.ids.capitals("", "root", 4)));
        let unit =
            format!("ou-{}-{}", root.trim_start_matches("r-"), letters(self.ids.capitals("", "unit", 8)));
        let mut targets = vec![root.clone(), unit.clone(), management.to_owned()];
        targets.extend(members.iter().map(|(account, _)| (*account).to_owned()));
        let content = json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
        let organization = Organization {
            management: management.to_owned(),
            id: format!("o-{}", letters(self.ids.capitals("", "organization", 10))),
            root,
            unit,
            members: members.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect(),
            policies: vec![ControlPolicy {
                id: FULL.to_owned(),
                name: "FullAWSAccess".to_owned(),
                content,
                targets,
            }],
        };
        self.permits.organization = Some(organization.clone());
        organization
    }

    /// A service control policy attached to these targets. Gives its id.
    pub(super) fn control_policy(&mut self, name: &str, content: Value, targets: &[&str]) -> String {
        let id = format!("p-{}", self.ids.capitals("", name, 8).to_lowercase());
        let targets = targets.iter().map(|target| (*target).to_owned()).collect();
        let policy = ControlPolicy { id: id.clone(), name: name.to_owned(), content, targets };
        match &mut self.permits.organization {
            Some(organization) => organization.policies.push(policy),
            None => self.mistakes.push(format!("no organization for `{name}`")),
        }
        id
    }

    /// Attaches a service control policy, on record in the management account.
    pub(super) fn attach_control_policy(&mut self, actor: &Actor, policy: &str, target: &str) -> String {
        let Some(organization) = &mut self.permits.organization else {
            self.mistakes.push(format!("no organization for `{policy}`"));
            return String::new();
        };
        if let Some(policy) = organization.policies.iter_mut().find(|other| other.id == policy) {
            policy.targets.push(target.to_owned());
        }
        let place = global(&organization.management);
        let request = json!({ "policyId": policy, "targetId": target });
        self.made_in(actor, &place, "organizations", "AttachPolicy", Dialect::Flat, request, Value::Null)
    }

    /// Records the organization's read calls; without one, nothing.
    pub(super) fn observe_organization(&mut self) {
        let Some(organization) = self.permits.organization.clone() else { return };
        let place = global(&organization.management);
        let (management, id) = (&organization.management, &organization.id);
        let arn = |rest: &str| format!("arn:aws:organizations::{management}:{rest}");
        let output = json!({ "Organization": {
            "Id": id, "Arn": arn(&format!("organization/{id}")), "FeatureSet": "ALL", "MasterAccountId": management,
            "MasterAccountArn": arn(&format!("account/{id}/{management}")), "MasterAccountEmail": "aws@example.com"
        } });
        self.answer(&place, "organizations", "DescribeOrganization", json!({}), Ok(output));
        let output = json!({ "Roots": [{ "Id": organization.root, "Name": "Root",
            "Arn": arn(&format!("root/{id}/{}", organization.root)),
            "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] }] });
        self.answer(&place, "organizations", "ListRoots", json!({}), Ok(output));
        let mut accounts = vec![(management.clone(), "management".to_owned())];
        accounts.extend(organization.members.iter().cloned());
        let listed: Vec<_> = accounts
            .iter()
            .map(|(account, name)| {
                json!({ "Id": account, "Arn": arn(&format!("account/{id}/{account}")), "Name": name, "Status": "ACTIVE",
                    "Email": format!("aws+{name}@example.com"), "JoinedMethod": "CREATED" })
            })
            .collect();
        self.answer(&place, "organizations", "ListAccounts", json!({}), Ok(json!({ "Accounts": listed })));
        self.observe_levels(&place, &organization);
        for policy in &organization.policies {
            let output = json!({ "Policy": { "PolicySummary": summary(&organization, policy),
                "Content": policy.content.to_string() } });
            self.answer(
                &place,
                "organizations",
                "DescribePolicy",
                json!({ "PolicyId": policy.id }),
                Ok(output),
            );
        }
    }

    /// Who is below whom, and which policies are attached at each level.
    fn observe_levels(&mut self, place: &Place, organization: &Organization) {
        let Organization { root, unit, management, members, .. } = organization;
        let mut parents = vec![(unit, root, "ROOT"), (management, root, "ROOT")];
        parents.extend(members.iter().map(|(account, _)| (account, unit, "ORGANIZATIONAL_UNIT")));
        for (child, parent, kind) in &parents {
            let output = json!({ "Parents": [{ "Id": parent, "Type": kind }] });
            let parameters = json!({ "ChildId": child });
            self.answer(place, "organizations", "ListParents", parameters, Ok(output));
        }
        for target in parents.iter().map(|(child, ..)| *child).chain([root]) {
            let attached = organization.policies.iter().filter(|policy| policy.targets.contains(target));
            let attached: Vec<_> = attached.map(|policy| summary(organization, policy)).collect();
            let parameters = json!({ "TargetId": target, "Filter": "SERVICE_CONTROL_POLICY" });
            let output = json!({ "Policies": attached });
            self.answer(place, "organizations", "ListPoliciesForTarget", parameters, Ok(output));
        }
    }
}

fn summary(organization: &Organization, policy: &ControlPolicy) -> Value {
    let is_aws = policy.id == FULL;
    let arn = if is_aws {
        format!("arn:aws:organizations::aws:policy/service_control_policy/{FULL}")
    } else {
        organization.policy_arn(&policy.id)
    };
    json!({ "Id": policy.id, "Arn": arn, "Name": policy.name, "Description": "", "AwsManaged": is_aws,
        "Type": "SERVICE_CONTROL_POLICY" })
}
