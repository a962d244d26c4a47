//! `refresh_tokens` and the one-time codes among `login_attempts`: mobile sign-ins. What ends them with a person is in
//! `credentials`.

use super::db::{Link, Tx};
use super::dialect::locking;
use super::sessions::Holder;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::mobile::{Family, MobileCode};
use crate::model::user::PlatformRole;

macro_rules! code_columns {
    () => {
        "select id, user_id, data, expires_at, ended_at from login_attempts "
    };
}

macro_rules! columns {
    () => {
        "select id, user_id, device, secret_hash, generation, created_at, last_used_at, expires_at, ended_at \
         from refresh_tokens "
    };
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    id: Id,
    user_id: Id,
    data: String,
    expires_at: Time,
    ended_at: Option<Time>,
}

impl From<CodeRow> for MobileCode {
    fn from(row: CodeRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            challenge: row.data,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct FamilyRow {
    id: Id,
    user_id: Id,
    device: Option<String>,
    secret_hash: Vec<u8>,
    generation: i64,
    created_at: Time,
    last_used_at: Option<Time>,
    expires_at: Time,
    ended_at: Option<Time>,
}

impl From<FamilyRow> for Family {
    fn from(row: FamilyRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            device: row.device,
            secret_hash: row.secret_hash,
            generation: row.generation,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}

/// Adds a one-time code of a locked person, by its hash.
///
/// # Errors
/// What the engine reports.
pub async fn insert_code(tx: &mut Tx, code: &MobileCode, hash: &[u8]) -> Result<()> {
    const SQL: &str = "insert into login_attempts (id, secret_hash, user_id, kind, data, created_at, expires_at, \
         ended_at) values ($1, $2, $3, 'mobile', $4, $5, $6, null)";
    let now = tx.now();
    query!(tx, SQL, code.id, hash, code.user_id, code.challenge.as_str(), now, code.expires_at => execute)?;
    tx.touch(Resource::LoginAttempt, code.id);
    Ok(())
}

/// Whose one-time code this is, by its hash, live or not.
///
/// # Errors
/// What the engine reports.
pub async fn holder_of_code(link: &mut impl Link, hash: &[u8]) -> Result<Option<Id>> {
    const SQL: &str =
        "select user_id from login_attempts where secret_hash = $1 and kind = 'mobile' and user_id is not null";
    Ok(query!(link, SQL, hash => fetch_optional (Id,))?.map(|(user,)| user))
}

/// The one-time code of this hash, live or not, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_code(tx: &mut Tx, hash: &[u8]) -> Result<Option<MobileCode>> {
    let sql =
        locking!(code_columns!(), "where secret_hash = $1 and kind = 'mobile' and user_id is not null"; "for update");
    Ok(query!(tx, sql, hash => fetch_optional CodeRow)?.map(MobileCode::from))
}

/// Ends a one-time code that nobody has ended.
///
/// # Errors
/// What the engine reports.
pub async fn end_code(tx: &mut Tx, id: Id) -> Result<()> {
    const SQL: &str = "update login_attempts set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    if query!(tx, SQL, id, now => execute)? == 1 {
        tx.touch(Resource::LoginAttempt, id);
    }
    Ok(())
}

/// Adds a family of a locked person.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, family: &Family) -> Result<()> {
    const SQL: &str = "insert into refresh_tokens (id, secret_hash, user_id, device, generation, created_at, last_used_at, \
         expires_at, ended_at) values ($1, $2, $3, $4, $5, $6, null, $7, null)";
    query!(tx, SQL, family.id, family.secret_hash.as_slice(), family.user_id, family.device.as_deref(),
        family.generation, family.created_at, family.expires_at => execute)?;
    tx.touch(Resource::RefreshToken, family.id);
    Ok(())
}

