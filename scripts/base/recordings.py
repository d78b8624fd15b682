"""Speaks sentences in many voices, each sentence in one of them: espeak-ng's own, and flite's, which were made from recordings of four
people; at several pitches, formants and bandwidths.

    recordings.py <lines> <folder>

A line of <lines> is `text|phonemes|input of espeak-ng`, as the example espeak_input of the crate persian writes it. Writes `wavs/` and
`metadata.csv`: `id|text|phonemes|speaker`."""

import pathlib
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

SEED = 17
SAMPLE_RATE = 22_050
FIRST = "m3"
"""The voice that the base speaks with itself; it isn't the sample dataset's."""
VARIANTS = (
    "m1 m2 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 klatt4 klatt5 Alex Andy Annie Diogo Gene Hugo Jacky Lee Mario Michael Mr "
    "Nguyen RicishayMax Storm adam anika antonio aunty belinda benjamin boris caleb david ed edward gustave john linda marcelo max michel"
).split()
"""Of espeak-ng's voices."""
PEOPLE = "kal16 awb rms slt".split()
"""Of flite's voices."""
FORMANTS = [0.86, 0.93, 1.0, 1.08, 1.16]
"""How many times as high formants and pitch are made by playing faster."""
NARROW_BAND = 7_600
"""Hertz: of recordings at 16 kHz."""
SHARE_OF_FIRST, SHARE_OF_VARIANTS = 0.18, 0.52
WORDS_A_MINUTE = (150, 180)
STRETCH = (0.95, 1.15)
"""Of flite's durations."""
FLITE = {
    "ɑ": "aa", "a": "ae", "e": "eh", "o": "ao", "i": "iy", "u": "uw", "ʧ": "ch", "ʤ": "jh", "ʃ": "sh", "ʒ": "zh", "q": "g", "x": "hh",
    "ɡ": "g", "r": "r", "w": "w", "j": "y", "h": "hh", "b": "b", "p": "p", "t": "t", "d": "d", "k": "k", "f": "f", "v": "v", "s": "s",
    "z": "z", "m": "m", "n": "n", "l": "l", "ʔ": None, " ": None,
}  # fmt: skip
"""Its American English phones that come nearest; what isn't here is a pause."""
PAUSE = "pau"


@dataclass(frozen=True)
class Voice:
    speaker: str
    variant: str
    formants: float
    pitch: int | None = None
    """Of espeak-ng; flite's voices have none."""
    band: int | None = None


def voices():
    first = Voice(FIRST, FIRST, 1.0, pitch=50)
    variants = [
        Voice(f"e-{name}", name, FORMANTS[number * 3 % 5], 25 + number * 37 % 50, None if number % 3 else NARROW_BAND)
        for number, name in enumerate(VARIANTS)
    ]
    people = [Voice(f"f-{name}-{scale}", name, scale) for name in PEOPLE for scale in (0.9, 1.0, 1.12)]
    return first, variants, people


def phones(phonemes):
    """As flite takes them."""
    found = [PAUSE]
    for phoneme in phonemes:
        phone = FLITE.get(phoneme, PAUSE)
        if phone and not (phone == PAUSE == found[-1]):
            found.append(phone)
    if found[-1] != PAUSE:
        found.append(PAUSE)
    return " ".join(found)


def spoken(voice, phonemes, mnemonics, words_a_minute, stretch, path):
    """The voice's program says it. What is played faster afterwards is said that much slower."""
    if voice.pitch is None:
        speed = f"duration_stretch={stretch * voice.formants}"
        return ["flite", "-voice", voice.variant, "-p", phones(phonemes), "--setf", speed, "-o", path]
    speed = str(int(words_a_minute / voice.formants))
    return ["espeak-ng", "-v", f"fa+{voice.variant}", "-s", speed, "-p", str(voice.pitch), "-w", path, "--", mnemonics]


def effects(voice):
    """Of sox."""
    found = ["speed", str(voice.formants)] if voice.formants != 1 else []
    found += ["rate", "-m", str(SAMPLE_RATE)]
    if voice.band:
        found += ["sinc", f"-{voice.band}"]
    found += ["norm", "-3"]
    if voice.pitch is None:
        silence = ["silence", "1", "0.02", "0.1%", "reverse"]
        found += [*silence, *silence, "pad", "0.05", "0.05"]
    return found


def main(lines, folder):
    wavs = pathlib.Path(folder, "wavs")
    wavs.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)
    first, variants, people = voices()
    jobs = []
    for number, line in enumerate(pathlib.Path(lines).read_text(encoding="utf-8").splitlines()):
        share = chance.random()
        if share < SHARE_OF_FIRST:
            voice = first
        else:
            voice = chance.choice(variants if share < SHARE_OF_FIRST + SHARE_OF_VARIANTS else people)
        jobs.append((f"b-{number:05}", line, voice, chance.uniform(*WORDS_A_MINUTE), chance.uniform(*STRETCH)))

    def record(job):
        name, line, voice, words_a_minute, stretch = job
        text, phonemes, mnemonics = line.split("|")
        raw, wav = wavs / f"{name}.raw.wav", wavs / f"{name}.wav"
        command = spoken(voice, phonemes, mnemonics, words_a_minute, stretch, raw)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["sox", raw, "-b", "16", "-c", "1", wav, *effects(voice)], check=True)
        raw.unlink()
        return f"{name}|{text}|{phonemes}|{voice.speaker}\n"

    with ThreadPoolExecutor() as pool:
        rows = list(pool.map(record, jobs))
    pathlib.Path(folder, "metadata.csv").write_text("".join(rows), encoding="utf-8")


main(*sys.argv[1:])
