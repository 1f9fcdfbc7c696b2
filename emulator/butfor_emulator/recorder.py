"""Turns write calls into CloudTrail records.

moto can keep a trail's settings but never writes an event; an investigation lives on them. This sits in front of moto,
sees the request and the answer, and keeps for each account and region what the service would have logged.
"""

from __future__ import annotations

import datetime
import random
import re
import threading
import uuid
from typing import Any, Iterator

from butfor_emulator import clock, dialect
from butfor_emulator.calls import Call, parse_response
from butfor_emulator.identity import user_identity

READ_ONLY = re.compile(
    "^(Describe|List|Get|Search|Lookup|Filter|Head|BatchGet|Query|Scan|Test|Start(Query|LiveTail)|Stop(Query)|Select|"
    "Simulate|Check|Estimate|Validate|Generate|AssumeRole|Download|Poll|Receive|Admin(Get|List))"
)
# Data events: in no default trail, and never in LookupEvents.
DATA_EVENTS = {
    "s3": re.compile("Object|MultipartUpload|UploadPart"),
    "dynamodb": re.compile("Item|Execute|Transact"),
    "lambda": re.compile("^Invoke"),
    "cloudwatch": re.compile("^PutMetricData"),
    "logs": re.compile("^PutLogEvents|^CreateLogStream"),
    "sns": re.compile("^Publish"),
    "sqs": re.compile("Message"),
    "events": re.compile("^PutEvents"),
}
LAMBDA_VERSIONS = {
    "CreateFunction": "20150331",
    "DeleteFunction": "20150331",
    "UpdateFunctionCode": "20150331v2",
    "UpdateFunctionConfiguration": "20150331v2",
    "AddPermission": "20150331v2",
    "RemovePermission": "20150331v2",
    "CreateAlias": "20150331",
    "UpdateAlias": "20150331",
    "DeleteAlias": "20150331",
    "PublishVersion": "20150331",
    "CreateEventSourceMapping": "20150331",
    "UpdateEventSourceMapping": "20150331",
    "DeleteEventSourceMapping": "20150331",
    "PutFunctionConcurrency": "20171031",
    "DeleteFunctionConcurrency": "20171031",
    "TagResource": "20170331v2",
    "UntagResource": "20170331v2",
}
EVENT_VERSIONS = {"ec2": "1.10", "lambda": "1.11"}
# Services with one endpoint for the world log in us-east-1.
GLOBAL_SERVICES = {"iam", "route53", "cloudfront", "organizations", "sts"}


class Recorder:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def records(self, account: str, region: str) -> list[dict[str, Any]]:
        """Oldest first."""
        with self._lock:
            return sorted(self._records.get((account, region), []), key=lambda record: record["eventTime"])

    def everywhere(self) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        with self._lock:
            places = list(self._records)
        for account, region in places:
            yield account, region, self.records(account, region)

    def add(self, record: dict[str, Any]) -> None:
        with self._lock:
            place = (record["recipientAccountId"], record["awsRegion"])
            self._records.setdefault(place, []).append(record)

    def clear(self) -> None:
        with self._lock:
            self._records.clear()

    def observe(self, call: Call, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Keeps a record of the call if it is one that CloudTrail keeps."""
        if is_recorded(call):
            self.add(record_of(call, status, headers, body))


def is_recorded(call: Call) -> bool:
    data = DATA_EVENTS.get(call.service)
    return not READ_ONLY.search(call.operation) and not (data and data.search(call.operation))


def record_of(call: Call, status: int, headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    now = clock.now().replace(microsecond=0)
    event_time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    session_start = (now - datetime.timedelta(minutes=17, seconds=28)).strftime("%Y-%m-%dT%H:%M:%SZ")
    request_id = next((value for name, value in headers if name.lower() in ("x-amzn-requestid", "x-amz-request-id")), "")
    request_id = request_id if re.fullmatch("[0-9a-f-]{36}", request_id) else str(uuid.uuid4())
    response = parse_response(call, status, headers, body)
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSIONS.get(call.service, "1.09"),
        "userIdentity": user_identity(call.account, call.access_key, session_start),
        "eventTime": event_time,
        "eventSource": f"{_endpoint_prefix(call)}.amazonaws.com",
        "eventName": call.operation + (LAMBDA_VERSIONS.get(call.operation, "") if call.service == "lambda" else ""),
        "awsRegion": "us-east-1" if call.service in GLOBAL_SERVICES else call.region,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent,
    }
    failed = status >= 300
    if failed:
        code = response.get("Error", {}).get("Code", "InternalError")
        record["errorCode"] = f"Client.{code}" if call.service == "ec2" and status < 500 else code
        record["errorMessage"] = response.get("Error", {}).get("Message", "")
    record["requestParameters"] = dialect.request_parameters(
        call.service, call.operation, call.model.input_shape, call.parameters
    )
    record["responseElements"] = (
        None
        if failed
        else dialect.response_elements(call.service, call.operation, call.model.output_shape, response, request_id)
    )
    record.update(
        {
            "requestID": request_id,
            "eventID": str(uuid.uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": call.account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{_endpoint_prefix(call)}.{call.region}.amazonaws.com",
            },
        }
    )
    if record["userAgent"].startswith("Mozilla/"):
        record["sessionCredentialFromConsole"] = "true"
    if call.service == "s3" and call.parameters.get("Bucket"):
        arn = f"arn:aws:s3:::{call.parameters['Bucket']}"
        record["resources"] = [{"type": "AWS::S3::Bucket", "ARN": arn, "accountId": call.account}]
        record["requestParameters"]["bucketName"] = record["requestParameters"].pop("bucket")
    return record


def _endpoint_prefix(call: Call) -> str:
    return str(call.model.service_model.endpoint_prefix)


def delivery_stamp() -> str:
    """The random part of a delivered file's name."""
    return "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=16))
