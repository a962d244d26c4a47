//! Tokens that Okta signs: whose key, which algorithm, what kind. What a token claims is judged in `claims`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::claims::Claims;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;
/// How many keys of a set are kept; Okta publishes two or three.
pub const MAX_KEYS: usize = 32;
/// The one algorithm that is taken, whatever a token or a key set says.
const ALGORITHM: &str = "RS256";

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Flaw {
    /// It is no signed token, or a claim has a type that it cannot have.
    Malformed,
    /// Another algorithm than RS256, or a demand in `crit`.
    Algorithm,
    /// Made for another purpose.
    Kind,
    /// Signed with a key that Okta does not publish.
    UnknownKey,
    /// The signature is not the key's.
    Signature,
    /// From another issuer.
    Issuer,
    /// For somebody else.
    Audience,
    /// Issued to another client.
    Party,
    /// Past its end.
    Expired,
    /// From the future.
    Early,
    /// Lives longer than such a token may.
    Lifetime,
    /// Of another sign-in.
    Nonce,
    /// It names nobody, or not as Okta does.
    Subject,
    /// It has no id of its own.
    Unnamed,
    /// A new proof was asked for, and it does not say when there was one.
    Undated,
    /// A new proof was asked for, and the one it tells of is older than that.
    Stale,
}

impl Flaw {
    /// The flaw in one word, as the audit tells it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::Kind => "token_kind",
            Self::UnknownKey => "token_key_unknown",
            Self::Signature => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Party => "token_party",
            Self::Expired => "token_expired",
            Self::Early => "token_early",
            Self::Lifetime => "token_lifetime",
            Self::Nonce => "token_nonce",
            Self::Subject => "token_subject",
            Self::Unnamed => "token_unnamed",
            Self::Undated => "token_undated",
            Self::Stale => "token_stale",
        }
    }
}

/// What a token is made for, as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ID token: `JWT`, or nothing at all.
    Id,
    /// A demand to sign somebody out (Universal Logout).
    Logout,
}

impl Kind {
    fn accepts(self, typ: Option<&str>) -> bool {
        match self {
            Self::Id => typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")),
            Self::Logout => typ.is_some_and(|typ| typ.eq_ignore_ascii_case("global-token-revocation+jwt")),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: String,
    e: String,
}

impl Jwk {
    fn signs(&self) -> bool {
        let is = |given: &Option<String>, wanted: &str| given.as_deref().is_none_or(|given| given == wanted);
        self.kty == "RSA" && is(&self.alg, ALGORITHM) && is(&self.purpose, "sig")
    }
}

/// The keys that Okta signs with at this moment.
#[derive(Clone)]
pub struct KeySet(Vec<(Option<String>, DecodingKey)>);

impl KeySet {
    /// Reads a JWK set (RFC 7517 §5). A key that cannot be ours is passed over, as the RFC asks.
    ///
    /// # Errors
    /// When it is none, or has no key to verify RS256 with.
    pub fn read(body: &[u8]) -> Result<Self, &'static str> {
        let set: Jwks = serde_json::from_slice(body).map_err(|_| "it is no key set")?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let ours = keys.filter(Jwk::signs).filter_map(|jwk| {
            let key = DecodingKey::from_rsa_components(&jwk.n, &jwk.e).ok()?;
            Some((jwk.kid, key))
        });
        let keys: Vec<_> = ours.take(MAX_KEYS).collect();
        if keys.is_empty() { Err("it has no key for RS256") } else { Ok(Self(keys)) }
    }

    /// The keys that a token of this `kid` may be signed with: all of them where it names none.
    fn candidates<'k>(&'k self, kid: Option<&'k str>) -> impl Iterator<Item = &'k DecodingKey> {
        let is_meant = move |given: &Option<String>| kid.is_none() || given.as_deref() == kid;
        self.0.iter().filter(move |(given, _)| is_meant(given)).map(|(_, key)| key)
    }
}

/// Opens a token: checks its form, its kind, its algorithm and its signature, and gives what it claims. Keys that a
/// token itself brings or points to (`jwk`, `jku`, `x5u`) are never looked at.
///
/// # Errors
/// [`Flaw`]; of [`Flaw::UnknownKey`] a newer key set may think otherwise.
pub fn open(token: &str, keys: &KeySet, kind: Kind) -> Result<Claims, Flaw> {
    if token.len() > MAX_TOKEN {
        return Err(Flaw::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Flaw::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(Flaw::Malformed)?;
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Flaw::Malformed)?;
    if header.alg != ALGORITHM || header.crit.is_some() {
        return Err(Flaw::Algorithm);
    }
    if !kind.accepts(header.typ.as_deref()) {
        return Err(Flaw::Kind);
    }
    let mut candidates = keys.candidates(header.kid.as_deref()).peekable();
    candidates.peek().ok_or(Flaw::UnknownKey)?;
    let is_signed =
        |key| crypto::verify(signature, message.as_bytes(), key, Algorithm::RS256).is_ok_and(|is_right| is_right);
    if !candidates.any(is_signed) {
        return Err(Flaw::Signature);
    }
    let claims: Map<String, Value> = serde_json::from_slice(&decoded(payload)?).map_err(|_| Flaw::Malformed)?;
    Ok(Claims::of(claims))
}

fn decoded(part: &str) -> Result<Vec<u8>, Flaw> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Flaw::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULUS: &str = "wCAPnQ2mbKMhEbVuOnE3bNfXwmGzkvF3b1nWw7Jk3WVg-0uWd0yIVcsTzPZ9zQ5S5c8T7yQ1pO5wM8b3rO9X1w";

    fn set(keys: &str) -> Result<KeySet, &'static str> {
        KeySet::read(format!("{{\"keys\":[{keys}]}}").as_bytes())
    }

