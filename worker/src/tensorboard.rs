//! TensorBoard's event files: one TFRecord a step, `events.out.tfevents.{seconds}.{host}.{run}`.
//!
//! A TFRecord is the payload's length (u64, little endian), the masked CRC-32C of that, the payload, and its masked
//! CRC-32C. The payload is an `Event` of TensorBoard's `event.proto`, of which only what we write is declared here.
//!
//! A run writes files of its own. Its first tells at which step it begins, and readers forget what earlier runs wrote from
//! there on: steps that are trained again after a worker died are drawn once.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crc::{CRC_32_ISCSI, Crc};
use domain::measurements::StepMetrics;
use jobs::RunId;
use prost::Message;
use vits::training::trainer::{Spoken, ValidationLosses};

/// Steps of a file. Storages can't append, so a file is stored whole each time, some 4 MB at most.
const STEPS_PER_FILE: usize = 10_000;
/// Letters of a machine's name that a file's name keeps.
const MAX_HOST: usize = 40;
/// CRC-32C (Castagnoli).
const CRC_32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

#[derive(Clone, PartialEq, Message)]
struct TbEvent {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session_log: Option<SessionLog>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    /// Of a oneof, so it is written where it is 0, too.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    /// 1 is START.
    #[prost(int32, tag = "1")]
    status: i32,
}

/// The event files of one run, in a local folder until they are stored.
pub(crate) struct EventFiles {
    folder: PathBuf,
    host: String,
    run: RunId,
    /// The step that the run begins with.
    first_step: i64,
    /// Begin of the newest file, in seconds since 1970. Readers sort by it, so it must grow from file to file.
    begun: u64,
    files: Vec<EventFile>,
}

struct EventFile {
    name: String,
    path: PathBuf,
    file: File,
    size_bytes: u64,
    stored_bytes: u64,
    /// The size after each step that is in it.
    ends: Vec<(i64, u64)>,
}

/// A file up to some step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) name: String,
    /// Where it lies on this machine.
    pub(crate) path: PathBuf,
    /// Its size at that step.
    pub(crate) size_bytes: u64,
}

impl EventFiles {
    /// Files of `run`, which goes on after `step`; `earlier` are the names of the files that runs before it stored.
    pub(crate) fn new<'a>(
        folder: &Path,
        host: &str,
        run: RunId,
        step: i64,
        earlier: impl Iterator<Item = &'a str>,
    ) -> Self {
        let begun = |name: &str| name.split('.').nth(3)?.parse().ok();
        Self {
            folder: folder.to_owned(),
            // An archive's names have room for no more than this.
            host: host.chars().take(MAX_HOST).collect(),
            run,
            first_step: step + 1,
            begun: earlier.filter_map(begun).max().unwrap_or(0),
            files: Vec::new(),
        }
    }

    /// Appends a step. Where that fails, nothing of it is left.
    pub(crate) fn append(&mut self, step: &StepMetrics) -> io::Result<()> {
        self.append_scalars(step.step, &measured(step))
    }

    /// Appends what an evaluation found after `step`. Where that fails, nothing of it is left.
    pub(crate) fn append_evaluation(
        &mut self,
        step: i64,
        losses: &ValidationLosses,
        spoken: Option<&Spoken>,
    ) -> io::Result<()> {
        let mut scalars = vec![
            ("validation/mel", losses.mel as f32),
            ("validation/kl", losses.kl as f32),
            ("validation/duration", losses.duration as f32),
        ];
        if let Some(spoken) = spoken {
            scalars.push(("spoken/mel_distance", spoken.mel_distance as f32));
            scalars.push(("spoken/duration_error", spoken.duration_error as f32));
            if let Some(recognition) = spoken.recognition {
                let rate = recognition.character_error_rate;
                scalars.push(("spoken/character_error_rate", rate as f32));
            }
        }
        self.append_scalars(step, &scalars)
    }

    fn append_scalars(&mut self, step: i64, scalars: &[(&str, f32)]) -> io::Result<()> {
        let scalars = scalars.iter().map(|(tag, value)| Scalar {
            tag: (*tag).into(),
            simple_value: Some(*value),
        });
        let event = TbEvent {
            step,
            summary: Some(Summary {
                value: scalars.collect(),
            }),
            ..now()
        };
        if !matches!(self.files.last(), Some(file) if file.ends.len() < STEPS_PER_FILE) {
            let file = self.begin_file()?;
            self.files.push(file);
        }
        if let Some(file) = self.files.last_mut() {
            file.append(&event)?;
            file.ends.push((step, file.size_bytes));
        }
        Ok(())
    }

    fn begin_file(&mut self) -> io::Result<EventFile> {
        let version = TbEvent {
            file_version: Some("brain.Event:2".into()),
            ..now()
        };
        let begun = (self.begun + 1).max(version.wall_time as u64);
        let name = format!("events.out.tfevents.{begun}.{}.{}", self.host, self.run);
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(&name);
        let mut file = EventFile {
            file: File::create(&path)?,
            name,
            path,
            size_bytes: 0,
            stored_bytes: 0,
            ends: Vec::new(),
        };
        file.append(&version)?;
        if self.files.is_empty() {
            file.append(&TbEvent {
                step: self.first_step,
                session_log: Some(SessionLog { status: 1 }),
                ..now()
            })?;
        }
        self.begun = begun;
        Ok(file)
    }

    /// What there is of each file up to `step`, where that isn't stored.
    pub(crate) fn extents(&self, step: i64) -> Vec<Extent> {
        let extents = self.files.iter().filter_map(|file| {
            let steps = file.ends.partition_point(|(end, _)| *end <= step);
            let size_bytes = file.ends[..steps].last()?.1;
            (size_bytes > file.stored_bytes).then(|| Extent {
                name: file.name.clone(),
                path: file.path.clone(),
                size_bytes,
            })
        });
        extents.collect()
    }

    /// Learns what was stored; files that are full are not needed here any more.
    pub(crate) fn stored(&mut self, extents: &[Extent]) {
        for extent in extents {
            let named = self.files.iter_mut().find(|file| file.name == extent.name);
            if let Some(file) = named {
                file.stored_bytes = extent.size_bytes;
            }
        }
        while self.files.len() > 1 && self.files[0].stored_bytes == self.files[0].size_bytes {
            let full = self.files.remove(0);
            if let Err(error) = std::fs::remove_file(&full.path) {
                tracing::warn!("{}: {error}", full.path.display());
            }
        }
    }
}

