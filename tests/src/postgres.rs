//! A PostgreSQL of a test's own, to be crashed, stopped and started.

use std::process::Command;

use tempfile::TempDir;

use crate::root;

/// A server on a port of its own; gone with the test.
pub struct OwnPostgres {
    folder: TempDir,
    /// Its database's address.
    pub url: String,
}

impl OwnPostgres {
    /// Makes a cluster and starts it.
    pub async fn start() -> Self {
        // Below /tmp, where the user who runs PostgreSQL can pass through.
        let folder = tempfile::Builder::new()
            .prefix("avagar-own-postgres-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .unwrap();
        let url = String::new();
        let mut own = Self { folder, url };
        own.url = own.up().await;
        own
    }

    /// Starts it again, on the same port.
    pub async fn up(&self) -> String {
        self.script("start").await
    }

    /// Stops it; its clients' connections end.
    pub async fn down(&self) {
        self.script("stop").await;
    }

    /// What `pg_ctl stop --mode immediate` does: no checkpoint, no goodbye, recovery at the next start.
    pub async fn crash(&self) {
        let pid_file = self.folder.path().join("data/data/postmaster.pid");
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let killed = Command::new("kill").args(["-QUIT", &pid]).status().unwrap();
        assert!(killed.success());
        crate::eventually(
            "the server's end",
            std::time::Duration::from_secs(30),
            || async { (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(()) },
        )
        .await;
    }

    async fn script(&self, command: &str) -> String {
        let mut script = Command::new(root().join("scripts/postgres.sh"));
        script
            .arg(command)
            .arg("--data")
            .arg(self.folder.path().join("data"));
        let output = tokio::task::spawn_blocking(move || script.output())
            .await
            .unwrap()
            .unwrap();
        assert!(
            output.status.success(),
            "postgres.sh {command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let stopped = Command::new(root().join("scripts/postgres.sh"))
            .arg("stop")
            .arg("--data")
            .arg(self.folder.path().join("data"))
            .status();
        assert!(stopped.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}
