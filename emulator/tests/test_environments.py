"""Each environment builds quickly, and each fault can be undone so that nothing is left of it."""

from __future__ import annotations

import pytest

from butfor_emulator import injections, plan, snapshot

# Of processor time: other work on the machine is no fault of the kit.
SLOWEST_BUILD_SECONDS = 15.0


@pytest.mark.parametrize("fault", sorted(injections.FAULTS, key=lambda fault: injections.FAULTS[fault][0]))
def test_fault_and_undo(world, fault):
    place = world(injections.FAULTS[fault][0])
    assert place.facts["cpu_seconds"] < SLOWEST_BUILD_SECONDS
    found = injections.inject(place.endpoint, fault)
    changed = snapshot.differences(place.before, snapshot.take(place.endpoint))
    assert bool(changed) == (fault != "nc1")
    assert found["alarm"]["name"] in place.facts["alarms"]
    injections.undo(place.endpoint, fault)
    assert snapshot.differences(place.before, snapshot.take(place.endpoint)) == []
    assert place.control.get("errors")["errors"] == []


def test_spoke_sees_the_shared_gateway_and_not_its_tables(world):
    transit = world("transit")
    resources = transit.facts["resources"]
    spoke, owner = transit.reader("222222222222").client("ec2"), transit.reader("111111111111").client("ec2")
    (gateway,) = spoke.describe_transit_gateways()["TransitGateways"]
    assert gateway["OwnerId"] == "111111111111"
    assert spoke.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []
    assert all("Association" not in a for a in spoke.describe_transit_gateway_attachments()["TransitGatewayAttachments"])
    routes = owner.search_transit_gateway_routes(
        TransitGatewayRouteTableId=resources["good_table"], Filters=[{"Name": "state", "Values": ["active"]}]
    )["Routes"]
    assert {route["DestinationCidrBlock"] for route in routes} == {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.9.0.0/16"}
    assert {route["Type"] for route in routes} == {"propagated"}


def test_plan_runs_in_order_with_the_steps_account(world):
    transit = world("transit")
    injections.inject(transit.endpoint, "c5")
    resources = transit.facts["resources"]
    attachment = resources["spokes"]["payments"]["attachment"]
    steps = [
        {
            "phase": "apply",
            "account": "111111111111",
            "region": "us-east-1",
            "command": f"aws ec2 {verb}-transit-gateway-route-table --transit-gateway-route-table-id {table} "
            f"--transit-gateway-attachment-id {attachment}",
        }
        for verb, table in (("disassociate", resources["isolated_table"]), ("associate", resources["good_table"]))
    ]
    result = plan.apply({"plan": {"steps": steps}}, transit.endpoint)
    assert result["ok"], result
    assert snapshot.differences(transit.before, snapshot.take(transit.endpoint)) == []
    again = plan.apply({"plan": {"steps": steps}}, transit.endpoint)
    assert not again["ok"] and [step["ran"] for step in again["steps"]] == [True, False]
