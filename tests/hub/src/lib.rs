//! A small Hugging Face Hub: the requests that clients send to the real one, on two ports like there, with faults where a test
//! asks for them. The Hub's own Python client works against it, which `shared/hub/tests/python_client.rs` checks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod api;
mod endpoint;
mod faults;
mod files;
mod repository;
mod request;
mod state;

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex, atomic::AtomicU64},
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

pub use faults::{Fault, Place};
pub use repository::{Repository, noise};
pub use state::{RecordedRequest, TOKEN, TRUSTED_TOKEN};
use state::{State, lock};

/// A running hub.
pub struct TestHub {
    /// `HF_ENDPOINT`.
    pub url: String,
    state: Arc<State>,
    servers: Vec<ServerHandle>,
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
            requests: Mutex::default(),
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

    /// Adds a repository, or replaces the one of that name.
    pub fn put(&self, repository: Repository) {
        lock(&self.state.repositories).insert(repository.id.clone(), Arc::new(repository));
    }

    /// Deletes a repository.
    pub fn remove(&self, id: &str) {
        lock(&self.state.repositories).remove(id);
    }

    /// Makes a token invalid.
    pub fn revoke(&self, token: &str) {
        lock(&self.state.tokens).remove(token);
    }

    /// Injects a fault into the next `times` responses at `place`.
    pub fn fail(&self, place: Place, times: u32, fault: Fault) {
        self.state.faults.add(place, fault, times);
    }

    /// Drops the faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Expires every signed URL that was given out so far.
    pub fn expire(&self) {
        lock(&self.state.signatures).clear();
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.state.requests).clone()
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        for server in &self.servers {
            // It stops by itself; nothing waits for that.
            drop(server.stop(false));
        }
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
                    app.default_service(web::to(files::file))
                } else {
                    app.default_service(web::to(endpoint::endpoint))
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
