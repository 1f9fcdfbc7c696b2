"""The state of an environment as canonical JSON, to tell whether a plan has restored what a fault took away."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from butfor_emulator.client import Control, bootstrap

# What is read in every account and region of the environment: service, call, key of the answer.
READS = [
    ("ec2", "describe_vpcs", "Vpcs"),
    ("ec2", "describe_subnets", "Subnets"),
    ("ec2", "describe_route_tables", "RouteTables"),
    ("ec2", "describe_security_groups", "SecurityGroups"),
    ("ec2", "describe_network_acls", "NetworkAcls"),
    ("ec2", "describe_internet_gateways", "InternetGateways"),
    ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
    ("ec2", "describe_instances", "Reservations"),
    ("ec2", "describe_transit_gateways", "TransitGateways"),
    ("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments"),
    ("ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
    ("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
    ("elbv2", "describe_load_balancers", "LoadBalancers"),
    ("elbv2", "describe_target_groups", "TargetGroups"),
    ("rds", "describe_db_instances", "DBInstances"),
    ("lambda", "list_functions", "Functions"),
    ("dynamodb", "list_tables", "TableNames"),
    ("apigateway", "get_rest_apis", "items"),
]
# Ignored, each because AWS itself does not give it back when a change is undone.
IGNORED = {
    # times and revisions of the undoing
    "LastModified",
    "RevisionId",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "LatestRestorableTime",
    "AttachTime",
    # ids of things that come back under a new one: endpoint interfaces and what hangs on them
    "NetworkInterfaceId",
    "NetworkInterfaceIds",
    "AttachmentId",
    "MacAddress",
    "PrivateIpAddress",
    "PrivateIpAddresses",
    "PrivateDnsName",
    "AvailableIpAddressCount",
    # a route's history: CreateRouteTable or CreateRoute
    "Origin",
}
# Documents held as text: compared by what they say, not how they are spaced.
DOCUMENTS = {"PolicyDocument", "AssumeRolePolicyDocument", "Policy"}


def take(endpoint: str) -> dict[str, Any]:
    """The state now, by account and region."""
    facts = Control(endpoint).get("environment")
    regions = {facts["region"], *(place["region"] for place in facts["alarms"].values())}
    places = [(account, region) for account in facts["accounts"] for region in sorted(regions)]
    with ThreadPoolExecutor(4) as pool:
        states = pool.map(lambda place: _place(endpoint, *place), places)
    return {f"{account} {region}": state for (account, region), state in zip(places, states)}


def _place(endpoint: str, account: str, region: str) -> dict[str, Any]:
    reader = bootstrap(endpoint, account, region)
    state: dict[str, Any] = {}
    for service, call, key in READS:
        state[f"{service}.{call}"] = getattr(reader.client(service), call)()[key]
    ec2, functions = reader.client("ec2"), reader.client("lambda")
    for table in state["ec2.describe_transit_gateway_route_tables"]:
        name = table["TransitGatewayRouteTableId"]
        associations = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=name)
        active = [{"Name": "state", "Values": ["active", "blackhole"]}]
        routes = ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=name, Filters=active)
        state[f"table {name}"] = {"associations": associations["Associations"], "routes": routes["Routes"]}
    for function in state["lambda.list_functions"]:
        name = function["FunctionName"]
        reserved = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        state[f"concurrency {name}"] = reserved
    # Roles of the kit's actors come and go with injections: only the roles that workloads use are compared.
    iam = reader.client("iam")
    used = {function["Role"].split("/")[-1] for function in state["lambda.list_functions"]}
    present = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    for role in sorted(used & present):
        inline = iam.list_role_policies(RoleName=role)["PolicyNames"]
        state[f"role {role}"] = {
            "inline": {p: iam.get_role_policy(RoleName=role, PolicyName=p)["PolicyDocument"] for p in inline},
            "attached": iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"],
        }
    return {name: canonical(value) for name, value in sorted(state.items())}


def canonical(value: Any, key: str = "") -> Any:
    """Without what is ignored, lists in an order of their own: AWS promises none."""
    if isinstance(value, dict):
        return {name: canonical(item, name) for name, item in sorted(value.items()) if name not in IGNORED}
    if isinstance(value, list):
        return sorted((canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    if key in DOCUMENTS and isinstance(value, str):
        try:
            return canonical(json.loads(value))
        except ValueError:
            return value
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def differences(before: Any, after: Any, path: str = "") -> list[dict[str, Any]]:
    """Where two snapshots differ, by path."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in sorted(set(before) | set(after)):
            found += differences(before.get(key), after.get(key), f"{path}/{key}")
        return found
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [found for number, pair in enumerate(zip(before, after)) for found in differences(*pair, f"{path}/{number}")]
    return [] if before == after else [{"path": path, "before": before, "after": after}]
