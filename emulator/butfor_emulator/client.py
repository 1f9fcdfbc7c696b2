"""boto3 sessions and control calls of the kit itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

BOOTSTRAP_KEY = "AKIAIOSFODNN7EXAMPLE"
BOOTSTRAP_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# Sessions are many and service models large: they are read once for all.
LOADER = botocore.session.Session().get_component("data_loader")


class Control:
    """The emulator's control API."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")

    def get(self, name: str) -> dict[str, Any]:
        return self._call("GET", name, None)

    def put(self, name: str, **body: Any) -> dict[str, Any]:
        return self._call("PUT", name, body)

    def post(self, name: str, **body: Any) -> dict[str, Any]:
        return self._call("POST", name, body)

    def delete(self, name: str) -> dict[str, Any]:
        return self._call("DELETE", name, None)

    def _call(self, method: str, name: str, body: dict[str, Any] | None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.endpoint}/butfor/{name}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} /butfor/{name}: {error.read().decode()}") from error


class Caller:
    """Somebody who makes calls: an access key with a user agent and an address, as CloudTrail will show them."""

    def __init__(
        self,
        endpoint: str,
        key: str,
        secret: str,
        token: str | None = None,
        *,
        region: str = "us-east-1",
        user_agent: str | None = None,
        source_ip: str | None = None,
        muted: bool = False,
    ) -> None:
        self.endpoint, self.region = endpoint, region
        self._credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
        self._user_agent, self._source_ip, self._muted = user_agent, source_ip, muted
        plain = botocore.session.Session()
        plain.register_component("data_loader", LOADER)
        self._session = boto3.session.Session(region_name=region, botocore_session=plain, **self._credentials)
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        place = (service, region or self.region)
        if place not in self._clients:
            config = Config(user_agent=self._user_agent, retries={"total_max_attempts": 1}, parameter_validation=True)
            client = self._session.client(service, region_name=place[1], endpoint_url=self.endpoint, config=config)
            client.meta.events.register("before-send.*", self._mark)
            self._clients[place] = client
        return self._clients[place]

    def _mark(self, request: Any, **_: Any) -> None:
        # A boto3 client changes its own user agent per call; what the record should show is the given one.
        request.headers["X-Butfor-Kit"] = "muted" if self._muted else "recorded"
        if self._source_ip:
            request.headers["X-Butfor-Source-Ip"] = self._source_ip
        if self._user_agent:
            request.headers["User-Agent"] = self._user_agent

    def assume(self, role_arn: str, session: str, **who: Any) -> "Caller":
        """A session of a role; `who` are keyword arguments of the constructor."""
        answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=session)["Credentials"]
        who.setdefault("region", self.region)
        return Caller(self.endpoint, answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], **who)


def bootstrap(endpoint: str, account: str, region: str = "us-east-1") -> Caller:
    """Whoever sets the scene in an account: calls that leave no record."""
    nobody = Caller(endpoint, BOOTSTRAP_KEY, BOOTSTRAP_SECRET, region=region, muted=True)
    return nobody.assume(f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole", "setup", muted=True, region=region)
