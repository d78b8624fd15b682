//! What the routes do, one file a noun. None of them imports another one: what several need lives beside this folder.

pub mod auth;
pub mod datasets;
pub mod dictionary;
pub mod downloads;
pub mod evaluations;
pub mod live_socket;
pub mod metrics;
pub mod models;
pub mod preferences;
pub mod search;
pub mod sources;
pub mod syntheses;
pub mod system;
pub mod tensorboard;
pub mod text;
pub mod training;
pub mod voices;
