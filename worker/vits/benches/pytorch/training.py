"""The peer of `training.rs`: the same training in eager PyTorch, as people write it. Modules of torch.nn and transformers,
weight norm by parametrizations, torch.optim.AdamW, backward() into .grad, monotonic alignment search in numpy, one frame
of all clips and tokens at once. In the generator's step, backward() also gives the discriminators gradients that nobody
uses, as in jaywalnut310/vits and ylacombe/finetune-hf-vits; with `frozen`, it doesn't. With `bf16`, the networks are under
torch.autocast, but for durations, as there; the losses aren't.

Its batch is made beforehand, spectrograms and all. Weights are those of a checkpoint of ours, loaded strictly: it is the
same network, or it doesn't start.

    training.py <folder of the checkpoint> <settings, as the parameters of Training, in JSON>

Reads a number of steps a line and writes a line of JSON: the seconds of each step, those of its alignment search, and the
last losses."""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import l1_loss, leaky_relu, pad
from torch.nn.utils import get_total_norm
from torch.nn.utils.parametrizations import weight_norm
from transformers import VitsConfig, VitsModel
from transformers.audio_utils import mel_filter_bank

FFT, HOP, SEGMENT = 1024, 256, 8192


def slices(tensor, starts, length):
    return torch.stack([item[:, start : start + length] for item, start in zip(tensor, starts)])


