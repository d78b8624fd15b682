//! The audio cache: recordings decoded, mixed to one channel and resampled once for all trainings from them. What comes
//! out lies in one file of 32-bit samples, from which batches are read as they are needed, so that a training's memory
//! doesn't grow with its recordings.
//!
//! In the folder there are `audio-{rate}.json`, which says where each recording's samples are, and the file that it
//! names. The index is renamed into place when the samples are on the disk. Both are made again where a recording is another
//! one by name, size or time of change.

use std::{
    fs::{File, TryLockError},
    io::{BufWriter, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result, audio,
    exclusion::Exclusion,
    json::{read_json, write_json},
};

/// Longest clip that is trained from, in seconds; longer ones take too much memory at once.
const MAX_SECONDS: f64 = 20.0;
/// Recordings that are decoded before any of them is written.
const DECODED_TOGETHER: usize = 64;
/// Between two looks whether another training has decoded them.
const LOCK_RETRY: Duration = Duration::from_millis(200);
const SAMPLE_BYTES: usize = size_of::<f32>();

/// Samples of a recording that lie on the disk.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    file: Arc<File>,
    path: Arc<Path>,
    /// The first byte.
    at: u64,
    count: usize,
}

/// What is known of a recording; `Err` says why it can't be used.
pub(crate) type Prepared = std::result::Result<Samples, Exclusion>;

#[derive(PartialEq, Serialize, Deserialize)]
struct Index {
    /// The file of samples.
    samples: String,
    size_bytes: u64,
    recordings: Vec<Entry>,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Entry {
    recording: Recording,
    found: Found,
}

/// Which recording it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Recording {
    path: PathBuf,
    size_bytes: u64,
    modified_nanoseconds: u64,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Samples { at: u64, count: usize },
    Refused(Exclusion),
}

impl Samples {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// All of them, mono.
    pub(crate) fn read(&self) -> Result<Vec<f32>> {
        let mut bytes = vec![0; self.count * SAMPLE_BYTES];
        self.file
            .read_exact_at(&mut bytes, self.at)
            .map_err(Error::file(&self.path))?;
        let samples = bytes.chunks_exact(SAMPLE_BYTES);
        Ok(samples
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect())
    }
}

/// Prepares recordings at a sample rate in hertz, in the order given, by what lies in `folder` already where it is of the
/// same recordings.
///
/// `keep_going` is told how many are decoded, and `None` answered where it says no.
///
/// # Errors
/// Where a recording can't be read, or `folder` can't be written.
pub(crate) fn prepare(
    folder: &Path,
    sample_rate: u32,
    paths: &[&Path],
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<Vec<Prepared>>> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    // Two trainings from the same recordings decode them once.
    let lock = folder.join(format!("audio-{sample_rate}.lock"));
    let locked = File::create(&lock).map_err(Error::file(&lock))?;
    loop {
        match locked.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if keep_going(0) => std::thread::sleep(LOCK_RETRY),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Error::file(&lock)(error)),
        }
    }
    let recordings: Vec<Recording> = paths.iter().map(|path| Recording::of(path)).collect();
    let index = folder.join(format!("audio-{sample_rate}.json"));
    if let Some(prepared) = open(folder, &index, &recordings) {
        return Ok(Some(prepared));
    }
    let name = unused_name(folder, sample_rate);
    let path = folder.join(&name);
    let decoded = decode_all(&path, sample_rate, &recordings, keep_going);
    let written = decoded.and_then(|decoded| {
        let Some((size_bytes, found)) = decoded else {
            return Ok(false);
        };
        let entries = recordings.iter().cloned().zip(found);
        let entries = entries.map(|(recording, found)| Entry { recording, found });
        let whole = Index {
            samples: name.clone(),
            size_bytes,
            recordings: entries.collect(),
        };
        let arriving = folder.join(format!("{name}.json"));
        write_json(&arriving, &whole)?;
        std::fs::rename(&arriving, &index).map_err(Error::file(&index))?;
        Ok(true)
    });
    if !matches!(written, Ok(true)) {
        // On a full disk, what there is of it would leave no room for anything else.
        let _full_anyway = std::fs::remove_file(&path);
        return written.map(|_| None);
    }
    forget_others(folder, sample_rate, &name);
    open(folder, &index, &recordings)
        .map(Some)
        .ok_or_else(|| Error::Internal(format!("{}: written, and not readable", index.display())))
}

