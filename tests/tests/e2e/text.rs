//! How text is read, and what a user's dictionary changes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{client::Client, stack::Stack};

const TEXT: &str = "جلسه در تاریخ ۱۴۰۳/۰۵/۱۲ با مدیر شرکت ملی نفت برگزار شد 😀.";

fn address(text: &str, mode: &str) -> String {
    let query = [("text", text), ("mode", mode)];
    let url = reqwest::Url::parse_with_params("http://host/api/text/analyze", query).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// The tokens of the first sentence.
async fn tokens(client: &Client, text: &str) -> Vec<Value> {
    let analysis = client.get(&address(text, "phonemes")).await;
    analysis["sentences"][0]["tokens"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_text_is_read_with_its_date_and_its_ezafe() {
    let stack = Stack::start().await;
    let nobody = Client::anonymous(&stack.url);
    let analysis = nobody.get(&address(TEXT, "phonemes")).await;
    let [sentence] = &analysis["sentences"].as_array().unwrap()[..] else {
        panic!("{analysis}");
    };
    assert_eq!(
        sentence["spoken"],
        "جلسه در تاریخِ دوازدهمِ مردادِ هزار و چهارصد و سه با مدیرِ شرکتِ ملیِ نفت برگزار شد."
    );
    let token = |text: &str| {
        let tokens = sentence["tokens"].as_array().unwrap().iter();
        let mut found = tokens.filter(|token| token["text"] == text);
        found.next().unwrap().clone()
    };
    let company = token("شرکت");
    assert_eq!(
        (
            &company["ezafe"],
            &company["phonemes"],
            &company["pos"],
            &company["source"]
        ),
        (
            &json!(true),
            &json!("ʃerkate"),
            &json!("N"),
            &json!("lexicon")
        )
    );
    let characters: Vec<char> = TEXT.chars().collect();
    let [from, to] = [&token("مردادِ")["span"][0], &token("مردادِ")["span"][1]]
        .map(|at| at.as_u64().unwrap() as usize);
    assert_eq!(
        characters[from..to].iter().collect::<String>(),
        "۱۴۰۳/۰۵/۱۲"
    );
    assert_eq!(analysis["dropped"][0]["reason"], "emoji");

    let by_characters = nobody.get(&address(TEXT, "characters")).await;
    let sentence = &by_characters["sentences"][0];
    assert!(
        sentence["spoken"]
            .as_str()
            .unwrap()
            .contains("دوازدهمِ مردادِ هزار")
    );
    assert_eq!(sentence["tokens"][0]["phonemes"], Value::Null);
}

#[tokio::test]
async fn a_users_dictionary_wins_and_is_nobody_elses() {
    let stack = Stack::start().await;
    let sara = Client::register(&stack.url, "sara").await;
    let babak = Client::register(&stack.url, "babak").await;
    let before = tokens(&sara, "آواگر خوب است").await;
    assert_eq!(before[0]["source"], "composed");
    let entry = json!({ "phonemes": "ɑvɑɡer" });
    let (status, saved) = sara
        .send(Method::PUT, "/api/dictionary/آواگر", Some(entry))
        .await;
    assert_eq!(
        (status.as_u16(), &saved["phonemes"]),
        (200, &json!("ɑvɑɡer"))
    );
    for text in ["آواگر خوب است", "آواگرِ خوب آمد"] {
        let read = tokens(&sara, text).await;
        assert_eq!(read[0]["source"], "dictionary");
    }
    assert_eq!(
        tokens(&sara, "آواگرِ خوب آمد").await[0]["phonemes"],
        "ɑvɑɡere"
    );
    assert_eq!(
        tokens(&babak, "آواگر خوب است").await[0]["source"],
        "composed"
    );
    assert_eq!(
        babak
            .send(Method::GET, "/api/dictionary/آواگر", None)
            .await
            .0,
        404
    );

    assert_eq!(
        sara.get("/api/dictionary").await["items"][0]["word"],
        "آواگر"
    );
    assert_eq!(
        sara.send(Method::DELETE, "/api/dictionary/آواگر", None)
            .await
            .0,
        204
    );
    assert_eq!(
        sara.send(Method::DELETE, "/api/dictionary/آواگر", None)
            .await
            .0,
        404
    );
    assert_eq!(
        tokens(&sara, "آواگر خوب است").await[0]["source"],
        "composed"
    );
}

#[tokio::test]
async fn what_is_no_word_or_no_pronunciation_is_refused_with_its_reason() {
    let stack = Stack::start().await;
    let user = Client::register(&stack.url, "sara").await;
    for (word, phonemes, code) in [
        ("دو کلمه", "do", "notOneWord"),
        ("123", "do", "notOneWord"),
        ("دو", "dö", "notPhonemes"),
        ("دو", ".", "noPhonemes"),
    ] {
        let (status, problem) = user
            .send(
                Method::PUT,
                &format!("/api/dictionary/{word}"),
                Some(json!({ "phonemes": phonemes })),
            )
            .await;
        assert_eq!(
            (status.as_u16(), &problem["errors"][0]["code"]),
            (422, &json!(code)),
            "{problem}"
        );
    }
    assert_eq!(user.get("/api/dictionary").await["items"], json!([]));
    for absent in ["دو", "123", "دو کلمه"] {
        let path = format!("/api/dictionary/{absent}");
        assert_eq!(user.send(Method::GET, &path, None).await.0, 404);
    }
    let long = address(&"ا".repeat(3001), "phonemes");
    assert_eq!(user.send(Method::GET, &long, None).await.0, 422);
}

#[tokio::test]
async fn without_language_files_characters_are_read_and_the_rest_says_what_is_missing() {
    let stack = Stack::with(&[("AVAGAR_LANGUAGE", "/nowhere")]).await;
    let nobody = Client::anonymous(&stack.url);
    let (status, problem) = nobody
        .send(Method::GET, &address(TEXT, "phonemes"), None)
        .await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (503, &json!("languageFilesMissing"))
    );
    assert!(problem["detail"].as_str().unwrap().contains("./setup.sh"));
    assert!(
        !nobody.get(&address(TEXT, "characters")).await["sentences"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn whoever_is_not_signed_in_asks_only_so_often() {
    let stack = Stack::with(&[("AVAGAR__TEXT__ANONYMOUS_ANALYSES_PER_MINUTE", "3")]).await;
    let nobody = Client::anonymous(&stack.url);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(
            nobody
                .send(Method::GET, &address("سلام", "characters"), None)
                .await
                .0
                .as_u16(),
        );
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    let user = Client::register(&stack.url, "sara").await;
    user.get(&address("سلام", "characters")).await;
}
