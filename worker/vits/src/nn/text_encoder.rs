//! Text encoder: a transformer with relative positions (Shaw et al. 2018) that gives the prior of every token.

use tch::Tensor;

use crate::{
    config::VitsConfig,
    nn::{
        activation::Activation,
        context::Context,
        layers::{Conv1d, ConvShape, LayerNorm, Linear, Start, default_bound},
        parameters::Builder,
    },
};

/// Tokens to hidden states and prior.
#[derive(Debug)]
pub(crate) struct TextEncoder {
    embedding: Tensor,
    layers: Vec<Layer>,
    project: Conv1d,
    hidden: i64,
    flow: i64,
    layer_drop: f64,
}

/// What the text encoder gives; all `[batch, channels, tokens]`.
pub(crate) struct Encoded {
    /// Hidden states, for the duration predictor.
    pub(crate) hidden: Tensor,
    /// Mean of the prior.
    pub(crate) mean: Tensor,
    /// log σ of the prior.
    pub(crate) log_std: Tensor,
}

#[derive(Debug)]
struct Layer {
    attention: Attention,
    norm: LayerNorm,
    conv_1: Conv1d,
    conv_2: Conv1d,
    final_norm: LayerNorm,
    kernel: i64,
    activation: Activation,
    dropout: f64,
    activation_dropout: f64,
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    relative_keys: Tensor,
    relative_values: Tensor,
    heads: i64,
    head_size: i64,
    window: i64,
    dropout: f64,
}

impl TextEncoder {
    pub(crate) fn new(builder: &mut Builder, config: &VitsConfig) -> Self {
        let hidden = config.hidden_size;
        let std = (hidden as f64).powf(-0.5);
        let embedding = builder.normal(
            "text_encoder.embed_tokens.weight".into(),
            &[config.vocab_size, hidden],
            std,
        );
        let layers = (0..config.num_hidden_layers)
            .map(|layer| {
                Layer::new(
                    builder,
                    &format!("text_encoder.encoder.layers.{layer}"),
                    config,
                )
            })
            .collect();
        let shape = ConvShape::same(hidden, 2 * config.flow_size, 1);
        let project = Conv1d::new(builder, "text_encoder.project", shape, Start::Default);
        Self {
            embedding,
            layers,
            project,
            hidden,
            flow: config.flow_size,
            layer_drop: config.layerdrop,
        }
    }

    /// `ids`: `[batch, tokens]`, `mask`: `[batch, 1, tokens]`.
    pub(crate) fn forward(&self, ids: &Tensor, mask: &Tensor, context: &mut Context) -> Encoded {
        let keep = mask.transpose(1, 2); // [batch, tokens, 1]
        // Scores of padding are pushed down, not to -inf: a row of only padding would become NaN.
        let bias = (1.0 - mask.unsqueeze(1)) * -1e4; // [batch, 1, 1, tokens]
        let mut state =
            Tensor::embedding(&self.embedding, ids, -1, false, false) * (self.hidden as f64).sqrt();
        state *= &keep; // [batch, tokens, hidden]
        for layer in &self.layers {
            if context.drops_layer(self.layer_drop) {
                continue;
            }
            state = layer.forward(&state, &keep, &bias, context);
        }
        let hidden = (state * &keep).transpose(1, 2); // [batch, hidden, tokens]
        let prior = self.project.forward(&hidden) * mask;
        Encoded {
            mean: prior.narrow(1, 0, self.flow),
            log_std: prior.narrow(1, self.flow, self.flow),
            hidden,
        }
    }
}

