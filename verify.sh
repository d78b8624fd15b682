#!/usr/bin/env bash
# All of the project's own checks and tests, from a fresh clone. Ends with the tests' summary.
set -euo pipefail
# What the tests compare is computed on a CPU, whatever else is here.
export AVAGAR_DEVICE=cpu
. "$(dirname "$0")/scripts/common.sh"
. "$root/scripts/env.sh"
cd "$root"
# What a developer's shell has set must not steer the tests.
unset DATABASE_URL PORT

# Says how long each took, so that a slow one is seen.
stage() {
    local name=$1 begun=$SECONDS
    shift
    say "── $name"
    "$@"
    say "── $name: $((SECONDS - begun)) s"
}

own_scratch verify

machine() {
    ./setup.sh
    # The browser tests need a browser; other tests do without.
    if is_root && have apt-get && ! have chromium; then ./setup.sh chromium; fi
    have chromium || die "the browser tests need chromium: install it"
    # The Hub's own Python client, against which ours is held, is kept in an environment of its own.
    local venv='import venv, ensurepip'
    if is_root && have apt-get && ! python3 -c "$venv" 2>/dev/null; then ./setup.sh python3 python3-venv; fi
}
shell() {
    local file
    for file in ./*.sh scripts/*.sh .ci/run; do bash -n "$file"; done
    if have shellcheck; then shellcheck ./*.sh scripts/*.sh .ci/run; else say "shellcheck is not here; skipped"; fi
}
page() {
    local script
    npm ci --prefix api/ui --loglevel=error
    for script in lint typecheck test build; do npm run --silent --prefix api/ui "$script"; done
}
described() {
    target/debug/api openapi | diff - api/ui/openapi.json ||
        die "api/ui/openapi.json is not up to date: run scripts/describe-api.sh and commit what changes"
    # The page's types, events included, and its limits are what that description gives.
    npm run --silent --prefix api/ui generate -- --check
}
database() {
    DATABASE_URL=$(scripts/postgres.sh start --data "$scratch/postgresql" --temporary)
    export DATABASE_URL
}
# Not ended by a failure, so that the summary below comes last in any case.
code=0
tests() { ./test.sh --no-fail-fast 2>&1 | tee "$scratch/tests.log" || code=1; }

stage "machine" machine
stage "shell" shell
stage "format" cargo fmt --all --check
stage "boundaries" scripts/check-boundaries.sh
stage "supervisor" node --test --test-reporter=dot scripts/
stage "page" page
stage "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
stage "build" cargo build --workspace --bins --tests --locked --quiet
stage "API description" described
stage "database" database
stage "prepared queries" scripts/prepare-queries.sh --check
stage "tests" tests

# What whoever reads only the end has to know: why tests failed, and one line.
awk '/^failures:$/ { shown = !shown } shown' "$scratch/tests.log" | tail -n 150
sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$scratch/tests.log" |
    awk '{ passed += $1; failed += $2 } END { print passed + 0 " passed, " failed + 0 " failed"; exit passed == 0 }' || code=1
exit "$code"
