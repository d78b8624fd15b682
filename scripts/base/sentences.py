#!/usr/bin/env python3
"""Prints sentences for the base's recordings: words of the lexicon in a Persian order, with their ezafe, that mean nothing.

    sentences.py COUNT SEED LEXICON.tsv …
"""

import random
import sys

FUNCTION_WORDS = "به از در با که و این آن را هم تا برای هر یک بر یا اگر چه اما".split()
VERBS = (
    "است بود شد کرد می‌کند می‌شود دارد داشت می‌رود رفت گفت می‌گوید می‌خواهد نیست نبود می‌داند دید می‌بیند آمد می‌آید کنند هستند بودند شدند دارند باشد "
    "باید شود رسید گرفت می‌گیرد داد می‌دهد نوشت خواند می‌خواند ماند می‌ماند نشست"
).split()
JOINTS = ["، ", "، ", " و ", " که "]
ENDS = ["."] * 8 + ["؟", "!"]
KASRA = "\u0650"
ZWNJ = "\u200c"
# Characters: sentences of two to eight seconds.
SHORTEST, LONGEST = 25, 130


def lexicon(paths):
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                word, *phonemes = line.rstrip("\n").split("\t")
                persian = all("\u0600" <= letter <= "\u06ff" or letter == ZWNJ for letter in word)
                if phonemes and not line.startswith("#") and len(word) >= 3 and persian:
                    yield word


def phrase(words):
    """One to three words, joined by the ezafe where it is heard as a mere vowel."""
    count = random.choice([1, 1, 2, 2, 3])
    for place in range(count):
        word = random.choice(words)
        joined = place < count - 1 and word[-1] not in "اوهی" + ZWNJ
        yield word + KASRA if joined else word


def clause(words):
    said = []
    for _ in range(random.randint(1, 3)):
        if random.random() < 0.55:
            said.append(random.choice(FUNCTION_WORDS))
        said.extend(phrase(words))
    return " ".join([*said, random.choice(VERBS)])


def main(count, seed, *paths):
    random.seed(int(seed))
    words = list(lexicon(paths))
    said = set()
    while len(said) < int(count):
        clauses = [clause(words) for _ in range(random.choice([1, 1, 1, 2, 2]))]
        sentence = random.choice(JOINTS).join(clauses) + random.choice(ENDS)
        if SHORTEST <= len(sentence) <= LONGEST and sentence not in said:
            said.add(sentence)
            print(sentence)


if __name__ == "__main__":
    main(*sys.argv[1:])