impl Layer {
    fn new(builder: &mut Builder, name: &str, config: &VitsConfig) -> Self {
        let (hidden, ffn, kernel) = (config.hidden_size, config.ffn_dim, config.ffn_kernel_size);
        let no_padding = |input, output| ConvShape {
            padding: 0,
            ..ConvShape::same(input, output, kernel)
        };
        Self {
            attention: Attention::new(builder, &format!("{name}.attention"), config),
            norm: LayerNorm::new(
                builder,
                &format!("{name}.layer_norm"),
                hidden,
                config.layer_norm_eps,
            ),
            conv_1: Conv1d::new(
                builder,
                &format!("{name}.feed_forward.conv_1"),
                no_padding(hidden, ffn),
                Start::Default,
            ),
            conv_2: Conv1d::new(
                builder,
                &format!("{name}.feed_forward.conv_2"),
                no_padding(ffn, hidden),
                Start::Default,
            ),
            final_norm: LayerNorm::new(
                builder,
                &format!("{name}.final_layer_norm"),
                hidden,
                config.layer_norm_eps,
            ),
            kernel,
            // Checked with the configuration; the default is transformers' own.
            activation: Activation::named(&config.hidden_act).unwrap_or(Activation::Relu),
            dropout: config.hidden_dropout,
            activation_dropout: config.activation_dropout,
        }
    }

    fn forward(
        &self,
        input: &Tensor,
        keep: &Tensor,
        bias: &Tensor,
        context: &mut Context,
    ) -> Tensor {
        let attended = self.attention.forward(input, bias, context);
        let attended = context.dropout(&attended, self.dropout);
        let state = self.norm.forward(&(input + attended));
        let fed = self.feed_forward(&state, keep, context);
        let fed = context.dropout(&fed, self.dropout);
        self.final_norm.forward(&(state + fed))
    }

    fn feed_forward(&self, input: &Tensor, keep: &Tensor, context: &mut Context) -> Tensor {
        let mask = keep.transpose(1, 2);
        let pad = [(self.kernel - 1) / 2, self.kernel / 2];
        let state = (input.transpose(1, 2) * &mask).constant_pad_nd(pad);
        let state = self.activation.apply(&self.conv_1.forward(&state));
        let state = context.dropout(&state, self.activation_dropout);
        let state = self.conv_2.forward(&(state * &mask).constant_pad_nd(pad));
        (state * mask).transpose(1, 2)
    }
}

impl Attention {
    fn new(builder: &mut Builder, name: &str, config: &VitsConfig) -> Self {
        let hidden = config.hidden_size;
        let head_size = hidden / config.num_attention_heads;
        let bias = config.use_bias;
        // Xavier (Glorot & Bengio 2010) for query, key and value, as the original initialises them.
        let xavier = (6.0 / (2 * hidden) as f64).sqrt();
        let positions = [1, 2 * config.window_size + 1, head_size];
        let std = (head_size as f64).powf(-0.5);
        let mut linear = |part: &str, bound| {
            Linear::new(
                builder,
                &format!("{name}.{part}"),
                hidden,
                hidden,
                bound,
                bias,
            )
        };
        Self {
            key: linear("k_proj", xavier),
            value: linear("v_proj", xavier),
            query: linear("q_proj", xavier),
            output: linear("out_proj", default_bound(hidden)),
            relative_keys: builder.normal(format!("{name}.emb_rel_k"), &positions, std),
            relative_values: builder.normal(format!("{name}.emb_rel_v"), &positions, std),
            heads: config.num_attention_heads,
            head_size,
            window: config.window_size,
            dropout: config.attention_dropout,
        }
    }

    fn forward(&self, input: &Tensor, bias: &Tensor, context: &mut Context) -> Tensor {
        let (batch, tokens, hidden) = (
            input.size()[0],
            input.size()[1],
            self.heads * self.head_size,
        );
        let split = |tensor: Tensor| {
            tensor
                .view([batch, tokens, self.heads, self.head_size])
                .transpose(1, 2)
        };
        let query = split(self.query.forward(input) * (self.head_size as f64).powf(-0.5));
        let key = split(self.key.forward(input));
        let value = split(self.value.forward(input)); // each [batch, heads, tokens, head]
        let near = self.relative(&self.relative_keys, tokens); // [1, 2 tokens - 1, head]
        let scores = query.matmul(&key.transpose(-2, -1))
            + relative_to_absolute(&query.matmul(&near.unsqueeze(0).transpose(-2, -1)))
            + bias;
        let weights = context.dropout(&scores.softmax(-1, scores.kind()), self.dropout);
        let near = self.relative(&self.relative_values, tokens);
        let attended =
            weights.matmul(&value) + absolute_to_relative(&weights).matmul(&near.unsqueeze(0));
        self.output
            .forward(&attended.transpose(1, 2).reshape([batch, tokens, hidden]))
    }

