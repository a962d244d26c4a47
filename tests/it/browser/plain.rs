//! Pages that a fact makes up itself: what the browser's own kit is tried on.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};

/// A page, and the policy that comes with it.
#[derive(Clone)]
pub struct Made {
    /// What stands between `<body>` and `</body>`.
    pub body: String,
    /// Its content security policy; empty for none.
    pub policy: &'static str,
}

/// Serves made-up pages by path until the fact ends; gives the origin.
pub async fn serve(pages: BTreeMap<String, Made>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(show).with_state(Arc::new(pages));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

/// Serves one page at `/`; gives the origin.
pub async fn one(body: &str, policy: &'static str) -> String {
    serve(BTreeMap::from([("/".to_owned(), Made { body: body.to_owned(), policy })])).await
}

async fn show(State(pages): State<Arc<BTreeMap<String, Made>>>, uri: Uri) -> Response {
    let page = pages.get(uri.path()).cloned().unwrap_or(Made { body: String::new(), policy: "" });
    let head = "<!doctype html><html lang=en><meta charset=utf-8><title>made up</title><link rel=icon href=data:,>";
    let html = Html(format!("{head}<body>{}</body></html>", page.body));
    if page.policy.is_empty() {
        html.into_response()
    } else {
        ([(CONTENT_SECURITY_POLICY, page.policy)], html).into_response()
    }
}
