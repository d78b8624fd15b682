#!/usr/bin/env bash
# Ends what ./start.sh started: pages, workers (they checkpoint and hand back first), then PostgreSQL.
set -euo pipefail
. "$(dirname "$0")/scripts/common.sh"
cd "$root"

node scripts/supervise.mjs end
[ -n "${DATABASE_URL:-}" ] || scripts/postgres.sh stop
say "Avagar has stopped"
