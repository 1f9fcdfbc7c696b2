//! Where a command runs, as far as names and kinds of resources tell.

use super::{Lookup, Place};
use crate::cloudtrail::Fields;
use crate::delta::{Edit, ResourceKey, State};

/// Where services are called that are not of one region, or whose resources do not say their region by where they were
/// observed.
pub(super) fn global_place(key: &ResourceKey, edit: &Edit, world: &dyn Lookup) -> Option<Place> {
    match key.kind.split("::").nth(1)? {
        "IAM" => {
            // arn:PARTITION:iam::ACCOUNT:role/NAME
            let mut parts = key.id.strip_prefix("arn:")?.split(':');
            let (partition, account) = (parts.next()?, parts.nth(2)?);
            let region = global_region(partition).to_owned();
            Some(Place { account: account.to_owned(), region })
        }
        "Organizations" => Some(organization_place(key, edit, world)),
        "S3" => Some(bucket_place(key, world)),
        _ => None,
    }
}

/// The region that global services of a partition are called in (IAM and Organizations endpoints, AWS General
/// Reference).
fn global_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// Policies are changed in the management account: as the policy's ARN or the organization says, else where the
/// organization was seen.
fn organization_place(key: &ResourceKey, edit: &Edit, world: &dyn Lookup) -> Place {
    let own = world.document(&key.kind, &key.id);
    let states = [&edit.after, &edit.before].into_iter().filter_map(|state| match state {
        State::Present(value) => Some(value),
        State::Absent | State::Unknown => None,
    });
    let documents = own.iter().map(|found| &found.document).chain(states);
    // arn:aws:organizations::MANAGEMENT:policy/o-ID/service_control_policy/p-ID
    let of_arn = |arn: String| {
        let mut parts = arn.strip_prefix("arn:")?.split(':');
        let (partition, service, account) = (parts.next()?, parts.next()?, parts.nth(1)?);
        let is_named = service == "organizations" && !account.is_empty() && account != "aws";
        is_named.then(|| (account.to_owned(), global_region(partition)))
    };
    let named = documents.filter_map(|document| Fields::of(document).text("Arn")).find_map(of_arn);
    let master = || {
        let organizations = world.of_kind("AWS::Organizations::Organization");
        let mut masters =
            organizations.iter().filter_map(|(_, found)| Fields::of(&found.document).text("MasterAccountId"));
        let first = masters.next()?;
        masters.all(|other| other == first).then_some((first, "us-east-1"))
    };
    let seen = || own.as_ref().map(|found| (found.account.clone(), "us-east-1"));
    let made = || world.home(&key.kind, &key.id).map(|(account, _)| (account, "us-east-1"));
    let (account, region) = named.or_else(master).or_else(seen).or_else(made).unwrap_or_default();
    let region = if region.is_empty() { "us-east-1" } else { region };
    Place { account, region: region.to_owned() }
}

/// A bucket is in the region its location says; us-east-1 has none (S3 API reference, GetBucketLocation). Neither its
/// name nor its ARN tells the account.
fn bucket_place(key: &ResourceKey, world: &dyn Lookup) -> Place {
    let Some(found) = world.document(&key.kind, &key.id) else {
        let home = world.home(&key.kind, &key.id);
        let (account, region) = home.unwrap_or_else(|| (String::new(), "us-east-1".to_owned()));
        return Place { account, region };
    };
    let fields = Fields::of(&found.document);
    let region = fields.text("BucketRegion|LocationConstraint").map(|region| match region.as_str() {
        // The oldest buckets in Ireland.
        "EU" => "eu-west-1".to_owned(),
        _ => region,
    });
    let is_first = found.document.get("LocationConstraint").is_some_and(serde_json::Value::is_null);
    let region = region.or_else(|| is_first.then(|| "us-east-1".to_owned())).unwrap_or(found.region);
    Place { account: found.account, region }
}

/// The place an id itself tells.
pub(super) fn named_place(key: &ResourceKey) -> Option<Place> {
    if key.id.starts_with("arn:") {
        return arn_place(&key.id);
    }
    if key.kind == "AWS::EC2::VPCBlockPublicAccessOptions" {
        let (account, region) = key.id.split_once('/')?;
        return Some(Place { account: account.to_owned(), region: region.to_owned() });
    }
    None
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
pub(super) fn arn_place(arn: &str) -> Option<Place> {
    let mut parts = arn.split(':');
    let (region, account) = (parts.nth(3)?, parts.next()?);
    let is_whole = !region.is_empty() && !account.is_empty();
    is_whole.then(|| Place { account: account.to_owned(), region: region.to_owned() })
}
