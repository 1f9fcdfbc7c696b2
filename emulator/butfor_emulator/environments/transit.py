"""Three accounts around a transit gateway: its owner, the payments workload, and shared services with the database."""

from __future__ import annotations

import datetime
import time
from typing import Any

from butfor_emulator.client import Caller
from butfor_emulator.environments.common import DEFAULT_AGE_DAYS, Scene, linux_image, open_to, tags

NETWORK, WORKLOAD, SHARED = "111111111111", "222222222222", "333333333333"
REGION = "us-east-1"
ALARM, LOG_GROUP = "payments-SharedDbConnectionErrors", "/payments/api"
NAMESPACE, METRIC, DIMENSIONS = "Payments/Api", "SharedDbConnectionErrors", {"Service": "payments-api"}
DATABASE = "shared-ledger-db"
# name: account, second octet
SPOKES = {
    "payments": (WORKLOAD, 1),
    "shared-services": (SHARED, 2),
    "storefront": (WORKLOAD, 3),
    "tools": (NETWORK, 9),
}


def build(endpoint: str, age_days: float = DEFAULT_AGE_DAYS) -> dict[str, Any]:
    scene = Scene(endpoint, "transit", NETWORK, REGION, age_days)
    builders = {
        account: scene.account(account, name)
        for account, name in ((NETWORK, "network"), (WORKLOAD, "payments"), (SHARED, "shared-services"))
    }
    resources = scene.facts["resources"]
    resources.update(_gateway(builders[NETWORK]))
    spokes = {
        name: _spoke(builders[account], name, octet, resources["tgw"]) for name, (account, octet) in SPOKES.items()
    }
    resources["spokes"] = spokes
    _tables(builders[NETWORK], resources, spokes)
    _routes(builders, resources["tgw"], spokes)
    resources.update(_workload(builders, spokes))
    scene.facts["alarms"] = {ALARM: {"account": WORKLOAD, "region": REGION}}
    scene.finish()
    _quiet_hours(scene, resources)
    return scene.facts


def _gateway(builder: Caller) -> dict[str, Any]:
    ec2 = builder.client("ec2")
    gateway = ec2.create_transit_gateway(
        Description="core transit gateway",
        Options={
            "AutoAcceptSharedAttachments": "enable",
            "DefaultRouteTableAssociation": "disable",
            "DefaultRouteTablePropagation": "disable",
        },
        TagSpecifications=tags("transit-gateway", "core-tgw"),
    )["TransitGateway"]
    builder.client("ram").create_resource_share(
        name="core-tgw", resourceArns=[gateway["TransitGatewayArn"]], principals=[WORKLOAD, SHARED], allowExternalPrincipals=True
    )
    tables = {
        name: ec2.create_transit_gateway_route_table(
            TransitGatewayId=gateway["TransitGatewayId"], TagSpecifications=tags("transit-gateway-route-table", name)
        )["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
        for name in ("core-spokes-rt", "migration-isolated-rt")
    }
    return {
        "tgw": gateway["TransitGatewayId"],
        "good_table": tables["core-spokes-rt"],
        "isolated_table": tables["migration-isolated-rt"],
    }


def _spoke(builder: Caller, name: str, octet: int, gateway: str) -> dict[str, Any]:
    ec2 = builder.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=f"10.{octet}.0.0/16", TagSpecifications=tags("vpc", f"{name}-vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = {}
    for kind, zone, cidr in (
        ("private", "a", f"10.{octet}.1.0/24"),
        ("private", "b", f"10.{octet}.2.0/24"),
        ("tgw", "a", f"10.{octet}.100.0/28"),
        ("tgw", "b", f"10.{octet}.100.16/28"),
    ):
        subnets[f"{kind}-{zone}"] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}", TagSpecifications=tags("subnet", f"{name}-{kind}-{zone}")
        )["Subnet"]["SubnetId"]
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway,
        VpcId=vpc,
        SubnetIds=[subnets["tgw-a"], subnets["tgw-b"]],
        TagSpecifications=tags("transit-gateway-attachment", f"{name}-attachment"),
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    tables = {}
    for kind in ("private", "tgw"):
        table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", f"{name}-{kind}-rt"))
        tables[kind] = table["RouteTable"]["RouteTableId"]
        for zone in ("a", "b"):
            ec2.associate_route_table(RouteTableId=tables[kind], SubnetId=subnets[f"{kind}-{zone}"])
    return {
        "vpc": vpc,
        "cidr": f"10.{octet}.0.0/16",
        "subnets": [subnets["private-a"], subnets["private-b"]],
        "route_table": tables["private"],
        "attachment": attachment,
    }


def _tables(builder: Caller, resources: dict[str, Any], spokes: dict[str, Any]) -> None:
    ec2 = builder.client("ec2")
    for spoke in spokes.values():
        place = {
            "TransitGatewayRouteTableId": resources["good_table"],
            "TransitGatewayAttachmentId": spoke["attachment"],
        }
        ec2.associate_transit_gateway_route_table(**place)
        ec2.enable_transit_gateway_route_table_propagation(**place)


