"""Lambda: revisions and times that change with a change, real VPCs, and a concurrency of zero that shows."""

from __future__ import annotations

import uuid
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.ec2.models import ec2_backends

from butfor_emulator import clock


def install() -> None:
    original_configuration = LambdaFunction.get_configuration
    original_update, original_code = LambdaFunction.update_configuration, LambdaFunction.update_function_code
    original_get_code = LambdaFunction.get_code

    def configuration(function: Any, on_create: bool = False) -> dict[str, Any]:
        # AWS: every configuration has a revision; a time in LastModified ends in +0000.
        answer = original_configuration(function, on_create)
        answer["RevisionId"] = getattr(function, "butfor_revision", None) or _touch(function)
        answer["LastModified"] = function.last_modified
        return {name: value for name, value in answer.items() if value is not None}

    def update(function: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        # AWS: a change sets both; an empty set of variables is no Environment at all.
        updates = {name: value for name, value in config_updates.items() if value is not None}
        if "Environment" in updates:
            updates["Environment"] = {"Variables": updates["Environment"].get("Variables", {})}
        original_update(function, updates)
        function.last_modified = _now()
        _touch(function)
        return function.get_configuration()

    def update_code(function: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        original_code(function, *args, **kwargs)
        function.last_modified = _now()
        _touch(function)
        return function.get_configuration()

    def get_code(function: Any) -> dict[str, Any]:
        # AWS: GetFunction shows a reserved concurrency of zero.
        answer = original_get_code(function)
        if function.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": int(function.reserved_concurrency)}
        return answer

    def vpc_config(function: Any) -> dict[str, Any] | None:
        # AWS: the VPC of the function's subnets, not a made-up one.
        if not function._vpc_config:
            return None
        config = dict(function._vpc_config)
        subnets = config.get("SubnetIds") or []
        if subnets:
            backend = ec2_backends[function.account_id][function.region]
            config["VpcId"] = backend.get_subnet(subnets[0]).vpc_id
        return config

    LambdaFunction.get_configuration = configuration  # type: ignore[method-assign]
    LambdaFunction.update_configuration = update  # type: ignore[method-assign]
    LambdaFunction.update_function_code = update_code  # type: ignore[method-assign]
    LambdaFunction.get_code = get_code  # type: ignore[method-assign]
    LambdaFunction.vpc_config = property(vpc_config)  # type: ignore[method-assign, assignment]


def _now() -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _touch(function: Any) -> str:
    function.butfor_revision = str(uuid.uuid4())
    return function.butfor_revision
