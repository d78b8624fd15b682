#!/usr/bin/env bash
# Who may know whom (see the map in shared/domain/src/lib.rs and worker/vits/src/lib.rs): fails where a crate or a file knows
# what it must not.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
# Which crates may depend on which, and that no two files of a crate import each other in a circle.
node scripts/boundaries.mjs || failed=1

only_in() {
    local pattern=$1 allowed=$2 found
    found=$(git ls-files '*.rs' '*/Cargo.toml' | grep -vE "$allowed" | xargs -d '\n' grep -lE "$pattern" || true)
    if [ -n "$found" ]; then
        echo "«$pattern» may stand in $allowed only, and stands in:" "$found" >&2
        failed=1
    fi
}
only_in '^tch[. ]' '^worker/vits/Cargo.toml$'
only_in 'sqlx::query|query_as!|query_scalar!' '^(shared|migrations|tests)/'
exit $failed
