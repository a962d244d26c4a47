//! Okta as a provider of sign-in: its endpoints and keys, kept for as long as they may be, and codes turned into tokens.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Trouble, builder, read, unavailable};
use crate::okta::claims::Claims;
use crate::okta::oidc::{self, Metadata};
use crate::okta::token::{self, Flaw, KeySet, Kind};

/// How long an answer may take, to its last byte: a browser waits for it.
pub const ANSWER: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// How long, in seconds, what Okta publishes is kept where it does not say.
pub const FRESH: i64 = 60 * 60;
/// The bounds of what it may say.
pub const FRESH_BOUNDS: (i64, i64) = (5 * 60, 24 * 60 * 60);
/// How long, in seconds, what was published is used while Okta does not answer.
pub const STALE: i64 = 24 * 60 * 60;
/// How long, in seconds, after a fetch an unknown key leads to no other one.
pub const REFETCH: i64 = 60;
/// How long, in seconds, a failed fetch is not tried again: whoever comes meanwhile is told at once.
pub const PAUSE: i64 = 5;

/// What an ID token is bought with.
#[derive(Clone, Copy, Debug)]
pub struct Purchase<'p> {
    /// The code that the browser brought.
    pub code: &'p str,
    /// Where the browser came back to.
    pub redirect_uri: &'p str,
    /// What the challenge was made of.
    pub verifier: &'p str,
}

/// Something that Okta publishes.
struct Published<T> {
    value: Arc<T>,
    fetched_at: i64,
    fresh_until: i64,
}

struct Kept<T> {
    published: Option<Published<T>>,
    failure: Option<(i64, Trouble)>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { published: None, failure: None }
    }
}

impl<T> Kept<T> {
    fn fresh(&self, now: i64) -> Option<Arc<T>> {
        self.published.as_ref().filter(|kept| now < kept.fresh_until).map(|kept| Arc::clone(&kept.value))
    }

    /// What may still be used because nothing newer can be had.
    fn stale(&self, now: i64) -> Option<Arc<T>> {
        self.published.as_ref().filter(|kept| now < kept.fresh_until + STALE).map(|kept| Arc::clone(&kept.value))
    }

    fn was_just_fetched(&self, now: i64) -> bool {
        self.published.as_ref().is_some_and(|kept| now < kept.fetched_at + REFETCH)
    }

    /// The failure of a moment ago.
    fn failure(&self, now: i64) -> Option<Trouble> {
        self.failure.as_ref().filter(|(at, _)| now < at + PAUSE).map(|(_, trouble)| trouble.clone())
    }

    /// Keeps what a fetch gave.
    fn take(&mut self, fetched: Result<(T, i64), Trouble>, now: i64) -> Result<Arc<T>, Trouble> {
        match fetched {
            Ok((value, age)) => {
                let value = Arc::new(value);
                self.published = Some(Published { value: Arc::clone(&value), fetched_at: now, fresh_until: now + age });
                self.failure = None;
                Ok(value)
            }
            Err(trouble) => {
                self.failure = Some((now, trouble.clone()));
                Err(trouble)
            }
        }
    }
}

/// Our application's way to Okta. Debug shows no secret.
pub struct Provider {
    http: reqwest::Client,
    /// Our application.
    pub client: oidc::Client,
    metadata: Mutex<Kept<Metadata>>,
    keys: Mutex<Kept<KeySet>>,
    /// How long an answer may take, to its last byte.
    pub patience: Duration,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It cannot be judged now.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// It is judged, and wrong.
    #[error(transparent)]
    Flaw(#[from] Flaw),
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    /// A provider; nothing is asked of it before somebody signs in.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(client: oidc::Client) -> Result<Self, String> {
        let is_stand_in = client.issuers.iter().any(oidc::Issuer::is_stand_in);
        let http = builder(is_stand_in).build().map_err(|error| error.to_string())?;
        let (metadata, keys) = (Mutex::default(), Mutex::default());
        Ok(Self { http, client, metadata, keys, patience: ANSWER })
    }

