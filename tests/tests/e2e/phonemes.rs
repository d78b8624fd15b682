//! Voices of phonemes: what they are taught, what they say, and how a user's dictionary is heard.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    archive::tar_gz,
    client::{Client, Socket},
    process::{Process, binary},
    root,
    stack::Stack,
};

/// A server with a worker, and a user who listens.
async fn studio() -> (Stack, Client, Socket, Process) {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    let socket = user.listen(None).await;
    let worker = stack.worker().await;
    (stack, user, socket, worker)
}

/// Trains a voice from the sample for one step, with what else is asked for; the row of its training.
async fn train(user: &Client, socket: &mut Socket, more: Value) -> Value {
    let mut request =
        json!({ "modelType": "tts", "validationSplit": 0, "epochs": 1, "batchSize": 64 });
    let fields = request.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let training = user.post("/api/training", request).await;
    socket.until("training:complete").await;
    let id = training["id"].as_str().unwrap();
    user.get(&format!("/api/training/{id}")).await
}

/// Has a voice say a text in the one way that has no noise; the synthesis, completed or failed.
async fn say(user: &Client, socket: &mut Socket, voice: &str, text: &str) -> Value {
    let asked = json!({ "text": text, "noise": 0 });
    let asked = user
        .post(&format!("/api/voices/{voice}/synthesize"), asked)
        .await;
    let path = format!("/api/syntheses/{}", asked["id"].as_str().unwrap());
    loop {
        let frame = socket.next().await.unwrap();
        let is_its_own = frame["data"]["synthesisId"] == asked["id"];
        if is_its_own && frame["event"] != "voice:progress" {
            return user.get(&path).await;
        }
    }
}

/// What a voice says of a text.
async fn audio(user: &Client, socket: &mut Socket, voice: &str, text: &str) -> Vec<u8> {
    let said = say(user, socket, voice, text).await;
    assert_eq!(said["status"], "completed", "{said}");
    user.bytes(said["audioUrl"].as_str().unwrap()).await
}

async fn pronounce(user: &Client, word: &str, phonemes: &str) {
    let path = format!("/api/dictionary/{word}");
    let entry = json!({ "phonemes": phonemes });
    let (status, answer) = user.send(Method::PUT, &path, Some(entry)).await;
    assert_eq!(status, 200, "{answer}");
}

