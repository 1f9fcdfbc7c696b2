use super::*;

#[test]
fn every_model_can_be_read() {
    for name in services() {
        let service = service(name).unwrap_or_else(|| panic!("{name} cannot be read"));
        assert!(!service.operations.is_empty(), "{name}");
        for (operation, about) in &service.operations {
            assert_eq!(about.input.is_some(), service.input(about).is_some(), "{name} {operation}");
            assert_eq!(about.output.is_some(), service.output(about).is_some(), "{name} {operation}");
        }
        for shape in &service.shapes {
            let numbers: Vec<usize> = match shape {
                Shape::Structure(structure) => structure.members.iter().map(|member| member.1).collect(),
                Shape::List { element } => vec![element.0],
                Shape::Map { key, value } => vec![key.0, value.0],
                _ => vec![],
            };
            assert!(numbers.iter().all(|number| *number < service.shapes.len()), "{name}");
        }
    }
}

#[test]
fn services_go_by_several_names() {
    assert_eq!(canonical("EC2"), Some("ec2"));
    assert_eq!(canonical("deploy"), Some("codedeploy"));
    assert_eq!(canonical("config"), Some("configservice"));
    assert_eq!(canonical("ec3"), None);
    for (alias, name) in ALIASES {
        assert!(service(name).is_some() && service(alias).is_none(), "{alias}");
    }
}

/// The first word of a name must be one that reads; the few others are listed here once more, by hand.
#[test]
fn no_operation_writes() {
    const READS: [&str; 10] = [
        "BatchDescribe",
        "BatchGet",
        "Describe",
        "Filter",
        "Get",
        "Head",
        "List",
        "Lookup",
        "Search",
        "Select",
    ];
    const OTHERS: [&str; 14] = [
        "accessanalyzer CheckAccessNotGranted",
        "accessanalyzer CheckNoNewAccess",
        "accessanalyzer CheckNoPublicAccess",
        "accessanalyzer ValidatePolicy",
        "events TestEventPattern",
        "iam SimulateCustomPolicy",
        "iam SimulatePrincipalPolicy",
        "logs StartQuery",
        "logs TestMetricFilter",
        "networkflowmonitor StartQueryMonitorTopContributors",
        "networkflowmonitor StartQueryWorkloadInsightsTopContributors",
        "networkflowmonitor StartQueryWorkloadInsightsTopContributorsData",
        "rds DownloadDBLogFilePortion",
        "route53 TestDNSAnswer",
    ];
    for name in services() {
        for (operation, about) in &service(name).unwrap().operations {
            let reads = READS.iter().any(|word| {
                operation.strip_prefix(word).is_some_and(|rest| {
                    rest.starts_with(|letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit())
                })
            });
            let listed = OTHERS.contains(&format!("{name} {operation}").as_str());
            assert!(reads || listed, "{name} {operation}");
            assert!(
                ["GET", "HEAD", "POST", "SEARCH"].contains(&about.method()),
                "{name} {operation} {}",
                about.method()
            );
        }
    }
}

#[test]
fn no_operation_hands_out_secrets() {
    let denied = [
        ("secretsmanager", "GetSecretValue"),
        ("secretsmanager", "BatchGetSecretValue"),
        ("ssm", "GetParameter"),
        ("ssm", "GetParameters"),
        ("ssm", "GetParametersByPath"),
        ("ssm", "GetParameterHistory"),
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "AssumeRole"),
        ("ec2", "GetPasswordData"),
        ("ecr", "GetAuthorizationToken"),
        ("kinesis", "GetRecords"),
        ("dynamodb", "GetItem"),
        ("dynamodb", "Scan"),
        ("sqs", "ReceiveMessage"),
        ("redshift", "GetClusterCredentials"),
        ("s3control", "GetDataAccess"),
        ("apigateway", "GetApiKeys"),
        ("stepfunctions", "GetActivityTask"),
        ("xray", "GetSamplingTargets"),
    ];
    for (name, operation) in denied {
        assert!(!service(name).unwrap().operations.contains_key(operation), "{name} {operation}");
    }
}
