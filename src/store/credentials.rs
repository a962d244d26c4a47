//! Everything that lets a person in or reaches them, seen only from the side of ending it.

use super::db::Tx;
use super::dialect::Pair;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// The last microsecond of the year 9999, later than any row both engines can hold in RFC 3339.
const END_OF_TIME: i64 = 253_402_300_799_999_999;

#[derive(sqlx::FromRow)]
struct Live {
    kind: String,
    id: Id,
}

/// One kind of credential: how the probe below names it, and the statement that ends a person's live ones.
const KINDS: [(&str, Resource, &str); 6] = [
    (
        "session",
        Resource::Session,
        "update sessions set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
    (
        "refresh",
        Resource::RefreshToken,
        "update refresh_tokens set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
    (
        "key",
        Resource::ApiKey,
        "update api_keys set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
    (
        "code",
        Resource::Verification,
        "update contact_verifications set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
    (
        "device",
        Resource::Device,
        "update user_devices set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
    (
        "login",
        Resource::LoginAttempt,
        "update login_attempts set ended_at = $2 where user_id = $1 and ended_at is null and created_at <= $3",
    ),
];

/// Finds what is live in one round trip: most people have nothing, and then nothing more is asked.
const PROBE: &str = "select 'session' as kind, id from sessions where user_id = $1 and ended_at is null and created_at <= $2 \
     union all select 'refresh', id from refresh_tokens where user_id = $1 and ended_at is null and created_at <= $2 \
     union all select 'key', id from api_keys where user_id = $1 and ended_at is null and created_at <= $2 \
     union all select 'code', id from contact_verifications where user_id = $1 and ended_at is null and created_at <= $2 \
     union all select 'device', id from user_devices where user_id = $1 and ended_at is null and created_at <= $2 \
     union all select 'login', id from login_attempts where user_id = $1 and user_id is not null and ended_at is null and created_at <= $2";

/// Ends everything of a locked person's, and tells what it was. The lock keeps new ones from being made meanwhile.
///
/// # Errors
/// What the engine reports.
pub async fn end_all(tx: &mut Tx, user: Id) -> Result<Vec<(Resource, Id)>> {
    end_begun(tx, user, Time::from_micros(END_OF_TIME)).await
}

/// The same of what was begun up to this moment.
///
/// # Errors
/// What the engine reports.
pub async fn end_begun(tx: &mut Tx, user: Id, until: Time) -> Result<Vec<(Resource, Id)>> {
    let live = query!(tx, PROBE, user, until => fetch_all Live)?;
    let now = tx.now();
    let mut ended = Vec::new();
    for (name, resource, sql) in KINDS {
        let ids: Vec<Id> = live.iter().filter(|one| one.kind == name).map(|one| one.id).collect();
        if ids.is_empty() {
            continue;
        }
        query!(tx, Pair::from(sql), user, now, until => execute)?;
        for id in ids {
            tx.touch(resource, id);
            ended.push((resource, id));
        }
    }
    Ok(ended)
}

/// Ends every browser session of a locked person, however it was born.
///
/// # Errors
/// What the engine reports.
pub async fn end_sessions(tx: &mut Tx, user: Id) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update sessions set ended_at = $2 where user_id = $1 and ended_at is null returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, now => fetch_all Ended)?;
    Ok(told(tx, Resource::Session, ended))
}

/// Ends the browser sessions that Okta let a locked person into up to this moment.
///
/// # Errors
/// What the engine reports.
pub async fn end_okta_sessions(tx: &mut Tx, user: Id, until: Time) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update sessions set ended_at = $3 \
         where user_id = $1 and ended_at is null and born = 'okta' and created_at <= $2 returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, until, now => fetch_all Ended)?;
    Ok(told(tx, Resource::Session, ended))
}

/// Ends the refresh families of a locked person that began up to this moment, however often they were rotated since.
///
/// # Errors
/// What the engine reports.
pub async fn end_families(tx: &mut Tx, user: Id, until: Time) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update refresh_tokens set ended_at = $3 \
         where user_id = $1 and ended_at is null and created_at <= $2 returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, until, now => fetch_all Ended)?;
    Ok(told(tx, Resource::RefreshToken, ended))
}

/// Ends the sign-ins of a locked person that were under way at this moment: they would open what was just closed.
///
/// # Errors
/// What the engine reports.
pub async fn end_sign_ins(tx: &mut Tx, user: Id, until: Time) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update login_attempts set ended_at = $3 \
         where user_id = $1 and user_id is not null and ended_at is null and created_at <= $2 returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, until, now => fetch_all Ended)?;
    Ok(told(tx, Resource::LoginAttempt, ended))
}

fn told(tx: &mut Tx, kind: Resource, ended: Vec<Ended>) -> Vec<(Resource, Id)> {
    ended.into_iter().map(|row| (kind, row.id)).inspect(|(kind, id)| tx.touch(*kind, *id)).collect()
}

#[derive(sqlx::FromRow)]
struct Ended {
    id: Id,
}

/// Ends a person's open codes for an e-mail address, or for a phone number: what they prove has changed.
///
/// # Errors
/// What the engine reports.
pub async fn end_codes(tx: &mut Tx, user: Id, email: bool) -> Result<Vec<(Resource, Id)>> {
    const SQL: &str = "update contact_verifications set ended_at = $3 \
         where user_id = $1 and ended_at is null and (method = 'EMAIL') = $2 and method <> 'PUSH' \
         returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, email, now => fetch_all Ended)?;
    Ok(told(tx, Resource::Verification, ended))
}
