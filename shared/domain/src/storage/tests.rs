use std::ops::ControlFlow;

use super::*;

fn storage() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}", folder.path().join("storage").display());
    (folder, Storage::open(&settings::Storage { url }).unwrap())
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
        std::fs::write(local.join(name), vec![7; 1 << 20]).unwrap();
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
