use std::{convert::Infallible, fs, ops::ControlFlow, path::Path, time::Duration};

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use test_s3::{Fault, Operation, TestS3};

use super::*;
use crate::Error;

mod moving;

/// Larger than what is sent in one request.
const LARGE_BYTES: usize = (33 << 20) + 5;
/// More than a request is repeated.
const UNTIL_GIVEN_UP: u32 = 1000;

fn at(url: String) -> settings::Storage {
    settings::Storage {
        url,
        also_read_url: String::new(),
        signed_url_minutes: 0,
    }
}

fn storage() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().join("storage").display());
    (folder, Storage::open(&at(url)).unwrap())
}

/// Continues for so many calls, then breaks with their number.
fn until(most: usize) -> impl FnMut() -> ControlFlow<usize> {
    let mut seen = 0;
    move || {
        seen += 1;
        if seen > most {
            ControlFlow::Break(seen)
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[tokio::test]
async fn fetching_reports_progress_and_can_be_stopped() {
    let (folder, storage) = storage();
    storage.put("a/b", vec![7; 5 << 20].into()).await.unwrap();
    let to = folder.path().join("fetched");
    let mut signs = 0;
    let fetched = storage
        .get_file_watched("a/b", &to, || {
            signs += 1;
            ControlFlow::<()>::Continue(())
        })
        .await
        .unwrap();
    assert_eq!(
        fetched,
        ControlFlow::Continue(storage.get_file("a/b", &to).await.unwrap())
    );
    assert!(signs >= 5, "{signs}");
    let stopped = storage.get_file_watched("a/b", &to, until(2)).await;
    assert_eq!(stopped.unwrap(), ControlFlow::Break(3));
    assert!(std::fs::metadata(&to).unwrap().len() < 5 << 20);
}

#[tokio::test]
async fn storing_reports_progress_and_leaves_nothing_when_it_is_stopped() {
    let (folder, storage) = storage();
    let local = folder.path().join("local");
    std::fs::create_dir(&local).unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(local.join(name), vec![7; 3 << 20]).unwrap();
    }
    let stopped = storage.put_folder_watched("x", &local, until(4)).await;
    assert_eq!(stopped.unwrap(), ControlFlow::Break(5));
    assert_eq!(storage.files("x").await.unwrap(), []);
    assert_eq!(storage.folders("").await.unwrap(), Vec::<String>::new());
    let stored = storage.put_folder_watched("x", &local, until(100)).await;
    let stored = stored.unwrap().continue_value().unwrap();
    assert_eq!(stored.len(), 3);
    assert_eq!(storage.files("x").await.unwrap().len(), 3);
}

fn bucket(server: &TestS3) -> Storage {
    bucket_with(server, &[])
}

/// With more variables.
fn bucket_with(server: &TestS3, variables: &[(&str, &str)]) -> Storage {
    let url = format!("s3://{}/some/prefix", test_s3::BUCKET);
    let variables = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let environment = server.environment().into_iter().chain(variables);
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    Storage::open_with(&at(url), environment).unwrap()
}

/// Bytes of which no part is like another.
fn bytes(size: usize) -> Vec<u8> {
    let words = (0..size.div_ceil(8) as u64).flat_map(|word| {
        word.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            .to_le_bytes()
    });
    words.take(size).collect()
}

async fn read(storage: &Storage, key: &str, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let (_, stream) = storage.read(key, range).await.unwrap();
    let chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
    chunks.concat()
}

/// A folder with a large file and some small ones, also in a folder of their own.
fn local_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large"), bytes(LARGE_BYTES)).unwrap();
    fs::create_dir(folder.path().join("wavs")).unwrap();
    for number in 0..20 {
        let path = folder.path().join(format!("wavs/{number}.wav"));
        fs::write(path, bytes(number * 1000)).unwrap();
    }
    folder
}

fn unwatched() -> ControlFlow<Infallible> {
    ControlFlow::Continue(())
}

async fn assert_stored(storage: &Storage, prefix: &str, local: &Path, stored: &[StoredFile]) {
    assert_eq!(stored.len(), 21);
    assert!(stored.is_sorted_by_key(|file| &file.path));
    assert_eq!(storage.files(prefix).await.unwrap().len(), 21);
    let arrived = tempfile::tempdir().unwrap();
    for file in stored {
        let expected = fs::read(local.join(&file.path)).unwrap();
        assert_eq!(file.size_bytes, expected.len() as u64);
        assert_eq!(file.sha256, hex::encode(Sha256::digest(&expected)));
        let key = format!("{prefix}/{}", file.path);
        let to = arrived.path().join(&file.path);
        assert_eq!(storage.get_file(&key, &to).await.unwrap(), file.sha256);
        assert!(fs::read(&to).unwrap() == expected, "{}", file.path);
    }
}

#[tokio::test]
async fn a_folder_and_a_bucket_behave_alike() {
    let server = TestS3::start();
    let (_folder, folder) = storage();
    let local = local_folder();
    let other = TestS3::start();
    let checksums = bucket_with(&other, &[("AWS_CHECKSUM_ALGORITHM", "sha256")]);
    for storage in [folder, bucket(&server), checksums] {
        assert_eq!(storage.files("a").await.unwrap(), []);
        assert_eq!(storage.folders("a").await.unwrap(), Vec::<String>::new());
        storage.delete_folder("a").await.unwrap();
        let missing = storage.size("a/b").await.unwrap_err();
        assert!(matches!(
            missing,
            Error::Storage(StoreError::NotFound { .. })
        ));
        assert!(!missing.is_transient());

        let stored = storage.put_folder("a/b", local.path()).await.unwrap();
        assert_stored(&storage, "a/b", local.path(), &stored).await;
        storage
            .put("a/c/d", Bytes::from_static(b"text"))
            .await
            .unwrap();
        storage.put("a/bb", Bytes::new()).await.unwrap();
        let mut folders = storage.folders("a").await.unwrap();
        folders.sort();
        assert_eq!(folders, ["b", "c"]);
        assert_eq!(storage.size("a/b/large").await.unwrap(), LARGE_BYTES as u64);
        assert_eq!(read(&storage, "a/c/d", Some(1..3)).await, b"ex");
        assert_eq!(read(&storage, "a/bb", None).await, b"");

        storage.delete_folder("a/b").await.unwrap();
        let left = storage.files("a").await.unwrap();
        let left: Vec<_> = left.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            left,
            ["bb", "c/d"],
            "a folder's name is no prefix of another's"
        );
    }
}

