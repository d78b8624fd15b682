//! Checks and normalises an uploaded archive: every recording decoded, mixed to mono and kept as 16-bit WAV, every fault
//! told with its clip.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    datasets::{self, Clip, Dataset, Prepared},
    dictionary::{self, Pronunciations},
    exclusion::Exclusion,
    folders,
    ids::{DatasetId, UserId},
    text_analysis::TextMode,
};
use jobs::{Handler, Outcome, RunContext, StopReason};
use persian::{Analyzer, Dropped};
use vits::{audio, text};

use super::{
    Handlers,
    dataset_report::{Examined, Report},
    job_error::JobError,
    transcripts::{self, Transcript},
};
use crate::{
    archive::{self, Unpacked},
    script::{Reader, in_one_piece},
};

/// Progress is published at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// A sample this close to full scale counts as clipped.
const CLIPPED_LEVEL: f32 = 0.999;

impl Handler<Dataset> for Handlers {
    async fn run(&self, context: RunContext<Dataset>) -> Outcome<Prepared> {
        let ended = run(self, &context).await;
        ended.unwrap_or_else(JobError::outcome)
    }

    async fn cleanup(&self, id: DatasetId) -> jobs::Result<()> {
        Ok(self.storage.delete_folder(&folders::upload(id)).await?)
    }
}

async fn run(
    handlers: &Handlers,
    context: &RunContext<Dataset>,
) -> Result<Outcome<Prepared>, JobError> {
    let run = context.run();
    let dataset = datasets::of_run(run).await?;
    let upload = dataset.upload_path.ok_or(JobError::UploadGone)?;
    let scratch = context.scratch()?;
    let unpacked = match unpack(handlers, context, &upload, scratch.path()).await? {
        ControlFlow::Continue(unpacked) => unpacked,
        ControlFlow::Break(reason) => return Ok(reason.outcome()),
    };
    let transcripts = transcripts::read(&unpacked.metadata)?;
    let wavs = scratch.path().join("wavs");
    std::fs::create_dir(&wavs)?;
    // A folder of the run's own: what a run writes that lost its job is seen by nobody.
    let key = format!("{}/wavs-run-{}", dataset.file_path, run.id);
    let recordings: HashMap<String, PathBuf> = unpacked.recordings.into_iter().collect();
    let target = Target {
        folder: &wavs,
        key: &key,
    };
    let reader = TranscriptReader::open(handlers, context).await?;
    let examined = examine_all(context, transcripts, &recordings, target, reader).await?;
    let (clips, report) = match examined {
        ControlFlow::Continue(examined) => examined,
        ControlFlow::Break(reason) => return Ok(reason.outcome()),
    };
    context.confirm_ownership().await?;
    let stored = handlers
        .storage
        .put_folder_watched(&key, &wavs, || check_in(context));
    let stored = match stored.await? {
        ControlFlow::Continue(stored) => stored,
        ControlFlow::Break(reason) => return Ok(reason.outcome()),
    };
    Ok(Outcome::Completed(Prepared {
        clips,
        size_bytes: stored.iter().map(|file| file.size_bytes).sum(),
        report: serde_json::to_value(&report).map_err(domain::Error::from)?,
    }))
}

/// Fetches the archive and unpacks it below `scratch`.
async fn unpack(
    handlers: &Handlers,
    context: &RunContext<Dataset>,
    upload: &str,
    scratch: &Path,
) -> Result<ControlFlow<StopReason, Unpacked>, JobError> {
    let archive = scratch.join("archive");
    let fetched = handlers
        .storage
        .get_file_watched(upload, &archive, || check_in(context));
    if let ControlFlow::Break(reason) = fetched.await? {
        return Ok(ControlFlow::Break(reason));
    }
    let folder = scratch.join("unpacked");
    std::fs::create_dir(&folder)?;
    let unpacking = tokio::task::spawn_blocking({
        let context = context.clone();
        move || {
            archive::unpack(&archive, &folder, &mut || {
                check_in(&context).map_break(drop)
            })
        }
    });
    match unpacking.await? {
        Err(archive::Error::Stopped) => {
            let reason = context.stop_requested().unwrap_or(StopReason::HandBack);
            Ok(ControlFlow::Break(reason))
        }
        unpacked => Ok(ControlFlow::Continue(unpacked?)),
    }
}

/// What reads the transcripts.
struct TranscriptReader {
    /// None without the language files.
    analyzer: Option<Arc<Analyzer>>,
    dictionary: Pronunciations,
}

impl TranscriptReader {
    async fn open(handlers: &Handlers, context: &RunContext<Dataset>) -> Result<Self, JobError> {
        let run = context.run();
        let analyzer = match handlers.analyzer(Some(TextMode::Phonemes)).await {
            // A dataset is of use for trainings by characters, too.
            Err(domain::Error::Language(error)) => {
                tracing::warn!("transcripts are checked without their phonemes: {error}");
                None
            }
            analyzer => analyzer?,
        };
        Ok(Self {
            analyzer,
            dictionary: dictionary::all(run.db(), UserId::of(run)).await?,
        })
    }

