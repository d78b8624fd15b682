//! A network of one speaker out of one of several. The embedding of a speaker adds the same numbers to what a layer gives at
//! every frame, and so does the layer's bias: the network of one has biases that the embedding was added to.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use crate::nn::weights;

/// Parts that only a network of several speakers has: their embedding, and the layers that are conditioned on it.
const PARTS: [&str; 3] = [EMBEDDING, ".cond.", ".cond_layer."];
/// Prefix of the name of the speakers' embeddings, `[speakers, embedding]`.
const EMBEDDING: &str = "embed_speaker.";

const DECODER: &str = "decoder.cond";
const DURATION: &str = "duration_predictor.cond";
const WAVENET: &str = ".cond_layer";
/// A plain duration predictor's first layer; a stochastic one has none of the name.
const PLAIN_DURATION: &str = "duration_predictor.conv_1";

/// Whether a tensor of this name is one of them.
pub(crate) fn is_part(name: &str) -> bool {
    PARTS.iter().any(|part| name.contains(part))
}

/// Whether a tensor of this name decides by how much a speaker changes what a layer gives: where all of these are zeros, all
/// speakers are the same.
pub(crate) fn adds(name: &str) -> bool {
    is_part(name) && !name.starts_with(EMBEDDING) && !name.ends_with("original1")
}

/// The same of posterior encoder and decoder.
pub(crate) fn adds_to_acoustics(name: &str) -> bool {
    let mut parts = ["posterior_encoder.", "decoder."].iter();
    adds(name) && parts.any(|part| name.starts_with(part))
}

/// Makes a network's tensors, by the names of today, those of a network of the `speaker`-th alone, which speaks as that one did.
/// Only the durations of the first and the last token may differ, where a plain duration predictor's convolution reaches over the
/// text's ends.
///
/// # Errors
/// Says what is missing.
pub(crate) fn keep_one(tensors: &mut BTreeMap<String, Tensor>, speaker: i64) -> Result<(), String> {
    let _no_grad = tch::no_grad_guard();
    let missing = |name: &str| format!("{name} is missing");
    let embedding = format!("{EMBEDDING}weight");
    let embeddings = tensors.get(&embedding).ok_or(missing(&embedding))?;
    if embeddings.dim() != 2 || !(0..embeddings.size()[0]).contains(&speaker) {
        return Err(format!("{embedding} has no speaker {speaker}"));
    }
    let own = embeddings.get(speaker).to_kind(Kind::Float);
    let conditioned: Vec<String> = tensors
        .keys()
        .filter(|name| !name.starts_with(EMBEDDING) && is_part(name))
        .filter_map(|name| name.strip_suffix(".bias").map(str::to_owned))
        .collect();
    for layer in conditioned {
        let added = contribution(tensors, &layer, &own).ok_or(missing(&layer))?;
        for (name, part) in shares(tensors, &layer, &added) {
            let bias = tensors.get_mut(&name).ok_or(missing(&name))?;
            if bias.size() != part.size() {
                return Err(format!("{name} doesn't fit {layer}"));
            }
            *bias = bias.to_kind(Kind::Float) + part;
        }
    }
    tensors.retain(|name, _| !is_part(name));
    Ok(())
}

/// What the layer gives for this embedding: `[channels]`. `None` where it isn't whole.
fn contribution(tensors: &BTreeMap<String, Tensor>, layer: &str, own: &Tensor) -> Option<Tensor> {
    let weight = weights::plain(tensors, layer)?;
    let bias = tensors.get(&format!("{layer}.bias"))?;
    let fits = weight.size() == [bias.numel() as i64, own.numel() as i64, 1];
    fits.then(|| weight.squeeze_dim(2).mv(own) + bias.to_kind(Kind::Float))
}

/// Which biases take what of it.
fn shares(
    tensors: &BTreeMap<String, Tensor>,
    layer: &str,
    added: &Tensor,
) -> Vec<(String, Tensor)> {
    if let Some(wavenet) = layer.strip_suffix(WAVENET) {
        let biases = (0..).map(|number| format!("{wavenet}.in_layers.{number}.bias"));
        let biases: Vec<String> = biases
            .take_while(|name| tensors.contains_key(name))
            .collect();
        let parts = added.chunk(biases.len().max(1) as i64, 0);
        return biases.into_iter().zip(parts).collect();
    }
    let plain = format!("{PLAIN_DURATION}.weight");
    match (layer, tensors.get(&plain)) {
        // What is added goes through the layer, at each place of its kernel.
        (DURATION, Some(weight)) => {
            let sum =
                weight
                    .to_kind(Kind::Float)
                    .sum_dim_intlist([2i64].as_slice(), false, Kind::Float);
            vec![(format!("{PLAIN_DURATION}.bias"), sum.mv(added))]
        }
        (DURATION | DECODER, _) => {
            let part = layer.trim_end_matches(".cond");
            vec![(format!("{part}.conv_pre.bias"), added.shallow_clone())]
        }
        _ => Vec::new(),
    }
}
