"""Faults of the article's workload."""

from __future__ import annotations

import json
from typing import Any

from butfor_emulator.environments.article import ACCOUNT, BUCKETS, LOG_GROUP, NAMESPACE, REGION, bucket_policy
from butfor_emulator.environments.common import BROWSER, CLI, TERRAFORM, open_to, policy
from butfor_emulator.injections.stage import Stage, iso

DATABASE_ERROR = """{at} [ERROR] [db-check] Error: connect ETIMEDOUT
    at PoolConnection._handleTimeoutError (/opt/app/node_modules/mysql2/lib/base/connection.js:216:17)
    at listOnTimeout (node:internal/timers:581:17)
    at process.processTimers (node:internal/timers:519:7) {{
  errorno: 'ETIMEDOUT',
  code: 'ETIMEDOUT',
  syscall: 'connect',
  fatal: true
}}"""
INTERNET_ERROR = """{at} [ERROR] [external-check] https://checkip.amazonaws.com failed: TypeError: fetch failed
    at node:internal/deps/undici/undici:13510:13
  [cause]: ConnectTimeoutError: Connect Timeout Error (attempted address: checkip.amazonaws.com:443, timeout: 5000ms)
    code: 'UND_ERR_CONNECT_TIMEOUT'"""
BUCKET_ERROR = """{at} [ERROR] [s3-check] AccessDenied: User: arn:aws:sts::{account}:assumed-role/{role}/{instance} is not \
authorized to perform: s3:{action} on resource: "arn:aws:s3:::{resource}" {why}
    at ProtocolLib.getErrorSchemaOrThrowBaseException (/opt/app/node_modules/@aws-sdk/core/dist-cjs/submodules/protocols/index.js:69:67) {{
  '$fault': 'client',
  '$metadata': {{ httpStatusCode: 403, requestId: '{request}', attempts: 1, totalRetryDelay: 0 }},
  Code: 'AccessDenied'
}}"""
MODEL_ERROR = """{at} [ERROR] [bedrock-check] TimeoutError: connect ETIMEDOUT {address}:443
    at ClientRequest.<anonymous> (/opt/app/node_modules/@smithy/node-http-handler/dist-cjs/index.js:125:9) {{
  '$metadata': {{ attempts: 3, totalRetryDelay: 187 }},
  hostname: 'bedrock-runtime.us-east-1.amazonaws.com'
}}"""


def _fails(stage: Stage, alarm: str, seconds: float, after: float, lines: Any) -> None:
    """One failed check every so many seconds on each instance, a line for each, and the alarm."""
    points = []
    for instance in stage.resources["instances"]:
        events = []
        for number, at in enumerate(stage.every(seconds)):
            points.append([int(at), 1.0])
            events.append((at, lines(at, number, instance)))
        stage.logs(ACCOUNT, REGION, LOG_GROUP, instance, events)
    stage.metrics(ACCOUNT, REGION, {"namespace": NAMESPACE, "name": alarm, "dimensions": {}, "points": points})
    stage.alarm(ACCOUNT, REGION, alarm, after)


def revoke_database_rule(stage: Stage) -> None:
    role = "AWSReservedSSO_NetworkAdministrator_0b7c1d2e3f4a5968"
    actor = stage.actor(ACCOUNT, role, "dana.whitfield@example.com", user_agent=BROWSER, source_ip="203.0.113.45")
    group = stage.resources["db_sg"]
    with stage.at(stage.fault_at):
        # The console revokes by rule id.
        ec2 = actor.client("ec2")
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
        doomed = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"] and rule["FromPort"] == 3306]
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=doomed)
    stage.changed("RevokeSecurityGroupIngress", ACCOUNT, group, "dana.whitfield")
    _fails(stage, "DatabaseConnectionFailures", 5.0, 15.5, lambda at, *_: DATABASE_ERROR.format(at=iso(at)))
    database = {"DBInstanceIdentifier": stage.resources["database"]}
    stage.metrics(ACCOUNT, REGION, stage.steady("AWS/RDS", "DatabaseConnections", database, 0.0))


def restore_database_rule(stage: Stage) -> None:
    rule = open_to(3306, group=stage.resources["app_sg"], description="mysql from app")
    stage.muted(ACCOUNT).client("ec2").authorize_security_group_ingress(GroupId=stage.resources["db_sg"], IpPermissions=[rule])


def delete_default_route(stage: Stage) -> None:
    actor = stage.user(ACCOUNT, "netops-migrate", user_agent=CLI, source_ip="203.0.113.24")
    table = stage.resources["private_route_table"]
    with stage.at(stage.fault_at):
        actor.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    stage.changed("DeleteRoute", ACCOUNT, table, "netops-migrate")
    _fails(stage, "ExternalConnectivityFailures", 15.0, 31.0, lambda at, *_: INTERNET_ERROR.format(at=iso(at)))
    nat = {"NatGatewayId": stage.resources["nat"]}
    stage.metrics(ACCOUNT, REGION, stage.steady("AWS/NATGateway", "BytesOutToDestination", nat, 0.0))


