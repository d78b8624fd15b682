//! Which parts of a batch's items are decoded while a step is trained: decoding takes long, and so only segments are.

use tch::{Kind, Tensor};

use crate::nn::random::Rng;

/// Equally many of every item, all of one length.
#[derive(Debug, Clone)]
pub(crate) struct Segments {
    /// The first frame of each, those of an item after one another.
    starts: Vec<i64>,
    /// How many an item has.
    each: i64,
    /// Frames of each.
    length: i64,
}

impl Segments {
    /// `each` at random of every item; an item has at least as many frames as a segment.
    pub(crate) fn random(frame_counts: &[i64], each: usize, length: i64, rng: &mut Rng) -> Self {
        let counts = frame_counts
            .iter()
            .flat_map(|&count| std::iter::repeat_n(count, each));
        Self {
            starts: counts.map(|count| rng.up_to(count - length)).collect(),
            each: each as i64,
            length,
        }
    }

    /// One of every item, which is all of it.
    pub(crate) fn whole(items: usize, frames: i64) -> Self {
        Self {
            starts: vec![0; items],
            each: 1,
            length: frames,
        }
    }

    /// The same of something that has `rate` samples for every frame.
    pub(crate) fn of_samples(&self, rate: i64) -> Self {
        Self {
            starts: self.starts.iter().map(|start| start * rate).collect(),
            each: self.each,
            length: self.length * rate,
        }
    }

    /// What an item has, for each of its segments: `[items, …]` → `[items × each, …]`.
    pub(crate) fn repeat(&self, items: &Tensor) -> Tensor {
        items.repeat_interleave_self_int(self.each, 0, None)
    }

    /// `[items, channels, frames]` → `[items × each, channels, length]`.
    pub(crate) fn cut(&self, input: &Tensor) -> Tensor {
        let (items, channels, frames) = (input.size()[0], input.size()[1], input.size()[2]);
        if self.each == 1 && self.length == frames {
            return input.shallow_clone();
        }
        let device = input.device();
        let starts = Tensor::from_slice(&self.starts).to_device(device);
        let index = starts.unsqueeze(1) + Tensor::arange(self.length, (Kind::Int64, device));
        let index = index
            .reshape([items, 1, self.each * self.length])
            .expand([-1, channels, -1], false);
        input
            .gather(2, &index, false)
            .reshape([items, channels, self.each, self.length])
            .transpose(1, 2)
            .reshape([items * self.each, channels, self.length])
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::nn::random::Stream;

    #[test]
    fn segments_lie_within_their_items_and_have_their_gradients() {
        let mut rng = Rng::new(1, Stream::Step, 1, Device::Cpu);
        let frames = [9, 5, 4];
        let segments = Segments::random(&frames, 2, 4, &mut rng);
        // Every number says where it stands.
        let input = Tensor::arange(3 * 2 * 9, (Kind::Float, Device::Cpu))
            .reshape([3, 2, 9])
            .set_requires_grad(true);
        let cut = segments.cut(&input);
        assert_eq!(cut.size(), [6, 2, 4]);
        for (number, &start) in segments.starts.iter().enumerate() {
            let item = number / 2;
            assert!((0..=frames[item] - 4).contains(&start));
            let expected = input.get(item as i64).narrow(1, start, 4);
            assert_eq!(cut.get(number as i64), expected);
        }
        assert!(segments.starts[0] != segments.starts[1]);
        cut.sum(Kind::Float).backward();
        // Each frame counts as often as it was cut.
        assert_eq!(input.grad().sum(Kind::Float).double_value(&[]), 48.0);

        let samples = segments
            .of_samples(3)
            .cut(&Tensor::zeros([3, 1, 27], (Kind::Float, Device::Cpu)));
        assert_eq!(samples.size(), [6, 1, 12]);
        let whole = Segments::whole(3, 9).cut(&input);
        assert_eq!(whole, input);
    }
}
