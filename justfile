# `just` lists what there is.

default:
    @just --list

# Everything that must hold before a commit.
check: fmt-check clippy test doc buf

# The long checks: many kills, and lookups against brute force (needs ../shared and Python).
check-full: check kills exact

fmt-check:
    cargo fmt --check

clippy:
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# buf from npm: npm install --prefix .tools @bufbuild/buf@1.75.0
buf:
    PATH="$PWD/.tools/node_modules/.bin:$PATH" buf lint proto

# 30 times kill -9 in the middle of imports and of single puts.
kills:
    DHAKIRA_KILLS=30 cargo test --release --test it durability -- --nocapture

# 300 lookups at three thresholds on 20,000 rows against brute force.
exact:
    .ci/exact

# Spelling, small edits and turned meanings on thousands of real sentences (needs ../shared).
flips:
    .ci/flips

# Our scores beside OmegaT's and pg_trgm's: writes docs/peers.md (installs both).
peers:
    cargo build --release
    benches/peers/run docs/peers.md
    benches/peers/segments

# Runs the README's grpcurl lines and compares what they print.
readme:
    .ci/readme
