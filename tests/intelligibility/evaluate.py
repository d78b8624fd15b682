"""Intelligibility: the character error rate (CER) of whisper-base on held-out sentences that a voice synthesizes, and its ratio to
that on the recordings of them.

    evaluate.py <worker> <held-out folder> <model folder>...

A model is a voice's folder or a checkpoint's. Prints a line for each: CER, ratio, and the ratio's 95 % interval by a bootstrap over the
sentences; then the same three where no sentence has more wrong letters than it has letters, for where the recognizer understands
nothing it may say one syllable a hundred times. Before them come those of the recordings, and of recordings against another
sentence, which is chance."""

import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "worker/src"))
from recognizer import transcribe, whisper  # noqa: E402


RESAMPLES = 2_000
"""Of the bootstrap."""


def letters(text):
    """Without what is not pronounced: diacritics, punctuation, and how words are joined."""
    text = unicodedata.normalize("NFKC", text).translate(str.maketrans("يكأ\u200c", "یکا "))
    text = re.sub("[\u064b-\u0652\u0640]|[^\\w ]", "", text)
    return " ".join(text.split())


def edits(one, other):
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row = row, [i]
        for j, right in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right)))
    return row[-1]


class Evaluator:
    def __init__(self, held_out, model):
        lines = held_out.joinpath("metadata.csv").read_text(encoding="utf-8").splitlines()
        self.held_out = held_out
        self.sentences = [line.split("|")[:2] for line in lines]
        self.model = model

    def transcribe(self, folder):
        return [self.recognize(str(folder / f"{name}.wav")) for name, _ in self.sentences]

    def recognize(self, audio, max_new_tokens=120):
        """Of a file's path, or of samples at 16 kHz."""
        return letters(transcribe(self.model, audio, beam_size=5, max_new_tokens=max_new_tokens))

    def references(self):
        return [letters(sentence) for _, sentence in self.sentences]

    def wrong_letters(self, transcripts):
        """Of each sentence."""
        return [edits(sentence, text) for sentence, text in zip(self.references(), transcripts)]

    def capped(self, wrong):
        """At most all letters of each sentence."""
        return [min(count, len(sentence)) for count, sentence in zip(wrong, self.references())]

    def synthesize(self, worker, model, folder):
        for name, sentence in self.sentences:
            subprocess.run(
                [worker, "speak", "--model", model, "--text", sentence, "--out", folder / f"{name}.wav"], check=True
            )


def interval(wrong, recordings):
    """Where 95 % of the ratios lie, over sentences drawn anew."""
    chance = random.Random(1)
    ratios = []
    for _ in range(RESAMPLES):
        drawn = chance.choices(range(len(wrong)), k=len(wrong))
        ratios.append(sum(wrong[n] for n in drawn) / max(sum(recordings[n] for n in drawn), 1))
    ratios.sort()
    return ratios[RESAMPLES // 40], ratios[-RESAMPLES // 40]


def main(worker, held_out, *models):
    with tempfile.TemporaryDirectory() as folder:
        model = whisper(pathlib.Path(folder), compute_type="float32", cpu_threads=2)
    evaluator = Evaluator(pathlib.Path(held_out), model)
    count = sum(map(len, evaluator.references()))
    transcripts = evaluator.transcribe(evaluator.held_out / "wavs")
    recordings = evaluator.wrong_letters(transcripts)

    def figures(wrong, beside):
        low, high = interval(wrong, beside)
        return f"{sum(wrong) / count:.3f}\t{sum(wrong) / sum(beside):.2f}\t{low:.2f} to {high:.2f}"

    def tell(name, wrong):
        capped = figures(evaluator.capped(wrong), evaluator.capped(recordings))
        print(f"{name}\t{figures(wrong, recordings)}\t{capped}", flush=True)

    tell("recordings", recordings)
    tell("of another sentence", evaluator.wrong_letters(transcripts[1:] + transcripts[:1]))
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            evaluator.synthesize(worker, model, pathlib.Path(folder))
            tell(model, evaluator.wrong_letters(evaluator.transcribe(pathlib.Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
