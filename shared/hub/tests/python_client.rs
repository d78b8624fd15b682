//! The hub of our tests is like the real one: the Hub's own Python client works against it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod python;

use bytes::Bytes;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use test_hub::{Fault, Place, Repository, TOKEN, TRUSTED_TOKEN};

use python::{LARGE, REPO, assert_holds, commit, given, given_a_large_file, path, run, sizes};

#[test]
fn a_repository_is_fetched_byte_for_byte_and_the_token_is_sent_to_the_endpoint_alone() {
    let given = given();
    let mut command = given.program("hf");
    command.args(["download", REPO]).env("HF_TOKEN", TOKEN);
    let stdout = run(&mut command);
    let head = given.head();
    assert!(stdout.contains(&head), "{stdout}");
    assert_holds(&given.repo().snapshot(&head.parse().unwrap()), &given.files);
    assert_eq!(given.file_requests().count(), 2);
    for request in given.server.requests() {
        let of_repo = request.request_line.contains(REPO);
        assert_eq!(request.with_token, of_repo, "{request:?}");
    }
}

#[test]
fn a_download_that_is_cut_resumes_where_it_was() {
    let given = given_a_large_file();
    given.server.fail(Place::Files, 1, Fault::Cut(15 << 20));
    let folder = path(&given.python("snapshot", &json!({ "repo": REPO })));
    assert_holds(&folder, &given.files);
    // Python flushes to the disk after every 10 MiB.
    let ranges: Vec<_> = given.file_requests().map(|request| request.range).collect();
    assert_eq!(ranges, [None, Some(format!("bytes={}-", 10 << 20))]);
}

#[test]
fn a_model_lists_every_file_with_its_size_and_hashes() {
    let given = given();
    let info = given.python("model_info", &json!({ "repo": REPO }));
    let files: serde_json::Map<_, _> = given
        .files
        .iter()
        .map(|(path, bytes)| {
            let mut git = Sha1::new();
            git.update(format!("blob {}\0", bytes.len()));
            git.update(bytes);
            let sha256 = matches!(*path, LARGE | "onnx/int8/model.onnx")
                .then(|| hex::encode(Sha256::digest(bytes)));
            let metadata = json!([bytes.len(), hex::encode(git.finalize()), sha256]);
            ((*path).to_owned(), metadata)
        })
        .collect();
    let expected = json!({
        "sha": given.head(), "private": false, "gated": false, "downloads": 100, "task": "text-to-speech",
        "tags": ["transformers", "safetensors", "vits", "fa", "license:cc-by-nc-4.0"], "files": files,
    });
    assert_eq!(info, expected);
}

#[test]
fn a_tree_is_listed_by_folder_and_by_page() {
    let given = given();
    let tree = |arguments: Value| given.python("list_repo_tree", &arguments);
    assert_eq!(
        tree(json!({ "repo_id": REPO })),
        json!({
            "config.json": 22, "README.md": 7_000, "empty.txt": 0, "tokenizer": null, "onnx": null,
            LARGE: given.files[LARGE].len(),
        })
    );
    assert_eq!(
        tree(json!({ "repo_id": REPO, "path_in_repo": "tokenizer/added tokens", "expand": true })),
        json!({ "tokenizer/added tokens/vocab.json": 2 })
    );
    let mut all = sizes(&given.files);
    for folder in ["tokenizer", "tokenizer/added tokens", "onnx", "onnx/int8"] {
        all[folder] = Value::Null;
    }
    assert_eq!(tree(json!({ "repo_id": REPO, "recursive": true })), all);

    let names: Vec<String> = (0..120).map(|number| format!("{number}.json")).collect();
    let many: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Bytes::from_static(b"{}")))
        .collect();
    given
        .server
        .put(Repository::new("avagar/many").commit(&many));
    let before = given.server.requests().len();
    let listed = tree(json!({ "repo_id": "avagar/many", "recursive": true, "expand": true }));
    assert_eq!(listed.as_object().unwrap().len(), 120);
    assert_eq!(given.server.requests().len() - before, 3);
}

