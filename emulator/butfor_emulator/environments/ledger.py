"""PayLedger: a REST API over Lambda and DynamoDB in Singapore, a small twin in Tokyo, one 5xx alarm."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any

from butfor_emulator.client import Caller
from butfor_emulator.environments.common import DEFAULT_AGE_DAYS, Scene, code, policy, trust

ACCOUNT, REGION, SECOND = "111122223333", "ap-southeast-1", "ap-northeast-1"
STAGE = "payledger-dev"
API, TABLE = "dev-payledger", f"{STAGE}-transactions"
FUNCTIONS = {
    # name: handler, resource, method
    "health": ("functions/health.handler", "health", "GET"),
    "createTransaction": ("functions/create_transaction.handler", "transactions", "POST"),
    "listTransactions": ("functions/list_transactions.handler", "transactions", "GET"),
    "getBalance": ("functions/get_balance.handler", "balance", "GET"),
}
RATES = {"health": 95.0, "createTransaction": 1.0, "listTransactions": 4.0, "getBalance": 5.0}


def alarm_name(region: str) -> str:
    return f"{STAGE}-api-5xx-{region}"


def role_name(region: str) -> str:
    return f"{STAGE}-{region}-lambdaRole"


def function_name(name: str) -> str:
    return f"{STAGE}-{name}"


def variables(region: str) -> dict[str, str]:
    return {
        "REGION": region,
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "payledger",
        "ALLOWED_ORIGINS": "https://payledger.yourdomain.com",
        "TABLE_NAME": TABLE,
    }


def build(endpoint: str, age_days: float = DEFAULT_AGE_DAYS) -> dict[str, Any]:
    scene = Scene(endpoint, "ledger", ACCOUNT, REGION, age_days)
    builder = scene.account(ACCOUNT, "payledger")
    _fault_role(builder)
    apis = {region: _region(builder, region) for region in (REGION, SECOND)}
    scene.facts["resources"] = {
        "api": apis[REGION],
        "second_api": apis[SECOND],
        "table": TABLE,
        "functions": {name: function_name(name) for name in FUNCTIONS},
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/{role_name(REGION)}",
        "fault_role_arn": f"arn:aws:iam::{ACCOUNT}:role/{STAGE}-fault-iam",
        "second_region": SECOND,
    }
    scene.facts["alarms"] = {alarm_name(region): {"account": ACCOUNT, "region": region} for region in (REGION, SECOND)}
    scene.finish()
    for region in (REGION, SECOND):
        _quiet_hours(scene, region)
    return scene.facts


def _fault_role(builder: Caller) -> None:
    """The role that may write logs and nothing else; it is there before anybody uses it."""
    iam = builder.client("iam")
    role = f"{STAGE}-fault-iam"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    iam.attach_role_policy(RoleName=role, PolicyArn=basic)


def _region(builder: Caller, region: str) -> str:
    iam, dynamodb = builder.client("iam"), builder.client("dynamodb", region)
    functions, gateway = builder.client("lambda", region), builder.client("apigateway", region)
    role = role_name(region)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"), Tags=[{"Key": "project", "Value": "payledger"}])
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    table = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{TABLE}"
    actions = ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": [table, f"{table}/index/*"]}
    iam.put_role_policy(RoleName=role, PolicyName=f"{STAGE}-lambda", PolicyDocument=policy(statement))
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("accountId", "createdAt")],
        KeySchema=[{"AttributeName": "accountId", "KeyType": "HASH"}, {"AttributeName": "createdAt", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    api = gateway.create_rest_api(name=API, endpointConfiguration={"types": ["REGIONAL"]}, tags={"project": "payledger"})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    paths: dict[str, str] = {}
    for name, (handler, path, method) in FUNCTIONS.items():
        arn = functions.create_function(
            FunctionName=function_name(name),
            Runtime="python3.12",
            Handler=handler,
            Role=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            Code={"ZipFile": code(f"# {name}\ndef handler(event, context):\n    return {{'statusCode': 200}}\n")},
            Timeout=10,
            MemorySize=256,
            Architectures=["arm64"],
            Environment={"Variables": variables(region)},
            Tags={"project": "payledger"},
        )["FunctionArn"]
        if path not in paths:
            paths[path] = gateway.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        place = {"restApiId": api, "resourceId": paths[path], "httpMethod": method}
        gateway.put_method(**place, authorizationType="NONE")
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        functions.add_permission(
            FunctionName=function_name(name),
            StatementId="apigw",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/*/*",
        )
        builder.client("logs", region).create_log_group(logGroupName=f"/aws/lambda/{function_name(name)}")
    gateway.create_deployment(restApiId=api, stageName="dev")
    builder.client("logs", region).create_log_group(logGroupName=f"/aws/api-gateway/{API}")
    topic = builder.client("sns", region).create_topic(Name=f"{STAGE}-alarms")["TopicArn"]
    builder.client("cloudwatch", region).put_metric_alarm(
        AlarmName=alarm_name(region),
        AlarmDescription=f"PayLedger API returns 5xx in {region}",
        Namespace="AWS/ApiGateway",
        MetricName="5XXError",
        Dimensions=[{"Name": "ApiName", "Value": API}],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=10.0 if region == REGION else 50.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    return str(api)


def _quiet_hours(scene: Scene, region: str) -> None:
    series = []
    api = {"ApiName": API}
    for name, rate in RATES.items():
        function = {"FunctionName": function_name(name)}
        _, path, method = FUNCTIONS[name]
        resource = api | {"Resource": f"/{path}", "Method": method, "Stage": "dev"}
        series.append(scene.metric("AWS/Lambda", "Invocations", function, rate))
        series.append(scene.metric("AWS/Lambda", "Throttles", function, 0.0))
        series.append(scene.metric("AWS/Lambda", "Errors", function, 0.0))
        series.append(scene.metric("AWS/ApiGateway", "5XXError", resource, 0.0))
        series.append(scene.metric("AWS/ApiGateway", "Count", resource, rate))
    series.append(scene.metric("AWS/ApiGateway", "5XXError", api, 0.0))
    series.append(scene.metric("AWS/ApiGateway", "4XXError", api, 0.0))
    series.append(scene.metric("AWS/ApiGateway", "Count", api, sum(RATES.values())))
    scene.control.put("metrics", account=ACCOUNT, region=region, series=series)
    now = int(time.time() * 1000)
    for name in FUNCTIONS:
        events = []
        for step in range(60, 0, -1):
            request = uuid.UUID(int=scene.random.getrandbits(128), version=4)
            events += invocation(now - step * 60_000 + 4_000, str(request), function_name(name))
        stream = log_stream(scene, name)
        scene.control.put(
            "logs", account=ACCOUNT, region=region, group=f"/aws/lambda/{function_name(name)}", stream=stream, events=events
        )
    at = datetime.datetime.fromtimestamp(time.time() - 9 * 86400, datetime.timezone.utc).isoformat()
    scene.control.put("alarm-state", account=ACCOUNT, region=region, alarm=alarm_name(region), state="OK", at=at)


def log_stream(scene: Any, name: str) -> str:
    day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y/%m/%d")
    return f"{day}/[$LATEST]{uuid.UUID(int=scene.random.getrandbits(128)).hex}"


def invocation(at: int, request: str, function: str, message: str | None = None) -> list[dict[str, Any]]:
    """The log events of one invocation; `message` in place of the usual line."""
    usual = '{"level": "INFO", "location": "handler:37", "message": "ok", "service": "payledger", "function_name": "%s"}' % function
    return [
        {"timestamp": at, "message": f"START RequestId: {request} Version: $LATEST"},
        {"timestamp": at + 3, "message": message or usual},
        {"timestamp": at + 46, "message": f"END RequestId: {request}"},
        {
            "timestamp": at + 46,
            "message": f"REPORT RequestId: {request}\tDuration: 46.33 ms\tBilled Duration: 47 ms\tMemory Size: 256 MB\tMax Memory Used: 88 MB",
        },
    ]
