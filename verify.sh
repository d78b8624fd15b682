#!/usr/bin/env bash
# All of the project's own checks and tests, from a fresh clone. Ends with the test runner's summary.
set -euo pipefail
. "$(dirname "$0")/scripts/env.sh"
cd "$root"
export AVAGAR_CONFIG_DIR=$root/config
unset DATABASE_URL PORT

stage() {
    local name=$1 begun=$SECONDS
    shift
    say "── $name"
    "$@"
    say "── $name: $((SECONDS - begun)) s"
}

workspace=$(mktemp -d /tmp/avagar-verify.XXXXXX)
chmod 711 "$workspace"
finish() {
    scripts/postgres.sh stop --data "$workspace/postgres" || true
    rm -rf "$workspace"
}
trap finish EXIT
trap 'exit 130' INT TERM

page() {
    npm ci --prefix api/ui --no-audit --no-fund --loglevel=error
    for script in typecheck test build; do npm run --silent --prefix api/ui "$script"; done
}
described() {
    target/release/api openapi | diff - api/ui/openapi.json ||
        die "api/ui/openapi.json is not up to date: run scripts/describe-api.sh and commit what changes"
}
tests() {
    cargo test --release --workspace --locked --no-fail-fast 2>&1 | tee "$workspace/tests.log"
}

stage "machine" ./setup.sh chromium
stage "shell" bash -n ./*.sh scripts/*.sh
stage "format" cargo fmt --all --check
stage "boundaries" scripts/check-boundaries.sh
stage "page" page
stage "clippy" cargo clippy --release --workspace --all-targets --locked --quiet -- -D warnings
stage "build" cargo build --release --workspace --all-targets --locked --quiet
stage "API description" described
DATABASE_URL=$(scripts/postgres.sh start --data "$workspace/postgres" --port 0)
export DATABASE_URL
stage "prepared queries" scripts/prepare-queries.sh --check
stage "supervisor" node --test --test-reporter=dot scripts/*.test.mjs
stage "tests" tests

# One line for whoever only reads the end.
sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$workspace/tests.log" |
    awk '{ passed += $1; failed += $2 } END { print passed " passed, " failed " failed"; exit failed > 0 || passed == 0 }'