/// The family of this id, live or not, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<Family>> {
    let sql = locking!(columns!(), "where id = $1"; "for update");
    let family = query!(tx, sql, id => fetch_optional FamilyRow)?.map(Family::from);
    if let Some(last) = family.as_ref().and_then(|family| family.last_used_at) {
        // Replicas' clocks differ: a token is never given before the one it follows.
        tx.not_before(last);
    }
    Ok(family)
}

/// Puts the next token into the place of the newest of a locked family.
///
/// # Errors
/// What the engine reports.
pub async fn rotate(tx: &mut Tx, family: &Family, next: &[u8]) -> Result<()> {
    const SQL: &str =
        "update refresh_tokens set secret_hash = $2, generation = generation + 1, last_used_at = $3 where id = $1";
    let now = tx.now();
    query!(tx, SQL, family.id, next, now => execute)?;
    tx.touch(Resource::RefreshToken, family.id);
    Ok(())
}

/// Ends a family that nobody has ended; false when somebody had.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update refresh_tokens set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now => execute)? == 1;
    if ended {
        tx.touch(Resource::RefreshToken, id);
    }
    Ok(ended)
}

/// Ends the families of a locked person but the newest so many; tells which.
///
/// # Errors
/// What the engine reports.
pub async fn end_oldest(tx: &mut Tx, user: Id, keep: i64) -> Result<Vec<Id>> {
    const SQL: &str = "update refresh_tokens set ended_at = $2 where id in (select id from refresh_tokens \
         where user_id = $1 and ended_at is null order by id desc limit 10000 offset $3) returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, now, keep => fetch_all (Id,))?;
    Ok(ended.into_iter().map(|(id,)| id).inspect(|id| tx.touch(Resource::RefreshToken, *id)).collect())
}

/// A person's families that work at this moment, newest first, before this id where one is given.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, user: Id, now: Time, before: Option<Id>, limit: u32) -> Result<Vec<Family>> {
    const FIRST: &str =
        concat!(columns!(), "where user_id = $1 and ended_at is null and expires_at > $2 order by id desc limit $3");
    const NEXT: &str = concat!(
        columns!(),
        "where user_id = $1 and ended_at is null and expires_at > $2 and id < $3 order by id desc limit $4"
    );
    let limit = i64::from(limit);
    let rows = match before {
        None => query!(link, FIRST, user, now, limit => fetch_all FamilyRow)?,
        Some(before) => query!(link, NEXT, user, now, before, limit => fetch_all FamilyRow)?,
    };
    Ok(rows.into_iter().map(Family::from).collect())
}

/// Whose access tokens these are, and what becomes of them.
#[derive(Debug)]
pub struct Bearer {
    /// The person, as they are at this moment.
    pub holder: Holder,
    /// Which epoch of theirs it is: tokens of an earlier one are dead.
    pub auth_epoch: i64,
    /// When the family ends by itself.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
}

#[derive(sqlx::FromRow)]
struct BearerRow {
    id: Id,
    name: Option<String>,
    platform_role: PlatformRole,
    is_active: bool,
    is_break_glass_account: bool,
    auth_epoch: i64,
    expires_at: Time,
    ended_at: Option<Time>,
}

/// Who holds the tokens of a family: one indexed probe.
///
/// # Errors
/// What the engine reports.
pub async fn bearer(link: &mut impl Link, family: Id) -> Result<Option<Bearer>> {
    const SQL: &str = "select u.id, coalesce(u.display_name, u.user_name) as name, u.platform_role, u.is_active, \
         u.is_break_glass_account, u.auth_epoch, r.expires_at, r.ended_at from refresh_tokens r \
         join users u on u.id = r.user_id where r.id = $1";
    let found = query!(link, SQL, family => fetch_optional BearerRow)?;
    Ok(found.map(|row| Bearer {
        holder: Holder {
            id: row.id,
            name: row.name,
            platform_role: row.platform_role,
            is_active: row.is_active,
            is_break_glass_account: row.is_break_glass_account,
        },
        auth_epoch: row.auth_epoch,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
    }))
}
