#!/usr/bin/env bash
# Answers with the folder that holds a python which reads TensorBoard's event files as TensorBoard does, in the version
# that tensorboard-client.txt pins. The tests read with it what trainings write; nothing else needs it, and it can't serve
# TensorBoard's page.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

install_client() { pip_of_client install --no-deps --require-hashes --only-binary=:all: -r "$list"; }
python_client tensorboard-client tensorboard "about 25 MB"
