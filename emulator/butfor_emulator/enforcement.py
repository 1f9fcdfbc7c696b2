"""IAM enforcement for role sessions.

moto's own switch checks every caller including the kit, knows no resources and words its denials differently from AWS;
this one checks role sessions only, by their identity policies: Allow and Deny, NotAction, wildcards in actions. Resources
and conditions are not looked at (an Allow for one resource allows all): enough to prove that a list of actions suffices.
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from moto.iam.models import iam_backends

from butfor_emulator import errors
from butfor_emulator.calls import Call
from butfor_emulator.identity import PARTITION, principal_arn, role_of_session
from butfor_emulator.faults import Response


class Enforcement:
    def __init__(self) -> None:
        self.enabled = False

    def denial(self, call: Call) -> Response | None:
        """The answer to a call that the caller's policies do not allow."""
        if call.service == "sts" and call.operation == "AssumeRole":
            return self._denied_assume(call)
        if not self.enabled or errors.action_of(call) == "sts:GetCallerIdentity":
            return None
        role = role_of_session(call.account, call.access_key)
        if role is None:
            return None
        verdict = decide(policies_of_role(call.account, role), errors.action_of(call))
        if verdict == "allowed":
            return None
        why = "with an explicit deny in an identity-based policy" if verdict == "denied" else ""
        return errors.denial(call, principal_arn(call.account, call.access_key), why)

    def _denied_assume(self, call: Call) -> Response | None:
        """moto lets anyone assume any role, even one that does not exist."""
        arn = str(call.parameters.get("RoleArn", ""))
        account, name = arn.split(":")[4] if arn.count(":") >= 5 else "", arn.split("/")[-1]
        role = next((r for r in iam_backends[account][PARTITION].roles.values() if r.arn == arn), None) if account else None
        if role is not None and _trusts(role, call):
            return None
        return errors.denial(call, principal_arn(call.account, call.access_key), f"on resource: {arn}" if name else "")


def _trusts(role: Any, call: Call) -> bool:
    document = role.assume_role_policy_document
    document = json.loads(document) if isinstance(document, str) else document
    caller = principal_arn(call.account, call.access_key)
    for statement in _listed(document.get("Statement")):
        principals = statement.get("Principal", {})
        trusted = _listed(principals.get("AWS")) if isinstance(principals, dict) else [principals]
        matches = any(
            p == "*" or p == caller or p == call.account or p == f"arn:aws:iam::{call.account}:root" for p in trusted
        )
        condition = statement.get("Condition", {}).get("StringEquals", {})
        wanted = condition.get("sts:ExternalId")
        if wanted is not None and call.parameters.get("ExternalId") not in _listed(wanted):
            matches = False
        if matches and statement.get("Effect") == "Allow":
            return True
    return False


def policies_of_role(account: str, name: str) -> list[dict[str, Any]]:
    backend = iam_backends[account][PARTITION]
    role = next((r for r in backend.roles.values() if r.name == name), None)
    if role is None:
        return []
    documents = list(role.policies.values())
    documents += [policy.document for policy in role.managed_policies.values()]
    return [json.loads(document) if isinstance(document, str) else document for document in documents]


def decide(policies: list[dict[str, Any]], action: str) -> str:
    verdict = "implicit"
    for policy in policies:
        for statement in _listed(policy.get("Statement")):
            if not _covers(statement, action):
                continue
            if statement.get("Effect") == "Deny":
                # A deny on some resources only is not modelled: the kit's policies have none.
                if "*" in _listed(statement.get("Resource", "*")):
                    return "denied"
            else:
                verdict = "allowed"
    return verdict


def _covers(statement: dict[str, Any], action: str) -> bool:
    def among(patterns: Any) -> bool:
        return any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in _listed(patterns))

    if "NotAction" in statement:
        return not among(statement["NotAction"])
    return among(statement.get("Action"))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
