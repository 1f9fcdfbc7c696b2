"""What every environment is built with: accounts, people and their roles, tags, quiet metrics and logs."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from typing import Any

from butfor_emulator.client import Caller, Control, bootstrap

HOME_USER = "butfor"
READ_ROLE, OPERATOR_ROLE, BUILDER_ROLE = "butfor-read", "butfor-operator", "github-actions-deploy"
# Older than 90 days, and the history no longer shows how an environment was built.
DEFAULT_AGE_DAYS = 10.0
QUIET_MINUTES = 180
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.96.0"
BUILDER = {"user_agent": TERRAFORM, "source_ip": "20.55.14.87"}
BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/135.0.0.0 Safari/537.36"
)
CLI = "aws-cli/2.27.2 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0-1027-aws md/arch#x86_64 lang/python#3.13.2 cfg/retry-mode#standard"
BOTO3 = "Boto3/1.38.7 md/Botocore#1.38.7 ua/2.1 os/macos#24.4.0 md/arch#arm64 lang/python#3.12.9 Botocore/1.38.7"

# Read calls: what an investigator that looks at everything may need. Tests of the printed policy replace it.
READ_ACTIONS = [
    f"{service}:{verb}*"
    for service in (
        "ec2 elasticloadbalancing rds lambda iam s3 cloudwatch logs dynamodb cloudtrail sns route53 secretsmanager ram ecs "
        "events config network-firewall cloudformation sqs kms autoscaling application-autoscaling health tag ssm eks "
        "xray organizations servicequotas"
    ).split()
    for verb in ("Describe", "Get", "List")
] + ["apigateway:GET", "cloudtrail:LookupEvents", "logs:FilterLogEvents", "logs:StartQuery", "ec2:SearchTransitGatewayRoutes"]


class Cast:
    """Who acts in the accounts of an environment."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint, self.region = endpoint, region
        self.control = Control(endpoint)
        self.setup: dict[str, Caller] = {}

    def muted(self, account: str) -> Caller:
        """The kit itself in an account: its calls leave no record."""
        if account not in self.setup:
            self.setup[account] = bootstrap(self.endpoint, account, self.region)
        return self.setup[account]

    def actor(self, account: str, role: str, session: str, *, user_agent: str, source_ip: str) -> Caller:
        """Somebody in a role session, whose calls are recorded; the role is made if it is not there."""
        iam = self.muted(account).client("iam")
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(aws=f"arn:aws:iam::{account}:root"))
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        return self.muted(account).assume(
            f"arn:aws:iam::{account}:role/{role}", session, user_agent=user_agent, source_ip=source_ip, region=self.region
        )

    def user(self, account: str, name: str, *, user_agent: str, source_ip: str) -> Caller:
        """Somebody with a user's long-term key."""
        iam = self.muted(account).client("iam")
        try:
            iam.create_user(UserName=name)
        except iam.exceptions.EntityAlreadyExistsException:
            # A user may have two keys; what the old ones did is recorded already.
            for old in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=name, AccessKeyId=old["AccessKeyId"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        who = {"user_agent": user_agent, "source_ip": source_ip, "region": self.region}
        return Caller(self.endpoint, key["AccessKeyId"], key["SecretAccessKey"], **who)


class Scene(Cast):
    """An environment under construction, and the facts about it that tests need."""

    def __init__(self, endpoint: str, name: str, home: str, region: str, age_days: float) -> None:
        super().__init__(endpoint, region)
        self.home = home
        self.random = random.Random(name)
        self.facts: dict[str, Any] = {
            "environment": name,
            "endpoint": endpoint,
            "region": region,
            "home_account": home,
            "accounts": {},
            "resources": {},
            "alarms": {},
        }
        # Everything is built in the past.
        self.control.put("time", offset_seconds=-age_days * 86400)
        iam = self.muted(home).client("iam")
        iam.create_user(UserName=HOME_USER)
        assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        iam.put_user_policy(UserName=HOME_USER, PolicyName="assume", PolicyDocument=policy(assume))
        key = iam.create_access_key(UserName=HOME_USER)["AccessKey"]
        self.facts["credentials"] = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}

    def account(self, account: str, name: str) -> Caller:
        """Adds an account with the roles to read and to repair it; returns who builds in it."""
        iam = self.muted(account).client("iam")
        trusted = trust(aws=f"arn:aws:iam::{self.home}:root")
        for role, actions in ((READ_ROLE, READ_ACTIONS), (OPERATOR_ROLE, ["*"])):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusted)
            allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=policy(allowed))
        self.facts["accounts"][account] = {
            "name": name,
            "read_role_arn": f"arn:aws:iam::{account}:role/{READ_ROLE}",
            "operator_role_arn": f"arn:aws:iam::{account}:role/{OPERATOR_ROLE}",
        }
        return self.actor(account, BUILDER_ROLE, "GitHubActions", **BUILDER)

    def finish(self) -> dict[str, Any]:
        self.control.put("time", offset_seconds=0)
        self.control.put("environment", **self.facts)
        return self.facts

    def metric(
        self, namespace: str, name: str, dimensions: dict[str, str], level: float, spread: float = 0.0, minutes: int = QUIET_MINUTES
    ) -> dict[str, Any]:
        """A quiet series, one point a minute up to the real now."""
        now = int(time.time()) // 60 * 60
        points = [
            [now - 60 * step, max(0.0, round(level + self.random.uniform(-spread, spread), 3))] for step in range(minutes, -1, -1)
        ]
        return {"namespace": namespace, "name": name, "dimensions": dimensions, "points": points}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str | None = None, aws: str | None = None) -> str:
    principal = {"Service": service} if service else {"AWS": aws}
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def tags(kind: str, name: str, **more: str) -> list[dict[str, Any]]:
    """TagSpecifications of an EC2 call."""
    pairs = [{"Key": "Name", "Value": name}, *({"Key": key, "Value": value} for key, value in more.items())]
    return [{"ResourceType": kind, "Tags": pairs}]


def linux_image(ec2: Any) -> str:
    images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    return next(str(image["ImageId"]) for image in images if image.get("Platform") != "windows")


def code(source: str) -> bytes:
    """A deployment package with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py", (2026, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


def open_to(port: int, *, group: str | None = None, cidr: str | None = None, description: str = "") -> dict[str, Any]:
    """One IpPermission for a TCP port."""
    permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group} | ({"Description": description} if description else {})]
    else:
        permission["IpRanges"] = [{"CidrIp": cidr} | ({"Description": description} if description else {})]
    return permission
