"""Who an access key belongs to, as CloudTrail's userIdentity writes it."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

PARTITION = "aws"


def principal_arn(account: str, access_key: str) -> str:
    return user_identity(account, access_key, "")["arn"]


def role_of_session(account: str, access_key: str) -> str | None:
    """The role's name if the key is of a role session."""
    session = _session(account, access_key)
    return session.role_arn.split("/")[-1] if session else None


def user_identity(account: str, access_key: str, event_time: str) -> dict[str, Any]:
    session = _session(account, access_key)
    if session is not None:
        role_name = session.role_arn.split("/")[-1]
        role_id, role_arn = session.user_id.split(":")[0], session.role_arn
        return {
            "type": "AssumedRole",
            "principalId": f"{role_id}:{session.session_name}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session.session_name}",
            "accountId": account,
            "accessKeyId": access_key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": role_id,
                    "arn": role_arn,
                    "accountId": account,
                    "userName": role_name,
                },
                "attributes": {"creationDate": event_time, "mfaAuthenticated": "false"},
            },
        }
    user = _user(account, access_key)
    if user is not None:
        return {
            "type": "IAMUser",
            "principalId": user.id,
            "arn": user.arn,
            "accountId": account,
            "accessKeyId": access_key,
            "userName": user.name,
        }
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": access_key,
    }


def _session(account: str, access_key: str) -> Any:
    for session in sts_backends[account][PARTITION].assumed_roles:
        if session.access_key_id == access_key:
            return session
    return None


def _user(account: str, access_key: str) -> Any:
    for user in iam_backends[account][PARTITION].users.values():
        if any(key.access_key_id == access_key for key in user.access_keys):
            return user
    return None
