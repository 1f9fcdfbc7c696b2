"""One emulator for each environment, started as a test in another language would start it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

KIT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(KIT))

from butfor_emulator.client import Caller, Control  # noqa: E402


class World:
    """A running emulator with an environment in it."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "butfor_emulator", "up", "--environment", name]
        self.process = subprocess.Popen(command, cwd=KIT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.endpoint = self.facts["endpoint"]
        self.control = Control(self.endpoint)
        self.before = json.loads(Path(self.facts["before"]).read_text())

    def records(self, account: str, region: str, name: str | None = None) -> list[dict[str, Any]]:
        found = self.control.get("records").get(f"{account} {region}", [])
        return [record for record in found if name in (None, record["eventName"])]

    def reader(self, account: str | None = None) -> "Outsider":
        account = account or self.facts["home_account"]
        keys = self.facts["credentials"]
        home = Outsider(self.endpoint, keys["access_key_id"], keys["secret_access_key"], region=self.facts["region"])
        answer = home.client("sts").assume_role(
            RoleArn=self.facts["accounts"][account]["read_role_arn"], RoleSessionName="butfor"
        )["Credentials"]
        return Outsider(
            self.endpoint, answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], region=self.facts["region"]
        )

    def stop(self) -> int:
        """Closing its input ends the emulator."""
        self.process.stdin.close()
        return self.process.wait(timeout=10)


class Outsider(Caller):
    """Whoever is tested: calls without the kit's header, so that faults and enforcement hit them."""

    def _mark(self, request: Any, **_: Any) -> None:
        """Leaves the request as it is."""


@pytest.fixture(scope="session")
def world() -> Iterator[Callable[[str], World]]:
    made: dict[str, World] = {}

    def make(name: str) -> World:
        if name not in made:
            made[name] = World(name)
        return made[name]

    yield make
    assert [place.stop() for place in made.values()] == [0] * len(made)
