//! Account and region out of ARNs and display names.

/// Where an ARN says its resource is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arn {
    /// Twelve digits.
    pub(super) account: Option<String>,
    /// Region code.
    pub(super) region: Option<String>,
}

impl Arn {
    /// `arn:partition:service:region:account:...`; nothing from anything else.
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = text.split(':');
        if parts.next() != Some("arn") {
            return Self::default();
        }
        let mut part = |n| parts.nth(n).filter(|part: &&str| !part.is_empty()).map(str::to_owned);
        let region = part(2);
        Self { region, account: part(0) }
    }
}

/// A region code, from itself or from the display name that CloudWatch puts into SNS messages; `None` for a name
/// that is not in the table, never a guess.
pub(super) fn code(text: &str) -> Option<String> {
    let text = text.trim();
    let is_code = text.ends_with(|c: char| c.is_ascii_digit())
        && text.split('-').count() >= 3
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if is_code {
        return Some(text.to_owned());
    }
    // Older messages say "EU (Frankfurt)" where newer ones say "Europe (Frankfurt)".
    let name = text.strip_prefix("EU (").map_or_else(|| text.to_owned(), |rest| format!("Europe ({rest}"));
    REGIONS.iter().find(|(display, _)| *display == name).map(|(_, code)| (*code).to_owned())
}

/// Source: AWS Global Infrastructure, "AWS Regions"; GovCloud and China user guides.
const REGIONS: [(&str, &str); 40] = [
    ("US East (N. Virginia)", "us-east-1"),
    ("US East (Ohio)", "us-east-2"),
    ("US West (N. California)", "us-west-1"),
    ("US West (Oregon)", "us-west-2"),
    ("Africa (Cape Town)", "af-south-1"),
    ("Asia Pacific (Hong Kong)", "ap-east-1"),
    ("Asia Pacific (Taipei)", "ap-east-2"),
    ("Asia Pacific (Tokyo)", "ap-northeast-1"),
    ("Asia Pacific (Seoul)", "ap-northeast-2"),
    ("Asia Pacific (Osaka)", "ap-northeast-3"),
    ("Asia Pacific (Osaka-Local)", "ap-northeast-3"),
    ("Asia Pacific (Mumbai)", "ap-south-1"),
    ("Asia Pacific (Hyderabad)", "ap-south-2"),
    ("Asia Pacific (Singapore)", "ap-southeast-1"),
    ("Asia Pacific (Sydney)", "ap-southeast-2"),
    ("Asia Pacific (Jakarta)", "ap-southeast-3"),
    ("Asia Pacific (Melbourne)", "ap-southeast-4"),
    ("Asia Pacific (Malaysia)", "ap-southeast-5"),
    ("Asia Pacific (New Zealand)", "ap-southeast-6"),
    ("Asia Pacific (Thailand)", "ap-southeast-7"),
    ("Canada (Central)", "ca-central-1"),
    ("Canada West (Calgary)", "ca-west-1"),
    ("Europe (Frankfurt)", "eu-central-1"),
    ("Europe (Zurich)", "eu-central-2"),
    ("Europe (Stockholm)", "eu-north-1"),
    ("Europe (Milan)", "eu-south-1"),
    ("Europe (Spain)", "eu-south-2"),
    ("Europe (Ireland)", "eu-west-1"),
    ("Europe (London)", "eu-west-2"),
    ("Europe (Paris)", "eu-west-3"),
    ("Israel (Tel Aviv)", "il-central-1"),
    ("Mexico (Central)", "mx-central-1"),
    ("Middle East (Bahrain)", "me-south-1"),
    ("Middle East (UAE)", "me-central-1"),
    ("South America (Sao Paulo)", "sa-east-1"),
    ("South America (São Paulo)", "sa-east-1"),
    ("AWS GovCloud (US-East)", "us-gov-east-1"),
    ("AWS GovCloud (US-West)", "us-gov-west-1"),
    ("China (Beijing)", "cn-north-1"),
    ("China (Ningxia)", "cn-northwest-1"),
];

#[cfg(test)]
mod tests {
    use super::{Arn, code};

    #[test]
    fn regions_are_read_by_code_and_by_display_name() {
        for (text, expected) in [
            ("us-east-1", Some("us-east-1")),
            ("us-gov-west-1", Some("us-gov-west-1")),
            ("US East (N. Virginia)", Some("us-east-1")),
            ("EU (Frankfurt)", Some("eu-central-1")),
            ("Europe (Frankfurt)", Some("eu-central-1")),
            ("Moon (Tranquility)", None),
            ("", None),
        ] {
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn arns_tell_account_and_region() {
        let arn = Arn::parse("arn:aws:cloudwatch:us-east-1:111122223333:alarm:a:b");
        assert_eq!(
            (arn.account.as_deref(), arn.region.as_deref()),
            (Some("111122223333"), Some("us-east-1"))
        );
        assert_eq!(Arn::parse("arn:aws:s3:::bucket"), Arn::default());
        assert_eq!(Arn::parse("not an arn"), Arn::default());
    }
}
