//! A network's parameters: named tensors that are views into one flat buffer, so that an optimizer's update is a handful
//! of vector operations and its state two tensors.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use crate::{Error, Result, randomness::Randomness};

/// Parameters while a network is being built; names are those of transformers' state dict.
pub(crate) struct Builder {
    named: Vec<(String, Tensor)>,
    randomness: Randomness,
    device: Device,
}

/// Parameters of a network that is built.
#[derive(Debug)]
pub(crate) struct Parameters {
    named: Vec<(String, Tensor)>,
    flat: Tensor,
}

impl Builder {
    pub(crate) fn new(randomness: Randomness, device: Device) -> Self {
        Self {
            named: Vec::new(),
            randomness,
            device,
        }
    }

    fn add(&mut self, name: String, value: Tensor) -> Tensor {
        let parameter = value
            .to_kind(Kind::Float)
            .to_device(self.device)
            .set_requires_grad(true);
        self.named.push((name, parameter.shallow_clone()));
        parameter
    }

    /// Zeros.
    pub(crate) fn zeros(&mut self, name: String, shape: &[i64]) -> Tensor {
        self.add(name, Tensor::zeros(shape, (Kind::Float, Device::Cpu)))
    }

    /// Ones.
    pub(crate) fn ones(&mut self, name: String, shape: &[i64]) -> Tensor {
        self.add(name, Tensor::ones(shape, (Kind::Float, Device::Cpu)))
    }

    /// Normal with standard deviation `std`.
    pub(crate) fn normal(&mut self, name: String, shape: &[i64], std: f64) -> Tensor {
        let value = self.randomness.normal(shape) * std;
        self.add(name, value)
    }

    /// Uniform in ±`bound`.
    pub(crate) fn uniform(&mut self, name: String, shape: &[i64], bound: f64) -> Tensor {
        let value = self.randomness.uniform(shape, bound);
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
        let v = self.randomness.uniform(shape, bound);
        let mut g_shape = vec![1; shape.len()];
        g_shape[0] = shape[0];
        let g = v
            .reshape([shape[0], -1])
            .square()
            .sum_dim_intlist([1i64].as_slice(), false, Kind::Float)
            .sqrt();
        let g = self.add(
            format!("{name}.parametrizations.weight.original0"),
            g.reshape(g_shape.as_slice()),
        );
        let v = self.add(format!("{name}.parametrizations.weight.original1"), v);
        (g, v)
    }

    /// Moves all parameters into one buffer.
    pub(crate) fn build(self) -> Parameters {
        let _no_grad = tch::no_grad_guard();
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
    /// The buffer.
    pub(crate) fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// The gradient of `loss` by every parameter, flat. Only what leads to these parameters is computed.
    pub(crate) fn gradient(&self, loss: &Tensor) -> Result<Tensor> {
        let inputs: Vec<&Tensor> = self.named.iter().map(|(_, tensor)| tensor).collect();
        let gradients = Tensor::f_run_backward(&[loss], &inputs, false, false)?;
        let pieces: Vec<Tensor> = gradients
            .iter()
            .zip(&inputs)
            .map(|(gradient, input)| {
                if gradient.defined() {
                    gradient.reshape([-1])
                } else {
                    input.zeros_like().reshape([-1])
                }
            })
            .collect();
        Ok(Tensor::cat(&pieces, 0))
    }

    /// Writes them as safetensors.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let named: Vec<(&str, &Tensor)> = self
            .named
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        Ok(Tensor::write_safetensors(&named, path)?)
    }

    /// Reads them, strictly: every name and shape must be there, and nothing else.
    pub(crate) fn load(&self, path: &Path) -> Result<()> {
        let file = Tensor::read_safetensors(path)?;
        let mut differences = Vec::new();
        for (name, parameter) in &self.named {
            match file.iter().find(|(other, _)| other == name) {
                None => differences.push(format!("{name} is missing")),
                Some((_, value)) if value.size() != parameter.size() => {
                    differences.push(format!(
                        "{name}: expected shape {:?}, got {:?}",
                        parameter.size(),
                        value.size()
                    ));
                }
                Some(_) => {}
            }
        }
        for (name, _) in &file {
            if !self.named.iter().any(|(other, _)| other == name) {
                differences.push(format!("{name} is not known"));
            }
        }
        if !differences.is_empty() {
            return Err(Error::Mismatch {
                path: path.to_owned(),
                differences,
            });
        }
        let _no_grad = tch::no_grad_guard();
        for (name, value) in &file {
            if let Some((_, parameter)) = self.named.iter().find(|(other, _)| other == name) {
                parameter.shallow_clone().copy_(value);
            }
        }
        Ok(())
    }
}
