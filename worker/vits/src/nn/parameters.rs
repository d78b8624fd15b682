//! A network's parameters: named tensors that are views into one flat buffer, so that an optimizer's update is a handful
//! of vector operations and its state two tensors.

use std::{collections::BTreeMap, path::Path};

use tch::{Device, Kind, Tensor};

use crate::{
    Error, Result,
    nn::{random::Rng, weights},
};

/// Parameters while a network is being built; names are those of transformers' state dict.
pub(crate) struct Builder {
    named: Vec<(String, Tensor)>,
    values: Values,
    device: Device,
    kind: Kind,
}

/// Where parameters begin.
enum Values {
    Random(Box<Rng>),
    /// All will be read from a file; until then they are zeros.
    Zeros,
    /// Nowhere: they are only counted, and each takes the memory of one number.
    Counted,
}

/// Parameters of a network that is built.
#[derive(Debug)]
pub(crate) struct Parameters {
    named: Vec<(String, Tensor)>,
    flat: Tensor,
}

impl Builder {
    pub(crate) fn new(rng: Rng, device: Device) -> Self {
        Self {
            named: Vec::new(),
            values: Values::Random(Box::new(rng)),
            device,
            kind: Kind::Float,
        }
    }

    /// For parameters that will all be read from a file: until then they are zeros.
    pub(crate) fn blank(device: Device) -> Self {
        Self {
            named: Vec::new(),
            values: Values::Zeros,
            device,
            kind: Kind::Float,
        }
    }

    /// To count a network's parameters without the memory that they take; it can't be computed with.
    pub(crate) fn counting() -> Self {
        Self {
            named: Vec::new(),
            values: Values::Counted,
            device: Device::Cpu,
            kind: Kind::Float,
        }
    }

    /// Keeps them in this precision instead of the single one.
    pub(crate) fn in_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Where they will be.
    pub(crate) fn device(&self) -> Device {
        self.device
    }

    fn draw(&mut self, shape: &[i64], how: impl FnOnce(&mut Rng) -> Tensor) -> Tensor {
        match &mut self.values {
            Values::Random(rng) => how(rng),
            Values::Zeros | Values::Counted => self.constant(shape, 0.0),
        }
    }

    fn constant(&self, shape: &[i64], value: f64) -> Tensor {
        let own = match self.values {
            Values::Counted => vec![1; shape.len()],
            Values::Random(_) | Values::Zeros => shape.to_vec(),
        };
        Tensor::full(own, value, (Kind::Float, Device::Cpu)).expand(shape, false)
    }

    fn add(&mut self, name: String, value: Tensor) -> Tensor {
        let parameter = value
            .to_kind(self.kind)
            .to_device(self.device)
            .set_requires_grad(true);
        self.named.push((name, parameter.shallow_clone()));
        parameter
    }

    /// Zeros.
    pub(crate) fn zeros(&mut self, name: String, shape: &[i64]) -> Tensor {
        let value = self.constant(shape, 0.0);
        self.add(name, value)
    }

    /// Ones.
    pub(crate) fn ones(&mut self, name: String, shape: &[i64]) -> Tensor {
        let value = self.constant(shape, 1.0);
        self.add(name, value)
    }

    /// Normal with standard deviation `std`.
    pub(crate) fn normal(&mut self, name: String, shape: &[i64], std: f64) -> Tensor {
        let value = self.draw(shape, |rng| rng.normal(shape) * std);
        self.add(name, value)
    }

    /// Uniform in ±`bound`.
    pub(crate) fn uniform(&mut self, name: String, shape: &[i64], bound: f64) -> Tensor {
        let value = self.draw(shape, |rng| rng.uniform(shape, bound));
        self.add(name, value)
    }

    /// Weight normalisation (Salimans & Kingma 2016) of a weight with dimension 0 out: the pair g, v with PyTorch's
    /// default for v and g = ‖v‖, so that the weight begins as v.
    pub(crate) fn weight_norm(
        &mut self,
        name: &str,
        shape: &[i64],
        bound: f64,
    ) -> (Tensor, Tensor) {
        let v = self.draw(shape, |rng| rng.uniform(shape, bound));
        let mut g_shape = vec![1; shape.len()];
        g_shape[0] = shape[0];
        let g = match self.values {
            Values::Counted => self.constant(&g_shape, 0.0),
            Values::Random(_) | Values::Zeros => v
                .reshape([shape[0], -1])
                .square()
                .sum_dim_intlist([1i64].as_slice(), false, Kind::Float)
                .sqrt()
                .reshape(g_shape.as_slice()),
        };
        let g = self.add(format!("{name}.parametrizations.weight.original0"), g);
        let v = self.add(format!("{name}.parametrizations.weight.original1"), v);
        (g, v)
    }

