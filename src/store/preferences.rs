//! `notification_preferences`: what a person wants of each channel. No row stands for what was never said.

use super::db::{Link, Tx};
use crate::audit::Resource;
use crate::error::Result;
use crate::model::Id;
use crate::model::contact::{Channel, Preference};

#[derive(sqlx::FromRow)]
struct PreferenceRow {
    channel: Channel,
    enabled: bool,
    priority: i64,
}

/// What a person said, the first to be tried first.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, user: Id) -> Result<Vec<Preference>> {
    const SQL: &str = "select channel, enabled, priority from notification_preferences where user_id = $1";
    let mut rows = query!(link, SQL, user => fetch_all PreferenceRow)?;
    // Five at most: their order is no business of the database.
    rows.sort_by_key(|row| (row.priority, row.channel));
    let read = |row: PreferenceRow| Preference {
        channel: row.channel,
        enabled: row.enabled,
        priority: u32::try_from(row.priority).unwrap_or(u32::MAX),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Writes what a locked person says of one channel.
///
/// # Errors
/// What the engine reports.
pub async fn put(tx: &mut Tx, user: Id, wanted: &Preference) -> Result<()> {
    const SQL: &str = "insert into notification_preferences (id, user_id, channel, enabled, priority, updated_at) \
         values ($1, $2, $3, $4, $5, $6) on conflict (user_id, channel) do update set enabled = excluded.enabled, \
         priority = excluded.priority, updated_at = excluded.updated_at";
    let now = tx.now();
    query!(tx, SQL, Id::fresh(), user, wanted.channel, wanted.enabled, i64::from(wanted.priority), now => execute)?;
    tx.touch(Resource::User, user);
    Ok(())
}

/// Forgets what a locked person said of one channel.
///
/// # Errors
/// What the engine reports.
pub async fn remove(tx: &mut Tx, user: Id, channel: Channel) -> Result<()> {
    const SQL: &str = "delete from notification_preferences where user_id = $1 and channel = $2";
    query!(tx, SQL, user, channel => execute)?;
    tx.touch(Resource::User, user);
    Ok(())
}
