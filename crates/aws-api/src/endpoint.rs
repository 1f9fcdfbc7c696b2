//! Where a service is: partitions, regional and global hosts, addresses given by the caller, buckets in host or path.
//!
//! Hosts come with the models, evaluated from AWS's endpoint rule sets for every region known (`models/make.py`). A
//! region that is younger than the models follows the rule of its partition.

use crate::Error;
use crate::model::Service;
use crate::wire::Wire;
use std::collections::BTreeMap;

/// Regions by how they begin (<https://docs.aws.amazon.com/general/latest/gr/rande.html>); all others are `aws`.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, name)| name)
}

/// Addresses that the caller gave: for all services, and for single ones (VPC endpoints).
#[derive(Debug, Default, Clone)]
pub(crate) struct Overrides {
    pub(crate) all: Option<String>,
    pub(crate) services: BTreeMap<String, String>,
}

impl Overrides {
    fn of(&self, service: &str) -> Option<&str> {
        self.services.get(service).or(self.all.as_ref()).map(String::as_str)
    }
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Scheme and host, perhaps a port and a path, without a slash at the end.
    pub(crate) base: String,
    /// The region in the scope of the signature.
    pub(crate) region: String,
}

/// The address of a service in a region. An address given by the caller is taken as it is, without any prefix.
///
/// # Errors
/// [`Error::BadParameter`] for what cannot be a region, [`Error::NoEndpoint`] where the partition has none.
pub(crate) fn resolve(
    name: &str,
    service: &Service,
    region: &str,
    overrides: &Overrides,
    wire: &Wire,
) -> Result<Address, Error> {
    // It becomes a part of a host: nothing else may come in with it.
    if region.is_empty()
        || region.len() > 40
        || !region.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    {
        return Err(Error::BadParameter {
            path: "region".to_owned(),
            problem: format!("`{region}` is no region; `eu-west-1` is one"),
        });
    }
    let partition = partition(region);
    let rule = service.endpoints.get(partition);
    let (host, signing) = match rule {
        Some(rule) => rule.2.get(region).map_or((&rule.0, &rule.1), |(host, signing)| (host, signing)),
        None => return Err(Error::NoEndpoint { service: name.to_owned(), partition: partition.to_owned() }),
    };
    let base = overrides.of(name).map_or_else(
        || format!("https://{}{}", wire.host_prefix, host.replace("{region}", region)),
        |given| given.trim_end_matches('/').to_owned(),
    );
    Ok(Address { base, region: signing.replace("{region}", region) })
}

/// Puts a bucket before the host if it can be there, else into the path.
///
/// A name with a dot would not match the certificate; an address given by the caller may not have hosts for buckets
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
pub(crate) fn place_bucket(bucket: &str, address: &mut Address, wire: &mut Wire, is_override: bool) {
    match address.base.strip_prefix("https://") {
        Some(host) if !is_override && is_label(bucket) => address.base = format!("https://{bucket}.{host}"),
        _ => {
            wire.path = format!(
                "/{}{}",
                crate::encode::strict(bucket),
                if wire.path == "/" { "" } else { &wire.path }
            )
        }
    }
}

impl Overrides {
    pub(crate) fn has(&self, service: &str) -> bool {
        self.of(service).is_some()
    }
}

fn is_label(bucket: &str) -> bool {
    (3..=63).contains(&bucket.len())
        && bucket
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
        && !bucket.starts_with('-')
        && !bucket.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    fn address(service: &str, region: &str, overrides: &Overrides) -> Result<(String, String), Error> {
        let found = resolve(service, model::service(service).unwrap(), region, overrides, &Wire::default())?;
        Ok((found.base, found.region))
    }

    #[test]
    fn hosts_follow_partition_and_service() {
        for (service, region, host, signing) in [
            ("ec2", "eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"),
            ("ec2", "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("ec2", "mars-north-7", "https://ec2.mars-north-7.amazonaws.com", "mars-north-7"),
            ("iam", "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            ("iam", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("route53", "ap-southeast-2", "https://route53.amazonaws.com", "us-east-1"),
            ("route53", "cn-north-1", "https://route53.amazonaws.com.cn", "cn-northwest-1"),
            ("cloudfront", "eu-central-1", "https://cloudfront.amazonaws.com", "us-east-1"),
            ("organizations", "eu-central-1", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
            ("sts", "eu-central-1", "https://sts.eu-central-1.amazonaws.com", "eu-central-1"),
            (
                "elbv2",
                "us-iso-east-1",
                "https://elasticloadbalancing.us-iso-east-1.c2s.ic.gov",
                "us-iso-east-1",
            ),
            ("networkflowmonitor", "us-west-2", "https://networkflowmonitor.us-west-2.api.aws", "us-west-2"),
        ] {
            let found = address(service, region, &Overrides::default()).unwrap();
            assert_eq!(found, (host.to_owned(), signing.to_owned()), "{service} {region}");
        }
    }

    #[test]
    fn an_address_of_the_caller_wins() {
        let mut overrides = Overrides { all: Some("http://127.0.0.1:5000/".into()), ..Overrides::default() };
        overrides.services.insert("ec2".into(), "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com".into());
        let found = |service| address(service, "eu-west-1", &overrides).unwrap();
        assert_eq!(found("iam"), ("http://127.0.0.1:5000".into(), "us-east-1".into()));
        assert_eq!(found("ec2").0, "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com");
    }

    #[test]
    fn a_region_cannot_lead_elsewhere() {
        for region in ["", "evil.example/", "eu-west-1.evil", "a@b", &"a".repeat(41)] {
            assert!(matches!(address("ec2", region, &Overrides::default()), Err(Error::BadParameter { .. })));
        }
    }

    #[test]
    fn a_bucket_is_before_the_host_if_it_can_be() {
        for (bucket, is_override, base, path) in [
            ("logs-1", false, "https://logs-1.s3.eu-west-1.amazonaws.com", "/key"),
            ("my.logs", false, "https://s3.eu-west-1.amazonaws.com", "/my.logs/key"),
            ("Logs", false, "https://s3.eu-west-1.amazonaws.com", "/Logs/key"),
            ("a/../b", false, "https://s3.eu-west-1.amazonaws.com", "/a%2F..%2Fb/key"),
            ("logs-1", true, "https://s3.eu-west-1.amazonaws.com", "/logs-1/key"),
        ] {
            let mut address =
                Address { base: "https://s3.eu-west-1.amazonaws.com".into(), region: "eu-west-1".into() };
            let mut wire = Wire { path: "/key".into(), ..Wire::default() };
            place_bucket(bucket, &mut address, &mut wire, is_override);
            assert_eq!((address.base.as_str(), wire.path.as_str()), (base, path));
        }
    }
}
