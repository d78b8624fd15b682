#!/usr/bin/env bash
# Checks this machine, and brings what is missing: as root on Debian or Ubuntu it installs packages; otherwise it says
# which command to run. Then libtorch and the embedded PostgreSQL.
set -euo pipefail
. "$(dirname "$0")/scripts/env.sh"
cd "$root"

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need cc build-essential
need pkg-config pkg-config
need curl curl
need git git
need setpriv util-linux
need python3 python3
need node nodejs
need npm npm
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
for package in "$@"; do need "$package" "$package"; done

if [ ${#missing[@]} -gt 0 ]; then
    install="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        die "missing: ${missing[*]} (Debian's names); install them and run this again"
    elif [ "$(id -u)" = 0 ]; then
        say "Installing ${missing[*]}…"
        bash -c "export DEBIAN_FRONTEND=noninteractive; $install" >&2
    else
        die "missing: ${missing[*]}. Run this, then ./setup.sh again:
  sudo sh -c '$install'"
    fi
fi
node_version=$(node --version)
[ "$(cut -d. -f1 <<<"${node_version#v}")" -ge 20 ] || die "node is $node_version, 20 or newer is needed"
command -v cargo >/dev/null || [ ! -f "$HOME/.cargo/env" ] || . "$HOME/.cargo/env"
command -v cargo >/dev/null ||
    die "Rust is missing: install rustup (https://rustup.rs); it then takes the version of rust-toolchain.toml by itself"
cargo --version >/dev/null || die "the Rust of rust-toolchain.toml is missing: run rustup toolchain install"

scripts/fetch-libtorch.sh
if [ -z "${DATABASE_URL:-}" ]; then
    unless_done postgres scripts/package-lock.json -- npm ci --prefix scripts --no-audit --no-fund --loglevel=error >&2
fi
