#!/usr/bin/env bash
# Intelligibility of voices: a recognizer's character error rate on sentences that a voice synthesizes, beside that on espeak-ng's
# recordings of them, from which it was trained. See docs/training.md.
#
#   scripts/intelligibility.sh recordings FOLDER [MINUTES]   recordings.zip to train from, and held-out sentences
#   scripts/intelligibility.sh evaluate FOLDER MODEL…        character error rates, of voices' or checkpoints' folders
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '5,6s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
python="$("$root/scripts/recognizer-client.sh")/python"
case $command in
    recordings)
        have espeak-ng || die "espeak-ng is missing (Debian: apt-get install espeak-ng)"
        "$python" "$root/tests/intelligibility/recordings.py" "$folder" "$@" ;;
    evaluate)
        worker="$root/target/release/worker"
        [ -x "$worker" ] || die "the worker is not built: run ./start.sh once"
        "$python" "$root/tests/intelligibility/evaluate.py" "$worker" "$folder/held-out" "$@" ;;
    *) usage ;;
esac
