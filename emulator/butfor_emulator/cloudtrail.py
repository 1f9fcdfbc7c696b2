"""CloudTrail's LookupEvents, which moto lacks, over the recorder's records; and delivery of trail files to S3."""

from __future__ import annotations

import base64
import collections
import datetime
import gzip
import json
import re
import threading
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.cloudtrail.models import cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse
from moto.s3.models import s3_backends

from butfor_emulator import clock
from butfor_emulator.recorder import Recorder, delivery_stamp

PAGE = 50
HISTORY = datetime.timedelta(days=90)
ATTRIBUTES = {
    "EventId": lambda record: record["eventID"],
    "EventName": lambda record: record["eventName"],
    "EventSource": lambda record: record["eventSource"],
    "ReadOnly": lambda record: str(record["readOnly"]).lower(),
    "Username": lambda record: username(record),
    "AccessKeyId": lambda record: record["userIdentity"].get("accessKeyId", ""),
}
RESOURCE_TYPES = [
    (re.compile(pattern), kind)
    for pattern, kind in [
        (r"^sg-[0-9a-f]+$", "AWS::EC2::SecurityGroup"),
        (r"^rtb-[0-9a-f]+$", "AWS::EC2::RouteTable"),
        (r"^vpce-[0-9a-f]+$", "AWS::EC2::VPCEndpoint"),
        (r"^vpc-[0-9a-f]+$", "AWS::EC2::VPC"),
        (r"^subnet-[0-9a-f]+$", "AWS::EC2::Subnet"),
        (r"^igw-[0-9a-f]+$", "AWS::EC2::InternetGateway"),
        (r"^nat-[0-9a-f]+$", "AWS::EC2::NatGateway"),
        (r"^i-[0-9a-f]+$", "AWS::EC2::Instance"),
        (r"^eni-[0-9a-f]+$", "AWS::EC2::NetworkInterface"),
        (r"^tgw-[0-9a-f]+$", "AWS::EC2::TransitGateway"),
        (r"^tgw-rtb-[0-9a-f]+$", "AWS::EC2::TransitGatewayRouteTable"),
        (r"^tgw-attach-[0-9a-f]+$", "AWS::EC2::TransitGatewayAttachment"),
    ]
]
NAMED_PARAMETERS = {
    "functionName": "AWS::Lambda::Function",
    "roleName": "AWS::IAM::Role",
    "userName": "AWS::IAM::User",
    "bucketName": "AWS::S3::Bucket",
    "alarmName": "AWS::CloudWatch::Alarm",
    "tableName": "AWS::DynamoDB::Table",
    "dBInstanceIdentifier": "AWS::RDS::DBInstance",
    "secretId": "AWS::SecretsManager::Secret",
}


class Throttle:
    """Two requests a second for each account and region, where a test asks for it."""

    def __init__(self) -> None:
        self.enabled = False
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], collections.deque[float]] = {}

    def allows(self, account: str, region: str) -> bool:
        if not self.enabled:
            return True
        with self._lock:
            recent = self._recent.setdefault((account, region), collections.deque())
            now = time.monotonic()
            while recent and now - recent[0] > 1.0:
                recent.popleft()
            if len(recent) >= 2:
                return False
            recent.append(now)
            return True


