//! Sign-in with Okta: how one begins, how its answer is tied to its question, and what is said of it when it is refused.
//!
//! Nonce and PKCE verifier follow from the state by a keyed hash, so nothing that is stored finishes a sign-in. Who signed
//! in is recognised in `directory::sign_in`; the session is opened by `sessions`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::break_glass::{network, seconds_until};
use super::secret::{self, HashKey, same_hash};
use super::sessions::NOT_LET_IN;
use crate::audit::{Action, Entry, Resource, Severity};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::sign_in::{Attempt, Goal};
use crate::okta::claims::{Expected, Identity};
use crate::okta::oidc::Issuer;
use crate::okta::token::{Flaw, Kind};
use crate::okta_client::Trouble;
use crate::okta_client::provider::{Doubt, Provider, Purchase};
use crate::store::{Link, Tx, login_attempts, rate_counters};

/// How long a sign-in may take.
pub const PATIENCE: Duration = Duration::from_mins(10);
/// How long sign-ins that begin are counted together.
pub const WINDOW: Duration = Duration::from_mins(15);
/// How many may begin from one address in a window: an office has one address.
pub const MOST_BEGUN: i64 = 1_000;
/// Why Okta does not know a code: it was used, it is too old, or it was given to somebody else.
const DEAD_CODE: &str = "invalid_grant";

/// Why somebody whom Okta sent back was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody began this sign-in, or it is forgotten.
    Unknown,
    /// It came to its end before.
    Used,
    /// It took too long.
    Late,
    /// Another browser began it.
    Elsewhere,
    /// Another issuer than ours answered.
    Mixup,
    /// Okta says no.
    Declined,
    /// Okta does not know the code.
    Code,
    /// The ID token is wrong.
    Token(Flaw),
    /// Nobody on the roll is bound to this identity.
    Stranger,
    /// The person has no access, or lost it meanwhile.
    Inactive,
    /// Whoever was bound to this identity left, or another one took their place.
    Gone,
    /// SCIM brought the person without their identity.
    Unmapped,
    /// Name or address are somebody else's.
    Foreign,
    /// Okta ended what the person was signed in with while they signed in.
    SignedOut,
}

const AGAIN: &str = "This sign-in cannot be finished. Begin again.";
const NOT_ANEW: &str =
    "Okta did not have you prove anew who you are. Begin again; if that does not help, ask an admin.";
const STRANGER: &str =
    "You are not on the roll here. Ask an admin to assign this application to you in Okta, then sign in again.";
const UNMAPPED: &str = "You are on the roll here, but not bound to your account at Okta: the mapping of externalId is \
     missing. Ask an admin to map externalId to user.id in the application's provisioning, \
     or to bind you here, then sign in again.";

impl Refusal {
    /// Why in one word, how grave it is, and what the browser is told.
    fn about(self) -> (&'static str, Severity, &'static str) {
        use Severity::{High, Warn};
        match self {
            Self::Unknown => ("sign_in_unknown", Warn, AGAIN),
            Self::Used => ("sign_in_used", Warn, AGAIN),
            Self::Late => ("sign_in_late", Warn, "This sign-in took too long. Begin again."),
            Self::Elsewhere => {
                ("sign_in_elsewhere", Warn, "This sign-in began in another browser. Begin again in this one.")
            }
            Self::Mixup => ("sign_in_issuer", High, AGAIN),
            Self::Declined => ("sign_in_declined", Warn, "Okta did not let you in to this application."),
            Self::Code => ("sign_in_code", Warn, AGAIN),
            Self::Token(flaw @ (Flaw::Undated | Flaw::Stale)) => (flaw.code(), High, NOT_ANEW),
            Self::Token(flaw) => (flaw.code(), High, AGAIN),
            Self::Stranger => ("sign_in_stranger", Warn, STRANGER),
            Self::Inactive => ("inactive", Warn, NOT_LET_IN),
            Self::Gone => ("sign_in_gone", Warn, NOT_LET_IN),
            Self::Unmapped => ("sign_in_unmapped", Warn, UNMAPPED),
            Self::Foreign => ("sign_in_foreign", High, NOT_LET_IN),
            Self::SignedOut => ("sign_in_signed_out", Warn, AGAIN),
        }
    }

    /// Why in one word.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.about().0
    }

    /// What the browser is told.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.about().2
    }

    /// Whether the request itself is to blame, not who signed in.
    #[must_use]
    pub fn is_of_request(self) -> bool {
        matches!(self, Self::Unknown | Self::Used | Self::Late | Self::Elsewhere | Self::Mixup | Self::Code)
    }
}

