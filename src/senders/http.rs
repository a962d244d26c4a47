//! Requests to providers: bounded in time and size, to the host that was set and to no other.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};

use super::Trouble;

const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes.
pub(super) const MAX_ANSWER: usize = 64 * 1024;

/// A client for a provider at this address. Only a stand-in is reached without TLS.
pub(super) fn client(base: &str) -> Result<Client, String> {
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        // A redirect could take the credentials, and what is said, to another host.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")));
    let builder = if base.starts_with("https://") { builder.https_only(true) } else { builder.no_proxy() };
    builder.build().map_err(|error| error.without_url().to_string())
}

/// An answer as far as it is read.
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

/// Sends a request; an answer of any status is one.
pub(super) async fn ask(request: RequestBuilder) -> Result<Answer, Trouble> {
    let lost = |error: reqwest::Error| Trouble::Passing(format!("the provider cannot be reached: {}", kind(&error)));
    let mut answer = request.send().await.map_err(lost)?;
    let (status, mut body) = (answer.status(), Vec::new());
    while let Some(chunk) = answer.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Trouble::Passing("the provider's answer is too large".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// What went wrong, without the address: it may hold more than is to be told.
fn kind(error: &reqwest::Error) -> &'static str {
    match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_connect() => "no connection",
        () => "the answer broke off",
    }
}

/// What a status that is no success means: whether to come again, and a sentence with the provider's own code.
pub(super) fn refusal(status: StatusCode, code: Option<&str>) -> Trouble {
    let plain = |code: &&str| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let told = match code.filter(plain) {
        Some(code) => format!("the provider answered {} ({code})", status.as_u16()),
        None => format!("the provider answered {}", status.as_u16()),
    };
    let passes = status.is_server_error()
        || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT, StatusCode::UNAUTHORIZED].contains(&status);
    if passes { Trouble::Passing(told) } else { Trouble::Final(told) }
}
