//! Uploaded archives, unpacked without trust: zip, tar.gz and tar. Nothing is written by the archive's own paths; links,
//! climbing paths and archives that grow without end are refused whole.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// Most files of an archive.
pub(crate) const MAX_FILES: usize = 200_000;
/// Largest single file, in bytes: half an hour of 24-bit stereo at 192 kHz.
const MAX_FILE_BYTES: u64 = 2 << 30;
/// An archive may unpack to so many times its own size: audio hardly compresses, a zip bomb does nothing else.
const MAX_GROWTH: u64 = 40;
/// Growth isn't looked at below this size.
const GROWTH_FREE_BYTES: u64 = 64 << 20;
const METADATA: &str = "metadata.csv";
/// Recordings, by extension.
const AUDIO: [&str; 6] = ["wav", "flac", "mp3", "ogg", "oga", "m4a"];

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is no archive, or torn.
    #[error("the archive can't be read: {0}")]
    Unreadable(String),
    /// It holds something that no honest archive holds.
    #[error("the archive is refused: {path}: {reason}")]
    Refused { path: String, reason: &'static str },
    /// It grows without end.
    #[error("the archive is refused: it unpacks to more than {limit} bytes or {MAX_FILES} files")]
    TooLarge { limit: u64 },
    /// It lacks what makes it a dataset.
    #[error(
        "the archive has no {METADATA}: expected LJSpeech layout, with {METADATA} and a folder of recordings"
    )]
    NoMetadata,
    /// It has the same name twice.
    #[error("the archive has two files named {0}")]
    Twice(String),
    #[error("unpacking: {0}")]
    File(io::Error),
    /// Whoever watches wanted it to end.
    #[error("unpacking was stopped")]
    Stopped,
}

impl Error {
    /// True where trying again can help.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::File(_) | Self::Stopped)
    }
}

#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) metadata: PathBuf,
    /// Recordings: name without extension, and where they lie now.
    pub(crate) recordings: Vec<(String, PathBuf)>,
}

/// Unpacks transcripts and recordings into `folder`, flat; everything else in the archive is passed over. `watch` is called
/// before every file and with every piece of one, and can end it.
pub(crate) fn unpack(
    archive: &Path,
    folder: &Path,
    watch: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Unpacked, Error> {
    let mut file = File::open(archive).map_err(Error::File)?;
    let size = file.metadata().map_err(Error::File)?.len();
    let mut head = [0; 4];
    let read = file.read(&mut head).map_err(Error::File)?;
    file.seek(SeekFrom::Start(0)).map_err(Error::File)?;
    let mut unpacker = Unpacker {
        folder,
        watch,
        budget: size.saturating_mul(MAX_GROWTH).max(GROWTH_FREE_BYTES),
        limit: size.saturating_mul(MAX_GROWTH).max(GROWTH_FREE_BYTES),
        files: 0,
        metadata: None,
        recordings: Vec::new(),
    };
    match &head[..read] {
        [b'P', b'K', ..] => unpacker.zip(file)?,
        [0x1f, 0x8b, ..] => {
            unpacker.tar(flate2::read::MultiGzDecoder::new(io::BufReader::new(file)))?
        }
        _ => unpacker.tar(io::BufReader::new(file))?,
    }
    let metadata = unpacker.metadata.ok_or(Error::NoMetadata)?;
    Ok(Unpacked {
        metadata,
        recordings: unpacker.recordings,
    })
}

struct Unpacker<'a> {
    folder: &'a Path,
    watch: &'a mut dyn FnMut() -> ControlFlow<()>,
    /// Bytes that may still come.
    budget: u64,
    limit: u64,
    files: usize,
    metadata: Option<PathBuf>,
    recordings: Vec<(String, PathBuf)>,
}

