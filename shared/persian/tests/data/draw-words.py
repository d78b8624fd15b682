"""Draws the 200 words of words.tsv from the frequency list of the Python package wordfreq 3.1.1.

    python3 -m venv venv && venv/bin/pip install wordfreq==3.1.1
    venv/bin/python draw-words.py                     the drawn words, one a line
    venv/bin/python draw-words.py --check words.tsv   fails unless that file's first column holds these words in this order

The list is the package's "small" one for Persian; its data are licensed CC BY-SA 4.0 (Robyn Speer and the sources that she names).
"""

import hashlib
import re
import sys
import unicodedata

import wordfreq

SEED = 1405
WORDS_PER_STRATUM = 50
# Ranks in the list as the package orders it, before anything is left out of it.
STRATA = [(1, 500), (501, 2_000), (2_001, 5_000), (5_001, 10_000)]

# The same letters under code points that Persian doesn't use.
PERSIAN_LETTERS_OF_ARABIC = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})
LETTER = "[ءآأؤئۀابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]"
# A half-space (U+200C) may stand between two letters: it is part of how a word is written, as in «بچه‌ها».
WORD = re.compile(f"{LETTER}(?:\u200c?{LETTER})+")

# Drawn tokens that nobody could read aloud as a word, with the reason; the next one drawn from the same stratum takes their place.
SKIPPED: dict[str, str] = {}


def ranked_words():
    """Yields each distinct word with the first rank at which the list has it."""
    seen = set()
    buckets = wordfreq.get_frequency_list("fa", wordlist="small")
    tokens = (token for bucket in buckets for token in bucket)
    for rank, token in enumerate(tokens, start=1):
        word = unicodedata.normalize("NFC", token.translate(PERSIAN_LETTERS_OF_ARABIC))
        if WORD.fullmatch(word) and word not in seen:
            seen.add(word)
            yield rank, word


def draw_key(word):
    """Orders words as if shuffled. A hash is the same for every Python; a generator of random numbers need not be."""
    return hashlib.sha256(f"{SEED}:{word}".encode()).digest()


def drawn_words():
    ranked = list(ranked_words())
    drawn = []
    for first, last in STRATA:
        stratum = [word for rank, word in ranked if first <= rank <= last]
        readable = [word for word in sorted(stratum, key=draw_key) if word not in SKIPPED]
        drawn += readable[:WORDS_PER_STRATUM]
    return drawn


def check(path):
    """Returns what to complain about, or None."""
    with open(path, encoding="utf-8") as file:
        written = [line.rstrip("\n").split("\t")[0] for line in file]
    drawn = drawn_words()
    for line, (expected, got) in enumerate(zip(drawn, written), start=1):
        if expected != got:
            return f"{path}, line {line}: expected {expected}, got {got}"
    if len(drawn) != len(written):
        return f"{path}: expected {len(drawn)} words, got {len(written)}"
    return None


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            print("\n".join(drawn_words()))
        case ["--check", path]:
            sys.exit(check(path))
        case _:
            sys.exit("usage: draw-words.py [--check words.tsv]")
