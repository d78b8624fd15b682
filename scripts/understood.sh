#!/usr/bin/env bash
# How well a voice is understood, by the same sentences said by its teacher, espeak-ng, and by a recognizer: see
# docs/training.md.
#
#   scripts/understood.sh recordings FOLDER [MINUTES]   recordings.zip to train from, and held-out sentences
#   scripts/understood.sh judge FOLDER MODEL…           character error rates, of voices' or checkpoints' folders
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '5,6s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
what=$1 folder=$2
shift 2
python="$("$root/scripts/recognizer-client.sh")/python"
case $what in
    recordings)
        have espeak-ng || die "espeak-ng is missing (Debian: apt-get install espeak-ng)"
        "$python" "$root/tests/understood/recordings.py" "$folder" "$@" ;;
    judge)
        worker="$root/target/release/worker"
        [ -x "$worker" ] || die "the worker is not built: run ./start.sh once"
        "$python" "$root/tests/understood/judge.py" "$worker" "$folder/held-out" "$@" ;;
    *) usage ;;
esac
