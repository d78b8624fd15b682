//! Moving from a folder to a bucket.

use super::*;
use crate::storage::moving::copy_all;

const FILES: [(&str, usize); 4] = [
    ("checkpoints/a/b/weights", LARGE_BYTES),
    ("voices/c/config.json", 3),
    ("voices/c/empty", 0),
    ("voices/c/wavs/1.wav", 1 << 20),
];

/// A folder with files, and the bucket where they are to go.
struct Move {
    folder: tempfile::TempDir,
    server: TestS3,
    from: settings::Storage,
}

impl Move {
    async fn begin() -> Self {
        let (folder, storage) = storage();
        for (key, size) in FILES {
            let mut upload = storage.upload(key).await.unwrap();
            upload.write(&bytes(size)).await.unwrap();
            upload.finish(key.into()).await.unwrap();
        }
        let url = format!("file:{}", folder.path().join("storage").display());
        Self {
            folder,
            server: TestS3::start(),
            from: at(url),
        }
    }

    fn to() -> String {
        format!("s3://{}/some/prefix", test_s3::BUCKET)
    }

    fn environment(&self) -> impl Iterator<Item = (String, String)> {
        let environment = self.server.environment().into_iter();
        environment.map(|(name, value)| (name.to_owned(), value))
    }

    /// Both places.
    fn open(&self) -> (Storage, Storage) {
        Storage::open_to_move_with(&self.from, &Self::to(), self.environment()).unwrap()
    }

    /// As if the folder's file had been written a minute ago.
    fn age(&self, key: &str) {
        let file = fs::File::options()
            .append(true)
            .open(self.folder.path().join("storage").join(key))
            .unwrap();
        let written = std::time::SystemTime::now() - Duration::from_secs(60);
        file.set_modified(written).unwrap();
    }

    /// As processes have it before the switch, with the folder first, and after it.
    fn processes(&self) -> [Storage; 2] {
        let folder = self.from.url.clone();
        [(folder.clone(), Self::to()), (Self::to(), folder)].map(|(url, also_read_url)| {
            let settings = settings::Storage {
                also_read_url,
                ..at(url)
            };
            Storage::open_with(&settings, self.environment()).unwrap()
        })
    }
}

async fn copied(from: &Storage, to: &Storage, compare: bool) -> u64 {
    copy_all(from, to, compare, |_| {}).await.unwrap().copied
}

#[tokio::test]
async fn every_file_arrives_and_none_is_copied_twice() {
    let moving = Move::begin().await;
    let (from, to) = moving.open();
    assert_eq!(copied(&from, &to, false).await, FILES.len() as u64);
    for (key, size) in FILES {
        assert_eq!(read(&to, key, None).await, bytes(size), "{key}");
    }
    let again = copy_all(&from, &to, true, |_| {}).await.unwrap();
    assert_eq!((again.copied, again.present), (0, FILES.len() as u64));
}

#[tokio::test]
async fn a_move_that_broke_off_goes_on() {
    let moving = Move::begin().await;
    let (from, to) = moving.open();
    moving
        .server
        .fail(Operation::UploadPart, UNTIL_GIVEN_UP, Fault::InternalError);
    assert!(copy_all(&from, &to, false, |_| {}).await.is_err());
    moving.server.clear_faults();
    copied(&from, &to, false).await;
    for (key, size) in FILES {
        assert_eq!(read(&to, key, None).await, bytes(size), "{key}");
    }
}

#[tokio::test]
async fn a_copy_that_was_altered_is_found_and_copied_again() {
    let moving = Move::begin().await;
    let (from, to) = moving.open();
    copied(&from, &to, false).await;
    to.put("voices/c/config.json", vec![9; 3].into())
        .await
        .unwrap();
    assert_eq!(copied(&from, &to, false).await, 0);
    assert_eq!(copied(&from, &to, true).await, 1);
    assert_eq!(read(&to, "voices/c/config.json", None).await, bytes(3));
}

#[tokio::test]
async fn a_file_that_a_process_has_stored_in_the_new_place_stays() {
    let moving = Move::begin().await;
    let (from, to) = moving.open();
    let [_, process] = moving.processes();
    moving.age("voices/c/config.json");
    process
        .put("voices/c/config.json", vec![1, 2].into())
        .await
        .unwrap();
    assert_eq!(copied(&from, &to, false).await, FILES.len() as u64 - 1);
    assert_eq!(read(&to, "voices/c/config.json", None).await, [1, 2]);
    // Also where it appears while the old one is read.
    assert!(
        !to.put_new("voices/c/config.json", vec![3].into())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn processes_before_and_after_the_switch_see_each_others_files() {
    let moving = Move::begin().await;
    let [before, after] = moving.processes();
    before.put("syntheses/1", vec![1].into()).await.unwrap();
    after.put("syntheses/2", vec![2, 2].into()).await.unwrap();
    for process in [&before, &after] {
        for (key, content) in [("syntheses/1", vec![1]), ("syntheses/2", vec![2, 2])] {
            assert_eq!(read(process, key, None).await, content);
            assert_eq!(process.size(key).await.unwrap(), content.len() as u64);
        }
        let names = process.files("syntheses").await.unwrap();
        let names: Vec<_> = names.into_iter().map(|file| file.path).collect();
        assert_eq!(names, ["1", "2"]);
        assert_eq!(process.folders("voices").await.unwrap(), ["c"]);
        assert!(process.read("syntheses/3", None).await.is_err());
    }
}

#[tokio::test]
async fn what_is_deleted_during_a_move_does_not_come_back() {
    for processes in 0..2 {
        let moving = Move::begin().await;
        let (from, to) = moving.open();
        copied(&from, &to, false).await;
        moving.processes()[processes]
            .delete_folder("voices")
            .await
            .unwrap();
        copied(&from, &to, false).await;
        for place in [from, to] {
            assert_eq!(place.files("voices").await.unwrap(), []);
            assert_eq!(place.files("checkpoints").await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_second_place_has_an_environment_of_its_own() {
    let moving = Move::begin().await;
    let environment = [
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = moving
        .environment()
        .map(|(name, value)| (format!("ALSO_READ_{name}"), value));
    let (from, to) = Storage::open_to_move_with(
        &moving.from,
        &Move::to(),
        environment.into_iter().chain(own),
    )
    .unwrap();
    assert_eq!(copied(&from, &to, false).await, FILES.len() as u64);
}

#[test]
fn a_move_to_where_everything_lies_is_refused() {
    let (_folder, _) = storage();
    let settings = at("file:/tmp/somewhere".into());
    for refused in [
        Storage::open_to_move(&settings, "file:/tmp/somewhere"),
        Storage::open_to_move(&settings, ""),
        Storage::open_to_move(&settings, "ftp://somewhere"),
    ] {
        assert!(matches!(refused, Err(Error::Settings(_))), "{refused:?}");
    }
}
