"""Transit gateways shared between accounts, associations that follow, and propagated routes.

In moto a shared gateway is invisible to the account it is shared with, an attachment always shows the default table, one
attachment may sit in two tables, and propagated routes are in no search.
"""

from __future__ import annotations

from typing import Any, Iterator

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidTransitGatewayID
from moto.ec2.models import ec2_backends
from moto.ec2.models.transit_gateway import TransitGatewayBackend
from moto.ec2.models.transit_gateway_attachments import (
    TransitGatewayAttachment,
    TransitGatewayAttachmentBackend,
    TransitGatewayVpcAttachment,
)
from moto.ec2.models.transit_gateway_route_tables import TransitGatewayRouteTableBackend
from moto.ec2.responses.transit_gateway_attachments import TransitGatewayAttachment as AttachmentResponse
from moto.ram.models import ram_backends

from butfor_emulator.patches.interfaces import GATEWAY_REQUESTER, place


class Gateways(dict[str, Any]):
    """An account's own gateways, and on a miss those that other accounts share with it."""

    def __init__(self, backend: Any) -> None:
        super().__init__()
        self.backend = backend

    def shared(self) -> Iterator[Any]:
        for owner, regions in list(ec2_backends.items()):
            if owner == self.backend.account_id or self.backend.region_name not in regions:
                continue
            for gateway in dict.values(regions[self.backend.region_name].transit_gateways):
                if self._is_shared(owner, gateway.arn):
                    yield gateway

    def _is_shared(self, owner: str, arn: str) -> bool:
        shares = ram_backends[owner][self.backend.region_name].resource_shares
        return any(arn in share.resource_arns and self.backend.account_id in share.principals for share in shares)

    def get(self, key: str, default: Any = None) -> Any:
        own = dict.get(self, key)
        return own or next((gateway for gateway in self.shared() if gateway.id == key), default)

    def values(self) -> Any:
        return [*dict.values(self), *self.shared()]


class SpokeView:
    """An attachment as the account it lives in sees it: AWS shows the association to the gateway's owner only."""

    association = None

    def __init__(self, attachment: Any) -> None:
        self._attachment = attachment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attachment, name)


class AlreadyAssociated(EC2ClientError):
    def __init__(self, attachment: str, table: str) -> None:
        super().__init__(
            "Resource.AlreadyAssociated",
            f"Transit Gateway Attachment {attachment} is already associated to a route table {table}.",
        )


class NotAssociated(EC2ClientError):
    def __init__(self, attachment: str, table: str) -> None:
        super().__init__("InvalidAssociation.NotFound", f"Association between {table} and {attachment} does not exist.")


def install() -> None:
    original_init = TransitGatewayBackend.__init__

    def init(backend: Any) -> None:
        original_init(backend)
        backend.transit_gateways = Gateways(backend)

    TransitGatewayBackend.__init__ = init  # type: ignore[method-assign]
    TransitGatewayAttachment.association = property(_association)  # type: ignore[assignment, method-assign]
    TransitGatewayAttachment.transit_gateway_owner_id = property(  # type: ignore[assignment, method-assign]
        lambda attachment: getattr(attachment, "butfor_owner", attachment.resource_owner_id)
    )
    TransitGatewayAttachmentBackend.create_transit_gateway_vpc_attachment = _attach  # type: ignore[method-assign, assignment]
    for name in ("describe_transit_gateway_attachments", "describe_transit_gateway_vpc_attachments"):
        setattr(TransitGatewayAttachmentBackend, name, _as_seen_from(getattr(TransitGatewayAttachmentBackend, name)))
    _tables()
    _attachment_tags()


def _association(attachment: Any) -> dict[str, str] | None:
    """AWS: the table that holds the attachment, if any."""
    owner = ec2_backends[attachment.transit_gateway_owner_id][attachment.ec2_backend.region_name]
    for table in owner.transit_gateways_route_tables.values():
        if attachment.id in table.route_table_associations:
            return {"TransitGatewayRouteTableId": table.id, "State": "associated"}
    return None


def _as_seen_from(original: Any) -> Any:
    def describe(backend: Any, *args: Any, **kwargs: Any) -> list[Any]:
        found = original(backend, *args, **kwargs)
        return [
            attachment if attachment.transit_gateway_owner_id == backend.account_id else SpokeView(attachment)
            for attachment in found
            # AWS: the VPC's own view of an attachment belongs to the account of the VPC and the gateway's owner.
            if backend.account_id in (attachment.resource_owner_id, attachment.transit_gateway_owner_id)
        ]

    return describe