impl Recording {
    fn of(path: &Path) -> Self {
        let metadata = std::fs::metadata(path).ok();
        let modified = metadata.as_ref().and_then(|found| found.modified().ok());
        let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            path: path.to_owned(),
            size_bytes: metadata.map_or(0, |found| found.len()),
            modified_nanoseconds: since.map_or(0, |since| since.as_nanos() as u64),
        }
    }

    /// Its samples at this rate, or why it can't be used.
    fn decode(&self, sample_rate: u32) -> Result<std::result::Result<Vec<f32>, Exclusion>> {
        let decoded = audio::decode(&self.path).and_then(|clip| audio::resample(clip, sample_rate));
        Ok(match decoded {
            Ok(clip) if clip.seconds() > MAX_SECONDS => Err(Exclusion::TooLong {
                seconds: clip.seconds(),
                max_seconds: MAX_SECONDS,
            }),
            Ok(clip) => Ok(clip.samples),
            // That says nothing of the recording, and must not be remembered.
            Err(error) if !error.is_permanent() => return Err(error),
            Err(error) => Err(Exclusion::Unreadable {
                cause: error.to_string(),
            }),
        })
    }
}

/// What lies there, where it is of these recordings.
fn open(folder: &Path, index: &Path, recordings: &[Recording]) -> Option<Vec<Prepared>> {
    let index: Index = read_json(index).ok()?;
    let known = index.recordings.iter().map(|entry| &entry.recording);
    let path: Arc<Path> = folder.join(&index.samples).into();
    let file = File::open(&path).ok()?;
    let whole = file.metadata().ok()?.len() == index.size_bytes;
    if !whole || !known.eq(recordings) {
        return None;
    }
    let file = Arc::new(file);
    let prepared = index.recordings.into_iter().map(|entry| match entry.found {
        Found::Samples { at, count } => Ok(Samples {
            file: file.clone(),
            path: path.clone(),
            at,
            count,
        }),
        Found::Refused(reason) => Err(reason),
    });
    Some(prepared.collect())
}

