//! Who made a change, as a person would say it.

use butfor_incident::Actor;

/// Who: the session of an assumed role, the name of a user, the root user, or the AWS service that acted.
pub(crate) fn who(actor: &Actor) -> String {
    if let Some(session) = actor.session.as_deref().filter(|session| !session.trim().is_empty()) {
        return session.to_owned();
    }
    if actor.kind == "Root" || actor.arn.ends_with(":root") {
        return "the root user".to_owned();
    }
    if let Some(name) = actor.arn.rsplit('/').next().filter(|name| !name.trim().is_empty()) {
        return name.to_owned();
    }
    let by_service =
        [&actor.source_ip, &actor.user_agent].into_iter().flatten().find(|name| is_service(name));
    match by_service {
        Some(service) => service.clone(),
        None if actor.kind.trim().is_empty() => "someone the record does not name".to_owned(),
        None => format!("an unnamed {}", actor.kind),
    }
}

/// The role of an assumed-role session: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` (CloudTrail, userIdentity element).
/// A role made by IAM Identity Center, `AWSReservedSSO_NAME_SUFFIX`, is called by the permission set people know.
pub(crate) fn role(actor: &Actor) -> Option<String> {
    let (_, rest) = actor.arn.split_once(":assumed-role/")?;
    let role = rest.rsplit_once('/').map_or(rest, |(role, _session)| role);
    let permission_set = role.rsplit('/').next().and_then(|name| name.strip_prefix("AWSReservedSSO_"));
    Some(match permission_set {
        Some(name) => format!("SSO {}", name.rsplit_once('_').map_or(name, |(name, _suffix)| name)),
        None => role.to_owned(),
    })
}

/// With what, from the user agent: how CloudTrail shows consoles, tools and libraries (CloudTrail record contents,
/// userAgent). Tools come before the library they are built on.
const TOOLS: &[(&str, &str)] = &[
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("pulumi", "Pulumi"),
    ("ansible", "Ansible"),
    ("crossplane", "Crossplane"),
    ("eksctl", "eksctl"),
    ("aws-cdk", "AWS CDK"),
    ("cloudformation.amazonaws.com", "CloudFormation"),
    ("cloudshell", "AWS CLI in CloudShell"),
    ("aws-cli/", "AWS CLI"),
    ("boto3/", "boto3 (a Python script)"),
    ("botocore/", "botocore (a Python script)"),
    ("aws-sdk-go", "AWS SDK for Go"),
    ("aws-sdk-js", "AWS SDK for JavaScript"),
    ("aws-sdk-nodejs", "AWS SDK for JavaScript"),
    ("aws-sdk-java", "AWS SDK for Java"),
    ("aws-sdk-dotnet", "AWS SDK for .NET"),
    ("aws-sdk-rust", "AWS SDK for Rust"),
    ("aws-sdk-ruby", "AWS SDK for Ruby"),
    ("aws-sdk-php", "AWS SDK for PHP"),
    ("powershell", "AWS Tools for PowerShell"),
    ("mozilla/", "the AWS console"),
    ("console.amazonaws.com", "the AWS console"),
    ("signin.amazonaws.com", "the AWS console"),
    ("aws internal", "an AWS service"),
];

/// Longest unknown user agent shown, in characters.
const AGENT_MAX: usize = 40;

/// The tool that made the call; its own first word when we do not know it.
pub(crate) fn tool(actor: &Actor) -> Option<String> {
    let agent = actor.user_agent.as_deref()?.trim().trim_start_matches('[');
    let lower = agent.to_ascii_lowercase();
    if let Some((_, name)) = TOOLS.iter().find(|(sign, _)| lower.contains(sign)) {
        return Some((*name).to_owned());
    }
    let word = agent.split_whitespace().next()?.trim_end_matches(']');
    if is_service(word) {
        return Some(format!("the AWS service {word}"));
    }
    Some(word.chars().take(AGENT_MAX).collect())
}

