//! Folders of the storage that no row names, and what may be deleted of them.

use std::time::Duration;

use domain::orphaned_folders;
use test_s3::TestS3;
use tests::stack::Stack;

const LIMIT: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_no_row_names_are_deleted_and_no_others() {
    let server = TestS3::start();
    for stack in [Stack::start().await, Stack::on_bucket(&server, &[]).await] {
        let storage = stack.open_storage();
        let sample = storage.files("datasets").await.unwrap();
        assert!(sample.len() > 40);
        let shipped = storage.files("voices").await.unwrap();
        assert!(shipped.len() > 5);
        let orphan = "8d8d6f2e-97e5-4f0b-a2f8-4e4c1d0e7d11";
        let prefixes = [
            "checkpoints",
            "datasets",
            "models",
            "samples",
            "syntheses",
            "tensorboard",
            "uploads",
            "voices",
        ];
        for prefix in prefixes {
            for file in ["a/b", "c"] {
                let key = format!("{prefix}/{orphan}/{file}");
                storage.put(&key, vec![1; 10].into()).await.unwrap();
            }
        }
        let delete = async |min_age| {
            orphaned_folders::delete(&stack.db, &storage, min_age)
                .await
                .unwrap()
        };
        // A row may still follow.
        assert_eq!(delete(LIMIT).await, 0);
        storage
            .put("voices/not-an-id/file", vec![1].into())
            .await
            .unwrap();
        assert_eq!(delete(Duration::ZERO).await, prefixes.len());
        assert_eq!(storage.files("datasets").await.unwrap(), sample);
        assert_eq!(storage.files("checkpoints").await.unwrap(), []);
        let voices = storage.files("voices").await.unwrap();
        assert_eq!(voices.len(), shipped.len() + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_upload_is_deleted_like_any_orphan() {
    let stack = Stack::start().await;
    let folder = stack
        .storage()
        .join("uploads/8d8d6f2e-97e5-4f0b-a2f8-4e4c1d0e7d11");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("archive#1"), "half").unwrap();
    let storage = stack.open_storage();
    assert_eq!(storage.files("uploads").await.unwrap(), []);
    let deleted = orphaned_folders::delete(&stack.db, &storage, Duration::ZERO).await;
    assert_eq!(deleted.unwrap(), 1);
    assert!(!folder.exists());
}
