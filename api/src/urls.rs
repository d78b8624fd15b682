//! Where things of the API are, as answers name them.

use domain::{
    evaluations::SampleFile,
    ids::{DatasetId, DownloadId, SampleId, SynthesisId, TrainingId},
};

pub fn dataset(id: DatasetId) -> String {
    format!("/api/datasets/{id}")
}

pub fn download(id: DownloadId) -> String {
    format!("/api/sources/download/{id}")
}

pub fn training(id: TrainingId) -> String {
    format!("/api/training/{id}")
}

pub fn sample_file(training: TrainingId, sample: SampleId, file: SampleFile) -> String {
    format!("/api/training/{training}/samples/{sample}/{}", file.name())
}

pub fn synthesis(id: SynthesisId) -> String {
    format!("/api/syntheses/{id}")
}

pub fn synthesis_audio(id: SynthesisId) -> String {
    format!("/api/syntheses/{id}/audio")
}
