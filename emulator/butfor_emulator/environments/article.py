"""The workload of the article: a Node.js service behind a load balancer that checks its database, its buckets, the
internet and a model endpoint every few seconds, and one alarm for each kind of failure. One account, us-east-1.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

from butfor_emulator.client import Caller
from butfor_emulator.environments.common import DEFAULT_AGE_DAYS, Scene, code, linux_image, open_to, policy, tags, trust

ACCOUNT, REGION = "123456789012", "us-east-1"
APP = "simulated-workload"
BUCKETS = [f"{APP}-{name}-{ACCOUNT}" for name in ("assets", "uploads", "reports", "exports", "archive")]
FLOW_LOG_BUCKET, TRAIL_BUCKET = f"{APP}-flow-logs-{ACCOUNT}", f"{APP}-trail-{ACCOUNT}"
LOG_GROUP, NAMESPACE = f"/{APP}/app", "SimulatedWorkload"
ALARMS = {
    # name: description, period in seconds
    "DatabaseConnectionFailures": ("The application cannot connect to its database", 10),
    "ExternalConnectivityFailures": ("The application cannot reach the internet", 10),
    "S3AccessFailures": ("The application cannot read one of its buckets", 10),
    "BedrockAccessFailures": ("The application cannot reach the model endpoint", 60),
}


def build(endpoint: str, age_days: float = DEFAULT_AGE_DAYS) -> dict[str, Any]:
    scene = Scene(endpoint, "article", ACCOUNT, REGION, age_days)
    builder = scene.account(ACCOUNT, "workload")
    resources = scene.facts["resources"]
    resources.update(_network(builder))
    resources.update(_groups(builder, resources["vpc"]))
    resources.update(_storage(builder))
    resources.update(_endpoints(builder, resources))
    resources.update(_compute(builder, resources))
    resources.update(_database(builder, resources))
    resources.update(_alarms(builder))
    resources.update(_side_shows(builder, resources))
    scene.facts["alarms"] = {name: {"account": ACCOUNT, "region": REGION} for name in ALARMS}
    scene.finish()
    _quiet_hours(scene, resources)
    _noise(builder, scene)
    return scene.facts


def _network(builder: Caller) -> dict[str, Any]:
    ec2 = builder.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", f"{APP}-VPC", app=APP))["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = {}
    for name, cidr, zone in (
        ("Public-1", "10.0.0.0/24", "a"),
        ("Public-2", "10.0.1.0/24", "b"),
        ("Private-1", "10.0.10.0/24", "a"),
        ("Private-2", "10.0.11.0/24", "b"),
    ):
        subnets[name] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}", TagSpecifications=tags("subnet", f"{APP}-{name}", app=APP)
        )["Subnet"]["SubnetId"]
    for name in ("Public-1", "Public-2"):
        ec2.modify_subnet_attribute(SubnetId=subnets[name], MapPublicIpOnLaunch={"Value": True})
    igw = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", f"{APP}-IGW", app=APP))
    igw_id = igw["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", f"{APP}-NAT-eip", app=APP))
    nat = ec2.create_nat_gateway(
        SubnetId=subnets["Public-1"],
        AllocationId=address["AllocationId"],
        TagSpecifications=tags("natgateway", f"{APP}-NAT", app=APP),
    )["NatGateway"]["NatGatewayId"]
    tables = {}
    for name, gateway, members in (
        ("Public-RT", {"GatewayId": igw_id}, ("Public-1", "Public-2")),
        ("Private-RT", {"NatGatewayId": nat}, ("Private-1", "Private-2")),
    ):
        table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", f"{APP}-{name}", app=APP))
        tables[name] = table["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=tables[name], DestinationCidrBlock="0.0.0.0/0", **gateway)
        for member in members:
            ec2.associate_route_table(RouteTableId=tables[name], SubnetId=subnets[member])
    return {
        "vpc": vpc,
        "public_subnets": [subnets["Public-1"], subnets["Public-2"]],
        "private_subnets": [subnets["Private-1"], subnets["Private-2"]],
        "nat": nat,
        "igw": igw_id,
        "private_route_table": tables["Private-RT"],
        "public_route_table": tables["Public-RT"],
    }


def _groups(builder: Caller, vpc: str) -> dict[str, Any]:
    ec2 = builder.client("ec2")

    def group(name: str, description: str) -> str:
        answer = ec2.create_security_group(
            GroupName=name, Description=description, VpcId=vpc, TagSpecifications=tags("security-group", name, app=APP)
        )
        return str(answer["GroupId"])

    balancer = group(f"{APP}-ALB-SG", "Load balancer")
    # Two name prefixes in one application, as in the article.
    app = group("devops-agent-sample-app-App-SG", "Application instances")
    database = group(f"{APP}-DB-SG", "Database")
    endpoints = group(f"{APP}-VPCE-SG", "Interface endpoints")
    for target, permission in (
        (balancer, open_to(80, cidr="0.0.0.0/0")),
        (app, open_to(3000, group=balancer)),
        (database, open_to(3306, group=app, description="mysql from app")),
        (endpoints, open_to(443, group=app)),
    ):
        ec2.authorize_security_group_ingress(GroupId=target, IpPermissions=[permission])
    return {"alb_sg": balancer, "app_sg": app, "db_sg": database, "endpoint_sg": endpoints}


def bucket_policy(buckets: list[str]) -> str:
    """The S3 endpoint's policy for these buckets."""
    resources = [arn for bucket in buckets for arn in (f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*")]
    return policy(
        {
            "Sid": "AllowAppBuckets",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": resources,
        }
    )


def _storage(builder: Caller) -> dict[str, Any]:
    s3 = builder.client("s3")
    for bucket in [*BUCKETS, FLOW_LOG_BUCKET, TRAIL_BUCKET]:
        s3.create_bucket(Bucket=bucket)
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    trail = builder.client("cloudtrail")
    trail.create_trail(Name="management-events", S3BucketName=TRAIL_BUCKET, IsMultiRegionTrail=True)
    trail.start_logging(Name="management-events")
    return {"buckets": BUCKETS, "trail_bucket": TRAIL_BUCKET}


def _endpoints(builder: Caller, resources: dict[str, Any]) -> dict[str, Any]:
    ec2 = builder.client("ec2")
    gateway = ec2.create_vpc_endpoint(
        VpcId=resources["vpc"],
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[resources["private_route_table"]],
        PolicyDocument=bucket_policy(BUCKETS),
        TagSpecifications=tags("vpc-endpoint", f"{APP}-S3-Endpoint", app=APP),
    )
    made = {"s3_endpoint": gateway["VpcEndpoint"]["VpcEndpointId"]}
    # Metrics and logs have endpoints of their own: they must not go silent with the NAT they report on.
    for key, service, name in (
        ("bedrock_endpoint", "bedrock-runtime", "Bedrock"),
        ("monitoring_endpoint", "monitoring", "Monitoring"),
        ("logs_endpoint", "logs", "Logs"),
    ):
        endpoint = ec2.create_vpc_endpoint(
            VpcId=resources["vpc"],
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType="Interface",
            SubnetIds=resources["private_subnets"],
            SecurityGroupIds=[resources["endpoint_sg"]],
            PrivateDnsEnabled=True,
            TagSpecifications=tags("vpc-endpoint", f"{APP}-{name}-Endpoint", app=APP),
        )
        made[key] = endpoint["VpcEndpoint"]["VpcEndpointId"]
    return made


def _compute(builder: Caller, resources: dict[str, Any]) -> dict[str, Any]:
    iam, ec2, elb = builder.client("iam"), builder.client("ec2"), builder.client("elbv2")
    role = f"{APP}-app-role"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"), Description=f"{APP} instances")
    objects = [arn for bucket in BUCKETS for arn in (f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*")]
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/{APP}/*"
    statements = [
        {"Sid": "Metrics", "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"},
        {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": logs},
        {"Sid": "Buckets", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": objects},
        {"Sid": "Model", "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"},
    ]
    iam.put_role_policy(RoleName=role, PolicyName="app", PolicyDocument=policy(*statements))
    iam.create_instance_profile(InstanceProfileName=role)
    iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)
    image = linux_image(ec2)
    instances = []
    for number, subnet in enumerate(resources["private_subnets"], start=1):
        run = ec2.run_instances(
            ImageId=image,
            InstanceType="t3.small",
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            SecurityGroupIds=[resources["app_sg"]],
            IamInstanceProfile={"Name": role},
            TagSpecifications=tags("instance", f"{APP}-app-{number}", app=APP),
        )
        instances.append(run["Instances"][0]["InstanceId"])
    balancer = elb.create_load_balancer(
        Name=f"{APP}-ALB",
        Subnets=resources["public_subnets"],
        SecurityGroups=[resources["alb_sg"]],
        Tags=[{"Key": "app", "Value": APP}],
    )["LoadBalancers"][0]
    group = elb.create_target_group(
        Name=f"{APP}-TG", Protocol="HTTP", Port=3000, VpcId=resources["vpc"], HealthCheckPath="/health", TargetType="instance"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance, "Port": 3000} for instance in instances])
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward)
    return {
        "role": role,
        "instances": instances,
        "load_balancer": balancer["LoadBalancerArn"],
        "target_group": group,
        "url": f"http://{balancer['DNSName']}/",
    }


def _database(builder: Caller, resources: dict[str, Any]) -> dict[str, Any]:
    rds = builder.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"{APP}-db-subnets",
        DBSubnetGroupDescription=f"{APP} private subnets",
        SubnetIds=resources["private_subnets"],
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"{APP}-db",
        Engine="mysql",
        EngineVersion="8.0.40",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=50,
        DBName="app",
        MasterUsername="appadmin",
        MasterUserPassword="not-a-real-password",
        VpcSecurityGroupIds=[resources["db_sg"]],
        DBSubnetGroupName=f"{APP}-db-subnets",
        AvailabilityZone=f"{REGION}a",
        PubliclyAccessible=False,
        Tags=[{"Key": "app", "Value": APP}],
    )
    return {"database": f"{APP}-db"}


def _alarms(builder: Caller) -> dict[str, Any]:
    topic = builder.client("sns").create_topic(Name=f"{APP}-alarms")["TopicArn"]
    for name, (description, period) in ALARMS.items():
        builder.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            AlarmDescription=description,
            Namespace=NAMESPACE,
            MetricName=name,
            Statistic="Sum",
            Period=period,
            EvaluationPeriods=1,
            DatapointsToAlarm=1,
            Threshold=0.0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic],
        )
    return {"topic": topic}


def _side_shows(builder: Caller, resources: dict[str, Any]) -> dict[str, Any]:
    """The webhook forwarder with its secret, and an unrelated nightly job in the same account."""
    secret = builder.client("secretsmanager").create_secret(
        Name=f"{APP}-webhook-credentials", SecretString='{"webhookUrl":"https://example.invalid/","webhookSecret":"fake"}'
    )["ARN"]
    iam, functions = builder.client("iam"), builder.client("lambda")
    for role, statement in (
        (f"{APP}-webhook-role", {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}),
        ("lambda-basic", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}),
    ):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
        iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=policy(statement))
    for name, role in ((f"{APP}-DevOpsAgent-Webhook", f"{APP}-webhook-role"), ("nightly-report", "lambda-basic")):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="app.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            Code={"ZipFile": code("def handler(event, context):\n    return {}\n")},
            Timeout=30,
            MemorySize=256,
        )
        builder.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    builder.client("sns").subscribe(
        TopicArn=resources["topic"],
        Protocol="lambda",
        Endpoint=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{APP}-DevOpsAgent-Webhook",
    )
    builder.client("logs").create_log_group(logGroupName=LOG_GROUP)
    builder.client("ec2").create_flow_logs(
        ResourceIds=[resources["vpc"]],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{FLOW_LOG_BUCKET}",
        MaxAggregationInterval=60,
    )
    return {"log_group": LOG_GROUP, "namespace": NAMESPACE}


def _quiet_hours(scene: Scene, resources: dict[str, Any]) -> None:
    """Three hours without a failure, up to now."""
    database = {"DBInstanceIdentifier": resources["database"]}
    nat = {"NatGatewayId": resources["nat"]}
    balancer = {"LoadBalancer": resources["load_balancer"].split(":loadbalancer/")[-1]}
    group = {"TargetGroup": resources["target_group"].split(":")[-1]}
    endpoint = {
        "Endpoint Type": "Interface",
        "Service Name": f"com.amazonaws.{REGION}.bedrock-runtime",
        "VPC Endpoint Id": resources["bedrock_endpoint"],
        "VPC Id": resources["vpc"],
    }
    series = [scene.metric(NAMESPACE, name, {}, 0.0) for name in ALARMS]
    series += [
        scene.metric("AWS/RDS", "DatabaseConnections", database, 4.0),
        scene.metric("AWS/RDS", "CPUUtilization", database, 4.2, 0.8),
        scene.metric("AWS/NATGateway", "BytesOutToDestination", nat, 10_000.0, 900.0),
        scene.metric("AWS/NATGateway", "ErrorPortAllocation", nat, 0.0),
        scene.metric("AWS/NATGateway", "PacketsDropCount", nat, 0.0),
        scene.metric("AWS/ApplicationELB", "HealthyHostCount", balancer | group, 2.0),
        scene.metric("AWS/ApplicationELB", "RequestCount", balancer, 120.0, 12.0),
        scene.metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, 0.0),
        scene.metric("AWS/PrivateLinkEndpoints", "BytesProcessed", endpoint, 5_200.0),
        *(scene.metric("AWS/EC2", "CPUUtilization", {"InstanceId": i}, 7.5, 1.5) for i in resources["instances"]),
        *(scene.metric("AWS/EC2", "StatusCheckFailed", {"InstanceId": i}, 0.0) for i in resources["instances"]),
    ]
    scene.control.put("metrics", account=ACCOUNT, region=REGION, series=series)
    now = int(time.time() * 1000) // 60_000 * 60_000
    for instance in resources["instances"]:
        events = []
        for minute in range(60, 0, -1):
            at = now - minute * 60_000 + scene.random.randrange(900)
            stamp = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
            memory = scene.random.randrange(88, 98)
            line = f"{stamp}Z [INFO] [status] checks db=12/12 s3=6/6 external=4/4 bedrock=1/1 rss={memory}MB"
            events.append({"timestamp": at, "message": line})
        scene.control.put("logs", account=ACCOUNT, region=REGION, group=LOG_GROUP, stream=instance, events=events)
    for name in ALARMS:
        at = datetime.datetime.fromtimestamp(time.time() - 9 * 86400, datetime.timezone.utc).isoformat()
        scene.control.put("alarm-state", account=ACCOUNT, region=REGION, alarm=name, state="OK", at=at)


def _noise(builder: Caller, scene: Scene) -> None:
    """A deployment of something else, three quarters of an hour ago."""
    scene.control.put("time", offset_seconds=-45 * 60)
    builder.client("lambda").update_function_code(
        FunctionName="nightly-report", ZipFile=code("def handler(event, context):\n    return {'rows': 0}\n")
    )
    scene.control.put("time", offset_seconds=0)
