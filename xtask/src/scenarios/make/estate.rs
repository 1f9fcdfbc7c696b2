//! What stands beside the workload in every account of a scenario about requests: roles, a function and a bucket that
//! have nothing to do with it and work.

use super::build::{CREATED, Vpc, tags};
use super::cloud::{ENDPOINTS, INSTANCES, PREFIX_LISTS, Place, ROUTE_TABLES};
use super::permits::{Profile, allow, bucket_arns};
use super::story::Story;
use super::truth::Cause;
use serde_json::{Value, json};

impl Story {
    /// Roles, a function and a bucket of an ordinary account.
    pub(super) fn bystanders(&mut self, place: &Place) {
        let account = place.account.clone();
        let bucket = format!("nightly-report-{}-{account}", place.region);
        self.role(
            &account,
            "cost-report-reader",
            "ec2.amazonaws.com",
            &[allow("Costs", &["ce:GetCostAndUsage", "cur:DescribeReportDefinitions"], &["*".to_owned()])],
        );
        self.role(
            &account,
            "org-security-audit",
            "ec2.amazonaws.com",
            &[allow(
                "Read",
                &["iam:Get*", "iam:List*", "lambda:List*", "s3:GetBucketPolicy"],
                &["*".to_owned()],
            )],
        );
        let role = self.role(
            &account,
            "nightly-report",
            "lambda.amazonaws.com",
            &[allow(
                "Reports",
                &["s3:PutObject", "s3:GetObject"],
                &bucket_arns(std::slice::from_ref(&bucket)),
            )],
        );
        self.edit_role(&role.name, |role| {
            // The sweeper writes the same value again and again.
            role.tags.insert("CostCenter".to_owned(), "2207".to_owned());
        });
        self.bucket(place, &bucket, None);
        self.function(place, "nightly-report", &role, json!({ "BUCKET": bucket }));
    }

    /// Gives an instance a profile with the role of the same name.
    pub(super) fn profile(&mut self, account: &str, role: &str, instances: &[&str]) {
        let arn = format!("arn:aws:iam::{account}:instance-profile/{role}");
        let id = self.ids.capitals("AIPA", role, 17);
        for instance in instances {
            self.set(INSTANCES, instance, "IamInstanceProfile", &json!({ "Arn": arn, "Id": id }));
        }
        self.permits.profiles.push(Profile { account: account.to_owned(), name: role.to_owned() });
    }

    /// A gateway endpoint for S3 with a policy, in these route tables.
    pub(super) fn gateway_endpoint(&mut self, vpc: &Vpc, policy: &Value, tables: &[&String]) -> String {
        let place = &vpc.place;
        let id = self.ids.id("vpce", &format!("{} s3", vpc.id));
        let service = format!("com.amazonaws.{}.s3", place.region);
        self.add(place, ENDPOINTS, json!({
            "VpcEndpointId": id, "VpcEndpointType": "Gateway", "VpcId": vpc.id, "ServiceName": service,
            "State": "available", "PolicyDocument": policy.to_string(), "RouteTableIds": tables, "SubnetIds": [],
            "Groups": [], "PrivateDnsEnabled": false, "RequesterManaged": false, "NetworkInterfaceIds": [],
            "DnsEntries": [], "CreationTimestamp": CREATED, "OwnerId": place.account,
            "Tags": tags(&vpc.name, "s3-endpoint")
        }));
        let list = s3_list(&place.region);
        let lists = self.cloud.get(place).and_then(|documents| documents.get(PREFIX_LISTS.operation));
        let is_known = lists.into_iter().flatten().any(|other| super::cloud::is(other, "PrefixListId", list));
        if !is_known {
            self.add_s3_list(place, list, &service);
        }
        for table in tables {
            let route = json!({ "DestinationPrefixListId": list, "GatewayId": id, "Origin": "CreateRoute", "State": "active" });
            self.push(ROUTE_TABLES, table, "Routes", &route);
        }
        id
    }

    fn add_s3_list(&mut self, place: &Place, list: &str, service: &str) {
        self.add(place, PREFIX_LISTS, json!({
            "PrefixListId": list, "PrefixListName": service, "AddressFamily": "IPv4", "State": "create-complete",
            "OwnerId": "AWS", "Tags": [], "PrefixListArn": format!("arn:aws:ec2:{}:aws:prefix-list/{list}", place.region),
            "_entries": [{ "Cidr": "52.216.0.0/15" }, { "Cidr": "3.5.0.0/19" }, { "Cidr": "16.182.0.0/16" }]
        }));
    }
}

/// AWS's prefix list of S3 in a region.
fn s3_list(region: &str) -> &'static str {
    match region {
        "us-east-1" => "pl-63a5400a",
        "us-west-2" => "pl-68a54001",
        "eu-west-1" => "pl-6da54004",
        "eu-central-1" => "pl-6ea54007",
        _ => "pl-6ca54005",
    }
}

/// A root cause in an account.
pub(super) fn cause(
    place: &Place,
    resource: &str,
    also: &[String],
    words: &[&'static str],
    (component, events, actor): (&str, &[&String], Option<&'static str>),
) -> Cause {
    Cause {
        resource: resource.to_owned(),
        account: place.account.clone(),
        region: place.region.clone(),
        also: also.to_vec(),
        words: words.to_vec(),
        component: component.to_owned(),
        events: events.iter().map(|event| (*event).clone()).collect(),
        actor,
    }
}
