//! Repositories of a test hub.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A model's repository: its commits, the newest last, and who may see it.
#[derive(Clone)]
pub struct Repository {
    pub(crate) id: String,
    pub(crate) commits: Vec<Commit>,
    pub(crate) gated: bool,
    pub(crate) private: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) task: String,
    pub(crate) downloads: u64,
}

/// One state of its files.
#[derive(Clone)]
pub struct Commit {
    pub(crate) sha: String,
    pub(crate) files: BTreeMap<String, File>,
}

/// A file: a large one is stored by LFS, which leads elsewhere.
#[derive(Clone)]
pub struct File {
    pub(crate) bytes: Bytes,
    pub(crate) lfs: bool,
    pub(crate) sha256: String,
    pub(crate) git: String,
}

impl Repository {
    /// A public repository without a commit.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            commits: Vec::new(),
            gated: false,
            private: false,
            tags: vec![
                "transformers".into(),
                "safetensors".into(),
                "vits".into(),
                "fa".into(),
                "license:cc-by-nc-4.0".into(),
            ],
            task: "text-to-speech".into(),
            downloads: 100,
        }
    }

    /// One more commit with these files and no others. Those over 1 kB that are no text are stored by LFS.
    pub fn commit(mut self, files: &[(&str, Bytes)]) -> Self {
        let files: BTreeMap<String, File> = files
            .iter()
            .map(|(path, bytes)| ((*path).into(), File::new(path, bytes.clone())))
            .collect();
        let mut hash = Sha1::new();
        hash.update(self.id.as_bytes());
        hash.update(self.commits.len().to_le_bytes());
        for (path, file) in &files {
            hash.update(path.as_bytes());
            hash.update(file.sha256.as_bytes());
        }
        self.commits.push(Commit {
            sha: hex::encode(hash.finalize()),
            files,
        });
        self
    }

    /// Only whoever has accepted its terms may fetch its files.
    pub fn gated(self) -> Self {
        Self {
            gated: true,
            ..self
        }
    }

    /// Only those with a token see it.
    pub fn private(self) -> Self {
        Self {
            private: true,
            ..self
        }
    }

    /// Another task and other tags.
    pub fn tagged(self, task: &str, tags: &[&str]) -> Self {
        Self {
            task: task.into(),
            tags: tags.iter().map(|tag| (*tag).into()).collect(),
            ..self
        }
    }

    pub fn head(&self) -> &str {
        self.commits.last().map_or("", |commit| &commit.sha)
    }

    /// The commit of a branch (there is only `main`) or of its hash.
    pub(crate) fn at(&self, revision: &str) -> Option<&Commit> {
        if revision == "main" {
            self.commits.last()
        } else {
            self.commits.iter().find(|commit| commit.sha == revision)
        }
    }
}

impl File {
    fn new(path: &str, bytes: Bytes) -> Self {
        let mut git = Sha1::new();
        git.update(format!("blob {}\0", bytes.len()));
        git.update(&bytes);
        let text = [".json", ".md", ".txt"]
            .iter()
            .any(|ending| path.ends_with(ending));
        Self {
            lfs: bytes.len() > 1_000 && !text,
            sha256: hex::encode(Sha256::digest(&bytes)),
            git: hex::encode(git.finalize()),
            bytes,
        }
    }

    pub(crate) fn etag(&self) -> &str {
        if self.lfs { &self.sha256 } else { &self.git }
    }
}

/// Bytes that don't repeat, the same for the same seed (a linear congruential generator's, by Knuth's MMIX constants).
pub fn noise(seed: u64, length: usize) -> Bytes {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&(state >> 16).to_le_bytes()[..6]);
    }
    bytes.truncate(length);
    bytes.into()
}
