#!/usr/bin/env bash
# Makes the voice that new trainings begin from, voices/tiny-fa: 5,000 sentences, by the phonemes that Avagar reads, ezafe included, are
# spoken in 61 voices by espeak-ng and flite, and `tiny` is trained from them. Needs these two and sox, the language files, and days
# of a processor's time.
#
#   scripts/make-base.sh recordings FOLDER      the sentences and their recordings
#   scripts/make-base.sh train FOLDER STEPS [THREADS [BASE]]   trains from the newest checkpoint there is; if none, from the voice
#                                               in the folder BASE, or from nothing
#   scripts/make-base.sh export FOLDER          writes the newest checkpoint to voices/tiny-fa, as a voice of its first speaker
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '6,9s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
cd "$root"

sentences=5000 seed=17
speaker=m3

recordings() {
    local program
    for program in espeak-ng flite sox; do
        have "$program" || die "$program is missing (Debian: apt-get install $program)"
    done
    mkdir -p "$folder"
    python3 scripts/base/sentences.py "$sentences" "$seed" shared/persian/data/lexicon-[123].tsv >"$folder/sentences.txt"
    cargo run --quiet --release --locked -p persian --example espeak_input -- "$AVAGAR_LANGUAGE" \
        <"$folder/sentences.txt" >"$folder/lines.txt"
    python3 scripts/base/recordings.py "$folder/lines.txt" "$folder"
}

base() { cargo run --quiet --release --locked -p vits --example base -- "$@"; }

case $command in
    recordings) recordings ;;
    train)
        [ $# -ge 1 ] || usage
        base train "$folder" "$folder/training" "$1" "${2:-1}" "${@:3}" ;;
    export)
        newest=$(find "$folder/training" -maxdepth 1 -name 'step-*' | sort | tail -n 1)
        [ -n "$newest" ] || die "there is no checkpoint in $folder/training"
        base export "$newest" voices/tiny-fa "$speaker" ;;
    *) usage ;;
esac
