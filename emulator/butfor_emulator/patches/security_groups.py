"""Answers of the security group calls: AWS lists the rules that were added or revoked, moto the last one or none."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.security_groups import SecurityGroups


def install() -> None:
    SecurityGroups.authorize_security_group_ingress = _authorize("ingress")  # type: ignore[method-assign]
    SecurityGroups.authorize_security_group_egress = _authorize("egress")  # type: ignore[method-assign]
    SecurityGroups.revoke_security_group_ingress = _revoke("ingress")  # type: ignore[method-assign]
    SecurityGroups.revoke_security_group_egress = _revoke("egress")  # type: ignore[method-assign]


def _authorize(direction: str) -> Any:
    def authorize(response: Any) -> ActionResult:
        response.error_on_dryrun()
        added = []
        for arguments in response._process_rules_from_querystring():
            rules, _ = getattr(response.ec2_backend, f"authorize_security_group_{direction}")(**arguments)
            added += rules
        return ActionResult({"Return": True, "SecurityGroupRules": added})

    return authorize


def _revoke(direction: str) -> Any:
    def revoke(response: Any) -> ActionResult:
        response.error_on_dryrun()
        backend = response.ec2_backend
        revoked: list[dict[str, Any]] = []
        for arguments in list(response._process_rules_from_querystring()):
            del arguments["sgrule_tags"]
            group = backend.get_security_group_by_name_or_id(arguments["group_name_or_id"], None)
            before = list(getattr(group, f"{direction}_rules")) if group is not None else []
            getattr(backend, f"revoke_security_group_{direction}")(**arguments)
            left = {rule.id for rule in getattr(group, f"{direction}_rules")}
            revoked += [_revoked(rule, direction) for rule in before if rule.id not in left]
        return ActionResult({"Return": True, "RevokedSecurityGroupRules": revoked})

    return revoke


def _revoked(rule: Any, direction: str) -> dict[str, Any]:
    described = {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "IsEgress": direction == "egress",
        "IpProtocol": rule.ip_protocol,
        "FromPort": rule.from_port if rule.from_port is not None else -1,
        "ToPort": rule.to_port if rule.to_port is not None else -1,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupId": (rule.source_group or {}).get("GroupId"),
        "Description": rule.description or (rule.source_group or {}).get("Description"),
    }
    return {name: value for name, value in described.items() if value is not None}
