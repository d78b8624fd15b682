//! The server: every request is recorded, meets its fault, and is carried out by `s3s-fs`.

use std::{
    io,
    net::TcpListener,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Frame, Incoming},
    header,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;

use crate::{
    faults::Fault,
    operation::Operation,
    state::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, State, lock},
};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Serves the buckets in `root` until its runtime ends.
pub(crate) async fn serve(listener: TcpListener, root: PathBuf, state: Arc<State>) {
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
    let service = service.build();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (service, state) = (service.clone(), state.clone());
        tokio::spawn(async move {
            let respond = service_fn(|request| respond(service.clone(), state.clone(), request));
            // A connection that is closed on purpose ends with an error.
            let _closed = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), respond)
                .await;
        });
    }
}

async fn respond(
    service: S3Service,
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Either<Truncated, Full<Bytes>>>, Error> {
    let operation = Operation::of(request.method(), request.uri());
    lock(&state.requests).push(operation);
    let fault = lock(&state.faults).take(operation);
    match fault {
        Some(Fault::InternalError) => return refuse(request, 500, "InternalError").await,
        Some(Fault::SlowDown) => return refuse(request, 503, "SlowDown").await,
        Some(Fault::Disconnect) => return Err("disconnected".into()),
        _ => {}
    }
    let response = service.call(request.map(s3s::Body::from)).await;
    let response = response.map_err(|error| format!("{error:?}"))?;
    let mut left = None;
    match fault {
        Some(Fault::LoseResponse) => {
            return Err("the response is lost".into());
        }
        Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
        Some(Fault::Truncate(bytes)) => left = Some(bytes),
        _ => {}
    }
    Ok(response.map(|body| Either::Left(Truncated { body, left })))
}

async fn refuse(
    request: Request<Incoming>,
    status: u16,
    code: &str,
) -> Result<Response<Either<Truncated, Full<Bytes>>>, Error> {
    // A client that is still sending might not see the response.
    request.into_body().collect().await?;
    let body = format!("<Error><Code>{code}</Code><Message>on order of a test</Message></Error>");
    let response = Response::builder()
        .status(StatusCode::from_u16(status)?)
        .header(header::CONTENT_TYPE, "application/xml");
    Ok(response.body(Either::Right(Full::new(body.into())))?)
}

/// A body that fails after so many bytes, where there is a limit.
pub(crate) struct Truncated {
    body: s3s::Body,
    left: Option<usize>,
}

impl Body for Truncated {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.left == Some(0) {
            return Poll::Ready(Some(Err(io::Error::other("truncated").into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let (Some(left), Some(Ok(frame))) = (self.left, &frame) else {
            return Poll::Ready(frame);
        };
        let bytes = frame.data_ref().cloned().unwrap_or_default();
        let sent = bytes.len().min(left);
        self.left = Some(left - sent);
        Poll::Ready(Some(Ok(Frame::data(bytes.slice(..sent)))))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
