"""The kit's command line: up, inject, undo, snapshot, compare, apply-plan."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> int:
    parser = argparse.ArgumentParser(prog="butfor_emulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="start, build, inject; print one line of JSON; end when standard input closes")
    up.add_argument("--environment", required=True)
    up.add_argument("--fault")
    up.add_argument("--minutes", type=float, help="how long ago the fault was made")
    up.add_argument("--age-days", type=float, help="how long ago the environment was built (default 10)")
    up.add_argument("--port", type=int, default=0)
    up.add_argument("--earlier", help="where to write read calls of before the fault, for record-bundle --earlier")
    up.add_argument("--before", help="where to write the snapshot of the state before the fault")

    for name, text in (("inject", "make a fault in a running environment"), ("undo", "undo it by hand")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--fault", required=True)
        command.add_argument("--endpoint-url", required=True)
        if name == "inject":
            command.add_argument("--minutes", type=float)

    snapshot = commands.add_parser("snapshot", help="write the state of a running environment")
    snapshot.add_argument("--endpoint-url", required=True)
    snapshot.add_argument("--out", default="-")

    compare = commands.add_parser("compare", help="exit code 1 and the differences if the state is not the one before")
    compare.add_argument("--endpoint-url", required=True)
    compare.add_argument("--before", required=True)

    plan = commands.add_parser("apply-plan", help="run the apply steps of a report; exit code 1 if one fails")
    plan.add_argument("--report", required=True, help="a report of butfor investigate --format json, - for standard input")
    plan.add_argument("--endpoint-url", required=True)
    plan.add_argument("--phase", default="apply")

    bundle = commands.add_parser("record-bundle", help="write what an investigator would read as a bundle")
    bundle.add_argument("--endpoint-url", required=True)
    bundle.add_argument("--alarm", required=True)
    bundle.add_argument("--out", required=True)
    bundle.add_argument("--earlier", help="a file of read calls made before the fault")

    options = parser.parse_args()
    return int(globals()[f"_{options.command.replace('-', '_')}"](options) or 0)


def _up(options: argparse.Namespace) -> int:
    # Imported here: the other commands are quick without moto.
    from butfor_emulator import injections, record_bundle, snapshot
    from butfor_emulator.environments import ENVIRONMENTS
    from butfor_emulator.server import own_stdout, start, wait_for_end_of_input

    if options.environment not in ENVIRONMENTS:
        print(f"no environment {options.environment}; there are {', '.join(ENVIRONMENTS)}", file=sys.stderr)
        return 2
    out, begun = own_stdout(), time.monotonic()
    server, _ = start(options.port)
    endpoint = f"http://127.0.0.1:{server.server_port}"
    age = {} if options.age_days is None else {"age_days": options.age_days}
    facts = ENVIRONMENTS[options.environment](endpoint, **age)
    before = options.before or os.path.join(tempfile.mkdtemp(prefix="butfor-emulator-"), "before.json")
    Path(before).write_text(json.dumps(snapshot.take(endpoint), indent=1))
    facts["before"] = before
    if options.earlier:
        lines = record_bundle.observe(endpoint)
        Path(options.earlier).write_text("".join(json.dumps(line) + "\n" for line in lines))
    if options.fault:
        facts["injected"] = injections.inject(endpoint, options.fault, options.minutes or injections.DEFAULT_MINUTES)
    facts["port"] = server.server_port
    facts["pid"] = os.getpid()
    facts["seconds"] = round(time.monotonic() - begun, 2)
    facts["cpu_seconds"] = round(time.process_time(), 2)
    print(json.dumps(facts), file=out, flush=True)
    wait_for_end_of_input()
    os._exit(0)


def _inject(options: argparse.Namespace) -> None:
    from butfor_emulator import injections

    _show(injections.inject(options.endpoint_url, options.fault, options.minutes or injections.DEFAULT_MINUTES))


def _undo(options: argparse.Namespace) -> None:
    from butfor_emulator import injections

    injections.undo(options.endpoint_url, options.fault)


def _snapshot(options: argparse.Namespace) -> None:
    from butfor_emulator import snapshot

    text = json.dumps(snapshot.take(options.endpoint_url), indent=1)
    if options.out == "-":
        print(text)
    else:
        Path(options.out).write_text(text)


def _compare(options: argparse.Namespace) -> int:
    from butfor_emulator import snapshot

    found = snapshot.differences(json.loads(Path(options.before).read_text()), snapshot.take(options.endpoint_url))
    _show({"equal": not found, "differences": found})
    return 1 if found else 0


def _apply_plan(options: argparse.Namespace) -> int:
    from butfor_emulator import plan

    result = plan.apply(plan.read_report(options.report), options.endpoint_url, options.phase)
    _show(result)
    return 0 if result["ok"] else 1


def _record_bundle(options: argparse.Namespace) -> None:
    from butfor_emulator import record_bundle

    text = Path(options.earlier).read_text() if options.earlier else ""
    earlier = [json.loads(line) for line in text.splitlines()]
    _show(record_bundle.record(options.endpoint_url, options.alarm, Path(options.out), earlier=earlier))


def _show(value: Any) -> None:
    print(json.dumps(value, indent=1, default=str))


if __name__ == "__main__":
    sys.exit(main())
