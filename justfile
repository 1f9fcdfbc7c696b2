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

# The score card over all scenarios
scenarios:
    cargo test --release -p butfor --test scenarios -- --nocapture

# Write the golden reports anew, after a look at the difference
bless:
    BLESS=1 cargo test --release -p butfor --test scenarios

# Speed: benchmarks with generated networks
bench:
    cargo bench -p butfor-network

# Pack a bundle into the demo
demo-bundle folder:
    cargo xtask demo-bundle {{ folder }}
