#!/usr/bin/env bash
# Measures the queue beside graphile-worker, and a thousand WebSockets on one API process. docs/benchmarks.md says what
# the figures mean. Takes a few minutes on a machine that does nothing else.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"
cd "$root"

./setup.sh
scratch=$(mktemp -d /tmp/avagar-benchmark.XXXXXX)
# The user who runs PostgreSQL has to pass through.
chmod 711 "$scratch"
finish() {
    scripts/postgres.sh stop --data "$scratch/postgresql" || true
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

npm ci --prefix worker/benches/graphile-worker --silent
cargo build --release --workspace --bins --locked --quiet
DATABASE_URL=$(scripts/postgres.sh start --data "$scratch/postgresql" --temporary)
export DATABASE_URL
for benchmark in enqueue_to_start subscribers; do
    say "── $benchmark"
    cargo bench --workspace --locked --quiet --bench "$benchmark"
done