    /// The embeddings of positions -(tokens - 1) to tokens - 1; those outside the window are zero.
    fn relative(&self, embeddings: &Tensor, tokens: i64) -> Tensor {
        let pad = (tokens - self.window - 1).max(0);
        let start = (self.window + 1 - tokens).max(0);
        embeddings
            .constant_pad_nd([0, 0, pad, pad])
            .narrow(1, start, 2 * tokens - 1)
    }
}

/// `[batch, heads, tokens, 2 tokens - 1]` by relative position to `[batch, heads, tokens, tokens]` by position: a row is
/// shifted by its number, done by padding and reading the same numbers with another row length.
fn relative_to_absolute(input: &Tensor) -> Tensor {
    let size = input.size();
    let (batch, heads, tokens) = (size[0], size[1], size[2]);
    input
        .constant_pad_nd([0, 1])
        .view([batch, heads, 2 * tokens * tokens])
        .constant_pad_nd([0, tokens - 1])
        .view([batch, heads, tokens + 1, 2 * tokens - 1])
        .narrow(2, 0, tokens)
        .narrow(3, tokens - 1, tokens)
}

/// The way back: `[batch, heads, tokens, tokens]` to `[batch, heads, tokens, 2 tokens - 1]`.
fn absolute_to_relative(input: &Tensor) -> Tensor {
    let size = input.size();
    let (batch, heads, tokens) = (size[0], size[1], size[2]);
    input
        .constant_pad_nd([0, tokens - 1])
        .view([batch, heads, tokens * (2 * tokens - 1)])
        .constant_pad_nd([tokens, 0])
        .view([batch, heads, tokens, 2 * tokens])
        .narrow(3, 1, 2 * tokens - 1)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use tch::Kind;

    use super::*;
    use crate::{
        config::Preset,
        nn::{
            context::Mode,
            layers::mask,
            random::{Rng, Stream},
        },
    };

    #[test]
    fn layers_are_left_out_in_training_alone() {
        let random = |number| Rng::new(9, Stream::Step, number, Device::Cpu);
        let ids = Tensor::from_slice(&[3i64, 5, 4, 7]).unsqueeze(0);
        let text_mask = mask(&[4], 4, Device::Cpu);
        let encoder = |layer_drop, layers| {
            let config = VitsConfig {
                layerdrop: layer_drop,
                num_hidden_layers: layers,
                hidden_dropout: 0.0,
                attention_dropout: 0.0,
                activation_dropout: 0.0,
                ..Preset::Tiny.config(10)
            };
            // The embedding is drawn first, and so the same in all of them.
            TextEncoder::new(&mut Builder::new(random(0), Device::Cpu), &config)
        };
        let hidden = |encoder: &TextEncoder, mode, number| {
            let mut context = Context {
                mode,
                rng: &mut random(number),
                dtype: Kind::Float,
            };
            encoder.forward(&ids, &text_mask, &mut context).hidden
        };
        let embedded = hidden(&encoder(0.0, 0), Mode::Train, 1);
        let whole = hidden(&encoder(0.0, 3), Mode::Train, 1);
        assert_ne!(embedded, whole);

        let always = encoder(1.0, 3);
        assert_eq!(hidden(&always, Mode::Train, 1), embedded);
        assert_eq!(hidden(&always, Mode::Eval, 1), whole);

        // Each of three layers half the time: all of them an eighth of the time.
        let sometimes = encoder(0.5, 3);
        let complete = (0..400).filter(|&step| hidden(&sometimes, Mode::Train, step) == whole);
        let complete = complete.count();
        assert!((30..=70).contains(&complete), "{complete} of 400");
    }
}
