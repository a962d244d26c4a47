//! Everything that lets a person in or reaches them, seen only from the side of ending it.

use super::db::Tx;
use super::dialect::Pair;
use crate::audit::Resource;
use crate::error::Result;
use crate::model::Id;

#[derive(sqlx::FromRow)]
struct Live {
    kind: String,
    id: Id,
}

/// One kind of credential: how the probe below names it, and the statement that ends a person's live ones.
const KINDS: [(&str, Resource, &str); 6] = [
    ("session", Resource::Session, "update sessions set ended_at = $2 where user_id = $1 and ended_at is null"),
    (
        "refresh",
        Resource::RefreshToken,
        "update refresh_tokens set ended_at = $2 where user_id = $1 and ended_at is null",
    ),
    ("key", Resource::ApiKey, "update api_keys set ended_at = $2 where user_id = $1 and ended_at is null"),
    (
        "code",
        Resource::Verification,
        "update contact_verifications set ended_at = $2 where user_id = $1 and ended_at is null",
    ),
    ("device", Resource::Device, "update user_devices set ended_at = $2 where user_id = $1 and ended_at is null"),
    (
        "login",
        Resource::LoginAttempt,
        "update login_attempts set ended_at = $2 where user_id = $1 and ended_at is null",
    ),
];

/// Finds what is live in one round trip: most people have nothing, and then nothing more is asked.
const PROBE: &str = "select 'session' as kind, id from sessions where user_id = $1 and ended_at is null \
     union all select 'refresh', id from refresh_tokens where user_id = $1 and ended_at is null \
     union all select 'key', id from api_keys where user_id = $1 and ended_at is null \
     union all select 'code', id from contact_verifications where user_id = $1 and ended_at is null \
     union all select 'device', id from user_devices where user_id = $1 and ended_at is null \
     union all select 'login', id from login_attempts where user_id = $1 and user_id is not null and ended_at is null";

/// Ends everything of a locked person's, and tells what it was. The lock keeps new ones from being made meanwhile.
///
/// # Errors
/// What the engine reports.
pub async fn end_all(tx: &mut Tx, user: Id) -> Result<Vec<(Resource, Id)>> {
    let live = query!(tx, PROBE, user => fetch_all Live)?;
    let now = tx.now();
    let mut ended = Vec::new();
    for (name, resource, sql) in KINDS {
        let ids: Vec<Id> = live.iter().filter(|one| one.kind == name).map(|one| one.id).collect();
        if ids.is_empty() {
            continue;
        }
        query!(tx, Pair::from(sql), user, now => execute)?;
        for id in ids {
            tx.touch(resource, id);
            ended.push((resource, id));
        }
    }
    Ok(ended)
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
         where user_id = $1 and ended_at is null and (method = 'EMAIL') = $2 returning id";
    let now = tx.now();
    let ended = query!(tx, SQL, user, email, now => fetch_all Ended)?;
    Ok(ended
        .into_iter()
        .map(|row| (Resource::Verification, row.id))
        .inspect(|(kind, id)| tx.touch(*kind, *id))
        .collect())
}
