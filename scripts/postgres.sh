#!/usr/bin/env bash
# PostgreSQL for those who have none: a server of this clone's own, on 127.0.0.1 only, with a random password.
#
#   postgres.sh start [--data DIR] [--port N] [--temporary]   answers with its DATABASE_URL; fine if it runs already
#   postgres.sh stop|restart|status|url [--data DIR]          status ends with 3 where it doesn't run
#
# --data       a folder for the server and what belongs to it; without it, this clone's own
# --port       0, the default, takes the port it had last time if that is free, else any free one
# --temporary  with --data: stop removes the folder
set -euo pipefail
. "$(dirname "$0")/common.sh"

usage() { sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

command=${1:-}
[ $# = 0 ] || shift
dir='' port=0 temporary=
while [ $# -gt 0 ]; do
    case $1 in
        --data) dir=${2:?--data needs a folder}; shift 2 ;;
        --port) port=${2:?--port needs a number}; shift 2 ;;
        --temporary) temporary=yes; shift ;;
        *) usage ;;
    esac
done
[ -n "$dir" ] || [ -z "$temporary" ] || die "--temporary needs --data DIR"
case $port in '' | *[!0-9]*) die "--port $port is not a number" ;; esac

# PostgreSQL refuses to run as root: it gets a user of its own, or nobody's, and as root its data lies where that user
# can reach it. The folder carries a hash of the clone's path, so two clones never meet.
server_user=
if is_root; then
    server_user=$({ getent passwd postgres || getent passwd nobody || true; } | cut -d: -f1)
    [ -n "$server_user" ] || die "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it: make one (useradd --system postgres)"
fi
if [ -z "$dir" ]; then
    if is_root; then
        dir=/var/lib/avagar/$(basename "$root" | tr -c 'A-Za-z0-9._\n-' _)-$(printf %s "$root" | sha256sum | cut -c1-12)
    else
        dir=$state/postgresql
    fi
fi
dir=$(realpath -m -- "$dir")
data=$dir/data

# Runs a program as the server's user. In /, because the caller's folder may be closed to that user.
as_server() {
    if [ -z "$server_user" ]; then
        (cd / && LC_ALL=C "$@")
    else
        (cd / && LC_ALL=C HOME=/ exec setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups -- "$@")
    fi
}

# The server's process id, or nothing. A number left in postmaster.pid may be another process's by now: the server is
# the one that works in the data folder.
pid_of_server() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] &&
        [ "/proc/$pid/cwd" -ef "$data" ] && echo "$pid"
}
ready_or_gone() { ! pid_of_server >/dev/null || [[ $(sed -n 8p "$data/postmaster.pid" 2>/dev/null) == ready* ]]; }
running_port() { sed -n 4p "$data/postmaster.pid"; }
url() { echo "postgres://avagar:$(cat "$dir/password")@127.0.0.1:$1/avagar"; }

# Whether no process works in the data folder any more. (A zombie works nowhere.)
nobody_in_data() {
    local process
    for process in /proc/[0-9]*; do
        if [ "$process/cwd" -ef "$data" ]; then return 1; fi
    done
}

# wait_for CHECK SECONDS
wait_for() {
    local waited
    for ((waited = 0; waited < $2 * 20; waited++)); do
        if "$1"; then return 0; fi
        sleep 0.05
    done
    return 1
}

# After a server that was killed: its children see that within moments. And a postmaster.pid that by now names somebody
# else's process would keep the server from starting for ever.
clear_remains() {
    local pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
    wait_for nobody_in_data 30 || die "processes of a PostgreSQL that was killed still work in $data: end them and start again"
    if [ -d "/proc/$pid" ]; then rm -f "$data/postmaster.pid"; fi
}

initialize() {
    local fresh=$dir/fresh
    say "Making a database cluster in $dir …"
    rm -rf "$fresh"
    mkdir "$fresh"
    [ -s "$dir/password" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$dir/password")
    (umask 077 && cp "$dir/password" "$fresh/password")
    [ -z "$server_user" ] || chown -R "$server_user:" "$fresh"
    as_server "$bin/initdb" --pgdata="$fresh/data" --username=avagar --pwfile="$fresh/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C --data-checksums >"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; die "initdb failed in $dir"; }
    # shellcheck disable=SC2016 # that shell's own argument
    as_server sh -c 'printf "include_if_exists = '\''avagar.conf'\''\n" >>"$1/postgresql.conf"' sh "$fresh/data"
    as_server "$bin/postgres" --single -D "$fresh/data" postgres <<<'CREATE DATABASE avagar' >>"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; die "the database avagar could not be made in $dir"; }
    # Under its name only when it is whole.
    mv -T "$fresh/data" "$data"
    rm -rf "$fresh"
}

