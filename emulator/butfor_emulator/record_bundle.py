"""Writes what an investigator would read from a running environment as a bundle (design/formats.md, section 1).

It proves that the emulator shows enough: a bundle of the calls anyone would make must lead to the injected change.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any, Iterator

from botocore import xform_name
from botocore.exceptions import ClientError

from butfor_emulator.client import Caller, Control

EC2 = """Vpcs Subnets RouteTables SecurityGroups SecurityGroupRules NetworkAcls InternetGateways NatGateways Addresses
NetworkInterfaces VpcEndpoints VpcPeeringConnections PrefixLists ManagedPrefixLists FlowLogs TransitGateways
TransitGatewayAttachments TransitGatewayVpcAttachments TransitGatewayRouteTables Instances""".split()
Line = dict[str, Any]


class Recording:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.facts = Control(endpoint).get("environment")
        keys = self.facts["credentials"]
        home = Caller(endpoint, keys["access_key_id"], keys["secret_access_key"], region=self.facts["region"], muted=True)
        self.readers = {
            account: home.assume(about["read_role_arn"], "recording", muted=True)
            for account, about in self.facts["accounts"].items()
        }
        self.regions = sorted({self.facts["region"], *(alarm["region"] for alarm in self.facts["alarms"].values())})
        self.lines: list[Line] = []

    def call(self, account: str, region: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call with all its pages, each a line; the merged output of a failed call is empty."""
        client = self.readers[account].client(service, region)
        method = xform_name(operation)
        line = {
            "at": _now(),
            "account": account,
            "region": "us-east-1" if service in ("iam", "s3", "route53") else region,
            "service": service,
            "operation": operation,
            "parameters": parameters,
        }
        merged: dict[str, Any] = {}
        try:
            pages = client.get_paginator(method).paginate(**parameters) if client.can_paginate(method) else [getattr(client, method)(**parameters)]
            for page in pages:
                page = {key: value for key, value in page.items() if key != "ResponseMetadata"}
                self.lines.append(line | {"output": page})
                for key, value in page.items():
                    merged[key] = merged[key] + value if isinstance(merged.get(key), list) else value
        except ClientError as error:
            self.lines.append(line | {"error": {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}})
        return merged


def observe(endpoint: str, hours_ago: float = 6.0) -> list[Line]:
    """The configuration now, as an observation made some hours ago: what a snapshot before the incident would hold."""
    recording = Recording(endpoint)
    for account in recording.facts["accounts"]:
        for region in recording.regions:
            _configuration(recording, account, region)
        _identities(recording, account)
    at = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [json.loads(json.dumps(line | {"at": at}, default=_plain)) for line in recording.lines]


def record(
    endpoint: str, alarm: str, folder: Path, hours: float = 1.0, earlier: list[Line] | None = None
) -> dict[str, Any]:
    recording = Recording(endpoint)
    regions = recording.regions
    place = recording.facts["alarms"][alarm]
    now = datetime.datetime.now(datetime.timezone.utc)
    start = now - datetime.timedelta(hours=hours)
    folder.mkdir(parents=True, exist_ok=True)
    for account in recording.facts["accounts"]:
        for region in regions:
            _configuration(recording, account, region)
            _observations(recording, account, region, start, now)
        _identities(recording, account)
        for region in {*regions, "us-east-1"}:
            events = recording.call(account, region, "cloudtrail", "LookupEvents", StartTime=now - datetime.timedelta(days=90), EndTime=now)
            _write(folder / "cloudtrail" / account / region / "lookup-events.json", {"Events": events.get("Events", [])})
    recording.lines = [line for line in recording.lines if line["service"] != "cloudtrail"]
    with (folder / "calls.jsonl").open("w") as out:
        for line in [*(earlier or []), *recording.lines]:
            out.write(json.dumps(line, default=_plain) + "\n")
    _write(folder / "bundle.json", {"format": "butfor-bundle/1", "as_of": _now()})
    described = recording.call(place["account"], place["region"], "cloudwatch", "DescribeAlarms", AlarmNames=[alarm])
    _write(folder / "alert.json", alert(described["MetricAlarms"][0], place["account"], place["region"]))
    return {"bundle": str(folder), "calls": len(recording.lines)}


