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
mod state;

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex, atomic::AtomicU64},
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

pub use faults::{Fault, Place};
pub use repository::{Repository, noise};
pub use state::{Asked, TOKEN, TRUSTED_TOKEN};
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
