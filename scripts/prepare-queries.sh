#!/usr/bin/env bash
# Checks every query of the product against a real, migrated database and keeps what the compiler needs to know in
# .sqlx. Run it after changing a query or a migration. --check: change nothing, fail where .sqlx is not up to date.
# Needs DATABASE_URL of a scratch database, which it migrates.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${DATABASE_URL:?set DATABASE_URL to a scratch database (scripts/postgres.sh gives one)}"
prepared=$(mktemp -d)
before=$(mktemp)
touch -r shared/domain/src/lib.rs "$before"
# Whatever happens, the file looks as old as it is: what was built from it stays fresh.
trap 'touch -r "$before" shared/domain/src/lib.rs; rm -rf "$prepared" "$before"' EXIT

# Whole-workspace calls throughout: they share their artefacts with every other build.
cargo build --quiet --locked --workspace --bin migrate
target/debug/migrate
# Dependencies first, from their own prepared data: apalis' queries are not ours to keep. Ours may fail here, where one
# of them is new.
cargo check --quiet --locked --workspace >/dev/null 2>&1 || true
# The queries are read again only if the crate that holds them is compiled again.
touch shared/domain/src/lib.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$prepared" cargo check --quiet --locked --workspace

if [ "${1:-}" = --check ]; then
    diff -r .sqlx "$prepared" || { echo ".sqlx is not up to date: run scripts/prepare-queries.sh and commit it" >&2; exit 1; }
else
    rm -rf .sqlx
    mkdir .sqlx
    cp "$prepared"/*.json .sqlx/
    echo "$(find .sqlx -name '*.json' | wc -l) queries prepared"
fi
