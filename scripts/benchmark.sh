#!/usr/bin/env bash
# Measures the queue beside graphile-worker and with a million jobs in it, a thousand WebSockets on one API process,
# downloads beside the Hub's own client and curl, a bucket beside a folder, the alignment search, and training and speaking beside PyTorch.
# docs/benchmarks.md says what the figures mean. Takes some twenty-five minutes on a machine that does nothing else.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"
cd "$root"

./setup.sh
own_scratch benchmark

npm ci --prefix shared/jobs/benches/graphile-worker --silent
cargo build --release --workspace --bins --locked --quiet
DATABASE_URL=$(scripts/postgres.sh start --data "$scratch/postgresql" --temporary)
export DATABASE_URL
for benchmark in enqueue_to_start throughput backlog subscribers downloads storage alignment training speaking; do
    say "── $benchmark"
    cargo bench --workspace --locked --quiet --bench "$benchmark"
done
