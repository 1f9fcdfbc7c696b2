"""Records have the shape of real ones."""

from __future__ import annotations

import json

from butfor_emulator import injections


def test_revoked_rule_is_flat_and_lists_the_rule(world):
    article = world("article")
    injections.inject(article.endpoint, "c1")
    record = article.records("123456789012", "us-east-1", "RevokeSecurityGroupIngress")[-1]
    group = article.facts["resources"]["db_sg"]
    assert record["eventSource"] == "ec2.amazonaws.com"
    assert record["requestParameters"]["groupId"] == group
    (named,) = record["requestParameters"]["securityGroupRuleIds"]["items"]
    (rule,) = record["responseElements"]["revokedSecurityGroupRuleSet"]["items"]
    assert rule["securityGroupRuleId"] == named["securityGroupRuleId"]
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"], rule["isEgress"]) == ("tcp", 3306, 3306, False)
    assert rule["referencedGroupId"] == article.facts["resources"]["app_sg"]
    assert record["responseElements"]["_return"] is True
    identity = record["userIdentity"]
    assert identity["type"] == "AssumedRole" and identity["arn"].endswith("/dana.whitfield@example.com")
    assert identity["sessionContext"]["sessionIssuer"]["arn"].startswith("arn:aws:iam::123456789012:role/AWSReservedSSO_")
    assert record["sessionCredentialFromConsole"] == "true"
    assert set(record) >= {
        "eventVersion", "eventTime", "awsRegion", "sourceIPAddress", "userAgent", "requestID", "eventID", "readOnly",
        "eventType", "managementEvent", "recipientAccountId", "eventCategory", "tlsDetails",
    }  # fmt: skip
    injections.undo(article.endpoint, "c1")


def test_endpoint_change_is_wrapped(world):
    article = world("article")
    injections.inject(article.endpoint, "c4")
    record = article.records("123456789012", "us-east-1", "ModifyVpcEndpoint")[-1]
    asked = record["requestParameters"]["ModifyVpcEndpointRequest"]
    assert [item["content"] for item in asked["RemoveSubnetId"]] == article.facts["resources"]["private_subnets"]
    assert [item["tag"] for item in asked["RemoveSubnetId"]] == [1, 2]
    answered = record["responseElements"]["ModifyVpcEndpointResponse"]
    assert answered["return"] is True and answered["xmlns"].startswith("http://ec2.amazonaws.com/doc/")
    injections.undo(article.endpoint, "c4")


def test_failed_call_has_its_code_and_changes_nothing(world):
    article = world("article")
    reader = article.reader()
    table = article.facts["resources"]["private_route_table"]
    article.control.put("enforcement", enabled=True)
    try:
        reader.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    except reader.client("ec2").exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "UnauthorizedOperation"
    finally:
        article.control.put("enforcement", enabled=False)
    record = article.records("123456789012", "us-east-1", "DeleteRoute")[-1]
    assert record["errorCode"] == "Client.UnauthorizedOperation"
    assert record["requestParameters"] == {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}
    assert record["responseElements"] is None


def test_lambda_names_have_versions_and_no_variables(world):
    ledger = world("ledger")
    injections.inject(ledger.endpoint, "c6")
    records = ledger.records("111122223333", "ap-southeast-1")[-3:]
    throttle, variable, role = records
    assert throttle["eventName"] == "PutFunctionConcurrency20171031"
    assert throttle["requestParameters"] == {"functionName": "payledger-dev-health", "reservedConcurrentExecutions": 0}
    assert variable["eventName"] == role["eventName"] == "UpdateFunctionConfiguration20150331v2"
    # The role call set no variables, and its record cannot be told from the one that did.
    assert variable["requestParameters"]["environment"] == role["requestParameters"]["environment"] == {}
    assert role["requestParameters"]["role"].endswith("/payledger-dev-fault-iam")
    assert "TABLE_NAME" not in json.dumps(records)
    assert [r["userIdentity"]["userName"] for r in records] == ["payledger-admin"] * 3


def test_table_swap_is_recorded_in_the_owners_account_only(world):
    transit = world("transit")
    injections.inject(transit.endpoint, "c5")
    moved = transit.records("111111111111", "us-east-1", "AssociateTransitGatewayRouteTable")[-1]
    answered = moved["responseElements"]["AssociateTransitGatewayRouteTableResponse"]["association"]
    assert answered["state"] == "associating" and answered["resourceType"] == "vpc"
    assert not transit.records("222222222222", "us-east-1", "AssociateTransitGatewayRouteTable")
