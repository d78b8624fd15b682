#!/usr/bin/env bash
# Who may know whom (see the map in shared/domain/src/lib.rs and worker/vits/src/lib.rs): fails where a crate or a file knows
# what it must not.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
must_not_know() {
    local crate=$1 tree
    shift
    tree=$(cargo tree --locked --quiet --package "$crate" --edges normal --prefix none --format '{p}' | cut -d' ' -f1 | sort -u)
    for other in "$@"; do
        if grep -qx "$other" <<<"$tree"; then
            echo "$crate must not depend on $other" >&2
            failed=1
        fi
    done
}
must_not_know api tch torch-sys vits worker
must_not_know domain tch vits api worker
must_not_know vits domain tokio sqlx apalis apalis-postgres actix-web
must_not_know worker api actix-web
must_not_know runner tch torch-sys vits worker api actix-web
must_not_know downloader tch torch-sys vits worker api actix-web
must_not_know hub domain sqlx apalis apalis-postgres actix-web tch vits

only_in() {
    local pattern=$1 allowed=$2 found
    found=$(git ls-files '*.rs' '*/Cargo.toml' | grep -vE "$allowed" | xargs -d '\n' grep -lE "$pattern" || true)
    if [ -n "$found" ]; then
        echo "«$pattern» may stand in $allowed only, and stands in:" "$found" >&2
        failed=1
    fi
}
only_in '^tch[. ]' '^worker/vits/Cargo.toml$'
only_in 'sqlx::query|query_as!|query_scalar!' '^(shared|migrations|tests|worker/runner/tests)/'
exit $failed
