//! The API held against its description by schemathesis: what it answers is described, what the schema allows is taken, and
//! what it doesn't allow is refused.

use std::{
    fmt::Write,
    fs,
    process::{Command, Output},
    time::Duration,
};

use serde_json::{Value, json};
use test_hub::{Repository, TestHub, noise};
use tests::{client::Client, eventually, python_client, root, stack::Stack};

const REPO: &str = "facebook/mms-tts-fas";
/// As long as it takes on a busy machine.
const SOON: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_as_it_is_described_signed_in_and_signed_out() {
    let hub = TestHub::start();
    hub.put(Repository::new(REPO).commit(&[
        ("README.md", "# آوا\n".into()),
        ("config.json", r#"{"model_type": "vits"}"#.into()),
        ("model.safetensors", noise(1, 100_000)),
    ]));
    let stack = Stack::with(&[
        ("HF_ENDPOINT", hub.url.as_str()),
        ("AVAGAR__HUB__ANONYMOUS_QUESTIONS_PER_MINUTE", "1000000"),
    ])
    .await;
    let user = Client::register(&stack.url, "negar").await;
    let mut socket = user.listen(None).await;
    let parameters = fill(&stack, &user).await;
    let frames = socket.until("voice:complete").await;

    let given = root().join("tests/tests/schemathesis/schemathesis.toml");
    let given = fs::read_to_string(given).unwrap();
    let config = given.clone() + &parameters;
    let bearer = format!("Authorization: Bearer {}", user.token);
    let url = stack.url.clone();
    let description = user.get("/api/openapi.json").await;
    let page = fs::read(root().join("api/ui/openapi.json")).unwrap();
    let page: Value = serde_json::from_slice(&page).unwrap();
    assert!(
        description == page,
        "the page's types are made of another description: run scripts/describe-api.sh"
    );
    tokio::task::spawn_blocking(move || {
        hold_frames(&json!({ "description": description, "frames": frames }));
        let signed_in = ["--header", &bearer, "--max-examples", "8"];
        // It would end the session that all other requests are sent with; signed out, it is tried as well.
        let sparing = ["--exclude-operation-id", "signOut"];
        hold(&url, &config, &[signed_in.as_slice(), &sparing].concat());
        let signed_out = ["--phases", "coverage,fuzzing", "--max-examples", "2"];
        // Nobody's rows are found, so ids are as schemathesis makes them.
        hold(&url, &given, &signed_out);
    })
    .await
    .unwrap();
}

/// Rows of every noun, so that requests reach more than a 404; answers the parameters that name them.
async fn fill(stack: &Stack, user: &Client) -> String {
    let _worker = stack.worker().await;
    let until = async |path: String| {
        eventually(&path, SOON, || async {
            let row = user.get(&path).await;
            assert!(row["status"] != "failed", "{row}");
            (row["status"] == "completed").then_some(row)
        })
        .await
    };
    let asked =
        json!({ "modelType": "tts", "epochs": 1, "batchSize": 64, "validationSplit": 0.02 });
    let training = user.post("/api/training", asked).await;
    let asked = json!({ "repoId": REPO });
    let download = user.post("/api/sources/download", asked).await;
    let (training, download) = (id(&training), id(&download));
    let voice = until(format!("/api/training/{training}")).await["voiceId"].clone();
    let voice = voice.as_str().unwrap().to_owned();
    until(format!("/api/sources/download/{download}")).await;
    let path = format!("/api/voices/{voice}/synthesize");
    let synthesis = id(&user.post(&path, json!({ "text": "سلام" })).await);
    until(format!("/api/syntheses/{synthesis}")).await;
    let first = async |path: &str| user.get(path).await["items"][0]["id"].clone();
    let sample = first(&format!("/api/training/{training}/samples")).await;
    let model = first("/api/sources/installed").await;
    let dataset = first("/api/datasets").await;
    let clip = first(&format!("/api/datasets/{}/clips", text(&dataset))).await;

    let mut config = String::new();
    for (operations, parameters) in [
        (
            "showTraining listCheckpoints listEvaluations listSamples showTrainingCurve showTrainingLog fetchEventFiles",
            json!({ "id": training }),
        ),
        (
            "fetchSampleFile",
            json!({ "id": training, "sample": sample, "file": "speech.wav" }),
        ),
        (
            "showVoice listSyntheses createSynthesis",
            json!({ "id": voice }),
        ),
        (
            "fetchVoiceFile",
            json!({ "id": voice, "path": "config.json" }),
        ),
        (
            "showSynthesis fetchSynthesisAudio",
            json!({ "id": synthesis }),
        ),
        ("showDataset listClips", json!({ "id": dataset })),
        ("fetchClipAudio", json!({ "id": dataset, "clip": clip })),
        ("showDownload", json!({ "id": download })),
        ("checkModelUpdate", json!({ "id": model })),
        ("showHubModel", json!({ "repo_id": REPO })),
    ] {
        for operation in operations.split(' ') {
            write!(
                config,
                "\n[[operations]]\ninclude-operation-id = \"{operation}\"\n"
            )
            .unwrap();
            for (name, value) in parameters.as_object().unwrap() {
                writeln!(config, "parameters.{name} = {value}").unwrap();
            }
        }
    }
    config
}

fn id(row: &Value) -> String {
    text(&row["id"]).to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Fails with schemathesis' report where it finds something.
fn hold(url: &str, config: &str, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("schemathesis.toml");
    fs::write(&at, config).unwrap();
    let output = Command::new(python_client("schemathesis").join("schemathesis"))
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(at)
        .args(["run", &format!("{url}/api/openapi.json"), "--no-color"])
        .args(options)
        .output()
        .unwrap();
    succeeded(&output);
}

/// Fails where a frame isn't the event that the description says.
fn hold_frames(given: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("given.json");
    fs::write(&at, given.to_string()).unwrap();
    let output = Command::new(python_client("schemathesis").join("python"))
        .arg(root().join("tests/tests/schemathesis/frames.py"))
        .stdin(fs::File::open(at).unwrap())
        .output()
        .unwrap();
    succeeded(&output);
}

fn succeeded(output: &Output) {
    println!("{}", String::from_utf8_lossy(&output.stdout));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}
