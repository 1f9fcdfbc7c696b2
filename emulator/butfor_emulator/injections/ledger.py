"""The three faults of PayLedger: a throttle, a missing variable, a role without permissions."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from butfor_emulator.client import Caller
from butfor_emulator.environments.common import BOTO3, BROWSER
from butfor_emulator.environments.ledger import (
    ACCOUNT,
    API,
    FUNCTIONS,
    RATES,
    REGION,
    STAGE,
    TABLE,
    alarm_name,
    function_name,
    invocation,
    log_stream,
    variables,
)
from butfor_emulator.injections.stage import Stage, iso

KEY_ERROR = (
    "[ERROR] KeyError: 'TABLE_NAME'\nTraceback (most recent call last):\n"
    '  File "/var/task/functions/list_transactions.py", line 29, in <module>\n    TABLE_NAME = os.environ["TABLE_NAME"]'
)
ALARM_AFTER = 120.0


def _editor(stage: Stage) -> Caller:
    return stage.user(ACCOUNT, "sam.rivera", user_agent=BROWSER, source_ip="203.0.113.88")


def throttle(stage: Stage) -> None:
    _throttle(stage, _editor(stage), stage.fault_at)
    _five_hundreds(stage, ["health"])


def drop_variable(stage: Stage) -> None:
    _drop_variable(stage, _editor(stage), stage.fault_at)
    _five_hundreds(stage, ["listTransactions"])


def wrong_role(stage: Stage) -> None:
    _wrong_role(stage, _editor(stage), stage.fault_at)
    _five_hundreds(stage, ["getBalance"])


def all_three(stage: Stage) -> None:
    """One after the other by a script, as a fault injection would."""
    script = stage.user(ACCOUNT, "payledger-admin", user_agent=BOTO3, source_ip="203.0.113.200")
    _throttle(stage, script, stage.fault_at)
    _drop_variable(stage, script, stage.fault_at + 1)
    _wrong_role(stage, script, stage.fault_at + 2)
    _five_hundreds(stage, ["health", "listTransactions", "getBalance"])


def _throttle(stage: Stage, actor: Caller, at: float) -> None:
    name = function_name("health")
    with stage.at(at):
        actor.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    _changed(stage, "PutFunctionConcurrency20171031", name, actor)
    function, rate = {"FunctionName": name}, RATES["health"]
    stage.metrics(
        ACCOUNT,
        REGION,
        stage.steady("AWS/Lambda", "Invocations", function, 0.0),
        stage.steady("AWS/Lambda", "Throttles", function, rate, 3.0),
    )


def _drop_variable(stage: Stage, actor: Caller, at: float) -> None:
    name = function_name("listTransactions")
    left = {key: value for key, value in variables(REGION).items() if key != "TABLE_NAME"}
    with stage.at(at):
        actor.client("lambda").update_function_configuration(FunctionName=name, Environment={"Variables": left})
    _changed(stage, "UpdateFunctionConfiguration20150331v2", name, actor)
    stage.metrics(ACCOUNT, REGION, stage.steady("AWS/Lambda", "Errors", {"FunctionName": name}, RATES["listTransactions"]))
    events = []
    for when in stage.every(15.0):
        version = "python:3.12.v64\tRuntime Version ARN: arn:aws:lambda:ap-southeast-1::runtime:8d76a27a7be8e5c4a8f1a3d2b6e5f4c3"
        report = "INIT_REPORT Init Duration: 509.59 ms\tPhase: {phase}\tStatus: error\tError Type: Runtime.Unknown"
        events += [
            (when, f"INIT_START Runtime Version: {version}"),
            (when + 0.04, KEY_ERROR),
            (when + 0.07, report.format(phase="init")),
            (when + 0.48, KEY_ERROR),
            (when + 0.50, report.format(phase="invoke")),
        ]
    stage.logs(ACCOUNT, REGION, f"/aws/lambda/{name}", log_stream(stage, name), events)


def _wrong_role(stage: Stage, actor: Caller, at: float) -> None:
    name, role = function_name("getBalance"), stage.resources["fault_role_arn"]
    with stage.at(at):
        actor.client("lambda").update_function_configuration(FunctionName=name, Role=role)
    _changed(stage, "UpdateFunctionConfiguration20150331v2", name, actor)
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
    denied = (
        "An error occurred (AccessDeniedException) when calling the Query operation: "
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{STAGE}-fault-iam/{name} is not authorized to perform: dynamodb:Query on "
        f"resource: {table} because no identity-based policy allows the dynamodb:Query action"
    )
    where = (
        'Traceback (most recent call last):\n  File "/var/task/functions/get_balance.py", line 44, in handler\n'
        '    items = table.query(KeyConditionExpression=Key("accountId").eq(account_id))\nbotocore.exceptions.ClientError: '
    )
    events = []
    for when in stage.every(12.0):
        request = str(uuid.UUID(int=stage.random.getrandbits(128), version=4))
        line = {
            "level": "ERROR",
            "location": "handler:58",
            "message": "balance query failed",
            "timestamp": iso(when),
            "service": "payledger",
            "function_name": name,
            "function_request_id": request,
            "exception": where + denied,
            "exception_name": "ClientError",
        }
        # The handler catches the exception: an error in the log, none in the Errors metric.
        events += [(e["timestamp"] / 1000, e["message"]) for e in invocation(int(when * 1000), request, name, json.dumps(line))]
    stage.logs(ACCOUNT, REGION, f"/aws/lambda/{name}", log_stream(stage, name), events)


def _changed(stage: Stage, event: str, name: str, actor: Caller) -> None:
    arn = actor.client("sts").get_caller_identity()["Arn"]
    stage.changed(event, ACCOUNT, name, arn.split("/")[-1])


def _five_hundreds(stage: Stage, broken: list[str]) -> None:
    """The API's metrics and access log, and its alarm."""
    total: dict[int, float] = {}
    series: list[dict[str, Any]] = []
    lines: list[tuple[float, str]] = []
    for name in broken:
        _, path, method = FUNCTIONS[name]
        dimensions = {"ApiName": API, "Resource": f"/{path}", "Method": method, "Stage": "dev"}
        points = []
        # A lone slow path needs more than its usual few requests to reach the alarm's threshold.
        rate = RATES[name] if len(broken) > 1 else max(RATES[name], 20.0)
        for at in stage.every(60.0 / rate):
            points.append([int(at), 1.0])
            total[int(at)] = total.get(int(at), 0.0) + 1.0
            lines.append((at, _access_line(stage, at, method, path, name)))
        series.append({"namespace": "AWS/ApiGateway", "name": "5XXError", "dimensions": dimensions, "points": points})
    everything = [[at, count] for at, count in sorted(total.items())]
    series.append({"namespace": "AWS/ApiGateway", "name": "5XXError", "dimensions": {"ApiName": API}, "points": everything})
    stage.metrics(ACCOUNT, REGION, *series)
    stage.logs(ACCOUNT, REGION, f"/aws/api-gateway/{API}", "dev", sorted(lines))
    stage.found["total"] = sum(total.values())
    stage.alarm(ACCOUNT, REGION, alarm_name(REGION), ALARM_AFTER)


