//! `worker speak`: a voice says something, into a WAV file.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use domain::{dropped::DroppedItem, settings};
use persian::Analyzer;
use tempfile::NamedTempFile;
use vits::{
    Error, Result,
    audio::{self, Clip},
    inference::synthesis::SpeakOptions,
};

use crate::voice::Voice;

/// What is asked for.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of the voice, in transformers' `VitsModel` layout, or of a training's checkpoint.
    #[arg(long)]
    model: PathBuf,
    #[command(flatten)]
    what: What,
    /// Who says it, by name or by number from 0, where the voice has several speakers [default: the first].
    #[arg(long, allow_hyphen_values = true)]
    speaker: Option<String>,
    /// Scale of the noise; 0 says it the same way at every seed [default: the voice's].
    #[arg(long, allow_negative_numbers = true)]
    noise: Option<f64>,
    /// Scale of the durations' noise, for voices that draw them [default: the voice's].
    #[arg(long, allow_negative_numbers = true)]
    duration_noise: Option<f64>,
    /// How many times as fast as the voice speaks by itself [default: 1].
    #[arg(long, allow_negative_numbers = true)]
    speed: Option<f64>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of the Persian language files, for voices that take phonemes [default: `AVAGAR_LANGUAGE`, or where
    /// `pack-language` puts them].
    #[arg(long)]
    language: Option<PathBuf>,
    /// Where to write 32-bit floating-point WAV; a file of that name is replaced once all is said.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    #[arg(long, allow_hyphen_values = true)]
    text: Option<String>,
    /// Token ids to say as they are, blanks and all, as transformers' `input_ids`.
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    ids: Option<Vec<i64>>,
}

/// Says it. What can't be said or written is told in a sentence, and leaves no file behind.
pub fn execute(arguments: &Arguments) -> ExitCode {
    match speak(arguments) {
        Ok(dropped) => {
            for item in dropped {
                eprintln!("left out: {}", describe(&item));
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was left out, how often and where.
fn describe(item: &DroppedItem) -> String {
    let lines: Vec<String> = item.lines.iter().map(u64::to_string).collect();
    format!(
        "«{}» ({} ×), in line {}",
        item.text,
        item.count,
        lines.join(", ")
    )
}

/// Answers what was left out.
fn speak(arguments: &Arguments) -> Result<Vec<DroppedItem>> {
    // Before the voice is loaded: who can't write should not wait for that.
    let file = begin(&arguments.out)?;
    let voice = Voice::load(&arguments.model)?;
    let options = SpeakOptions {
        noise_scale: arguments.noise,
        duration_noise_scale: arguments.duration_noise,
        speed: arguments.speed,
        speaker: arguments.speaker.clone(),
        seed: arguments.seed,
    };
    let (clip, dropped) = match (&arguments.what.text, &arguments.what.ids) {
        (Some(text), _) => speak_text(&voice, text, &options, arguments.language.as_deref())?,
        (None, ids) => {
            let ids = ids.as_deref().unwrap_or_default();
            (voice.synthesizer().speak_ids(ids, &options)?, Vec::new())
        }
    };
    finish(file, &arguments.out, &clip)?;
    Ok(dropped)
}

fn speak_text(
    voice: &Voice,
    text: &str,
    options: &SpeakOptions,
    language: Option<&Path>,
) -> Result<(Clip, Vec<DroppedItem>)> {
    let analyzer = match voice.takes_phonemes() {
        true => {
            let folder = language.map_or_else(settings::default_language_folder, Path::to_owned);
            let analyzer = Analyzer::load(&folder);
            Some(analyzer.map_err(|error| Error::Unsupported(error.to_string()))?)
        }
        false => None,
    };
    let mut script = voice.script(text, analyzer.as_ref(), Default::default())?;
    let mut clip = Clip {
        samples: Vec::new(),
        sample_rate: voice.sample_rate(),
    };
    let write = |samples: &[f32]| {
        clip.samples.extend_from_slice(samples);
        Ok(())
    };
    let _never_stopped = voice.say(&mut script, options, write, |_| true)?;
    Ok((clip, script.dropped.items))
}

/// A file beside `out`, which takes its name when it is whole.
fn begin(out: &Path) -> Result<NamedTempFile> {
    let refuse = |source| Error::File {
        path: out.to_owned(),
        source,
    };
    // A device or a folder of that name must not be replaced.
    if out.exists() && !out.is_file() {
        return Err(refuse(std::io::Error::other("it is there, and is no file")));
    }
    let folder = match out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(refuse(std::io::Error::other("its folder is not there")));
    }
    tempfile::Builder::new()
        .prefix(".speech-")
        .suffix(".wav")
        // As any program makes files; the process's mask takes away what it has to.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(|error| refuse(error.kind().into()))
}

fn finish(file: NamedTempFile, out: &Path, clip: &Clip) -> Result<()> {
    audio::write_float_wav(file.path(), clip)?;
    file.persist(out).map_err(|error| Error::File {
        path: out.to_owned(),
        source: error.error,
    })?;
    Ok(())
}
