//! Checks and normalises an uploaded archive: every recording decoded, mixed to mono and kept as 16-bit WAV, every fault
//! said by clip.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::{
    datasets::{self, Clip, Dataset, Prepared},
    folders,
    ids::DatasetId,
};
use jobs::{Handler, Outcome, RunContext, StopReason};
use vits::{audio, text};

use super::{Handlers, job_error::JobError};
use crate::archive;

/// Progress is told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// Longest name of a clip.
const NAME_CHARACTERS: usize = 200;
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
    let Some(upload) = dataset.upload_path else {
        return Ok(Outcome::Failed {
            reason: "the uploaded archive is gone; upload it again".into(),
        });
    };
    let scratch = context.scratch()?;
    let archive = scratch.path().join("archive");
    let fetched = handlers
        .storage
        .get_file_watched(&upload, &archive, || check_in(context));
    if let ControlFlow::Break(reason) = fetched.await? {
        return Ok(reason.outcome());
    }
    let unpacked_to = scratch.path().join("unpacked");
    std::fs::create_dir(&unpacked_to)?;
    let unpacking = tokio::task::spawn_blocking({
        let context = context.clone();
        move || {
            archive::unpack(&archive, &unpacked_to, &mut || {
                check_in(&context).map_break(drop)
            })
        }
    });
    let unpacked = match unpacking.await? {
        Err(archive::Error::Stopped) => {
            return Ok(context
                .stop_requested()
                .unwrap_or(StopReason::HandBack)
                .outcome());
        }
        unpacked => unpacked?,
    };
    let lines = match read_transcripts(&unpacked.metadata)? {
        Ok(lines) => lines,
        Err(reason) => return Ok(Outcome::Failed { reason }),
    };
    let wavs = scratch.path().join("wavs");
    std::fs::create_dir(&wavs)?;
    // A folder of the run's own: what a run writes that lost its job is seen by nobody.
    let stored_below = format!("{}/wavs-run-{}", dataset.file_path, run.id);
    let recordings: HashMap<String, PathBuf> = unpacked.recordings.into_iter().collect();

    let mut report = Report::default();
    let mut clips = Vec::with_capacity(lines.len());
    let mut told = Instant::now();
    let total = lines.len();
    datasets::progress(run, 0, total).await?;
    for (number, (name, transcript)) in lines.into_iter().enumerate() {
        if let ControlFlow::Break(reason) = check_in(context) {
            return Ok(reason.outcome());
        }
        let recording = recordings.get(&name).cloned();
        let target = wavs.join(format!("{number:06}.wav"));
        let key = format!("{stored_below}/{number:06}.wav");
        let examined =
            tokio::task::spawn_blocking(move || examine(name, transcript, recording, &target, key))
                .await?;
        clips.push(report.add(examined));
        if told.elapsed() >= PROGRESS_INTERVAL {
            datasets::progress(run, number + 1, total).await?;
            told = Instant::now();
        }
    }
    let transcribed: HashSet<&str> = clips.iter().map(|clip| clip.id.as_str()).collect();
    report.without_transcript = recordings
        .keys()
        .filter(|name| !transcribed.contains(name.as_str()))
        .count();
    if clips.iter().all(|clip| clip.excluded_reason.is_some()) {
        let first = clips
            .first()
            .and_then(|clip| clip.excluded_reason.clone())
            .unwrap_or_default();
        let reason = format!("none of the {total} clips can be used; the first: {first}");
        return Ok(Outcome::Failed { reason });
    }
    context.confirm_ownership().await?;
    let stored = handlers
        .storage
        .put_folder_watched(&stored_below, &wavs, || check_in(context));
    let stored = match stored.await? {
        ControlFlow::Continue(stored) => stored,
        ControlFlow::Break(reason) => return Ok(reason.outcome()),
    };
    let size: u64 = stored.iter().map(|file| file.size_bytes).sum();
    Ok(Outcome::Completed(Prepared {
        clips,
        size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
        report: serde_json::to_value(&report).map_err(domain::Error::from)?,
    }))
}

/// Shows that the job makes progress, and learns whether it has to stop. An archive may be large and its disk slow, so every step
/// of the work asks with every piece.
fn check_in(context: &RunContext<Dataset>) -> ControlFlow<StopReason> {
    context.touch();
    match context.stop_requested() {
        Some(reason) => ControlFlow::Break(reason),
        None => ControlFlow::Continue(()),
    }
}

/// What people want to know of a dataset.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    clips: usize,
    usable: usize,
    seconds: f64,
    shortest_seconds: Option<f64>,
    longest_seconds: Option<f64>,
    /// Clips by the sample rate of their recording.
    sample_rates: std::collections::BTreeMap<u32, usize>,
    /// Clips that reach full scale.
    clipped: usize,
    /// Transcripts that are there more than once.
    duplicate_transcripts: usize,
    /// Recordings that no line names.
    without_transcript: usize,
    #[serde(skip)]
    seen: HashSet<String>,
}

