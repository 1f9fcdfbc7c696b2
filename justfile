# Shortcuts; `just` lists them. Everything works without just, too.

# List what there is
default:
    @just --list

# Investigate the bundled incident
demo:
    cargo run --release -- demo

# Everything a change must pass
check:
    ./check

# Format all code
fmt:
    cargo fmt --all

# Tests of one crate: just test network
test crate:
    cargo test -p butfor-{{ crate }}

# The score card over all scenarios: just scenarios --only payments
scenarios *arguments:
    cargo run --release --quiet --package xtask -- scenarios {{ arguments }}

# Write the golden reports anew; read the difference before committing it
bless:
    cargo run --release --quiet --package xtask -- scenarios --update

# Speed: benchmarks with generated networks
bench:
    cargo bench -p butfor-network

# Template mining against loghub-2k: just bench-logs FOLDER
bench-logs folder *arguments:
    cargo run --release --quiet --package xtask -- bench logs {{ folder }} {{ arguments }}

# Root causes on the PetShop service graph: just bench-petshop DIR [--permute]
bench-petshop folder *arguments:
    cargo run --release --quiet --package xtask -- bench petshop {{ folder }} {{ arguments }}

# Root causes of Train-Ticket's faults from traces, logs and metrics: just bench-nezha DIR [--permute] [--swap] [--show]
bench-nezha folder *arguments:
    cargo run --release --quiet --package xtask -- bench nezha {{ folder }} {{ arguments }}

# Flow logs and CloudTrail against plain unpacking: just bench-streams FOLDER
bench-streams folder:
    cargo run --release --quiet --package xtask -- bench streams {{ folder }}

# Speed of the service: webhooks and pages, then start-up and verdict
bench-service:
    cargo run --release --quiet --package butfor-server --example service-speed
    benches/service.sh

# Changed inputs for every parser: just fuzz --seconds 330 [--seed 2] [--only alerts]
fuzz *arguments:
    cargo run --profile fuzz --quiet --package xtask -- fuzz {{ arguments }}

# Root causes among commits: just bench-rootcausebench DIR [--explain]
bench-rootcausebench folder *arguments:
    cargo run --release --quiet --package xtask -- bench rootcausebench {{ folder }} {{ arguments }}

# Databases and workloads (opensre's layout): just bench-rds DIR [--reports]
bench-rds folder *arguments:
    cargo run --release --quiet --package xtask -- bench rds {{ folder }} {{ arguments }}

# Show in README.md what the demo prints
readme:
    cargo xtask readme

# Pack a bundle into the demo
demo-bundle folder:
    cargo xtask demo-bundle {{ folder }}

# Whether the unit, the image and the manifests are sound
packaging:
    packaging/check
