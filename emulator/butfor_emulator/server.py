"""moto server with what it lacks in front of it.

    python -m butfor_emulator.server --port 0

prints {"port": N} when it answers, and ends when its standard input closes, so that no test leaves it behind.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
import traceback
from typing import Any, Iterable, TextIO

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "true")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from butfor_emulator import alarms, clock, errors, patches
from butfor_emulator.answers import Answers
from butfor_emulator.calls import Call, identify, read_body
from butfor_emulator.cloudtrail import CloudTrailHistory
from butfor_emulator.control import PREFIX, Control
from butfor_emulator.enforcement import Enforcement
from butfor_emulator.faults import KIT_HEADER, Faults, Response, cut_off
from butfor_emulator.recorder import Recorder

# What the kit's own calls ask for in their header: to be recorded like anybody's, or to leave no trace.
MUTED = "muted"


class Emulator:
    """The WSGI application: control API, faults, enforcement, answers set by a test, moto, recorder, in this order."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.history = CloudTrailHistory(self.recorder)
        self.faults = Faults()
        self.enforcement = Enforcement()
        self.answers = Answers()
        self.control = Control(self.recorder, self.history, self.faults, self.enforcement, self.answers)
        self.moto = DomainDispatcherApplication(_backend_app)
        clock.install()
        alarms.install()
        self.history.install()
        patches.install()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = read_body(environ)
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            status, data = self.control.handle(environ, body)
            return _answer(start_response, (status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))], data))
        call = identify(environ, body)
        kit = environ.get(KIT_HEADER)
        if call is None:
            if "HTTP_AUTHORIZATION" in environ and "/s3/" not in environ["HTTP_AUTHORIZATION"]:
                return _answer(start_response, errors.unknown_operation())
            return self.moto(environ, start_response)
        kind = None
        if kit is None:
            kind = self.faults.next_for(call)
            self.faults.wait()
            answer = self.faults.answer(kind, call) if kind else None
            answer = answer or self.enforcement.denial(call)
            if answer is None and (answer := self.answers.answer(call)) is not None:
                return _answer(start_response, answer)
            if answer is not None:
                # A call that was turned away is recorded too, with its error code.
                self.recorder.observe(call, *answer)
                return _answer(start_response, answer)
        answer = self._ask_moto(environ, call)
        if kit != MUTED:
            self.recorder.observe(call, *answer)
        if kind == "cut":
            status, headers, data = answer
            _answer(start_response, (status, headers, data))
            return cut_off(environ, data)
        return _answer(start_response, answer)

    def _ask_moto(self, environ: dict[str, Any], call: Call) -> Response:
        captured: dict[str, Any] = {}

        def capture(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            captured["status"], captured["headers"] = status, headers
            return lambda data: None

        try:
            chunks = self.moto(environ, capture)
            data = b"".join(chunks)
        except Exception:
            # What moto has not implemented (or a bug of it, or of a patch): an error in the service's own form.
            self.control.errors.append(f"{call.service}:{call.operation}\n{traceback.format_exc()}")
            return errors.internal_error(call)
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        return int(captured["status"].split()[0]), captured["headers"], data


def _backend_app(service: Any) -> Any:
    application = create_backend_app(service)
    application.config["PROPAGATE_EXCEPTIONS"] = True
    return application


REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


def _answer(start_response: Any, response: Response) -> list[bytes]:
    status, headers, data = response
    start_response(f"{status} {REASONS.get(status, 'Status')}", headers)
    return [data]


class Handler(MotoRequestHandler):
    def log_request(self, *_: Any) -> None:
        """Thousands of lines nobody reads."""

    def log(self, *_: Any) -> None:
        """Connections cut on purpose are no news either."""


def start(port: int = 0) -> tuple[BaseWSGIServer, Emulator]:
    """Serves on loopback in a thread of its own."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    emulator = Emulator()
    server = make_server("127.0.0.1", port, emulator, threaded=True, request_handler=Handler)
    # Several of moto's services call themselves through this.
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, name="emulator", daemon=True).start()
    return server, emulator


def own_stdout() -> TextIO:
    """Standard output for our one line; what moto prints there goes to standard error from now on."""
    out, sys.stdout = sys.stdout, sys.stderr
    return out


def wait_for_end_of_input() -> None:
    try:
        while sys.stdin.buffer.read(4096):
            pass
    except (KeyboardInterrupt, OSError, ValueError):
        pass


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="butfor_emulator.server", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--clock", help="the emulator's now, ISO 8601; the real one unless given")
    options = parser.parse_args(arguments)
    out = own_stdout()
    server, emulator = start(options.port)
    if options.clock:
        emulator.control.set_time({"now": options.clock})
    print(json.dumps({"port": server.server_port}), file=out, flush=True)
    wait_for_end_of_input()
    os._exit(0)


if __name__ == "__main__":
    main()
