"""Fills an emulated account with a bit of everything, by direct calls. Names are fixed; ids are the emulator's."""

import io
import json
import zipfile

import boto3

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
TAGS = [{"Key": "app", "Value": "shop & more <ünï>"}]


def seed(endpoint):
    """Returns what was made, by short names, for the parameters of calls."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    made = {}

    def client(name):
        return session.client(name, endpoint_url=endpoint)

    for part in (network, compute, storage, identity, messages, watch, delivery, names):
        part(client, made)
    return made


def network(client, made):
    ec2 = client("ec2")
    vpc = made["vpc"] = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "shop & more <ünï>"}])
    made["subnets"] = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    made["group"] = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=made["group"],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "in"}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made["group"]}]},
        ],
    )
    table = made["table"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=made["subnets"][0])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=made["subnets"][0], AllocationId=address)
    ec2.create_network_acl(VpcId=vpc)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[table], VpcEndpointType="Gateway")
    transit = ec2.create_transit_gateway(Description="hub")["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=vpc, SubnetIds=made["subnets"])
    made["list"] = ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24", "Description": "one"}]
    )["PrefixList"]["PrefixListId"]
    ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.test"]}])
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
    balancers = client("elbv2")
    made["balancer"] = balancers.create_load_balancer(Name="shop", Subnets=made["subnets"], SecurityGroups=[made["group"]])[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    made["targets"] = balancers.create_target_group(Name="shop", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    made["listener"] = balancers.create_listener(
        LoadBalancerArn=made["balancer"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": made["targets"]}],
    )["Listeners"][0]["ListenerArn"]
    client("elb").create_load_balancer(
        LoadBalancerName="old", AvailabilityZones=["us-east-1a"],
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}],
    )


def compute(client, made):
    ec2 = client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made["image"] = image
    made["instance"] = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=made["subnets"][0],
        SecurityGroupIds=[made["group"]], UserData="#!/bin/sh\necho hello",
    )["Instances"][0]["InstanceId"]
    client("elbv2").register_targets(TargetGroupArn=made["targets"], Targets=[{"Id": made["instance"], "Port": 80}])
    ec2.create_key_pair(KeyName="key")
    ec2.create_snapshot(VolumeId=ec2.describe_volumes()["Volumes"][0]["VolumeId"], Description="a copy")
    made["template"] = ec2.create_launch_template(
        LaunchTemplateName="shop", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    scaling = client("autoscaling")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="shop", MinSize=1, MaxSize=2, VPCZoneIdentifier=made["subnets"][0],
        LaunchTemplate={"LaunchTemplateId": made["template"]}, Tags=[{"Key": "a", "Value": "b", "PropagateAtLaunch": True}],
    )
    scaling.put_scaling_policy(AutoScalingGroupName="shop", PolicyName="up", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1)
    ecs = client("ecs")
    made["cluster"] = ecs.create_cluster(clusterName="shop", tags=[{"key": "a", "value": "b"}])["cluster"]["clusterArn"]
    ecs.register_task_definition(
        family="shop", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 128, "environment": [{"name": "A", "value": "1"}]}]
    )
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="shop", desiredCount=1)
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/shop/web", ScalableDimension="ecs:service:DesiredCount", MinCapacity=1, MaxCapacity=4
    )
    client("ecr").create_repository(repositoryName="shop")
    client("eks").create_cluster(
        name="shop", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={"subnetIds": made["subnets"]}
    )


def storage(client, made):
    s3 = client("s3")
    s3.create_bucket(Bucket="shop-data")
    s3.put_bucket_policy(Bucket="shop-data", Policy=json.dumps(POLICY | {"Id": "é"}))
    s3.put_bucket_tagging(Bucket="shop-data", Tagging={"TagSet": TAGS})
    s3.put_bucket_versioning(Bucket="shop-data", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(
        Bucket="shop-data",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket="shop-data",
        LifecycleConfiguration={"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]},
    )
    s3.put_bucket_cors(Bucket="shop-data", CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]})
    s3.put_public_access_block(Bucket="shop-data", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    for key in ["a.txt", "dir/b c+d.txt", "ünï/&<>.txt"]:
        s3.put_object(Bucket="shop-data", Key=key, Body=b"hello " * 50, ContentType="text/plain", Metadata={"who": "me"})
    s3.put_object_tagging(Bucket="shop-data", Key="a.txt", Tagging={"TagSet": [{"Key": "app", "Value": "shop"}]})
    s3.create_bucket(Bucket="shop-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    dynamodb = client("dynamodb")
    for name in ["orders", "carts"]:
        dynamodb.create_table(
            TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        )
    rds = client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=made["subnets"])
    rds.create_db_parameter_group(DBParameterGroupName="shop", DBParameterGroupFamily="mysql8.0", Description="shop")
    rds.create_db_instance(
        DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="mysql", MasterUsername="admin",
        MasterUserPassword="not-a-secret", AllocatedStorage=20, DBSubnetGroupName="shop", Tags=TAGS,
    )
    rds.create_db_cluster(DBClusterIdentifier="shop", Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="not-a-secret")
    made["file_system"] = client("efs").create_file_system(CreationToken="shop", Tags=TAGS)["FileSystemId"]
    client("kinesis").create_stream(StreamName="clicks", ShardCount=2)
    client("elasticache").create_cache_cluster(CacheClusterId="shop", Engine="redis", NumCacheNodes=1, CacheNodeType="cache.t3.micro")
    client("redshift").create_cluster(
        ClusterIdentifier="shop", NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Not4secret", ClusterType="single-node"
    )
    client("opensearch").create_domain(DomainName="shop")
    client("backup").create_backup_vault(BackupVaultName="shop")
    client("firehose").create_delivery_stream(
        DeliveryStreamName="clicks",
        S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/app", "BucketARN": "arn:aws:s3:::shop-data"},
    )


def identity(client, made):
    iam = client("iam")
    made["role"] = iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=TAGS)["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=json.dumps(POLICY))
    made["policy"] = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=made["policy"])
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="people")
    iam.add_user_to_group(GroupName="people", UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    made["key"] = client("kms").create_key(Description="shop")["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName="alias/shop", TargetKeyId=made["key"])
    client("secretsmanager").create_secret(Name="shop/db", SecretString="not-a-secret", Tags=TAGS)
    client("ssm").put_parameter(Name="/shop/url", Value="https://example.test", Type="String")
    made["certificate"] = client("acm").request_certificate(DomainName="example.test")["CertificateArn"]
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(AccountName="dev", Email="dev@example.test")
    made["pool"] = client("cognito-idp").create_user_pool(PoolName="shop")["UserPool"]["Id"]
    client("resource-groups").create_group(
        Name="shop", ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "app", "Values": ["shop"]}]})}
    )
    client("ram").create_resource_share(name="shop")
    client("wafv2").create_ip_set(Name="office", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"])
    client("guardduty").create_detector(Enable=True)


def messages(client, made):
    sns, sqs = client("sns"), client("sqs")
    made["topic"] = sns.create_topic(Name="alerts")["TopicArn"]
    made["queue"] = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "40"})["QueueUrl"]
    made["subscription"] = sns.subscribe(
        TopicArn=made["topic"], Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:orders"
    )["SubscriptionArn"]
    events = client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", Description="every night")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:orders", "Input": '{"a": 1}'}])
    client("scheduler").create_schedule(
        Name="hourly", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:orders", "RoleArn": made["role"]},
    )
    made["machine"] = client("stepfunctions").create_state_machine(
        name="order", roleArn=made["role"], definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    )["stateMachineArn"]


def watch(client, made):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=2, Threshold=1.5,
        ComparisonOperator="GreaterThanThreshold", Dimensions=[{"Name": "Service", "Value": "web"}], AlarmActions=[made["topic"]],
    )
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[{"MetricName": "Errors", "Value": value, "Timestamp": f"2026-05-02T13:3{value}:00Z"} for value in range(5)],
    )
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=json.dumps({"widgets": []}))
    logs = client("logs")
    logs.create_log_group(logGroupName="/shop/web", tags={"a": "b"})
    logs.create_log_stream(logGroupName="/shop/web", logStreamName="one")
    logs.put_log_events(
        logGroupName="/shop/web", logStreamName="one",
        logEvents=[{"timestamp": 1_800_000_000_000 + number, "message": f"line {number} <ünï>"} for number in range(3)],
    )
    logs.put_metric_filter(
        logGroupName="/shop/web", filterName="errors", filterPattern="ERROR",
        metricTransformations=[{"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1"}],
    )
    client("s3").create_bucket(Bucket="shop-trail")
    client("cloudtrail").create_trail(Name="main", S3BucketName="shop-trail")
    client("cloudtrail").start_logging(Name="main")
    config = client("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": made["role"]})
    client("ec2").create_flow_logs(
        ResourceIds=[made["vpc"]], ResourceType="VPC", TrafficType="ALL", LogGroupName="/shop/web", DeliverLogsPermissionArn=made["role"]
    )


def delivery(client, made):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return 1\n")
    function = client("lambda")
    made["function"] = function.create_function(
        FunctionName="checkout", Runtime="python3.12", Role=made["role"], Handler="main.handler", Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"TABLE": "orders"}}, Timeout=10,
    )["FunctionArn"]
    function.add_permission(FunctionName="checkout", StatementId="one", Action="lambda:InvokeFunction", Principal="events.amazonaws.com")
    function.publish_version(FunctionName="checkout")
    function.create_alias(FunctionName="checkout", Name="live", FunctionVersion="1")
    function.create_event_source_mapping(
        FunctionName="checkout", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders", BatchSize=5
    )
    function.put_function_concurrency(FunctionName="checkout", ReservedConcurrentExecutions=3)
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}}}, "Outputs": {"O": {"Value": "x"}}}
    client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(template), Tags=TAGS)
    rest = client("apigateway")
    made["api"] = rest.create_rest_api(name="shop", tags={"a": "b"})["id"]
    root = rest.get_resources(restApiId=made["api"])["items"][0]["id"]
    rest.put_method(restApiId=made["api"], resourceId=root, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(
        restApiId=made["api"], resourceId=root, httpMethod="GET", type="HTTP", integrationHttpMethod="GET", uri="https://example.test"
    )
    rest.create_deployment(restApiId=made["api"], stageName="live")
    made["root"] = root
    made["http_api"] = client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    client("codebuild").create_project(
        name="shop", source={"type": "S3", "location": "shop-data/a.zip"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "img:1", "computeType": "BUILD_GENERAL1_SMALL"}, serviceRole=made["role"],
    )
    client("codedeploy").create_application(applicationName="shop", computePlatform="Server")


def names(client, made):
    route53 = client("route53")
    made["zone"] = route53.create_hosted_zone(Name="example.test", CallerReference="1")["HostedZone"]["Id"]
    route53.change_resource_record_sets(
        HostedZoneId=made["zone"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": f"{name}.example.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": f"192.0.2.{number}"}],
                    },
                }
                for number, name in enumerate(["www", "api", "*"])
            ]
        },
    )
    made["check"] = route53.create_health_check(
        CallerReference="1", HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.test", "Port": 443}
    )["HealthCheck"]["Id"]
    client("servicediscovery").create_http_namespace(Name="shop")
    made["distribution"] = client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1", "Comment": "shop & more", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "shop-data.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}, "MinTTL": 0,
            },
        }
    )["Distribution"]["Id"]
    client("route53resolver").create_resolver_rule(
        CreatorRequestId="1", RuleType="FORWARD", DomainName="corp.test", TargetIps=[{"Ip": "10.0.0.2", "Port": 53}],
        ResolverEndpointId=client("route53resolver").create_resolver_endpoint(
            CreatorRequestId="1", SecurityGroupIds=[made["group"]], Direction="OUTBOUND",
            IpAddresses=[{"SubnetId": subnet} for subnet in made["subnets"]],
        )["ResolverEndpoint"]["Id"],
    )