/// A sign-in that has just begun: what goes to Okta, and what stays with the browser.
pub struct Started {
    /// What comes back with the answer.
    pub state: String,
    /// What only this browser holds.
    pub browser: String,
    /// What the ID token repeats.
    pub nonce: String,
    /// What the code is bound to.
    pub challenge: String,
}

/// What a browser brings back.
pub struct Returned<'r> {
    /// The state.
    pub state: &'r str,
    /// What only the browser that began holds, where it holds it.
    pub browser: Option<&'r str>,
}

fn nonce(key: &HashKey, state: &str) -> String {
    secret::hex(&key.hash("sign-in nonce", state))
}

/// 64 letters and digits, of the 43 to 128 that RFC 7636 §4.1 asks for.
fn verifier(key: &HashKey, state: &str) -> String {
    secret::hex(&key.hash("sign-in verifier", state))
}

fn state_hash(key: &HashKey, state: &str) -> [u8; 32] {
    key.hash("sign-in state", state)
}

fn browser_hash(key: &HashKey, browser: &str) -> [u8; 32] {
    key.hash("sign-in browser", browser)
}

/// Begins a sign-in; `anew` is whether a new proof of who it is is wanted, whomever Okta knows already.
///
/// # Errors
/// [`Error::Limited`] when too many began at this address.
pub async fn begin(tx: &mut Tx, key: &HashKey, goal: &Goal, anew: bool) -> Result<Started> {
    count(tx, key).await?;
    let [state, browser] = [(), ()].map(|()| secret::hex(&secret::random_bytes::<32>()));
    let now = tx.now();
    let attempt = Attempt {
        id: Id::fresh(),
        goal: goal.clone(),
        browser_hash: browser_hash(key, &browser).to_vec(),
        proof_since: anew.then_some(now),
        created_at: now,
        expires_at: now.plus(PATIENCE),
        ended_at: None,
    };
    login_attempts::insert(tx, &attempt, &state_hash(key, &state)).await?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier(key, &state)));
    Ok(Started { nonce: nonce(key, &state), challenge, state, browser })
}

/// Counts one more sign-in of an address. One too many is undone with the unit, so the count stays at its limit.
async fn count(tx: &mut Tx, key: &HashKey) -> Result<()> {
    let (now, ip) = (tx.ctx().now, tx.ctx().ip.map(network));
    let counter = secret::hex(&key.hash("rate", &format!("sign-in {ip:?}")));
    let (began, count) = rate_counters::count(tx, &counter, now, now.minus(WINDOW)).await?;
    if count <= MOST_BEGUN {
        return Ok(());
    }
    let seconds = seconds_until(now, began.plus(WINDOW));
    Err(Error::Limited { why: "Too many sign-ins begin at this address.".into(), seconds })
}

/// The sign-in that a browser comes back from: begun by this very browser, under way, not too old.
///
/// # Errors
/// What the engine reports.
pub async fn find(
    link: &mut impl Link,
    key: &HashKey,
    returned: &Returned<'_>,
    now: Time,
) -> Result<Result<Attempt, Refusal>> {
    let Some(attempt) = login_attempts::find(link, &state_hash(key, returned.state)).await? else {
        return Ok(Err(Refusal::Unknown));
    };
    let is_same = |held: &str| same_hash(&attempt.browser_hash, &browser_hash(key, held));
    let refusal = if !returned.browser.is_some_and(is_same) {
        Some(Refusal::Elsewhere)
    } else if attempt.ended_at.is_some() {
        Some(Refusal::Used)
    } else {
        (now >= attempt.expires_at).then_some(Refusal::Late)
    };
    Ok(refusal.map_or(Ok(attempt), Err))
}

/// Why there is no identity.
#[derive(Debug)]
pub enum Unverified {
    /// Somebody is not let in.
    Refused(Refusal),
    /// It cannot be known now.
    Trouble(Trouble),
}

impl From<Trouble> for Unverified {
    fn from(trouble: Trouble) -> Self {
        match &trouble {
            Trouble::Refused { sentence, .. } if sentence == DEAD_CODE => Self::Refused(Refusal::Code),
            _ => Self::Trouble(trouble),
        }
    }
}

impl From<Doubt> for Unverified {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Trouble(trouble) => Self::Trouble(trouble),
            Doubt::Flaw(flaw) => Self::Refused(Refusal::Token(flaw)),
        }
    }
}

/// An identity that Okta vouches for, with the token that says so.
pub struct Verified {
    /// Who.
    pub identity: Identity,
    /// The ID token: Okta wants to see it again at sign-out.
    pub id_token: secrecy::SecretString,
}

