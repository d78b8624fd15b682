"""Whether a long text is said as well as its sentences: the character error rate (CER) of whisper-base on a text of 2,000 characters that
a voice says in one go, beside that on the same sentences said one by one and put together with silence between them.

    long_text.py <worker> <held-out folder> <model folder>..."""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from faster_whisper import decode_audio

from evaluate import Evaluator, edits, letters, whisper

CHARACTERS = 2_000
PAUSE_SECONDS = 0.3
SAMPLE_RATE = 16_000
"""Of what the recognizer takes."""
WINDOW_TOKENS = 400
"""Of half a minute of speech, which the recognizer takes at a time."""


def text_of(sentences):
    """As many of them as it takes, each ended by a full stop."""
    taken = []
    while len(" ".join(taken)) < CHARACTERS:
        taken.append(sentences[len(taken) % len(sentences)].rstrip(".؟! ") + ".")
    return taken


def put_together(recordings):
    silence = np.zeros(int(PAUSE_SECONDS * SAMPLE_RATE), np.float32)
    return np.concatenate([part for recording in recordings for part in (recording, silence)])


def main(worker, held_out, *models):
    with tempfile.TemporaryDirectory() as folder:
        model = whisper(pathlib.Path(folder), compute_type="float32", cpu_threads=2)
        evaluator = Evaluator(pathlib.Path(held_out), model)
    sentences = text_of([sentence for _, sentence in evaluator.sentences])
    text = " ".join(sentences)
    reference = letters(text)

    def speak(model, said):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "said.wav"
            subprocess.run([worker, "speak", "--model", model, "--text", said, "--out", path], check=True)
            return decode_audio(str(path), SAMPLE_RATE)

    def error(samples):
        return edits(reference, evaluator.recognize(samples, WINDOW_TOKENS)) / len(reference)

    print(f"{len(text)} characters, {len(sentences)} sentences")
    for model in models:
        whole = error(speak(model, text))
        apart = error(put_together([speak(model, said) for said in sentences]))
        print(f"{model}\tin one go {whole:.3f}\tsentence by sentence {apart:.3f}", flush=True)


main(*sys.argv[1:])
