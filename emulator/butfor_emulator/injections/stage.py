"""The means of an injection: a clock in the past, people who act, and ways to show failure."""

from __future__ import annotations

import datetime
import random
import time
from contextlib import contextmanager
from typing import Any, Iterator

from butfor_emulator.environments.common import Cast


class Stage(Cast):
    def __init__(self, endpoint: str, facts: dict[str, Any], fault: str, minutes: float) -> None:
        super().__init__(endpoint, facts["region"])
        self.facts, self.resources = facts, facts["resources"]
        self.now = time.time()
        self.fault_at = self.now - minutes * 60
        self.random = random.Random(fault)
        self.found: dict[str, Any] = {"fault": fault, "change_at": iso(self.fault_at), "changes": []}

    @contextmanager
    def at(self, epoch: float) -> Iterator[None]:
        """The emulator's clock stands at this moment while the block runs."""
        self.control.put("time", offset_seconds=epoch - time.time())
        try:
            yield
        finally:
            self.control.put("time", offset_seconds=0)

    def changed(self, event_name: str, account: str, resource: str, actor: str) -> None:
        """Notes what an investigation should name."""
        self.found["changes"].append(
            {"event_name": event_name, "account": account, "resource": resource, "actor_contains": actor}
        )

    def every(self, seconds: float, until: float | None = None) -> Iterator[float]:
        """Moments from shortly after the fault until now."""
        at = self.fault_at + seconds
        while at < (until or self.now):
            yield at + self.random.uniform(0, min(1.0, seconds / 10))
            at += seconds

    def metrics(self, account: str, region: str, *series: dict[str, Any]) -> None:
        self.control.put("metrics", account=account, region=region, series=list(series))

    def steady(self, namespace: str, name: str, dimensions: dict[str, str], level: float, spread: float = 0.0) -> dict[str, Any]:
        """A series that takes another level with the first full minute after the fault."""
        first = (int(self.fault_at) // 60 + 1) * 60
        points = [
            [at, max(0.0, round(level + self.random.uniform(-spread, spread), 3))] for at in range(first, int(self.now), 60)
        ]
        return {"namespace": namespace, "name": name, "dimensions": dimensions, "points": points, "replace_from": first}

    def logs(self, account: str, region: str, group: str, stream: str, events: list[tuple[float, str]]) -> None:
        listed = [{"timestamp": int(at * 1000), "message": message} for at, message in events]
        if listed:
            self.control.put("logs", account=account, region=region, group=group, stream=stream, events=listed)

    def alarm(self, account: str, region: str, name: str, after_seconds: float) -> None:
        """The alarm fires by itself, so long after the fault."""
        at = min(self.fault_at + after_seconds, self.now)
        self.control.put("alarm-state", account=account, region=region, alarm=name, state="ALARM", at=iso(at))
        self.found["alarm"] = {"name": name, "account": account, "region": region, "at": iso(at)}
        self.found["alarm"]["arn"] = f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"


def iso(epoch: float) -> str:
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
