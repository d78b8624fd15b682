//! What a request is for.

use hyper::{Method, Uri};

/// An operation of S3's API, as far as faults tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    GetObject,
    HeadObject,
    PutObject,
    CreateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListObjects,
    DeleteObject,
    DeleteObjects,
    /// Those that the studio doesn't use.
    Other,
}

impl Operation {
    pub(crate) fn of(method: &Method, uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let has = |name: &str| {
            query
                .split('&')
                .any(|pair| pair.split('=').next() == Some(name))
        };
        match *method {
            Method::GET if has("list-type") => Self::ListObjects,
            Method::GET => Self::GetObject,
            Method::HEAD => Self::HeadObject,
            Method::PUT if has("partNumber") => Self::UploadPart,
            Method::PUT => Self::PutObject,
            Method::POST if has("uploads") => Self::CreateMultipartUpload,
            Method::POST if has("uploadId") => Self::CompleteMultipartUpload,
            Method::POST if has("delete") => Self::DeleteObjects,
            Method::DELETE if has("uploadId") => Self::AbortMultipartUpload,
            Method::DELETE => Self::DeleteObject,
            _ => Self::Other,
        }
    }
}
