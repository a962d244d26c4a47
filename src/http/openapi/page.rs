//! `/docs`: the document as a page. Plain HTML from this server: no script, and nothing from anywhere else.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::DOCUMENT;

/// Long lines are broken, so that nothing needs to be scrolled sideways, which a keyboard could not do.
const STYLE: &str = ":root{color-scheme:light dark;background:Canvas}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    pre,code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap;border:1px solid;padding:.5rem}\
    section{border-top:1px solid;margin-top:1.5rem}";
static PAGE: LazyLock<String> = LazyLock::new(|| page(&DOCUMENT));
/// The one style is named by its hash, so that no other stands a chance.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// `GET /docs`.
pub async fn show() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY.as_str())];
    (headers, PAGE.as_str()).into_response()
}

fn page(document: &Value) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>rollcall API</title><style>{STYLE}</style></head><body><main><h1>rollcall API</h1><p><a href=\"openapi.json\">openapi.json</a></p><h2>Operations</h2><ul>"
    );
    for (path, method, operation) in operations(document) {
        let line = format!("{} {path}", method.to_uppercase());
        put(
            &mut html,
            format_args!(
                "<li><a href=\"#{}\"><code>{}</code></a> {}</li>",
                text(&operation["operationId"]),
                escaped(&line),
                text(&operation["summary"])
            ),
        );
    }
    html.push_str("</ul>");
    for (path, method, operation) in operations(document) {
        section(&mut html, &format!("{} {path}", method.to_uppercase()), operation);
    }
    html.push_str("</main></body></html>");
    html
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn section(html: &mut String, name: &str, operation: &Value) {
    put(
        html,
        format_args!(
            "<section id=\"{}\"><h2><code>{}</code></h2><p>{}</p>",
            text(&operation["operationId"]),
            escaped(name),
            text(&operation["summary"])
        ),
    );
    let parts = [
        ("Opened by", &operation["security"]),
        ("Parameters", &operation["parameters"]),
        ("Body", &operation["requestBody"]["content"]),
        ("Answers", &operation["responses"]),
    ];
    for (title, part) in parts.into_iter().filter(|(_, part)| !part.is_null() && **part != Value::Array(Vec::new())) {
        let shown = serde_json::to_string_pretty(part).unwrap_or_default();
        put(html, format_args!("<h3>{title}</h3><pre>{}</pre>", escaped(&shown)));
    }
    html.push_str("</section>");
}

fn put(html: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = html.write_fmt(what);
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
