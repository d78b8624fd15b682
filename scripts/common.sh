# shellcheck shell=bash
# What the scripts share. Sourced from the clone's root; never run by itself.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${AVAGAR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/avagar}
state=$root/.avagar

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '\033[31m%s\033[0m\n' "$*" >&2; exit 1; }

# Runs the rest of the line only if the files named before `--` changed since it last succeeded.
# usage: unless_done <name> <file>... -- <command>...
unless_done() {
    local stamp=$state/done/$1 inputs=() sum
    shift
    while [ "$1" != -- ]; do inputs+=("$1"); shift; done
    shift
    sum=$(find "${inputs[@]}" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
    "$@"
    mkdir -p "$(dirname "$stamp")"
    printf '%s' "$sum" >"$stamp"
}