    fn key(fields: &str) -> String {
        format!("{{\"kty\":\"RSA\",\"n\":\"{MODULUS}\",\"e\":\"AQAB\"{fields}}}")
    }

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn keys_that_cannot_be_ours_are_passed_over() {
        let foreign = r#"{"kty":"EC","crv":"P-256","x":"a","y":"b"},"odd",{"kty":"oct","k":"c2VjcmV0"}"#;
        assert!(set(foreign).is_err());
        assert!(KeySet::read(b"[]").is_err() && KeySet::read(b"").is_err());
        let mixed = [foreign, &key(",\"use\":\"enc\""), &key(",\"alg\":\"PS256\""), &key(",\"kid\":\"a\"")].join(",");
        let keys = set(&mixed).expect("one key");
        assert_eq!(keys.0.len(), 1);
        assert_eq!((keys.candidates(Some("a")).count(), keys.candidates(Some("b")).count()), (1, 0));
        let many = vec![key(""); MAX_KEYS + 5].join(",");
        assert_eq!(set(&many).expect("keys").candidates(None).count(), MAX_KEYS);
    }

    #[test]
    fn the_algorithm_is_ours_to_choose() {
        let keys = set(&key(",\"kid\":\"a\"")).expect("a key");
        for (header, flaw) in [
            (r#"{"alg":"none"}"#, Flaw::Algorithm),
            (r#"{"alg":"None"}"#, Flaw::Algorithm),
            (r#"{"alg":"HS256"}"#, Flaw::Algorithm),
            (r#"{"alg":"rs256"}"#, Flaw::Algorithm),
            (r#"{"alg":"PS256"}"#, Flaw::Algorithm),
            (r#"{"alg":"RS256","crit":["b64"]}"#, Flaw::Algorithm),
            (r#"{"alg":["RS256"]}"#, Flaw::Malformed),
            (r#"{"typ":"JWT"}"#, Flaw::Malformed),
            (r#"{"alg":"RS256","typ":"global-token-revocation+jwt"}"#, Flaw::Kind),
            (r#"{"alg":"RS256","kid":"b"}"#, Flaw::UnknownKey),
            (r#"{"alg":"RS256","kid":"../../etc/passwd"}"#, Flaw::UnknownKey),
            (r#"{"alg":"RS256","kid":"a"}"#, Flaw::Signature),
            (r#"{"alg":"RS256","jku":"https://evil.test","jwk":{}}"#, Flaw::Signature),
        ] {
            assert_eq!(open(&token(header, "{}"), &keys, Kind::Id).err(), Some(flaw), "{header}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let keys = set(&key("")).expect("a key");
        let huge = format!("{}.e30.a", "a".repeat(MAX_TOKEN));
        for bad in ["", ".", "..", "a.b", "e30.e30", "e30.e30.", "!.!.!", "a.b.c.d.e", huge.as_str()] {
            assert_eq!(open(bad, &keys, Kind::Id).err(), Some(Flaw::Malformed), "{bad}");
        }
        let other = token(r#"{"alg":"RS256","typ":"JWT"}"#, "{}");
        assert_eq!(open(&other, &keys, Kind::Logout).err(), Some(Flaw::Kind));
    }
}
