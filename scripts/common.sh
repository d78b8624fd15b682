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

# python_client NAME PACKAGE SIZE [FILE…]: an environment with the Python packages that scripts/NAME.txt pins, PACKAGE
# among them, and answers on stdout with the folder of its programs. Installed at the first call; two at once wait for
# each other; what stands under its name is always whole. The caller's function `install_client` fills $unpacked, and may
# use $list and pip_of_client. The FILEs are what else makes it what it is.
python_client() {
    local name=$1 package=$2 size=$3 version command python made_of installed log
    list="$root/scripts/$name.txt"
    shift 3
    version=$(sed -n "s/^$package==\([^ ]*\).*/\1/p" "$list")
    command="sudo apt-get install python3-venv"
    ! is_root || command=${command#sudo }
    python=$(python3 -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        die "$package needs Python with venv, and here is none: run $command"
    # A newer Python, another list or another of the files gets a folder of its own.
    made_of=$(cat "$list" "$@" | sha256sum | cut -c 1-8)
    installed="$AVAGAR_CACHE/$name-$version-python$python-$made_of"
    if ! client_works "$installed"; then
        wait_for_lock "$AVAGAR_CACHE/$name.lock" "Another test is installing $package; waiting for it …"
        client_works "$installed" || make_client
    fi
    echo "$installed/bin"
}
client_works() { [ -x "$1/bin/python" ] && "$1/bin/python" -c '' 2>/dev/null; }
make_client() {
    say "Installing $package $version ($size, once) …"
    unpacked="$installed.unpacking" log="$AVAGAR_CACHE/$name.log"
    trap 'rm -rf "$unpacked"' EXIT
    rm -rf "$unpacked" "$installed"
    # In a shell of its own, so that the first failure ends it.
    (set -e; python3 -m venv "$unpacked"; install_client) >"$log" 2>&1 &
    wait $! || {
        cat "$log" >&2
        die "$package $version could not be installed: is the Python package index reachable from here? Then run this again"
    }
    # Its programs name the folder they were made in.
    grep -rlIF "$unpacked" "$unpacked/bin" "$unpacked/pyvenv.cfg" | xargs -d '\n' sed -i "s|$unpacked|$installed|g"
    # On disk before it has its name, so that a power cut cannot leave half of it under that.
    sync -f "$unpacked"
    mv "$unpacked" "$installed"
    rm -f "$log"
}
pip_of_client() { "$unpacked/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
