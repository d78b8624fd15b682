#!/usr/bin/env bash
# Intelligibility of voices: a recognizer's character error rate on sentences that a voice synthesizes, beside that on espeak-ng's
# recordings of them, from which it was trained. See docs/training.md.
#
#   scripts/intelligibility.sh recordings FOLDER [MINUTES]   recordings.zip to train from, and held-out sentences
#   scripts/intelligibility.sh evaluate FOLDER MODEL…        character error rates, of voices' or checkpoints' folders
#   scripts/intelligibility.sh long FOLDER MODEL…            the same of a text of 2,000 characters, in one go and by its sentences
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '5,7s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
python="$("$root/scripts/recognizer-client.sh")/python"
case $command in
    recordings)
        have espeak-ng || die "espeak-ng is missing (Debian: apt-get install espeak-ng)"
        "$python" "$root/tests/intelligibility/recordings.py" "$folder" "$@" ;;
    evaluate | long)
        worker="$root/target/release/worker"
        [ -x "$worker" ] || die "the worker is not built: run ./start.sh once"
        script=evaluate.py
        [ "$command" = evaluate ] || script=long_text.py
        "$python" "$root/tests/intelligibility/$script" "$worker" "$folder/held-out" "$@" ;;
    *) usage ;;
esac
