#!/usr/bin/env bash
# Prints the folder of a python with a recognizer of Persian speech, in the versions that recognizer-client.txt pins, which is installed
# where it isn't yet. From the next ./start.sh on, workers evaluate voices with it, too; nothing needs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
programs=$(python_client recognizer-client faster-whisper "about 250 MB")
# Where env.sh finds it.
ln -sfn "$(dirname "$programs")" "$AVAGAR_CACHE/recognizer"
echo "$programs"
