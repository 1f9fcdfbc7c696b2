#!/bin/sh
# Creates or reuses the virtual environment of the emulator test kit and prints the path of its python on stdout.
# Everything else goes to stderr. Exit code 3: this machine has no usable python3, tests that need the kit may be skipped.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
venv=${BUTFOR_TEST_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/butfor/emulator-venv}

if ! command -v python3 >/dev/null 2>&1; then
    echo "emulator: python3 is not installed" >&2
    exit 3
fi
if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
    echo "emulator: python3 is older than 3.10 or lacks its venv module" >&2
    exit 3
fi

wanted=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read() + sys.version.encode()).hexdigest())' \
    "$here/requirements.txt")
mkdir -p "$(dirname -- "$venv")"

# One installer at a time; the stamp is read again under the lock, so that the second one finds the work done.
exec 9>"$venv.lock"
if command -v flock >/dev/null 2>&1; then
    flock 9
fi
if [ "$(cat "$venv/stamp" 2>/dev/null || true)" != "$wanted" ]; then
    echo "emulator: installing into $venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    printf '%s\n' "$wanted" >"$venv/stamp"
fi
printf '%s\n' "$venv/bin/python"
