#!/usr/bin/env bash
# Makes the voice that new trainings begin from, voices/tiny-fa: espeak-ng speaks 3,000 sentences by the phonemes that Avagar
# reads, ezafe included, and `tiny` is trained from them. Needs espeak-ng, the language files, and days of a processor's time.
#
#   scripts/make-base.sh recordings FOLDER      the sentences and their recordings
#   scripts/make-base.sh train FOLDER STEPS [THREADS]     trains, from the newest checkpoint there is
#   scripts/make-base.sh export FOLDER          writes the newest checkpoint to voices/tiny-fa
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '5,7s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
cd "$root"

sentences=3000 seed=17
# A variant of the voice of the sample dataset that isn't the sample's.
voice=fa+m3
# Words a minute, from one sentence to the next.
slowest=150 speeds=31 stride=7919

recordings() {
    have espeak-ng || die "espeak-ng is missing (Debian: apt-get install espeak-ng)"
    mkdir -p "$folder/wavs"
    python3 scripts/base/sentences.py "$sentences" "$seed" shared/persian/data/lexicon-[123].tsv >"$folder/sentences.txt"
    cargo run --quiet --release --locked -p persian --example espeak_input -- "$AVAGAR_LANGUAGE" \
        <"$folder/sentences.txt" >"$folder/lines.txt"
    local number=0 text phonemes input id
    while IFS='|' read -r text phonemes input; do
        number=$((number + 1))
        id=$(printf 'b-%05d' "$number")
        espeak-ng -v "$voice" -s $((slowest + number * stride % speeds)) -w "$folder/wavs/$id.wav" -- "$input"
        printf '%s|%s|%s\n' "$id" "$text" "$phonemes"
    done <"$folder/lines.txt" >"$folder/metadata.csv"
}

base() { cargo run --quiet --release --locked -p vits --example base -- "$@"; }

case $command in
    recordings) recordings ;;
    train)
        [ $# -ge 1 ] || usage
        base train "$folder" "$folder/training" "$1" "${2:-1}" ;;
    export)
        newest=$(find "$folder/training" -maxdepth 1 -name 'step-*' | sort | tail -n 1)
        [ -n "$newest" ] || die "there is no checkpoint in $folder/training"
        base export "$newest" voices/tiny-fa ;;
    *) usage ;;
esac
