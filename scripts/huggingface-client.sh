#!/usr/bin/env bash
# Answers with the folder that holds python and hf of the Hub's own Python client, in the version that
# huggingface-client.txt pins. The tests hold our Hub client and its cache against it; nothing else needs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
python_client huggingface-client huggingface_hub "about 7 MB"
