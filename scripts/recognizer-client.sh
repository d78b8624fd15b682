#!/usr/bin/env bash
# Prints the folder of a python with a recognizer of Persian speech, in the versions that recognizer-client.txt pins.
# scripts/intelligibility.sh evaluates voices with it; nothing else needs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
python_client recognizer-client faster-whisper "about 250 MB"
