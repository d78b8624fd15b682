#!/usr/bin/env bash
# Puts what the Persian front end learns from at $AVAGAR_LANGUAGE_SOURCE, out of the package named in language.txt; `pack-language`
# makes the files of it that programs load. An interrupted fetch goes on where it was; two at once wait for each other; what stands
# there is always whole. Python only fetches and unpacks: nothing needs it afterwards.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$root/scripts/env.sh"
. "$root/scripts/packages.sh"

is_there() { [ -e "$AVAGAR_LANGUAGE_SOURCE/lexicon.tsv" ]; }
is_there && exit 0
[ "$AVAGAR_LANGUAGE_SOURCE" = "$AVAGAR_CACHE/gruut-lang-fa-2.0.1" ] ||
    die "AVAGAR_LANGUAGE_SOURCE is set to $AVAGAR_LANGUAGE_SOURCE, and no lexicon.tsv is there: correct it, or unset it to have it fetched"

wait_for_lock "$AVAGAR_CACHE/language.lock" "Another setup is fetching the language files; waiting for it …"
is_there && exit 0

downloads="$AVAGAR_CACHE/downloads-language"
unpacked="$AVAGAR_LANGUAGE_SOURCE.unpacking"
mkdir -p "$downloads"
rm -rf "$unpacked"
free_kb=$(df -Pk "$AVAGAR_CACHE" | awk 'NR == 2 { print $4 }')
[ "$free_kb" -gt 250000 ] || die "the language files need 250 MB free in $AVAGAR_CACHE, and $((free_kb / 1024)) MB are: make room, or set AVAGAR_CACHE"
tools=$(mktemp -d)
trap 'rm -rf "$tools" "$unpacked"' EXIT

say "Fetching the Persian language files (22 MB, once) …"
fetch_packages "$downloads" "$root/scripts/language.txt" -- --no-deps --no-binary=:all:
python3 - "$downloads" "$unpacked" <<'PYTHON'
import contextlib, pathlib, shutil, sqlite3, sys, tarfile

downloads, target = map(pathlib.Path, sys.argv[1:])
[archive] = downloads.glob("gruut_lang_fa-*.tar.gz")
with tarfile.open(archive) as package:
    for name in ["pos/postagger.model", "lexicon.db"]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        folder = archive.name.removesuffix(".tar.gz")
        with package.extractfile(f"{folder}/gruut_lang_fa/{name}") as source, open(target / name, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
# A word and its phonemes a line: so nobody else needs SQLite.
with contextlib.closing(sqlite3.connect(target / "lexicon.db")) as database, open(target / "lexicon.tsv", "w") as lines:
    for row in database.execute("SELECT word, phonemes FROM word_phonemes ORDER BY id"):
        print(*row, sep="\t", file=lines)
(target / "lexicon.db").unlink()
PYTHON
# On disk before it has its name, so that a power cut can't leave half of it under that.
sync -f "$unpacked"
mv "$unpacked" "$AVAGAR_LANGUAGE_SOURCE"
rm -rf "$downloads"
