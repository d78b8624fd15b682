#!/usr/bin/env bash
# Answers with the folder that holds python and hf of the Hub's own Python client, in the version that
# huggingface-client.txt pins. The tests hold our Hub client and its cache against it; nothing else needs it. Installed
# at the first call; two at once wait for each other; what stands at $installed is always whole.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

list="$root/scripts/huggingface-client.txt"
version=$(sed -n 's/^huggingface_hub==\([^ ]*\).*/\1/p' "$list")
command="sudo apt-get install python3-venv"
! is_root || command=${command#sudo }
python=$(python3 -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    die "the Hub's own Python client needs Python with venv, and here is none: run $command"
# By all that makes it what it is: a newer Python or another list gets a folder of its own.
installed="$AVAGAR_CACHE/huggingface-client-$version-python$python-$(sha256sum <"$list" | cut -c 1-8)"

is_there() { [ -x "$installed/bin/hf" ] && "$installed/bin/python" -c '' 2>/dev/null; }

if ! is_there; then
    wait_for_lock "$AVAGAR_CACHE/huggingface-client.lock" "Another test is installing the Hub's Python client; waiting for it …"
    if ! is_there; then
        say "Installing the Hub's Python client $version (about 7 MB, once) …"
        unpacked="$installed.unpacking" log="$AVAGAR_CACHE/huggingface-client.log"
        trap 'rm -rf "$unpacked"' EXIT
        rm -rf "$unpacked" "$installed"
        {
            python3 -m venv "$unpacked" &&
                "$unpacked/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes \
                    --only-binary=:all: -r "$list"
        } >"$log" 2>&1 || {
            cat "$log" >&2
            die "pip could not install huggingface_hub $version: is the Python package index reachable from here? Then run this again"
        }
        # Its programs name the folder they were made in.
        grep -rlIF "$unpacked" "$unpacked/bin" "$unpacked/pyvenv.cfg" | xargs -d '\n' sed -i "s|$unpacked|$installed|g"
        # On disk before it has its name, so that a power cut cannot leave half of it under that.
        sync -f "$unpacked"
        mv "$unpacked" "$installed"
        rm -f "$log"
    fi
fi
echo "$installed/bin"
