"""CloudWatch Logs Insights: filters, limits, times as texts, and answers that take a moment; log groups of any size."""

from __future__ import annotations

import datetime
import re
from typing import Any

import moto.logs.models
from moto.logs.models import LogGroup, LogQuery
from moto.logs.responses import LogsResponse

_LIKE = re.compile(r"filter\s+@message\s+like\s+/(.*)/\s*$", re.S)


def execute_query(log_groups: list[Any], query: str, start_time: int, end_time: int) -> list[dict[str, str]]:
    """AWS: commands one after another; of them those that investigators use: fields, filter ... like, sort, limit."""
    # A `|` inside a regular expression has no blanks around it here.
    commands = [command.strip() for command in query.split(" | ")]
    rows = [
        (event.timestamp, event.message, stream.log_stream_name, event.event_id)
        for group in log_groups
        for stream in group.streams.values()
        for event in stream.events
        if start_time * 1000 <= event.timestamp <= end_time * 1000
    ]
    rows.sort(reverse=True)
    limit = 10_000
    for command in commands:
        word, _, rest = command.partition(" ")
        if word == "filter":
            found = _LIKE.match(command)
            if not found:
                raise NotImplementedError(command)
            rows = [row for row in rows if re.search(found.group(1), row[1])]
        elif word == "sort":
            rows.sort(reverse=not rest.endswith("asc"))
        elif word == "limit":
            limit = int(rest)
    return [
        {"@timestamp": _text(at), "@message": message, "@logStream": stream, "@ptr": str(pointer)}
        for at, message, stream, pointer in rows[:limit]
    ]


def _text(epoch_ms: int) -> str:
    at = datetime.datetime.fromtimestamp(epoch_ms / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{epoch_ms % 1000:03d}"


def install() -> None:
    moto.logs.models.execute_query = execute_query  # type: ignore[attr-defined]
    start_query, results, describe = LogsResponse.start_query, LogQuery.to_result_json, LogGroup.to_describe_dict

    def start_with_limit(response: Any) -> str:
        # moto passes over the parameter.
        original = response._get_param

        def param(name: str, default: Any = None) -> Any:
            value = original(name, default)
            limit = original("limit")
            return f"{value} | limit {limit}" if name == "queryString" and limit else value

        response._get_param = param
        try:
            return start_query(response)
        finally:
            response._get_param = original

    def results_after_a_moment(query: Any) -> dict[str, Any]:
        # AWS: a query that was just started is running.
        if not getattr(query, "butfor_asked", False):
            query.butfor_asked = True
            return {"results": [], "status": "Running"}
        return results(query)

    def describe_with_size(group: Any) -> dict[str, Any]:
        # Set by the control API: nobody writes gigabytes for a test.
        size = getattr(group, "butfor_bytes", None)
        return describe(group) if size is None else {**describe(group), "storedBytes": size}

    LogsResponse.start_query = start_with_limit  # type: ignore[method-assign]
    LogQuery.to_result_json = results_after_a_moment  # type: ignore[method-assign]
    LogGroup.to_describe_dict = describe_with_size  # type: ignore[method-assign]
