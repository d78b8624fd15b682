//! Our voices are those of transformers: what it makes we speak, and what we make it speaks, sample for sample.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use tests::{process::binary, python_client, root};
use vits::{
    audio::{Clip, write_wav},
    config::{Preset, VitsConfig},
    inference::synthesis::Synthesizer,
    text::{TextMode, tokenizer::Tokenizer},
    training::trainer::{
        Directive, Finished, InitFrom, Observer, Precision, Recipe, Report, TrainingPlan,
        Utterance, Validation, train,
    },
};

/// Largest difference of two samples that is none: they are in [-1, 1].
const TOLERANCE: f32 = 1e-4;

/// transformers, in a process that all tests share: importing it takes longer than all the rest.
struct Transformers {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _process: Child,
}

static TRANSFORMERS: LazyLock<Mutex<Transformers>> = LazyLock::new(|| {
    let mut process = Command::new(python_client("transformers").join("python"))
        .arg(root().join("tests/tests/transformers/client.py"))
        .env("HF_HUB_OFFLINE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut transformers = Transformers {
        input: process.stdin.take().unwrap(),
        output: BufReader::new(process.stdout.take().unwrap()),
        _process: process,
    };
    assert_eq!(transformers.line(), "ready\n");
    Mutex::new(transformers)
});

fn transformers() -> MutexGuard<'static, Transformers> {
    TRANSFORMERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transformers {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    fn call(&mut self, request: &Value) -> Value {
        writeln!(self.input, "{request}").unwrap();
        self.input.flush().unwrap();
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{request} was answered {line:?}"))
    }
}

/// `worker speak` without noise.
fn speak(voice: &Path, ids: &[i64], speaker: Option<i64>, out: &Path) -> Output {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let mut command = Command::new(binary("worker"));
    command
        .args(["speak", "--noise", "0", "--duration-noise", "0", "--ids"])
        .arg(ids.join(","))
        .arg("--model")
        .arg(voice)
        .arg("--out")
        .arg(out);
    if let Some(speaker) = speaker {
        command.args(["--speaker", &speaker.to_string()]);
    }
    command.output().unwrap()
}

fn spoken(voice: &Path, ids: &[i64], speaker: Option<i64>) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.wav");
    let output = speak(voice, ids, speaker, &out);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let reader = hound::WavReader::open(&out).unwrap();
    assert_eq!(reader.spec().bits_per_sample, 32);
    assert_eq!(reader.spec().sample_format, hound::SampleFormat::Float);
    reader.into_samples().map(Result::unwrap).collect()
}

fn samples(path: &Path) -> Vec<f32> {
    fs::read(path)
        .unwrap()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect()
}

fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len(), "they differ in length");
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

fn ids(value: &Value) -> Vec<i64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn ten_random_voices_of_transformers_are_spoken_sample_for_sample() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..10 {
        let voice = folder.path().join(number.to_string());
        let made =
            transformers().call(&json!({ "call": "make", "number": number, "folder": voice }));
        let ours = spoken(&voice, &ids(&made["ids"]), made["speaker"].as_i64());
        let difference = largest_difference(&ours, &samples(&voice.join("expected.f32")));
        // Neither silence nor full scale, or little would be compared.
        let loudest = ours
            .iter()
            .fold(0f32, |most, sample| most.max(sample.abs()));
        assert!((0.01..0.999).contains(&loudest), "{loudest}");
        eprintln!(
            "voice {number}: {} samples up to {loudest:.2}, largest difference {difference:e}",
            ours.len()
        );
        assert!(
            difference < TOLERANCE,
            "{difference} with {}",
            made["config"]
        );
    }
}

/// What transformers says of our voice, which it has to load without a word.
fn said_by_transformers(voice: &Path, ids: &[i64]) -> Vec<f32> {
    let out = voice.with_extension("f32");
    let request = json!({ "call": "speak", "folder": voice, "ids": ids, "out": out });
    let answer = transformers().call(&request);
    assert_eq!(answer["amiss"], json!({}));
    assert_eq!(answer["warned"], "", "{answer}");
    samples(&out)
}

fn assert_both_say_the_same(voice: &Path) {
    let ids = [0, 4, 0, 5, 0, 6, 0, 7, 0];
    let (ours, theirs) = (spoken(voice, &ids, None), said_by_transformers(voice, &ids));
    let difference = largest_difference(&ours, &theirs);
    eprintln!("{}: largest difference {difference:e}", voice.display());
    assert!(difference < TOLERANCE, "{difference}");
}

struct Silent;

impl Observer for Silent {
    fn observe(&mut self, _: Report) -> Directive {
        Directive::Continue
    }
}

/// Trains `tiny` for a few steps.
fn trained(folder: &Path, mode: TextMode) -> PathBuf {
    let utterances: Vec<Utterance> = (0..2)
        .map(|index| {
            let audio = folder.join(format!("{index}.wav"));
            let samples = (0..16_000).map(|n| 0.3 * (n as f32 * 0.05).sin()).collect();
            let sample_rate = 16_000;
            write_wav(
                &audio,
                &Clip {
                    samples,
                    sample_rate,
                },
            )
            .unwrap();
            Utterance {
                id: index.to_string(),
                text: "سلام دنیا".into(),
                reading: (mode == TextMode::Phonemes).then(|| "salɑm donjɑ".into()),
                speaker: None,
                audio,
            }
        })
        .collect();
    let plan = TrainingPlan {
        preset: Some(Preset::Tiny),
        recipe: Recipe::Scratch,
        text: Some(mode),
        epochs: 2,
        batch_size: 2,
        accumulate: 1,
        learning_rate: None,
        seed: 5,
        checkpoint_every: None,
        validation: Validation::None,
        early_stopping: None,
        sample_rate: Some(16_000),
        segments: 1,
        precision: Precision::Auto,
    };
    match train(
        &utterances,
        &plan,
        InitFrom::Scratch,
        folder,
        folder,
        &mut Silent,
    )
    .unwrap()
    {
        Finished::Completed { voice, .. } => voice,
        stopped => panic!("{stopped:?}"),
    }
}

