//! `user_devices`: where push messages go. What ends them with a person is in `credentials`.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::device::{Device, Platform};

macro_rules! columns {
    () => {
        "select id, user_id, platform, token, name, last_seen_at, created_at, proven_at, ended_at from user_devices "
    };
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    id: Id,
    user_id: Id,
    platform: Platform,
    token: String,
    name: Option<String>,
    last_seen_at: Option<Time>,
    created_at: Time,
    proven_at: Option<Time>,
    ended_at: Option<Time>,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            platform: row.platform,
            token: row.token,
            name: row.name,
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
            proven_at: row.proven_at,
            ended_at: row.ended_at,
        }
    }
}

/// The device of this id, live or not, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<Device>> {
    let sql = locking!(columns!(), "where id = $1"; "for update");
    Ok(query!(tx, sql, id => fetch_optional DeviceRow)?.map(Device::from))
}

/// The live device of this push token, locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_token(tx: &mut Tx, token: &str) -> Result<Option<Device>> {
    let sql = locking!(columns!(), "where token = $1 and ended_at is null"; "for update");
    Ok(query!(tx, sql, token => fetch_optional DeviceRow)?.map(Device::from))
}

/// Adds a device of a locked person, of which nothing is proven; false when a live one has its token.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, device: &Device) -> Result<bool> {
    const SQL: &str = "insert into user_devices (id, user_id, platform, token, name, last_seen_at, created_at, \
         ended_at) values ($1, $2, $3, $4, $5, $6, $7, null) on conflict do nothing";
    let added = query!(tx, SQL, device.id, device.user_id, device.platform, device.token.as_str(),
        device.name.as_deref(), device.last_seen_at, device.created_at => execute)?
        == 1;
    if added {
        tx.touch(Resource::Device, device.id);
    }
    Ok(added)
}

/// Gives a locked device another name or platform.
///
/// # Errors
/// What the engine reports.
pub async fn update(tx: &mut Tx, device: &Device) -> Result<()> {
    const SQL: &str = "update user_devices set platform = $2, name = $3 where id = $1";
    query!(tx, SQL, device.id, device.platform, device.name.as_deref() => execute)?;
    tx.touch(Resource::Device, device.id);
    Ok(())
}

/// Notes that push messages to a live device reach its owner, who is locked; false when it has ended.
///
/// # Errors
/// What the engine reports.
pub async fn prove(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update user_devices set proven_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let proven = query!(tx, SQL, id, now => execute)? == 1;
    if proven {
        tx.touch(Resource::Device, id);
    }
    Ok(proven)
}

/// Notes when a locked device registered again; never moves backwards.
///
/// # Errors
/// What the engine reports.
pub async fn mark_seen(tx: &mut Tx, id: Id, at: Time) -> Result<()> {
    const SQL: &str =
        "update user_devices set last_seen_at = $2 where id = $1 and (last_seen_at is null or last_seen_at < $2)";
    tx.quiet(Quiet::LastSeen);
    query!(tx, SQL, id, at => execute).map(|_| ())
}

/// Ends a device that nobody has ended; false when somebody had.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update user_devices set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now => execute)? == 1;
    if ended {
        tx.touch(Resource::Device, id);
    }
    Ok(ended)
}

/// Ends the devices of a locked person but the newest so many; tells which.
///
/// # Errors
/// What the engine reports.
pub async fn end_oldest(tx: &mut Tx, user: Id, keep: i64) -> Result<Vec<Id>> {
    const SQL: &str = "update user_devices set ended_at = $2 where id in (select id from user_devices \
         where user_id = $1 and ended_at is null order by id desc limit 10000 offset $3) returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, now, keep => fetch_all (Id,))?;
    Ok(ended.into_iter().map(|(id,)| id).inspect(|id| tx.touch(Resource::Device, *id)).collect())
}

/// A person's live devices, newest first, before this id where one is given.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, user: Id, before: Option<Id>, limit: u32) -> Result<Vec<Device>> {
    const FIRST: &str = concat!(columns!(), "where user_id = $1 and ended_at is null order by id desc limit $2");
    const NEXT: &str =
        concat!(columns!(), "where user_id = $1 and ended_at is null and id < $2 order by id desc limit $3");
    let limit = i64::from(limit);
    let rows = match before {
        None => query!(link, FIRST, user, limit => fetch_all DeviceRow)?,
        Some(before) => query!(link, NEXT, user, before, limit => fetch_all DeviceRow)?,
    };
    Ok(rows.into_iter().map(Device::from).collect())
}
