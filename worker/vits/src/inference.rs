//! Speaking: the folder of a voice, and speech from it.

pub mod joining;
pub mod synthesis;
pub mod voice;