#[test]
fn a_voice_that_we_trained_is_loaded_by_transformers_without_a_word_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let voice = trained(folder.path(), TextMode::Characters);
    assert_both_say_the_same(&voice);

    let again = folder.path().join("again");
    Synthesizer::load(&voice).unwrap().save(&again).unwrap();
    assert_eq!(
        fs::read(voice.join("model.safetensors")).unwrap(),
        fs::read(again.join("model.safetensors")).unwrap()
    );
    assert_both_say_the_same(&again);
}

#[test]
fn a_voice_of_phonemes_has_the_same_tokens_in_transformers_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let voice = trained(folder.path(), TextMode::Phonemes);
    assert_both_say_the_same(&voice);
    let line = "ʧerɑ ʤɑje to، xub ast؟ ʔʒɡqʃ!";
    let request = json!({ "call": "tokenize", "folder": voice, "text": line });
    let theirs = ids(&transformers().call(&request));
    let ours = Tokenizer::load(&voice).unwrap().encode(line).unwrap();
    assert_eq!((ours.ids, ours.dropped), (theirs, vec![]));
}

#[test]
fn a_voice_of_ours_that_draws_durations_is_loaded_by_transformers_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let config = VitsConfig {
        use_stochastic_duration_prediction: true,
        ..Preset::Tiny.config(12)
    };
    let tokenizer = Tokenizer::from_transcripts(["سلام دنیا"].into_iter());
    let voice = folder.path().join("voice");
    Synthesizer::untrained(config, Some(tokenizer), 3)
        .unwrap()
        .save(&voice)
        .unwrap();
    assert_both_say_the_same(&voice);
}

#[test]
fn tokens_are_those_of_transformers_but_for_blanks_beside_a_letter_of_their_id() {
    let folder = tempfile::tempdir().unwrap();
    let given = |name: &str, vocabulary: Value, config: Value| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("vocab.json"), vocabulary.to_string()).unwrap();
        fs::write(folder.join("tokenizer_config.json"), config.to_string()).unwrap();
        folder
    };
    let both = |folder: &Path, text: &str| {
        let theirs =
            transformers().call(&json!({ "call": "tokenize", "folder": folder, "text": text }));
        (
            Tokenizer::load(folder).unwrap().encode(text).unwrap().ids,
            ids(&theirs),
        )
    };
    let plain = given(
        "plain",
        json!({ "<pad>": 0, "<unk>": 1, "س": 2, "ل": 3, "ا": 4, "م": 5, " ": 6, "a": 7, "B": 8 }),
        json!({ "phonemize": false, "language": "fas" }),
    );
    for text in ["سلام", " سلام  AaBb! ", "x", "مم"] {
        let (ours, theirs) = both(&plain, text);
        assert_eq!(ours, theirs, "{text}");
    }
    // In MMS' Persian, id 0 is pad, blank and the letter ل. Voices were trained with blanks around it, as ours has them.
    let trap = given(
        "trap",
        json!({ "ل": 0, "گ": 1 }),
        json!({ "phonemize": false, "language": "fas", "pad_token": "ل" }),
    );
    let (ours, theirs) = both(&trap, "گل");
    assert_eq!(ours, [0, 1, 0, 0, 0]);
    assert_eq!(theirs, [0, 1, 0, 0]);
}

#[test]
fn what_cannot_be_spoken_is_told_in_a_sentence_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let voice = folder.path().join("voice");
    let config = Preset::Tiny.config(12);
    Synthesizer::untrained(config, None, 3)
        .unwrap()
        .save(&voice)
        .unwrap();
    let out = folder.path().join("out/speech.wav");
    fs::create_dir(folder.path().join("out")).unwrap();
    let refused = |arguments: &[&str]| {
        let output = Command::new(binary("worker"))
            .arg("speak")
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let (voice, out) = (voice.to_str().unwrap(), out.to_str().unwrap());
    let with = ["--model", voice, "--out", out];
    for (more, told) in [
        (&["--ids", "1,99"][..], "id: expected 0 to 11, got 99"),
        (&["--ids", "-1"], "id: expected 0 to 11, got -1"),
        (
            &["--ids", "1", "--speaker", "1"],
            "speaker: expected none, for this voice has one, got 1",
        ),
        (
            &["--ids", "1", "--speed", "0"],
            "speed: expected 0.05 to 20, got 0",
        ),
        (
            &["--ids", "1", "--noise", "NaN"],
            "noise: expected 0 to 10, got NaN",
        ),
        (&["--ids", "1,x"], "invalid"),
        (&["--text", "سلام"], "no vocab.json"),
        (&[], "required"),
    ] {
        let said = refused(&[&with[..], more].concat());
        assert!(said.contains(told), "{more:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let said = refused(&["--model", "/nowhere", "--out", out, "--ids", "1"]);
    assert!(said.contains("there is no such folder"), "{said}");
    let said = refused(&["--model", voice, "--out", "/dev/null", "--ids", "1"]);
    assert!(said.contains("is no file"), "{said}");
    let said = refused(&["--model", voice, "--out", "/nowhere/a.wav", "--ids", "1"]);
    assert!(said.contains("its folder is not there"), "{said}");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
}
