//! Mobile sign-ins: a one-time code for whoever was recognised, exchanged for a family of tokens, of which each refresh
//! token works once.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::callers::Refusal;
use super::jwt::{self, Subject};
use super::limits::{self, Counted};
use super::permission;
use super::refresh_token::RefreshToken;
use super::secret::{self, HashKey};
use super::sessions::{self, Begun, NOT_LET_IN};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::mobile::{Family, MobileAttempt, MobileCode};
use crate::model::policy::{Caller, Deed};
use crate::model::session::Born;
use crate::store::mobile::{self as rows, Bearer};
use crate::store::{Link, Tx, users};

/// How long a one-time code works.
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);
/// How long a mobile sign-in lasts, however it is used.
pub const LIFETIME: Duration = Duration::from_hours(90 * 24);
/// How long the token that was just replaced is answered with the one that replaced it: its answer may have been lost.
pub const GRACE: Duration = Duration::from_secs(10);
/// How many mobile sign-ins a person has at most; one more ends the oldest.
pub const MOST: i64 = 20;
/// How often one family is refreshed in a quarter of an hour: an access token lasts that long.
pub const REFRESHES: Counted = Counted { what: "refresh", most: 30 };
/// How many codes and tokens may be refused from one network in a quarter of an hour.
pub const REFUSALS: Counted = Counted { what: "mobile", most: 30 };
/// How long the parts of a code's proof are (RFC 7636 §4.1 and §4.2).
pub const CHALLENGE_LENGTH: usize = 43;

const CODE_PURPOSE: &str = "mobile-code";
const CODE_PREFIX: &str = "rc_code_";
const NO_SUCH_SIGN_IN: &str = "There is no mobile sign-in with this id.";

/// The keys that mobile sign-ins need.
#[derive(Clone, Copy)]
pub struct Keys<'k> {
    /// Of the hashes of codes and refresh tokens.
    pub hash: &'k HashKey,
    /// Of access tokens.
    pub access: &'k jwt::Keys,
}

/// A code that was just made: it goes to the app by the redirect, and is kept nowhere.
pub struct OneTimeCode {
    /// The code.
    pub code: SecretString,
    /// Until when it works.
    pub expires_at: Time,
}

/// What an app brings to be signed in.
pub struct Exchange {
    /// The code it was handed.
    pub code: String,
    /// What its challenge was made of.
    pub verifier: String,
    /// What it calls the device.
    pub device: String,
}

/// The tokens that an app goes on with.
pub struct Granted {
    /// For requests, a quarter of an hour.
    pub access: SecretString,
    /// For the next pair, once.
    pub refresh: SecretString,
    /// The sign-in they belong to.
    pub family: Family,
}

/// Who is to be handed a code: somebody who was just recognised.
pub struct Comer<'a> {
    /// The person.
    pub person: Id,
    /// What their app asked for.
    pub attempt: &'a MobileAttempt,
    /// How the sign-in began.
    pub begun: Begun,
    /// What came to its end for the code.
    pub gone: Vec<(Resource, Id)>,
}

/// Hands a person who was just recognised a code for their app. The person's row is held meanwhile, so that whoever
/// ends access either ends the code too or is seen here.
///
/// # Errors
/// [`Error::Unproven`] when the person has no access, lost it since the sign-in began, or is a break-glass account; an
/// internal error for a challenge that is none.
pub async fn hand_out(tx: &mut Tx, key: &HashKey, comer: Comer<'_>) -> Result<OneTimeCode> {
    let Comer { person, attempt, begun, gone } = comer;
    if attempt.code_challenge.len() != CHALLENGE_LENGTH {
        return Err(Error::internal("a mobile sign-in came this far without a challenge"));
    }
    let found = users::lock(tx, person).await?;
    let now = tx.now();
    if !found.is_some_and(|user| sessions::may_enter(&user, Born::Okta, begun, now)) {
        return Err(Error::Unproven(NOT_LET_IN.into()));
    }
    let code = format!("{CODE_PREFIX}{}", secret::hex(&secret::random_bytes::<32>()));
    let expires_at = tx.now().plus(CODE_LIFETIME);
    let row = MobileCode {
        id: Id::fresh(),
        user_id: person,
        challenge: attempt.code_challenge.clone(),
        expires_at,
        ended_at: None,
    };
    rows::insert_code(tx, &row, &key.hash(CODE_PURPOSE, &code)).await?;
    tx.say(about_code(Action::AuthMobileCode, &row).ending(gone));
    Ok(OneTimeCode { code: code.into(), expires_at })
}

fn about_code(action: Action, code: &MobileCode) -> Entry {
    Entry { user_id: Some(code.user_id), ..Entry::about(action, Resource::LoginAttempt, code.id) }
}

/// The epoch and the name of a person who may sign in, locked.
async fn lock_enterer(tx: &mut Tx, person: Id) -> Result<(i64, String)> {
    let found = users::lock(tx, person).await?.filter(|user| user.is_active && !user.is_break_glass);
    let user = found.ok_or(Error::Unproven(NOT_LET_IN.into()))?;
    Ok((user.auth_epoch, user.title()))
}