async fn file(user: &Client, voice: &str, name: &str) -> Value {
    let bytes = user
        .bytes(&format!("/api/voices/{voice}/files/{name}"))
        .await;
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_correction_is_heard_and_a_voice_carries_the_dictionary_that_it_was_trained_with() {
    let (_stack, user, mut socket, _worker) = studio().await;
    pronounce(&user, "آواگر", "ɑvɑɡer").await;
    let training = train(&user, &mut socket, json!({})).await;
    assert_eq!(training["config"]["text"], "phonemes");
    let voice = training["voiceId"].as_str().unwrap();
    let row = user.get(&format!("/api/voices/{voice}")).await;
    assert_eq!(row["text"], "phonemes");
    assert_eq!(
        file(&user, voice, "dictionary.json").await,
        json!({ "آواگر": "ɑvɑɡer" })
    );
    let config = file(&user, voice, "tokenizer_config.json").await;
    assert_eq!(
        (&config["text"], &config["phonemize"]),
        (&json!("phonemes"), &json!(false))
    );
    let vocabulary = file(&user, voice, "vocab.json").await;
    assert_eq!(vocabulary.as_object().unwrap().len(), 43);

    let sentence = "آواگر خوب است.";
    let trained = audio(&user, &mut socket, voice, sentence).await;
    let spelled = "[[ɑvɑɡer]] خوب است.";
    assert_eq!(audio(&user, &mut socket, voice, spelled).await, trained);
    pronounce(&user, "آواگر", "ɑvɑɡar").await;
    let corrected = audio(&user, &mut socket, voice, sentence).await;
    assert_ne!(corrected, trained);
    let spelled = "[[ɑvɑɡar]] خوب است.";
    assert_eq!(audio(&user, &mut socket, voice, spelled).await, corrected);
    // Who has no word of their own hears what the voice was trained with.
    let (status, _) = user
        .send(Method::DELETE, "/api/dictionary/آواگر", None)
        .await;
    assert_eq!(status, 204);
    assert_eq!(audio(&user, &mut socket, voice, sentence).await, trained);
}

#[tokio::test]
async fn what_is_not_spoken_is_listed_with_count_and_lines() {
    let (_stack, user, mut socket, _worker) = studio().await;
    let text = "سلام 😀\nدنیا 漢字 😀.";
    let expected = json!({ "count": 3, "items": [
        { "text": "😀", "reason": "emoji", "count": 2, "lines": [1, 2] },
        { "text": "漢字", "reason": "unknownScript", "count": 1, "lines": [2] },
    ]});
    for mode in ["phonemes", "characters"] {
        let training = train(&user, &mut socket, json!({ "text": mode })).await;
        let voice = training["voiceId"].as_str().unwrap();
        let said = say(&user, &mut socket, voice, text).await;
        assert_eq!(
            (&said["status"], &said["dropped"], &said["progress"]),
            (&json!("completed"), &expected, &json!(1.0))
        );
        let said = say(&user, &mut socket, voice, "😀").await;
        assert_eq!(
            (&said["status"], &said["errorDetails"]["code"]),
            (&json!("failed"), &json!("nothingToSpeak"))
        );
    }
}

#[tokio::test]
async fn a_dataset_may_bring_its_phonemes_and_says_what_of_it_is_not_spoken() {
    let (_stack, user, mut socket, _worker) = studio().await;
    let clip = std::fs::read(root().join("datasets/sample-fa/wavs/fa-001.flac")).unwrap();
    let upload = |metadata: &str| {
        let archive = tar_gz(&[
            ("metadata.csv", metadata.as_bytes()),
            ("wavs/a.flac", &clip),
            ("wavs/b.flac", &clip),
            ("wavs/c.flac", &clip),
        ]);
        user.upload("صدا", archive)
    };
    let metadata = "a|کتاب خوب 😀|ketɑbe xub\n\nb|[[tʃe xub, salɑm]]\nc|سلام 漢字 😀\n";
    let (_, dataset) = upload(metadata).await;
    socket.until("dataset:complete").await;
    let path = format!("/api/datasets/{}", dataset["id"].as_str().unwrap());
    let report = user.get(&path).await["report"].clone();
    assert_eq!(
        (&report["usable"], &report["withPhonemes"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(
        report["dropped"]["items"],
        json!([
            { "text": "漢字", "reason": "unknownScript", "count": 1, "lines": [4] },
            { "text": "😀", "reason": "emoji", "count": 1, "lines": [4] },
        ])
    );
    let clips = user.get(&format!("{path}/clips")).await;
    let given = |clip: usize| clips["items"][clip]["phonemes"].clone();
    assert_eq!(
        [given(0), given(1), given(2)],
        [json!("ketɑbe xub"), json!("ʧe xub، salɑm"), Value::Null]
    );
    let more = json!({ "datasetId": dataset["id"] });
    assert_eq!(train(&user, &mut socket, more).await["status"], "completed");

    let (_, refused) = upload("a|سلام|salam\nb|دنیا|döniya\n").await;
    let error = socket.until("dataset:error").await.pop().unwrap();
    assert_eq!(error["data"]["datasetId"], refused["id"]);
    assert_eq!(
        error["data"]["details"],
        json!({ "code": "metadataLine", "params": { "line": 2, "problem": "notPhonemes" } })
    );
    let message = error["data"]["message"].as_str().unwrap();
    assert!(message.contains("'ö' at character 2"), "{message}");
}

#[tokio::test]
async fn a_long_text_is_spoken_sentence_by_sentence_with_progress_and_without_clicks() {
    const SENTENCES: usize = 60;
    let (_stack, user, mut socket, _worker) = studio().await;
    let training = train(&user, &mut socket, json!({})).await;
    let voice = training["voiceId"].as_str().unwrap();
    let path = format!("/api/voices/{voice}/synthesize");
    let sentence = "در خانه‌ای قدیمی در کنار رود، مردی پیر زندگی می‌کرد.";
    let text = vec![sentence; SENTENCES].join(" ");

    let asked = json!({ "text": text, "noise": 0, "speed": 4 });
    let asked = user.post(&path, asked).await;
    let frames = socket.until("voice:complete").await;
    let told = frames.iter().filter(|it| it["event"] == "voice:progress");
    let told: Vec<f64> = told
        .map(|frame| {
            assert_eq!(frame["data"]["synthesisId"], asked["id"]);
            frame["data"]["progress"].as_f64().unwrap()
        })
        .collect();
    assert!(
        told.is_sorted() && told.iter().all(|it| (0.0..=1.0).contains(it)),
        "{told:?}"
    );
    let id = asked["id"].as_str().unwrap();
    let said = user.get(&format!("/api/syntheses/{id}")).await;
    let wav = user.bytes(said["audioUrl"].as_str().unwrap()).await;
    let reader = hound::WavReader::new(&wav[..]).unwrap();
    let rate = reader.spec().sample_rate as usize;
    let samples: Vec<i16> = reader.into_samples().map(Result::unwrap).collect();
    let seconds = samples.len() as f64 / rate as f64;
    assert!((seconds - said["durationSeconds"].as_f64().unwrap()).abs() < 0.01);

    // A pause, too, takes a quarter of its time.
    let pauses = silences(&samples, rate * 39 / 400);
    assert_eq!(pauses.len(), SENTENCES - 1);
    // What is said before and after a pause comes out of silence, and ends in it.
    let loudest = i32::from(samples.iter().map(|it| it.saturating_abs()).max().unwrap());
    for (start, end) in pauses {
        let steps = [samples[start - 1], samples[end]].map(|it| i32::from(it).abs());
        assert!(
            steps.iter().all(|step| *step <= 1 + loudest / 100),
            "{steps:?} of {loudest}"
        );
    }

    let too_long = json!({ "text": "آ".repeat(20_001) });
    let (status, _) = user.send(Method::POST, &path, Some(too_long)).await;
    assert_eq!(status, 422);
}

/// Where runs of silence of this length and more begin and end, in samples, but for the ends of the sound.
fn silences(samples: &[i16], length: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, sample) in samples.iter().enumerate() {
        if *sample != 0 {
            if at - start >= length && start > 0 {
                found.push((start, at));
            }
            start = at + 1;
        }
    }
    found
}

#[tokio::test]
async fn without_language_files_trainings_teach_characters_and_say_what_is_missing() {
    let stack = Stack::with(&[("AVAGAR_LANGUAGE", "/nowhere")]).await;
    let user = Client::register(&stack.url, "sara").await;
    let mut socket = user.listen(None).await;
    let _worker = stack.worker().await;
    let training = train(&user, &mut socket, json!({})).await;
    assert_eq!(training["config"]["text"], "characters");
    let request = json!({ "modelType": "tts", "epochs": 1, "batchSize": 64, "text": "phonemes" });
    let (status, problem) = user
        .send(Method::POST, "/api/training", Some(request.clone()))
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (503, &json!("languageFilesMissing"))
    );

    // An API on another machine may have them.
    let (_api, url) = stack
        .another_api_with(&[(
            "AVAGAR_LANGUAGE",
            &std::env::var("AVAGAR_LANGUAGE").unwrap(),
        )])
        .await;
    let training = user.at(&url).post("/api/training", request).await;
    let error = socket.until("training:error").await.pop().unwrap();
    assert_eq!(error["data"]["trainingId"], training["id"]);
    assert_eq!(error["data"]["details"]["code"], "languageFilesMissing");
}

#[tokio::test]
async fn a_voice_speaks_phonemes_from_the_command_line_too() {
    let (stack, user, mut socket, _worker) = studio().await;
    pronounce(&user, "آواگر", "ɑvɑɡer").await;
    let training = train(&user, &mut socket, json!({})).await;
    let voice = training["voiceId"].as_str().unwrap();
    let folder = stack.storage().join("voices").join(voice);
    let speak = |text: &str, language: Option<&str>| {
        let out = folder.join("../../said.wav");
        let mut command = Command::new(binary("worker"));
        command.args(["speak", "--noise", "0", "--text", text, "--model"]);
        command.arg(&folder).arg("--out").arg(&out);
        if let Some(language) = language {
            command.args(["--language", language]);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let sound = std::fs::read(&out).ok();
        let _there_or_not = std::fs::remove_file(&out);
        (output.status.success(), told, sound)
    };
    let (succeeded, told, by_dictionary) = speak("آواگر 😀", None);
    assert!(
        succeeded && told.contains("«😀» (1 ×), in line 1"),
        "{told}"
    );
    let (_, _, spelled) = speak("[[ɑvɑɡer]]", None);
    assert!(spelled.is_some() && by_dictionary == spelled);
    let (succeeded, told, sound) = speak("آواگر", Some("/nowhere"));
    assert!(!succeeded && told.contains("./setup.sh"), "{told}");
    assert_eq!(sound, None);
}
