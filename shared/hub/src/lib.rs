//! The Hugging Face Hub: asks it, and keeps what it gave. Knows nothing of our database and of no queue.
//!
//! | module | does |
//! |---|---|
//! | [`names`] | repositories, revisions, commits, paths: checked where they come in, so nothing behind them has to |
//! | [`digest`] | what an ETag promises of a file's bytes, and whether they keep it |
//! | [`client`], [`search`], [`resolve`] | asks; [`answers`] is what it hears, [`error`] what went wrong |
//! | [`network`] | which machines are asked at all |
//! | [`download`] | fetches files into the cache: `blob` one of them, `pieces` a large one, `source` where its bytes come from, `partial` what is on its way, [`progress`] how far it is, [`rate_limiter`] how fast it may be |
//! | [`selection`] | which files of a repository are fetched |
//! | [`cache`] | the folder that every program of this machine shares with the Hub's own clients |

pub mod answers;
mod background;
mod blob;
pub mod cache;
pub mod client;
pub mod digest;
pub mod download;
pub mod error;
mod files;
pub mod names;
pub mod network;
pub mod partial;
mod pieces;
pub mod progress;
pub mod rate_limiter;
pub mod resolve;
pub mod search;
pub mod selection;
mod source;

pub use client::{Config, Hub, Token, choose_cryptography};
pub use error::{Error, Result};