impl EventFile {
    fn append(&mut self, event: &TbEvent) -> io::Result<()> {
        let record = framed(&event.encode_to_vec());
        if let Err(error) = self.file.write_all(&record) {
            // A torn record would end the file for every reader.
            self.file.set_len(self.size_bytes)?;
            return Err(error);
        }
        self.size_bytes += record.len() as u64;
        Ok(())
    }
}

fn now() -> TbEvent {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    TbEvent {
        wall_time: since_1970.unwrap_or_default().as_secs_f64(),
        ..TbEvent::default()
    }
}

fn measured(step: &StepMetrics) -> Vec<(&'static str, f32)> {
    let losses = step.losses;
    let mut values = vec![
        ("loss/generator", losses.generator),
        ("loss/discriminator", losses.discriminator),
        ("loss/mel", losses.mel),
        ("loss/kl", losses.kl),
        ("loss/duration", losses.duration),
        ("loss/adversarial", losses.adversarial),
        ("loss/feature_matching", losses.feature_matching),
        ("learning_rate", step.learning_rate as f32),
        ("steps_per_second", step.steps_per_second as f32),
    ];
    if let Some(norms) = step.gradient_norms {
        values.push(("gradient_norm/generator", norms.generator));
        values.push(("gradient_norm/discriminator", norms.discriminator));
    }
    values
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(payload.len() + 16);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(payload);
    record.extend(masked(payload).to_le_bytes());
    record
}

