//! The way out to Okta's API: one GET at a time, with bounds. What to ask and what to make of it is decided elsewhere.
//! `provider` is the way out for sign-in.

pub mod provider;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LINK};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::okta::api::{Org, RateLimit, Refusal, next_link};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take, to its last byte; Okta gives a query of the System Log 30 s.
const ANSWER: Duration = Duration::from_secs(45);
/// The largest answer that is read, in bytes.
pub const MAX_BODY: usize = 32 * 1024 * 1024;
/// The longest part of a refusal's sentence that is repeated.
const MAX_SENTENCE: usize = 200;

/// Nothing was heard of Okta's clock yet.
const UNHEARD: i64 = i64::MIN;

/// A client of one org's API. Debug shows no token.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    /// The org.
    pub org: Org,
    token: SecretString,
    ahead: AtomicI64,
    /// How long an answer may take, to its last byte.
    pub patience: Duration,
}

/// An answer.
#[derive(Debug)]
pub struct Page {
    /// The body as it came.
    pub body: Vec<u8>,
    /// Where the list goes on, by Okta's own word.
    pub next: Option<String>,
    /// How long to wait before the next request.
    pub pause: Duration,
    /// What Okta's clock said, in seconds since 1970.
    pub said_at: Option<i64>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Okta's rate limit; it passes after this long.
    #[error("Okta's rate limit is used up for {} s", .0.as_secs())]
    Limited(Duration),
    /// Nothing came, came in time, or came whole; or a 5xx.
    #[error("Okta does not answer: {0}")]
    Unavailable(String),
    /// Okta refuses.
    #[error("Okta refuses with {status}: {sentence}")]
    Refused {
        /// The status.
        status: u16,
        /// Okta's code and sentence.
        sentence: String,
    },
    /// What came is not what Okta sends.
    #[error("Okta's answer cannot be used: {0}")]
    Odd(&'static str),
}

impl Client {
    /// A client for an org; `token` is an API token of a read-only administrator.
    ///
    /// # Errors
    /// When the token cannot stand in a header, or TLS cannot be set up.
    pub fn new(org: Org, token: SecretString) -> Result<Self, String> {
        HeaderValue::from_str(token.expose_secret()).map_err(|_| "the token cannot stand in a header".to_owned())?;
        let http = builder(org.is_stand_in()).build().map_err(|error| error.to_string())?;
        Ok(Self { http, org, token, ahead: AtomicI64::new(UNHEARD), patience: ANSWER })
    }

    /// Asks for a URL of the org's API.
    ///
    /// # Errors
    /// [`Trouble`]; a URL of anybody else is never asked for.
    pub async fn get(&self, url: &str) -> Result<Page, Trouble> {
        if !self.org.owns(url) {
            return Err(Trouble::Odd("it leads to another host"));
        }
        let answer = self.http.get(url).header("accept", "application/json").header(AUTHORIZATION, self.bearer());
        let answer = answer.timeout(self.patience).send().await.map_err(|error| unavailable(&error))?;
        let limit = rate_limit(answer.headers());
        let status = answer.status();
        let next = next_link(answer.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok()));
        let body = read(answer, MAX_BODY).await;
        match status {
            StatusCode::OK => Ok(Page { body: body?, next, pause: limit.before_next(), said_at: limit.said_at }),
            StatusCode::TOO_MANY_REQUESTS => Err(Trouble::Limited(limit.after_refusal())),
            status if status.is_server_error() => Err(Trouble::Unavailable(format!("status {}", status.as_u16()))),
            status => Err(refused(status, &body.unwrap_or_default())),
        }
    }

    /// Notes by how many seconds the clock of this machine is ahead of Okta's, as an answer told that was just read.
    pub fn note_clock(&self, said_at: i64, now: i64) {
        self.ahead.store(now.saturating_sub(said_at).max(-i64::MAX), Ordering::Relaxed);
    }

    /// The same as the last answer told; none while none did.
    #[must_use]
    pub fn ahead(&self) -> Option<i64> {
        Some(self.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNHEARD)
    }

    fn bearer(&self) -> HeaderValue {
        let text = format!("SSWS {}", self.token.expose_secret());
        let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// What every way out has in common; a stand-in on this machine is spoken to in the clear.
fn builder(is_stand_in: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        // A redirect could take a secret to another host.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")));
    if is_stand_in { builder.no_proxy() } else { builder.https_only(true) }
}

fn rate_limit(headers: &HeaderMap) -> RateLimit {
    RateLimit::read(|name| headers.get(name).and_then(|value| value.to_str().ok()))
}

/// The kind of failure alone: the URL would name people.
fn unavailable(error: &reqwest::Error) -> Trouble {
    let kind = if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    Trouble::Unavailable(kind.to_owned())
}

fn refused(status: StatusCode, body: &[u8]) -> Trouble {
    let Refusal { code, summary } = Refusal::read(body);
    let sentence = format!("{code} {summary}");
    let sentence = sentence.trim().chars().filter(|c| !c.is_control()).take(MAX_SENTENCE).collect();
    Trouble::Refused { status: status.as_u16(), sentence }
}

async fn read(mut answer: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unavailable(&error))? {
        if body.len() + chunk.len() > most {
            return Err(Trouble::Odd("it is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_speaks_tls_and_shows_no_token() {
        let org = || Org::parse("example.okta.com").expect("an org");
        let client = Client::new(org(), "00a-token-nobody-sees".into()).expect("a client that speaks TLS");
        assert!(!format!("{client:?}").contains("nobody-sees"));
        assert!(client.bearer().is_sensitive());
        assert!(Client::new(org(), "a\nline".into()).is_err());
    }

    #[tokio::test]
    async fn a_url_of_anybody_else_is_never_asked_for() {
        let client = Client::new(Org::parse("example.okta.com").expect("an org"), "00a".into()).expect("a client");
        for foreign in ["http://example.okta.com/api/v1/logs", "https://example.com/api/v1/logs", "file:///etc/passwd"]
        {
            assert_eq!(client.get(foreign).await.map(drop), Err(Trouble::Odd("it leads to another host")));
        }
    }
}
