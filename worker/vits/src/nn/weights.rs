//! Weights as they lie in a safetensors file, read strictly: every difference from the network is listed, and nothing is
//! left random.

use std::{collections::BTreeMap, fs::File, path::Path};

use tch::{Kind, TchError, Tensor};

use crate::{Error, Result};

/// What weight normalisation is stored as: PyTorch's names of today (for g and for v), and those before them.
const NORM_NAMES: [(&str, &str); 2] = [
    (".parametrizations.weight.original0", ".weight_g"),
    (".parametrizations.weight.original1", ".weight_v"),
];

/// Reads the tensors of these names and shapes, in this order.
///
/// # Errors
/// [`Error::Mismatch`] lists every tensor that is missing, unexpected, of another shape, or not of floating-point numbers.
pub(crate) fn read(path: &Path, wanted: &[(&str, Vec<i64>)]) -> Result<Vec<Tensor>> {
    let mut differences = Vec::new();
    let mut by_name = BTreeMap::new();
    for (name, tensor) in read_all(path)? {
        if by_name.insert(name.clone(), tensor).is_some() {
            differences.push(format!(
                "{name} is there twice, by its old and its new name"
            ));
        }
    }
    let values = take_all(by_name, wanted, &mut differences);
    if differences.is_empty() {
        Ok(values)
    } else {
        Err(Error::Mismatch {
            path: path.to_owned(),
            differences,
        })
    }
}

/// Takes the tensors of these names and shapes, in this order, and lists what differs, of which there must be nothing.
pub(crate) fn take_all(
    mut by_name: BTreeMap<String, Tensor>,
    wanted: &[(&str, Vec<i64>)],
    differences: &mut Vec<String>,
) -> Vec<Tensor> {
    let mut values = Vec::with_capacity(wanted.len());
    let mut folded = Vec::new();
    for (name, shape) in wanted {
        match by_name.remove(*name) {
            Some(value) if value.size() != *shape => differences.push(format!(
                "{name}: expected shape {shape:?}, got {:?}",
                value.size()
            )),
            Some(value) if !is_floating(value.kind()) => differences.push(format!(
                "{name}: expected floating-point numbers, got {:?}",
                value.kind()
            )),
            Some(value) => values.push(value),
            None => match layer_of_norm(name) {
                Some(layer) if by_name.contains_key(&format!("{layer}.weight")) => {
                    folded.push(layer);
                }
                _ => match take_folded(&mut by_name, name, shape) {
                    Some(value) => values.push(value),
                    None => differences.push(format!("{name} is missing")),
                },
            },
        }
    }
    folded.dedup();
    for layer in folded {
        by_name.remove(&format!("{layer}.weight"));
        differences.push(format!(
            "{layer}.weight is there with its weight normalisation already folded in, expected the pair \
             {layer}.parametrizations.weight.original0 and original1: take the voice as it was before folding"
        ));
    }
    differences.extend(by_name.keys().map(|name| format!("{name} is not known")));
    values
}

/// Reads all that there is, by the names of today.
///
/// # Errors
/// Where it can't be read as safetensors.
pub(crate) fn read_all(path: &Path) -> Result<Vec<(String, Tensor)>> {
    File::open(path).map_err(Error::file(path))?;
    let found = Tensor::read_safetensors(path).map_err(|error| match error {
        TchError::SafeTensorError { err, .. } => Error::Mismatch {
            path: path.to_owned(),
            differences: vec![format!("it is no whole safetensors file: {err}")],
        },
        other => Error::Torch(other),
    })?;
    Ok(found
        .into_iter()
        .map(|(name, tensor)| (of_today(name), tensor))
        .collect())
}

/// Writes tensors as safetensors.
pub(crate) fn write(path: &Path, named: &[(String, Tensor)]) -> Result<()> {
    let named: Vec<(&str, &Tensor)> = named
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    Ok(Tensor::write_safetensors(&named, path)?)
}

