# shellcheck shell=bash
# What the scripts share. Sourced, never run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034 # used by those that source this file
state="$root/.avagar"

# A service or CI may start us without these.
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
[ ! -d "$HOME/.cargo/bin" ] || case ":$PATH:" in
    *":$HOME/.cargo/bin:"*) ;;
    *) PATH="$HOME/.cargo/bin:$PATH" ;;
esac

# On stderr, so that what a script answers on stdout stays clean.
say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# One hash over the contents and names of files and folders, without what is built or installed into them.
hash_of() {
    find "$@" \( -name node_modules -o -name dist -o -name test-results \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# is_done NAME HASH: whether the step NAME was finished with these inputs. mark_done NAME HASH: from now on it was.
is_done() { [ "$(cat "$state/done/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { mkdir -p "$state/done" && printf '%s\n' "$2" >"$state/done/$1"; }

# wait_for_lock FILE MESSAGE: takes the lock on FILE as descriptor 9, kept until the script and what it started end.
wait_for_lock() {
    mkdir -p "$(dirname "$1")"
    exec 9>>"$1"
    flock --nonblock 9 || { say "$2"; flock 9; }
}

# own_scratch NAME: a folder of this script's own as $scratch, gone when it ends, with the PostgreSQL in it if there is one.
own_scratch() {
    scratch=$(mktemp -d "/tmp/avagar-$1.XXXXXX")
    # The user who runs PostgreSQL has to pass through.
    chmod 711 "$scratch"
    trap 'remove_scratch' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}
remove_scratch() {
    "$root/scripts/postgres.sh" stop --data "$scratch/postgresql" || true
    rm -rf "$scratch"
}
