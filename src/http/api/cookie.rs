//! The session's cookie, and those that tie sign-ins to their browser.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::clock::Time;

/// What a cookie of ours holds: 32 bytes as hex.
const LENGTH: usize = 64;
/// How many sign-ins of one browser may be under way without one taking another's cookie.
const SLOTS: u8 = 64;

/// Its name. Reached by https, a browser lets nobody but this very host set or read it (`__Host-`, RFC 6265bis §4.1.3).
fn name(public_url: &str) -> &'static str {
    if is_https(public_url) { "__Host-rollcall" } else { "rollcall" }
}

fn is_https(public_url: &str) -> bool {
    public_url.starts_with("https://")
}

/// What a request's cookies say of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// The cookie of ours, read.
    Secret(String),
    /// Something that cannot be ours, or ours twice.
    Unreadable,
}

/// Reads the session's cookie.
#[must_use]
pub fn read(headers: &HeaderMap, public_url: &str) -> Held {
    held(headers, name(public_url))
}

/// What a sign-in's own cookie is called: one of [`SLOTS`] names, so that several pages of a browser may sign in at once
/// and few cookies are left behind.
fn sign_in_name(public_url: &str, state: &str) -> String {
    let number = state.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default();
    format!("{}-sign-in-{}", name(public_url), number % SLOTS)
}

/// Reads the cookie of the browser that began a sign-in.
#[must_use]
pub fn read_sign_in(headers: &HeaderMap, public_url: &str, state: &str) -> Option<String> {
    match held(headers, &sign_in_name(public_url, state)) {
        Held::Secret(secret) => Some(secret),
        Held::Nothing | Held::Unreadable => None,
    }
}

/// The header that ties a sign-in to its browser for so many seconds; none of them unties it.
#[must_use]
pub fn tie_sign_in(public_url: &str, state: &str, secret: &str, seconds: u64) -> Option<HeaderValue> {
    written(public_url, &sign_in_name(public_url, state), secret, i64::try_from(seconds).ok()?)
}

fn held(headers: &HeaderMap, name: &str) -> Held {
    let values = headers.get_all(COOKIE).iter().flat_map(|value| value.to_str().unwrap_or_default().split(';'));
    let mut found = values.filter_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name));
    match (found.next(), found.next()) {
        (None, _) => Held::Nothing,
        (Some((_, secret)), None) if is_ours(secret) => Held::Secret(secret.to_owned()),
        _ => Held::Unreadable,
    }
}

fn is_ours(secret: &str) -> bool {
    secret.len() == LENGTH && secret.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The header that gives a browser its session, until it ends.
#[must_use]
pub fn give(public_url: &str, secret: &str, now: Time, until: Time) -> Option<HeaderValue> {
    let seconds = until.micros().saturating_sub(now.micros()) / 1_000_000;
    written(public_url, name(public_url), secret, seconds)
}

/// The header that takes it away.
#[must_use]
pub fn take_away(public_url: &str) -> Option<HeaderValue> {
    written(public_url, name(public_url), "", 0)
}

fn written(public_url: &str, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if is_https(public_url) { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP: &str = "http://localhost:3000";
    const HTTPS: &str = "https://rollcall.example";

    fn held(public_url: &str, values: &[&str]) -> Held {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(COOKIE, HeaderValue::from_str(value).expect("a header"));
        }
        read(&headers, public_url)
    }

    #[test]
    fn the_cookie_is_found_among_others_and_only_by_its_own_name() {
        let secret = "0a".repeat(32);
        let ours = Held::Secret(secret.clone());
        assert_eq!(held(HTTP, &[&format!("a=b; rollcall={secret}; c=d")]), ours);
        assert_eq!(held(HTTPS, &["a=b", &format!("__Host-rollcall={secret}")]), ours);
        assert_eq!(held(HTTPS, &[&format!("rollcall={secret}")]), Held::Nothing, "a sibling may have planted it");
        assert_eq!(held(HTTP, &[]), Held::Nothing);
    }

    #[test]
    fn two_of_ours_or_one_that_cannot_be_are_refused() {
        let secret = "0a".repeat(32);
        let twice = format!("rollcall={secret}; rollcall={secret}");
        for bad in [twice.as_str(), "rollcall=", "rollcall=abc", &format!("rollcall={}", "0A".repeat(32))] {
            assert_eq!(held(HTTP, &[bad]), Held::Unreadable, "{bad}");
        }
    }

    #[test]
    fn by_https_it_is_secure_and_bound_to_the_host() {
        let (now, later) = (Time::from_micros(0), Time::from_micros(60_000_000));
        let given = give(HTTPS, "ab", now, later).expect("a header");
        assert_eq!(given, "__Host-rollcall=ab; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(take_away(HTTP).expect("a header"), "rollcall=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
