"""What an HTTP request asks for, in the words of the API: service, operation, parameters, and who asks."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from botocore.parsers import create_parser
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import BackendRequest

SERVICE_OF_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "states": "stepfunctions",
    "email": "ses",
    "servicequotas": "service-quotas",
    "access-analyzer": "accessanalyzer",
}
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass
class Call:
    service: str
    operation: str
    protocol: str
    region: str
    access_key: str
    account: str
    model: OperationModel
    user_agent: str
    source_ip: str
    host: str
    parameters: dict[str, Any] = field(default_factory=dict)


def read_body(environ: dict[str, Any]) -> bytes:
    """The whole request body; leaves a fresh stream for whoever reads it next."""
    body = BackendRequest(environ).get_data(cache=False, parse_form_data=False)
    rewind(environ, body)
    return body


def rewind(environ: dict[str, Any], body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)


def identify(environ: dict[str, Any], body: bytes) -> Call | None:
    """The call in this request, or None where it is not a signed call of a service moto knows."""
    credential = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if credential is None:
        return None
    access_key, region, signing_name = credential.groups()
    service = SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    if signing_name == "elasticloadbalancing":
        service = "elbv2" if b"2015-12-01" in body else "elb"
    try:
        model = get_service_model(service)
    except Exception:
        return None
    rewind(environ, body)
    request = BackendRequest(environ)
    try:
        operation, url_parameters = get_service_router(service).match(request)
        protocol = determine_request_protocol(model, request.content_type)
    except Exception:
        return None
    call = Call(
        service=service,
        operation=operation.name,
        protocol=protocol,
        region=region,
        access_key=access_key,
        account=get_account_id_from(access_key),
        model=operation,
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        source_ip=environ.get("HTTP_X_BUTFOR_SOURCE_IP", environ.get("REMOTE_ADDR", "")),
        host=environ.get("HTTP_HOST", ""),
    )
    try:
        parsed = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": url_parameters,
            }
        )
        call.parameters = parsed if isinstance(parsed, dict) else {}
    except Exception:
        call.parameters = {}
    rewind(environ, body)
    return call


def parse_response(call: Call, status: int, headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """The answer in the API's own names; errors as {"Error": {"Code", "Message"}}."""
    shape = call.model.output_shape
    if status < 300 and (shape is None or call.model.has_streaming_output):
        return {}
    parser = create_parser(call.protocol)
    lowered = {name.lower(): value for name, value in headers}
    try:
        parsed = parser.parse({"status_code": status, "headers": lowered, "body": body}, shape)
    except Exception:
        return {"Error": {"Code": "InternalError", "Message": ""}} if status >= 300 else {}
    parsed.pop("ResponseMetadata", None)
    return parsed