/// Takes the tensor of this name and shape out of many, or the reason why it can't be. Weight normalisation that was folded
/// into its weight is unfolded: v is the weight, g its norm, which gives the same weight.
pub(crate) fn take(
    tensors: &mut BTreeMap<String, Tensor>,
    name: &str,
    shape: &[i64],
) -> std::result::Result<Tensor, String> {
    let fits = |value: &Tensor| value.size() == shape && is_floating(value.kind());
    if let Some(value) = tensors.remove(name) {
        return match fits(&value) {
            true => Ok(value),
            false => Err(format!(
                "{name}: expected shape {shape:?}, got {:?} of {:?}",
                value.size(),
                value.kind()
            )),
        };
    }
    let missing = || format!("{name} is missing");
    let layer = layer_of_norm(name).ok_or_else(missing)?;
    let folded = format!("{layer}.weight");
    if name.ends_with(NORM_NAMES[1].0) {
        // g is asked for before v, and leaves the weight where it is.
        let value = tensors.remove(&folded).ok_or_else(missing)?;
        return if fits(&value) {
            Ok(value)
        } else {
            Err(missing())
        };
    }
    let value = tensors.get(&folded).ok_or_else(missing)?;
    let rows = value.size().first().copied().unwrap_or(0);
    if rows != shape.iter().product::<i64>() || !is_floating(value.kind()) {
        return Err(missing());
    }
    Ok(value
        .to_kind(Kind::Float)
        .reshape([rows, -1])
        .norm_scalaropt_dim(2.0, [1i64].as_slice(), false)
        .reshape(shape))
}

/// Takes a layer's weight of this shape where its file has the pair that weight normalisation makes of it.
fn take_folded(
    tensors: &mut BTreeMap<String, Tensor>,
    name: &str,
    shape: &[i64],
) -> Option<Tensor> {
    let layer = name.strip_suffix(".weight")?;
    let mut norms = vec![1; shape.len()];
    *norms.first_mut()? = *shape.first()?;
    let fits = |part: &str, shape: &[i64]| {
        let stored = tensors.get(&format!("{layer}{part}"));
        stored.is_some_and(|tensor| tensor.size() == shape && is_floating(tensor.kind()))
    };
    let [(g, _), (v, _)] = NORM_NAMES;
    let fits = fits(g, &norms) && fits(v, shape);
    fits.then(|| take_pair(tensors, layer)).flatten()
}

/// Takes what weight normalisation makes of a layer's weight, and gives the weight.
fn take_pair(tensors: &mut BTreeMap<String, Tensor>, layer: &str) -> Option<Tensor> {
    let weight = plain(tensors, layer);
    for (part, _) in NORM_NAMES {
        tensors.remove(&format!("{layer}{part}"));
    }
    weight
}

/// Folds weight normalisation into the weights of the layers whose names begin with `prefix`: what transformers doesn't
/// normalise there, its files have as it is applied.
pub(crate) fn fold(named: Vec<(String, Tensor)>, prefix: &str) -> Vec<(String, Tensor)> {
    let _no_grad = tch::no_grad_guard();
    let mut tensors: BTreeMap<String, Tensor> = named.into_iter().collect();
    let normed: Vec<String> = tensors
        .keys()
        .filter(|name| name.starts_with(prefix))
        .filter_map(|name| Some(name.strip_suffix(NORM_NAMES[1].0)?.to_owned()))
        .collect();
    for layer in normed {
        let weight = take_pair(&mut tensors, &layer);
        tensors.extend(weight.map(|weight| (format!("{layer}.weight"), weight)));
    }
    tensors.into_iter().collect()
}

/// A layer's weight, with its weight normalisation folded in where it has any; `None` where it isn't there.
pub(crate) fn plain(tensors: &BTreeMap<String, Tensor>, layer: &str) -> Option<Tensor> {
    if let Some(weight) = tensors.get(&format!("{layer}.weight")) {
        return Some(weight.to_kind(Kind::Float));
    }
    let [g, v] = NORM_NAMES.map(|(name, _)| tensors.get(&format!("{layer}{name}")));
    let (g, v) = (g?.to_kind(Kind::Float), v?.to_kind(Kind::Float));
    Some(Tensor::internal_weight_norm(&v, &g, 0))
}

/// The name that PyTorch gives it now.
fn of_today(name: String) -> String {
    for (new, old) in NORM_NAMES {
        if let Some(layer) = name.strip_suffix(old) {
            return format!("{layer}{new}");
        }
    }
    name
}

