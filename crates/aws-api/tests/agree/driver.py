"""Starts the emulator, fills it, and tells on stdout, a JSON a line, what the AWS CLI answers.

First `{"endpoint": ...}`, then for each call `{"service", "operation", "parameters"}` with `output` or `error`. The CLI
runs in this process: a process for each call would take minutes. Stays until stdin ends, so that the other side can make
the same calls.
"""

import contextlib
import io
import json
import logging
import os
import re
import sys
import tempfile

CONFIG = "[default]\ncli_timestamp_format = iso8601\ncli_pager =\nregion = us-east-1\nmax_attempts = 1\n"
# Commands that go by another name than the service's.
COMMANDS = {"codedeploy": "deploy", "s3": "s3api"}


def prepare():
    """Nothing of the machine's own settings, and one way to write times."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    folder = tempfile.mkdtemp(prefix="butfor-agree-")
    config = os.path.join(folder, "config")
    with open(config, "w") as file:
        file.write(CONFIG)
    os.environ.update(
        AWS_CONFIG_FILE=config,
        AWS_SHARED_CREDENTIALS_FILE=os.path.join(folder, "none"),
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_EC2_METADATA_DISABLED="true",
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


def ask(driver, endpoint, service, operation, parameters):
    import botocore

    words = [COMMANDS.get(service, service), botocore.xform_name(operation, "-"), "--endpoint-url", endpoint]
    words += ["--output", "json", "--cli-input-json", json.dumps(parameters)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(words)
        except SystemExit as exit:
            status = exit.code
    if status == 0:
        return {"output": json.loads(out.getvalue() or "{}")}
    found = re.search(r"An error occurred \((.*?)\) when calling", err.getvalue())
    return {"error": found.group(1) if found else "not asked: " + err.getvalue().strip()[-300:]}


def main():
    prepare()
    from awscli.clidriver import create_clidriver
    from moto.server import ThreadedMotoServer

    from calls import calls
    from seed import seed

    server = ThreadedMotoServer(port=0, ip_address="127.0.0.1", verbose=False)
    server.start()
    endpoint = "http://127.0.0.1:%d" % server.get_host_and_port()[1]
    made = seed(endpoint)

    def tell(line):
        print(json.dumps(line), flush=True)

    tell({"endpoint": endpoint})
    driver = create_clidriver()
    for service, operation, parameters in calls(made):
        call = {"service": service, "operation": operation, "parameters": parameters}
        tell(call | ask(driver, endpoint, service, operation, parameters))
    tell({"done": True})
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
