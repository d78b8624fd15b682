"""Speaks for transformers: takes a request a line, answers a line. Everything is done in one process, for importing
transformers takes longer than all the rest."""

import contextlib
import io
import json
import logging
import pathlib
import random
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import VitsConfig, VitsModel, VitsTokenizer
from transformers.utils import logging as transformers_logging

torch.set_num_threads(1)
transformers_logging.disable_progress_bar()


def configuration(number):
    """The number-th random configuration: small, and each unlike the others."""
    pick = random.Random(number).choice
    heads = pick([1, 2, 4])
    stages = pick([2, 3])
    rates = [pick([2, 3, 4, 5, 8]) for _ in range(stages)]
    blocks = pick([1, 2, 3])
    speakers = 3 if number % 2 else 1
    return VitsConfig(
        vocab_size=pick([11, 30]),
        hidden_size=heads * pick([8, 12]),
        num_attention_heads=heads,
        num_hidden_layers=pick([1, 2, 3]),
        window_size=pick([1, 3, 4, 6]),
        use_bias=pick([True, True, False]),
        ffn_dim=pick([16, 40]),
        ffn_kernel_size=pick([1, 2, 3, 5]),
        hidden_act=pick(["relu", "gelu", "silu", "tanh"]),
        flow_size=pick([8, 12, 16]),
        spectrogram_bins=pick([9, 33, 513]),
        use_stochastic_duration_prediction=number % 4 < 2,
        num_speakers=speakers,
        speaker_embedding_size=pick([4, 7]) if speakers > 1 else 0,
        prior_encoder_num_flows=pick([1, 2, 4]),
        prior_encoder_num_wavenet_layers=pick([1, 2, 4]),
        posterior_encoder_num_wavenet_layers=pick([1, 3]),
        wavenet_kernel_size=pick([3, 5]),
        wavenet_dilation_rate=pick([1, 2, 3]),
        duration_predictor_kernel_size=pick([3, 5]),
        duration_predictor_filter_channels=pick([8, 20]),
        duration_predictor_num_flows=pick([1, 2, 4]),
        duration_predictor_flow_bins=pick([4, 10]),
        duration_predictor_tail_bound=pick([3.0, 5.0]),
        depth_separable_num_layers=pick([1, 2, 3]),
        upsample_initial_channel=pick([16, 36]),
        upsample_rates=rates,
        # Some are longer than what they are meant for by an odd number, which makes a sample more.
        upsample_kernel_sizes=[rate + pick([0, 1, 2, rate]) for rate in rates],
        resblock_kernel_sizes=[pick([1, 3, 5, 7]) for _ in range(blocks)],
        resblock_dilation_sizes=[[pick([1, 2, 3, 5]) for _ in range(pick([1, 2, 3]))] for _ in range(blocks)],
        leaky_relu_slope=pick([0.1, 0.2]),
        layer_norm_eps=pick([1e-5, 1e-3]),
        speaking_rate=pick([1.0, 0.8, 1.3]),
        sampling_rate=pick([16000, 22050]),
    )


def perturb(model):
    """Makes all weights matter: some begin at zero. Weights stay so small that durations do, too."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("original0"):
                parameter.mul_(1 + 0.2 * torch.rand(parameter.shape, generator=generator))
            else:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))


def turn_to_speaking_volume(model, ids, speaker):
    """Near full scale tanh makes all alike, and in silence differences are small, too."""
    for _ in range(100):
        loudest = np.abs(np.frombuffer(waveform(model, ids, speaker), "<f4")).max()
        if 0.1 < loudest < 0.9:
            return
        with torch.no_grad():
            model.decoder.conv_post.weight.mul_(2.0 if loudest < 0.1 else 0.5)
    raise ValueError(f"the loudest sample stays {loudest}")


def old_names(name):
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        name = name.replace("parametrizations.weight." + new, old)
    return name


def waveform(model, ids, speaker):
    model.eval()
    model.noise_scale = model.noise_scale_duration = 0.0
    with torch.no_grad():
        said = model(torch.tensor([ids]), speaker_id=speaker).waveform[0]
    return said.numpy().astype("<f4").tobytes()


def make(number, folder):
    """Writes a random voice, and what it says."""
    torch.manual_seed(number)
    config = configuration(number)
    model = VitsModel(config)
    perturb(model)
    pick = random.Random(number)
    ids = [pick.randrange(config.vocab_size) for _ in range(pick.choice([2, 9, 30, 60]))]
    speaker = pick.randrange(3) if config.num_speakers > 1 else None
    turn_to_speaking_volume(model, ids, speaker)
    folder = pathlib.Path(folder)
    folder.mkdir()
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if number % 3 == 0:
        weights = {old_names(name): tensor for name, tensor in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config.save_pretrained(folder)
    (folder / "expected.f32").write_bytes(waveform(model, ids, speaker))
    return {"ids": ids, "speaker": speaker, "config": config.to_diff_dict()}


def speak(folder, ids, out):
    """Loads a voice as anybody would, and says the ids; answers what was found amiss while loading."""
    warned = io.StringIO()
    handler = logging.StreamHandler(warned)
    transformers_logging.get_logger().addHandler(handler)
    with contextlib.redirect_stderr(warned):
        model, amiss = VitsModel.from_pretrained(folder, output_loading_info=True)
    transformers_logging.get_logger().removeHandler(handler)
    pathlib.Path(out).write_bytes(waveform(model, ids, None))
    return {"amiss": {what: sorted(map(str, found)) for what, found in amiss.items() if found}, "warned": warned.getvalue()}


def tokenize(folder, text):
    return VitsTokenizer.from_pretrained(folder)(text).input_ids


calls = {"make": make, "speak": speak, "tokenize": tokenize}
print("ready", flush=True)
for line in sys.stdin:
    request = json.loads(line)
    answer = calls[request.pop("call")](**request)
    print(json.dumps(answer), flush=True)