/// Exchanges a one-time code for the tokens of a new family. A wrong verifier spends the code; a code that comes a
/// second time with its verifier was copied, and ends what it opened.
///
/// # Errors
/// What the engine reports. A refused code is the inner error.
pub async fn exchange(tx: &mut Tx, keys: Keys<'_>, wish: &Exchange) -> Result<Result<Granted, Refusal>> {
    let hash = keys.hash.hash(CODE_PURPOSE, &wish.code);
    let Some(person) = rows::holder_of_code(tx, &hash).await? else { return Ok(Err(Refusal::Unknown)) };
    // People are locked before what is theirs.
    let entered = lock_enterer(tx, person).await;
    let Some(code) = rows::lock_code(tx, &hash).await? else { return Ok(Err(Refusal::Unknown)) };
    let is_right = answers(&wish.verifier, &code.challenge);
    match entered {
        _ if code.ended_at.is_some() && is_right => end_copied(tx, &code).await.map(|()| Err(Refusal::Ended)),
        _ if code.ended_at.is_some() => Ok(Err(Refusal::Ended)),
        _ if tx.ctx().now >= code.expires_at => Ok(Err(Refusal::Expired)),
        Err(Error::Unproven(_)) => Ok(Err(Refusal::Inactive)),
        Err(other) => Err(other),
        Ok(_) if !is_right => {
            rows::end_code(tx, code.id).await?;
            tx.say(about_code(Action::AuthMobileSignedIn, &code).refused().with("reason", "verifier"));
            Ok(Err(Refusal::Unknown))
        }
        Ok((epoch, name)) => open(tx, keys, &code, wish, (epoch, &name)).await.map(Ok),
    }
}

/// Whether a verifier is what the challenge was made of (RFC 7636 §4.6, S256).
fn answers(verifier: &str, challenge: &str) -> bool {
    let made = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    secret::same_hash(made.as_bytes(), challenge.as_bytes())
}

async fn open(
    tx: &mut Tx,
    keys: Keys<'_>,
    code: &MobileCode,
    wish: &Exchange,
    (epoch, name): (i64, &str),
) -> Result<Granted> {
    let (now, refresh) = (tx.now(), RefreshToken::first(keys.hash, code.id));
    let family = Family {
        id: code.id,
        user_id: code.user_id,
        device: Some(wish.device.clone()),
        secret_hash: refresh.hash(keys.hash).to_vec(),
        generation: refresh.generation,
        created_at: now,
        last_used_at: None,
        expires_at: now.plus(LIFETIME),
        ended_at: None,
    };
    rows::end_code(tx, code.id).await?;
    rows::insert(tx, &family).await?;
    let over = rows::end_oldest(tx, family.user_id, MOST).await?;
    let mut ended: Vec<_> = over.into_iter().map(|id| (Resource::RefreshToken, id)).collect();
    ended.push((Resource::LoginAttempt, code.id));
    tx.say(told(Action::AuthMobileSignedIn, &family).ending(ended).with("name", name));
    grant(keys, &refresh, family, epoch, now)
}

fn grant(keys: Keys<'_>, refresh: &RefreshToken, family: Family, epoch: i64, now: Time) -> Result<Granted> {
    let access = keys.access.sign(&Subject { user: family.user_id, family: family.id, epoch }, now)?;
    Ok(Granted { access, refresh: refresh.text().into(), family })
}

fn told(action: Action, family: &Family) -> Entry {
    let entry = Entry { user_id: Some(family.user_id), ..Entry::about(action, Resource::RefreshToken, family.id) };
    entry.with("device", family.device.clone())
}

async fn end_copied(tx: &mut Tx, code: &MobileCode) -> Result<()> {
    if let Some(family) = rows::lock(tx, code.id).await?
        && rows::end(tx, family.id).await?
    {
        tx.say(told(Action::AuthMobileReused, &family).with("what", "code"));
    }
    Ok(())
}

/// Gives the next pair of tokens for a refresh token. The one just replaced is answered with the same successor for a
/// moment; any earlier one was copied, and ends the family.
///
/// # Errors
/// [`Error::Limited`] when the family is refreshed all the time. A refused token is the inner error.
pub async fn refresh(tx: &mut Tx, keys: Keys<'_>, presented: &str) -> Result<Result<Granted, Refusal>> {
    let Some(token) = RefreshToken::read(keys.hash, presented) else { return Ok(Err(Refusal::Unknown)) };
    let Some(family) = rows::lock(tx, token.family).await? else { return Ok(Err(Refusal::Unknown)) };
    // Read after the lock: an end of access under way either waits for this unit and then ends the family, or was here
    // before it.
    let bearer = rows::bearer(tx, family.id).await?.ok_or_else(|| Error::internal("a family without its person"))?;
    if let Some(refusal) = refusal_of(&bearer, tx.ctx().now) {
        return Ok(Err(refusal));
    }
    let next = token.successor(keys.hash);
    let is_next = family.generation == next.generation && next.is(keys.hash, &family.secret_hash);
    let now = tx.now();
    if token.generation == family.generation && token.is(keys.hash, &family.secret_hash) {
        rotate(tx, keys, &family, &next).await?;
    } else if !is_next || family.last_used_at.is_none_or(|last| last.plus(GRACE) <= now) {
        return turn_away(tx, &family, &token).await.map(Err);
    }
    grant(keys, &next, family, bearer.auth_epoch, now).map(Ok)
}

