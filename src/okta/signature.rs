//! Proof that an event hook comes from our Okta or from the relay in front of it.
//!
//! Okta itself sends a fixed secret in `Authorization` and signs nothing. What signs is a relay. Every comparison takes
//! the same time whatever is wrong, and is made over the bytes as they came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::hex;

/// How far the timestamp of a signed message may lie from now, in seconds: the window of Standard Webhooks.
pub const WINDOW: i64 = 300;
/// How many signatures one message may carry: the current key, the one before it, and room to spare.
pub const MAX_SIGNATURES: usize = 8;
/// The longest message id that is taken, in bytes.
pub const MAX_MESSAGE_ID: usize = 256;
/// How a Standard Webhooks key begins; what follows is base64.
const WEBHOOK_KEY: &str = "whsec_";

/// Which proof is asked for (`OKTA_WEBHOOK_AUTH`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Demand {
    /// The secret, or a signature; a signature that is there must be right.
    #[default]
    Either,
    /// The secret; signatures are ignored.
    Secret,
    /// A signature; the secret is ignored.
    Signature,
}

/// What proofs are held against.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The live header secrets: the current one and, during a rotation, the one before it.
    pub secrets: Vec<SecretString>,
    /// The live signing keys of a relay; where there are none, the secrets sign.
    pub signing: Vec<SecretString>,
    /// Which proof is asked for.
    pub demand: Demand,
}

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Whoever sent it knows the header secret.
    Secret,
    /// Whoever sent it knows the signing key and signed this body.
    Signature,
    /// The same, as a message with an id: the receiver remembers it for [`WINDOW`], so that it counts once.
    Message(String),
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no proof of the demanded kind.
    Missing,
    /// A header that carries a proof is there more than once, or cannot be read.
    Unreadable,
    /// The secret is none of the live ones.
    WrongSecret,
    /// The signature is not that of this body under a live key.
    WrongSignature,
    /// The signed message is older or newer than [`WINDOW`] allows.
    OutsideWindow,
}

impl Refusal {
    /// One word for the audit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "hook_proof_missing",
            Self::Unreadable => "hook_proof_unreadable",
            Self::WrongSecret => "hook_secret_wrong",
            Self::WrongSignature => "hook_signature_wrong",
            Self::OutsideWindow => "hook_outside_window",
        }
    }
}

/// A header that carries one HMAC-SHA256 of the body, in hex or base64.
struct Form {
    header: &'static str,
    /// What may stand before the signature, and whether it must.
    prefix: &'static str,
    prefix_required: bool,
}

/// The headers that relays put a signature of the body into.
const FORMS: [Form; 4] = [
    Form { header: "x-okta-signature", prefix: "sha256=", prefix_required: false },
    Form { header: "x-okta-request-signature", prefix: "sha256=", prefix_required: false },
    Form { header: "x-hub-signature-256", prefix: "sha256=", prefix_required: true },
    Form { header: "x-hookdeck-signature", prefix: "", prefix_required: false },
];

/// The three headers of a signed message: id, timestamp, signatures. Svix sends them under its own name too.
const MESSAGES: [[&str; 3]; 2] =
    [["webhook-id", "webhook-timestamp", "webhook-signature"], ["svix-id", "svix-timestamp", "svix-signature"]];

/// Whether the proof cannot be judged before the body is there. Where it can, nothing is read for a stranger.
#[must_use]
pub fn needs_body(keys: &Keys, headers: &HeaderMap) -> bool {
    match keys.demand {
        Demand::Secret => false,
        Demand::Signature => true,
        Demand::Either => is_signed(headers),
    }
}

/// Judges the header secret alone, as the verification request and everything unsigned carries it.
///
/// # Errors
/// Why it is not believed.
pub fn check_secret(keys: &Keys, headers: &HeaderMap) -> Result<Proof, Refusal> {
    let given = only(headers, AUTHORIZATION.as_str())?.ok_or(Refusal::Missing)?;
    let bare = without_scheme(given);
    let is_live =
        |secret: &SecretString| same_text(bare, secret.expose_secret()) | same_text(given, secret.expose_secret());
    let known = keys.secrets.iter().fold(Choice::from(0), |known, secret| known | is_live(secret));
    if known.into() { Ok(Proof::Secret) } else { Err(Refusal::WrongSecret) }
}