#[tokio::test]
async fn a_bucket_that_fails_now_and_then_loses_and_doubles_nothing() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    for seed in 0..4 {
        server.fail_randomly(seed, 4);
        let prefix = format!("a/{seed}");
        let mut upload = FolderUpload::new(prefix.clone(), local.path()).unwrap();
        while upload.run(&storage, unwatched).await.is_err() {}
        let stored = upload.stored();
        server.clear_faults();
        assert_stored(&storage, &prefix, local.path(), &stored).await;
        assert_eq!(server.unfinished_parts(), 0);
    }
    assert!(
        server.faults_happened() > 30,
        "{}",
        server.faults_happened()
    );
}

#[tokio::test]
async fn an_upload_goes_on_with_the_parts_that_are_missing() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    server.fail(Operation::UploadPart, UNTIL_GIVEN_UP, Fault::SlowDown);
    let mut upload = FolderUpload::new("a".into(), local.path()).unwrap();
    let error = upload.run(&storage, unwatched).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    server.clear_faults();
    server.fail(
        Operation::CompleteMultipartUpload,
        UNTIL_GIVEN_UP,
        Fault::InternalError,
    );
    upload.run(&storage, unwatched).await.unwrap_err();
    let sent = || {
        let requests = server.requests();
        requests
            .iter()
            .filter(|&&operation| operation == Operation::UploadPart)
            .count()
    };
    let parts_until_then = sent();
    server.clear_faults();
    upload.run(&storage, unwatched).await.unwrap();
    assert_eq!(sent(), parts_until_then, "all had arrived");
    let created = server.requests().into_iter();
    let created = created.filter(|&operation| operation == Operation::CreateMultipartUpload);
    assert_eq!(created.count(), 1);
    assert_stored(&storage, "a", local.path(), &upload.stored()).await;
}

#[tokio::test]
async fn a_completed_upload_whose_response_is_lost_is_complete() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    server.fail(Operation::CompleteMultipartUpload, 1, Fault::LoseResponse);
    server.fail(Operation::PutObject, 5, Fault::LoseResponse);
    let stored = storage.put_folder("a", local.path()).await.unwrap();
    assert_eq!(server.faults_happened(), 6);
    assert_stored(&storage, "a", local.path(), &stored).await;
}

