//! Bytes from the storage, whole or by range.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ByteRangeSpec, Header, Range},
    },
};
use domain::storage::Storage;
use futures::TryStreamExt;

use crate::problem::{ApiResult, Problem};

/// From here on a download is worth a second request.
pub const LARGE_FILE_BYTES: u64 = 1 << 20;

/// Sends to where the storage itself gives the file to whoever has the URL; `None` where its bytes go through us.
pub async fn redirect(storage: &Storage, key: &str) -> ApiResult<Option<HttpResponse>> {
    let Some(url) = storage.signed_url(key).await? else {
        return Ok(None);
    };
    let response = HttpResponse::TemporaryRedirect()
        .insert_header((header::LOCATION, url.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish();
    Ok(Some(response))
}

/// Answers a stored file; one `Range` of bytes is honoured, several are answered by the whole file.
pub async fn serve(
    storage: &Storage,
    request: &HttpRequest,
    key: &str,
    content_type: &str,
) -> ApiResult<HttpResponse> {
    let asked = match Range::parse(request) {
        Ok(Range::Bytes(ranges)) if ranges.len() == 1 => ranges.into_iter().next(),
        _ => None,
    };
    let size = storage.size(key).await?;
    let mut response = HttpResponse::Ok();
    let range = match asked {
        None => None,
        Some(asked) => {
            let Some(range) = within(&asked, size) else {
                let detail = format!("the file has {size} bytes; the range lies outside");
                return Err(Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, detail));
            };
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((
                header::CONTENT_RANGE,
                format!("bytes {}-{}/{size}", range.start, range.end - 1),
            ));
            Some(range)
        }
    };
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    let (_, bytes) = storage.read(key, range).await?;
    response
        .content_type(content_type)
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .no_chunking(length);
    Ok(response.streaming(bytes.map_err(|error| std::io::Error::other(error.to_string()))))
}

fn within(asked: &ByteRangeSpec, size: u64) -> Option<std::ops::Range<u64>> {
    asked
        .to_satisfiable_range(size)
        .map(|(first, last)| first..last + 1)
}
