"""Which services and operations are kept, and why others are not.

Read by make.py. An operation is a read if its name starts with one of PREFIXES and it is not in DENIED, or if it is in
EXTRA. Nothing else gets into a model, and what is in no model cannot be called.
"""

# Folder in botocore's data -> name on the AWS CLI's command line.
RENAMED = {"config": "configservice"}

SERVICES = """
accessanalyzer acm apigateway apigatewayv2 application-autoscaling application-signals appsync autoscaling backup batch
bedrock bedrock-agent cloudformation cloudfront cloudtrail cloudwatch codebuild codedeploy codepipeline cognito-idp
compute-optimizer config dax directconnect docdb dynamodb ec2 ecr ecs efs eks elasticache elb elbv2 events firehose fis fsx
globalaccelerator guardduty health iam identitystore internetmonitor kafka kinesis kms lambda logs memorydb mq neptune
network-firewall networkflowmonitor networkmanager oam opensearch organizations pi pipes ram rds redshift resource-groups
resourcegroupstaggingapi route53 route53resolver s3 s3control scheduler secretsmanager securityhub service-quotas
servicediscovery shield sns sqs ssm sso-admin stepfunctions sts support synthetics trustedadvisor vpc-lattice wafv2 xray
""".split()

# The word must end there: `Check` would let in CheckpointDurableExecution.
PREFIXES = [
    "BatchDescribe", "BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search", "Select",
]

# Reads by another name. Queries started here are reads in spirit: they cost, they change nothing.
EXTRA = {
    "accessanalyzer": ["CheckAccessNotGranted", "CheckNoNewAccess", "CheckNoPublicAccess", "ValidatePolicy"],
    "events": ["TestEventPattern"],
    "iam": ["SimulateCustomPolicy", "SimulatePrincipalPolicy"],
    "logs": ["StartQuery", "TestMetricFilter"],
    "networkflowmonitor": [
        "StartQueryMonitorTopContributors",
        "StartQueryWorkloadInsightsTopContributors",
        "StartQueryWorkloadInsightsTopContributorsData",
    ],
    "rds": ["DownloadDBLogFilePortion"],  # a page of a database's log
    "route53": ["TestDNSAnswer"],
}

# Reads by name that hand out secrets or data of customers, have an effect, or need what this client does not do.
DENIED = {
    "apigateway": ["GetApiKey", "GetApiKeys", "GetSdk", "GetUsagePlanKey", "GetUsagePlanKeys"],  # keys; archives
    "appsync": ["GetGraphqlApiEnvironmentVariables", "ListApiKeys"],  # the id of a key is the key
    "codepipeline": ["GetJobDetails", "GetThirdPartyJobDetails"],  # credentials of the job
    "cognito-idp": [
        "DescribeIdentityProvider",  # client secrets
        "DescribeUserPoolClient",
        "GetClientToken",
        "GetDerivedToken",
        "GetIdentityProviderByIdentifier",
        "GetTokensFromRefreshToken",
        "GetUser",  # authorised by a user's token, not by a signature
        "GetUserAttributeVerificationCode",  # sends a message
        "GetUserAuthFactors",
        "GetDevice",
        "ListDevices",
        "ListUserPoolClientSecrets",
        "ListWebAuthnCredentials",
    ],
    "dynamodb": ["BatchGetItem", "GetItem", "SearchVectors"],  # data of customers
    "ec2": [
        "GetConsoleScreenshot",  # can wake the instance up
        "GetPasswordData",
        "GetVpnConnectionDeviceSampleConfiguration",  # pre-shared keys
    ],
    "ecr": ["GetAuthorizationToken", "GetDownloadUrlForLayer"],  # tokens
    "kinesis": ["GetRecords", "GetShardIterator"],  # data of customers
    "kms": ["GetParametersForImport"],  # import tokens
    "lambda": [
        "GetDurableExecutionState",  # works with the token of a running function
        "GetLayerVersion",  # links that open without credentials
        "GetLayerVersionByArn",
    ],
    "redshift": ["GetClusterCredentials", "GetClusterCredentialsWithIAM", "GetIdentityCenterAuthToken"],
    "s3": ["GetObjectAnnotation", "GetObjectTorrent", "ListDirectoryBuckets"],  # data; another signature
    "s3control": ["GetDataAccess"],  # temporary credentials
    "secretsmanager": ["BatchGetSecretValue", "GetRandomPassword", "GetSecretValue"],
    "ssm": [
        "GetAccessToken",
        "GetDeployablePatchSnapshotForInstance",  # links that open without credentials
        "GetParameter",  # values, SecureString among them
        "GetParameterHistory",
        "GetParameters",
        "GetParametersByPath",
    ],
    "stepfunctions": ["GetActivityTask"],  # takes the task away from its worker
    "sts": ["GetDelegatedAccessToken", "GetFederationToken", "GetSessionToken", "GetWebIdentityToken"],
    "wafv2": ["GetDecryptedAPIKey", "ListAPIKeys"],
    "support": ["GetAttachmentDownloadLink", "GetAttachmentUploadLinks"],  # links that open without credentials
    "xray": ["GetSamplingTargets"],  # reports statistics, as the daemon does
}

# Members that carry a secret in an answer otherwise needed: service -> shape -> members. They are not in the models, so
# the parser passes over them.
WITHHELD = {
    "ec2": {
        "TunnelOption": ["PreSharedKey"],
        "VpnConnection": ["CustomerGatewayConfiguration"],  # a document with the keys of both tunnels
    },
    "directconnect": {
        "BGPPeer": ["authKey"],
        "VirtualInterface": ["authKey", "customerRouterConfig"],
        "DescribeRouterConfigurationResponse": ["customerRouterConfig"],
    },
    "lambda": {"FunctionCodeLocation": ["Location"]},  # opens for ten minutes without credentials
    # Unmasking is a right of its own (logs:Unmask): asking for it is not in an investigator's hands.
    "logs": {
        "FilterLogEventsRequest": ["unmask"],
        "GetLogEventsRequest": ["unmask"],
        "GetLogRecordRequest": ["unmask"],
    },
}

# Texts that the AWS CLI prints decoded: shape or (shape, member) -> what they are. `policy` is a percent-encoded JSON
# document, `template` JSON where it is JSON, `console` base64 of a text,
# `root` the text of the document's own element.
DECODED = {
    "iam": {"policyDocumentType": "policy"},
    "cloudformation": {"TemplateBody": "template"},
    "ec2": {("GetConsoleOutputResult", "Output"): "console"},
    "s3": {("GetBucketLocationOutput", "LocationConstraint"): "root"},
}
