#!/usr/bin/env bash
# Checks every query of the product against a real, migrated database and keeps what the compiler needs to know in
# .sqlx. Run it after changing a query or a migration. --check: change nothing, fail where .sqlx is not up to date.
# Needs DATABASE_URL of a scratch database, which it migrates.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${DATABASE_URL:?set DATABASE_URL to a scratch database (scripts/postgres.sh gives one)}"
prepared=$(mktemp -d)
# The crates that hold queries; each is compiled again, so that its queries are read again.
holders=(shared/jobs/src/lib.rs shared/domain/src/lib.rs)
before=$(mktemp -d)
for holder in "${holders[@]}"; do mkdir -p "$before/${holder%/*}"; touch -r "$holder" "$before/$holder"; done
# Whatever happens, the files look as old as they are: what was built from them stays fresh.
restore() { for holder in "${holders[@]}"; do touch -r "$before/$holder" "$holder"; done; }
trap 'restore; rm -rf "$prepared" "$before"' EXIT

# Whole-workspace calls throughout: they share their artefacts with every other build.
cargo build --quiet --locked --workspace --bin migrate
target/debug/migrate
# Dependencies first, from their own prepared data: apalis' queries are not ours to keep. Ours may fail here, where one
# of them is new.
cargo check --quiet --locked --workspace >/dev/null 2>&1 || true
touch "${holders[@]}"
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$prepared" cargo check --quiet --locked --workspace

if [ "${1:-}" = --check ]; then
    diff -r .sqlx "$prepared" || { echo ".sqlx is not up to date: run scripts/prepare-queries.sh and commit it" >&2; exit 1; }
else
    rm -rf .sqlx
    mkdir .sqlx
    cp "$prepared"/*.json .sqlx/
    echo "$(find .sqlx -name '*.json' | wc -l) queries prepared"
fi