/// What comes back with the state: a code, and perhaps who gives it (RFC 9207).
pub struct Answered<'a> {
    /// The state.
    pub state: &'a str,
    /// The code.
    pub code: &'a str,
    /// The issuer that answers, where it says so.
    pub issuer: Option<&'a str>,
    /// Where the browser came back to.
    pub redirect_uri: &'a str,
    /// Since when there must be a new proof of who it is, where one was asked for.
    pub proof_since: Option<Time>,
}

/// Turns the answer of a sign-in into an identity: buys the ID token for the code, and believes it only if it is one of
/// our issuer's, for us, good now, and of this very sign-in.
///
/// # Errors
/// [`Unverified`].
pub async fn verify(
    provider: &Provider,
    key: &HashKey,
    answered: &Answered<'_>,
    now: Time,
) -> Result<Verified, Unverified> {
    use secrecy::ExposeSecret;
    let issuers = &provider.client.issuers;
    let is_ours = |issuer: &str| issuers.iter().any(|one: &Issuer| one.as_str() == issuer);
    if !answered.issuer.is_none_or(is_ours) {
        return Err(Unverified::Refused(Refusal::Mixup));
    }
    let (verifier, seconds) = (verifier(key, answered.state), seconds(now));
    let purchase = Purchase { code: answered.code, redirect_uri: answered.redirect_uri, verifier: &verifier };
    let id_token = provider.buy(&purchase, seconds).await?;
    let claims = provider.open(id_token.expose_secret(), Kind::Id, seconds).await?;
    let expected = Expected { issuers, client_id: &provider.client.client_id, now: seconds };
    let identity = claims.identity(&expected, &nonce(key, answered.state)).map_err(Doubt::Flaw)?;
    answered.proof_since.map_or(Ok(()), |asked| identity.proven_since(self::seconds(asked))).map_err(Doubt::Flaw)?;
    Ok(Verified { identity, id_token })
}

/// When somebody proved who they are, by Okta's word.
#[must_use]
pub fn proven_at(identity: &Identity) -> Option<Time> {
    identity.auth_time.map(|seconds| Time::from_micros(seconds.saturating_mul(1_000_000)))
}

/// Whole seconds since 1970, as tokens count.
#[must_use]
pub fn seconds(at: Time) -> i64 {
    at.micros().div_euclid(1_000_000)
}

/// Whether a sign-in is still under way; it is held until the unit ends, so that it is finished once.
///
/// # Errors
/// What the engine reports.
pub async fn is_open(tx: &mut Tx, attempt: Id) -> Result<bool> {
    login_attempts::lock_open(tx, attempt).await
}

/// Brings a sign-in to its end; gives how it is named beside what it led to.
///
/// # Errors
/// What the engine reports.
pub async fn settle(tx: &mut Tx, attempt: Id) -> Result<(Resource, Id)> {
    login_attempts::end(tx, attempt).await?;
    Ok((Resource::LoginAttempt, attempt))
}

/// A refusal to be told of a sign-in.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Which sign-in.
    pub attempt: Id,
    /// Why.
    pub refusal: Refusal,
    /// Who it was, where Okta vouched for it.
    pub identity: Option<Identity>,
    /// What Okta says of it, where that is a plain word.
    pub okta_error: Option<String>,
}

impl Refused {
    /// A refusal of a sign-in.
    #[must_use]
    pub fn of(attempt: &Attempt, refusal: Refusal) -> Self {
        Self { attempt: attempt.id, refusal, identity: None, okta_error: None }
    }

    /// The same, of somebody Okta vouched for.
    #[must_use]
    pub fn about(self, identity: &Identity) -> Self {
        Self { identity: Some(identity.clone()), ..self }
    }
}

/// Says that a sign-in was refused, and ends it.
///
/// # Errors
/// What the engine reports.
pub async fn refuse(tx: &mut Tx, refused: &Refused) -> Result<()> {
    login_attempts::end(tx, refused.attempt).await?;
    let (reason, severity, _) = refused.refusal.about();
    let entry = Entry::about(Action::AuthRefused, Resource::LoginAttempt, refused.attempt).refused();
    let mut entry = Entry { severity, ..entry }.with("reason", reason);
    if let Some(identity) = &refused.identity {
        entry = entry.with("oktaId", identity.sub.as_str()).with("userName", identity.user_name.clone());
    }
    if let Some(error) = &refused.okta_error {
        entry = entry.with("oktaError", error.as_str());
    }
    tx.say(entry);
    Ok(())
}