/// The layer whose weight normalisation this is a part of.
fn layer_of_norm(name: &str) -> Option<&str> {
    NORM_NAMES
        .iter()
        .find_map(|(new, _)| name.strip_suffix(new))
}

fn is_floating(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16
    )
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    fn numbers(shape: &[i64], kind: Kind) -> Tensor {
        Tensor::ones(shape, (Kind::Float, Device::Cpu)).to_kind(kind)
    }

    fn read_back(tensors: &[(&str, Tensor)], wanted: &[(&str, Vec<i64>)]) -> Result<Vec<Tensor>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        Tensor::write_safetensors(tensors, &path).unwrap();
        read(&path, wanted)
    }

    fn differences(error: Error) -> Vec<String> {
        match error {
            Error::Mismatch { differences, .. } => differences,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn everything_that_differs_is_listed() {
        let error = read_back(
            &[
                ("a.weight", numbers(&[2, 3], Kind::Float)),
                ("b.weight", numbers(&[2], Kind::Int64)),
                ("d.weight", numbers(&[2], Kind::Float)),
            ],
            &[
                ("a.weight", vec![3, 2]),
                ("b.weight", vec![2]),
                ("c.weight", vec![1]),
            ],
        )
        .unwrap_err();
        assert_eq!(
            differences(error),
            [
                "a.weight: expected shape [3, 2], got [2, 3]",
                "b.weight: expected floating-point numbers, got Int64",
                "c.weight is missing",
                "d.weight is not known",
            ]
        );
    }

    #[test]
    fn weight_normalisation_is_read_by_both_its_names_and_in_half_precision() {
        let wanted = [
            ("in.parametrizations.weight.original0", vec![4, 1, 1]),
            ("in.parametrizations.weight.original1", vec![4, 2, 3]),
        ];
        let old = [
            ("in.weight_g", numbers(&[4, 1, 1], Kind::Half)),
            ("in.weight_v", numbers(&[4, 2, 3], Kind::BFloat16)),
        ];
        let values = read_back(&old, &wanted).unwrap();
        assert_eq!(values[0].size(), [4, 1, 1]);
        assert_eq!(values[1].size(), [4, 2, 3]);

        let plain = [("in.weight", vec![4, 2, 3])];
        let folded = read_back(&old, &plain).unwrap();
        let named = wanted.iter().map(|(name, _)| (*name).to_owned());
        let pair = named
            .zip(values.iter().map(Tensor::shallow_clone))
            .collect();
        let written = fold(pair, "in.");
        assert_eq!(
            written,
            [("in.weight".to_owned(), folded[0].shallow_clone())]
        );
        // Six ones have a norm of √6, and the weight's norm is 1.
        assert!((folded[0].double_value(&[0, 0, 0]) - 6f64.powf(-0.5)).abs() < 1e-6);

        let twice = [
            ("in.weight_g", numbers(&[4, 1, 1], Kind::Float)),
            (wanted[0].0, numbers(&[4, 1, 1], Kind::Float)),
            (wanted[1].0, numbers(&[4, 2, 3], Kind::Float)),
        ];
        let error = read_back(&twice, &wanted).unwrap_err();
        assert!(error.to_string().contains("is there twice"), "{error}");
    }

    #[test]
    fn folded_weights_are_refused_with_the_reason() {
        let error = read_back(
            &[(
                "wavenet.in_layers.0.weight",
                numbers(&[4, 2, 3], Kind::Float),
            )],
            &[
                (
                    "wavenet.in_layers.0.parametrizations.weight.original0",
                    vec![4, 1, 1],
                ),
                (
                    "wavenet.in_layers.0.parametrizations.weight.original1",
                    vec![4, 2, 3],
                ),
            ],
        )
        .unwrap_err();
        let listed = differences(error);
        assert_eq!(listed.len(), 1);
        assert!(
            listed[0].starts_with(
                "wavenet.in_layers.0.weight is there with its weight normalisation already folded"
            ),
            "{listed:?}"
        );
    }

    #[test]
    fn a_torn_file_is_refused_as_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        assert!(matches!(read(&path, &[]), Err(Error::File { .. })));
        std::fs::write(&path, b"not one").unwrap();
        let error = read(&path, &[]).unwrap_err();
        assert!(error.is_permanent() && error.to_string().contains("no whole safetensors file"));
    }
}
