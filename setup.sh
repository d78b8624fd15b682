#!/usr/bin/env bash
# Checks this machine and brings what Avagar needs to be built and run: Debian packages (as root; else it says which),
# libtorch, the Persian language files and PostgreSQL. Again: a second. Names of further Debian packages may follow.
set -euo pipefail
. "$(dirname "$0")/scripts/common.sh"
. "$root/scripts/env.sh"
cd "$root"

missing=()
need() { have "$1" || missing+=("$2"); }
need c++ build-essential
need pkg-config pkg-config
need curl curl
need git git
need flock util-linux
need setpriv util-linux
need node nodejs
need npm npm
[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki/tls/certs ] || missing+=(ca-certificates)
# Python only fetches and unpacks libtorch.
if [ ! -e "$LIBTORCH/lib/libtorch_cpu.so" ]; then
    need python3 python3
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
fi
# Rust comes with rustup, which Debian has from version 13 on.
if ! have cargo && have apt-cache && is_root; then
    apt-get -qq update >&2
    if apt-cache show rustup >/dev/null 2>&1; then missing+=(rustup); fi
fi
for package in "$@"; do need "$package" "$package"; done

if [ ${#missing[@]} -gt 0 ]; then
    install="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    have apt-get || die "missing here: ${missing[*]} (by their names in Debian). Install them and run this again"
    is_root || die "missing here: ${missing[*]}. Run this, and then this script again:
  sudo sh -c '$install'"
    say "Installing ${missing[*]} …"
    DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2
fi

node=$(node --version)
major=${node#v} major=${major%%.*}
[ "$major" -ge 20 ] || die "node is $node, and 20 or newer is needed: install a newer one and put it first in PATH"

wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
have cargo || die "Rust $wanted is needed, and cargo is not in PATH: install rustup (a package of most distributions); it brings the version of rust-toolchain.toml by itself"
if ! found=$(rustc --version 2>/dev/null); then
    have rustup || die "rustc does not run: reinstall Rust $wanted"
    say "Installing Rust $wanted …"
    rustup toolchain install "$wanted" --profile minimal --component clippy,rustfmt >&2 ||
        die "Rust $wanted could not be installed: see above, or run rustup toolchain install $wanted"
    found=$(rustc --version)
fi
found=${found#rustc } found=${found%%[ -]*}
[ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    die "Rust is $found, and $wanted or newer is needed: update it, or install rustup"

scripts/fetch-libtorch.sh
scripts/fetch-language.sh ||
    say "The Persian language files are missing: until ./setup.sh brings them, text is read by characters only"
if [ -z "${DATABASE_URL:-}" ]; then scripts/fetch-postgres.sh >/dev/null; fi