/// Where from. A service that acts for somebody has its name here instead of an address; `tool` says that already.
pub(crate) fn source(actor: &Actor) -> Option<&str> {
    actor
        .source_ip
        .as_deref()
        .filter(|from| !from.trim().is_empty() && !is_service(from) && *from != "AWS Internal")
}

fn is_service(name: &str) -> bool {
    name.trim_end_matches(']').ends_with(".amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::{role, source, tool, who};
    use butfor_incident::Actor;

    fn actor(kind: &str, arn: &str, session: Option<&str>, from: &str, agent: &str) -> Actor {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Actor {
            kind: kind.to_owned(),
            arn: arn.to_owned(),
            session: session.map(str::to_owned),
            source_ip: some(from),
            user_agent: some(agent),
        }
    }

    fn check_who(actor: &Actor, name: &str, in_role: Option<&str>, from: Option<&str>) {
        assert_eq!(
            (who(actor).as_str(), role(actor).as_deref(), source(actor)),
            (name, in_role, from),
            "{actor:?}"
        );
    }

    #[test]
    fn an_actor_is_named_as_people_name_it() {
        let arn = "arn:aws:sts::111111111111:assumed-role/NetAdmin/alice";
        check_who(
            &actor("AssumedRole", arn, Some("alice"), "198.51.100.7", ""),
            "alice",
            Some("NetAdmin"),
            Some("198.51.100.7"),
        );
        check_who(&actor("AssumedRole", arn, None, "", ""), "alice", Some("NetAdmin"), None);
        let sso = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Power_User_0123456789abcdef/bob@example.com";
        check_who(
            &actor("AssumedRole", sso, Some("bob@example.com"), "", ""),
            "bob@example.com",
            Some("SSO Power_User"),
            None,
        );
        check_who(
            &actor("IAMUser", "arn:aws:iam::111111111111:user/ops/carol", None, "", ""),
            "carol",
            None,
            None,
        );
        check_who(
            &actor("Root", "arn:aws:iam::111111111111:root", None, "", ""),
            "the root user",
            None,
            None,
        );
        let service = actor("AWSService", "", None, "autoscaling.amazonaws.com", "autoscaling.amazonaws.com");
        check_who(&service, "autoscaling.amazonaws.com", None, None);
        check_who(&actor("AWSAccount", "", None, "", ""), "an unnamed AWSAccount", None, None);
        check_who(&Actor::default(), "someone the record does not name", None, None);
    }

    fn check_tool(agent: &str, expected: Option<&str>) {
        assert_eq!(tool(&actor("", "", None, "", agent)).as_deref(), expected, "{agent}");
    }

    #[test]
    fn a_user_agent_becomes_a_tool() {
        check_tool(
            "Mozilla/5.0 (X11; Linux x86_64; rv:137.0) Gecko/20100101 Firefox/137.0",
            Some("the AWS console"),
        );
        check_tool(
            "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12 console.amazonaws.com]",
            Some("AWS SDK for Java"),
        );
        check_tool("APN/1.0 HashiCorp/1.0 Terraform/1.9.8 aws-sdk-go-v2/1.36.3", Some("Terraform"));
        check_tool("Boto3/1.37.23 md/Botocore#1.37.23 Botocore/1.37.23", Some("boto3 (a Python script)"));
        check_tool("aws-cli/2.25.0 md/awscrt#0.23.8 botocore/2.25.0", Some("AWS CLI"));
        check_tool("aws-cli/2.25.0 exec-env/CloudShell", Some("AWS CLI in CloudShell"));
        check_tool("config.amazonaws.com", Some("the AWS service config.amazonaws.com"));
        check_tool("cloudformation.amazonaws.com", Some("CloudFormation"));
        check_tool("route-sync/2.1 (linux)", Some("route-sync/2.1"));
        check_tool("", None);
    }
}
