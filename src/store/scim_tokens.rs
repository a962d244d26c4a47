//! `scim_tokens`: hashes of the tokens SCIM clients present.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::token::{ScimToken, Scope, TokenMode, TokenOrigin};
use crate::model::words::Word;

macro_rules! columns {
    () => {
        "select id, key_id, secret_hash, name, scopes, mode, origin, created_by, created_at, expires_at, last_used_at, \
         ended_at from scim_tokens "
    };
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Id,
    key_id: String,
    secret_hash: Vec<u8>,
    name: String,
    scopes: String,
    mode: TokenMode,
    origin: TokenOrigin,
    created_by: String,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    ended_at: Option<Time>,
}

impl From<TokenRow> for ScimToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            key_id: row.key_id,
            secret_hash: row.secret_hash,
            name: row.name,
            scopes: row.scopes.split(' ').filter_map(Scope::from_word).collect(),
            mode: row.mode,
            origin: row.origin,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            ended_at: row.ended_at,
        }
    }
}

/// The token of that public part, live or not.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, key_id: &str) -> Result<Option<ScimToken>> {
    const SQL: &str = concat!(columns!(), "where key_id = $1");
    Ok(query!(link, SQL, key_id => fetch_optional TokenRow)?.map(ScimToken::from))
}

/// Every token, newest first.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link) -> Result<Vec<ScimToken>> {
    const SQL: &str = concat!(columns!(), "order by created_at desc, id desc");
    Ok(query!(link, SQL => fetch_all TokenRow)?.into_iter().map(ScimToken::from).collect())
}

/// The next so many tokens older than this one, newest first.
///
/// # Errors
/// What the engine reports.
pub async fn page(link: &mut impl Link, before: Option<Id>, count: u32) -> Result<Vec<ScimToken>> {
    const SQL: &str = concat!(columns!(), "where id < $1 order by id desc limit $2");
    let before = before.unwrap_or(Id::from(uuid::Uuid::max()));
    Ok(query!(link, SQL, before, i64::from(count) => fetch_all TokenRow)?.into_iter().map(ScimToken::from).collect())
}

/// The tokens that work and end by themselves between two moments, the first to end first; so many at most.
///
/// # Errors
/// What the engine reports.
pub async fn ending(link: &mut impl Link, after: Time, until: Time, most: i64) -> Result<Vec<ScimToken>> {
    const SQL: &str = concat!(
        columns!(),
        "where ended_at is null and expires_at > $1 and expires_at <= $2 order by expires_at, id limit $3"
    );
    Ok(query!(link, SQL, after, until, most => fetch_all TokenRow)?.into_iter().map(ScimToken::from).collect())
}

/// The token of this id, live or not.
///
/// # Errors
/// What the engine reports.
pub async fn read(link: &mut impl Link, id: Id) -> Result<Option<ScimToken>> {
    const SQL: &str = concat!(columns!(), "where id = $1");
    Ok(query!(link, SQL, id => fetch_optional TokenRow)?.map(ScimToken::from))
}

/// The token that a form made, by the hash of the form's one-time value.
///
/// # Errors
/// What the engine reports.
pub async fn made_by(link: &mut impl Link, once: &[u8]) -> Result<Option<ScimToken>> {
    const SQL: &str = concat!(columns!(), "where once_hash = $1");
    Ok(query!(link, SQL, once => fetch_optional TokenRow)?.map(ScimToken::from))
}

/// The public part of the token of this id.
///
/// # Errors
/// What the engine reports.
pub async fn key_of(link: &mut impl Link, id: Id) -> Result<Option<String>> {
    const SQL: &str = "select key_id from scim_tokens where id = $1";
    Ok(query!(link, SQL, id => fetch_optional KeyId)?.map(|row| row.key_id))
}

/// The token of that public part, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, key_id: &str) -> Result<Option<ScimToken>> {
    let sql = locking!(columns!(), "where key_id = $1"; "for update");
    Ok(query!(tx, sql, key_id => fetch_optional TokenRow)?.map(ScimToken::from))
}

/// Adds a token, with the hash of the one-time value of the form that made it, where one did; false, and nothing done, when
/// its public part is there already.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, token: &ScimToken, once: Option<&[u8]>) -> Result<bool> {
    const SQL: &str = "insert into scim_tokens (id, key_id, secret_hash, name, scopes, mode, origin, created_by, \
         created_at, expires_at, last_used_at, ended_at, once_hash) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null, null, $11) \
         on conflict do nothing";
    let scopes = token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    let added = query!(tx, SQL, token.id, token.key_id.as_str(), token.secret_hash.as_slice(), token.name.as_str(),
        scopes, token.mode, token.origin, token.created_by.as_str(), token.created_at, token.expires_at, once => execute)?;
    if added == 1 {
        tx.touch(Resource::ScimToken, token.id);
    }
    Ok(added == 1)
}

/// Sets when a locked token stops working: now for a revocation, later for a rotation, none to let it live again.
///
/// # Errors
/// What the engine reports.
pub async fn set_end(tx: &mut Tx, id: Id, ended_at: Option<Time>, expires_at: Option<Time>) -> Result<()> {
    const SQL: &str = "update scim_tokens set ended_at = $2, expires_at = $3 where id = $1";
    query!(tx, SQL, id, ended_at, expires_at => execute)?;
    tx.touch(Resource::ScimToken, id);
    Ok(())
}

#[derive(sqlx::FromRow)]
struct KeyId {
    key_id: String,
}

/// The public parts of tokens that came from the environment and still work.
///
/// # Errors
/// What the engine reports.
pub async fn live_from_environment(tx: &mut Tx) -> Result<Vec<String>> {
    const SQL: &str = "select key_id from scim_tokens where origin = 'environment' and ended_at is null \
         and expires_at is null order by key_id";
    Ok(query!(tx, SQL => fetch_all KeyId)?.into_iter().map(|row| row.key_id).collect())
}

/// Notes when a token let a request in; never moves backwards.
///
/// # Errors
/// What the engine reports.
pub async fn mark_used(tx: &mut Tx, id: Id, at: Time) -> Result<()> {
    const SQL: &str =
        "update scim_tokens set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)";
    tx.quiet(Quiet::LastSeen);
    query!(tx, SQL, id, at => execute).map(|_| ())
}
