//! Access tokens of mobile sign-ins: signed here, believed here, for a quarter of an hour. What they say is checked
//! against the database at every request, so they end with what they were given for.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::callers::Refusal;
use super::secret;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;

/// How long an access token works.
pub const LIFETIME: Duration = Duration::from_mins(15);
/// How far the clocks of two replicas may differ.
pub const LEEWAY: Duration = Duration::from_secs(30);
/// No token of ours is longer.
pub const LONGEST: usize = 2_048;
/// For whom they are: what takes them besides this is wrong.
pub const AUDIENCE: &str = "rollcall-mobile";
/// What they call themselves, so that no token of another kind passes for one (RFC 8725 §3.11).
pub const TYPE: &str = "at+jwt";

/// The one algorithm there is. What a token says of itself never chooses another (RFC 8725 §3.1).
const ALGORITHM: Algorithm = Algorithm::HS256;
const ALGORITHM_NAME: &str = "HS256";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// The family it was given with.
    sid: String,
    /// The person's epoch when it was given.
    auth_epoch: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// A token's header, with nothing in it that could point to a key elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Whom an access token is about, once its signature and its times are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub user: Id,
    /// The family it was given with.
    pub family: Id,
    /// The person's epoch when it was given.
    pub epoch: i64,
}

struct Key {
    kid: String,
    sign: EncodingKey,
    verify: DecodingKey,
}

/// The keys of access tokens: the first signs, all of them are believed.
pub struct Keys {
    issuer: String,
    keys: Vec<Key>,
}

impl Keys {
    /// Keys of these secrets, for tokens of this issuer.
    #[must_use]
    pub fn new(issuer: &str, secrets: &[SecretString]) -> Self {
        let key = |secret: &SecretString| {
            let bytes = secret.expose_secret().as_bytes();
            Key { kid: kid(bytes), sign: EncodingKey::from_secret(bytes), verify: DecodingKey::from_secret(bytes) }
        };
        Self { issuer: issuer.to_owned(), keys: secrets.iter().map(key).collect() }
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// An internal error when there is no key.
    pub fn sign(&self, subject: &Subject, now: Time) -> Result<SecretString> {
        let key = self.keys.first().ok_or_else(|| Error::internal("there is no key for access tokens"))?;
        let seconds = seconds(now);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: subject.user.to_string(),
            sid: subject.family.to_string(),
            auth_epoch: subject.epoch,
            iat: seconds,
            nbf: seconds,
            exp: seconds + span(LIFETIME),
        };
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some(key.kid.clone()), ..Header::new(ALGORITHM) };
        encode(&header, &claims, &key.sign).map(SecretString::from).map_err(Error::internal)
    }

    /// Reads an access token: its form, its key, its signature, whom it is for and its times, in this order.
    ///
    /// # Errors
    /// [`Refusal::Expired`] for a token of ours past its end, [`Refusal::Unknown`] for everything else.
    pub fn read(&self, token: &str, now: Time) -> Result<Subject, Refusal> {
        let key = self.key_of(token).ok_or(Refusal::Unknown)?;
        let mut validation = Validation::new(ALGORITHM);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // The times are held against our own clock below.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key.verify, &validation).map_err(|_| Refusal::Unknown)?.claims;
        let (now, leeway) = (seconds(now), span(LEEWAY));
        let is_made_here = claims.iat == claims.nbf && claims.exp == claims.iat.saturating_add(span(LIFETIME));
        match (Id::parse(&claims.sub), Id::parse(&claims.sid)) {
            _ if !is_made_here || claims.nbf > now + leeway => Err(Refusal::Unknown),
            _ if claims.exp <= now => Err(Refusal::Expired),
            (Some(user), Some(family)) => Ok(Subject { user, family, epoch: claims.auth_epoch }),
            _ => Err(Refusal::Unknown),
        }
    }

    /// The key a token names, where its header is one that we write.
    fn key_of(&self, token: &str) -> Option<&Key> {
        let header = token.split('.').next().filter(|_| token.len() <= LONGEST)?;
        let header = BASE64_URL_SAFE_NO_PAD.decode(header).ok()?;
        let header: StrictHeader = serde_json::from_slice(&header).ok()?;
        let is_ours = header.alg == ALGORITHM_NAME && header.typ == TYPE;
        self.keys.iter().find(|key| is_ours && key.kid == header.kid)
    }
}

/// Whether this has the form of an access token, whoever made it.
#[must_use]
pub fn is_one(presented: &str) -> bool {
    presented.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// The name of a key: it follows from the key, so that every replica knows it, and tells nothing of it.
fn kid(secret: &[u8]) -> String {
    let digest = Sha256::new().chain_update(b"rollcall access token key\0").chain_update(secret).finalize();
    secret::hex(&digest[..8])
}

fn seconds(at: Time) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn span(of: Duration) -> i64 {
    i64::try_from(of.as_secs()).unwrap_or(i64::MAX)
}