def restore_default_route(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("ec2").create_route(
        RouteTableId=stage.resources["private_route_table"],
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=stage.resources["nat"],
    )


def _denied(stage: Stage, buckets: list[str], why: str) -> None:
    def line(at: float, number: int, instance: str) -> str:
        bucket = buckets[number % len(buckets)]
        action, resource = (("ListBucket", bucket), ("GetObject", f"{bucket}/health/probe.json"))[number // len(buckets) % 2]
        return BUCKET_ERROR.format(
            at=iso(at),
            account=ACCOUNT,
            role=stage.resources["role"],
            instance=instance,
            action=action,
            resource=resource,
            why=why.format(action=f"s3:{action}"),
            request=f"{stage.random.getrandbits(64):016X}",
        )

    _fails(stage, "S3AccessFailures", 10.0, 26.0, line)


def narrow_bucket_policy(stage: Stage) -> None:
    actor = stage.actor(ACCOUNT, "platform-hardening-ci", "GitHubActions", user_agent=TERRAFORM, source_ip="20.172.33.9")
    endpoint = stage.resources["s3_endpoint"]
    kept = [bucket for bucket in BUCKETS if "uploads" not in bucket and "archive" not in bucket]
    with stage.at(stage.fault_at):
        actor.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=bucket_policy(kept))
    stage.changed("ModifyVpcEndpoint", ACCOUNT, endpoint, "platform-hardening-ci")
    stage.found["denied"] = [bucket for bucket in BUCKETS if bucket not in kept]
    _denied(stage, stage.found["denied"], "because no VPC endpoint policy allows the {action} action")


def deny_all_buckets(stage: Stage) -> None:
    role = "AWSReservedSSO_SecurityEngineer_71f0ab3c9d2e4856"
    actor = stage.actor(ACCOUNT, role, "p.novak@example.com", user_agent=BROWSER, source_ip="203.0.113.52")
    endpoint = stage.resources["s3_endpoint"]
    deny = policy({"Sid": "Lockdown", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
    with stage.at(stage.fault_at):
        actor.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=deny)
    stage.changed("ModifyVpcEndpoint", ACCOUNT, endpoint, "p.novak")
    stage.found["denied"] = list(BUCKETS)
    _denied(stage, BUCKETS, "with an explicit deny in a VPC endpoint policy")


def restore_bucket_policy(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("ec2").modify_vpc_endpoint(
        VpcEndpointId=stage.resources["s3_endpoint"], PolicyDocument=json.dumps(json.loads(bucket_policy(BUCKETS)))
    )


def remove_endpoint_subnets(stage: Stage) -> None:
    role = "AWSReservedSSO_PowerUser_c41d8a9e70b2f653"
    actor = stage.actor(ACCOUNT, role, "k.osei@example.com", user_agent=BROWSER, source_ip="203.0.113.77")
    endpoint = stage.resources["bedrock_endpoint"]
    ec2 = actor.client("ec2")
    described = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=described["NetworkInterfaceIds"])["NetworkInterfaces"]
    addresses = [interface["PrivateIpAddress"] for interface in interfaces]
    with stage.at(stage.fault_at):
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSubnetIds=stage.resources["private_subnets"])
    stage.changed("ModifyVpcEndpoint", ACCOUNT, endpoint, "k.osei")
    # The names are cached for a while, and then resolve to addresses that nobody answers at.
    _fails(
        stage,
        "BedrockAccessFailures",
        30.0,
        75.0,
        lambda at, number, _: MODEL_ERROR.format(at=iso(at), address=addresses[number % len(addresses)]),
    )
    dimensions = {
        "Endpoint Type": "Interface",
        "Service Name": f"com.amazonaws.{REGION}.bedrock-runtime",
        "VPC Endpoint Id": endpoint,
        "VPC Id": stage.resources["vpc"],
    }
    stage.metrics(ACCOUNT, REGION, stage.steady("AWS/PrivateLinkEndpoints", "BytesProcessed", dimensions, 0.0))


def restore_endpoint_subnets(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("ec2").modify_vpc_endpoint(
        VpcEndpointId=stage.resources["bedrock_endpoint"], AddSubnetIds=stage.resources["private_subnets"]
    )


def force_alarm(stage: Stage) -> None:
    """Nothing is wrong: somebody set the alarm by hand."""
    role = "AWSReservedSSO_PowerUser_6e2a0f7c4b91d385"
    actor = stage.actor(ACCOUNT, role, "j.park@example.com", user_agent=CLI, source_ip="203.0.113.31")
    name = "DatabaseConnectionFailures"
    with stage.at(stage.fault_at):
        actor.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="checking pager routing")
    stage.found["alarm"] = {"name": name, "account": ACCOUNT, "region": REGION, "at": stage.found["change_at"]}
    stage.found["alarm"]["arn"] = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def release_alarm(stage: Stage) -> None:
    stage.control.put("alarm-state", account=ACCOUNT, region=REGION, alarm="DatabaseConnectionFailures", state="OK")
