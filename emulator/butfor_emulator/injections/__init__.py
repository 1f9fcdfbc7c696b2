"""The faults, by name: each is made by API calls of somebody, and then shows in metrics, logs and an alarm."""

from __future__ import annotations

from typing import Any, Callable

from butfor_emulator.client import Control
from butfor_emulator.injections import article, ledger, transit
from butfor_emulator.injections.stage import Stage

DEFAULT_MINUTES = 4.0
FAULTS: dict[str, tuple[str, Callable[[Stage], None], Callable[[Stage], None]]] = {
    # name: environment, how it is made, how it is undone by hand
    "c1": ("article", article.revoke_database_rule, article.restore_database_rule),
    "c2": ("article", article.delete_default_route, article.restore_default_route),
    "c3a": ("article", article.narrow_bucket_policy, article.restore_bucket_policy),
    "c3b": ("article", article.deny_all_buckets, article.restore_bucket_policy),
    "c4": ("article", article.remove_endpoint_subnets, article.restore_endpoint_subnets),
    "c5": ("transit", transit.swap_association, transit.restore_association),
    "c6a": ("ledger", ledger.throttle, ledger.restore_throttle),
    "c6b": ("ledger", ledger.drop_variable, ledger.restore_variable),
    "c6c": ("ledger", ledger.wrong_role, ledger.restore_role),
    "c6": ("ledger", ledger.all_three, ledger.restore_all),
    "nc1": ("article", article.force_alarm, article.release_alarm),
}


def inject(endpoint: str, fault: str, minutes: float = DEFAULT_MINUTES) -> dict[str, Any]:
    """Makes the fault as of `minutes` ago and plays the time since; returns what a test may expect to find."""
    stage = _stage(endpoint, fault, minutes)
    FAULTS[fault][1](stage)
    return stage.found


def undo(endpoint: str, fault: str) -> None:
    """Undoes the fault by hand, now."""
    FAULTS[fault][2](_stage(endpoint, fault, 0.0))


def _stage(endpoint: str, fault: str, minutes: float) -> Stage:
    if fault not in FAULTS:
        raise ValueError(f"no fault {fault}; there are {', '.join(FAULTS)}")
    facts = Control(endpoint).get("environment")
    if facts.get("environment") != FAULTS[fault][0]:
        raise ValueError(f"{fault} needs the environment {FAULTS[fault][0]}, not {facts.get('environment')}")
    return Stage(endpoint, facts, fault, minutes)