#[tokio::test]
async fn what_is_given_up_leaves_nothing_in_the_bucket() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    let stopped = storage
        .put_folder_watched("a", local.path(), until(45))
        .await;
    assert_eq!(stopped.unwrap(), ControlFlow::Break(46));
    assert!(server.requests().contains(&Operation::UploadPart));
    assert_eq!(server.unfinished_parts(), 0);
    assert_eq!(storage.files("").await.unwrap(), []);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_continued_where_it_ended() {
    let server = TestS3::start();
    let storage = bucket(&server);
    storage.put("a", bytes(LARGE_BYTES).into()).await.unwrap();
    for truncated in [1 << 20, 7 << 20, 3, 11 << 20] {
        server.fail(Operation::GetObject, 1, Fault::Truncate(truncated));
    }
    server.fail(
        Operation::GetObject,
        1,
        Fault::Delay(Duration::from_millis(300)),
    );
    assert!(read(&storage, "a", None).await == bytes(LARGE_BYTES));
    assert_eq!(server.faults_happened(), 5);
    let range = 5..(30 << 20);
    server.fail(Operation::GetObject, 2, Fault::Truncate(1 << 20));
    let part = read(&storage, "a", Some(range.start as u64..range.end as u64)).await;
    assert!(part == bytes(LARGE_BYTES)[range]);
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_read_is_never_mixed_up() {
    let server = TestS3::start();
    let storage = bucket(&server);
    storage.put("a", vec![1; 8 << 20].into()).await.unwrap();
    server.fail(Operation::GetObject, 1, Fault::Truncate(1 << 20));
    let (_, mut stream) = storage.read("a", None).await.unwrap();
    let first = stream.try_next().await.unwrap().unwrap();
    assert!(first.iter().all(|&byte| byte == 1));
    storage.put("a", vec![2; 8 << 20].into()).await.unwrap();
    let rest: Result<Vec<Bytes>> = stream.try_collect().await;
    assert!(
        matches!(&rest, Err(Error::Storage(StoreError::Precondition { .. }))),
        "{:?}",
        rest.map(drop)
    );
}

#[tokio::test]
async fn a_deletion_survives_faults() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    storage.put_folder("a", local.path()).await.unwrap();
    for fault in [
        Fault::SlowDown,
        Fault::LoseResponse,
        Fault::Disconnect,
        Fault::Truncate(5),
    ] {
        server.fail(Operation::DeleteObjects, 1, fault);
        server.fail(Operation::ListObjects, 1, fault);
    }
    storage.delete_folder("a").await.unwrap();
    assert_eq!(storage.files("").await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_refuses_us_says_so() {
    let server = TestS3::start();
    let open = |bucket: &str, secret: &str| {
        let url = format!("s3://{bucket}");
        let environment = server
            .environment()
            .into_iter()
            .map(|(name, value)| match name {
                "AWS_SECRET_ACCESS_KEY" => (name.into(), secret.into()),
                _ => (name.into(), value),
            });
        Storage::open_with(&at(url), environment).unwrap()
    };
    let error = open("avagar", "wrong")
        .put("a", Bytes::new())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("SignatureDoesNotMatch"),
        "{error}"
    );
    let nowhere = open("elsewhere", test_s3::SECRET_ACCESS_KEY);
    let error = nowhere.files("a").await.unwrap_err();
    assert!(error.to_string().contains("NoSuchBucket"), "{error}");
    for url in ["ftp://somewhere", "nothing", "https://example.com/x", ""] {
        let refused = Storage::open(&at(url.into())).unwrap_err();
        assert!(refused.to_string().contains("storage.url"), "{refused}");
    }
}

#[tokio::test]
async fn a_local_file_that_cannot_be_opened_is_not_left_out_of_the_next_try() {
    let server = TestS3::start();
    let storage = bucket(&server);
    let local = local_folder();
    let (large, away) = (local.path().join("large"), local.path().join("away"));
    let mut upload = FolderUpload::new("a".into(), local.path()).unwrap();
    fs::rename(&large, &away).unwrap();
    upload.run(&storage, unwatched).await.unwrap_err();
    fs::rename(&away, &large).unwrap();
    upload.run(&storage, unwatched).await.unwrap();
    assert_stored(&storage, "a", local.path(), &upload.stored()).await;
}
