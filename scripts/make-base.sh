#!/usr/bin/env bash
# Makes the voice that new trainings begin from, voices/tiny-fa: espeak-ng speaks 3,000 sentences by the phonemes that Avagar reads,
# ezafe included, and `tiny` is trained from them. With `many`, it is 5,000 sentences in 61 voices of espeak-ng and flite, which is
# not shipped yet (docs/training.md, «One voice or many»). Needs espeak-ng, with `many` flite and sox, the language files, and days of
# a processor's time.
#
#   scripts/make-base.sh recordings FOLDER [many]   the sentences and their recordings
#   scripts/make-base.sh train FOLDER STEPS [THREADS [BASE]]   trains from the newest checkpoint there is; if none, from the voice in
#                                                   the folder BASE, or from nothing
#   scripts/make-base.sh export FOLDER [SPEAKER]    writes the newest checkpoint to voices/tiny-fa; of many voices, this one alone
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"

usage() { sed -n '7,10s/^# *//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
cd "$root"

seed=17
# A variant of the voice of the sample dataset that isn't the sample's.
voice=fa+m3
# Words a minute, from one sentence to the next.
slowest=150 speeds=31 stride=7919

# needs PROGRAM…
needs() {
    local program
    for program in "$@"; do
        have "$program" || die "$program is missing (Debian: apt-get install $program)"
    done
}

# write_lines COUNT: so many sentences, with their phonemes.
write_lines() {
    python3 scripts/base/sentences.py "$1" "$seed" shared/persian/data/lexicon-[123].tsv >"$folder/sentences.txt"
    cargo run --quiet --release --locked -p persian --example espeak_input -- "$AVAGAR_LANGUAGE" \
        <"$folder/sentences.txt" >"$folder/lines.txt"
}

record_one() {
    needs espeak-ng
    mkdir -p "$folder/wavs"
    write_lines 3000
    local number=0 text phonemes input id
    while IFS='|' read -r text phonemes input; do
        number=$((number + 1))
        id=$(printf 'b-%05d' "$number")
        espeak-ng -v "$voice" -s $((slowest + number * stride % speeds)) -w "$folder/wavs/$id.wav" -- "$input"
        printf '%s|%s|%s\n' "$id" "$text" "$phonemes"
    done <"$folder/lines.txt" >"$folder/metadata.csv"
}

record_many() {
    needs espeak-ng flite sox
    mkdir -p "$folder"
    write_lines 5000
    python3 scripts/base/recordings.py "$folder/lines.txt" "$folder"
}

base() { cargo run --quiet --release --locked -p vits --example base -- "$@"; }

case $command in
    recordings)
        case ${1-} in
            '') record_one ;;
            many) record_many ;;
            *) usage ;;
        esac ;;
    train)
        [ $# -ge 1 ] || usage
        base train "$folder" "$folder/training" "$1" "${2:-1}" "${@:3}" ;;
    export)
        newest=$(find "$folder/training" -maxdepth 1 -name 'step-*' | sort | tail -n 1)
        [ -n "$newest" ] || die "there is no checkpoint in $folder/training"
        base export "$newest" voices/tiny-fa "$@" ;;
    *) usage ;;
esac