async fn rotate(tx: &mut Tx, keys: Keys<'_>, family: &Family, next: &RefreshToken) -> Result<()> {
    if let Some(seconds) = limits::count(tx, keys.hash, REFRESHES, &family.id.to_string()).await? {
        return Err(Error::Limited { why: "This sign-in is refreshed too often.".into(), seconds });
    }
    rows::rotate(tx, family, &next.hash(keys.hash)).await?;
    tx.say(told(Action::AuthMobileRefreshed, family));
    Ok(())
}

/// A token of ours that is not the newest: whoever has an earlier one has a copy.
async fn turn_away(tx: &mut Tx, family: &Family, token: &RefreshToken) -> Result<Refusal> {
    if token.generation >= family.generation {
        return Ok(Refusal::Unknown);
    }
    rows::end(tx, family.id).await?;
    tx.say(told(Action::AuthMobileReused, family).with("what", "refresh token"));
    Ok(Refusal::Ended)
}

/// Why a family lets nobody in at this moment, where it does not.
fn refusal_of(bearer: &Bearer, now: Time) -> Option<Refusal> {
    match () {
        () if bearer.ended_at.is_some() => Some(Refusal::Ended),
        () if now >= bearer.expires_at => Some(Refusal::Expired),
        () if !bearer.holder.is_active || bearer.holder.is_break_glass_account => Some(Refusal::Inactive),
        () => None,
    }
}

/// Judges an access token: its signature, and one indexed probe for what became of it since.
///
/// # Errors
/// What the engine reports. A refused token is the inner error.
pub async fn check(
    link: &mut impl Link,
    keys: &jwt::Keys,
    presented: &str,
    now: Time,
) -> Result<Result<(Id, Bearer), Refusal>> {
    let subject = match keys.read(presented, now) {
        Ok(subject) => subject,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = rows::bearer(link, subject.family).await?.filter(|bearer| bearer.holder.id == subject.user);
    let Some(bearer) = found else { return Ok(Err(Refusal::Unknown)) };
    let stale = (bearer.auth_epoch != subject.epoch).then_some(Refusal::Ended);
    Ok(match refusal_of(&bearer, now).or(stale) {
        Some(refusal) => Err(refusal),
        None => Ok((subject.family, bearer)),
    })
}

/// A person's mobile sign-ins that work, newest first, before this one where one is given.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    user: Id,
    now: Time,
    (before, limit): (Option<Id>, u32),
) -> Result<Vec<Family>> {
    permission::demand(link, caller, Deed::ReadMobile, user).await?;
    rows::list(link, user, now, before, limit).await
}

/// Ends a mobile sign-in; again is no fault.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is not the caller's to end.
pub async fn end(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let missing = || Error::not_found(NO_SUCH_SIGN_IN);
    let family = rows::lock(tx, id).await?.ok_or_else(missing)?;
    if !permission::allows(tx, caller, Deed::EndMobile, family.user_id).await? {
        return Err(missing());
    }
    end_family(tx, &family).await
}

/// Ends the sign-in that a token of it was presented for, an access token that works or any refresh token of it; again
/// is no fault, so that an app can always sign out.
///
/// # Errors
/// What the engine reports. A token of nothing is the inner error.
pub async fn end_presented(tx: &mut Tx, keys: Keys<'_>, presented: &str) -> Result<Result<(), Refusal>> {
    let named = match RefreshToken::read(keys.hash, presented) {
        Some(token) => Ok(token.family),
        None => keys.access.read(presented, tx.ctx().now).map(|subject| subject.family),
    };
    let family = match named {
        Ok(family) => rows::lock(tx, family).await?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(family) = family else { return Ok(Err(Refusal::Unknown)) };
    end_family(tx, &family).await.map(Ok)
}

async fn end_family(tx: &mut Tx, family: &Family) -> Result<()> {
    if rows::end(tx, family.id).await? {
        tx.say(told(Action::AuthMobileEnded, family));
    }
    Ok(())
}

/// What a code or a token is in a log: nothing.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Exchange").field("device", &self.device).finish_non_exhaustive()
    }
}

impl Granted {
    /// The access token.
    #[must_use]
    pub fn access(&self) -> &str {
        self.access.expose_secret()
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh(&self) -> &str {
        self.refresh.expose_secret()
    }
}
