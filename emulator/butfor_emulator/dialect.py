"""How CloudTrail writes the parameters and the answer of a call: one dialect for most services, two for EC2.

EC2's older actions are "flat" (lowerCamel, lists as {"items": [...]}), its newer ones are "wrapped"
({"<Operation>Request": {...}}, XML turned to JSON: one element is an object, several are an array with "tag" numbers).
"""

from __future__ import annotations

import base64
import datetime
import re
from typing import Any

XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"
WRAPPED = re.compile(
    "NatGateway|VpcEndpoint|TransitGateway|ModifySecurityGroupRules|FlowLogs|NetworkInsights|ManagedPrefixList|"
    "LaunchTemplate|VpcBlockPublicAccess|SecurityGroupVpc|InstanceMetadataOptions|ClientVpn|Ipam"
)
# Parameters whose name in the record is not the API's name with a small first letter.
FLAT_NAMES = {
    "InstanceIds": "instancesSet",
    "Resources": "resourcesSet",
    "Tags": "tagSet",
    "TagSpecifications": "tagSpecificationSet",
    "UserIdGroupPairs": "groups",
    "SecurityGroupIds": "groupSet",
}
# What one element of a list of plain strings is called.
FLAT_ELEMENTS = {
    "InstanceIds": "instanceId",
    "Resources": "resourceId",
    "SecurityGroupRuleIds": "securityGroupRuleId",
    "SecurityGroupIds": "groupId",
}
PERMISSION_LISTS = ("groups", "ipRanges", "ipv6Ranges", "prefixListIds")
SECRET = re.compile(r"password|secret(String|Binary|AccessKey)|^content$|^token$", re.IGNORECASE)
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def request_parameters(service: str, operation: str, shape: Any, parameters: dict[str, Any]) -> dict[str, Any] | None:
    if service == "ec2":
        if WRAPPED.search(operation):
            return {f"{operation}Request": _wrapped_request(shape, parameters)}
        return _flat_request(shape, parameters)
    if not parameters:
        return None
    lowered = _lower(parameters)
    if service == "lambda":
        lowered = _redact_lambda(operation, lowered)
    return lowered


def response_elements(
    service: str, operation: str, shape: Any, response: dict[str, Any], request_id: str
) -> dict[str, Any] | None:
    if service == "ec2":
        if WRAPPED.search(operation):
            body = {"xmlns": XMLNS, "requestId": request_id}
            return {f"{operation}Response": body | _wrapped_response(shape, response)}
        elements: dict[str, Any] = {"requestId": request_id}
        elements.update(_flat_response(shape, response) if response else {"_return": True})
        return elements
    if service == "s3" or not response:
        return None
    lowered = _lower(response)
    if service == "lambda":
        lowered = _redact_lambda(operation, lowered)
    return lowered


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _lower(value: Any) -> Any:
    """The dialect of everything but EC2: every structure's names begin small; the keys of maps look the same here."""
    if isinstance(value, dict):
        return {
            lower_first(str(key)): HIDDEN if SECRET.search(str(key)) and isinstance(item, str) else _lower(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return _scalar(value)


def _redact_lambda(operation: str, value: dict[str, Any]) -> dict[str, Any]:
    """Lambda leaves environment variables out of its events, and says `environment: {}` whether or not they were set."""
    value = {key: item for key, item in value.items() if key not in ("code", "zipFile")}
    if operation.startswith(("UpdateFunctionConfiguration", "CreateFunction", "UpdateFunctionCode")):
        if "functionName" in value and operation != "UpdateFunctionCode" or "functionArn" in value:
            value["environment"] = {}
    return value


def _flat_request(shape: Any, value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        out: dict[str, Any] = {}
        for key, item in value.items():
            member = shape.members.get(key) if shape is not None and shape.type_name == "structure" else None
            written = FLAT_NAMES.get(key, lower_first(key))
            if key not in FLAT_NAMES and member is not None and not isinstance(item, list):
                # `Description` of CreateSecurityGroup is GroupDescription on the wire, and in the record.
                written = lower_first(member.serialization.get("name", key))
            if name == "TagSpecifications" and key == "Tags":
                out["tags"] = [{lower_first(k): v for k, v in tag.items()} for tag in item]
            else:
                out[written] = _flat_request(member, item, key)
        if name == "IpPermissions":
            for empty in PERMISSION_LISTS:
                out.setdefault(empty, {})
        return out
    if isinstance(value, list):
        if not value:
            return {}
        element = getattr(shape, "member", None)
        if isinstance(value[0], dict):
            return {"items": [_flat_request(element, item, name) for item in value]}
        called = FLAT_ELEMENTS.get(name, lower_first(name.removesuffix("s")))
        return {"items": [{called: _scalar(item)} for item in value]}
    return _scalar(value)


def _flat_response(shape: Any, value: Any) -> Any:
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            member = shape.members.get(key) if shape is not None and shape.type_name == "structure" else None
            written = member.serialization.get("name", key) if member is not None else key
            written = "_return" if key == "Return" else lower_first(written)
            if item not in (None, ""):
                out[written] = _flat_response(member, item)
        return out
    if isinstance(value, list):
        element = getattr(shape, "member", None)
        return {"items": [_flat_response(element, item) for item in value]} if value else {}
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    return _scalar(value)


def _wrapped_request(shape: Any, value: Any) -> Any:
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            member = shape.members.get(key) if shape is not None and shape.type_name == "structure" else None
            serialization = member.serialization if member is not None else {}
            written = serialization.get("queryName") or serialization.get("name") or key
            out[written[:1].upper() + written[1:]] = _wrapped_request(member, item)
        return out
    if isinstance(value, list):
        element = getattr(shape, "member", None)
        tagged = []
        for number, item in enumerate(value, start=1):
            written = _wrapped_request(element, item)
            tagged.append({"tag": number} | (written if isinstance(written, dict) else {"content": written}))
        return tagged[0] if len(tagged) == 1 else (tagged or "")
    return _scalar(value)


def _wrapped_response(shape: Any, value: Any) -> Any:
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            member = shape.members.get(key) if shape is not None and shape.type_name == "structure" else None
            written = member.serialization.get("name", key) if member is not None else key
            if item is not None:
                out[lower_first(written)] = _wrapped_response(member, item)
        return out
    if isinstance(value, list):
        element = getattr(shape, "member", None)
        items = [_wrapped_response(element, item) for item in value]
        return {"item": items[0] if len(items) == 1 else items} if items else ""
    return _scalar(value)