    /// Moves all parameters into one buffer.
    pub(crate) fn build(self) -> Parameters {
        let _no_grad = tch::no_grad_guard();
        if matches!(self.values, Values::Counted) {
            let count = self.named.iter().map(|(_, tensor)| tensor.numel() as i64);
            return Parameters {
                flat: self.constant(&[count.sum()], 0.0),
                named: self.named,
            };
        }
        let pieces: Vec<Tensor> = self
            .named
            .iter()
            .map(|(_, tensor)| tensor.detach().reshape([-1]))
            .collect();
        let flat = Tensor::cat(&pieces, 0);
        let mut offset = 0;
        let mut named = self.named;
        for (_, parameter) in &mut named {
            let count = parameter.numel() as i64;
            let view = flat
                .narrow(0, offset, count)
                .view(parameter.size().as_slice());
            parameter.set_data(&view);
            offset += count;
        }
        Parameters { named, flat }
    }
}

impl Parameters {
    /// How many numbers they are.
    pub(crate) fn count(&self) -> usize {
        self.flat.numel()
    }

    /// The buffer.
    pub(crate) fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// All of them by name; what is written into one is the network's.
    pub(crate) fn named(&self) -> Vec<(String, Tensor)> {
        self.named
            .iter()
            .map(|(name, parameter)| (name.clone(), parameter.shallow_clone()))
            .collect()
    }

    /// A copy on the CPU that no later step changes, by name.
    pub(crate) fn copy(&self) -> Vec<(String, Tensor)> {
        let _no_grad = tch::no_grad_guard();
        let flat = self.flat.detach().copy().to_device(Device::Cpu);
        let mut offset = 0;
        self.named
            .iter()
            .map(|(name, parameter)| {
                let count = parameter.numel() as i64;
                let view = flat
                    .narrow(0, offset, count)
                    .view(parameter.size().as_slice());
                offset += count;
                (name.clone(), view)
            })
            .collect()
    }

    /// The gradient of `loss` by every parameter, into a flat tensor, or on top of what is in it. Only what leads to these
    /// parameters is computed.
    pub(crate) fn gradient(&self, loss: &Tensor, flat: &Tensor, on_top: bool) -> Result<()> {
        let inputs: Vec<&Tensor> = self.named.iter().map(|(_, tensor)| tensor).collect();
        let gradients = Tensor::f_run_backward(&[loss], &inputs, false, false)?;
        let _no_grad = tch::no_grad_guard();
        let mut offset = 0;
        for (gradient, input) in gradients.iter().zip(inputs) {
            let count = input.numel() as i64;
            let mut part = flat.narrow(0, offset, count).view(input.size().as_slice());
            match (gradient.defined(), on_top) {
                (true, false) => part.copy_(gradient),
                (true, true) => {
                    let _in_place = part.g_add_(gradient);
                }
                (false, false) => {
                    let _in_place = part.zero_();
                }
                (false, true) => {}
            }
            offset += count;
        }
        Ok(())
    }

    /// Reads them, strictly: every name and shape must be there, and nothing else; weight normalisation by its new or its
    /// old names; half precision is widened.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) lists all that is missing, unexpected or of another shape.
    pub(crate) fn load(&self, path: &Path) -> Result<()> {
        self.set(weights::read(path, &self.shapes())?);
        Ok(())
    }

    /// Takes them out of these tensors, as strictly.
    ///
    /// # Errors
    /// [`Error::Internal`] lists all that is missing, unexpected or of another shape.
    pub(crate) fn take(&self, tensors: BTreeMap<String, Tensor>) -> Result<()> {
        let mut differences = Vec::new();
        let values = weights::take_all(tensors, &self.shapes(), &mut differences);
        if !differences.is_empty() {
            return Err(Error::Internal(differences.join("; ")));
        }
        self.set(values);
        Ok(())
    }

    fn shapes(&self) -> Vec<(&str, Vec<i64>)> {
        let shapes = self.named.iter();
        shapes
            .map(|(name, parameter)| (name.as_str(), parameter.size()))
            .collect()
    }

    fn set(&self, values: Vec<Tensor>) {
        let _no_grad = tch::no_grad_guard();
        for ((_, parameter), value) in self.named.iter().zip(values) {
            parameter.shallow_clone().copy_(&value);
        }
    }
}
