//! A PostgreSQL of a test's own, to be crashed, stopped and started, and to speak TLS.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::Url;
use sqlx::{Connection, PgConnection};
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
            .permissions(PermissionsExt::from_mode(0o755))
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

    /// From now on it speaks TLS to those who ask for it, with a certificate for `name`. Answers with its authority's, which is
    /// in no store of trusted ones.
    pub async fn encrypt(&self, name: &str) -> PathBuf {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()])
            .and_then(|params| params.signed_by(&key, &authority))
            .unwrap();
        let data = self.folder.path().join("data/data");
        write_as_owner_of(&data, "server.crt", &certificate.pem());
        write_as_owner_of(&data, "server.key", &key.serialize_pem());
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        for statement in ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"] {
            sqlx::raw_sql(statement)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let file = self.folder.path().join("authority.crt");
        fs::write(&file, authority.pem()).unwrap();
        file
    }

    /// Its address for clients that insist on TLS, on this host name and on a certificate that `authority` signed, or, without
    /// one, on a certificate that the machine trusts.
    pub fn verified_url(&self, host: &str, authority: Option<&Path>) -> String {
        let mut url = Url::parse(&self.url).unwrap();
        url.set_host(Some(host)).unwrap();
        url.query_pairs_mut().append_pair("sslmode", "verify-full");
        if let Some(authority) = authority {
            let authority = authority.to_str().unwrap();
            url.query_pairs_mut().append_pair("sslrootcert", authority);
        }
        url.into()
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

/// PostgreSQL takes a key only where it alone can read it.
fn write_as_owner_of(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let owner = fs::metadata(folder).unwrap();
    chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
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
