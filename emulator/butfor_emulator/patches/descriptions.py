"""Fields that AWS's describe calls have and moto's leave out or make up."""

from __future__ import annotations

import itertools
from typing import Any

import moto.ec2.models.elastic_ip_addresses as elastic_ip_addresses
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.managed_prefixes import ManagedPrefixList
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses
from moto.ec2.responses.vpcs import VPCs
from moto.core.responses import ActionResult

# The published ranges of the two services that have gateway endpoints, as of one day.
RANGES = {
    "s3": ["18.34.0.0/19", "54.231.0.0/16", "52.216.0.0/15", "18.34.232.0/21", "16.15.176.0/20", "16.182.0.0/16", "3.5.0.0/19"],
    "dynamodb": ["3.218.182.0/24", "3.218.180.0/23", "52.94.0.0/22", "52.119.224.0/20"],
}


def install() -> None:
    _addresses()
    _nat_gateways()
    _prefix_lists()
    # AWS: a rule that names a group has a description too.
    SecurityGroupRule.description = property(  # type: ignore[assignment, method-assign]
        lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description")
    )
    original_info = SecurityGroupRule.referenced_group_info
    SecurityGroupRule.referenced_group_info = property(  # type: ignore[assignment, method-assign]
        lambda rule: {k: v for k, v in (original_info.fget(rule) or {}).items() if k in ("GroupId", "UserId", "VpcId")} or None
    )
    _instances()


def _addresses() -> None:
    # AWS: public addresses are public; moto takes them from 127.0.0.0/8.
    numbers = itertools.count(10)
    elastic_ip_addresses.random_ip = lambda: f"198.51.100.{next(numbers) % 250}"

    def describe(response: Any) -> ActionResult:
        # AWS: where the address comes from; no instance where there is none.
        addresses = response.ec2_backend.describe_addresses(
            response._get_param("AllocationIds", []), response._get_param("PublicIps", []), response._filters_from_querystring()
        )
        for address in addresses:
            address.public_ipv4_pool = "amazon"
            address.network_border_group = response.region
        return ActionResult({"Addresses": addresses})

    ElasticIPAddresses.describe_addresses = describe  # type: ignore[method-assign]
    original = ElasticAddress.__init__

    def init(address: Any, *args: Any, **kwargs: Any) -> None:
        original(address, *args, **kwargs)
        address.public_ipv4_pool, address.network_border_group = "amazon", address.ec2_backend.region_name

    ElasticAddress.__init__ = init  # type: ignore[method-assign]
    listed = NetworkInterface.association

    def association(eni: Any) -> dict[str, Any] | None:
        # AWS: no association is no member, and its public name says so.
        found = listed.fget(eni)
        if not found:
            return None
        found["publicDnsName"] = f"ec2-{found['publicIp'].replace('.', '-')}.compute-1.amazonaws.com"
        return found

    NetworkInterface.association = property(association)  # type: ignore[assignment, method-assign]


def _nat_gateways() -> None:
    original = NatGateway.nat_gateway_addresses.fget

    def addresses(gateway: Any) -> list[dict[str, Any]]:
        # AWS: the first address is primary, and its association has an id once it exists.
        found = original(gateway)
        for number, address in enumerate(found):
            address.update(isPrimary=number == 0, status="succeeded")
        return found

    NatGateway.nat_gateway_addresses = property(addresses)  # type: ignore[assignment, method-assign]


def _prefix_lists() -> None:
    """AWS: DescribePrefixLists names the ranges of gateway endpoint services, and no others."""

    def describe(response: Any) -> ActionResult:
        lists = response.ec2_backend.describe_managed_prefix_lists(
            prefix_list_ids=response._get_param("PrefixListIds", []), filters=response._filters_from_querystring()
        )
        found = []
        for prefix_list in lists:
            service = prefix_list.prefix_list_name.split(".")[-1]
            if prefix_list.prefix_list_name == f"com.amazonaws.{response.region}.{service}" and service in RANGES:
                found.append(
                    {"PrefixListId": prefix_list.id, "PrefixListName": prefix_list.prefix_list_name, "Cidrs": RANGES[service]}
                )
        return ActionResult({"PrefixLists": found})

    VPCs.describe_prefix_lists = describe  # type: ignore[method-assign]
    ManagedPrefixList.cidrs = property(  # type: ignore[attr-defined]
        lambda prefix_list: RANGES.get(prefix_list.prefix_list_name.split(".")[-1], [])
    )


def _instances() -> None:
    original = Instance.__init__

    def init(instance: Any, *args: Any, **kwargs: Any) -> None:
        # AWS: no reason for a state nobody changed.
        original(instance, *args, **kwargs)
        instance.state_reason = None

    Instance.__init__ = init  # type: ignore[method-assign]