def _attach(
    backend: Any,
    transit_gateway_id: str,
    vpc_id: str,
    subnet_ids: list[str],
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Any:
    """AWS: both accounts see the attachment; the gateway's options decide on association and propagation."""
    gateway = backend.transit_gateways.get(transit_gateway_id)
    if gateway is None:
        raise InvalidTransitGatewayID(transit_gateway_id, f"Transit Gateway {transit_gateway_id} was deleted or does not exist.")
    attachment = TransitGatewayVpcAttachment(
        backend, transit_gateway=gateway, vpc_id=vpc_id, subnet_ids=subnet_ids, tags=tags, options=options
    )
    attachment.butfor_owner = gateway.owner_id  # type: ignore[attr-defined]
    owner = gateway.ec2_backend
    backend.transit_gateway_attachments[attachment.id] = attachment
    owner.transit_gateway_attachments[attachment.id] = attachment
    name = f"Network Interface for Transit Gateway Attachment {attachment.id}"
    for subnet in subnet_ids:
        place(backend, subnet, name, "transit_gateway", GATEWAY_REQUESTER, [])
    if gateway.options["DefaultRouteTableAssociation"] == "enable":
        owner.associate_transit_gateway_route_table(attachment.id, gateway.options["AssociationDefaultRouteTableId"])
    if gateway.options["DefaultRouteTablePropagation"] == "enable":
        owner.enable_transit_gateway_route_table_propagation(
            attachment.id, gateway.options["PropagationDefaultRouteTableId"]
        )
    return attachment


def _tables() -> None:
    cls = TransitGatewayRouteTableBackend
    original_associate, original_disassociate = (
        cls.associate_transit_gateway_route_table,
        cls.disassociate_transit_gateway_route_table,
    )
    original_search = cls.search_transit_gateway_routes

    def associate(backend: Any, transit_gateway_attachment_id: str, transit_gateway_route_table_id: str) -> Any:
        # AWS: an attachment is associated with one table at most.
        for table in backend.transit_gateways_route_tables.values():
            if transit_gateway_attachment_id in table.route_table_associations:
                raise AlreadyAssociated(transit_gateway_attachment_id, table.id)
        relation = original_associate(backend, transit_gateway_attachment_id, transit_gateway_route_table_id)
        relation.state = "associating"
        return relation

    def disassociate(backend: Any, tgw_attach_id: str, tgw_rt_id: str) -> Any:
        table = backend.transit_gateways_route_tables.get(tgw_rt_id)
        if table is None or tgw_attach_id not in table.route_table_associations:
            raise NotAssociated(tgw_attach_id, tgw_rt_id)
        relation = original_disassociate(backend, tgw_attach_id, tgw_rt_id)
        relation.state = "disassociating"
        return relation

    def search(backend: Any, transit_gateway_route_table_id: str, filters: Any, max_results: int | None = None) -> Any:
        # AWS: the table's static routes and those of the VPCs that propagate into it.
        routes = [_listed(route) for route in original_search(backend, transit_gateway_route_table_id, filters)]
        table = backend.transit_gateways_route_tables.get(transit_gateway_route_table_id)
        known = {route["destinationCidrBlock"] for route in routes}
        for propagation in table.route_table_propagation if table is not None else []:
            attachment = backend.transit_gateway_attachments[propagation.transitGatewayAttachmentId]
            for cidr in _cidrs(attachment):
                route = {
                    "destinationCidrBlock": cidr,
                    "state": "active",
                    "type": "propagated",
                    "transitGatewayAttachments": [
                        {
                            "resourceId": attachment.resource_id,
                            "resourceType": attachment.resource_type,
                            "transitGatewayAttachmentId": attachment.id,
                        }
                    ],
                }
                if cidr not in known and _passes(route, filters):
                    routes.append(route)
        return routes[: int(max_results)] if max_results else routes

    cls.associate_transit_gateway_route_table = associate  # type: ignore[method-assign]
    cls.disassociate_transit_gateway_route_table = disassociate  # type: ignore[method-assign]
    cls.search_transit_gateway_routes = search  # type: ignore[method-assign]


def _listed(route: dict[str, Any]) -> dict[str, Any]:
    attachments = route.get("transitGatewayAttachments")
    return route | {"transitGatewayAttachments": [attachments]} if isinstance(attachments, dict) else route


def _cidrs(attachment: Any) -> list[str]:
    vpc = attachment.ec2_backend.get_vpc(attachment.resource_id)
    return [association["cidr_block"] for association in vpc.cidr_block_association_set] if vpc else []


def _passes(route: dict[str, Any], filters: Any) -> bool:
    wanted = {"type": "type", "state": "state", "route-search.exact-match": "destinationCidrBlock"}
    return all(not (filters or {}).get(name) or route[key] in filters[name] for name, key in wanted.items())


def _attachment_tags() -> None:
    """AWS: the tag type of an attachment is transit-gateway-attachment; moto reads that of a route table."""

    def create(response: Any) -> ActionResult:
        attachment = response.ec2_backend.create_transit_gateway_vpc_attachment(
            transit_gateway_id=response._get_param("TransitGatewayId"),
            tags=response._parse_tag_specification().get("transit-gateway-attachment", {}),
            vpc_id=response._get_param("VpcId"),
            subnet_ids=response._get_param("SubnetIds", []),
            options=response._get_param("Options", {}),
        )
        return ActionResult({"TransitGatewayVpcAttachment": attachment})

    AttachmentResponse.create_transit_gateway_vpc_attachment = create  # type: ignore[method-assign]
