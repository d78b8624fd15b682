//! How near what a voice says is to a recording of the same sentence. The two are not equally long, and no frame belongs to another
//! by itself, so they are aligned first.

use tch::{Device, Kind, Tensor};

/// What is said that is longer than this many times the recording is cut off: it is nothing alike anyway.
const LONGEST: i64 = 3;

/// Mean absolute difference of the log mel bands `[bands, frames]` of what was said and of the recording, along the path that
/// makes it least: dynamic time warping (Sakoe & Chiba 1978) with steps of a frame in either or both.
pub(crate) fn mel_distance(said: &Tensor, recorded: &Tensor) -> f64 {
    let longest = LONGEST * recorded.size()[1];
    let said = said.narrow(1, 0, said.size()[1].min(longest));
    let bands = said.size()[0] as usize;
    warped(&frames(&said), &frames(recorded), bands) / bands as f64
}

/// `[bands, frames]`, frame by frame.
fn frames(mel: &Tensor) -> Vec<f32> {
    let frames = mel
        .transpose(0, 1)
        .to_device(Device::Cpu)
        .to_kind(Kind::Float)
        .contiguous();
    let mut values = vec![0f32; frames.numel()];
    frames.copy_data(&mut values, frames.numel());
    values
}

/// A path's cost until here, and its steps.
#[derive(Clone, Copy)]
struct Path {
    cost: f64,
    steps: u32,
}

/// The mean difference, summed over bands, of a step's two frames along the path that makes it least.
fn warped(said: &[f32], recorded: &[f32], bands: usize) -> f64 {
    let never = Path {
        cost: f64::INFINITY,
        steps: 0,
    };
    let columns = recorded.len() / bands;
    // Of the row before, behind one column that no path comes from.
    let mut before = vec![never; columns + 1];
    before[0].cost = 0.0;
    let mut row = before.clone();
    for said in said.chunks_exact(bands) {
        row[0] = never;
        for (column, recorded) in recorded.chunks_exact(bands).enumerate() {
            let ways = [before[column + 1], row[column]];
            let cheapest = ways.into_iter().fold(before[column], |best, way| {
                if way.cost < best.cost { way } else { best }
            });
            let differences = said.iter().zip(recorded).map(|(a, b)| (a - b).abs());
            row[column + 1] = Path {
                cost: cheapest.cost + f64::from(differences.sum::<f32>()),
                steps: cheapest.steps + 1,
            };
        }
        std::mem::swap(&mut before, &mut row);
    }
    let end = before[columns];
    end.cost / f64::from(end.steps.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(frames: &[f32]) -> Tensor {
        let frames = Tensor::from_slice(frames);
        Tensor::stack(&[&frames, &(&frames * 2.0)], 0)
    }

    #[test]
    fn what_is_slower_is_the_same() {
        let recorded = bands(&[0.0, 1.0, 3.0, 2.0]);
        let slower = bands(&[0.0, 0.0, 1.0, 1.0, 1.0, 3.0, 2.0, 2.0]);
        assert!(mel_distance(&recorded, &recorded) < 1e-6);
        assert!(mel_distance(&slower, &recorded) < 1e-6);
        assert!(mel_distance(&recorded, &slower) < 1e-6);
    }

    #[test]
    fn it_is_the_mean_difference_along_the_path() {
        let recorded = bands(&[0.0, 10.0, 0.0]);
        // Every frame is off by 1 in the one band, by 2 in the other.
        let higher = bands(&[1.0, 11.0, 11.0, 1.0]);
        assert!((mel_distance(&higher, &recorded) - 1.5).abs() < 1e-6);
        let other = bands(&[10.0, 0.0, 10.0]);
        assert!(mel_distance(&other, &recorded) > 3.0);
    }

    #[test]
    fn what_never_ends_is_cut_off() {
        let recorded = bands(&[0.0, 1.0]);
        let endless = bands(&[1.0; 10_000]);
        assert!(mel_distance(&endless, &recorded).is_finite());
    }
}
