//! Rows past their retention, removed in small batches.

use super::db::{Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// How many rows one batch removes: small enough not to hold SQLite's writer.
pub const BATCH: i64 = 1_000;
/// How many replays one batch removes: each may have thousands of events.
const REPLAYS: i64 = 20;

/// Removes up to a batch of audit rows older than this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn audit_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from audit_events where id in \
         (select id from audit_events where at < $1 order by at, id limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of logged SCIM requests older than this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn requests_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from scim_requests where id in \
         (select id from scim_requests where at < $1 order by at, id limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Drops the bodies of up to a batch of hook events settled before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn hook_bodies_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "update hook_events set body = null where id in (select id from hook_events \
         where body is not null and settled_at is not null and settled_at < $1 and state <> 'dead' \
         order by settled_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of settled hook events that came before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn hook_events_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from hook_events where id in (select id from hook_events \
         where received_at < $1 and settled_at is not null order by received_at, id limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes some replays that were asked for before this and have ended, with their events; tells how many replays.
///
/// # Errors
/// What the engine reports.
pub async fn replays_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const OLD: &str =
        "select id from replay_jobs where created_at < $1 and state <> 'running' order by created_at, id limit $2";
    let old: Vec<(Id,)> = query!(tx, OLD, end, REPLAYS => fetch_all (Id,))?;
    tx.quiet(Quiet::Retention);
    for (id,) in &old {
        query!(tx, "delete from replay_items where job_id = $1", *id => execute)?;
        query!(tx, "delete from replay_jobs where id = $1", *id => execute)?;
    }
    Ok(old.len() as u64)
}

/// Removes up to a batch of mobile sign-ins that were over before this, however they ended; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn sign_ins_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from refresh_tokens where id in \
         (select id from refresh_tokens where expires_at < $1 order by expires_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of sign-ins under way and one-time codes that were over before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn attempts_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from login_attempts where id in \
         (select id from login_attempts where expires_at < $1 order by expires_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of devices that were given up before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn devices_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from user_devices where id in (select id from user_devices \
         where ended_at is not null and ended_at < $1 order by ended_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Forgets up to a batch of counts that began before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn counters_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from rate_counters where counter_key in \
         (select counter_key from rate_counters where began_at < $1 order by began_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of codes asked for before this, none of which works any more; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn codes_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from contact_verifications where id in \
         (select id from contact_verifications where created_at < $1 order by created_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Removes up to a batch of messages that were wanted before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn messages_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from outbox where id in \
         (select id from outbox where created_at < $1 order by created_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Forgets up to a batch of signed messages seen before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn hook_messages_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from hook_messages where message_key in \
         (select message_key from hook_messages where seen_at < $1 order by seen_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}

/// Forgets up to a batch of used tokens that would be refused for their age since before this; tells how many.
///
/// # Errors
/// What the engine reports.
pub async fn used_tokens_before(tx: &mut Tx, end: Time) -> Result<u64> {
    const SQL: &str = "delete from seen_jti where jti_key in \
         (select jti_key from seen_jti where expires_at < $1 order by expires_at limit $2)";
    tx.quiet(Quiet::Retention);
    query!(tx, SQL, end, BATCH => execute)
}
