"""What the kit adds to moto's answers: history lookup, alarms, faults, enforcement, filters."""

from __future__ import annotations

import gzip
import json

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from butfor_emulator import injections
from butfor_emulator.patches.observability import Pattern


def test_lookup_pages_filters_and_throttles(world):
    article = world("article")
    trail = article.reader().client("cloudtrail")
    first = trail.lookup_events(MaxResults=50)
    second = trail.lookup_events(MaxResults=50, NextToken=first["NextToken"])
    events = first["Events"] + second["Events"]
    assert len(first["Events"]) == 50 and len({event["EventId"] for event in events}) == len(events)
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)
    group = article.facts["resources"]["db_sg"]
    named = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": group}])["Events"]
    assert {event["EventName"] for event in named} >= {"CreateSecurityGroup", "AuthorizeSecurityGroupIngress"}
    assert json.loads(named[0]["CloudTrailEvent"])["eventID"] == named[0]["EventId"]
    article.control.put("trail", throttle=True)
    with pytest.raises(ClientError, match="Rate exceeded"):
        for _ in range(5):
            trail.lookup_events(MaxResults=1)
    article.control.put("trail", throttle=False)


def test_trail_files_land_in_the_bucket(world):
    article = world("article")
    keys = article.control.post("deliver-trail")["keys"]
    assert all("/AWSLogs/123456789012/CloudTrail/us-east-1/" in key for key in keys)
    bucket, key = keys[0].removeprefix("s3://").split("/", 1)
    body = article.reader().client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert json.loads(gzip.decompress(body))["Records"]
    assert article.control.post("deliver-trail")["keys"] == []


def test_alarm_fires_without_a_trace_in_the_trail(world):
    article = world("article")
    found = injections.inject(article.endpoint, "c2")
    cloudwatch = article.reader().client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[found["alarm"]["name"]])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM" and alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [")
    assert alarm["StateTransitionedTimestamp"] == alarm["StateUpdatedTimestamp"]
    history = cloudwatch.describe_alarm_history(AlarmName=alarm["AlarmName"])["AlarmHistoryItems"]
    kinds = [item["HistoryItemType"] for item in history]
    assert kinds[:2] == ["Action", "StateUpdate"] and kinds[-1] == "ConfigurationUpdate"
    assert json.loads(history[1]["HistoryData"])["newState"]["stateReasonData"]["recentDatapoints"]
    forced = article.records("123456789012", "us-east-1", "SetAlarmState")
    assert alarm["AlarmName"] not in [record["requestParameters"]["alarmName"] for record in forced]
    injections.undo(article.endpoint, "c2")


def test_every_third_call_fails_in_its_own_way(world):
    article = world("article")
    ec2 = article.reader().client("ec2")
    article.control.put("faults", every_nth=3, delay_seconds=0.01)
    outcomes = []
    for _ in range(15):
        try:
            ec2.describe_vpcs()
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
        except (BotoCoreError, ResponseParserError) as error:
            outcomes.append(type(error).__name__)
    article.control.put("faults", mode="none")
    assert outcomes[2::3][:4] == ["UnauthorizedOperation", "RequestLimitExceeded", "InternalError", "ok"]
    assert outcomes[14] not in ("ok", "InternalError")
    assert set(outcomes[0::3] + outcomes[1::3]) == {"ok"}


def test_enforcement_allows_what_the_policy_says(world):
    article = world("article")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
    reader = article.reader()
    article.control.put("role-policy", account="123456789012", role="butfor-read", document=document)
    article.control.put("enforcement", enabled=True)
    try:
        reader.client("ec2").describe_vpcs()
        with pytest.raises(ClientError, match="because no identity-based policy allows the s3:ListAllMyBuckets action"):
            reader.client("s3").list_buckets()
    finally:
        article.control.put("enforcement", enabled=False)


def test_filter_patterns():
    assert Pattern("?ERROR ?timeout").matches("a timeout") and not Pattern("?ERROR ?timeout").matches("fine")
    assert Pattern('"two words"').matches("the two words") and Pattern("-DEBUG").matches("INFO")
    assert Pattern('{ $.status = "5*" }').matches('{"status": "502"}')
    assert not Pattern("{ $.status = 5* }").matches('{"status": 200}')


def test_insights_filters_sorts_and_takes_a_moment(world):
    article = world("article")
    place = {"account": "123456789012", "region": "us-east-1", "group": "/insights"}
    events = [{"timestamp": 1_777_728_000_000 + at, "message": text} for at, text in [(1, "Error: a"), (2, "fine"), (3, "timeout b")]]
    article.control.put("logs", **place, stream="s", events=events)
    article.control.put("log-group-size", **place, bytes=10**12)
    logs = article.reader().client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/insights")["logGroups"]
    assert group["storedBytes"] == 10**12
    text = "fields @timestamp, @message | filter @message like /Error|timeout/ | sort @timestamp asc"
    window = {"startTime": 1_777_728_000, "endTime": 1_777_728_001}
    found = logs.start_query(logGroupName="/insights", queryString=text, limit=1, **window)
    assert logs.get_query_results(queryId=found["queryId"])["status"] == "Running"
    answer = logs.get_query_results(queryId=found["queryId"])
    rows = [{field["field"]: field["value"] for field in row} for row in answer["results"]]
    assert answer["status"] == "Complete" and [row["@message"] for row in rows] == ["Error: a"]
    assert rows[0]["@timestamp"] == "2026-05-02 13:20:00.001"


def test_answers_are_set_by_a_test(world):
    article = world("article")
    health = article.reader().client("health")
    with pytest.raises(ClientError, match="SubscriptionRequiredException"):
        health.describe_events()
    article.control.put("answers", account="123456789012", service="health", operation="DescribeEvents", answer={"events": [{"arn": "a"}]})
    assert health.describe_events()["events"] == [{"arn": "a"}]
