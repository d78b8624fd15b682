//! A whole step in bfloat16, and on a GPU, beside the same step on the CPU in single precision, which is held against PyTorch
//! in `reference`.

use super::{
    reference::{Named, Stepped, step, stochastic_durations_and_three_speakers},
    *,
};

/// A step of the network that has every part.
fn stepped(compute: Compute) -> Stepped {
    let folder = tempfile::tempdir().unwrap();
    let config = stochastic_durations_and_three_speakers();
    step(&config, compute, folder.path())
}

/// Whether all losses are those of single precision but for this fraction, and both gradients but for this sine of the
/// angle between them.
fn assert_close(found: &Stepped, exact: &Stepped, of_losses: f64, of_gradients: f64) {
    for (name, exact) in &exact.losses {
        let difference = (found.losses[name] - exact).abs() / exact.abs();
        eprintln!("loss {name}: {exact}, differs by {difference:.1e}");
        assert!(
            difference <= of_losses,
            "{name}: {exact}, {found:?}",
            found = found.losses[name]
        );
    }
    for (network, found, exact) in [
        ("generator", &found.generator, &exact.generator),
        (
            "discriminators",
            &found.discriminators,
            &exact.discriminators,
        ),
    ] {
        let (found, exact) = (flat(found), flat(exact));
        let norm = |tensor: &Tensor| tensor.norm().double_value(&[]);
        let cosine = found.dot(&exact).double_value(&[]) / (norm(&found) * norm(&exact));
        let sine = (1.0 - cosine.powi(2)).max(0.0).sqrt();
        let longer = norm(&found) / norm(&exact) - 1.0;
        eprintln!("{network}: {sine:.1e} off the gradient's direction, longer by {longer:.1e}");
        assert!(
            sine <= of_gradients && longer.abs() <= of_gradients,
            "{network}"
        );
    }
}

fn flat(gradients: &Named) -> Tensor {
    let parts: Vec<Tensor> = gradients
        .values()
        .map(|gradient| gradient.to_kind(Kind::Double).flatten(0, -1))
        .collect();
    Tensor::cat(&parts, 0)
}

#[test]
fn bfloat16_goes_the_same_way() {
    let exact = stepped(Compute::exact(Device::Cpu));
    let half = stepped(Compute {
        dtype: Kind::BFloat16,
        ..Compute::exact(Device::Cpu)
    });
    assert_close(&half, &exact, 0.01, 0.05);
    // Nothing would be faster if everything were exact.
    assert_ne!(half.losses, exact.losses);
}

#[test]
#[ignore = "needs a GPU, which libtorch finds"]
fn a_gpu_goes_the_same_way() {
    let gpu = Device::cuda_if_available();
    assert!(gpu.is_cuda(), "libtorch finds no GPU");
    let exact = stepped(Compute::exact(Device::Cpu));
    // cuDNN convolves single precision in TF32 by default, which has 11 bits.
    assert_close(&stepped(Compute::exact(gpu)), &exact, 0.002, 0.01);
    let half = stepped(Compute {
        dtype: Kind::BFloat16,
        ..Compute::exact(gpu)
    });
    assert_close(&half, &exact, 0.01, 0.05);
}