#[test]
fn models_are_found_by_name_tags_and_task_over_several_pages() {
    let given = given();
    for number in 0..2_050 {
        let task = if number % 2 == 0 {
            "automatic-speech-recognition"
        } else {
            "text-generation"
        };
        let tags = if number % 41 == 0 {
            &["fa", "whisper"][..]
        } else {
            &["en"]
        };
        given
            .server
            .put(Repository::new(&format!("others/number-{number:04}")).tagged(task, tags));
    }
    given
        .server
        .put(Repository::new("avagar/closed").gated().commit(&[]));
    given
        .server
        .put(Repository::new("avagar/hidden").private().commit(&[]));
    let found = |arguments: Value| -> Vec<String> {
        serde_json::from_value(given.python("list_models", &arguments)).unwrap()
    };

    let before = given.server.requests().len();
    let mut all = found(json!({}));
    assert_eq!(given.server.requests().len() - before, 3);
    assert_eq!(all.len(), 2_052);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 2_052);

    let task = "automatic-speech-recognition";
    assert_eq!(found(json!({ "filter": ["fa", "whisper"] })).len(), 50);
    assert_eq!(
        found(json!({ "filter": "fa", "pipeline_tag": task })).len(),
        25
    );
    assert_eq!(
        found(json!({ "search": "NUMBER-204", "limit": 3 })),
        [
            "others/number-2040",
            "others/number-2041",
            "others/number-2042"
        ]
    );
    assert_eq!(found(json!({ "author": "avagar", "gated": false })), [REPO]);
    let files = given.python("list_files_of_models", &json!({ "search": "voice" }));
    assert_eq!(files[REPO].as_array().unwrap().len(), given.files.len());
}

#[test]
fn a_rate_limit_is_understood_and_waited_for() {
    let given = given();
    let limit = Fault::Status(429, Some(("RateLimit", "\"api\";r=0;t=1")));
    given.server.fail(Place::Api, 1, limit);
    assert_eq!(given.python("list_models", &json!({})), json!([REPO]));
    assert_eq!(given.server.requests().len(), 2);
}

#[test]
fn whoami_returns_the_account_of_a_token() {
    let given = given();
    assert_eq!(
        given.python("whoami", &json!({ "token": TOKEN })),
        json!(["negar", ["avagar"], "read"])
    );
}

#[test]
fn errors_are_those_of_the_real_hub() {
    let given = given();
    for (id, kind) in [
        ("avagar/gated", Repository::gated as fn(_) -> _),
        ("avagar/private", Repository::private),
    ] {
        given
            .server
            .put(kind(commit(Repository::new(id), &given.files)));
    }
    let assert_refused = |call: &str, arguments: Value, class: &str, status: u16| {
        let mut arguments = arguments;
        arguments["call"] = call.into();
        let error = given.python("refusal", &arguments);
        let classes = error[0].as_array().unwrap();
        assert!(
            classes.contains(&json!(class)) && error[1] == status,
            "{call} {arguments} ended with {error:#}"
        );
        // Anything more special is another error.
        classes[0].as_str().unwrap().to_owned()
    };
    let gated = json!({ "repo": "avagar/gated" });
    assert_refused("snapshot", gated.clone(), "GatedRepoError", 401);
    let mut known = gated.clone();
    known["token"] = TOKEN.into();
    assert_refused("snapshot", known.clone(), "GatedRepoError", 403);
    assert_eq!(given.python("model_info", &gated)["gated"], "auto");
    known["token"] = TRUSTED_TOKEN.into();
    assert_holds(&path(&given.python("snapshot", &known)), &given.files);

    let private = json!({ "repo": "avagar/private" });
    let missing = json!({ "repo": "avagar/missing" });
    for hidden in [&private, &missing] {
        for call in ["model_info", "snapshot"] {
            assert_refused(call, hidden.clone(), "RepositoryNotFoundError", 401);
        }
    }
    let mut known = private;
    known["token"] = TOKEN.into();
    assert_eq!(given.python("model_info", &known)["private"], true);
    assert_holds(&path(&given.python("snapshot", &known)), &given.files);
    let mut known = missing;
    known["token"] = TOKEN.into();
    assert_refused("model_info", known, "RepositoryNotFoundError", 404);

    for call in ["snapshot", "file"] {
        let mut wrong = json!({ "repo": REPO, "revision": "other" });
        if call == "file" {
            wrong["path"] = "config.json".into();
        }
        assert_refused(call, wrong, "RevisionNotFoundError", 404);
    }
    let wrong = json!({ "repo": REPO, "path": "none.json" });
    assert_refused("file", wrong, "EntryNotFoundError", 404);

    let token = "hf_thisTokenIsNobodys00000000";
    let bad = assert_refused("whoami", json!({ "token": token }), "HfHubHTTPError", 401);
    assert_eq!(bad, "HfHubHTTPError");
    let wrong = json!({ "repo": REPO, "token": token });
    for call in ["model_info", "snapshot"] {
        let bad = assert_refused(call, wrong.clone(), "HfHubHTTPError", 401);
        assert_eq!(bad, "HfHubHTTPError");
    }
}
