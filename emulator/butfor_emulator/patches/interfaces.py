"""Network interfaces that AWS services place in a VPC, and VPC endpoints.

moto makes them without description, type, groups or an address from their subnet, makes none for RDS, load balancers and
transit gateways, and leaves an endpoint's behind when its subnets are removed. Reachability is worked out from interfaces.
"""

from __future__ import annotations

import ast
import json
import random
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.utils import random_resource_id
from moto.elbv2.models import ELBv2Backend
from moto.rds.models import RDSBackend

from butfor_emulator import clock

# Who asks for the interface, as AWS reports it.
ENDPOINT_REQUESTER, NAT_REQUESTER, GATEWAY_REQUESTER = "727180483921", "440848041591", "522605744525"


class ServiceInterface(NetworkInterface):
    """An interface owned by a service: attached to something in the service's account."""

    @property
    def attachment(self) -> dict[str, Any]:  # type: ignore[override]
        return self.butfor_attachment  # type: ignore[attr-defined, no-any-return]


def adopt(
    eni: Any, description: str, kind: str, requester: str, groups: list[str] | None, owner: str = "amazon-aws"
) -> Any:
    """Turns a plain interface into a service's, with an address from its subnet."""
    eni.__class__ = ServiceInterface
    eni.description, eni.interface_type = description, kind
    eni.requester_id, eni.requester_managed, eni.status = requester, True, "in-use"
    eni.butfor_attachment = {
        "AttachmentId": f"ela-attach-{random_resource_id()}",
        "AttachTime": clock.now().replace(tzinfo=None),
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "NetworkCardIndex": 0,
        "InstanceOwnerId": owner,
        "Status": "attached",
    }
    address = eni.subnet.get_available_subnet_ip(eni)
    eni.private_ip_address = address
    name = f"ip-{address.replace('.', '-')}.ec2.internal"
    eni.private_dns_name = name
    eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address, "PrivateDnsName": name}]
    if groups is not None:
        eni._group_set = [eni.ec2_backend.get_security_group_from_id(group) for group in groups]
    return eni


def place(backend: Any, subnet: str, *args: Any, **kwargs: Any) -> Any:
    eni = backend.create_network_interface(subnet, None)
    return adopt(eni, *args, **kwargs)


def remove(backend: Any, eni_id: str) -> None:
    eni = backend.enis.pop(eni_id, None)
    if eni is not None:
        eni.subnet.del_subnet_ip(eni.private_ip_address)


def install() -> None:
    _nat_gateways()
    _endpoints()
    _databases()
    _load_balancers()


def _nat_gateways() -> None:
    original_init, original_delete = NatGateway.__init__, NatGatewayBackend.delete_nat_gateway

    def init(gateway: Any, *args: Any, **kwargs: Any) -> None:
        original_init(gateway, *args, **kwargs)
        # AWS: type nat_gateway, no groups, no source check, an address of the subnet.
        adopt(gateway._eni, f"Interface for NAT Gateway {gateway.id}", "nat_gateway", NAT_REQUESTER, [])
        gateway._eni.source_dest_check = False
        gateway.private_ip = gateway._eni.private_ip_address

    def delete(backend: Any, nat_gateway_id: str) -> Any:
        # AWS: the interface goes with the gateway.
        gateway = original_delete(backend, nat_gateway_id)
        remove(backend, gateway._eni.id)
        return gateway

    NatGateway.__init__ = init  # type: ignore[method-assign]
    NatGatewayBackend.delete_nat_gateway = delete  # type: ignore[method-assign]


def _endpoints() -> None:
    original_create, original_modify = VPCBackend.create_vpc_endpoint, VPCEndPoint.modify
    original_delete = VPCBackend.delete_vpc_endpoints

    def create(backend: Any, *args: Any, **kwargs: Any) -> Any:
        endpoint = original_create(backend, *args, **kwargs)
        endpoint.policy_document = _as_json(endpoint.policy_document)
        endpoint.subnet_ids = list(endpoint.subnet_ids or [])
        for eni_id in endpoint.network_interface_ids:
            backend.enis.pop(eni_id, None)
        endpoint.network_interface_ids = []
        if str(endpoint.vpc_endpoint_type).lower() == "interface":
            # AWS: without groups, the VPC's default one.
            endpoint.security_group_ids = endpoint.security_group_ids or [
                backend.get_default_security_group(endpoint.vpc_id).id
            ]
            endpoint.butfor_name = f"{endpoint.id}-{random_resource_id(8)}"
            endpoint.butfor_zone = f"Z{random.randrange(10**12):012d}"
        _settle(endpoint)
        return endpoint

    def modify(endpoint: Any, *args: Any, **kwargs: Any) -> None:
        before = list(endpoint.route_table_ids or [])
        original_modify(endpoint, *args, **kwargs)
        endpoint.policy_document = _as_json(endpoint.policy_document)
        # AWS: a gateway endpoint's routes follow its list of route tables.
        backend, prefix_list = endpoint.ec2_backend, endpoint.destination_prefix_list_id
        if prefix_list:
            for table in set(endpoint.route_table_ids) - set(before):
                backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
            for table in set(before) - set(endpoint.route_table_ids):
                backend.delete_route(table, None, destination_prefix_list_id=prefix_list)
        _settle(endpoint)

    def delete(backend: Any, vpce_ids: list[str] | None = None) -> None:
        original_delete(backend, vpce_ids)
        # AWS: a deleted endpoint soon disappears from the answers.
        for endpoint_id in vpce_ids or []:
            backend.vpc_end_points.pop(endpoint_id, None)

    VPCBackend.create_vpc_endpoint = create  # type: ignore[method-assign]
    VPCBackend.delete_vpc_endpoints = delete  # type: ignore[method-assign]
    VPCEndPoint.modify = modify  # type: ignore[method-assign]


