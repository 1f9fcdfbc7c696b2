#!/usr/bin/env bash
# How many calls a live investigation makes and how long it takes, with 100 ms added to every answer: emulator/bench.sh BUTFOR
# Each fault gets an environment of its own on the emulated AWS. Prints one line a fault, as butfor itself counts.
set -euo pipefail
butfor=$(realpath "${1:?the butfor program to measure}")
cd "$(dirname "$0")"
python=$(./venv.sh)

measure() { # measure ENVIRONMENT FAULT
    local folder facts endpoint
    folder=$(mktemp -d)
    mkfifo "$folder/hold"
    "$python" -m butfor_emulator up --environment "$1" --fault "$2" <"$folder/hold" >"$folder/facts.json" &
    exec 9>"$folder/hold"
    until [ -s "$folder/facts.json" ]; do sleep 0.2; done
    read_fact() { "$python" -c "import json,sys; facts = json.load(open('$folder/facts.json')); print($1)"; }
    endpoint=$(read_fact "facts['endpoint']")
    "$python" - "$endpoint" <<'PY'
import json, sys, urllib.request
body = json.dumps({"latency_ms": 100}).encode()
urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/butfor/faults", data=body, method="PUT"))
PY
    local accounts
    accounts=$(read_fact "' '.join('--account ' + id + '=' + of['read_role_arn'] for id, of in facts['accounts'].items())")
    printf '%-8s %-4s ' "$1" "$2"
    # shellcheck disable=SC2086 # several arguments
    env AWS_ACCESS_KEY_ID="$(read_fact "facts['credentials']['access_key_id']")" \
        AWS_SECRET_ACCESS_KEY="$(read_fact "facts['credentials']['secret_access_key']")" \
        AWS_REGION="$(read_fact "facts['region']")" \
        "$butfor" investigate --alarm "$(read_fact "facts['injected']['alarm']['name']")" $accounts \
        --endpoint-url "$endpoint" --data "$folder/data" --format json 2>&1 >"$folder/report.json" | tail -1 | tr '\n' ' '
    "$python" -c "import json; print(json.load(open('$folder/report.json'))['verdict']['outcome'])"
    exec 9>&-
    wait
    rm -rf "$folder"
}

for fault in c1 c2 c3a c3b c4; do measure article "$fault"; done
measure transit c5
for fault in c6a c6b c6c c6; do measure ledger "$fault"; done