    /// What of a transcript isn't spoken.
    fn dropped(&self, transcript: &Transcript) -> Vec<Dropped> {
        let reader = match &self.analyzer {
            _ if transcript.phonemes.is_some() => return Vec::new(),
            Some(analyzer) => Reader::Phonemes {
                analyzer,
                dictionary: &self.dictionary,
            },
            None => Reader::Words,
        };
        in_one_piece(&transcript.text, &reader).1
    }
}

/// Where the WAV files of a run go.
#[derive(Clone, Copy)]
struct Target<'a> {
    /// On this machine, until all are written.
    folder: &'a Path,
    /// In the storage.
    key: &'a str,
}

/// Checks every line of the transcripts with its recording.
async fn examine_all(
    context: &RunContext<Dataset>,
    transcripts: Vec<Transcript>,
    recordings: &HashMap<String, PathBuf>,
    target: Target<'_>,
    reader: TranscriptReader,
) -> Result<ControlFlow<StopReason, (Vec<Clip>, Report)>, JobError> {
    let total = transcripts.len();
    let reader = Arc::new(reader);
    let mut report = Report::default();
    let mut clips = Vec::with_capacity(total);
    let mut published = Instant::now();
    datasets::progress(context.run(), 0, total).await?;
    for (number, transcript) in transcripts.into_iter().enumerate() {
        if let ControlFlow::Break(reason) = check_in(context) {
            return Ok(ControlFlow::Break(reason));
        }
        let recording = recordings.get(&transcript.name).cloned();
        let wav = target.folder.join(format!("{number:06}.wav"));
        let key = format!("{}/{number:06}.wav", target.key);
        let reader = reader.clone();
        let examined = tokio::task::spawn_blocking(move || {
            let dropped = reader.dropped(&transcript);
            examine(transcript, dropped, recording.as_deref(), &wav, key)
        });
        clips.push(report.add(examined.await??));
        if published.elapsed() >= PROGRESS_INTERVAL {
            datasets::progress(context.run(), number + 1, total).await?;
            published = Instant::now();
        }
    }
    report.count_without_transcript(recordings.keys(), &clips);
    if clips.iter().all(|clip| clip.excluded_reason.is_some()) {
        let first = clips.into_iter().next();
        let first = first.and_then(|clip| clip.excluded_details);
        return Err(JobError::NoUsableClips {
            total,
            first: first.map(|first| first.0),
        });
    }
    Ok(ControlFlow::Continue((clips, report)))
}

/// Shows that the job makes progress, and learns whether it has to stop. An archive may be large and its disk slow, so every
/// step of the work calls this.
fn check_in(context: &RunContext<Dataset>) -> ControlFlow<StopReason> {
    context.touch();
    match context.stop_requested() {
        Some(reason) => ControlFlow::Break(reason),
        None => ControlFlow::Continue(()),
    }
}

/// Decodes one recording and writes it as WAV; whatever is wrong with it becomes the reason why the clip is left out.
///
/// # Errors
/// Where a file of this machine can't be read or written: that says nothing of the clip.
fn examine(
    transcript: Transcript,
    dropped: Vec<Dropped>,
    recording: Option<&Path>,
    wav: &Path,
    key: String,
) -> Result<Examined, vits::Error> {
    let mut clip = Clip {
        id: transcript.name,
        text: transcript.text,
        phonemes: transcript.phonemes,
        speaker: transcript.speaker,
        duration_seconds: None,
        excluded_reason: None,
        excluded_details: None,
        file_path: None,
    };
    let sound = match recording.map(audio::decode) {
        Some(Ok(sound)) => sound,
        Some(Err(error)) if !error.is_permanent() => return Err(error),
        unusable => {
            clip.exclude(match unusable {
                // The recording's own name means more to people than where it was unpacked.
                Some(Err(vits::Error::Audio { reason, .. })) => {
                    Exclusion::UnreadableAudio { cause: reason }
                }
                Some(Err(error)) => Exclusion::UnreadableAudio {
                    cause: error.to_string(),
                },
                _ => Exclusion::NoRecording,
            });
            return Ok(Examined {
                clip,
                sample_rate: None,
                clipped: false,
                line: transcript.line,
                dropped,
            });
        }
    };
    audio::write_wav(wav, &sound)?;
    clip.duration_seconds = Some(sound.seconds());
    clip.file_path = Some(key);
    let is_said = text::normalize(&clip.text).contains(char::is_alphabetic);
    if !is_said && clip.phonemes.is_none() {
        clip.exclude(Exclusion::NoLetters);
    }
    let mut levels = sound.samples.iter().map(|sample| sample.abs());
    let clipped = levels.any(|level| level >= CLIPPED_LEVEL);
    Ok(Examined {
        clip,
        sample_rate: Some(sound.sample_rate),
        clipped,
        line: transcript.line,
        dropped,
    })
}
