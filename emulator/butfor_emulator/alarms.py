"""Alarm state as CloudWatch itself would change it, and DescribeAlarmHistory.

moto never evaluates an alarm, and its SetAlarmState is the wrong tool: CloudTrail records it, and an investigator rightly
concludes that somebody forced the alarm. `change_state` leaves no trace but the alarm's own.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from butfor_emulator import clock

COMPARISONS = {
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, threshold: value >= threshold),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, threshold: value <= threshold),
}
NO_DATA = "Threshold Crossed: no datapoints were received for {n} period{s} and {n} missing datapoint{s} {was} treated as [{how}]."


def install() -> None:
    original_init, original_update = Alarm.__init__, Alarm.update_state

    def init(alarm: Any, *args: Any, **kwargs: Any) -> None:
        original_init(alarm, *args, **kwargs)
        # AWS starts every alarm here; moto starts it at OK.
        alarm.state_value = "INSUFFICIENT_DATA"
        alarm.state_reason_data = None
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        alarm.butfor_history = [
            _item(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" created', _configuration(alarm), clock.now())
        ]

    def update_state(alarm: Any, reason: str, reason_data: str | None, state_value: str) -> None:
        old = {"stateValue": alarm.state_value, "stateReason": alarm.state_reason}
        previous = alarm.state_value
        original_update(alarm, reason, reason_data, state_value)
        if previous == state_value:
            return
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        new: dict[str, Any] = {"stateValue": state_value, "stateReason": reason}
        if reason_data:
            new["stateReasonData"] = json.loads(reason_data)
        at = alarm.state_updated_timestamp.replace(tzinfo=datetime.timezone.utc)
        data = {"version": "1.0", "oldState": old, "newState": new}
        alarm.butfor_history.append(
            _item(alarm, "StateUpdate", f"Alarm updated from {previous} to {state_value}", data, at)
        )
        actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(state_value, alarm.insufficient_data_actions)
        for action in actions or []:
            done = {"actionState": "Succeeded", "notificationResource": action, "publishedMessage": "Published"}
            after = at + datetime.timedelta(seconds=1)
            alarm.butfor_history.append(_item(alarm, "Action", f"Successfully executed action {action}", done, after))

    def describe_alarm_history(response: CloudWatchResponse) -> ActionResult:
        return ActionResult(history(response.current_account, response.region, response._get_params()))

    Alarm.__init__ = init  # type: ignore[method-assign]
    Alarm.update_state = update_state  # type: ignore[method-assign]
    CloudWatchResponse.describe_alarm_history = describe_alarm_history  # type: ignore[attr-defined]


def _item(alarm: Any, kind: str, summary: str, data: dict[str, Any], at: datetime.datetime) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmType": "CompositeAlarm" if alarm.rule is not None else "MetricAlarm",
        "Timestamp": at.astimezone(datetime.timezone.utc).replace(tzinfo=None),
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps(data),
    }


def _configuration(alarm: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "type": "Create",
        "createdAlarm": {
            "alarmName": alarm.name,
            "alarmArn": alarm.alarm_arn,
            "metricName": alarm.metric_name,
            "namespace": alarm.namespace,
            "period": alarm.period,
            "threshold": alarm.threshold,
        },
    }


def history(account: str, region: str, asked: dict[str, Any]) -> dict[str, Any]:
    backend = cloudwatch_backends[account][region]
    name, kind = asked.get("AlarmName"), asked.get("HistoryItemType")
    start, end = asked.get("StartDate"), asked.get("EndDate")
    items = [
        item
        for alarm in backend.alarms.values()
        if name in (None, alarm.name)
        for item in alarm.butfor_history
        if kind in (None, item["HistoryItemType"])
        and (start is None or item["Timestamp"] >= start)
        and (end is None or item["Timestamp"] <= end)
    ]
    items.sort(key=lambda item: item["Timestamp"], reverse=asked.get("ScanBy", "TimestampDescending") != "TimestampAscending")
    first = int(asked.get("NextToken") or 0)
    size = int(asked.get("MaxRecords") or 100)
    answer: dict[str, Any] = {"AlarmHistoryItems": items[first : first + size]}
    if first + size < len(items):
        answer["NextToken"] = str(first + size)
    return answer


def change_state(account: str, region: str, name: str, state: str, at: datetime.datetime | None = None) -> dict[str, Any]:
    """Moves an alarm to `state` as an evaluation at `at` would, with the reason worked out from the metric's data."""
    alarm = cloudwatch_backends[account][region].alarms[name]
    at = at or clock.now()
    points = _datapoints(account, region, alarm, at, state)
    reason, data = _reason(alarm, state, points, at)
    alarm.update_state(reason, json.dumps(data), state)
    alarm.state_updated_timestamp = at.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    for item in reversed(alarm.butfor_history):
        if item["HistoryItemType"] == "ConfigurationUpdate":
            break
        delay = datetime.timedelta(seconds=1 if item["HistoryItemType"] == "Action" else 0)
        item["Timestamp"] = alarm.state_updated_timestamp + delay
        if item["HistoryItemType"] == "StateUpdate":
            break
    return {"alarm": name, "state": state, "reason": reason}