class CloudTrailHistory:
    """Also holds back what is younger than the delivery delay, as AWS does for up to fifteen minutes."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.throttle = Throttle()
        self.delay_seconds = 0.0
        self._delivered: set[str] = set()

    def install(self) -> None:
        history = self

        def lookup_events(response: CloudTrailResponse) -> ActionResult:
            return ActionResult(history.lookup(response.current_account, response.region, json.loads(response.body or "{}")))

        CloudTrailResponse.lookup_events = lookup_events  # type: ignore[attr-defined]

    def lookup(self, account: str, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        if not self.throttle.allows(account, region):
            raise JsonRESTError("ThrottlingException", "Rate exceeded")
        now = clock.now()
        start = max(_time(asked.get("StartTime")) or now - HISTORY, now - HISTORY)
        end = min(_time(asked.get("EndTime")) or now, now - datetime.timedelta(seconds=self.delay_seconds))
        attributes = asked.get("LookupAttributes") or []
        if len(attributes) > 1:
            raise JsonRESTError("InvalidLookupAttributesException", "You can specify at most one lookup attribute.")
        size = asked.get("MaxResults", PAGE)
        if not 1 <= size <= PAGE:
            raise JsonRESTError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
        found = [
            record
            for record in reversed(self.recorder.records(account, region))
            if start <= _time(record["eventTime"]) <= end and all(matches(record, wanted) for wanted in attributes)
        ]
        first = _decode_token(asked.get("NextToken"))
        answer: dict[str, Any] = {"Events": [event_of(record) for record in found[first : first + size]]}
        if first + size < len(found):
            answer["NextToken"] = base64.b64encode(f"butfor:{first + size}".encode()).decode()
        return answer

    def deliver(self) -> list[str]:
        """Writes what is new to the buckets of the trails that cover it, five minutes a file; returns the keys."""
        keys = []
        for account, region, records in self.recorder.everywhere():
            records = [record for record in records if record["eventID"] not in self._delivered]
            self._delivered.update(record["eventID"] for record in records)
            for bucket, prefix in _destinations(account, region):
                for stamp, part in _by_five_minutes(records).items():
                    day = f"{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}"
                    key = (
                        f"{prefix}AWSLogs/{account}/CloudTrail/{region}/{day}/"
                        f"{account}_CloudTrail_{region}_{stamp}Z_{delivery_stamp()}.json.gz"
                    )
                    data = gzip.compress(json.dumps({"Records": part}).encode())
                    s3_backends[account]["aws"].put_object(bucket, key, data)
                    keys.append(f"s3://{bucket}/{key}")
        return keys


def matches(record: dict[str, Any], wanted: dict[str, str]) -> bool:
    key, value = wanted.get("AttributeKey", ""), wanted.get("AttributeValue", "")
    if key == "ResourceName":
        return any(resource["ResourceName"] == value for resource in resources_of(record))
    if key == "ResourceType":
        return any(resource["ResourceType"] == value for resource in resources_of(record))
    if key not in ATTRIBUTES:
        raise JsonRESTError("InvalidLookupAttributesException", f"{key} is not a lookup attribute.")
    return ATTRIBUTES[key](record) == value


def username(record: dict[str, Any]) -> str:
    identity = record["userIdentity"]
    if identity["type"] == "AssumedRole":
        return str(identity["arn"].split("/")[-1])
    return str(identity.get("userName") or "root")


def resources_of(record: dict[str, Any]) -> list[dict[str, str]]:
    """Resources as LookupEvents lists them: plain ids more often than ARNs."""
    found: dict[str, str] = {}

    def walk(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for inner, item in value.items():
                walk(item, inner)
        elif isinstance(value, list):
            for item in value:
                walk(item, key)
        elif isinstance(value, str):
            if key in NAMED_PARAMETERS:
                found.setdefault(value, NAMED_PARAMETERS[key])
            for pattern, kind in RESOURCE_TYPES:
                if pattern.match(value):
                    found.setdefault(value, kind)

    walk(record.get("requestParameters"))
    if record["eventName"].startswith(("Create", "Run", "Allocate")):
        walk(record.get("responseElements"))
    for resource in record.get("resources", []):
        found.setdefault(resource["ARN"].split(":::")[-1], resource["type"])
    return [{"ResourceType": kind, "ResourceName": name} for name, kind in found.items()]


def event_of(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "AccessKeyId": record["userIdentity"].get("accessKeyId", ""),
        "EventTime": _time(record["eventTime"]).replace(tzinfo=None),
        "EventSource": record["eventSource"],
        "Username": username(record),
        "Resources": resources_of(record),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }


def _time(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    return datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))


def _decode_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token).decode().removeprefix("butfor:"))
    except ValueError as error:
        raise JsonRESTError("InvalidNextTokenException", "Invalid token.") from error


def _destinations(account: str, region: str) -> list[tuple[str, str]]:
    places = []
    for home, backend in list(cloudtrail_backends[account].items()):
        for trail in backend.trails.values():
            if trail.is_multi_region or home == region:
                place = (trail.bucket_name, f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else "")
                if place not in places:
                    places.append(place)
    return places


def _by_five_minutes(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    files: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        at = _time(record["eventTime"])
        at = at - datetime.timedelta(minutes=at.minute % 5, seconds=at.second) + datetime.timedelta(minutes=5)
        files.setdefault(at.strftime("%Y%m%dT%H%M"), []).append(record)
    return files
