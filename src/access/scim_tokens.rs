//! SCIM tokens: mint, check, revoke, rotate.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::once::Once;
use super::permission;
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::policy::{Caller, Deed};
use crate::model::token::{ScimToken, Scope, TokenMode, TokenOrigin};
use crate::model::words::{Word, words};
use crate::store::{Link, Tx, scim_tokens};

const OF_THE_ENVIRONMENT: &str = "This token is SCIM_BEARER_TOKEN's and lasts as long as the variable holds it. Make a new one, tell \
     Okta, then change the variable or revoke this one.";
const PURPOSE: &str = "scim-token";
const BEARER_PREFIX: &str = "rc_scim_";
const HEADER_PREFIX: &str = "rc_scimh_";
/// No header longer than this can hold a token of anybody's.
const MAX_HEADER: usize = 1_024;

words! {
    /// Why a SCIM credential was refused.
    Refusal {
        /// No Authorization header.
        Missing = "missing",
        /// A scheme other than Bearer, or a header that cannot be read.
        Scheme = "scheme",
        /// A token nobody made.
        Unknown = "unknown",
        /// A token past its end.
        Expired = "expired",
        /// A token that was revoked.
        Revoked = "revoked",
        /// A token without a scheme that was not made for that.
        Bare = "bare",
    }
}

impl Refusal {
    /// What the admin who set the connection up should do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Missing => "No token was sent. Set the Authorization field to: Bearer, a space, and the SCIM token.",
            Self::Scheme => "The Authorization header cannot be used. Send: Bearer, a space, and the SCIM token.",
            Self::Unknown => {
                "This token is not known here. An app made with Okta's wizard puts Bearer before it: the word must not stand in its field. Else make one with: rollcall token create."
            }
            Self::Expired => "This token has expired. Make a new one with: rollcall token create.",
            Self::Revoked => "This token was revoked. Make a new one with: rollcall token create.",
            Self::Bare => {
                "This token needs the word Bearer and a space before it; only tokens made with --header-mode go without."
            }
        }
    }
}

/// A token as presented.
struct Presented<'h> {
    token: &'h str,
    is_bare: bool,
}

fn read_header(header: Option<&str>) -> Result<Presented<'_>, Refusal> {
    let header = header.ok_or(Refusal::Missing)?.trim();
    if header.is_empty() {
        return Err(Refusal::Missing);
    }
    if header.len() > MAX_HEADER {
        return Err(Refusal::Scheme);
    }
    match header.split_once([' ', '\t']) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Presented { token: token.trim(), is_bare: false })
        }
        Some(_) => Err(Refusal::Scheme),
        None if header.eq_ignore_ascii_case("bearer") => Err(Refusal::Missing),
        None => Ok(Presented { token: header, is_bare: true }),
    }
}

/// The public part by which the token's row is found: its own for tokens made here, a piece of the hash for others.
fn key_id(key: &HashKey, token: &str) -> String {
    let made_here = token.strip_prefix(BEARER_PREFIX).or_else(|| token.strip_prefix(HEADER_PREFIX));
    match made_here.and_then(|rest| rest.split_once('_')) {
        Some((key_id, _)) => key_id.chars().take(32).collect(),
        None => format!("env-{}", secret::hex(&key.hash(PURPOSE, token)[..8])),
    }
}

/// Checks what a client presented: one indexed probe and one keyed hash.
///
/// # Errors
/// What the engine reports. A refused credential is the inner error.
pub async fn check(
    link: &mut impl Link,
    key: &HashKey,
    header: Option<&str>,
    now: Time,
) -> Result<Result<ScimToken, Refusal>> {
    let presented = match read_header(header) {
        Ok(presented) => presented,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = scim_tokens::find(link, &key_id(key, presented.token)).await?;
    Ok(judge(found, &presented, &key.hash(PURPOSE, presented.token), now))
}

fn judge(found: Option<ScimToken>, presented: &Presented<'_>, hash: &[u8], now: Time) -> Result<ScimToken, Refusal> {
    let token = found.filter(|token| secret::same_hash(&token.secret_hash, hash)).ok_or(Refusal::Unknown)?;
    if token.ended_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if !token.is_live(now) {
        return Err(Refusal::Expired);
    }
    if presented.is_bare && token.mode != TokenMode::Header {
        return Err(Refusal::Bare);
    }
    Ok(token)
}

/// What a new token should be.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What to call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// How it is presented.
    pub mode: TokenMode,
    /// How long it works; for ever when none.
    pub lifetime: Option<Duration>,
}

