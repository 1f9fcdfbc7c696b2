"""Error answers as each AWS protocol writes them, for faults and denials made by the kit instead of by moto."""

from __future__ import annotations

import json
import uuid
from xml.sax.saxutils import escape

from butfor_emulator.calls import Call


def error_response(call: Call, code: str, message: str, status: int) -> tuple[int, list[tuple[str, str]], bytes]:
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    if call.protocol == "ec2":
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        kind = "text/xml;charset=UTF-8"
    elif call.protocol == "query":
        body = (
            '<?xml version="1.0"?>\n<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"><Error>'
            f"<Type>{'Sender' if status < 500 else 'Receiver'}</Type><Code>{code}</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        kind = "text/xml"
    elif call.protocol == "rest-xml":
        if call.service == "s3":
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
                f"<Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>"
            )
        else:
            body = (
                '<?xml version="1.0"?>\n<ErrorResponse><Error>'
                f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        kind = "application/xml"
    else:
        headers.append(("x-amzn-ErrorType", code))
        body = json.dumps({"__type": code, "message": message})
        kind = "application/json" if call.protocol == "rest-json" else "application/x-amz-json-1.1"
    data = body.encode()
    headers += [("Content-Type", kind), ("Content-Length", str(len(data)))]
    return status, headers, data


def unknown_operation() -> tuple[int, list[tuple[str, str]], bytes]:
    """A signed call of a service or an operation that neither moto nor the kit knows."""
    body = json.dumps({"__type": "UnknownOperationException", "message": "The emulator does not know this call."}).encode()
    return 404, [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))], body


ACTION_NAMES = {
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetBucketNotificationConfiguration"): "s3:GetBucketNotification",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
}
PREFIXES = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
    "stepfunctions": "states",
    "service-quotas": "servicequotas",
}


def action_of(call: Call) -> str:
    """The IAM action a call needs: mostly prefix and operation, with the exceptions AWS made."""
    if call.service == "apigateway":
        return f"apigateway:{call.model.http['method']}"
    named = ACTION_NAMES.get((call.service, call.operation))
    return named or f"{PREFIXES.get(call.service, call.service)}:{call.operation}"


def denial(call: Call, principal: str, why: str = "") -> tuple[int, list[tuple[str, str]], bytes]:
    """AccessDenied in the words and the code AWS uses for this service."""
    action = action_of(call)
    why = why or f"because no identity-based policy allows the {action} action"
    message = f"User: {principal} is not authorized to perform: {action} {why}"
    if call.protocol == "ec2":
        return error_response(call, "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    if call.protocol in ("query", "rest-xml"):
        return error_response(call, "AccessDenied", message, 403)
    return error_response(call, "AccessDeniedException", message, 403 if call.protocol == "rest-json" else 400)


def throttled(call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
    if call.protocol == "ec2":
        return error_response(call, "RequestLimitExceeded", "Request limit exceeded.", 503)
    if call.service == "s3":
        return error_response(call, "SlowDown", "Please reduce your request rate.", 503)
    if call.protocol in ("query", "rest-xml"):
        return error_response(call, "Throttling", "Rate exceeded", 400)
    if call.service == "lambda":
        return error_response(call, "TooManyRequestsException", "Rate exceeded", 429)
    return error_response(call, "ThrottlingException", "Rate exceeded", 400)


def internal_error(call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
    if call.protocol in ("ec2", "query", "rest-xml"):
        return error_response(call, "InternalError", "An internal error has occurred", 500)
    return error_response(call, "InternalFailure", "The request processing has failed because of an unknown error", 500)
