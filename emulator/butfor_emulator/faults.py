"""Makes the emulator behave as badly as AWS can: denials, throttling, errors, slowness and cut connections.

Only calls of the tested program are hit: the kit's own carry a header (see client.py) and pass untouched.
"""

from __future__ import annotations

import collections
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from butfor_emulator import errors
from butfor_emulator.calls import Call
from butfor_emulator.identity import principal_arn

KINDS = ["denied", "throttled", "error", "slow", "cut"]
KIT_HEADER = "HTTP_X_BUTFOR_KIT"
Response = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Faults:
    every_nth: int = 0
    kinds: list[str] = field(default_factory=lambda: list(KINDS))
    delay_seconds: float = 20.0
    latency_ms: float = 0.0
    # Operations such as "ec2:DescribeVpcs" or services such as "cloudtrail" that are always hit, and how.
    always: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = 0
        self._hits = 0
        self.calls: collections.Counter[str] = collections.Counter()
        self.faulted: collections.Counter[str] = collections.Counter()

    def configure(self, wanted: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if wanted.get("mode") == "none":
                self.every_nth, self.latency_ms, self.always = 0, 0.0, {}
                self.kinds, self._seen, self._hits = list(KINDS), 0, 0
            for name in ("every_nth", "kinds", "delay_seconds", "latency_ms", "always"):
                if name in wanted:
                    setattr(self, name, wanted[name])
            unknown = (set(self.kinds) | set(self.always.values())) - set(KINDS)
            if unknown:
                raise ValueError(f"unknown kinds of fault: {sorted(unknown)}")
        return self.state()

    def state(self) -> dict[str, Any]:
        names = ("every_nth", "kinds", "delay_seconds", "latency_ms", "always")
        return {name: getattr(self, name) for name in names}

    def counters(self) -> dict[str, Any]:
        with self._lock:
            return {
                "total": sum(self.calls.values()),
                "calls": dict(sorted(self.calls.items())),
                "faulted": dict(sorted(self.faulted.items())),
            }

    def reset_counters(self) -> None:
        with self._lock:
            self.calls.clear()
            self.faulted.clear()

    def next_for(self, call: Call) -> str | None:
        """Counts the call and says which fault it gets, if any."""
        name = f"{call.service}:{call.operation}"
        with self._lock:
            self.calls[name] += 1
            kind = self.always.get(name) or self.always.get(call.service)
            if kind is None and self.every_nth > 0 and self.kinds:
                self._seen += 1
                if self._seen % self.every_nth == 0:
                    kind = self.kinds[self._hits % len(self.kinds)]
                    self._hits += 1
            if kind is not None:
                self.faulted[f"{name} {kind}"] += 1
            return kind

    def wait(self) -> None:
        if self.latency_ms > 0:
            time.sleep(self.latency_ms / 1000)

    def answer(self, kind: str, call: Call) -> Response | None:
        """The answer in place of moto's; None where moto still answers (slow, cut)."""
        if kind == "denied":
            return errors.denial(call, principal_arn(call.account, call.access_key))
        if kind == "throttled":
            return errors.throttled(call)
        if kind == "error":
            return errors.internal_error(call)
        if kind == "slow":
            time.sleep(self.delay_seconds)
        return None


def cut_off(environ: dict[str, Any], body: bytes) -> Any:
    """Half the body, then a closed connection."""
    yield body[: max(1, len(body) // 2)]
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    raise ConnectionError("cut off by the fault injector")
