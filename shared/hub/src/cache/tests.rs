use std::{collections::BTreeSet, fs, time::Duration};

use super::*;

const SHARED: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const ONCE: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

struct Given {
    cache: HubCache,
    repo: RepoCache,
    _folder: tempfile::TempDir,
}

fn given() -> Given {
    let folder = tempfile::tempdir().unwrap();
    let cache = HubCache::at(folder.path().join("hub"));
    let repo = cache.repo(&"facebook/mms-tts-fas".parse().unwrap());
    repo.prepare().unwrap();
    Given {
        cache,
        repo,
        _folder: folder,
    }
}

fn commit(digit: char) -> Commit {
    digit.to_string().repeat(40).parse().unwrap()
}

impl Given {
    fn file(&self, commit: &Commit, path: &str, digest: &str, bytes: &[u8]) {
        let digest = digest.parse().unwrap();
        fs::write(self.repo.blob(digest), bytes).unwrap();
        self.repo
            .link(commit, &path.parse().unwrap(), digest)
            .unwrap();
    }
}

#[test]
fn a_file_is_a_relative_link_to_its_blob_however_deep_it_lies() {
    let given = given();
    for path in ["config.json", "a/b/c.json"] {
        given.file(&commit('1'), path, ONCE, b"hello\n");
        let link = given.repo.snapshot(&commit('1')).join(path);
        assert!(fs::read_link(&link).unwrap().is_relative());
        assert_eq!(fs::read(&link).unwrap(), b"hello\n");
    }
    // Another blob takes its place, and the same one leaves it.
    given.file(&commit('1'), "config.json", SHARED, b"new");
    given.file(&commit('1'), "config.json", SHARED, b"new");
    assert_eq!(
        fs::read(given.repo.snapshot(&commit('1')).join("config.json")).unwrap(),
        b"new"
    );
    assert!(
        entries(given.repo.folder())
            .unwrap()
            .iter()
            .all(|(name, _)| !name.starts_with('.'))
    );
}

#[test]
fn a_folder_that_is_a_link_is_not_written_through() {
    let given = given();
    given.file(&commit('1'), "config.json", ONCE, b"hello\n");
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        outside.path(),
        given.repo.snapshot(&commit('1')).join("weights"),
    )
    .unwrap();
    let path = "weights/model.safetensors".parse().unwrap();
    let error = given
        .repo
        .link(&commit('1'), &path, ONCE.parse().unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("expected a folder"), "{error}");
    assert!(entries(outside.path()).unwrap().is_empty());
}

#[test]
fn files_without_their_blob_and_foreign_folders_are_not_listed() {
    let given = given();
    given.file(&commit('1'), "config.json", ONCE, b"hello\n");
    given.file(&commit('1'), "gone.bin", SHARED, b"gone");
    fs::remove_file(given.repo.blob(SHARED.parse().unwrap())).unwrap();
    given
        .repo
        .write_ref(&Revision::main(), &commit('1'))
        .unwrap();
    given
        .repo
        .write_ref(&"refs/pr/1".parse().unwrap(), &commit('1'))
        .unwrap();
    // Other programs' folders, and none of ours.
    for other in [
        "datasets--a--b",
        "models--a--b--c--d",
        "version.txt",
        "models--empty",
    ] {
        fs::create_dir(given.cache.root().join(other)).unwrap();
    }
    let found = given.cache.scan().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].repo.as_str(), "facebook/mms-tts-fas");
    let digest = Some(ONCE.parse().unwrap());
    assert_eq!(
        found[0].snapshots[&commit('1')],
        [CachedFile {
            path: "config.json".parse().unwrap(),
            digest,
            size: 6
        }]
    );
    assert_eq!(found[0].refs.len(), 2);
}

#[test]
fn a_missing_cache_is_an_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(HubCache::at(folder.path().join("none")).scan().unwrap(), []);
}

#[test]
fn removing_a_commit_frees_only_what_no_other_commit_has() {
    let given = given();
    given.file(&commit('1'), "model.safetensors", SHARED, b"shared");
    given.file(&commit('1'), "config.json", ONCE, b"hello\n");
    given.file(&commit('2'), "model.safetensors", SHARED, b"shared");
    given
        .repo
        .write_ref(&Revision::main(), &commit('2'))
        .unwrap();
    given
        .repo
        .write_ref(&"old".parse().unwrap(), &commit('1'))
        .unwrap();

    let lock = given.repo.try_lock_shared().unwrap();
    assert_eq!(given.repo.remove_snapshot(&commit('1')).unwrap(), None);
    drop(lock);
    assert!(given.repo.remove_snapshot(&commit('1')).unwrap().unwrap() >= 6);
    assert!(!given.repo.blob(ONCE.parse().unwrap()).exists());
    assert_eq!(
        fs::read(given.repo.snapshot(&commit('2')).join("model.safetensors")).unwrap(),
        b"shared"
    );
    assert_eq!(
        given.repo.refs().unwrap().into_keys().collect::<Vec<_>>(),
        [Revision::main()]
    );
    assert_eq!(given.repo.remove_snapshot(&commit('1')).unwrap(), Some(0));

    assert!(given.repo.remove_snapshot(&commit('2')).unwrap().unwrap() >= 6);
    assert!(!given.repo.folder().exists());
}

#[test]
fn leftovers_are_partial_blobs_and_those_that_no_commit_has() {
    let given = given();
    given.file(&commit('1'), "config.json", ONCE, b"hello\n");
    let (once, shared) = (ONCE.parse().unwrap(), SHARED.parse().unwrap());
    for left in ["", ".avagar.incomplete", ".avagar.json"] {
        fs::write(
            given
                .repo
                .folder()
                .join("blobs")
                .join(format!("{SHARED}{left}")),
            b"x",
        )
        .unwrap();
    }
    let abandoned = given.cache.abandoned(Duration::ZERO).unwrap();
    assert_eq!(
        abandoned,
        [(
            "facebook/mms-tts-fas".parse().unwrap(),
            BTreeSet::from([shared])
        )]
    );
    let an_hour = Duration::from_secs(3600);
    assert_eq!(given.cache.abandoned(an_hour).unwrap(), []);
    let freed = given.repo.remove_leftovers(&[once, shared].into()).unwrap();
    assert!(freed.unwrap() > 0);
    let blobs = entries(&given.repo.folder().join("blobs")).unwrap();
    assert_eq!(blobs.len(), 1, "{blobs:?}");
    assert!(given.repo.blob(once).exists());
}

#[test]
fn one_program_at_a_time_writes_a_blob() {
    let given = given();
    let digest = ONCE.parse().unwrap();
    let lock = given.repo.try_lock(digest).unwrap();
    assert!(lock.is_some());
    assert!(given.repo.try_lock(digest).unwrap().is_none());
    assert!(
        given
            .repo
            .try_lock(SHARED.parse().unwrap())
            .unwrap()
            .is_some()
    );
    drop(lock);
    assert!(given.repo.try_lock(digest).unwrap().is_some());
}
