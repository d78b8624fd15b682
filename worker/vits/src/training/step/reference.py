"""Training steps in PyTorch, in double precision: reads what goes into them from each folder given, and writes beside that the
first one's losses and gradients, and what every parameter has changed by after the first and after the last.

The generator's parts are those of transformers, which only speaks, with the decoder's weights normalised as the original has
them. What it doesn't have, or has only for speaking, is written down here as the papers have it: VITS (arXiv 2106.06103),
Glow-TTS (2005.11129), HiFi-GAN (2010.05646)."""

import collections
import json
import math
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import conv1d, conv2d, leaky_relu, logsigmoid, pad
from transformers import VitsConfig, VitsModel
from transformers.audio_utils import mel_filter_bank

FFT, HOP, SEGMENT = 1024, 256, 8192
SCALE_STRIDES = [1, 4, 4, 4, 4, 1]
PERIOD_STRIDES = [3, 3, 3, 3, 1]

torch.set_num_threads(1)


def mask(counts, longest):
    """[batch, 1, longest]: 1 where there is something, 0 where there is padding."""
    return (torch.arange(longest) < torch.tensor(counts).unsqueeze(1)).double().unsqueeze(1)


def segments(tensor, starts, length):
    """Equally many of every item, one after another."""
    items = tensor.repeat_interleave(len(starts) // len(tensor), 0)
    return torch.stack([item[:, start : start + length] for item, start in zip(items, starts)])


def spectrogram(waveform):
    """Magnitudes: [batch, samples] to [batch, 513, frames]."""
    around = (FFT - HOP) // 2
    frames = pad(waveform.unsqueeze(1), (around, around), mode="reflect").squeeze(1).unfold(1, FFT, HOP)
    window = 0.5 - 0.5 * torch.cos(2 * math.pi * torch.arange(FFT).double() / FFT)
    spectrum = torch.fft.rfft(frames * window)
    return (spectrum.real**2 + spectrum.imag**2 + 1e-6).sqrt().transpose(1, 2)


def log_mel(linear, sampling_rate):
    bands = mel_filter_bank(FFT // 2 + 1, 80, 0, sampling_rate / 2, sampling_rate, norm="slaney", mel_scale="slaney")
    return torch.log((torch.from_numpy(bands).T @ linear).clamp_min(1e-5))


def log_normal(value, mean, log_std):
    return -0.5 * math.log(2 * math.pi) - log_std - 0.5 * ((value - mean) / log_std.exp()) ** 2


def best_path(likelihood):
    """The token of every frame: [frames, tokens] to [frames]."""
    frames, tokens = likelihood.shape
    best = np.full((frames, tokens), -np.inf)
    best[0, 0] = likelihood[0, 0]
    for frame in range(1, frames):
        for token in range(tokens):
            before = max(best[frame - 1, max(token - 1, 0) : token + 1])
            best[frame, token] = likelihood[frame, token] + before
    path = [tokens - 1]
    for frame in range(frames - 2, -1, -1):
        token = path[0]
        moved = token > 0 and best[frame, token - 1] > best[frame, token]
        path.insert(0, token - 1 if moved else token)
    return path


def alignment(z_p, mean, log_std, token_counts, frame_counts):
    """1 where a frame belongs to a token: [batch, frames, tokens]."""
    aligned = torch.zeros(z_p.shape[0], z_p.shape[2], mean.shape[2]).double()
    for item, (tokens, frames) in enumerate(zip(token_counts, frame_counts)):
        each = log_normal(
            z_p[item, :, :frames].unsqueeze(2), mean[item, :, None, :tokens], log_std[item, :, None, :tokens]
        )
        for frame, token in enumerate(best_path(each.sum(0).detach().numpy())):
            aligned[item, frame, token] = 1
    return aligned


def plain_duration_loss(predictor, hidden, frames, mask, speaker, noise):
    predicted = predictor(hidden, mask, speaker)
    expected = torch.exp(predicted)
    wanted = torch.clamp(frames - (torch.ceil(expected) - expected).detach(), min=1e-3)
    deviance = expected - wanted - wanted * (predicted - torch.log(wanted))
    return (deviance * mask).sum() / mask.sum()


def stochastic_duration_loss(predictor, hidden, frames, mask, speaker, noise):
    """Not transformers' own: its training direction also flips the channels between the affine flow and the splines,
    which neither the original nor its own way back does."""

    def flow(flows, state, condition):
        state, log_determinant = flows[0](state, mask)
        for spline in flows[1:]:
            state, more = spline(state, mask, global_conditioning=condition)
            state, log_determinant = state.flip(1), log_determinant + more
        return state, log_determinant

    def over_tokens(each):
        return (each * mask).sum((1, 2))

    zero = torch.zeros(1).double()
    text = predictor.conv_pre(hidden.detach())
    if speaker is not None:
        text = text + predictor.cond(speaker.detach())
    text = predictor.conv_proj(predictor.conv_dds(text, mask)) * mask
    durations = predictor.post_conv_dds(predictor.post_conv_pre(frames), mask)
    durations = predictor.post_conv_proj(durations) * mask

    # log q(u, v | durations), by change of variables from noise over logits to u = sigmoid(logits) in (0, 1).
    drawn, log_determinant = flow(predictor.post_flows, noise * mask, text + durations)
    logits, second = drawn.split(1, 1)
    log_q = over_tokens(log_normal(noise, zero, zero)) - log_determinant
    log_q = log_q - over_tokens(logsigmoid(logits) + logsigmoid(-logits))
    # log p(durations - u, v | text), by change of variables from the durations' logarithm.
    log_rest = torch.log((frames - torch.sigmoid(logits)).clamp_min(1e-5)) * mask
    latent, log_determinant = flow(predictor.flows, torch.cat([log_rest, second], 1), text)
    log_p = over_tokens(log_normal(latent, zero, zero)) + log_determinant - over_tokens(log_rest)
    return (log_q - log_p).sum() / mask.sum()


def discriminate(parameters, periods, waveform):
    """What each layer of each discriminator gives, the last being its score: the one of the waveform itself, then one a
    period."""

    def convolve(name, state, stride):
        g, v = (parameters[f"{name}.parametrizations.weight.original{part}"] for part in (0, 1))
        weight = g * v / v.flatten(1).norm(dim=1).view_as(g)
        bias, middle = parameters[f"{name}.bias"], v.shape[2] // 2
        if v.dim() == 3:
            return conv1d(state, weight, bias, stride, middle, groups=state.shape[1] // v.shape[1])
        return conv2d(state, weight, bias, (stride, 1), (middle, 0))

    outputs = []
    for number, period in enumerate([None, *periods]):
        state, strides = waveform, SCALE_STRIDES
        if period is not None:
            state = pad(waveform, (0, -waveform.shape[2] % period), mode="reflect")
            state, strides = state.unflatten(2, (-1, period)), PERIOD_STRIDES
        layers = []
        for layer, stride in enumerate(strides):
            state = leaky_relu(convolve(f"discriminators.{number}.convs.{layer}", state, stride), 0.1)
            layers.append(state)
        layers.append(convolve(f"discriminators.{number}.conv_post", state, 1))
        outputs.append(layers)
    return outputs


def add_gradients(loss, named):
    """Adds to the parameters' gradients those of this loss, and to nobody else's."""
    parameters = [parameter for _, parameter in named]
    found = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    for parameter, gradient in zip(parameters, found):
        if gradient is not None:
            parameter.grad += gradient


def gradients(named):
    return {name: parameter.grad.clone().contiguous() for name, parameter in named}


def read_batch(folder, number):
    tensors = load_file(folder / f"batch-{number}.safetensors")
    tensors = {name: value.double() if value.is_floating_point() else value for name, value in tensors.items()}
    return {**tensors, **json.loads((folder / f"batch-{number}.json").read_text())}


def generate(model, batch, number):
    """What the generator makes of the batch in this step, and the losses that need no discriminators."""
    token_counts, frame_counts, starts = batch["token_counts"], batch["frame_counts"], batch["starts"][number - 1]
    waveform = batch["waveform"]
    linear = spectrogram(waveform)
    text_mask = mask(token_counts, batch["ids"].shape[1])
    frame_mask = mask(frame_counts, linear.shape[2])
    speaker = None
    if model.config.num_speakers > 1:
        speaker = model.embed_speaker(torch.tensor(batch["speakers"])).unsqueeze(-1)

    text = model.text_encoder(batch["ids"], text_mask.transpose(1, 2), attention_mask=text_mask[:, 0].long())
    hidden, mean_p, log_std_p = (
        part.transpose(1, 2) for part in (text.last_hidden_state, text.prior_means, text.prior_log_variances)
    )
    # The sample that it draws isn't ours.
    _, mean_q, log_std_q = model.posterior_encoder(linear, frame_mask, speaker)
    latent = (mean_q + batch[f"posterior_noise.{number}"] * log_std_q.exp()) * frame_mask
    z_p = model.flow(latent, frame_mask, speaker)

    aligned = alignment(z_p, mean_p, log_std_p, token_counts, frame_counts)
    mean, log_std = mean_p @ aligned.transpose(1, 2), log_std_p @ aligned.transpose(1, 2)
    divergence = log_std - log_std_q - 0.5 + 0.5 * (z_p - mean) ** 2 * torch.exp(-2 * log_std)
    kl = (divergence * frame_mask).sum() / frame_mask.sum()

    stochastic = model.config.use_stochastic_duration_prediction
    duration_loss = stochastic_duration_loss if stochastic else plain_duration_loss
    frames = aligned.sum(1, keepdim=True)
    noise = batch.get(f"duration_noise.{number}")
    duration = duration_loss(model.duration_predictor, hidden, frames, text_mask, speaker, noise)

    if speaker is not None:
        speaker = speaker.repeat_interleave(len(starts) // len(speaker), 0)
    fake = model.decoder(segments(latent, starts, SEGMENT // HOP), speaker)
    loudest = fake.abs().max().item()
    assert 0.01 < loudest < 0.99, f"in silence or at full scale, little is compared: the loudest sample is {loudest}"
    real = segments(waveform.unsqueeze(1), [start * HOP for start in starts], SEGMENT)
    rate = model.config.sampling_rate
    real_mel = log_mel(segments(linear, starts, SEGMENT // HOP), rate)
    mel = (real_mel - log_mel(spectrogram(fake[:, 0]), rate)).abs().mean()
    return real, fake, {"mel": mel, "kl": kl, "duration": duration}


def networks(folder):
    """Both as they begin; the discriminators are a dictionary of their parameters."""
    config = json.loads((folder / "config.json").read_text())
    model = VitsModel(VitsConfig(**config)).double().eval()
    model.decoder.apply_weight_norm()
    parameters = load_file(folder / "parameters.safetensors")
    of_generator = {name: value for name, value in parameters.items() if not name.startswith("discriminators.")}
    model.load_state_dict(of_generator)
    discriminators = {
        name: value.clone().requires_grad_() for name, value in parameters.items() if name not in of_generator
    }
    return model, discriminators


def share(batches, number, count):
    """How much of what is counted in all batches this one has."""
    return count(batches[number]) / sum(map(count, batches))


def step(networks, optimizers, batches, periods, number):
    """Answers the losses, and the gradients of generator and discriminators. Losses are means over the clips, frames or
    tokens of all batches."""
    model, discriminators = networks
    named = [[*model.named_parameters()], [*discriminators.items()]]
    for _, parameter in named[0] + named[1]:
        parameter.grad = torch.zeros_like(parameter)
    sums = collections.Counter()
    for index, batch in enumerate(batches):
        clips = share(batches, index, lambda batch: len(batch["ids"]))
        frames = share(batches, index, lambda batch: sum(batch["frame_counts"]))
        tokens = share(batches, index, lambda batch: sum(batch["token_counts"]))
        real, fake, losses = generate(model, batch, number)
        losses = {"mel": clips * losses["mel"], "kl": frames * losses["kl"], "duration": tokens * losses["duration"]}

        pairs = zip(discriminate(discriminators, periods, real), discriminate(discriminators, periods, fake.detach()))
        losses["discriminator"] = clips * sum(
            ((1 - real[-1]) ** 2).mean() + (fake[-1] ** 2).mean() for real, fake in pairs
        )
        add_gradients(losses["discriminator"], named[1])
        if index + 1 == len(batches):
            optimizers[1].step()

        pairs = list(zip(discriminate(discriminators, periods, real), discriminate(discriminators, periods, fake)))
        losses["adversarial"] = clips * sum(((1 - fake[-1]) ** 2).mean() for _, fake in pairs)
        features = ((real, fake) for both in pairs for real, fake in zip(*both))
        losses["feature_matching"] = clips * 2 * sum((real.detach() - fake).abs().mean() for real, fake in features)
        losses["generator"] = 45 * losses["mel"] + sum(
            losses[name] for name in ("kl", "duration", "adversarial", "feature_matching")
        )
        add_gradients(losses["generator"], named[0])
        sums.update({name: loss.item() for name, loss in losses.items()})
    optimizers[0].step()
    return sums, *map(gradients, named)


def train(folder):
    model, discriminators = networks(folder)
    training = json.loads((folder / "training.json").read_text())
    batches = [read_batch(folder, number) for number in range(training["batches"])]
    named = [*model.named_parameters(), *discriminators.items()]
    begun = {name: parameter.detach().clone() for name, parameter in named}
    optimizers = [
        torch.optim.AdamW(parameters, training["learning_rate"], (0.8, 0.99), 1e-9, 0.01)
        for parameters in (list(model.parameters()), list(discriminators.values()))
    ]
    for number in range(1, training["steps"] + 1):
        losses, *found = step((model, discriminators), optimizers, batches, training["periods"], number)
        if number == 1:
            save_file(found[0], folder / "generator_gradients.safetensors")
            save_file(found[1], folder / "discriminators_gradients.safetensors")
            (folder / "losses.json").write_text(json.dumps(losses))
        if number in (1, training["steps"]):
            updates = {name: (parameter.detach() - begun[name]).contiguous() for name, parameter in named}
            save_file(updates, folder / f"{'first' if number == 1 else 'last'}_updates.safetensors")


for folder in sys.argv[1:]:
    train(pathlib.Path(folder))
