//! The queues: which a worker process serves or not, by its settings.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Uploaded archives.
    Datasets,
    /// Models that are installed.
    Downloads,
    /// Trainings: hours to days.
    Training,
    /// Sentences: seconds.
    Speech,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Datasets,
        Self::Downloads,
        Self::Training,
        Self::Speech,
    ];

    /// The queue of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// Its name in the queue's tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datasets => "datasets",
            Self::Downloads => "downloads",
            Self::Training => "training",
            Self::Speech => "speech",
        }
    }
}