/// One line of the transcripts, looked at.
struct Examined {
    clip: Clip,
    sample_rate: Option<u32>,
    clipped: bool,
}

impl Report {
    fn add(&mut self, examined: Examined) -> Clip {
        let clip = examined.clip;
        self.clips += 1;
        self.duplicate_transcripts += usize::from(!self.seen.insert(clip.text.clone()));
        self.clipped += usize::from(examined.clipped);
        if let Some(rate) = examined.sample_rate {
            *self.sample_rates.entry(rate).or_default() += 1;
        }
        if let (None, Some(seconds)) = (&clip.excluded_reason, clip.duration_seconds) {
            self.usable += 1;
            self.seconds += seconds;
            self.shortest_seconds = Some(
                self.shortest_seconds
                    .map_or(seconds, |shortest| shortest.min(seconds)),
            );
            self.longest_seconds = Some(
                self.longest_seconds
                    .map_or(seconds, |longest| longest.max(seconds)),
            );
        }
        clip
    }
}

/// Decodes one recording and writes it as WAV; whatever is wrong becomes the clip's reason.
fn examine(
    name: String,
    transcript: String,
    recording: Option<PathBuf>,
    target: &Path,
    key: String,
) -> Examined {
    let mut clip = Clip {
        id: name,
        text: transcript,
        duration_seconds: None,
        excluded_reason: None,
        file_path: None,
    };
    let exclude = |clip: Clip, reason: String| Examined {
        clip: Clip {
            excluded_reason: Some(reason),
            ..clip
        },
        sample_rate: None,
        clipped: false,
    };
    let Some(recording) = recording else {
        return exclude(clip, "there is no recording of this name".into());
    };
    let sound = match audio::decode(&recording) {
        Ok(sound) => sound,
        // The recording's own name means more to people than where it was unpacked.
        Err(vits::Error::Audio { reason, .. }) => {
            return exclude(clip, format!("the recording is not readable: {reason}"));
        }
        Err(error) => return exclude(clip, error.to_string()),
    };
    if let Err(error) = audio::write_wav(target, &sound) {
        return exclude(clip, error.to_string());
    }
    clip.duration_seconds = Some(sound.seconds());
    clip.file_path = Some(key);
    if text::normalize(&clip.text).is_empty() {
        clip.excluded_reason = Some("its transcript has no letters".into());
    }
    let clipped = sound
        .samples
        .iter()
        .any(|sample| sample.abs() >= CLIPPED_LEVEL);
    Examined {
        clip,
        sample_rate: Some(sound.sample_rate),
        clipped,
    }
}

/// The lines of `metadata.csv`: `id|text` or `id|text|normalized text`. The inner error is a sentence for people.
fn read_transcripts(path: &Path) -> Result<Result<Vec<(String, String)>, String>, JobError> {
    let bytes = std::fs::read(path)?;
    let content = match std::str::from_utf8(&bytes) {
        Ok(content) => content.trim_start_matches('\u{feff}'),
        Err(error) => {
            let line = bytes[..error.valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            return Ok(Err(format!(
                "metadata.csv is not UTF-8 (line {line}); save it as UTF-8 and upload again"
            )));
        }
    };
    Ok(parse_transcripts(content))
}

fn parse_transcripts(content: &str) -> Result<Vec<(String, String)>, String> {
    let mut seen = HashSet::new();
    let mut lines = Vec::new();
    for (number, line) in content
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let refuse = |what: &str| Err(format!("metadata.csv, line {}: {what}", number + 1));
        let mut fields = line.split('|');
        let (Some(name), Some(transcript)) = (fields.next(), fields.next()) else {
            return refuse("expected id|text, found no «|»");
        };
        let transcript = fields
            .next()
            .filter(|normalized| !normalized.trim().is_empty())
            .unwrap_or(transcript);
        let name = name.trim();
        let name = name.strip_suffix(".wav").unwrap_or(name);
        if name.is_empty()
            || name.chars().count() > NAME_CHARACTERS
            || name.contains(['/', '\\', '\0'])
        {
            return refuse("the id must be a file name without folder, 1 to 200 characters long");
        }
        if transcript.contains('\0') {
            return refuse("the transcript has a NUL character");
        }
        if !seen.insert(name) {
            return refuse(&format!("the id {name} was there before"));
        }
        lines.push((name.to_owned(), transcript.trim().to_owned()));
    }
    if lines.is_empty() {
        Err("metadata.csv has no lines".into())
    } else {
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_are_read_in_both_layouts() {
        let lines = parse_transcripts("a|سلام\n\nb.wav|۱۲|دوازده\n").unwrap();
        assert_eq!(
            lines,
            [("a".into(), "سلام".into()), ("b".into(), "دوازده".into())]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (content, what) in [
            ("a سلام", "line 1"),
            ("a|x\na|y", "line 2: the id a was there before"),
            ("../a|x", "line 1"),
            ("\n", "no lines"),
        ] {
            let error = parse_transcripts(content).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
