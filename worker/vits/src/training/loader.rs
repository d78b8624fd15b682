//! Puts batches together on a thread of its own, while the step before is trained. What a batch holds follows from the
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

use crate::{
    Error, Result,
    error::panic_message,
    training::batches::{Corpus, HostBatch},
};

/// Batches that lie ready, besides the one that is being put together.
const AHEAD: usize = 1;

/// The batches of a training, one a step. Dropping it ends its thread.
pub(crate) struct Loader {
    /// None once it is to end.
    batches: Option<Receiver<Result<HostBatch>>>,
    /// None once it has ended.
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Batches for these steps, counted from 0.
    pub(crate) fn start(
        corpus: Arc<Corpus>,
        seed: u64,
        batch_size: usize,
        steps: Range<u64>,
    ) -> Result<Self> {
        let (sender, batches) = sync_channel(AHEAD);
        let thread = thread::Builder::new()
            .name("loader".into())
            .spawn(move || load(&corpus, seed, batch_size, steps, &sender))
            .map_err(|error| Error::Internal(format!("no thread for batches: {error}")))?;
        Ok(Self {
            batches: Some(batches),
            thread: Some(thread),
        })
    }

    /// The batch of the next step.
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
    seed: u64,
    batch_size: usize,
    steps: Range<u64>,
    batches: &SyncSender<Result<HostBatch>>,
) {
    let epoch_steps = corpus.steps(batch_size);
    let mut order = Vec::new();
    let first = steps.start;
    for step in steps {
        if step == first || step.is_multiple_of(epoch_steps) {
            order = corpus.order(seed, step / epoch_steps, batch_size);
        }
        let members = &order[(step % epoch_steps) as usize];
        // Nobody waits for it where the training has ended early.
        if batches.send(corpus.rows(members)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        audio::{Clip, write_wav},
        text::tokenizer::Tokenizer,
        training::batches::Utterance,
    };

    const SEED: u64 = 4;
    const BATCH_SIZE: usize = 2;

    /// Five recordings, none as long as another: three batches an epoch.
    fn corpus(folder: &Path) -> Arc<Corpus> {
        let utterances: Vec<Utterance> = (1..=5)
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
        let corpus = corpus(folder.path());
        let expected: Vec<HostBatch> = (0..3)
            .flat_map(|epoch| corpus.order(SEED, epoch, BATCH_SIZE))
            .map(|members| corpus.rows(&members).unwrap())
            .collect();
        for from in [0, 1, 3, 5] {
            let mut loader = Loader::start(corpus.clone(), SEED, BATCH_SIZE, from..9).unwrap();
            for (step, expected) in expected.iter().enumerate().skip(from as usize) {
                assert_eq!(loader.next().unwrap(), *expected, "step {step} from {from}");
            }
            let error = loader.next().unwrap_err().to_string();
            assert!(error.contains("no more batches"), "{error}");
        }
    }

    #[test]
    fn a_loader_that_nobody_asks_any_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let corpus = corpus(folder.path());
        let mut loader = Loader::start(corpus.clone(), SEED, BATCH_SIZE, 0..u64::MAX).unwrap();
        loader.next().unwrap();
        drop(loader);
        // Its thread held another one.
        assert_eq!(Arc::strong_count(&corpus), 1);
    }
}