/// Decodes everything into a new file that is on the disk afterwards; answers its size and what was found, or `None` where
/// it is not to go on.
fn decode_all(
    path: &Path,
    sample_rate: u32,
    recordings: &[Recording],
    keep_going: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<(u64, Vec<Found>)>> {
    let failed = |error| Error::file(path)(error);
    let mut file = BufWriter::new(File::create_new(path).map_err(failed)?);
    let (mut at, mut found) = (0, Vec::with_capacity(recordings.len()));
    for together in recordings.chunks(DECODED_TOGETHER) {
        if !keep_going(found.len()) {
            return Ok(None);
        }
        let decoded: Vec<_> = together
            .par_iter()
            .map(|recording| recording.decode(sample_rate))
            .collect();
        for samples in decoded {
            found.push(match samples? {
                Ok(samples) => {
                    for sample in &samples {
                        file.write_all(&sample.to_le_bytes()).map_err(failed)?;
                    }
                    let first = at;
                    at += (samples.len() * SAMPLE_BYTES) as u64;
                    Found::Samples {
                        at: first,
                        count: samples.len(),
                    }
                }
                Err(reason) => Found::Refused(reason),
            });
        }
    }
    let file = file
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(Some((at, found)))
}

/// A name that no file has: trainings may still read the former one.
fn unused_name(folder: &Path, sample_rate: u32) -> String {
    let mut names = (0u32..).map(|number| format!("audio-{sample_rate}-{number}.f32"));
    names
        .find(|name| !folder.join(name).exists())
        .unwrap_or_default()
}

/// Deletes the samples of earlier recordings. Whoever still reads them has them open.
fn forget_others(folder: &Path, sample_rate: u32, kept: &str) {
    let prefix = format!("audio-{sample_rate}-");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let other = name.to_str().is_some_and(|name| {
            name.starts_with(&prefix) && name.ends_with(".f32") && name != kept
        });
        if other {
            let _gone_already = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Clip, write_wav};

    const RATE: u32 = 16_000;

    fn recorded(folder: &Path, name: &str, seconds: f32) -> PathBuf {
        let path = folder.join(name);
        let samples = (0..(seconds * RATE as f32) as usize)
            .map(|n| (n as f32 * 0.05).sin() * 0.3)
            .collect();
        let clip = Clip {
            samples,
            sample_rate: RATE,
        };
        write_wav(&path, &clip).unwrap();
        path
    }

    fn prepared(folder: &Path, paths: &[PathBuf]) -> Vec<Prepared> {
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        prepare(folder, RATE, &paths, &mut |_| true)
            .unwrap()
            .unwrap()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().unwrap() == "f32")
            .collect()
    }

    #[test]
    fn recordings_are_decoded_once_and_read_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = vec![
            recorded(folder.path(), "a.wav", 1.5),
            recorded(folder.path(), "b.wav", 21.0),
            recorded(folder.path(), "c.wav", 0.5),
        ];
        std::fs::write(folder.path().join("d.wav"), b"RIFF and nothing more").unwrap();
        paths.push(folder.path().join("d.wav"));
        let first = prepared(folder.path(), &paths);
        let decoded = audio::decode(&paths[0]).unwrap().samples;
        assert_eq!(first[0].as_ref().unwrap().read().unwrap(), decoded);
        assert_eq!(first[2].as_ref().unwrap().count(), 8_000);
        let why = |number: usize| first[number].as_ref().err().unwrap();
        assert!(matches!(why(1), Exclusion::TooLong { .. }), "{}", why(1));
        assert!(matches!(why(3), Exclusion::Unreadable { .. }), "{}", why(3));
        let before = files(folder.path());

        let again = prepared(folder.path(), &paths);
        assert_eq!(files(folder.path()), before, "it was decoded again");
        assert_eq!(again[0].as_ref().unwrap().read().unwrap(), decoded);

        // One that can't be read now may be there later.
        let missing = folder.path().join("missing.wav");
        let error = prepare(folder.path(), RATE, &[&missing], &mut |_| true).unwrap_err();
        assert!(!error.is_permanent(), "{error}");

        // Other recordings take their place, and what reads the former ones still can.
        paths.truncate(1);
        prepared(folder.path(), &paths);
        assert_eq!(files(folder.path()).len(), 1);
        assert_ne!(files(folder.path()), before);
        assert_eq!(first[2].as_ref().unwrap().read().unwrap().len(), 8_000);
    }

    #[test]
    fn decoding_stops_when_it_is_told_to_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let short = recorded(folder.path(), "a.wav", 0.1);
        let paths = vec![short.as_path(); DECODED_TOGETHER + 1];
        let mut told = Vec::new();
        let mut once = |done| {
            told.push(done);
            done == 0
        };
        let stopped = prepare(folder.path(), RATE, &paths, &mut once).unwrap();
        assert!(stopped.is_none());
        assert_eq!(told, [0, DECODED_TOGETHER]);
        assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
        let whole = prepare(folder.path(), RATE, &paths, &mut |_| true).unwrap();
        assert_eq!(whole.unwrap().len(), paths.len());
    }

    #[test]
    fn a_recording_that_changed_and_samples_that_are_torn_are_decoded_again() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [recorded(folder.path(), "a.wav", 1.0)];
        prepared(folder.path(), &paths);
        recorded(folder.path(), "a.wav", 2.0);
        let longer = prepared(folder.path(), &paths);
        assert_eq!(longer[0].as_ref().unwrap().count(), 32_000);

        let samples = files(folder.path()).pop().unwrap();
        let file = File::options().write(true).open(&samples).unwrap();
        file.set_len(100).unwrap();
        let whole = prepared(folder.path(), &paths);
        assert_eq!(whole[0].as_ref().unwrap().read().unwrap().len(), 32_000);
    }
}
