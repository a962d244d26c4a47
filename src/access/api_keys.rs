//! API keys: mint, check, list, revoke.

use std::time::Duration;

use secrecy::SecretString;

use super::callers::Refusal;
use super::permission;
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::api_key::ApiKey;
use crate::model::policy::{Caller, Deed, KeyScope};
use crate::model::words::Word;
use crate::store::sessions::Holder;
use crate::store::{Link, Tx, api_keys, users};

const PURPOSE: &str = "api-key";
const PREFIX: &str = "rc_key_";
/// No header longer than this holds a key.
const LONGEST: usize = 256;
/// How many live keys a person has at most.
pub const MOST: u32 = 25;
const NO_SUCH_KEY: &str = "There is no API key with this id.";

/// What a new key should be.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What to call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<KeyScope>,
    /// How long it works; for ever when none.
    pub lifetime: Option<Duration>,
}

/// A key that was just made: shown once, kept nowhere.
pub struct Minted {
    /// The key itself.
    pub key: SecretString,
    /// Its row.
    pub row: ApiKey,
}

fn is_live(key: &ApiKey, now: Time) -> bool {
    key.ended_at.is_none() && key.expires_at.is_none_or(|end| now < end)
}

/// The public part of a key, where it has the form of one.
fn key_id(presented: &str) -> Option<&str> {
    let rest = presented.strip_prefix(PREFIX).filter(|_| presented.len() <= LONGEST)?;
    rest.split_once('_').map(|(key_id, _)| key_id)
}

/// Judges a key: one indexed probe and one keyed hash.
///
/// # Errors
/// What the engine reports. A refused key is the inner error.
pub async fn check(
    link: &mut impl Link,
    key: &HashKey,
    presented: &str,
    now: Time,
) -> Result<Result<(ApiKey, Holder), Refusal>> {
    let found = match key_id(presented) {
        Some(key_id) => api_keys::find(link, key_id).await?,
        None => None,
    };
    let hash = key.hash(PURPOSE, presented);
    let found = found.filter(|(row, _)| secret::same_hash(&row.secret_hash, &hash));
    Ok(found.ok_or(Refusal::Unknown).and_then(|(row, owner)| match () {
        () if row.ended_at.is_some() => Err(Refusal::Ended),
        () if !is_live(&row, now) => Err(Refusal::Expired),
        () if !owner.is_active || owner.is_break_glass_account => Err(Refusal::Inactive),
        () => Ok((row, owner)),
    }))
}

/// Makes a key of the caller's own.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Conflict`] when they have too many.
pub async fn mint(tx: &mut Tx, key: &HashKey, caller: &Caller, wish: &Wish) -> Result<Minted> {
    permission::demand(tx, caller, Deed::MintKeys, caller.user).await?;
    let owner = users::lock(tx, caller.user).await?.filter(|user| user.is_active);
    let owner = owner.ok_or_else(|| Error::forbidden(permission::NOT_ALLOWED))?;
    let now = tx.now();
    let live = api_keys::list(tx, owner.id, now, None, MOST).await?;
    if live.len() >= MOST as usize {
        return Err(Error::conflict(format!("You have {MOST} API keys, which is as many as anybody may; revoke one.")));
    }
    let key_id = secret::hex(&secret::random_bytes::<6>());
    let minted = format!("{PREFIX}{key_id}_{}", secret::hex(&secret::random_bytes::<32>()));
    let row = ApiKey {
        id: Id::fresh(),
        key_id,
        secret_hash: key.hash(PURPOSE, &minted).to_vec(),
        user_id: owner.id,
        name: wish.name.clone(),
        scopes: wish.scopes.clone(),
        created_at: now,
        last_used_at: None,
        expires_at: wish.lifetime.map(|span| now.plus(span)),
        ended_at: None,
    };
    api_keys::insert(tx, &row).await?;
    tx.say(told(Action::ApiKeyCreated, &row));
    Ok(Minted { key: minted.into(), row })
}

fn told(action: Action, key: &ApiKey) -> Entry {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let entry = Entry { user_id: Some(key.user_id), ..Entry::about(action, Resource::ApiKey, key.id) };
    entry
        .with("name", key.name.as_str())
        .with("prefix", key.prefix())
        .with("scopes", scopes)
        .with("expiresAt", key.expires_at.map(Time::rfc3339))
}

/// A person's live keys, newest first, before this one where one is given.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    user: Id,
    now: Time,
    (before, limit): (Option<Id>, u32),
) -> Result<Vec<ApiKey>> {
    permission::demand(link, caller, Deed::ReadKeys, user).await?;
    api_keys::list(link, user, now, before, limit).await
}

/// Revokes a key; again is no fault.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is not the caller's to revoke.
pub async fn revoke(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let missing = || Error::not_found(NO_SUCH_KEY);
    let key = api_keys::lock(tx, id).await?.ok_or_else(missing)?;
    if !permission::allows(tx, caller, Deed::RevokeKeys, key.user_id).await? {
        return Err(missing());
    }
    if api_keys::end(tx, id).await? {
        tx.say(told(Action::ApiKeyRevoked, &key));
    }
    Ok(())
}