    /// Where the endpoints are; `now` in seconds since 1970.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn metadata(&self, now: i64) -> Result<Arc<Metadata>, Trouble> {
        let mut kept = self.metadata.lock().await;
        if let Some(fresh) = kept.fresh(now) {
            return Ok(fresh);
        }
        if let Some(trouble) = kept.failure(now) {
            return kept.stale(now).ok_or(trouble);
        }
        let fetched = self.fetch_metadata().await;
        let stale = kept.stale(now);
        kept.take(fetched, now).or_else(|trouble| stale.ok_or(trouble))
    }

    async fn fetch_metadata(&self) -> Result<(Metadata, i64), Trouble> {
        let first = self.client.issuers.first().ok_or(Trouble::Odd("there is no issuer"))?;
        let (body, age) = self.fetch(&first.discovery_url()).await?;
        let metadata = Metadata::read(&body, &self.client.issuers).map_err(Trouble::Odd)?;
        Ok((metadata, age))
    }

    /// The keys that Okta signs with. `anew` asks for newer ones than those that are kept, at most once in a while.
    async fn keys(&self, now: i64, anew: bool) -> Result<Arc<KeySet>, Trouble> {
        let mut kept = self.keys.lock().await;
        if let Some(fresh) = kept.fresh(now).filter(|_| !anew || kept.was_just_fetched(now)) {
            return Ok(fresh);
        }
        let stale = kept.stale(now).filter(|_| !anew);
        if let Some(trouble) = kept.failure(now) {
            return stale.ok_or(trouble);
        }
        let fetched = self.fetch_keys(now).await;
        kept.take(fetched, now).or_else(|trouble| stale.ok_or(trouble))
    }

    async fn fetch_keys(&self, now: i64) -> Result<(KeySet, i64), Trouble> {
        let metadata = self.metadata(now).await?;
        let (body, age) = self.fetch(&metadata.jwks_uri).await?;
        Ok((KeySet::read(&body).map_err(Trouble::Odd)?, age))
    }

    async fn fetch(&self, url: &str) -> Result<(Vec<u8>, i64), Trouble> {
        let (status, headers, body) = self.ask(self.http.get(url)).await?;
        match status {
            StatusCode::OK => Ok((body, freshness(&headers))),
            status => Err(refused(status, &body)),
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Vec<u8>), Trouble> {
        let request = request.header("accept", "application/json").timeout(self.patience);
        let answer = request.send().await.map_err(|error| unavailable(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok((status, headers, read(answer, MAX_BODY).await?))
    }

    /// Turns the code of a sign-in into its ID token. The access token that comes with it is not kept: nothing is asked
    /// with it.
    ///
    /// # Errors
    /// [`Trouble::Refused`] when Okta does not know the code, or not from us.
    pub async fn buy(&self, purchase: &Purchase<'_>, now: i64) -> Result<SecretString, Trouble> {
        let metadata = self.metadata(now).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", purchase.code),
            ("redirect_uri", purchase.redirect_uri),
            ("code_verifier", purchase.verifier),
        ];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let (id, secret) = (encoded(&self.client.client_id), encoded(self.client.client_secret.expose_secret()));
        let request = self.http.post(&metadata.token_endpoint).basic_auth(id, Some(secret));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let (status, _, body) = self.ask(request).await?;
        match status {
            StatusCode::OK => {
                let tokens: Tokens = serde_json::from_slice(&body).map_err(|_| Trouble::Odd("it holds no ID token"))?;
                Ok(tokens.id_token.into())
            }
            status => Err(refused(status, &body)),
        }
    }

    /// Opens a token that Okta signed. A key that is not known is looked for once more: Okta rotates without notice.
    ///
    /// # Errors
    /// [`Doubt`].
    pub async fn open(&self, token: &str, kind: Kind, now: i64) -> Result<Claims, Doubt> {
        let keys = self.keys(now, false).await?;
        match token::open(token, &keys, kind) {
            Err(Flaw::UnknownKey) => Ok(token::open(token, &*self.keys(now, true).await?, kind)?),
            opened => Ok(opened?),
        }
    }
}

/// A part of HTTP Basic as OAuth wants it (RFC 6749 §2.3.1).
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// How long, in seconds, an answer may be kept.
fn freshness(headers: &HeaderMap) -> i64 {
    let said = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut words = said.flat_map(|text| text.split(',')).map(|word| word.trim().to_ascii_lowercase());
    let age = words.find_map(|word| match word.strip_prefix("max-age=") {
        Some(seconds) => seconds.parse().ok(),
        None => matches!(word.as_str(), "no-store" | "no-cache").then_some(0),
    });
    age.unwrap_or(FRESH).clamp(FRESH_BOUNDS.0, FRESH_BOUNDS.1)
}

/// A refusal, with Okta's code where it is a plain word; what else it says may be anybody's text.
fn refused(status: StatusCode, body: &[u8]) -> Trouble {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Trouble::Unavailable(format!("status {}", status.as_u16()));
    }
    let code = serde_json::from_slice::<Told>(body).map(|told| told.error).ok().filter(|code| is_word(code));
    Trouble::Refused { status: status.as_u16(), sentence: code.unwrap_or_default() }
}

/// Whether a text is an error code as OAuth has them.
#[must_use]
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn what_is_published_is_kept_within_bounds() {
        for (said, seconds) in [
            ("max-age=3600", 3_600),
            ("public, Max-Age=7200, must-revalidate", 7_200),
            ("max-age=1", FRESH_BOUNDS.0),
            ("no-store", FRESH_BOUNDS.0),
            ("max-age=99999999999999999999", FRESH),
            ("max-age=31536000", FRESH_BOUNDS.1),
            ("private", FRESH),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(said));
            assert_eq!(freshness(&headers), seconds, "{said}");
        }
        assert_eq!(freshness(&HeaderMap::new()), FRESH);
    }

    #[test]
    fn a_refusal_repeats_no_more_than_a_plain_word() {
        let told = |body: &str| refused(StatusCode::BAD_REQUEST, body.as_bytes());
        let sentence = |text: &str| Trouble::Refused { status: 400, sentence: text.to_owned() };
        assert_eq!(told(r#"{"error":"invalid_grant","error_description":"<script>"}"#), sentence("invalid_grant"));
        assert_eq!(told(r#"{"error":"<script>"}"#), sentence(""));
        assert_eq!(told("<html>"), sentence(""));
        assert!(matches!(refused(StatusCode::BAD_GATEWAY, b""), Trouble::Unavailable(_)));
    }
}
