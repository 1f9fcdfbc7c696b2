#!/usr/bin/env bash
# Start-up of the service, and the time from an alarm to its verdict with a recorded incident: benches/service.sh [RUNS]
# Throughput and the page: cargo run --release -p butfor-server --example service-speed
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-5}
cargo build --release --locked --quiet
butfor="${CARGO_TARGET_DIR:-target}/release/butfor"
folder=$(mktemp -d)
trap 'kill "${service:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cp -r scenarios/001-* "$folder/bundle" 2>/dev/null || cp -r "$(ls -d scenarios/0* | head -1)" "$folder/bundle"
mkdir "$folder/bundles" && mv "$folder/bundle" "$folder/bundles/one"
cat > "$folder/butfor.toml" <<TOML
[server]
listen = "127.0.0.1:0"
bundles = "$folder/bundles"
[[webhooks]]
name = "bench"
format = "eventbridge"
secret = "bench-secret"
TOML
now_ms() { echo $(($(date +%s%N) / 1000000)); }
for run in $(seq "$runs"); do
    rm -rf "$folder/data"
    begin=$(now_ms)
    "$butfor" serve --config "$folder/butfor.toml" --data "$folder/data" >"$folder/out" 2>"$folder/log" &
    service=$!
    until grep -q "^alerts of" "$folder/out"; do sleep 0.005; done
    started=$(($(now_ms) - begin))
    url=$(sed -n 's/^listening on //p' "$folder/out")
    token=$(sed -n "s/^administrator's token, shown this once: //p" "$folder/out")
    begin=$(now_ms)
    curl -sS -o "$folder/answer" "$url/hooks/bench" -H 'content-type: application/json' -H 'authorization: Bearer bench-secret' \
        --data-binary @"$folder/bundles/one/alert.json"
    until curl -sS "$url/api/v1/incidents/1" -H "authorization: Bearer $token" | grep -q '"status":"COMPLETED"'; do sleep 0.01; done
    verdict=$(($(now_ms) - begin))
    resident=$(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$service/status")
    echo "run $run: listening after $started ms, verdict $verdict ms after the alarm, $resident MB resident"
    kill "$service" && wait "$service" 2>/dev/null || true
done