def _settle(endpoint: Any) -> None:
    """AWS: one interface in each subnet with the endpoint's groups; zonal names only where there is an interface."""
    if str(endpoint.vpc_endpoint_type).lower() != "interface":
        return
    backend = endpoint.ec2_backend
    owned = [backend.enis[eni_id] for eni_id in endpoint.network_interface_ids if eni_id in backend.enis]
    for eni in list(owned):
        if eni.subnet.id not in endpoint.subnet_ids:
            remove(backend, eni.id)
            owned.remove(eni)
    for subnet in endpoint.subnet_ids:
        if subnet not in [eni.subnet.id for eni in owned]:
            name = f"VPC Endpoint Interface {endpoint.id}"
            owned.append(place(backend, subnet, name, "vpc_endpoint", ENDPOINT_REQUESTER, None))
    for eni in owned:
        eni._group_set = [backend.get_security_group_from_id(group) for group in endpoint.security_group_ids]
    endpoint.network_interface_ids = [eni.id for eni in owned]
    region = backend.region_name
    service = endpoint.service_name.split(".")[-1]
    public = f"{service}.{region}.vpce.amazonaws.com"
    names = [f"{endpoint.butfor_name}.{public}"]
    names += sorted(f"{endpoint.butfor_name}-{eni.availability_zone}.{public}" for eni in owned)
    endpoint.dns_entries = [{"DnsName": name, "HostedZoneId": "Z7HUB22UULQXV"} for name in names]
    if endpoint.private_dns_enabled:
        private = {"DnsName": f"{service}.{region}.amazonaws.com", "HostedZoneId": endpoint.butfor_zone}
        endpoint.dns_entries.append(private)


def _as_json(document: Any) -> Any:
    """AWS: a policy is JSON text; CloudFormation in moto stores it as Python text."""
    if isinstance(document, dict):
        return json.dumps(document)
    try:
        json.loads(document)
    except (TypeError, ValueError):
        try:
            return json.dumps(ast.literal_eval(document))
        except (SyntaxError, TypeError, ValueError):
            return document
    return document


def _databases() -> None:
    original_create, original_modify = RDSBackend.create_db_instance, RDSBackend.modify_db_instance
    original_delete = RDSBackend.delete_db_instance

    def create(backend: Any, db_kwargs: dict[str, Any]) -> Any:
        # AWS: an interface in a subnet of the database's zone, with the database's groups.
        database = original_create(backend, db_kwargs)
        group = database.db_subnet_group
        if group is not None and group.subnets:
            subnets = sorted(group.subnets, key=lambda subnet: _zone(subnet) != database.availability_zone)
            ec2 = ec2_backends[backend.account_id][backend.region_name]
            database.butfor_eni = place(
                ec2,
                subnets[0]["SubnetIdentifier"],
                "RDSNetworkInterface",
                "interface",
                "amazon-rds",
                database.vpc_security_group_ids,
                "amazon-rds",
            )
        return database

    def modify(backend: Any, *args: Any, **kwargs: Any) -> Any:
        database = original_modify(backend, *args, **kwargs)
        eni = getattr(database, "butfor_eni", None)
        if eni is not None:
            groups = database.vpc_security_group_ids
            eni._group_set = [eni.ec2_backend.get_security_group_from_id(group) for group in groups]
        return database

    def delete(backend: Any, *args: Any, **kwargs: Any) -> Any:
        database = original_delete(backend, *args, **kwargs)
        eni = getattr(database, "butfor_eni", None)
        if eni is not None:
            remove(eni.ec2_backend, eni.id)
        return database

    RDSBackend.create_db_instance = create  # type: ignore[method-assign]
    RDSBackend.modify_db_instance = modify  # type: ignore[method-assign]
    RDSBackend.delete_db_instance = delete  # type: ignore[method-assign]


def _zone(subnet: dict[str, Any]) -> str:
    return str(subnet["SubnetAvailabilityZone"]["Name"])


def _load_balancers() -> None:
    original_create, original_groups = ELBv2Backend.create_load_balancer, ELBv2Backend.set_security_groups
    original_health = ELBv2Backend.describe_target_health

    def create(backend: Any, *args: Any, **kwargs: Any) -> Any:
        # AWS: an interface in every subnet, described by the load balancer's name and id.
        balancer = original_create(backend, *args, **kwargs)
        ec2 = ec2_backends[backend.account_id][backend.region_name]
        name = f"ELB {balancer.arn.split(':loadbalancer/')[-1]}"
        balancer.butfor_enis = [
            place(ec2, subnet.id, name, "interface", "amazon-elb", balancer.security_groups, "amazon-elb")
            for subnet in balancer.subnets
        ]
        return balancer

    def set_groups(backend: Any, arn: str, groups: list[str]) -> Any:
        answer = original_groups(backend, arn, groups)
        for eni in getattr(backend.load_balancers[arn], "butfor_enis", []):
            eni._group_set = [eni.ec2_backend.get_security_group_from_id(group) for group in groups]
        return answer

    def health(backend: Any, target_group_arn: str, targets: Any) -> Any:
        # AWS: health has states and reasons; the kit sets them.
        answer = original_health(backend, target_group_arn, targets)
        wanted = getattr(backend.target_groups[target_group_arn], "butfor_health", {})
        for status in answer:
            for key, value in wanted.get(status.instance_id, {}).items():
                setattr(status, {"state": "status"}.get(key, key), value)
        return answer

    ELBv2Backend.create_load_balancer = create  # type: ignore[method-assign]
    ELBv2Backend.set_security_groups = set_groups  # type: ignore[method-assign]
    ELBv2Backend.describe_target_health = health  # type: ignore[method-assign]