/// Judges a request by what is demanded; `now` is in seconds since 1970.
///
/// # Errors
/// Why it is not believed.
pub fn check(keys: &Keys, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Proof, Refusal> {
    match keys.demand {
        Demand::Either if !is_signed(headers) => check_secret(keys, headers),
        Demand::Secret => check_secret(keys, headers),
        _ => check_signatures(keys, headers, body, now),
    }
}

fn is_signed(headers: &HeaderMap) -> bool {
    let forms = FORMS.iter().map(|form| form.header);
    forms.chain(MESSAGES.into_iter().flatten()).any(|header| headers.contains_key(header))
}

/// Every signature that is there must be right.
fn check_signatures(keys: &Keys, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Proof, Refusal> {
    let signing = if keys.signing.is_empty() { &keys.secrets } else { &keys.signing };
    let mut proof = None;
    for form in &FORMS {
        if let Some(given) = only(headers, form.header)? {
            check_form(form, signing, given, body)?;
            proof = Some(Proof::Signature);
        }
    }
    for names in MESSAGES {
        if names.iter().any(|name| headers.contains_key(*name)) {
            proof = Some(Proof::Message(check_message(names, signing, headers, body, now)?));
        }
    }
    proof.ok_or(Refusal::Missing)
}

fn check_form(form: &Form, signing: &[SecretString], given: &str, body: &[u8]) -> Result<(), Refusal> {
    let given = match given.strip_prefix(form.prefix) {
        Some(rest) => rest,
        None if form.prefix_required => return Err(Refusal::WrongSignature),
        None => given,
    };
    let is_right = |key: &SecretString| {
        let mac = mac(key.expose_secret().as_bytes(), &[body]);
        // The two spellings are compared as text: what is longer, shorter or spelled otherwise is no signature.
        same(given.as_bytes(), hex(&mac).as_bytes()) | same(given.as_bytes(), STANDARD.encode(mac).as_bytes())
    };
    let right = signing.iter().fold(Choice::from(0), |right, key| right | is_right(key));
    if right.into() { Ok(()) } else { Err(Refusal::WrongSignature) }
}

/// Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, several separated by spaces.
fn check_message(
    [id, timestamp, signatures]: [&'static str; 3],
    signing: &[SecretString],
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
) -> Result<String, Refusal> {
    let id = only(headers, id)?.filter(|id| is_message_id(id)).ok_or(Refusal::Unreadable)?;
    let timestamp = only(headers, timestamp)?.ok_or(Refusal::Missing)?;
    let signatures = only(headers, signatures)?.ok_or(Refusal::Missing)?;
    if signatures.split(' ').count() > MAX_SIGNATURES {
        return Err(Refusal::Unreadable);
    }
    let sent = seconds(timestamp).ok_or(Refusal::Unreadable)?;
    let right = signing.iter().fold(Choice::from(0), |right, key| {
        let mac = mac(&message_key(key), &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
        let text = STANDARD.encode(mac);
        let is_right = |entry: &str| {
            entry.strip_prefix("v1,").map_or(Choice::from(0), |one| same(one.as_bytes(), text.as_bytes()))
        };
        signatures.split(' ').fold(right, |right, entry| right | is_right(entry))
    });
    if !bool::from(right) {
        return Err(Refusal::WrongSignature);
    }
    if now.abs_diff(sent) > WINDOW.unsigned_abs() {
        return Err(Refusal::OutsideWindow);
    }
    Ok(id.to_owned())
}

fn is_message_id(id: &str) -> bool {
    (1..=MAX_MESSAGE_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Digits only, as the one spelling of a moment: no sign, no leading zero, nothing that overflows.
fn seconds(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Whether a signing key says that it is one of Standard Webhooks and is not.
#[must_use]
pub fn is_broken_key(key: &str) -> bool {
    key.strip_prefix(WEBHOOK_KEY).is_some_and(|rest| STANDARD.decode(rest).map_or(true, |bytes| bytes.len() < 24))
}

fn message_key(key: &SecretString) -> Vec<u8> {
    let text = key.expose_secret();
    let decoded = text.strip_prefix(WEBHOOK_KEY).and_then(|rest| STANDARD.decode(rest).ok());
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

/// The one value of a header.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one.to_str().map(Some).map_err(|_| Refusal::Unreadable),
        // Two of them: whichever is meant, somebody else may read the other.
        (Some(_), Some(_)) => Err(Refusal::Unreadable),
    }
}

/// What follows `Bearer`, in any case; a bare value as it is.
fn without_scheme(given: &str) -> &str {
    match given.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim_start_matches(' '),
        _ => given,
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn same(given: &[u8], expected: &[u8]) -> Choice {
    given.ct_eq(expected)
}

/// Compares digests, so that not even the length of the secret shows.
fn same_text(given: &str, secret: &str) -> Choice {
    Sha256::digest(given).as_slice().ct_eq(Sha256::digest(secret).as_slice())
}

#[cfg(test)]
mod tests;