/// A token that was just made: shown once, kept nowhere.
pub struct Minted {
    /// The token itself.
    pub token: SecretString,
    /// Its row.
    pub row: ScimToken,
    /// The one that it replaces, as it is now.
    pub replaced: Option<Box<ScimToken>>,
}

/// Makes a token in the name of somebody who is signed in; how the command line makes one is [`create`].
///
/// # Errors
/// [`Error::Forbidden`] when they lost access or role on the way; otherwise what the engine reports.
pub async fn create_for(tx: &mut Tx, key: &HashKey, caller: &Caller, wish: &Wish) -> Result<Minted> {
    permission::hold(tx, caller).await?;
    create(tx, key, wish).await
}

/// What a form that makes a token led to.
pub enum Sent {
    /// A token.
    Made(Minted),
    /// Nothing: the same form made this one before, and whoever did not keep its secret has lost it.
    Before(ScimToken),
}

/// Makes a token by a form, in the name of whoever sent it; a form that is sent again makes none.
///
/// # Errors
/// Those of [`create_for`].
pub async fn create_once(tx: &mut Tx, key: &HashKey, (caller, once): (&Caller, &Once), wish: &Wish) -> Result<Sent> {
    permission::hold(tx, caller).await?;
    if let Some(before) = scim_tokens::made_by(tx, once.bytes()).await? {
        return Ok(Sent::Before(before));
    }
    let minted = mint(tx, key, wish, Some(once)).await?;
    tx.say(told(Action::ScimTokenCreated, &minted.row));
    Ok(Sent::Made(minted))
}

/// Makes a token.
///
/// # Errors
/// What the engine reports.
pub async fn create(tx: &mut Tx, key: &HashKey, wish: &Wish) -> Result<Minted> {
    let minted = mint(tx, key, wish, None).await?;
    tx.say(told(Action::ScimTokenCreated, &minted.row));
    Ok(minted)
}

async fn mint(tx: &mut Tx, key: &HashKey, wish: &Wish, once: Option<&Once>) -> Result<Minted> {
    let key_id = secret::hex(&secret::random_bytes::<6>());
    let prefix = match wish.mode {
        TokenMode::Bearer => BEARER_PREFIX,
        TokenMode::Header => HEADER_PREFIX,
    };
    let token = format!("{prefix}{key_id}_{}", secret::hex(&secret::random_bytes::<32>()));
    let now = tx.now();
    let row = ScimToken {
        id: Id::fresh(),
        key_id,
        secret_hash: key.hash(PURPOSE, &token).to_vec(),
        name: wish.name.clone(),
        scopes: wish.scopes.clone(),
        mode: wish.mode,
        origin: TokenOrigin::Minted,
        created_by: tx.ctx().actor.label(),
        created_at: now,
        expires_at: wish.lifetime.map(|span| now.plus(span)),
        last_used_at: None,
        ended_at: None,
    };
    if !scim_tokens::insert(tx, &row, once.map(Once::bytes)).await? {
        return Err(Error::internal("two tokens were given the same public part"));
    }
    Ok(Minted { token: token.into(), row, replaced: None })
}

fn told(action: Action, token: &ScimToken) -> Entry {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    Entry::about(action, Resource::ScimToken, token.id)
        .with("name", token.name.as_str())
        .with("prefix", token.prefix())
        .with("scopes", scopes)
        .with("mode", token.mode.as_str())
        .with("expiresAt", token.expires_at.map(Time::rfc3339))
}

