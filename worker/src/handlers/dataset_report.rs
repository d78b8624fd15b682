//! What people want to know of a dataset, counted while its clips are checked.

use std::collections::{BTreeMap, HashSet};

use domain::{datasets::Clip, dropped::DroppedSummary};
use persian::Dropped;

/// What was found in all clips so far; written as the dataset's `report`.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    clips: usize,
    usable: usize,
    seconds: f64,
    shortest_seconds: Option<f64>,
    longest_seconds: Option<f64>,
    /// Clips by the sample rate of their recording.
    sample_rates: BTreeMap<u32, usize>,
    /// Clips that reach full scale.
    clipped: usize,
    /// Transcripts that are there more than once.
    duplicate_transcripts: usize,
    /// Recordings that no line names.
    without_transcript: usize,
    /// Clips that bring their phonemes.
    with_phonemes: usize,
    /// Usable clips by who speaks, where that is said.
    speakers: BTreeMap<String, usize>,
    /// What of the transcripts isn't spoken, by the lines of `metadata.csv`.
    dropped: DroppedSummary,
    #[serde(skip)]
    seen: HashSet<String>,
}

/// A clip that was checked.
pub(super) struct Examined {
    pub(super) clip: Clip,
    /// Of its recording, where that is readable.
    pub(super) sample_rate: Option<u32>,
    /// Whether it reaches full scale.
    pub(super) clipped: bool,
    /// The line of `metadata.csv`, from 1.
    pub(super) line: u64,
    /// What of its transcript isn't spoken.
    pub(super) dropped: Vec<Dropped>,
}

impl Report {
    /// Counts a clip in.
    pub(super) fn add(&mut self, examined: Examined) -> Clip {
        let clip = examined.clip;
        self.clips += 1;
        self.with_phonemes += usize::from(clip.phonemes.is_some());
        (self.dropped).add_all(&clip.text, &examined.dropped, examined.line);
        self.duplicate_transcripts += usize::from(!self.seen.insert(clip.text.clone()));
        self.clipped += usize::from(examined.clipped);
        if let Some(rate) = examined.sample_rate {
            *self.sample_rates.entry(rate).or_default() += 1;
        }
        if let (None, Some(seconds)) = (&clip.excluded_reason, clip.duration_seconds) {
            self.usable += 1;
            if let Some(speaker) = &clip.speaker {
                *self.speakers.entry(speaker.clone()).or_default() += 1;
            }
            self.seconds += seconds;
            let shortest = self.shortest_seconds.unwrap_or(seconds);
            self.shortest_seconds = Some(shortest.min(seconds));
            let longest = self.longest_seconds.unwrap_or(seconds);
            self.longest_seconds = Some(longest.max(seconds));
        }
        clip
    }

    /// Counts the recordings that none of the clips names.
    pub(super) fn count_without_transcript<'a>(
        &mut self,
        recordings: impl Iterator<Item = &'a String>,
        clips: &[Clip],
    ) {
        let named: HashSet<&str> = clips.iter().map(|clip| clip.id.as_str()).collect();
        let unnamed = recordings.filter(|name| !named.contains(name.as_str()));
        self.without_transcript = unnamed.count();
    }
}
