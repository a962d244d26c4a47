//! Refusals as a person's browser shows them: a small page without anything that runs, and without a word of theirs that
//! is not escaped. Programs get the problem itself.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::problem::{Answer, Problem};

const HTML: &str = "text/html; charset=utf-8";

/// An answer as whoever asked can read it: a refusal is a page for a browser.
#[must_use]
pub fn shown(headers: &HeaderMap, request_id: &str, answer: Answer) -> Response {
    match answer {
        Ok(response) => response,
        Err(problem) if wants_page(headers) => page(&problem, request_id),
        Err(problem) => problem.into_response(),
    }
}

/// Whether somebody asks who reads pages.
#[must_use]
pub fn wants_page(headers: &HeaderMap) -> bool {
    let given = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|text| text.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
    })
}

fn page(problem: &Problem, request_id: &str) -> Response {
    let (detail, retry_after) = problem.told();
    let title = problem.status.canonical_reason().unwrap_or_default();
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>rollcall: sign-in</title></head>\n<body>\n<main>\n<h1>You are not signed \
         in</h1>\n<p>{}</p>\n<p><a href=\"login\">Sign in with Okta</a></p>\n<p><small>{title}, request \
         {}</small></p>\n</main>\n</body>\n</html>\n",
        escaped(detail),
        escaped(request_id)
    );
    let mut response = (problem.status, [(CONTENT_TYPE, HTML)], body).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A text as it may stand between tags.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, StatusCode};

    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_a_program_the_problem() {
        for (accept, is_page) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json, TEXT/HTML;q=0.1", true),
            ("*/*", false),
            ("application/json", false),
            ("text/htmlx", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            let answer = shown(&headers, "r", Err(Problem::new(StatusCode::FORBIDDEN, "No.")));
            let is_html = answer.headers()[CONTENT_TYPE].as_bytes().starts_with(b"text/html");
            assert_eq!((answer.status(), is_html), (StatusCode::FORBIDDEN, is_page), "{accept}");
        }
    }

    #[test]
    fn nothing_of_a_text_is_a_tag() {
        assert_eq!(escaped("<a href='x' b=\"&\">"), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;");
    }
}
