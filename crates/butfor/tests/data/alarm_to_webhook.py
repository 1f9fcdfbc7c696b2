"""Forwards a CloudWatch alarm to a signed webhook: a Lambda function, or a script that reads the event from standard input.

Set WEBHOOK_URL, and WEBHOOK_SECRET to {"webhookSecret": "..."} as Secrets Manager would hand it out.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import sys

import urllib3

http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=10), retries=False)

PRIORITIES = {"ALARM": "HIGH", "INSUFFICIENT_DATA": "MEDIUM", "OK": "LOW"}


def payload_of(event):
    detail = event["detail"]
    state = detail["state"]
    metrics = detail.get("configuration", {}).get("metrics", [])
    return {
        "eventType": "incident",
        "incidentId": "{}-{}".format(detail["alarmName"], event["id"]),
        "action": "resolved" if state["value"] == "OK" else "created",
        "priority": PRIORITIES.get(state["value"], "MEDIUM"),
        "title": "CloudWatch Alarm: {}".format(detail["alarmName"]),
        "description": "State: {}\nReason: {}".format(state["value"], state.get("reason", "")),
        "timestamp": event["time"],
        "service": os.environ.get("SERVICE_NAME", "CloudWatch"),
        "data": {
            "metadata": {
                "region": event["region"],
                "accountId": event["account"],
                "alarmName": detail["alarmName"],
                "alarmArn": event["resources"][0],
                "newState": state["value"],
                "previousState": detail.get("previousState", {}).get("value"),
                "reason": state.get("reason"),
                "metrics": metrics,
            },
            "event": event,
        },
    }


def signature_of(secret, timestamp, body):
    text = "{}:{}".format(timestamp, body)
    digest = hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("utf-8")


def lambda_handler(event, context):
    secret = json.loads(os.environ["WEBHOOK_SECRET"])["webhookSecret"]
    body = json.dumps(payload_of(event))
    timestamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    response = http.request(
        "POST",
        os.environ["WEBHOOK_URL"],
        body=body.encode("utf-8"),
        headers={
            "Content-Type": "application/json",
            "x-amzn-event-timestamp": timestamp,
            "x-amzn-event-signature": signature_of(secret, timestamp, body),
        },
    )
    answer = response.data.decode("utf-8")
    if response.status not in (200, 202):
        raise RuntimeError("the webhook answered {}: {}".format(response.status, answer))
    return {"statusCode": response.status, "body": answer}


if __name__ == "__main__":
    print(json.dumps(lambda_handler(json.load(sys.stdin), None)))
