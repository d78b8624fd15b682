//! A user with a browser, more or less: HTTP with a token, and a WebSocket.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Method, Response, StatusCode, header::HeaderMap};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

/// Somebody signed in.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    pub token: String,
}

/// A WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Somebody who is not signed in.
    pub fn anonymous(url: &str) -> Self {
        hub::install_crypto_provider();
        Self {
            // Tests that stop PostgreSQL may not look at their connections for a while; old ones are not used again.
            http: reqwest::Client::builder()
                .pool_idle_timeout(Duration::from_secs(2))
                .build()
                .unwrap(),
            url: url.into(),
            token: String::new(),
        }
    }

    /// Signs up under a name.
    pub async fn register(url: &str, name: &str) -> Self {
        let anonymous = Self::anonymous(url);
        let account = serde_json::json!({ "email": format!("{name}@example.org"), "username": name, "password": "correct horse" });
        let (status, answer) = anonymous
            .send(Method::POST, "/api/auth/register", Some(account))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        Self {
            token: answer["accessToken"].as_str().unwrap().into(),
            ..anonymous
        }
    }

    /// The same user, asking another process.
    pub fn at(&self, url: &str) -> Self {
        Self {
            url: url.into(),
            ..self.clone()
        }
    }

    /// The same user with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.into(),
            ..self.clone()
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        }
    }

    /// Sends JSON, or nothing; answers status and JSON (null where there is none).
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// Sends bytes as they are.
    pub async fn send_raw(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> (StatusCode, Value) {
        read(
            self.request(Method::POST, path)
                .header("Content-Type", content_type)
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Sends JSON with one more header.
    pub async fn send_with(
        &self,
        path: &str,
        header: (&str, &str),
        body: Value,
    ) -> (StatusCode, Value) {
        read(
            self.request(Method::POST, path)
                .header(header.0, header.1)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Gets JSON that has to be there.
    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {answer}");
        answer
    }

    /// Gets bytes that have to be there.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// Gets status and headers, and follows no redirect.
    pub async fn first_response(&self, path: &str) -> (StatusCode, HeaderMap) {
        let follows_none = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let request = follows_none.get(format!("{}{path}", self.url));
        let response = request.bearer_auth(&self.token).send().await.unwrap();
        (response.status(), response.headers().clone())
    }

    /// Posts JSON that has to be accepted.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "POST {path}: {answer}");
        answer
    }

    pub async fn upload(&self, name: &str, archive: Vec<u8>) -> (StatusCode, Value) {
        let file = reqwest::multipart::Part::bytes(archive).file_name("archive");
        let form = reqwest::multipart::Form::new()
            .text("name", name.to_owned())
            .part("file", file);
        read(
            self.request(Method::POST, "/api/datasets")
                .multipart(form)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Opens the WebSocket; the error is the handshake's HTTP status.
    pub async fn try_listen(
        &self,
        since: Option<i64>,
        origin: Option<&str>,
    ) -> Result<Socket, u16> {
        let query = since.map_or_else(String::new, |since| format!("?since={since}"));
        let address = format!("{}/api/ws{query}", self.url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        if !self.token.is_empty() {
            request.headers_mut().insert(
                "Authorization",
                format!("Bearer {}", self.token).parse().unwrap(),
            );
        }
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("Origin", origin.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("no WebSocket: {error}"),
        }
    }

    /// Opens the WebSocket.
    pub async fn listen(&self, since: Option<i64>) -> Socket {
        self.try_listen(since, None)
            .await
            .unwrap_or_else(|status| panic!("the WebSocket was refused with {status}"))
    }
}

impl Socket {
    /// The next frame, or the code that closed the socket; fails where neither comes in two minutes.
    pub async fn next(&mut self) -> Result<Value, u16> {
        self.within(Duration::from_secs(120))
            .await
            .expect("nothing came for two minutes")
    }

    /// The next frame, or the code that closed the socket; `None` where neither comes in `limit`.
    pub async fn within(&mut self, limit: Duration) -> Option<Result<Value, u16>> {
        timeout(limit, self.read()).await.ok()
    }

    async fn read(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// Frames up to and with the first one named `event`.
    pub async fn until(&mut self, event: &str) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|code| panic!("closed with {code} before {event}"));
            let found = frame["event"] == event;
            frames.push(frame);
            if found {
                return frames;
            }
        }
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let problem = response
        .headers()
        .get("Content-Type")
        .is_some_and(|kind| kind == "application/problem+json");
    let body = response.bytes().await.unwrap();
    let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if status.is_client_error() || status.is_server_error() {
        assert!(
            problem,
            "{status} is no problem document: {}",
            String::from_utf8_lossy(&body)
        );
        assert_eq!(value["status"], status.as_u16(), "{value}");
    }
    (status, value)
}
