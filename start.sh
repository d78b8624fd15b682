#!/usr/bin/env bash
# Everything: sets up, builds, starts PostgreSQL unless DATABASE_URL is set, migrates, runs the Procfile, prints the
# page's address. Ctrl-C or ./stop.sh ends it cleanly.
#   ./start.sh [--workers N] [--port N] [--detach]
set -euo pipefail
. "$(dirname "$0")/scripts/env.sh"
cd "$root"

workers=1 port=${PORT:-3001} detach=''
while [ $# -gt 0 ]; do
    case $1 in
    --workers) workers=${2:?--workers needs a number}; shift 2 ;;
    --port) port=${2:?--port needs a number}; shift 2 ;;
    --detach) detach=1; shift ;;
    *) die "usage: ./start.sh [--workers N] [--port N] [--detach]" ;;
    esac
done
[[ $workers =~ ^[0-9]+$ ]] || die "--workers: expected a number, got $workers"
[[ $port =~ ^[0-9]+$ ]] || die "--port: expected a number, got $port"
export PORT=$port AVAGAR_ENVIRONMENT=${AVAGAR_ENVIRONMENT:-development}
address=http://localhost:$port

ready() { curl --fail --silent --output /dev/null --max-time 2 "http://127.0.0.1:$port/api/health/ready"; }

if [ -f "$state/processes.json" ]; then
    if ready; then
        say "Avagar is already running: $address (./stop.sh ends it)"
        exit 0
    fi
    ./stop.sh
fi
./setup.sh
if ! node -e 'require("net").createServer().on("error", () => process.exit(1)).listen(+process.argv[1], () => process.exit(0))' "$port"; then
    holder=$(ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (process \2)/p' | head -1)
    die "port $port is taken$holder; choose another: ./start.sh --port 3002"
fi

mkdir -p "$state"
secrets=$state/secrets.env
if [ ! -f "$secrets" ]; then
    (umask 077 && printf 'AVAGAR__AUTH__JWT_SECRET=%s\n' "$(head -c 32 /dev/urandom | base64)" >"$secrets")
fi
set -a
. "$secrets"
set +a

build_page() { npm ci --prefix api/ui --no-audit --no-fund --loglevel=error >&2 && npm run --silent --prefix api/ui build >&2; }
if [ ! -f api/ui/dist/index.html ]; then rm -f "$state/done/page"; fi
unless_done page api/ui -- build_page
say "Building (the first time takes some minutes)…"
cargo build --release --locked --package api --package worker

own_database=''
if [ -z "${DATABASE_URL:-}" ]; then
    DATABASE_URL=$(scripts/postgres.sh start)
    export DATABASE_URL
    own_database=1
fi
stop_database() { [ -z "$own_database" ] || scripts/postgres.sh stop; }

if [ -n "$detach" ]; then
    mkdir -p "$state/logs"
    setsid node scripts/supervise.mjs --scale "worker=$workers" >"$state/logs/console.log" 2>&1 </dev/null &
else
    node scripts/supervise.mjs --scale "worker=$workers" &
fi
supervisor=$!
# The supervisor hears of Ctrl-C by itself or from here, never both: bash starts it with SIGINT ignored.
trap 'kill -TERM $supervisor 2>/dev/null' INT TERM
for _ in $(seq 300); do
    if ready; then
        say "Avagar is ready: $address"
        break
    fi
    kill -0 $supervisor 2>/dev/null || break
    sleep 0.1
done
[ -n "$detach" ] && kill -0 $supervisor 2>/dev/null && exit 0
code=0
# A trapped signal ends `wait` early: wait until the supervisor is really gone.
while kill -0 $supervisor 2>/dev/null; do wait $supervisor && code=0 || code=$?; done
stop_database
exit "$code"
