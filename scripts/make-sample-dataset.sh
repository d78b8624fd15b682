#!/usr/bin/env bash
# Makes datasets/sample-fa again from its sentences: espeak-ng speaks them, FLAC keeps them. Needs espeak-ng and flac.
set -euo pipefail
cd "$(dirname "$0")/../datasets/sample-fa"

rm -rf wavs metadata.csv
mkdir wavs
number=0
while IFS= read -r sentence; do
    number=$((number + 1))
    id=$(printf 'fa-%03d' "$number")
    espeak-ng -v fa -s 165 -w "wavs/$id.wav" -- "$sentence"
    flac --silent --best --delete-input-file "wavs/$id.wav"
    printf '%s|%s|%s\n' "$id" "$sentence" "$sentence" >>metadata.csv
done <sentences.txt

samples=0
for clip in wavs/*.flac; do
    [ "$(metaflac --show-sample-rate "$clip")" = 22050 ] || { echo "$clip is not at 22050 Hz" >&2; exit 1; }
    samples=$((samples + $(metaflac --show-total-samples "$clip")))
done
echo "$number clips, $((samples / 22050)) s, $(du -sk wavs | cut -f1) kB"
