//! `sessions`: who is signed in. What ends them with a person is in `credentials`.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::session::{Born, Session};
use crate::model::user::PlatformRole;

macro_rules! columns {
    () => {
        "select id, user_id, born, ip, user_agent, created_at, proven_at, last_seen_at, expires_at, ended_at from sessions "
    };
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Id,
    user_id: Id,
    born: Born,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: Time,
    proven_at: Option<Time>,
    last_seen_at: Time,
    expires_at: Time,
    ended_at: Option<Time>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            born: row.born,
            ip: row.ip,
            user_agent: row.user_agent,
            created_at: row.created_at,
            proven_at: row.proven_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}

/// Whose credential it is, as they are at this moment.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Holder {
    /// The row's id.
    pub id: Id,
    /// What to call them.
    pub name: Option<String>,
    /// Their role.
    pub platform_role: PlatformRole,
    /// Whether they have access.
    pub is_active: bool,
    /// Whether it is a break-glass account.
    pub is_break_glass_account: bool,
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    session: SessionRow,
    name: Option<String>,
    platform_role: PlatformRole,
    is_active: bool,
    is_break_glass_account: bool,
}

/// The session of this hash, live or not, with whose it is: one indexed probe.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, hash: &[u8]) -> Result<Option<(Session, Holder)>> {
    const SQL: &str = "select s.id, s.user_id, s.born, s.ip, s.user_agent, s.created_at, s.proven_at, s.last_seen_at, \
         s.expires_at, s.ended_at, coalesce(u.display_name, u.user_name) as name, u.platform_role, u.is_active, \
         u.is_break_glass_account from sessions s join users u on u.id = s.user_id where s.secret_hash = $1";
    let found = query!(link, SQL, hash => fetch_optional Found)?;
    Ok(found.map(|row| {
        let session = Session::from(row.session);
        let holder = Holder {
            id: session.user_id,
            name: row.name,
            platform_role: row.platform_role,
            is_active: row.is_active,
            is_break_glass_account: row.is_break_glass_account,
        };
        (session, holder)
    }))
}

/// A person's sessions that nobody has ended, newest first, at most so many. Some may have expired by themselves.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, user: Id, most: i64) -> Result<Vec<Session>> {
    const SQL: &str = concat!(columns!(), "where user_id = $1 and ended_at is null order by id desc limit $2");
    Ok(query!(link, SQL, user, most => fetch_all SessionRow)?.into_iter().map(Session::from).collect())
}

/// The session of this id, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<Session>> {
    let sql = locking!(columns!(), "where id = $1"; "for update");
    Ok(query!(tx, sql, id => fetch_optional SessionRow)?.map(Session::from))
}

/// Adds a session of a locked person.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, session: &Session, hash: &[u8]) -> Result<()> {
    const SQL: &str = "insert into sessions (id, secret_hash, user_id, born, ip, user_agent, created_at, proven_at, \
         last_seen_at, expires_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null)";
    query!(tx, SQL, session.id, hash, session.user_id, session.born, session.ip.as_deref(),
        session.user_agent.as_deref(), session.created_at, session.proven_at, session.last_seen_at, session.expires_at => execute)?;
    tx.touch(Resource::Session, session.id);
    Ok(())
}

/// Keeps the sealed ID token of a session that was added in this unit.
///
/// # Errors
/// What the engine reports.
pub async fn keep_id_token(tx: &mut Tx, id: Id, sealed: &[u8]) -> Result<()> {
    const SQL: &str = "update sessions set id_token = $2 where id = $1";
    query!(tx, SQL, id, sealed => execute)?;
    tx.touch(Resource::Session, id);
    Ok(())
}

/// The sealed ID token of a session, where it has one.
///
/// # Errors
/// What the engine reports.
pub async fn id_token(link: &mut impl Link, id: Id) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select id_token from sessions where id = $1";
    Ok(query!(link, SQL, id => fetch_optional (Option<Vec<u8>>,))?.and_then(|(sealed,)| sealed))
}

/// Ends a session that nobody has ended; false when somebody had.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update sessions set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now => execute)? == 1;
    if ended {
        tx.touch(Resource::Session, id);
    }
    Ok(ended)
}

/// Ends the sessions of a locked person but the newest so many; tells which.
///
/// # Errors
/// What the engine reports.
pub async fn end_oldest(tx: &mut Tx, user: Id, keep: i64) -> Result<Vec<Id>> {
    const SQL: &str = "update sessions set ended_at = $2 where id in (select id from sessions where user_id = $1 \
         and ended_at is null order by id desc limit 10000 offset $3) returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, now, keep => fetch_all (Id,))?;
    Ok(ended.into_iter().map(|(id,)| id).inspect(|id| tx.touch(Resource::Session, *id)).collect())
}

/// Whether a break-glass account has a session that was seen since then and has not ended.
///
/// # Errors
/// What the engine reports.
pub async fn is_glass_broken(link: &mut impl Link, now: Time, seen_since: Time) -> Result<bool> {
    const SQL: &str = "select s.id from sessions s join users u on u.id = s.user_id where u.is_break_glass_account \
         and s.ended_at is null and s.expires_at > $1 and s.last_seen_at > $2 limit 1";
    Ok(query!(link, SQL, now, seen_since => fetch_optional (Id,))?.is_some())
}

/// Notes when a session let a request in; never moves backwards.
///
/// # Errors
/// What the engine reports.
pub async fn mark_seen(tx: &mut Tx, id: Id, at: Time) -> Result<()> {
    const SQL: &str = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";
    tx.quiet(Quiet::LastSeen);
    query!(tx, SQL, id, at => execute).map(|_| ())
}
