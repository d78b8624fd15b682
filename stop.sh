#!/usr/bin/env bash
# Ends what ./start.sh started: the page, the workers (which keep what they have and hand their jobs back), then
# PostgreSQL. Also what is left after a supervisor was killed.
set -euo pipefail
. "$(dirname "$0")/scripts/common.sh"
cd "$root"

node scripts/supervise.mjs stop
scripts/postgres.sh stop
say "Avagar has stopped"
