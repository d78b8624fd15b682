//! What a model is for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ModelKind {
    /// Text to speech.
    Tts,
    /// Speech to text.
    Stt,
    /// Text to text.
    Llm,
    /// Text to vectors.
    Embedding,
    /// Text or sound to labels.
    Classification,
    /// Something else.
    Other,
}

impl ModelKind {
    /// By the Hub's name of the task.
    pub fn of_task(task: Option<&str>) -> Self {
        match task.unwrap_or_default() {
            "text-to-speech" | "text-to-audio" => Self::Tts,
            "automatic-speech-recognition" => Self::Stt,
            "text-generation"
            | "text2text-generation"
            | "image-text-to-text"
            | "translation"
            | "summarization" => Self::Llm,
            "feature-extraction" | "sentence-similarity" => Self::Embedding,
            "text-classification"
            | "token-classification"
            | "audio-classification"
            | "zero-shot-classification" => Self::Classification,
            _ => Self::Other,
        }
    }

    /// The Hub's name of the task that such models are for.
    pub const fn task(self) -> Option<&'static str> {
        match self {
            Self::Tts => Some("text-to-speech"),
            Self::Stt => Some("automatic-speech-recognition"),
            Self::Llm => Some("text-generation"),
            Self::Embedding => Some("feature-extraction"),
            Self::Classification => Some("text-classification"),
            Self::Other => None,
        }
    }

    /// By the kind of network that the model's own configuration names.
    pub fn of_network(network: Option<&str>) -> Self {
        match network.unwrap_or_default() {
            "vits" | "speecht5" | "bark" | "fastspeech2_conformer" => Self::Tts,
            "whisper" | "wav2vec2" | "hubert" | "wav2vec2-bert" => Self::Stt,
            _ => Self::Other,
        }
    }
}
