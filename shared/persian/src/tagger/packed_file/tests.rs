use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::super::features::Pattern;
use super::super::model::{Model, Scores};
use super::super::test_model;
use super::super::text_model::TextModel;
use super::*;

fn model() -> TextModel {
    test_model::random_model(&["a", "b", "آب"], &mut ChaCha8Rng::seed_from_u64(2))
}

fn packed_bytes(folder: &Path) -> Vec<u8> {
    let path = folder.join("packed");
    write(
        &PackedModel::from_text_model(&model()).expect("a packed model"),
        &path,
    )
    .expect("it is written");
    fs::read(path).expect("it is read")
}

fn read_bytes(bytes: &[u8]) -> Result<PackedModel, TaggerError> {
    read_from(&mut &bytes[..], bytes.len() as u64, Path::new("packed"))
}

#[test]
fn the_packed_model_weighs_exactly_as_the_original() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packed");
    let original = model();
    let report = write(
        &PackedModel::from_text_model(&original).expect("a packed model"),
        &path,
    )
    .expect("it is written");
    let packed = read(&path).expect("it is read");
    assert_eq!(report.observations, original.observations().count());
    assert_eq!(report.bytes, fs::metadata(&path).expect("the file").len());
    assert_eq!(packed.labels(), original.labels());
    let sources = |patterns: &[Pattern]| {
        patterns
            .iter()
            .map(|pattern| pattern.source().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(sources(packed.patterns()), sources(original.patterns()));
    for (observation, _) in original.observations() {
        let weigh = |model: &dyn Model| {
            let mut scores = Scores::new(model.labels().len());
            model.add_weights(observation, &mut scores);
            (scores.emission, scores.transition)
        };
        assert!(packed.knows(observation));
        assert_eq!(weigh(&packed), weigh(&original));
    }
    assert!(!packed.knows(b"u:w=unknown"));
}

#[test]
fn a_byte_changed_anywhere_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = packed_bytes(folder.path());
    for index in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[index] ^= change;
            assert!(read_bytes(&changed).is_err(), "byte {index}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_or_continued_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = packed_bytes(folder.path());
    for length in 0..bytes.len() {
        assert!(
            read_bytes(&bytes[..length]).is_err(),
            "{length} of {} bytes",
            bytes.len()
        );
        // As when the file is cut while it is read.
        assert!(
            read_from(
                &mut &bytes[..length],
                bytes.len() as u64,
                Path::new("packed")
            )
            .is_err()
        );
    }
    bytes.push(0);
    assert!(matches!(
        read_bytes(&bytes),
        Err(TaggerError::Damaged { .. })
    ));
}

#[test]
fn counts_beyond_the_file_take_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = packed_bytes(folder.path());
    bytes[MAGIC.len() + 4..HEAD_BYTES].fill(0xff);
    let error = read_bytes(&bytes).err().expect("an error");
    assert!(matches!(error, TaggerError::Damaged { .. }), "{error}");
}

#[test]
fn another_version_and_another_kind_of_file_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = packed_bytes(folder.path());
    bytes[MAGIC.len()] = 9;
    assert!(matches!(
        read_bytes(&bytes),
        Err(TaggerError::Version {
            found: 9,
            expected: VERSION,
            ..
        })
    ));
    bytes[0] = b'X';
    assert!(matches!(
        read_bytes(&bytes),
        Err(TaggerError::NotPacked { .. })
    ));
}

#[test]
fn a_file_with_a_right_checksum_and_senseless_numbers_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packed");
    let spoil: [fn(&mut PackedModel); 4] = [
        |model| model.observations.hashes.swap(0, 1),
        |model| model.observations.ends[0] = u32::MAX,
        |model| model.weights[0] = u32::MAX,
        |model| model.values[0] = f64::NAN,
    ];
    for spoil in spoil {
        let mut packed = PackedModel::from_text_model(&model()).expect("a packed model");
        spoil(&mut packed);
        write(&packed, &path).expect("it is written");
        assert!(matches!(read(&path), Err(TaggerError::Damaged { .. })));
    }
}

#[test]
fn packing_leaves_no_partial_file() {
    let folder = tempfile::tempdir().expect("a folder");
    packed_bytes(folder.path());
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["packed"]);
    let packed = PackedModel::from_text_model(&model()).expect("a packed model");
    assert!(matches!(
        write(&packed, &folder.path().join("nowhere/packed")),
        Err(TaggerError::Io { .. })
    ));
}
