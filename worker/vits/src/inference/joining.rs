//! Joins what a voice says sentence by sentence.

/// Length of the fades at a joint, in seconds: too short to be heard as one, long enough that nothing clicks.
const FADE_SECONDS: f64 = 0.005;

/// Joins clips with pauses between them. Each clip is faded out before a pause and in behind it, so that the signal has no
/// step there; the beginning of the first and the end of the last are left as they are.
#[derive(Debug)]
pub struct Joiner {
    sample_rate: u32,
    /// The last clip, whose end isn't known yet to be a joint.
    last: Option<Vec<f32>>,
}

impl Joiner {
    /// For clips of this sample rate, in hertz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            last: None,
        }
    }

    /// Takes the next clip, which `pause` seconds of silence part from the one before it. Answers the samples that are done:
    /// those of the clip before it, and the pause.
    pub fn add(&mut self, mut clip: Vec<f32>, pause: f64) -> Vec<f32> {
        let fade = self.samples(FADE_SECONDS);
        let Some(mut done) = self.last.take() else {
            self.last = Some(clip);
            return Vec::new();
        };
        fade_in(done.iter_mut().rev().take(fade));
        fade_in(clip.iter_mut().take(fade));
        done.resize(done.len() + self.samples(pause), 0.0);
        self.last = Some(clip);
        done
    }

    /// The samples of the last clip.
    pub fn finish(self) -> Vec<f32> {
        self.last.unwrap_or_default()
    }

    fn samples(&self, seconds: f64) -> usize {
        (seconds * f64::from(self.sample_rate)).round() as usize
    }
}

/// Half a cosine, from silence.
fn fade_in<'a>(samples: impl ExactSizeIterator<Item = &'a mut f32>) {
    let count = samples.len() as f32;
    for (index, sample) in samples.enumerate() {
        let phase = std::f32::consts::PI * (index as f32 + 0.5) / count;
        *sample *= 0.5 - 0.5 * phase.cos();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn joined(clips: &[(&[f32], f64)]) -> Vec<f32> {
        let mut joiner = Joiner::new(RATE);
        let mut samples = Vec::new();
        for (clip, pause) in clips {
            samples.extend(joiner.add(clip.to_vec(), *pause));
        }
        samples.extend(joiner.finish());
        samples
    }

    #[test]
    fn a_single_clip_is_left_as_it_is() {
        let clip: Vec<f32> = (0..1_000).map(|n| (n as f32 * 0.1).sin()).collect();
        assert_eq!(joined(&[(&clip, 0.0)]), clip);
        assert!(joined(&[]).is_empty());
    }

    #[test]
    fn joints_are_smooth_and_pauses_silent() {
        // The worst that can be joined: full scale up to the end.
        let clip = vec![1.0; 4_000];
        for pause in [0.0, 0.25] {
            let samples = joined(&[(&clip, 0.0), (&clip, pause), (&clip, pause)]);
            let silence = (pause * f64::from(RATE)) as usize;
            assert_eq!(samples.len(), 3 * clip.len() + 2 * silence);
            let steepest = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            assert!(steepest.fold(0.0, f32::max) < 0.04, "no step is heard");
            let (first, last) = (samples.first(), samples.last());
            assert_eq!((first, last), (Some(&1.0), Some(&1.0)));
            assert!(samples[clip.len()..][..silence].iter().all(|it| *it == 0.0));
        }
    }

    #[test]
    fn clips_shorter_than_a_fade_are_joined_too() {
        let samples = joined(&[(&[0.5], 0.0), (&[], 0.1), (&[0.5, 0.5], 0.0)]);
        assert_eq!(samples.len(), 3 + 1_600);
    }
}