/// CRC-32C as TFRecords have it: rotated and shifted, so that the checksum of data that holds checksums stays sound.
fn masked(bytes: &[u8]) -> u32 {
    CRC_32C
        .checksum(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on must stop")]
mod tests {
    use domain::measurements::{GradientNorms, Losses};

    use super::*;

    fn step(number: i64) -> StepMetrics {
        StepMetrics {
            epoch: 1,
            step: number,
            total_steps: 1_000_000,
            losses: Losses {
                generator: 40.0,
                discriminator: 3.0,
                mel: 0.5,
                kl: 2.0,
                duration: 0.0,
                adversarial: 1.0,
                feature_matching: 1.5,
            },
            gradient_norms: Some(GradientNorms {
                generator: 10.0,
                discriminator: 1.0,
            }),
            learning_rate: 2e-4,
            steps_per_second: 2.0,
            eta_seconds: 1.0,
        }
    }

    /// Every event of a file, whose checksums have to be right.
    fn events(path: &Path, size_bytes: u64) -> Vec<TbEvent> {
        let bytes = std::fs::read(path).unwrap();
        let mut rest = &bytes[..size_bytes as usize];
        let mut events = Vec::new();
        while !rest.is_empty() {
            let (head, body) = rest.split_at(12);
            let length = u64::from_le_bytes(head[..8].try_into().unwrap()) as usize;
            assert_eq!(head[8..], masked(&head[..8]).to_le_bytes());
            assert_eq!(
                body[length..length + 4],
                masked(&body[..length]).to_le_bytes()
            );
            events.push(TbEvent::decode(&body[..length]).unwrap());
            rest = &body[length + 4..];
        }
        events
    }

    #[test]
    fn the_checksum_is_the_one_that_tfrecords_have() {
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(CRC_32C.checksum(&[0; 32]), 0x8a91_36aa);
        assert_eq!(masked(&[0; 32]), 0x0fd7_fffa);
    }

    #[test]
    fn a_file_up_to_a_checkpoint_ends_with_its_step() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = EventFiles::new(folder.path(), "a-host", RunId(7), 40, std::iter::empty());
        // The checkpoint of step 45 is written while the training goes on.
        for number in 41..=47 {
            files.append(&step(number)).unwrap();
        }
        assert!(files.extents(40).is_empty());
        let at_checkpoint = files.extents(45);
        let [file] = at_checkpoint.as_slice() else {
            unreachable!("one file")
        };
        assert!(file.name.ends_with(".a-host.7"), "{}", file.name);
        let events = events(&file.path, file.size_bytes);
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        let start = events[1].session_log.clone().unwrap();
        assert_eq!((events[1].step, start.status), (41, 1));
        let steps: Vec<_> = events[2..].iter().map(|event| event.step).collect();
        assert_eq!(steps, [41, 42, 43, 44, 45]);
        let duration = &events[2].summary.as_ref().unwrap().value[4];
        assert_eq!(
            (duration.tag.as_str(), duration.simple_value),
            ("loss/duration", Some(0.0))
        );
    }

    #[test]
    fn an_evaluation_stands_after_its_step_and_before_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = EventFiles::new(folder.path(), "a-host", RunId(7), 0, std::iter::empty());
        let losses = ValidationLosses {
            mel: 1.5,
            kl: 2.0,
            duration: 0.5,
        };
        files.append_evaluation(0, &losses, None).unwrap();
        files.append(&step(1)).unwrap();
        let spoken = Spoken {
            mel_distance: 0.5,
            duration_error: 0.25,
            recognition: None,
        };
        files.append_evaluation(1, &losses, Some(&spoken)).unwrap();
        files.append(&step(2)).unwrap();
        let file = files.extents(1).remove(0);
        let events = events(&file.path, file.size_bytes);
        let of_the_step = events[4].summary.as_ref().unwrap();
        assert_eq!(of_the_step.value[4].tag, "spoken/duration_error");
        let told = events[2..].iter().map(|event| {
            let value = &event.summary.as_ref().unwrap().value[0];
            (event.step, value.tag.as_str())
        });
        let expected = [
            (0, "validation/mel"),
            (1, "loss/generator"),
            (1, "validation/mel"),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_long_run_stores_no_large_file_and_keeps_no_stored_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = EventFiles::new(folder.path(), "host", RunId(7), 0, std::iter::empty());
        for number in 1..=25_000 {
            files.append(&step(number)).unwrap();
        }
        let extents = files.extents(i64::MAX);
        assert_eq!(extents.len(), 3);
        assert!(extents.iter().all(|extent| extent.size_bytes < 5_000_000));
        assert!(extents.is_sorted_by(|a, b| a.name < b.name));
        let starts = extents.iter().map(|extent| {
            let events = events(&extent.path, extent.size_bytes);
            events.iter().any(|event| event.session_log.is_some())
        });
        assert_eq!(starts.collect::<Vec<_>>(), [true, false, false]);

        files.stored(&extents);
        assert!(files.extents(i64::MAX).is_empty());
        files.append(&step(25_001)).unwrap();
        assert_eq!(files.extents(i64::MAX).len(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_on_a_machine_whose_clock_is_behind_sorts_after_the_runs_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let earlier = ["events.out.tfevents.9999999990.other.3", "not one of ours"];
        let mut files = EventFiles::new(folder.path(), "host", RunId(4), 9, earlier.into_iter());
        files.append(&step(10)).unwrap();
        assert_eq!(
            files.extents(i64::MAX)[0].name,
            "events.out.tfevents.9999999991.host.4"
        );
    }
}
