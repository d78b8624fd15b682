#!/usr/bin/env bash
# Makes datasets/sample-fa again from its sentences: espeak-ng speaks them, FLAC keeps them whole. The same espeak-ng
# makes the same samples. Needs espeak-ng and flac.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --locked -p persian --example espeak_reading
reading=$PWD/${CARGO_TARGET_DIR:-target}/debug/examples/espeak_reading
cd datasets/sample-fa
export LC_ALL=C.UTF-8

die() { echo "error: $*" >&2; exit 1; }
for program in espeak-ng flac metaflac; do
    command -v "$program" >/dev/null || die "$program is missing (Debian: apt-get install espeak-ng flac)"
done

if grep -nP '[0-9A-Za-z۰-۹٠-٩|يك]' sentences.txt; then die "these sentences hold digits, Latin or Arabic letters, or a |"; fi
repeated=$(sort sentences.txt | uniq -d)
[ -z "$repeated" ] || die "said twice: $repeated"

rm -rf wavs metadata.csv
mkdir wavs
number=0
while IFS= read -r sentence; do
    number=$((number + 1))
    id=$(printf 'fa-%03d' "$number")
    espeak-ng -v fa -s 165 -w "wavs/$id.wav" -- "$sentence"
    flac --silent --best --delete-input-file "wavs/$id.wav"
    printf '%s|%s\n' "$id" "$sentence" >>metadata.csv
done <sentences.txt
"$reading" <sentences.txt | paste -d '|' metadata.csv - >metadata.csv.tmp
mv metadata.csv.tmp metadata.csv

total=0
for clip in wavs/*.flac; do
    flac --silent --test "$clip"
    format=$(metaflac --show-sample-rate --show-channels --show-bps "$clip" | xargs)
    [ "$format" = "22050 1 16" ] || die "$clip: expected 22050 Hz, 1 channel, 16 bits; got $format"
    samples=$(metaflac --show-total-samples "$clip")
    if [ "$samples" -lt $((22050 * 3 / 2)) ] || [ "$samples" -gt $((22050 * 8)) ]; then
        die "$clip: expected 1.5 to 8 s, got $samples samples at 22050 Hz"
    fi
    total=$((total + samples))
done
[ "$(du -sk wavs | cut -f1)" -lt 6000 ] || die "the clips take more than 6 MB"
echo "$number clips, $((total / 22050)) s, $(du -sk wavs | cut -f1) kB"