/// Revokes a token by its public part or its id; again is no fault.
///
/// # Errors
/// [`Error::NotFound`] when there is no such token.
pub async fn revoke(tx: &mut Tx, key_id: &str) -> Result<ScimToken> {
    let mut token = lock(tx, key_id).await?;
    if token.ended_at.is_none() {
        token.ended_at = Some(tx.now());
        scim_tokens::set_end(tx, token.id, token.ended_at, token.expires_at).await?;
        tx.say(told(Action::ScimTokenRevoked, &token));
    }
    Ok(token)
}

/// Revokes a token in the name of somebody who is signed in, as [`revoke`] does. What only ends something asks what the
/// caller may by what they were when they came in, as every end of access does: nothing is made in their name that could
/// outlive their right to it.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::NotFound`] when there is no such token.
pub async fn revoke_for(tx: &mut Tx, caller: &Caller, id: Id) -> Result<ScimToken> {
    permission::demand_at_all(caller, Deed::ManageScimTokens)?;
    revoke(tx, &id.to_string()).await
}

/// Replaces a token by a new one of the same kind; the old one goes on working for `overlap`, so that nothing breaks
/// while Okta is told the new one.
///
/// # Errors
/// [`Error::NotFound`] when there is no such token, [`Error::Conflict`] when it works no more.
pub async fn rotate(tx: &mut Tx, key: &HashKey, key_id: &str, overlap: Duration) -> Result<Minted> {
    replace(tx, key, (key_id, overlap), None).await
}

async fn replace(
    tx: &mut Tx,
    key: &HashKey,
    (key_id, overlap): (&str, Duration),
    once: Option<&Once>,
) -> Result<Minted> {
    let mut old = lock(tx, key_id).await?;
    let now = tx.now();
    if !old.is_live(now) {
        return Err(Error::conflict("This token works no more; make a new one instead."));
    }
    if old.origin == TokenOrigin::Environment {
        // Every start of a server takes the variable at its word, and would undo the end.
        return Err(Error::conflict(OF_THE_ENVIRONMENT));
    }
    let lifetime = old.expires_at.map(|end| Duration::from_micros(end.micros().abs_diff(old.created_at.micros())));
    let wish = Wish { name: old.name.clone(), scopes: old.scopes.clone(), mode: old.mode, lifetime };
    let minted = mint(tx, key, &wish, once).await?;
    let end = now.plus(overlap);
    old.expires_at = Some(old.expires_at.map_or(end, |earlier| earlier.min(end)));
    scim_tokens::set_end(tx, old.id, None, old.expires_at).await?;
    let entry = told(Action::ScimTokenRotated, &old).ending(vec![(Resource::ScimToken, minted.row.id)]);
    tx.say(entry.with("successor", minted.row.prefix()));
    Ok(Minted { replaced: Some(Box::new(old)), ..minted })
}

/// Replaces a token in the name of somebody who is signed in, as [`rotate`] does.
///
/// # Errors
/// [`Error::Forbidden`] when they lost access or role on the way; otherwise those of [`rotate`].
pub async fn rotate_for(tx: &mut Tx, key: &HashKey, caller: &Caller, id: Id, overlap: Duration) -> Result<Minted> {
    permission::hold(tx, caller).await?;
    rotate(tx, key, &id.to_string(), overlap).await
}

/// Replaces a token by a form, in the name of whoever sent it; a form that is sent again replaces nothing.
///
/// # Errors
/// Those of [`rotate_for`].
pub async fn rotate_once(
    tx: &mut Tx,
    key: &HashKey,
    (caller, once): (&Caller, &Once),
    (id, overlap): (Id, Duration),
) -> Result<Sent> {
    permission::hold(tx, caller).await?;
    if let Some(before) = scim_tokens::made_by(tx, once.bytes()).await? {
        return Ok(Sent::Before(before));
    }
    replace(tx, key, (&id.to_string(), overlap), Some(once)).await.map(Sent::Made)
}