def _configuration(recording: Recording, account: str, region: str) -> None:
    call = recording.call
    for kind in EC2:
        output = call(account, region, "ec2", f"Describe{kind}")
        if kind == "Vpcs":
            for vpc in output.get("Vpcs", []):
                for attribute in ("enableDnsSupport", "enableDnsHostnames"):
                    call(account, region, "ec2", "DescribeVpcAttribute", VpcId=vpc["VpcId"], Attribute=attribute)
        if kind == "TransitGatewayRouteTables":
            for table in output.get(kind, []):
                name = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"]}
                call(account, region, "ec2", "GetTransitGatewayRouteTableAssociations", **name)
                call(account, region, "ec2", "GetTransitGatewayRouteTablePropagations", **name)
                active = [{"Name": "state", "Values": ["active", "blackhole"]}]
                call(account, region, "ec2", "SearchTransitGatewayRoutes", **name, Filters=active)
    for balancer in call(account, region, "elbv2", "DescribeLoadBalancers").get("LoadBalancers", []):
        call(account, region, "elbv2", "DescribeListeners", LoadBalancerArn=balancer["LoadBalancerArn"])
    for group in call(account, region, "elbv2", "DescribeTargetGroups").get("TargetGroups", []):
        call(account, region, "elbv2", "DescribeTargetHealth", TargetGroupArn=group["TargetGroupArn"])
    call(account, region, "rds", "DescribeDBInstances")
    call(account, region, "rds", "DescribeDBSubnetGroups")
    for function in call(account, region, "lambda", "ListFunctions").get("Functions", []):
        for operation in ("GetFunctionConfiguration", "GetFunctionConcurrency", "GetPolicy"):
            call(account, region, "lambda", operation, FunctionName=function["FunctionName"])
    for table in call(account, region, "dynamodb", "ListTables").get("TableNames", []):
        call(account, region, "dynamodb", "DescribeTable", TableName=table)
    for api in call(account, region, "apigateway", "GetRestApis").get("items", []):
        call(account, region, "apigateway", "GetResources", restApiId=api["id"], embed=["methods"])
        call(account, region, "apigateway", "GetStages", restApiId=api["id"])
    for topic in call(account, region, "sns", "ListTopics").get("Topics", []):
        call(account, region, "sns", "ListSubscriptionsByTopic", TopicArn=topic["TopicArn"])


def _identities(recording: Recording, account: str) -> None:
    call, region = recording.call, recording.facts["region"]
    roles = [line for line in recording.lines if line["account"] == account and line["operation"] == "GetFunctionConfiguration"]
    names = {line["output"]["Role"].split("/")[-1] for line in roles if "output" in line}
    for line in recording.lines:
        if line["account"] == account and line["operation"] == "DescribeInstances":
            for reservation in line["output"]["Reservations"]:
                for instance in reservation["Instances"]:
                    if "IamInstanceProfile" in instance:
                        names.add(instance["IamInstanceProfile"]["Arn"].split("/")[-1])
    for name in sorted(names):
        call(account, region, "iam", "GetRole", RoleName=name)
        for attached in call(account, region, "iam", "ListAttachedRolePolicies", RoleName=name).get("AttachedPolicies", []):
            policy = call(account, region, "iam", "GetPolicy", PolicyArn=attached["PolicyArn"])["Policy"]
            call(account, region, "iam", "GetPolicyVersion", PolicyArn=attached["PolicyArn"], VersionId=policy["DefaultVersionId"])
        for inline in call(account, region, "iam", "ListRolePolicies", RoleName=name).get("PolicyNames", []):
            call(account, region, "iam", "GetRolePolicy", RoleName=name, PolicyName=inline)
    for bucket in call(account, region, "s3", "ListBuckets").get("Buckets", []):
        for operation in ("GetBucketLocation", "GetBucketPolicy", "GetPublicAccessBlock"):
            call(account, region, "s3", operation, Bucket=bucket["Name"])


def _observations(recording: Recording, account: str, region: str, start: datetime.datetime, now: datetime.datetime) -> None:
    call = recording.call
    call(account, region, "cloudwatch", "DescribeAlarms")
    call(account, region, "cloudwatch", "DescribeAlarmHistory", StartDate=start, EndDate=now, ScanBy="TimestampDescending")
    metrics = call(account, region, "cloudwatch", "ListMetrics").get("Metrics", [])
    for part in _parts(metrics, 100):
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": _statistic(metric["MetricName"])},
                "ReturnData": True,
            }
            for number, metric in enumerate(part, start=1)
        ]
        call(account, region, "cloudwatch", "GetMetricData", MetricDataQueries=queries, StartTime=start, EndTime=now, ScanBy="TimestampAscending")
    for group in call(account, region, "logs", "DescribeLogGroups").get("logGroups", []):
        window = {"startTime": int(start.timestamp() * 1000), "endTime": int(now.timestamp() * 1000)}
        call(account, region, "logs", "FilterLogEvents", logGroupName=group["logGroupName"], **window)


def _statistic(name: str) -> str:
    averages = ("CPUUtilization", "DatabaseConnections", "Duration")
    return "Average" if name in averages else "Minimum" if name == "HealthyHostCount" else "Sum"


def alert(alarm: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """The event EventBridge would send for the alarm's present state."""
    stamp = alarm["StateUpdatedTimestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    metric = {
        "namespace": alarm["Namespace"],
        "name": alarm["MetricName"],
        "dimensions": {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]},
    }
    metric_stat = {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]}
    return {
        "version": "0",
        "id": "55c5685d-2da8-40e2-a850-9a074f396859",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": alarm["StateUpdatedTimestamp"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "state": {
                "value": alarm["StateValue"],
                "reason": alarm["StateReason"],
                "reasonData": alarm.get("StateReasonData"),
                "timestamp": stamp,
            },
            "previousState": {"value": "OK", "timestamp": stamp},
            "configuration": {
                "description": alarm.get("AlarmDescription"),
                "metrics": [{"id": "a1f4e2b0-5c1d-4f0e-8f8d-2b7f6d1c9e55", "metricStat": metric_stat, "returnData": True}],
            },
        },
    }


def _parts(items: list[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, default=_plain, indent=1))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
