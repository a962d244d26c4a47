//! `api_keys`: hashes of the keys that programs present. What ends them with a person is in `credentials`.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use super::sessions::Holder;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::api_key::ApiKey;
use crate::model::policy::KeyScope;
use crate::model::words::Word;

macro_rules! columns {
    () => {
        "select id, key_id, secret_hash, user_id, name, scopes, created_at, last_used_at, expires_at, ended_at \
         from api_keys "
    };
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: Id,
    key_id: String,
    secret_hash: Vec<u8>,
    user_id: Id,
    name: String,
    scopes: String,
    created_at: Time,
    last_used_at: Option<Time>,
    expires_at: Option<Time>,
    ended_at: Option<Time>,
}

impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            key_id: row.key_id,
            secret_hash: row.secret_hash,
            user_id: row.user_id,
            name: row.name,
            scopes: row.scopes.split(' ').filter_map(KeyScope::from_word).collect(),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}

/// The key of that public part, live or not, with whose it is.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, key_id: &str) -> Result<Option<(ApiKey, Holder)>> {
    const OWNER: &str = "select id, coalesce(display_name, user_name) as name, platform_role, is_active, \
         is_break_glass_account from users where id = $1";
    const SQL: &str = concat!(columns!(), "where key_id = $1");
    let Some(row) = query!(link, SQL, key_id => fetch_optional KeyRow)? else { return Ok(None) };
    let owner = query!(link, OWNER, row.user_id => fetch_optional Holder)?;
    Ok(owner.map(|owner| (ApiKey::from(row), owner)))
}

/// A person's keys that neither ended nor expired, newest first, before this id where one is given, at most so many.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, user: Id, now: Time, before: Option<Id>, most: u32) -> Result<Vec<ApiKey>> {
    const SQL: &str = concat!(
        columns!(),
        "where user_id = $1 and ended_at is null and (expires_at is null or expires_at > $2) and id < $3 \
         order by id desc limit $4"
    );
    let (before, most) = (before.unwrap_or(Id::from(uuid::Uuid::max())), i64::from(most));
    Ok(query!(link, SQL, user, now, before, most => fetch_all KeyRow)?.into_iter().map(ApiKey::from).collect())
}

/// The key of this id, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<ApiKey>> {
    let sql = locking!(columns!(), "where id = $1"; "for update");
    Ok(query!(tx, sql, id => fetch_optional KeyRow)?.map(ApiKey::from))
}

/// Adds a key of a locked person.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<()> {
    const SQL: &str = "insert into api_keys (id, key_id, secret_hash, user_id, name, scopes, created_at, last_used_at, \
         expires_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, null, $8, null)";
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    query!(tx, SQL, key.id, key.key_id.as_str(), key.secret_hash.as_slice(), key.user_id, key.name.as_str(), scopes,
        key.created_at, key.expires_at => execute)?;
    tx.touch(Resource::ApiKey, key.id);
    Ok(())
}

/// Ends a key that nobody has ended; false when somebody had.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update api_keys set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now => execute)? == 1;
    if ended {
        tx.touch(Resource::ApiKey, id);
    }
    Ok(ended)
}

/// Notes when a key let a request in; never moves backwards.
///
/// # Errors
/// What the engine reports.
pub async fn mark_used(tx: &mut Tx, id: Id, at: Time) -> Result<()> {
    const SQL: &str =
        "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)";
    tx.quiet(Quiet::LastSeen);
    query!(tx, SQL, id, at => execute).map(|_| ())
}
