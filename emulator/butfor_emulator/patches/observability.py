"""Log filter patterns and metric data as CloudWatch answers them."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, Callable

import moto.logs.models
from moto.cloudwatch.models import CloudWatchBackend


class Pattern:
    """AWS: terms (all), ?terms (any), -terms (none), "quoted" ones, and simple { $.field = value } comparisons."""

    _TERM = re.compile(r'([?-]?)(?:"([^"]*)"|(\S+))')
    _JSON = re.compile(r'\$\.([\w.]+)\s*(=|!=|>=|<=|>|<)\s*("([^"]*)"|\S+)')

    def __init__(self, pattern: str | None) -> None:
        pattern = (pattern or "").strip()
        self.matches: Callable[[str], bool] = lambda _: True
        if pattern.startswith("{"):
            self._conditions = [match.groups() for match in self._JSON.finditer(pattern)]
            self._any = "||" in pattern
            self.matches = self._matches_json
        elif pattern and not pattern.startswith("["):
            terms = [(sign, quoted or plain) for sign, quoted, plain in self._TERM.findall(pattern)]
            self._all = [term for sign, term in terms if sign == ""]
            self._some = [term for sign, term in terms if sign == "?"]
            self._none = [term for sign, term in terms if sign == "-"]
            self.matches = self._matches_terms

    def _matches_terms(self, message: str) -> bool:
        if any(term in message for term in self._none) or not all(term in message for term in self._all):
            return False
        return not self._some or bool(self._all) or any(term in message for term in self._some)

    def _matches_json(self, message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        results = [self._compare(document, *condition) for condition in self._conditions]
        return any(results) if self._any else all(results)

    @staticmethod
    def _compare(document: Any, path: str, operator: str, raw: str, quoted: str | None) -> bool:
        for step in path.split("."):
            document = document.get(step) if isinstance(document, dict) else None
        wanted = quoted if quoted is not None else raw
        if operator in ("=", "!="):
            found = document is not None and re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), str(document)) is not None
            return found == (operator == "=")
        try:
            left, right = float(document), float(wanted)
        except (TypeError, ValueError):
            return False
        return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]


def install() -> None:
    moto.logs.models.EventMessageFilter = Pattern  # type: ignore[misc, assignment]
    original = CloudWatchBackend.get_metric_data

    def get_metric_data(
        backend: Any, queries: list[dict[str, Any]], start_time: Any, end_time: Any, scan_by: str = "TimestampDescending"
    ) -> list[dict[str, Any]]:
        # moto counts periods from StartTime, mixes dimensions and namespaces, and takes seconds for long queries.
        if any("MetricStat" not in query for query in queries):
            return original(backend, queries, start_time, end_time, scan_by)
        series = _by_series(backend)
        return [_answer(query, series, start_time, end_time, scan_by) for query in queries if query.get("ReturnData", True)]

    def get_filtered_metrics(backend: Any, metric_name: str, namespace: str, dimensions: list[dict[str, str]]) -> list[Any]:
        # AWS lists each metric once; moto one for every datapoint without dimensions or with several.
        wanted = {(dimension["Name"], dimension.get("Value")) for dimension in dimensions or []}
        found = []
        for (space, name, has), data in _by_series(backend).items():
            if namespace in (None, space) and metric_name in (None, name):
                if all(pair in has or (pair[1] is None and pair[0] in dict(has)) for pair in wanted):
                    found.append(data[0])
        return found

    CloudWatchBackend.get_metric_data = get_metric_data  # type: ignore[method-assign]
    CloudWatchBackend.get_filtered_metrics = get_filtered_metrics  # type: ignore[method-assign]


def _by_series(backend: Any) -> dict[Any, list[Any]]:
    """The datapoints by metric; kept until there are more or fewer of them."""
    count, series = getattr(backend, "butfor_series", (None, {}))
    if count == (len(backend.metric_data), id(backend.metric_data)):
        return dict(series)
    series = {}
    for datum in backend.get_all_metrics():
        dimensions = frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)
        series.setdefault((datum.namespace, datum.name, dimensions), []).append(datum)
    backend.butfor_series = ((len(backend.metric_data), id(backend.metric_data)), series)
    return series


def _answer(query: dict[str, Any], series: dict[Any, list[Any]], start: Any, end: Any, scan_by: str) -> dict[str, Any]:
    wanted = query["MetricStat"]
    metric, period = wanted["Metric"], int(wanted["Period"])
    dimensions = frozenset((d["Name"], d["Value"]) for d in metric.get("Dimensions", []))
    buckets: dict[int, list[Any]] = {}
    # AWS: periods start at multiples of the period, and StartTime is rounded down to one.
    first = _epoch(start) // period * period
    for datum in series.get((metric["Namespace"], metric["MetricName"], dimensions), []):
        at = _epoch(datum.timestamp)
        if first <= at < _epoch(end) and (not wanted.get("Unit") or wanted["Unit"] == datum.unit):
            buckets.setdefault(at // period * period, []).append(datum)
    order = sorted(buckets, reverse=scan_by == "TimestampDescending")
    return {
        "id": query["Id"],
        "label": query.get("Label") or metric["MetricName"],
        "values": [_statistic(wanted["Stat"], buckets[at]) for at in order],
        "timestamps": [datetime.datetime.fromtimestamp(at, datetime.timezone.utc).replace(tzinfo=None) for at in order],
        "status_code": "Complete",
    }


def _epoch(at: datetime.datetime) -> int:
    return int(at.replace(tzinfo=at.tzinfo or datetime.timezone.utc).timestamp())


def _statistic(name: str, data: list[Any]) -> float:
    totals = [float(getattr(datum, "value", getattr(datum, "sum", 0.0))) for datum in data]
    counts = [float(getattr(datum, "sample_count", 1.0)) for datum in data]
    if name == "Sum":
        return sum(totals)
    if name == "SampleCount":
        return sum(counts)
    if name == "Average":
        return sum(totals) / sum(counts)
    if name == "Minimum":
        return min(float(getattr(datum, "value", getattr(datum, "min", 0.0))) for datum in data)
    if name == "Maximum":
        return max(float(getattr(datum, "value", getattr(datum, "max", 0.0))) for datum in data)
    ordered = sorted(totals)
    rank = float(name[1:]) / 100 if re.fullmatch(r"p\d+(\.\d+)?", name) else 0.5
    return ordered[min(len(ordered) - 1, int(rank * len(ordered)))]
