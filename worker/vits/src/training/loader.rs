//! Puts batches together on a thread of its own, while the one before is trained from. What a batch holds follows from the
//! seed and the step alone, so nothing depends on which thread is the quicker one.
//!
//! That thread touches no tensor. Each thread that does gets helpers of its own from OpenMP, and where there are more of
//! those than processors, all of them go to sleep between two operations and have to be woken for the next: a step would
//! take longer by more than its batch does. So the tensors and spectrograms are made by the thread that trains.

use std::{
    ops::Range,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use tch::Device;

use crate::{
    Error, Result,
    error::panic_message,
    training::{
        batches::{self, HostBatch},
        corpus::Corpus,
        plan::TrainingPlan,
    },
};

/// Batches that lie ready, besides the one that is being put together.
const AHEAD: usize = 1;

/// The batches of a training, of one step after another. Dropping it ends its thread.
pub(crate) struct Loader {
    /// None once it is to end.
    batches: Option<Receiver<Result<HostBatch>>>,
    /// None once it has ended.
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Batches for these steps, counted from 0, of as many clips as `device` computes at once.
    pub(crate) fn start(
        corpus: Arc<Corpus>,
        plan: &TrainingPlan,
        device: Device,
        steps: Range<u64>,
    ) -> Result<Self> {
        let (sender, batches) = sync_channel(AHEAD);
        let plan = plan.clone();
        let thread = thread::Builder::new()
            .name("loader".into())
            .spawn(move || load(&corpus, &plan, device, steps, &sender))
            .map_err(|error| Error::Internal(format!("no thread for batches: {error}")))?;
        Ok(Self {
            batches: Some(batches),
            thread: Some(thread),
        })
    }

    /// The next batch of this step, or the first of the next step.
    ///
    /// # Errors
    /// Where a recording can't be read; [`Error::Internal`] where the thread has failed, or there is no further step.
    pub(crate) fn next(&mut self) -> Result<HostBatch> {
        let received = self.batches.as_ref().and_then(|it| it.recv().ok());
        received.unwrap_or_else(|| {
            Err(Error::Internal(match self.end() {
                Err(panic) => panic_message(panic.as_ref()),
                Ok(()) => "there are no more batches than steps".into(),
            }))
        })
    }

    fn end(&mut self) -> thread::Result<()> {
        drop(self.batches.take());
        self.thread.take().map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        let _told_by_next = self.end();
    }
}

fn load(
    corpus: &Corpus,
    plan: &TrainingPlan,
    device: Device,
    steps: Range<u64>,
    sender: &SyncSender<Result<HostBatch>>,
) {
    let epoch_steps = corpus.steps(plan.step_clips());
    let mut order = Vec::new();
    let first = steps.start;
    for step in steps {
        if step == first || step.is_multiple_of(epoch_steps) {
            order = corpus.order(plan.seed, step / epoch_steps, plan.step_clips());
        }
        let members = &order[(step % epoch_steps) as usize];
        for batch in batches::of_step(corpus, members, plan.clips_at_once(device)) {
            // Nobody waits for it where the training has ended early.
            if sender.send(batch).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        audio::{Clip, write_wav},
        nn::compute::Precision,
        text::tokenizer::Tokenizer,
        training::{
            corpus::Utterance,
            plan::{Recipe, Validation},
        },
    };

    const PLAN: TrainingPlan = TrainingPlan {
        preset: None,
        recipe: Recipe::Scratch,
        text: None,
        epochs: 3,
        batch_size: 2,
        accumulate: 1,
        learning_rate: None,
        seed: 4,
        checkpoint_every: None,
        validation: Validation::None,
        early_stopping: None,
        sample_rate: None,
        segments: 1,
        precision: Precision::Single,
    };

    /// Recordings, none as long as another.
    fn corpus(folder: &Path, recordings: usize) -> Arc<Corpus> {
        let utterances: Vec<Utterance> = (1..=recordings)
            .map(|number| {
                let audio = folder.join(format!("{number}.wav"));
                let clip = Clip {
                    samples: vec![0.1 * number as f32; 9_000 + 1_000 * number],
                    sample_rate: 16_000,
                };
                write_wav(&audio, &clip).unwrap();
                Utterance {
                    id: number.to_string(),
                    text: "سلام".into(),
                    reading: None,
                    speaker: None,
                    audio,
                }
            })
            .collect();
        let corpus = Corpus::prepare(
            &utterances,
            folder,
            16_000,
            None,
            |letters| Tokenizer::of_mode(None, letters),
            &mut |_| true,
        );
        Arc::new(corpus.unwrap().unwrap())
    }

    #[test]
    fn batches_are_those_of_their_steps_wherever_a_training_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = corpus(folder.path(), 5);
        let batches = |of_step: &Vec<usize>| -> Vec<HostBatch> {
            let batches = batches::of_step(&corpus, of_step, PLAN.batch_size);
            batches.map(Result::unwrap).collect()
        };
        for accumulate in [1, 2] {
            let plan = TrainingPlan { accumulate, ..PLAN };
            let steps: Vec<Vec<HostBatch>> = (0..3)
                .flat_map(|epoch| corpus.order(plan.seed, epoch, plan.step_clips()))
                .map(|of_step| batches(&of_step))
                .collect();
            assert_eq!(steps.len() as u64, 3 * corpus.steps(plan.step_clips()));
            for from in [0, 1, 3, 5] {
                let range = from as u64..steps.len() as u64;
                let mut loader = Loader::start(corpus.clone(), &plan, Device::Cpu, range).unwrap();
                for (step, expected) in steps.iter().enumerate().skip(from) {
                    assert_eq!(expected.len(), accumulate);
                    for expected in expected {
                        assert_eq!(loader.next().unwrap(), *expected, "{step} from {from}");
                    }
                }
                let error = loader.next().unwrap_err().to_string();
                assert!(error.contains("no more batches"), "{error}");
            }
        }
    }

    #[test]
    fn a_cpu_takes_a_large_batch_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = corpus(folder.path(), 9);
        let plan = TrainingPlan {
            batch_size: 16,
            ..PLAN
        };
        let clips = |device: Device| -> Vec<f64> {
            let mut loader = Loader::start(corpus.clone(), &plan, device, 0..1).unwrap();
            let batches = std::iter::from_fn(|| loader.next().ok());
            batches.map(|batch| 9.0 * batch.share.clips).collect()
        };
        assert_eq!(clips(Device::Cpu), [8.0, 1.0]);
        assert_eq!(clips(Device::Cuda(0)), [9.0]);
    }

    #[test]
    fn a_loader_that_nobody_asks_any_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = corpus(folder.path(), 5);
        let mut loader = Loader::start(corpus.clone(), &PLAN, Device::Cpu, 0..u64::MAX).unwrap();
        loader.next().unwrap();
        drop(loader);
        // Its thread held another one.
        assert_eq!(Arc::strong_count(&corpus), 1);
    }
}