def _routes(builders: dict[str, Caller], gateway: str, spokes: dict[str, Any]) -> None:
    """Every spoke reaches the shared services and the tools, and they reach every spoke."""
    hubs = ("shared-services", "tools")
    for name, spoke in spokes.items():
        for other, target in spokes.items():
            if other != name and (name in hubs or other in hubs):
                builders[SPOKES[name][0]].client("ec2").create_route(
                    RouteTableId=spoke["route_table"], DestinationCidrBlock=target["cidr"], TransitGatewayId=gateway
                )


def _workload(builders: dict[str, Caller], spokes: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    ec2 = builders[WORKLOAD].client("ec2")
    image = linux_image(ec2)
    for name, group in (("payments", "payments-api"), ("storefront", "storefront-web")):
        security = ec2.create_security_group(
            GroupName=f"{group}-sg",
            Description=group,
            VpcId=spokes[name]["vpc"],
            TagSpecifications=tags("security-group", f"{group}-sg"),
        )["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=security, IpPermissions=[open_to(8443, cidr="10.0.0.0/8")])
        made[f"{name}_instances"] = [
            ec2.run_instances(
                ImageId=image,
                InstanceType="t3.small",
                MinCount=1,
                MaxCount=1,
                SubnetId=subnet,
                SecurityGroupIds=[security],
                TagSpecifications=tags("instance", f"{group}-{number}"),
            )["Instances"][0]["InstanceId"]
            for number, subnet in enumerate(spokes[name]["subnets"], start=1)
        ]
    made["database"] = _database(builders[SHARED], spokes["shared-services"])
    topic = builders[WORKLOAD].client("sns").create_topic(Name="payments-oncall")["TopicArn"]
    builders[WORKLOAD].client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        AlarmDescription="payments-api cannot open connections to the shared ledger database",
        Namespace=NAMESPACE,
        MetricName=METRIC,
        Dimensions=[{"Name": name, "Value": value} for name, value in DIMENSIONS.items()],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    for group in (LOG_GROUP, "/storefront/web"):
        builders[WORKLOAD].client("logs").create_log_group(logGroupName=group)
    return made


def _database(builder: Caller, spoke: dict[str, Any]) -> dict[str, Any]:
    ec2, rds = builder.client("ec2"), builder.client("rds")
    group = ec2.create_security_group(
        GroupName="shared-db-sg", Description="shared database", VpcId=spoke["vpc"], TagSpecifications=tags("security-group", "shared-db-sg")
    )["GroupId"]
    for cidr, who in (("10.1.0.0/16", "payments"), ("10.3.0.0/16", "storefront"), ("10.9.0.0/16", "tools")):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[open_to(5432, cidr=cidr, description=who)])
    rds.create_db_subnet_group(DBSubnetGroupName="shared-ledger", DBSubnetGroupDescription="shared", SubnetIds=spoke["subnets"])
    rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        Engine="postgres",
        EngineVersion="16.4",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=100,
        MasterUsername="ledger",
        MasterUserPassword="not-a-real-password",
        VpcSecurityGroupIds=[group],
        DBSubnetGroupName="shared-ledger",
        AvailabilityZone=f"{REGION}a",
        PubliclyAccessible=False,
    )
    database = rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    filters = [{"Name": "description", "Values": ["RDSNetworkInterface"]}]
    address = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"][0]["PrivateIpAddress"]
    return {"id": DATABASE, "address": database, "ip": address, "group": group}


def _quiet_hours(scene: Scene, resources: dict[str, Any]) -> None:
    scene.control.put("metrics", account=WORKLOAD, region=REGION, series=[scene.metric(NAMESPACE, METRIC, DIMENSIONS, 0.0)])
    database = {"DBInstanceIdentifier": DATABASE}
    series = [
        scene.metric("AWS/RDS", "DatabaseConnections", database, 61.0, 4.0),
        scene.metric("AWS/RDS", "CPUUtilization", database, 18.5, 2.0),
    ]
    scene.control.put("metrics", account=SHARED, region=REGION, series=series)
    series = []
    for name, level in (("payments", 41e6), ("shared-services", 60e6), ("storefront", 14e6), ("tools", 3e6)):
        place = {"TransitGateway": resources["tgw"], "TransitGatewayAttachment": resources["spokes"][name]["attachment"]}
        series.append(scene.metric("AWS/TransitGateway", "BytesIn", place, level, level / 40))
        series.append(scene.metric("AWS/TransitGateway", "PacketDropCountNoRoute", place, 0.0))
        series.append(scene.metric("AWS/TransitGateway", "PacketDropCountBlackhole", place, 0.0))
    scene.control.put("metrics", account=NETWORK, region=REGION, series=series)
    now = int(time.time() * 1000)
    for group, instances, text in (
        (LOG_GROUP, resources["payments_instances"], "INFO  [http-nio-8443-exec-18] c.e.payments.LedgerClient - posted 29 entries in 17 ms"),
        ("/storefront/web", resources["storefront_instances"], "INFO ledger balance read ok 5 ms"),
    ):
        for instance in instances:
            events = []
            for step in range(120, 0, -1):
                at = now - step * 15_000
                stamp = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                events.append({"timestamp": at, "message": f"{stamp} {text}"})
            scene.control.put("logs", account=WORKLOAD, region=REGION, group=group, stream=instance, events=events)
    at_ok = datetime.datetime.fromtimestamp(time.time() - 9 * 86400, datetime.timezone.utc).isoformat()
    scene.control.put("alarm-state", account=WORKLOAD, region=REGION, alarm=ALARM, state="OK", at=at_ok)
