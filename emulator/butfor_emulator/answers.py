"""Answers set by a test, of services that moto does not have or answers emptily: Health, AWS Config's history, X-Ray."""

from __future__ import annotations

import json
import uuid
from typing import Any

from butfor_emulator import errors
from butfor_emulator.calls import Call
from butfor_emulator.faults import Response


class Answers:
    def __init__(self) -> None:
        self._set: dict[tuple[str, str, str], dict[str, Any]] = {}

    def set(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """As the wire has it: times are seconds since 1970."""
        key = (wanted["account"], wanted["service"], wanted["operation"])
        self._set[key] = wanted["answer"]
        return {"set": len(self._set)}

    def answer(self, call: Call) -> Response | None:
        found = self._set.get((call.account, call.service, call.operation))
        if found is None:
            if call.service == "health":
                # AWS: an account without Business or Enterprise support has no API.
                return errors.error_response(call, "SubscriptionRequiredException", "", 400)
            return None
        if call.protocol not in ("json", "rest-json"):
            raise ValueError(f"{call.service} does not speak JSON")
        data = json.dumps(found).encode()
        kind = "application/json" if call.protocol == "rest-json" else "application/x-amz-json-1.1"
        headers = [("x-amzn-RequestId", str(uuid.uuid4())), ("Content-Type", kind), ("Content-Length", str(len(data)))]
        return 200, headers, data