class Spectrograms(nn.Module):
    def __init__(self, rate):
        super().__init__()
        bands = mel_filter_bank(FFT // 2 + 1, 80, 0, rate / 2, rate, norm="slaney", mel_scale="slaney")
        self.register_buffer("bands", torch.from_numpy(bands.T).float())
        self.register_buffer("window", torch.hann_window(FFT))

    def linear(self, waveform):
        around = (FFT - HOP) // 2
        padded = pad(waveform.unsqueeze(1), (around, around), mode="reflect").squeeze(1)
        spectrum = torch.view_as_real(torch.stft(padded, FFT, HOP, window=self.window, center=False, return_complex=True))
        return torch.sqrt(spectrum.pow(2).sum(-1) + 1e-6)

    def log_mel(self, linear):
        return torch.log(torch.clamp(self.bands @ linear, min=1e-5))


class ScaleDiscriminator(nn.Module):
    LAYERS = [(16, 15, 1), (64, 41, 4), (256, 41, 4), (1024, 41, 4), (1024, 41, 4), (1024, 5, 1)]

    def __init__(self, divisor):
        super().__init__()
        self.convs, channels = nn.ModuleList(), 1
        for output, kernel, stride in self.LAYERS:
            output = max(output // divisor, 1)
            groups = max(channels // 4, 1) if stride > 1 else 1
            convolution = nn.Conv1d(channels, output, kernel, stride, kernel // 2, groups=groups)
            self.convs.append(weight_norm(convolution))
            channels = output
        self.conv_post = weight_norm(nn.Conv1d(channels, 1, 3, 1, 1))

    def forward(self, state):
        features = []
        for convolution in self.convs:
            state = leaky_relu(convolution(state), 0.1)
            features.append(state)
        state = self.conv_post(state)
        features.append(state)
        return torch.flatten(state, 1, -1), features


class PeriodDiscriminator(nn.Module):
    LAYERS = [(32, 3), (128, 3), (512, 3), (1024, 3), (1024, 1)]

    def __init__(self, period, divisor):
        super().__init__()
        self.period, self.convs, channels = period, nn.ModuleList(), 1
        for output, stride in self.LAYERS:
            output = max(output // divisor, 1)
            self.convs.append(weight_norm(nn.Conv2d(channels, output, (5, 1), (stride, 1), (2, 0))))
            channels = output
        self.conv_post = weight_norm(nn.Conv2d(channels, 1, (3, 1), 1, (1, 0)))

    def forward(self, state):
        missing = -state.shape[2] % self.period
        if missing:
            state = pad(state, (0, missing), mode="reflect")
        state = state.view(state.shape[0], 1, -1, self.period)
        features = []
        for convolution in self.convs:
            state = leaky_relu(convolution(state), 0.1)
            features.append(state)
        state = self.conv_post(state)
        features.append(state)
        return torch.flatten(state, 1, -1), features


class Discriminators(nn.Module):
    def __init__(self, divisor, periods):
        super().__init__()
        periods = [PeriodDiscriminator(period, divisor) for period in periods]
        self.discriminators = nn.ModuleList([ScaleDiscriminator(divisor), *periods])

    def forward(self, real, fake):
        output_real = [discriminator(real) for discriminator in self.discriminators]
        output_fake = [discriminator(fake) for discriminator in self.discriminators]
        return output_real, output_fake


def best_paths(likelihood):
    """1 where a frame belongs to a token, of clips that are all as long as the longest: [batch, frames, tokens]."""
    batch, frames, tokens = likelihood.shape
    best = np.full((batch, tokens), -np.inf, dtype=np.float32)
    best[:, 0] = likelihood[:, 0, 0]
    moved = np.zeros((batch, frames, tokens), dtype=bool)
    before = np.full_like(best, -np.inf)
    for frame in range(1, frames):
        before[:, 1:] = best[:, :-1]
        moved[:, frame] = before > best
        best = np.maximum(before, best) + likelihood[:, frame]
    paths, rows, token = np.zeros_like(likelihood), np.arange(batch), np.full(batch, tokens - 1)
    for frame in range(frames - 1, -1, -1):
        paths[rows, frame, token] = 1
        token = token - moved[rows, frame, token]
    return paths


class Training:
    def __init__(self, folder, batch, tokens, frames, divisor, periods, frozen, bf16):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.autocast = lambda: torch.autocast(self.device, torch.bfloat16, enabled=bf16)
        state = json.loads((folder / "state.json").read_text())
        config = VitsConfig(**state["config"])
        self.model = VitsModel(config).train()
        self.model.decoder.apply_weight_norm()
        self.model.to(self.device)
        self.model.load_state_dict(load_file(folder / "generator.safetensors"))
        self.discriminators = Discriminators(divisor, periods).to(self.device)
        self.discriminators.load_state_dict(load_file(folder / "discriminator.safetensors"))
        settings = {"lr": 2e-4, "betas": (0.8, 0.99), "eps": 1e-9, "weight_decay": 0.01}
        self.generator_optimizer = torch.optim.AdamW(self.model.parameters(), **settings)
        self.discriminator_optimizer = torch.optim.AdamW(self.discriminators.parameters(), **settings)
        self.spectrograms = Spectrograms(config.sampling_rate).to(self.device)
        self.frozen = frozen

        self.ids = torch.randint(1, config.vocab_size, (batch, tokens), device=self.device)
        self.waveform = 0.1 * torch.randn(batch, 1, frames * HOP, device=self.device)
        self.linear = self.spectrograms.linear(self.waveform[:, 0])
        self.text_mask = torch.ones(batch, 1, tokens, device=self.device)
        self.frame_mask = torch.ones(batch, 1, frames, device=self.device)
        self.searched_seconds = 0.0

    def align(self, latent, mean, log_std):
        with torch.no_grad():
            precision = torch.exp(-2 * log_std)
            likelihood = torch.sum(-0.5 * np.log(2 * np.pi) - log_std, 1, keepdim=True)
            likelihood = likelihood + torch.matmul(-0.5 * (latent**2).transpose(1, 2), precision)
            likelihood = likelihood + torch.matmul(latent.transpose(1, 2), mean * precision)
            likelihood = likelihood + torch.sum(-0.5 * (mean**2) * precision, 1, keepdim=True)
            likelihood = likelihood.cpu().numpy()
            begun = time.perf_counter()
            paths = torch.from_numpy(best_paths(likelihood))
            self.searched_seconds = time.perf_counter() - begun
            paths = paths.to(self.device)
        return paths

    def duration_loss(self, hidden, frames):
        predictor, mask = self.model.duration_predictor, self.text_mask
        if self.model.config.use_stochastic_duration_prediction:
            return torch.sum(predictor(hidden, mask, durations=frames, reverse=False))
        predicted = predictor(hidden, mask)
        expected = torch.exp(predicted)
        wanted = torch.clamp(frames - (torch.ceil(expected) - expected).detach(), min=1e-3)
        return torch.sum((expected - wanted - wanted * (predicted - torch.log(wanted))) * mask)

    def generate(self):
        """The decoded segments, what was recorded there, and the generator's losses but those by the discriminators."""
        model, mask = self.model, self.frame_mask
        padding_mask = self.text_mask.transpose(1, 2)
        with self.autocast():
            text = model.text_encoder(self.ids, padding_mask, attention_mask=padding_mask[:, :, 0], return_dict=True)
            latent, _, posterior_log_std = model.posterior_encoder(self.linear, mask)
            prior_latent = model.flow(latent, mask).float()
        posterior_log_std = posterior_log_std.float()
        hidden = text.last_hidden_state.transpose(1, 2).float()
        mean, log_std = text.prior_means.transpose(1, 2).float(), text.prior_log_variances.transpose(1, 2).float()

        paths = self.align(prior_latent, mean, log_std)
        duration = self.duration_loss(hidden.detach(), paths.sum(1, keepdim=True)) / torch.sum(self.text_mask)

        mean = torch.matmul(paths, mean.transpose(1, 2)).transpose(1, 2)
        log_std = torch.matmul(paths, log_std.transpose(1, 2)).transpose(1, 2)
        divergence = log_std - posterior_log_std - 0.5 + 0.5 * (prior_latent - mean) ** 2 * torch.exp(-2 * log_std)
        divergence = torch.sum(divergence * mask) / torch.sum(mask)

        starts = torch.randint(0, latent.shape[2] - SEGMENT // HOP + 1, (latent.shape[0],)).tolist()
        with self.autocast():
            fake = model.decoder(slices(latent, starts, SEGMENT // HOP))
        fake = fake.float()
        real = slices(self.waveform, [start * HOP for start in starts], SEGMENT)
        real_mel = self.spectrograms.log_mel(slices(self.linear, starts, SEGMENT // HOP))
        mel = l1_loss(self.spectrograms.log_mel(self.spectrograms.linear(fake[:, 0])), real_mel)
        return fake, real, {"mel": mel, "kl": divergence, "duration": duration}

    def update(self, parameters, optimizer, loss):
        optimizer.zero_grad()
        loss.backward()
        norm = get_total_norm([parameter.grad for parameter in parameters if parameter.grad is not None])
        optimizer.step()
        return norm.item()

    def discriminate(self, real, fake):
        with self.autocast():
            outputs = self.discriminators(real, fake)
        # Where it is in single precision already, nothing is done.
        return [[(score.float(), [seen.float() for seen in features]) for score, features in one] for one in outputs]

    def step(self):
        fake, real, losses = self.generate()
        outputs = zip(*self.discriminate(real, fake.detach()))
        discriminator = sum(torch.mean((1 - real) ** 2) + torch.mean(fake**2) for (real, _), (fake, _) in outputs)
        self.update(self.discriminators.parameters(), self.discriminator_optimizer, discriminator)

        self.discriminators.requires_grad_(not self.frozen)
        output_real, output_fake = self.discriminate(real, fake)
        losses["adversarial"] = sum(torch.mean((1 - score) ** 2) for score, _ in output_fake)
        features = [(real, fake) for (_, reals), (_, fakes) in zip(output_real, output_fake) for real, fake in zip(reals, fakes)]
        losses["feature_matching"] = 2 * sum(torch.mean(torch.abs(real.detach() - fake)) for real, fake in features)
        generator = 45 * losses["mel"] + sum(loss for name, loss in losses.items() if name != "mel")
        self.update(self.model.parameters(), self.generator_optimizer, generator)
        self.discriminators.requires_grad_(True)
        return {name: loss.item() for name, loss in losses.items()} | {"discriminator": discriminator.item()}


folder, settings = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
torch.set_num_threads(settings.pop("threads"))
torch.manual_seed(1)
training = Training(folder, **settings)
print("ready", flush=True)
for line in sys.stdin:
    seconds, searched_seconds, losses = [], [], {}
    for _ in range(int(line)):
        begun = time.perf_counter()
        losses = training.step()
        seconds.append(time.perf_counter() - begun)
        searched_seconds.append(training.searched_seconds)
    print(json.dumps({"seconds": seconds, "searched_seconds": searched_seconds, "losses": losses}), flush=True)
