//! The Hugging Face Hub: its API, and its cache on this machine. Knows nothing of our database and of no queue.
//!
//! | module | does |
//! |---|---|
//! | [`names`] | repositories, revisions, commits, paths: checked where they come in, so nothing behind them has to |
//! | [`digest`] | the hash that an ETag names, and whether a file's bytes have it |
//! | [`client`], [`search`], [`resolve`] | requests; `http` reads what comes back, [`responses`] has its types, [`error`] what went wrong |
//! | [`token`] | access tokens |
//! | [`network`] | which hosts requests may go to |
//! | [`download`] | fetches files into the cache: `blob` one of them, `chunks` a large one, `source` reads byte ranges and retries, `partial` is a file of which chunks are missing, with [`progress`] and [`rate_limiter`] |
//! | [`selection`] | which files of a repository are fetched |
//! | [`cache`] | the folder that every program of this machine shares with the Hub's own clients |

#![warn(missing_docs)]

mod blob;
mod blocking;
pub mod cache;
mod chunks;
pub mod client;
pub mod digest;
pub mod download;
pub mod error;
mod files;
mod http;
pub mod names;
pub mod network;
pub mod partial;
pub mod progress;
pub mod rate_limiter;
pub mod resolve;
pub mod responses;
pub mod search;
pub mod selection;
mod source;
pub mod token;

pub use client::{Config, Hub, install_crypto_provider};
pub use error::{Error, Result};
pub use token::Token;
