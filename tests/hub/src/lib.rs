//! A small Hugging Face Hub: the calls that clients make of the real one, on two ports like there, with faults on order.
//! It is to be believed because the Hub's own Python client works against it (`shared/hub/tests/python_client.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod answers;
mod faults;
mod repository;

use std::{
    collections::{HashMap, HashSet},
    net::TcpListener,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

pub use faults::{Fault, Place};
pub use repository::{Repository, noise};

/// A token that is known, of the account `negar`.
pub const TOKEN: &str = "hf_thisIsATokenOfTheTests0000";
/// A token of an account that has accepted all terms.
pub const TRUSTED_TOKEN: &str = "hf_thisAccountAcceptedTerms01";

/// A running hub.
pub struct TestHub {
    /// `HF_ENDPOINT`.
    pub url: String,
    state: Arc<State>,
    servers: Vec<ServerHandle>,
}

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Where.
    pub place: Place,
    /// Method and path.
    pub what: String,
    /// Whether a token came with it.
    pub with_token: bool,
    /// The header `Range`.
    pub range: Option<String>,
}

pub(crate) struct State {
    /// Shared, for every answer looks at one, and some have thousands of files.
    repositories: Mutex<HashMap<String, Arc<Repository>>>,
    tokens: Mutex<HashMap<String, &'static str>>,
    asked: Mutex<Vec<Asked>>,
    /// Signatures of addresses that are good.
    signatures: Mutex<HashSet<u64>>,
    next_signature: AtomicU64,
    faults: faults::Faults,
    files_url: String,
    endpoint: String,
}

impl TestHub {
    /// Starts one on loopback, without a repository.
    pub fn start() -> Self {
        let [endpoint, files] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            repositories: Mutex::default(),
            tokens: Mutex::new(HashMap::from([
                (TOKEN.into(), "negar"),
                (TRUSTED_TOKEN.into(), "sara"),
            ])),
            asked: Mutex::default(),
            signatures: Mutex::default(),
            next_signature: AtomicU64::new(1),
            faults: faults::Faults::default(),
            files_url: url(&files),
            endpoint: url(&endpoint),
        });
        let servers = [(endpoint, false), (files, true)]
            .map(|(listener, files)| serve(listener, files, state.clone()));
        Self {
            url: state.endpoint.clone(),
            state,
            servers: servers.into(),
        }
    }

    /// Puts a repository there, in place of one of that name.
    pub fn put(&self, repository: Repository) {
        lock(&self.state.repositories).insert(repository.id.clone(), Arc::new(repository));
    }

    /// Takes it away.
    pub fn remove(&self, id: &str) {
        lock(&self.state.repositories).remove(id);
    }

    /// From now on nobody is let in by this token.
    pub fn revoke(&self, token: &str) {
        lock(&self.state.tokens).remove(token);
    }

    /// The next so many answers at `place` go wrong like that.
    pub fn fail(&self, place: Place, times: u32, fault: Fault) {
        self.state.faults.order(place, fault, times);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.state.faults.clear();
    }

    /// Every address that was given out so far is of no use any more.
    pub fn expire(&self) {
        lock(&self.state.signatures).clear();
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.state.asked).clone()
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        for server in &self.servers {
            // Told, not waited for.
            drop(server.stop(false));
        }
    }
}

impl State {
    pub(crate) fn repository(&self, id: &str) -> Option<Arc<Repository>> {
        lock(&self.repositories).get(id).cloned()
    }

    pub(crate) fn repositories(&self) -> Vec<Arc<Repository>> {
        lock(&self.repositories).values().cloned().collect()
    }

    pub(crate) fn account(&self, token: &str) -> Option<&'static str> {
        lock(&self.tokens).get(token).copied()
    }

    pub(crate) fn sign(&self) -> u64 {
        let signature = self.next_signature.fetch_add(1, Ordering::SeqCst);
        lock(&self.signatures).insert(signature);
        signature
    }

    pub(crate) fn is_good(&self, signature: u64) -> bool {
        lock(&self.signatures).contains(&signature)
    }
}

fn serve(listener: TcpListener, files: bool, state: Arc<State>) -> ServerHandle {
    let (sender, handle) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                let state = web::Data::from(state.clone());
                let app = App::new().app_data(state);
                if files {
                    app.default_service(web::to(answers::file))
                } else {
                    app.default_service(web::to(answers::endpoint))
                }
            });
            let server = server
                .workers(2)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
            sender.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    handle.recv().unwrap()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