def _access_line(stage: Stage, at: float, method: str, path: str, name: str) -> str:
    throttled = name == "health"
    line = {
        "requestId": str(uuid.UUID(int=stage.random.getrandbits(128), version=4)),
        "ip": f"15.177.{stage.random.randrange(20, 40)}.{stage.random.randrange(2, 30)}",
        "requestTime": datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "httpMethod": method,
        "resourcePath": f"/{path}",
        "status": "500" if throttled or name == "getBalance" else "502",
        "protocol": "HTTP/1.1",
    }
    if throttled:
        line["integrationError"] = "Rate Exceeded. (Service: AWSLambda; Status Code: 429)"
    return json.dumps(line)


def restore_throttle(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("lambda", REGION).delete_function_concurrency(FunctionName=function_name("health"))


def restore_variable(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("lambda", REGION).update_function_configuration(
        FunctionName=function_name("listTransactions"), Environment={"Variables": variables(REGION)}
    )


def restore_role(stage: Stage) -> None:
    stage.muted(ACCOUNT).client("lambda", REGION).update_function_configuration(
        FunctionName=function_name("getBalance"), Role=stage.resources["role_arn"]
    )


def restore_all(stage: Stage) -> None:
    for undo in (restore_throttle, restore_variable, restore_role):
        undo(stage)