def _datapoints(
    account: str, region: str, alarm: Any, at: datetime.datetime, state: str
) -> list[tuple[datetime.datetime, float]]:
    """The newest datapoints that belong to the state, newest first, one for each evaluation period."""
    period = datetime.timedelta(seconds=int(alarm.period))
    newest = datetime.datetime.fromtimestamp(at.timestamp() // period.total_seconds() * period.total_seconds(), at.tzinfo)
    wanted = int(alarm.evaluation_periods)
    crosses = COMPARISONS[alarm.comparison_operator][1]
    data = [
        datum
        for datum in cloudwatch_backends[account][region].metric_data
        if datum.namespace == alarm.namespace
        and datum.name == alarm.metric_name
        and {(d.name, d.value) for d in datum.dimensions} == {(d.name, d.value) for d in alarm.dimensions}
    ]
    points: list[tuple[datetime.datetime, float]] = []
    for step in range(60):
        start = newest - period * step
        values = [
            float(getattr(datum, "value", getattr(datum, "sum", 0.0)))
            for datum in data
            if start <= datum.timestamp.replace(tzinfo=datetime.timezone.utc) < min(start + period, at)
        ]
        if not values:
            continue
        value = sum(values) if alarm.statistic == "Sum" else max(values) if alarm.statistic == "Maximum" else sum(values) / len(values)
        if crosses(value, float(alarm.threshold)) == (state == "ALARM"):
            points.append((start, value))
        if len(points) == wanted:
            break
    return points


def _reason(
    alarm: Any, state: str, points: list[tuple[datetime.datetime, float]], at: datetime.datetime
) -> tuple[str, dict[str, Any]]:
    threshold = float(alarm.threshold)
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": _stamp(at),
        "statistic": alarm.statistic,
        "period": int(alarm.period),
        "recentDatapoints": [value for _, value in reversed(points)],
        "threshold": threshold,
    }
    if not points:
        count = int(alarm.evaluation_periods)
        how = {"notBreaching": "NonBreaching", "breaching": "Breaching"}.get(alarm.treat_missing_data, "Missing")
        plural = count != 1
        return (
            NO_DATA.format(n=count, s="s" if plural else "", was="were" if plural else "was", how=how),
            data,
        )
    data["startDate"] = _stamp(points[-1][0])
    data["evaluatedDatapoints"] = [{"timestamp": _stamp(start), "sampleCount": 1.0, "value": value} for start, value in points]
    words = COMPARISONS[alarm.comparison_operator][0]
    shown = ", ".join(f"{value} ({start.strftime('%d/%m/%y %H:%M:%S')})" for start, value in points)
    many = len(points) > 1
    if state == "ALARM":
        need = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
        reason = (
            f"Threshold Crossed: {len(points)} out of the last {int(alarm.evaluation_periods)} datapoints [{shown}] "
            f"{'were' if many else 'was'} {words} the threshold ({threshold}) "
            f"(minimum {need} datapoint{'s' if need > 1 else ''} for OK -> ALARM transition)."
        )
    else:
        reason = (
            f"Threshold Crossed: {len(points)} datapoint{'s' if many else ''} [{shown}] "
            f"{'were' if many else 'was'} not {words} the threshold ({threshold})."
        )
    return reason, data


def _stamp(at: datetime.datetime) -> str:
    at = at.astimezone(datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"
