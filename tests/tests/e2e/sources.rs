//! What people ask of the Hub through us: searches, models, tokens, and orders that are refused.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use test_hub::{Fault, Place, Repository, TOKEN};
use tests::with_hub::{REPO, given};

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_or_asks_for_nonsense_is_told_at_once() {
    let given = given().await;
    given.server.put(
        Repository::new("a/gated")
            .gated()
            .commit(&[("a.json", "{}".into())]),
    );
    given.server.put(
        Repository::new("a/private")
            .private()
            .commit(&[("a.json", "{}".into())]),
    );
    given
        .server
        .put(Repository::new("a/tricky").commit(&[("../../evil", "evil".into())]));
    for (order, status, what) in [
        (json!({ "repoId": "a/gated" }), 403, "accept its terms"),
        (
            json!({ "repoId": "a/private" }),
            404,
            "there is no repository",
        ),
        (
            json!({ "repoId": "a/missing" }),
            404,
            "there is no repository",
        ),
        (
            json!({ "repoId": "a/tricky" }),
            502,
            "climbs out of its folder",
        ),
        (
            json!({ "repoId": REPO, "revision": "v9" }),
            404,
            "has no revision",
        ),
        (json!({ "repoId": "../etc" }), 422, "/repoId"),
        (
            json!({ "repoId": REPO, "revision": "../x" }),
            422,
            "/revision",
        ),
        (
            json!({ "repoId": REPO, "include": ["[a"] }),
            422,
            "/include",
        ),
        (json!({ "repoId": REPO, "exclude": [""] }), 422, "/exclude"),
        (
            json!({ "repoId": REPO, "include": ["nothing*"] }),
            422,
            "/include",
        ),
        (json!({ "repoId": REPO, "speed": 1 }), 422, "/speed"),
    ] {
        let (got, problem) = given
            .user
            .send(Method::POST, "/api/sources/download", Some(order.clone()))
            .await;
        assert_eq!(got.as_u16(), status, "{order}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(what),
            "{order}: {problem}"
        );
    }
    let downloads = given.user.get("/api/sources/downloads").await;
    assert_eq!(downloads["items"], json!([]));

    // With a token that may, the private one comes.
    let token = json!({ "token": TOKEN });
    given
        .user
        .send(Method::PUT, "/api/settings/huggingface/token", Some(token))
        .await;
    given
        .user
        .post("/api/sources/download", json!({ "repoId": "a/private" }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_sealed_and_never_shown() {
    let given = given().await;
    let path = "/api/settings/huggingface/token";
    for (token, what) in [
        ("hf_nobodyKnowsThisToken", "does not accept"),
        ("with space", "expected a token"),
    ] {
        let (status, problem) = given
            .user
            .send(Method::PUT, path, Some(json!({ "token": token })))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(what) && !detail.contains(token), "{detail}");
    }
    let (status, whose) = given
        .user
        .send(
            Method::POST,
            "/api/sources/validate-token",
            Some(json!({ "token": TOKEN })),
        )
        .await;
    assert_eq!((status, &whose["name"]), (StatusCode::OK, &json!("negar")));
    let settings = given.user.get("/api/settings").await;
    assert_eq!(settings["huggingface"], Value::Null);

    let (_, settings) = given
        .user
        .send(Method::PUT, path, Some(json!({ "token": TOKEN })))
        .await;
    let last_four = &TOKEN[TOKEN.len() - 4..];
    assert_eq!(
        settings["huggingface"],
        json!({ "user": "negar", "lastFour": last_four })
    );
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT huggingface_token FROM user_settings")
        .fetch_one(&given.stack.db)
        .await
        .unwrap();
    let part = &TOKEN.as_bytes()[3..12];
    assert!(!sealed.windows(part.len()).any(|window| window == part));
    let (status, whose) = given
        .user
        .send(Method::PUT, "/api/settings/huggingface/validate", None)
        .await;
    assert_eq!((status, &whose["name"]), (StatusCode::OK, &json!("negar")));
    let (_, settings) = given.user.send(Method::DELETE, path, None).await;
    assert_eq!(settings["huggingface"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_is_searched_by_anybody_but_not_without_end() {
    let given = given().await;
    for number in 0..25 {
        let id = format!("a/ear-{number:02}");
        let repository = Repository::new(&id).tagged("automatic-speech-recognition", &["fa"]);
        given
            .server
            .put(repository.commit(&[("config.json", "{}".into())]));
    }
    let first = given.user.get("/api/sources/persian/stt?limit=20").await;
    assert_eq!(first["items"].as_array().unwrap().len(), 20);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = given
        .user
        .get(&format!(
            "/api/sources/persian/stt?limit=20&cursor={cursor}"
        ))
        .await;
    assert_eq!(second["items"].as_array().unwrap().len(), 5);
    assert_eq!(second["nextCursor"], Value::Null);
    let found = given.user.get("/api/sources/search?q=MMS&type=tts").await;
    assert_eq!(found["items"][0]["repoId"], REPO);
    let catalog = given.user.get("/api/sources/catalog").await;
    assert_eq!(catalog["stt"].as_array().unwrap().len(), 10);
    assert_eq!(catalog["tts"][0]["repoId"], REPO);

    let details = given.user.get(&format!("/api/sources/model/{REPO}")).await;
    assert_eq!(
        (&details["trainable"], &details["card"]),
        (&json!(true), &json!("# آوا\n"))
    );
    assert_eq!(details["files"].as_array().unwrap().len(), 5);
    assert_eq!(details["fetched"].as_array().unwrap().len(), 4);
    let (status, problem) = given
        .user
        .send(Method::GET, "/api/sources/model/a/b/c", None)
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");

    let nobody = given.user.with_token("");
    for _ in 0..5 {
        nobody.get("/api/sources/search?q=mms").await;
    }
    let (status, problem) = nobody
        .send(Method::GET, "/api/sources/search?q=mms", None)
        .await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{problem}");
    // Whoever is signed in has no such limit.
    given.user.get("/api/sources/search?q=mms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_hub_blocks_nobody_else() {
    let given = given().await;
    let stall = Fault::Stall(0, Duration::from_secs(8));
    given.server.fail(Place::Api, 40, stall);
    let searches = async {
        let paths: Vec<String> = (0..40)
            .map(|number| format!("/api/sources/search?q=word{number}"))
            .collect();
        futures::future::join_all(paths.iter().map(|path| given.user.get(path))).await;
    };
    let others = async {
        // More than the threads of the API, all asking while it waits for the Hub.
        for _ in 0..5 {
            given.user.get("/api/sources/downloads").await;
        }
    };
    let (searches, others) = (Box::pin(searches), Box::pin(others));
    match futures::future::select(searches, others).await {
        futures::future::Either::Left(_) => panic!("the others had to wait for the Hub"),
        futures::future::Either::Right(((), searches)) => searches.await,
    }
}