/// The token of this public part, or of this id.
async fn lock(tx: &mut Tx, which: &str) -> Result<ScimToken> {
    let by_id = match Id::parse(which) {
        Some(id) => scim_tokens::key_of(tx, id).await?,
        None => None,
    };
    let found = scim_tokens::lock(tx, by_id.as_deref().unwrap_or(which)).await?;
    found.ok_or_else(|| Error::not_found("There is no token with this id; see: rollcall token list."))
}

/// Makes the token given by the environment work, and any earlier one of the environment's stop. One that an admin
/// revoked stays revoked: whoever has it must not come back with the next restart.
///
/// # Errors
/// [`Error::Conflict`] when the token is the revoked one; otherwise what the engine reports.
pub async fn adopt_environment(tx: &mut Tx, key: &HashKey, token: Option<&SecretString>) -> Result<()> {
    let wanted = token.map(|token| key_id(key, token.expose_secret()));
    for old in scim_tokens::live_from_environment(tx).await? {
        if Some(&old) != wanted.as_ref() {
            expire(tx, &old).await?;
        }
    }
    let (Some(key_id), Some(token)) = (wanted, token) else { return Ok(()) };
    let Some(row) = scim_tokens::lock(tx, &key_id).await? else {
        return add_environment(tx, key, key_id, token).await;
    };
    let is_it = secret::same_hash(&row.secret_hash, &key.hash(PURPOSE, token.expose_secret()));
    if row.ended_at.is_some() || !is_it {
        return Err(Error::conflict("SCIM_BEARER_TOKEN holds a token that was revoked here; give it another one."));
    }
    if row.origin == TokenOrigin::Environment && row.expires_at.is_some() {
        scim_tokens::set_end(tx, row.id, None, None).await?;
        tx.say(told(Action::ScimTokenCreated, &row));
    }
    Ok(())
}

/// Lets a token of an earlier environment end; the same environment may come back to it.
async fn expire(tx: &mut Tx, key_id: &str) -> Result<()> {
    let mut token = lock(tx, key_id).await?;
    token.expires_at = Some(tx.now());
    scim_tokens::set_end(tx, token.id, None, token.expires_at).await?;
    tx.say(told(Action::ScimTokenRevoked, &token));
    Ok(())
}

async fn add_environment(tx: &mut Tx, key: &HashKey, key_id: String, token: &SecretString) -> Result<()> {
    let row = ScimToken {
        id: Id::fresh(),
        key_id,
        secret_hash: key.hash(PURPOSE, token.expose_secret()).to_vec(),
        name: "SCIM_BEARER_TOKEN".to_owned(),
        scopes: Scope::ALL.to_vec(),
        mode: TokenMode::Bearer,
        origin: TokenOrigin::Environment,
        created_by: tx.ctx().actor.label(),
        created_at: tx.now(),
        expires_at: None,
        last_used_at: None,
        ended_at: None,
    };
    // Another replica may have added it meanwhile, which is as good.
    if scim_tokens::insert(tx, &row, None).await? {
        tx.say(told(Action::ScimTokenCreated, &row));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(header: &str) -> Result<(&str, bool), Refusal> {
        read_header(Some(header)).map(|presented| (presented.token, presented.is_bare))
    }

    #[test]
    fn bearer_is_read_in_any_letter_case() {
        assert_eq!(token_of("Bearer abc"), Ok(("abc", false)));
        assert_eq!(token_of("bEARER  abc "), Ok(("abc", false)));
    }

    #[test]
    fn a_bare_value_is_read_as_such() {
        assert_eq!(token_of("abc"), Ok(("abc", true)));
    }

    #[test]
    fn other_schemes_and_empty_headers_are_refused() {
        assert_eq!(token_of("Basic abc"), Err(Refusal::Scheme));
        assert_eq!(token_of("   "), Err(Refusal::Missing));
        assert_eq!(token_of("Bearer"), Err(Refusal::Missing));
        assert!(matches!(read_header(None), Err(Refusal::Missing)));
    }
}
