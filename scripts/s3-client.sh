#!/usr/bin/env bash
# Answers with the folder that holds a python with boto3, Amazon's own client of S3, in the version that s3-client.txt pins. A test
# holds its server and what is stored there against it; nothing else needs it.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
python_client s3-client boto3 "about 20 MB"
