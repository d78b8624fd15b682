//! The built page, as browsers fetch it.

use std::{fs, path::Path};

use reqwest::{Response, StatusCode};
use tests::stack::Stack;

const SCRIPT: &str = "console.log('as it is')";

/// A page of one script, compressed beforehand. What lies beside the script isn't compressed at all, so that the answers
/// tell which file they are.
fn build(folder: &Path) {
    let assets = folder.join("assets");
    fs::create_dir_all(&assets).unwrap();
    fs::write(folder.join("index.html"), "<html></html>").unwrap();
    fs::write(assets.join("app-1.js"), SCRIPT).unwrap();
    fs::write(assets.join("app-1.js.br"), "brotli").unwrap();
    fs::write(assets.join("app-1.js.gz"), "gzip").unwrap();
}

async fn fetch(stack: &Stack, path: &str, encodings: &str) -> Response {
    hub::install_crypto_provider();
    let request = reqwest::Client::new().get(format!("{}{path}", stack.url));
    request
        .header("Accept-Encoding", encodings)
        .send()
        .await
        .unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_asset_is_sent_as_it_was_compressed_beforehand_where_the_browser_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let folder = folder.path().display().to_string();
    let stack = Stack::with(&[("AVAGAR__SERVER__UI_DIR", &folder)]).await;
    for (encodings, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("identity", "", SCRIPT),
    ] {
        let answer = fetch(&stack, "/assets/app-1.js", encodings).await;
        assert_eq!(header(&answer, "content-encoding"), encoding);
        assert!(header(&answer, "content-type").starts_with("text/javascript"));
        assert_eq!(header(&answer, "vary"), "accept-encoding");
        assert!(header(&answer, "cache-control").contains("immutable"));
        assert_eq!(answer.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn every_path_of_the_page_gets_its_index_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let folder = folder.path().display().to_string();
    let stack = Stack::with(&[("AVAGAR__SERVER__UI_DIR", &folder)]).await;
    for path in ["/", "/training/new", "/apiary"] {
        let answer = fetch(&stack, path, "identity").await;
        assert_eq!(answer.text().await.unwrap(), "<html></html>", "{path}");
    }
    for path in ["/assets/gone.js", "/api", "/api/nothing"] {
        let answer = fetch(&stack, path, "identity").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
    }
}