# configure PORT. Only TCP on the loopback: without a Unix socket there is none to protect and no path to keep short.
configure() {
    # shellcheck disable=SC2016 # that shell's own argument
    as_server sh -c 'umask 077; cat >"$1/avagar.conf"' sh "$data" <<EOF
# Written by scripts/postgres.sh at every start.
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = ''
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
EOF
}

prepare_folder() {
    case $dir in /var/lib/avagar/*) install -d -m 755 /var/lib/avagar ;; esac
    mkdir -p "$dir"
    if [ -n "$temporary" ] && [ ! -e "$dir/temporary" ]; then
        [ -z "$(ls -A "$dir")" ] || die "$dir is not empty, and --temporary would remove it in the end"
        : >"$dir/temporary"
    fi
    if [ -z "$server_user" ]; then
        chmod 700 "$dir"
    else
        chmod 711 "$dir"
        as_server test -x "$dir" ||
            die "the user $server_user, who runs PostgreSQL here because root can't, may not enter $dir: choose a folder that this user can reach, so none below a closed one such as /root"
    fi
}

start() {
    local pid chosen major trouble log=$data/server.log
    prepare_folder
    wait_for_lock "$dir/lock" "Another script is at work on this PostgreSQL; waiting for it …"
    # It may be on its way up, or down.
    wait_for ready_or_gone 60 || die "PostgreSQL in $dir is neither up nor down: see $log"
    if pid=$(pid_of_server); then
        [ "$port" = 0 ] || [ "$port" = "$(running_port)" ] ||
            die "PostgreSQL already runs on port $(running_port) (process $pid): stop it before it can take port $port"
        url "$(running_port)"
        return
    fi

    bin=$("$root/scripts/fetch-postgres.sh" 9>&-)
    [ -d "$data" ] || initialize 9>&-
    major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "$(cat "$data/PG_VERSION")" = "$major" ] ||
        die "the data in $data is of PostgreSQL $(cat "$data/PG_VERSION"), and the one in $bin is $major: carry it over with pg_upgrade, or move $dir away to begin anew"
    [ -s "$dir/password" ] || die "$dir/password is gone, and without it nobody gets in: restore it, or move $dir away to begin anew"
    clear_remains
    # Logs of starts long ago are worth nothing and grow for ever.
    if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 10000000 ]; then mv "$log" "$log.old"; fi

    chosen=$port
    [ "$chosen" != 0 ] || chosen=$(cat "$dir/port" 2>/dev/null || echo 0)
    for _ in 1 2 3 4 5; do
        if [ "$chosen" = 0 ]; then
            chosen=$(node "$root/scripts/port.mjs" free)
        elif ! trouble=$(node "$root/scripts/port.mjs" check "$chosen"); then
            [ "$port" = 0 ] || die "PostgreSQL can't start: $trouble"
            chosen=0
            continue
        fi
        configure "$chosen"
        if as_server "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$data" --log="$log" >/dev/null 2>&1 9>&-; then
            echo "$chosen" >"$dir/port"
            url "$chosen"
            return
        fi
        # Somebody took the port in between: another one will do, unless it was asked for.
        if [ "$port" != 0 ] || ! tail -n 20 "$log" | grep -q "Address already in use"; then break; fi
        chosen=0
    done
    tail -n 20 "$log" >&2
    die "PostgreSQL did not start; the lines above are the end of $log"
}

stop() {
    local pid
    [ -d "$dir" ] || return 0
    wait_for_lock "$dir/lock" "Another script is at work on this PostgreSQL; waiting for it …"
    pid=$(pid_of_server) || return 0
    # SIGINT ends its connections; SIGTERM would wait for the clients to leave.
    kill -INT "$pid"
    wait_for nobody_in_data 60 || {
        say "PostgreSQL did not stop within 60 s; stopping it without a checkpoint (it recovers at the next start)"
        kill -QUIT "$pid"
        wait_for nobody_in_data 30 || die "PostgreSQL (process $pid) does not stop"
    }
}

case $command in
    start) start ;;
    stop)
        stop
        if [ -e "$dir/temporary" ]; then rm -rf "$dir"; fi
        ;;
    restart)
        if pid_of_server >/dev/null && [ "$port" = 0 ]; then port=$(running_port); fi
        stop
        start
        ;;
    status)
        if pid=$(pid_of_server); then
            echo "PostgreSQL $(cat "$data/PG_VERSION") runs on port $(running_port) (process $pid, in $dir)"
        else
            echo "PostgreSQL does not run (in $dir)"
            exit 3
        fi
        ;;
    url)
        pid_of_server >/dev/null || die "PostgreSQL does not run: scripts/postgres.sh start"
        url "$(running_port)"
        ;;
    *) usage ;;
esac
