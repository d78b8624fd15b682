#!/usr/bin/env bash
# Writes the API's description, and the page's client from it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"
cd "$root"

cargo build --quiet --locked --workspace --bin api
target/debug/api openapi >api/ui/openapi.json
npm run --silent --prefix api/ui generate
