//! The built page: its files by name, and `index.html` for every path of the page's own router.

use std::path::PathBuf;

use actix_files::{Files, NamedFile};
use actix_web::{
    Error,
    dev::{ServiceRequest, ServiceResponse, fn_service},
    http::Method,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{middleware::cache_permanently, problem};

/// Where the page's files are.
#[derive(Clone)]
pub struct Page {
    folder: PathBuf,
    is_built: bool,
}

impl Page {
    /// Says so where the page isn't built: the API answers without it.
    pub fn find(folder: PathBuf) -> Self {
        let is_built = folder.join("assets").is_dir();
        if !is_built {
            let folder = folder.display();
            tracing::warn!(
                "the page is not built: {folder} has no assets (npm run build in api/ui)"
            );
        }
        Self { folder, is_built }
    }

    /// Answers every path that the API doesn't. An asset with an `.br` or `.gz` beside it is sent as that, where the
    /// browser takes it.
    pub fn serve(&self, config: &mut ServiceConfig) {
        if !self.is_built {
            return;
        }
        let assets = Files::new("/", self.folder.join("assets"))
            .try_compressed()
            .prefer_utf8(true)
            .default_handler(fn_service(nothing_there));
        config
            .service(
                web::scope("/assets")
                    .wrap(from_fn(cache_permanently))
                    .service(assets),
            )
            .service(self.files());
    }

    fn files(&self) -> Files {
        let index = self.folder.join("index.html");
        Files::new("/", self.folder.clone())
            .index_file("index.html")
            .prefer_utf8(true)
            .default_handler(fn_service(move |request: ServiceRequest| {
                let index = index.clone();
                async move {
                    if request.method() != Method::GET {
                        return nothing_there(request).await;
                    }
                    let Ok(file) = NamedFile::open(&index) else {
                        return nothing_there(request).await;
                    };
                    let (request, _) = request.into_parts();
                    let response = file.into_response(&request);
                    Ok(ServiceResponse::new(request, response))
                }
            }))
    }
}

async fn nothing_there(request: ServiceRequest) -> Result<ServiceResponse, Error> {
    let (request, _) = request.into_parts();
    let response = problem::not_found(request.clone()).await;
    Ok(ServiceResponse::new(request, response))
}
