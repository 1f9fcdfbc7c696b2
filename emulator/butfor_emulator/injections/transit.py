"""The payments VPC moved to the isolated route table of the transit gateway."""

from __future__ import annotations

from butfor_emulator.environments.common import BOTO3
from butfor_emulator.environments.transit import (
    ALARM,
    DATABASE,
    DIMENSIONS,
    LOG_GROUP,
    METRIC,
    NAMESPACE,
    NETWORK,
    REGION,
    SHARED,
    WORKLOAD,
)
from butfor_emulator.injections.stage import Stage, iso

CONNECTION_ERROR = """{at} ERROR [pool-6] c.e.payments.LedgerClient - could not open connection to {host}:5432
org.postgresql.util.PSQLException: The connection attempt failed.
	at org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)
	at com.zaxxer.hikari.pool.PoolBase.newConnection(PoolBase.java:360)
	at com.example.payments.LedgerClient.post(LedgerClient.java:88)
Caused by: java.net.SocketTimeoutException: Connect timed out"""


def swap_association(stage: Stage) -> None:
    actor = stage.actor(NETWORK, "NetworkMigration", "tgw-cutover-0505", user_agent=BOTO3, source_ip="203.0.113.140")
    attachment = stage.resources["spokes"]["payments"]["attachment"]
    good, isolated = stage.resources["good_table"], stage.resources["isolated_table"]
    ec2 = actor.client("ec2")
    with stage.at(stage.fault_at):
        ec2.disassociate_transit_gateway_route_table(TransitGatewayRouteTableId=good, TransitGatewayAttachmentId=attachment)
    with stage.at(stage.fault_at + 19):
        ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=isolated, TransitGatewayAttachmentId=attachment)
    stage.changed("DisassociateTransitGatewayRouteTable", NETWORK, attachment, "tgw-cutover-0505")
    stage.changed("AssociateTransitGatewayRouteTable", NETWORK, attachment, "tgw-cutover-0505")
    host = stage.resources["database"]["address"]
    points = []
    for instance in stage.resources["payments_instances"]:
        events = []
        for at in stage.every(3.0):
            points.append([int(at), 1.0])
            events.append((at, CONNECTION_ERROR.format(at=iso(at), host=host)))
        stage.logs(WORKLOAD, REGION, LOG_GROUP, instance, events)
    failing = {"namespace": NAMESPACE, "name": METRIC, "dimensions": DIMENSIONS, "points": points}
    stage.metrics(WORKLOAD, REGION, failing)
    database = {"DBInstanceIdentifier": DATABASE}
    stage.metrics(SHARED, REGION, stage.steady("AWS/RDS", "DatabaseConnections", database, 20.0, 2.0))
    place = {"TransitGateway": stage.resources["tgw"], "TransitGatewayAttachment": attachment}
    stage.metrics(
        NETWORK,
        REGION,
        stage.steady("AWS/TransitGateway", "PacketDropCountNoRoute", place, 345.0, 20.0),
        stage.steady("AWS/TransitGateway", "BytesIn", place, 2.4e6, 4e5),
    )
    stage.alarm(WORKLOAD, REGION, ALARM, 150.0)


def restore_association(stage: Stage) -> None:
    attachment = stage.resources["spokes"]["payments"]["attachment"]
    ec2 = stage.muted(NETWORK).client("ec2")
    for call, table in (
        (ec2.disassociate_transit_gateway_route_table, stage.resources["isolated_table"]),
        (ec2.associate_transit_gateway_route_table, stage.resources["good_table"]),
    ):
        call(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
