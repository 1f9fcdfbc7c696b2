"""The control API under /butfor/: what a test sets and reads that is no AWS call and leaves no CloudTrail record."""

from __future__ import annotations

import datetime
import json
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from butfor_emulator import alarms, clock
from butfor_emulator.answers import Answers
from butfor_emulator.cloudtrail import CloudTrailHistory
from butfor_emulator.enforcement import Enforcement
from butfor_emulator.faults import Faults
from butfor_emulator.recorder import Recorder

PREFIX = "/butfor/"


class Control:
    def __init__(
        self, recorder: Recorder, history: CloudTrailHistory, faults: Faults, enforcement: Enforcement, answers: Answers
    ) -> None:
        self.recorder, self.history, self.faults, self.enforcement = recorder, history, faults, enforcement
        self.environment: dict[str, Any] = {}
        # Exceptions inside moto, for whoever debugs the kit.
        self.errors: list[str] = []
        self.routes = {
            ("GET", "state"): lambda _: self.state(),
            ("GET", "time"): lambda _: self.time(),
            ("PUT", "time"): self.set_time,
            ("GET", "faults"): lambda _: self.faults.state(),
            ("PUT", "faults"): self.faults.configure,
            ("GET", "errors"): lambda _: {"errors": self.errors},
            ("GET", "calls"): lambda _: self.faults.counters(),
            ("DELETE", "calls"): lambda _: self.faults.reset_counters() or {},
            ("PUT", "alarm-state"): self.set_alarm,
            ("PUT", "answers"): answers.set,
            ("PUT", "logs"): put_logs,
            ("PUT", "log-group-size"): set_log_group_size,
            ("PUT", "metrics"): put_metrics,
            ("PUT", "flow-logs"): put_object,
            ("PUT", "object"): put_object,
            ("PUT", "target-health"): set_target_health,
            ("GET", "records"): lambda _: {f"{a} {r}": records for a, r, records in self.recorder.everywhere()},
            ("PUT", "records"): self.add_records,
            ("DELETE", "records"): lambda _: self.recorder.clear() or {},
            ("PUT", "trail"): self.set_trail,
            ("POST", "deliver-trail"): lambda _: {"keys": self.history.deliver()},
            ("PUT", "enforcement"): self.set_enforcement,
            ("PUT", "role-policy"): set_role_policy,
            ("GET", "environment"): lambda _: self.environment,
            ("PUT", "environment"): self.set_environment,
        }

    def handle(self, environ: dict[str, Any], body: bytes) -> tuple[int, bytes]:
        name = environ["PATH_INFO"].removeprefix(PREFIX).strip("/")
        route = self.routes.get((environ["REQUEST_METHOD"], name))
        if route is None:
            return 404, json.dumps({"error": f"no {environ['REQUEST_METHOD']} /butfor/{name}"}).encode()
        try:
            answer = route(json.loads(body) if body else {})
        except (KeyError, ValueError, TypeError, AttributeError, StopIteration) as error:
            return 400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
        return 200, json.dumps(answer, default=str).encode()

    def state(self) -> dict[str, Any]:
        return {
            "time": self.time(),
            "faults": self.faults.state(),
            "enforcement": self.enforcement.enabled,
            "trail": {"throttle": self.history.throttle.enabled, "delay_seconds": self.history.delay_seconds},
            "records": {f"{a} {r}": len(records) for a, r, records in self.recorder.everywhere()},
            "calls": self.faults.counters()["total"],
        }

    def time(self) -> dict[str, Any]:
        return {"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds()}

    def set_time(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if "now" in wanted:
            now = datetime.datetime.fromisoformat(wanted["now"].replace("Z", "+00:00"))
            clock.set_offset((now - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
        else:
            clock.set_offset(float(wanted["offset_seconds"]))
        return self.time()

    def set_alarm(self, wanted: dict[str, Any]) -> dict[str, Any]:
        at = datetime.datetime.fromisoformat(wanted["at"].replace("Z", "+00:00")) if "at" in wanted else None
        return alarms.change_state(wanted["account"], wanted["region"], wanted["alarm"], wanted["state"], at)

    def set_trail(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.history.throttle.enabled = bool(wanted.get("throttle", self.history.throttle.enabled))
        self.history.delay_seconds = float(wanted.get("delay_seconds", self.history.delay_seconds))
        return self.state()["trail"]

    def set_enforcement(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.enforcement.enabled = bool(wanted["enabled"])
        return {"enabled": self.enforcement.enabled}

    def add_records(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Records that no emulated call can make: other services, noise, other people's failed calls."""
        for record in wanted["records"]:
            self.recorder.add(record)
        return {"added": len(wanted["records"])}

    def set_environment(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.environment = wanted
        return {}


def put_logs(wanted: dict[str, Any]) -> dict[str, Any]:
    """Log events of any age: the real API refuses old ones, and a test sets the scene in the past."""
    backend = logs_backends[wanted["account"]][wanted["region"]]
    group = backend.groups.get(wanted["group"])
    if group is None:
        backend.create_log_group(wanted["group"], {})
        group = backend.groups[wanted["group"]]
    if wanted["stream"] not in group.streams:
        group.create_log_stream(wanted["stream"])
    from moto.logs.models import LogEvent

    stream = group.streams[wanted["stream"]]
    for event in wanted["events"]:
        ingested = int(event.get("ingestionTime", event["timestamp"] + 900))
        stream.events.append(LogEvent(ingested, {"timestamp": int(event["timestamp"]), "message": event["message"]}))
    stream.events.sort(key=lambda event: event.timestamp)
    return {"events": len(stream.events)}


def set_log_group_size(wanted: dict[str, Any]) -> dict[str, Any]:
    """What DescribeLogGroups says is stored."""
    logs_backends[wanted["account"]][wanted["region"]].groups[wanted["group"]].butfor_bytes = int(wanted["bytes"])
    return {}


def put_metrics(wanted: dict[str, Any]) -> dict[str, Any]:
    """Datapoints of any namespace (AWS/... too) and age.

    Each series: namespace, name, dimensions, points [[epoch, value]]; replace_from: the older points from there on go.
    """
    from moto.cloudwatch.models import MetricDatum

    backend = cloudwatch_backends[wanted["account"]][wanted["region"]]
    count = 0
    for series in wanted["series"]:
        named = series.get("dimensions", {})
        dimensions = [{"Name": name, "Value": value} for name, value in named.items()]
        if "replace_from" in series:
            start = datetime.datetime.fromtimestamp(series["replace_from"], datetime.timezone.utc).replace(tzinfo=None)
            backend.metric_data = [
                datum
                for datum in backend.metric_data
                if datum.timestamp < start
                or (datum.namespace, datum.name) != (series["namespace"], series["name"])
                or {dimension.name: dimension.value for dimension in datum.dimensions} != named
            ]
        for epoch, value in series["points"]:
            at = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).replace(tzinfo=None)
            backend.metric_data.append(
                MetricDatum(series["namespace"], series["name"], float(value), dimensions, at, series.get("unit"))
            )
            count += 1
    return {"points": count}


def put_object(wanted: dict[str, Any]) -> dict[str, Any]:
    """An object in a bucket, gzipped where its key ends in .gz: flow log files above all."""
    import gzip

    data = wanted["text"].encode()
    if wanted["key"].endswith(".gz"):
        data = gzip.compress(data)
    s3_backends[wanted["account"]]["aws"].put_object(wanted["bucket"], wanted["key"], data)
    return {"key": wanted["key"], "bytes": len(data)}


def set_role_policy(wanted: dict[str, Any]) -> dict[str, Any]:
    """Replaces all policies of a role by one document: how a test gives the tested program the policy it printed."""
    backend = iam_backends[wanted["account"]]["aws"]
    role = next(role for role in backend.roles.values() if role.name == wanted["role"])
    document = wanted["document"]
    for policy in list(role.managed_policies.values()):
        policy.detach_from(role)
    role.policies.clear()
    role.policies[wanted["role"]] = document if isinstance(document, str) else json.dumps(document)
    return {"role": role.arn}


def set_target_health(wanted: dict[str, Any]) -> dict[str, Any]:
    """moto's targets are healthy for ever."""
    backend = elbv2_backends[wanted["account"]][wanted["region"]]
    group = backend.target_groups[wanted["target_group"]]
    health = getattr(group, "butfor_health", {})
    health[wanted["target"]] = {key: wanted[key] for key in ("state", "reason", "description") if key in wanted}
    group.butfor_health = health
    return {"targets": health}
