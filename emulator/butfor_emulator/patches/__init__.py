"""Changes to moto's insides at start-up. Each says which AWS behaviour it restores."""

from __future__ import annotations

from butfor_emulator.patches import descriptions, functions, insights, interfaces, observability, security_groups, transit


def install() -> None:
    descriptions.install()
    interfaces.install()
    security_groups.install()
    transit.install()
    functions.install()
    observability.install()
    insights.install()
