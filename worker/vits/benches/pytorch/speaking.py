"""The peer of `speaking.rs`: a voice in transformers, as people speak with it: from_pretrained, eval(), no_grad(), noises as
the voice's configuration has them.

    speaking.py <folder of the voice> {"threads": 2}

Reads a list of token ids a line and writes a line of JSON: how long synthesis took, and how long the speech is, in seconds."""

import json
import sys
import time

import torch
from transformers import VitsModel

torch.set_num_threads(json.loads(sys.argv[2])["threads"])
torch.manual_seed(1)
model = VitsModel.from_pretrained(sys.argv[1]).eval()
print("ready", flush=True)
for line in sys.stdin:
    ids = torch.tensor([json.loads(line)])
    begun = time.perf_counter()
    with torch.no_grad():
        waveform = model(ids).waveform[0].numpy()
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "speech": len(waveform) / model.config.sampling_rate}), flush=True)