impl Unpacker<'_> {
    fn zip(&mut self, file: File) -> Result<(), Error> {
        let mut archive = zip::ZipArchive::new(file).map_err(unreadable)?;
        for index in 0..archive.len() {
            self.keep_going()?;
            let mut entry = archive.by_index(index).map_err(unreadable)?;
            let path = entry.name().map_err(unreadable)?.into_owned();
            if entry.is_symlink() {
                return Err(Error::Refused {
                    path,
                    reason: "it is a link",
                });
            }
            if !entry.is_dir() {
                self.take(&path, &mut entry)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, reader: impl Read) -> Result<(), Error> {
        let mut archive = tar::Archive::new(reader);
        for entry in archive.entries().map_err(unreadable)? {
            self.keep_going()?;
            let mut entry = entry.map_err(unreadable)?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = entry.header().entry_type();
            if kind.is_symlink() || kind.is_hard_link() {
                return Err(Error::Refused {
                    path,
                    reason: "it is a link",
                });
            }
            if kind.is_file() {
                self.take(&path, &mut entry)?;
            }
        }
        Ok(())
    }

    fn keep_going(&mut self) -> Result<(), Error> {
        match (self.watch)() {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Stopped),
        }
    }

    fn take(&mut self, path: &str, content: &mut impl Read) -> Result<(), Error> {
        let refuse = |reason| {
            Err(Error::Refused {
                path: path.escape_default().to_string(),
                reason,
            })
        };
        if path.starts_with(['/', '\\']) || path.contains(':') {
            return refuse("its path is absolute");
        }
        if path.split(['/', '\\']).any(|part| part == "..") {
            return refuse("its path climbs out of the folder");
        }
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(Error::TooLarge { limit: self.limit });
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        // What macOS puts beside every file.
        if name.is_empty()
            || name.starts_with("._")
            || path.split('/').any(|part| part == "__MACOSX")
        {
            return Ok(());
        }
        if name == METADATA {
            if self.metadata.is_some() {
                return Err(Error::Twice(METADATA.into()));
            }
            let target = self.folder.join(METADATA);
            self.copy(content, &target)?;
            self.metadata = Some(target);
            return Ok(());
        }
        let Some((stem, extension)) = name.rsplit_once('.') else {
            return Ok(());
        };
        let extension = extension.to_ascii_lowercase();
        if !AUDIO.contains(&extension.as_str()) || stem.is_empty() || stem.len() > 200 {
            return Ok(());
        }
        if stem.chars().any(char::is_control) {
            return refuse("its name has control characters");
        }
        if self.recordings.iter().any(|(other, _)| other == stem) {
            return Err(Error::Twice(stem.into()));
        }
        // Named by number: no name of the archive reaches the disk.
        let target = self
            .folder
            .join(format!("{:06}.{extension}", self.recordings.len()));
        self.copy(content, &target)?;
        self.recordings.push((stem.to_owned(), target));
        Ok(())
    }

    fn copy(&mut self, content: &mut impl Read, target: &Path) -> Result<(), Error> {
        let most = self.budget.min(MAX_FILE_BYTES);
        let mut file = File::create(target).map_err(Error::File)?;
        let mut limited = content.take(most + 1);
        let mut buffer = vec![0; 1 << 16];
        let mut copied = 0;
        loop {
            let read = limited.read(&mut buffer).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            io::Write::write_all(&mut file, &buffer[..read]).map_err(Error::File)?;
            copied += read as u64;
            self.keep_going()?;
        }
        if copied > most {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.budget -= copied;
        Ok(())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn tar_of(entries: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content, kind) in entries {
            let mut header = tar::Header::new_ustar();
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_size(content.len() as u64);
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn unpack_bytes(bytes: &[u8]) -> Result<Unpacked, Error> {
        unpack_watched(bytes, &mut || ControlFlow::Continue(()))
    }

    fn unpack_watched(
        bytes: &[u8],
        watch: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Unpacked, Error> {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        std::fs::write(&archive, bytes).unwrap();
        let target = folder.path().join("target");
        std::fs::create_dir(&target).unwrap();
        let unpacked = unpack(&archive, &target, watch);
        let outside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(outside.len(), 2, "something was written outside the folder");
        unpacked
    }

    #[test]
    fn a_dataset_is_found_wherever_it_lies_in_the_archive() {
        use tar::EntryType::Regular;
        let bytes = tar_of(&[
            ("set/metadata.csv", b"a|x", Regular),
            ("set/wavs/a.WAV", b"riff", Regular),
            ("set/._a.wav", b"?", Regular),
            ("set/readme.txt", b"?", Regular),
        ]);
        let unpacked = unpack_bytes(&bytes).unwrap();
        assert_eq!(unpacked.recordings.len(), 1);
        assert_eq!(unpacked.recordings[0].0, "a");
    }

    #[test]
    fn links_and_climbing_paths_are_refused() {
        use tar::EntryType::{Link, Regular, Symlink};
        for (path, kind) in [
            ("../metadata.csv", Regular),
            ("/etc/x.wav", Regular),
            ("a/../../b.wav", Regular),
            ("l.wav", Symlink),
            ("h.wav", Link),
        ] {
            let error = unpack_bytes(&tar_of(&[
                ("metadata.csv", b"a|x", Regular),
                (path, b"", kind),
            ]))
            .unwrap_err();
            assert!(matches!(error, Error::Refused { .. }), "{path}: {error}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_the_disk() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("metadata.csv", options).unwrap();
        zip.write_all(b"a|x").unwrap();
        zip.start_file("a.wav", options).unwrap();
        for _ in 0..80 {
            zip.write_all(&vec![0; 1 << 20]).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        assert!(matches!(
            unpack_bytes(&bytes).unwrap_err(),
            Error::TooLarge { .. }
        ));
    }

    #[test]
    fn unpacking_shows_that_it_gets_on_and_can_be_stopped_at_any_file() {
        use tar::EntryType::Regular;
        let recording = vec![0; 1 << 20];
        let bytes = tar_of(&[
            ("metadata.csv", b"a|x", Regular),
            ("a.wav", &recording, Regular),
            ("readme.txt", b"?", Regular),
            ("b.wav", b"riff", Regular),
        ]);
        let mut signs = 0;
        let unpacked = unpack_watched(&bytes, &mut || {
            signs += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(unpacked.unwrap().recordings.len(), 2);
        // One for each file, and one for each 64 KiB of the long one.
        assert!(signs >= 4 + 16, "{signs}");
        for most in 0..signs {
            let mut seen = 0;
            let stopped = unpack_watched(&bytes, &mut || {
                seen += 1;
                if seen > most {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(stopped, Err(Error::Stopped)), "after {most}");
            assert_eq!(seen, most + 1, "it goes on after it was stopped");
        }
    }

    #[test]
    fn what_is_no_dataset_is_refused() {
        assert!(matches!(
            unpack_bytes(b"PK\x03\x04torn").unwrap_err(),
            Error::Unreadable(_)
        ));
        assert!(matches!(
            unpack_bytes(&[0x1f, 0x8b, 0, 0]).unwrap_err(),
            Error::Unreadable(_)
        ));
        let bytes = tar_of(&[("a.wav", b"riff", tar::EntryType::Regular)]);
        assert!(matches!(
            unpack_bytes(&bytes).unwrap_err(),
            Error::NoMetadata
        ));
    }
}
