//! Ids that can't be mixed up.

use jobs::{JobKind, Run};

/// Declares a newtype over a UUID key.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
                 sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A person's account.
    UserId
);
uuid_id!(
    /// One signed-in device.
    SessionId
);
uuid_id!(
    /// A set of recordings with transcripts.
    DatasetId
);
uuid_id!(
    /// A training job.
    TrainingId
);
uuid_id!(
    /// A checkpoint of a training job.
    CheckpointId
);
uuid_id!(
    /// A sentence that a voice said while it was trained.
    SampleId
);
uuid_id!(
    /// A voice: what a finished training gives.
    VoiceId
);
uuid_id!(
    /// One synthesis: a text that a voice was asked to say.
    SynthesisId
);

uuid_id!(ModelId);
uuid_id!(
    /// The copy of an installed model in the storage.
    ModelCopyId
);
uuid_id!(
    /// A job that installs a model.
    DownloadId
);

impl UserId {
    /// Whose job a run carries out.
    pub fn of<K: JobKind>(run: &Run<K>) -> Self {
        Self(run.owner)
    }
}
