//! `worker speak`: a voice says something, into a WAV file.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use tempfile::NamedTempFile;
use vits::{
    Error, Result,
    audio::{self, Clip},
    inference::synthesis::{SpeakOptions, Synthesizer},
};

/// What is asked for.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of the voice, in transformers' `VitsModel` layout, or of a training's checkpoint.
    #[arg(long)]
    model: PathBuf,
    #[command(flatten)]
    what: What,
    /// Who says it, from 0, where the voice has several speakers [default: 0].
    #[arg(long, allow_negative_numbers = true)]
    speaker: Option<i64>,
    /// Scale of the noise; 0 says it the same way at every seed [default: the voice's].
    #[arg(long, allow_negative_numbers = true)]
    noise: Option<f64>,
    /// Scale of the durations' noise, for voices that draw them [default: the voice's].
    #[arg(long, allow_negative_numbers = true)]
    duration_noise: Option<f64>,
    /// Speaking rate; higher is faster [default: the voice's].
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
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
            if !dropped.is_empty() {
                let dropped: String = dropped.into_iter().collect();
                eprintln!("left out, for this voice has no sound for them: «{dropped}»");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers the characters that were left out.
fn speak(arguments: &Arguments) -> Result<Vec<char>> {
    // Before the voice is loaded: who can't write should not wait for that.
    let file = begin(&arguments.out)?;
    let synthesizer = Synthesizer::load(&arguments.model)?;
    let options = SpeakOptions {
        noise_scale: arguments.noise,
        duration_noise_scale: arguments.duration_noise,
        speaking_rate: arguments.rate,
        speaker: arguments.speaker,
        seed: arguments.seed,
    };
    let (clip, dropped) = match (&arguments.what.text, &arguments.what.ids) {
        (Some(text), _) => {
            let speech = synthesizer.speak(text, &options)?;
            (speech.clip, speech.dropped)
        }
        (None, ids) => {
            let ids = ids.as_deref().unwrap_or_default();
            (synthesizer.speak_ids(ids, &options)?, Vec::new())
        }
    };
    finish(file, &arguments.out, &clip)?;
    Ok(dropped)
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
