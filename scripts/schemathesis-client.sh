#!/usr/bin/env bash
# Answers with the folder that holds schemathesis, in the version that schemathesis-client.txt pins. A test holds the API
# against its description with it; nothing else needs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
python_client schemathesis-client schemathesis "about 90 MB"
