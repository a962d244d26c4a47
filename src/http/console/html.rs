//! Pages on their way out: HTML, and what a browser may do with it.

use askama::Template;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::{Error, Result};

const HTML: &str = "text/html; charset=utf-8";
/// Only this server's own files, nothing inline, and no string becomes a script or an element.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// A form must tell its own server whence it comes: without a referrer a browser sends `Origin: null`.
const OWN_ORIGIN: &str = "same-origin";

/// A page with this status.
///
/// # Errors
/// A defect in a template.
pub fn page(status: StatusCode, template: &impl Template) -> Result<Response> {
    let text = template.render().map_err(Error::internal)?;
    let headers = [(CONTENT_TYPE, HTML), (CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, OWN_ORIGIN)];
    Ok((status, headers, text).into_response())
}

/// A page.
///
/// # Errors
/// A defect in a template.
pub fn show(template: &impl Template) -> Result<Response> {
    page(StatusCode::OK, template)
}

/// Sends a browser on to a path of ours, to be read with GET.
///
/// # Errors
/// A path that is no header.
pub fn see_other(path: &str) -> Result<Response> {
    let location = HeaderValue::from_str(path).map_err(Error::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

/// A path with parameters.
#[must_use]
pub fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_link_stays_one_parameter() {
        assert_eq!(link("/audit", &[]), "/audit");
        assert_eq!(link("/audit", &[("q", "actor:\"a&b\" #")]), "/audit?q=actor%3A%22a%26b%22+%23");
    }
}
