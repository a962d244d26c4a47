//! Push by Firebase Cloud Messaging, HTTP v1: a message for each device, in the name of a service account.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::http::{self, Answer};
use super::{Message, Trouble};
use crate::clock::Time;

/// Where the API is, unless it is set otherwise.
pub const API: &str = "https://fcm.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long what is signed for a token is good for: the longest that Google takes.
const SIGNED_FOR: Duration = Duration::from_hours(1);
/// How long before its end a token is changed.
const SPARE: Duration = Duration::from_mins(2);
/// The longest life of a token that is believed.
const LONGEST: u64 = 24 * 3600;

/// A service account, as its file of keys has it.
#[derive(Deserialize)]
struct Account {
    project_id: String,
    client_email: String,
    private_key: String,
    token_uri: String,
}

/// A service account that may send.
#[derive(Clone)]
pub struct Settings {
    project: String,
    email: String,
    key: SecretString,
    token_uri: String,
    base: String,
}

// Written by hand: nothing of a key is shown.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("push::Settings").field("project", &self.project).finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads the JSON of a service account. `is_strict` takes TLS only.
    ///
    /// # Errors
    /// What is wrong with it, without a word of what it holds.
    pub fn read(account: &str, base: String, is_strict: bool) -> Result<Self, &'static str> {
        const SHAPE: &str =
            "must be the JSON key of a service account, with project_id, client_email, private_key and token_uri";
        let account: Account = serde_json::from_str(account).map_err(|_| SHAPE)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b':' || byte == b'.';
        if account.project_id.is_empty() || !account.project_id.bytes().all(is_plain) {
            return Err(SHAPE);
        }
        key_pair(&account.private_key).ok_or("holds no RSA key in PKCS #8")?;
        if !account.token_uri.starts_with("https://") && (is_strict || !account.token_uri.starts_with("http://")) {
            return Err("must have an https token_uri");
        }
        let Account { project_id, client_email, private_key, token_uri } = account;
        Ok(Self { project: project_id, email: client_email, key: private_key.into(), token_uri, base })
    }
}

/// The key in its armour.
fn key_pair(armoured: &str) -> Option<KeyPair> {
    let (_, rest) = armoured.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    KeyPair::from_pkcs8(&STANDARD.decode(body).ok()?).ok()
}

/// An access token, and when to ask for another.
struct Token {
    value: SecretString,
    until: Time,
}

/// Hands push messages in.
pub(super) struct Push {
    api: Client,
    tokens: Client,
    settings: Settings,
    pair: KeyPair,
    token: Mutex<Option<Token>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl Push {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let pair = key_pair(settings.key.expose_secret()).ok_or("FCM_SERVICE_ACCOUNT holds no key")?;
        let (api, tokens) = (http::client(&settings.base)?, http::client(&settings.token_uri)?);
        Ok(Self { api, tokens, settings: settings.clone(), pair, token: Mutex::default() })
    }

    /// To every device. One that took it is enough; else one that may take it later keeps it alive.
    pub(super) async fn send(&self, message: &Message, now: Time) -> Result<(), Trouble> {
        let mut outcome = Err(Trouble::Final("there is no device to send to".to_owned()));
        for device in &message.to {
            let one = self.to_device(message, device, now).await;
            outcome = match (outcome, one) {
                (Ok(()), _) | (_, Ok(())) => Ok(()),
                (Err(Trouble::Passing(why)), _) | (_, Err(Trouble::Passing(why))) => Err(Trouble::Passing(why)),
                (_, last) => last,
            };
        }
        outcome
    }

    async fn to_device(&self, message: &Message, device: &str, now: Time) -> Result<(), Trouble> {
        let token = self.token(now).await?;
        let Settings { project, base, .. } = &self.settings;
        let request = self.api.post(format!("{base}/v1/projects/{project}/messages:send"));
        let request = request.bearer_auth(token.expose_secret()).json(&envelope(message, device, now));
        let answer = http::ask(request).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            *self.token.lock().await = None;
        }
        judge(&answer)
    }

    /// The token of this process; one asks for it while the others wait.
    async fn token(&self, now: Time) -> Result<SecretString, Trouble> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref().filter(|token| now < token.until) {
            return Ok(token.value.clone());
        }
        let odd = || Trouble::Passing("the token service's answer cannot be used".to_owned());
        let assertion = self.assertion(now).ok_or_else(odd)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", GRANT), ("assertion", &assertion)])
            .finish();
        let request = self.tokens.post(&self.settings.token_uri);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = http::ask(request).await?;
        if !answer.status.is_success() {
            // A wrong account is the operator's to mend, and the message can wait for that as long as it means anything.
            return Err(Trouble::Passing(format!("the token service answered {}", answer.status.as_u16())));
        }
        let granted: Granted = serde_json::from_slice(&answer.body).map_err(|_| odd())?;
        let life = Duration::from_secs(granted.expires_in.min(LONGEST)).saturating_sub(SPARE);
        let value = SecretString::from(granted.access_token);
        *held = Some(Token { value: value.clone(), until: now.plus(life) });
        Ok(value)
    }

    /// What is signed to be given a token (RFC 7523).
    fn assertion(&self, now: Time) -> Option<String> {
        let at = now.micros() / 1_000_000;
        let claims = json!({
            "iss": self.settings.email,
            "scope": SCOPE,
            "aud": self.settings.token_uri,
            "iat": at,
            "exp": at + i64::try_from(SIGNED_FOR.as_secs()).ok()?,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// What is sent: on a device a later try takes the place of an earlier one.
fn envelope(message: &Message, device: &str, now: Time) -> Value {
    let end = now.plus(message.lasts).micros() / 1_000_000;
    json!({ "message": {
        "token": device,
        "notification": { "title": message.subject, "body": message.text },
        "android": { "collapse_key": message.id, "ttl": format!("{}s", message.lasts.as_secs()) },
        "apns": { "headers": { "apns-collapse-id": message.id, "apns-expiration": end.to_string() } },
    } })
}

fn judge(answer: &Answer) -> Result<(), Trouble> {
    if answer.status.is_success() {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Err(http::refusal(answer.status, body["error"]["status"].as_str()))
}
