"""The environments, by name."""

from __future__ import annotations

from typing import Any, Callable

from butfor_emulator.environments import article, ledger, transit

ENVIRONMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "article": article.build,
    "transit": transit.build,
    "ledger": ledger.build,
}
