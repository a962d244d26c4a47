//! Sign-in with Okta against a provider of its own over HTTP.

pub mod audited;
mod first;
mod misbehaviour;
pub mod provider;
mod recent;
mod signing_in;
pub mod signing_out;
mod troubles;

use std::collections::BTreeMap;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use rollcall::config::Jit;
use serde_json::Value;

use crate::harness::Roll;
use provider::FakeProvider;

/// What a browser was answered.
pub struct Shown {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Shown {
    /// Where it is sent to.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "answered {}", self.text);
        self.headers[LOCATION].to_str().expect("a location")
    }

    /// Demands a page that says no, with these words, and nothing that runs.
    #[track_caller]
    pub fn refused(self, status: u16, words: &str) -> Self {
        assert_eq!(self.status.as_u16(), status, "answered {}", self.text);
        assert!(self.headers["content-type"].to_str().expect("a type").starts_with("text/html"));
        let policy = self.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert!(self.text.contains(words), "{} does not say {words}", self.text);
        for loud in ["<script", "<img", "onerror", "eyJ"] {
            assert!(!self.text.contains(loud), "{loud} in {}", self.text);
        }
        self
    }
}

/// A browser: it keeps cookies, and goes where it is sent to when its test says so.
pub struct Browser {
    client: reqwest::Client,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self { client: client.expect("a client"), cookies: BTreeMap::new() }
    }

    /// Opens an address; cookies are sent to rollcall alone.
    pub async fn open(&mut self, roll: &Roll, url: &str) -> Shown {
        let mut request = self.client.get(url).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let is_ours = url.starts_with(&roll.origin);
        if is_ours && !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", cookies.collect::<Vec<_>>().join("; "));
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        if is_ours {
            self.keep(&headers);
        }
        Shown { status, headers, text: answer.text().await.expect("a body") }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie");
            assert!(text.contains("; HttpOnly; SameSite=Lax"), "{text}");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Goes to Okta; gives the address it comes back to.
    pub async fn go(&mut self, roll: &Roll, query: &str) -> String {
        let sent = self.open(roll, &format!("{}/auth/login{query}", roll.origin)).await;
        let okta = sent.location().to_owned();
        let back = self.client.get(okta).send().await.expect("Okta's answer");
        assert_eq!(back.status(), 302);
        back.headers()[LOCATION].to_str().expect("a location").to_owned()
    }

    /// Signs in, all the way.
    pub async fn sign_in(&mut self, roll: &Roll) -> Shown {
        let back = self.go(roll, "").await;
        self.open(roll, &back).await
    }

    /// What `GET /auth/me` says to it.
    pub async fn me(&mut self, roll: &Roll) -> Value {
        let shown = self.open(roll, &format!("{}/auth/me", roll.origin)).await;
        serde_json::from_str(&shown.text).expect("JSON")
    }

    /// Whether it is signed in.
    pub async fn is_in(&mut self, roll: &Roll) -> bool {
        self.me(roll).await["user"]["id"].is_string()
    }
}

/// A rollcall that signs people in with a stand-in.
pub async fn with_okta(roll: &Roll, jit: Jit) -> (Roll, FakeProvider) {
    let okta = FakeProvider::start(&roll.clock).await;
    let sign_in = okta.sign_in(jit);
    (roll.replica_with(|shared| shared.okta_sign_in = Some(sign_in)).await, okta)
}

impl Roll {
    /// The newest refusal in the audit: reason and severity.
    pub async fn refusal(&self) -> (String, String) {
        let (_, _, detail) = self.last_audit("auth.refused").await;
        (detail["reason"].as_str().expect("a reason").to_owned(), self.severity("auth.refused").await)
    }

    /// How many sessions there ever were.
    pub async fn sessions(&self) -> usize {
        self.sql("select 'x' from sessions").await.len()
    }
}
