#!/usr/bin/env bash
# Everything: sets up, starts PostgreSQL unless DATABASE_URL is set, builds, migrates, runs the Procfile, says when the
# page is there. Ctrl-C or ./stop.sh ends it cleanly.
#
#   ./start.sh [--workers N] [--port 3001] [--detach]
set -euo pipefail
. "$(dirname "$0")/scripts/common.sh"
. "$root/scripts/env.sh"
cd "$root"

workers=1 port=${PORT:-3001} detach=
while [ $# -gt 0 ]; do
    case $1 in
        --workers) workers=${2:?--workers needs a number}; shift 2 ;;
        --port) port=${2:?--port needs a number}; shift 2 ;;
        --detach) detach=yes; shift ;;
        *) sed -n '5s/^# *//p' "$0" >&2; exit 2 ;;
    esac
done
case $workers in *[!0-9]*) die "--workers $workers is not a number" ;; esac

# What is already there: said, whether it is ready or on its way.
if have node; then
    if url=$(node scripts/supervise.mjs status); then
        say "Avagar already runs: $url (./stop.sh ends it)"
        exit 0
    elif [ $? = 4 ]; then
        die "Avagar is already starting or ending; ./stop.sh ends it"
    fi
fi

./setup.sh
# What a killed supervisor left would hold the port.
node scripts/supervise.mjs stop
trouble=$(node scripts/port.mjs check "$port") || die "$trouble; free it, or choose another: ./start.sh --port N"

# Secrets are made once, and stay out of the process list and of git. One set outside goes before.
secrets=$state/secrets.env
mkdir -p "$state"
make_secret() {
    grep -q "^$1=" "$secrets" 2>/dev/null ||
        (umask 077 && printf '%s=%s\n' "$1" "$(head -c 32 /dev/urandom | base64)" >>"$secrets")
}
make_secret AVAGAR__AUTH__JWT_SECRET
make_secret AVAGAR__AUTH__SEALING_SECRET
while IFS='=' read -r name value; do
    [ -n "${!name:-}" ] || export "$name=$value"
done <"$secrets"

packages=$(hash_of api/ui/package-lock.json)
if [ ! -d api/ui/node_modules ] || ! is_done ui-packages "$packages"; then
    say "Installing the page's packages …"
    npm ci --prefix api/ui --loglevel=error >&2
    mark_done ui-packages "$packages"
fi
page=$(hash_of api/ui)
if [ ! -e api/ui/dist/index.html ] || ! is_done ui "$page"; then
    say "Building the page …"
    npm run --silent --prefix api/ui build >&2
    mark_done ui "$page"
fi
[ -x target/release/worker ] || say "Building the programs; the first time takes some minutes …"
cargo build --release --locked --workspace --bin api --bin worker --bin downloader --bin pack-language
if [ -e "$AVAGAR_LANGUAGE_SOURCE/lexicon.tsv" ]; then
    target/release/pack-language "$AVAGAR_LANGUAGE_SOURCE" "$AVAGAR_LANGUAGE" ||
        say "Without the Persian language files, text is read by characters only"
fi

last=true
if [ -z "${DATABASE_URL:-}" ]; then
    DATABASE_URL=$(scripts/postgres.sh start)
    last='scripts/postgres.sh stop'
fi
export DATABASE_URL PORT="$port"

# The lock stays with the supervisor as long as it lives, so two starts at once can't both get here.
exec 9>>"$state/supervisor.lock"
flock --nonblock 9 || die "Avagar has just been started by somebody else; ./stop.sh ends it"
# On one machine the workers do the downloads, too.
supervise=(node scripts/supervise.mjs run --scale "worker=$workers" --scale downloader=0 --finally "$last"
    --ready "http://localhost:$port/api/health/ready")
[ -n "$detach" ] || exec "${supervise[@]}"

mkdir -p "$state/logs"
setsid "${supervise[@]}" </dev/null >/dev/null 2>>"$state/logs/supervisor.log" &
supervisor=$!
while kill -0 "$supervisor" 2>/dev/null; do
    if url=$(node scripts/supervise.mjs status); then
        say "Avagar is ready: $url (logs in .avagar/logs; ./stop.sh ends it)"
        exit 0
    fi
    sleep 0.2
done
tail -n 20 "$state/logs/supervisor.log" >&2
die "Avagar did not start; see above and .avagar/logs"
