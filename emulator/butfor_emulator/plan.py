"""Runs the apply steps of a report's plan as an operator would: one shell, in order, with the AWS CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from butfor_emulator.client import Caller, Control


def apply(report: dict[str, Any], endpoint: str, phase: str = "apply", timeout: float = 300.0) -> dict[str, Any]:
    """Returns each step with its output; `ok` is whether all of them succeeded. Stops at the first failure."""
    facts = Control(endpoint).get("environment")
    steps = [step for step in (report.get("plan") or {}).get("steps", []) if step.get("phase") == phase and step.get("command")]
    with tempfile.TemporaryDirectory(prefix="butfor-plan-") as folder:
        script = ["set -e"]
        for number, step in enumerate(steps):
            account = step.get("account") or facts["home_account"]
            environment = _credentials(endpoint, facts, account) | {"AWS_REGION": step.get("region") or facts["region"]}
            environment["AWS_DEFAULT_REGION"] = environment["AWS_REGION"]
            script += [f"export {name}={value}" for name, value in environment.items()]
            script += [f"exec 3>{folder}/{number}.out", "{", step["command"], "} >&3 2>&1", f": >{folder}/{number}.done"]
        run = subprocess.run(
            ["/bin/sh", "-c", "\n".join(script)],
            env=_environment(endpoint, Path(folder)),
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )
        results = []
        for number, step in enumerate(steps):
            output, done = Path(folder, f"{number}.out"), Path(folder, f"{number}.done")
            results.append(
                {
                    "command": step["command"],
                    "ran": output.exists(),
                    "ok": done.exists(),
                    "output": output.read_text() if output.exists() else "",
                }
            )
    ok = bool(steps) and run.returncode == 0 and all(result["ok"] for result in results)
    return {"ok": ok, "steps": results, "stderr": run.stderr}


def _credentials(endpoint: str, facts: dict[str, Any], account: str) -> dict[str, str]:
    """A session of the account's operator role, got the way an operator gets it."""
    if account not in facts["accounts"]:
        raise ValueError(f"the plan names account {account}, which the environment does not have")
    keys = facts["credentials"]
    operator = Caller(endpoint, keys["access_key_id"], keys["secret_access_key"], region=facts["region"], muted=True)
    answer = operator.client("sts").assume_role(
        RoleArn=facts["accounts"][account]["operator_role_arn"], RoleSessionName="operator@example.com"
    )["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": answer["SecretAccessKey"],
        "AWS_SESSION_TOKEN": answer["SessionToken"],
    }


def _environment(endpoint: str, folder: Path) -> dict[str, str]:
    """A PATH whose first `aws` is the kit's own, and no configuration of whoever runs the test."""
    shim = folder / "bin"
    shim.mkdir()
    command = shim / "aws"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    command.chmod(0o755)
    (folder / "config").write_text("")
    return {
        "PATH": f"{shim}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "LC_ALL": "C.UTF-8",
    }


def read_report(path: str) -> dict[str, Any]:
    text = sys.stdin.read() if path == "-" else Path(path).read_text()
    return dict(json.loads(text))
