//! Retention: rows past their time are removed in small batches, a pause between them.

use std::time::Duration;

use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::db::Work;
use crate::store::{Db, Tx, sweeps};

/// How long a SCIM request is kept.
pub const REQUESTS_KEPT: Duration = Duration::from_hours(14 * 24);
/// How long the body of a hook event is kept once it is settled; a dead one keeps its body for a replay.
pub const HOOK_BODIES_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a hook event is known again. Okta's System Log holds 90 days: catching up must find all of them known.
pub const HOOK_EVENTS_KEPT: Duration = Duration::from_hours(100 * 24);
/// How long a replay of many events is shown.
pub const REPLAYS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a signed message is known again: longer than its timestamp is taken, on either side of now.
pub const HOOK_MESSAGES_KEPT: Duration = Duration::from_mins(15);
/// How long a count of tries is kept: longer than any window.
pub const COUNTERS_KEPT: Duration = Duration::from_hours(1);
/// How long a code and the message that carried it are kept: either means nothing after minutes.
pub const CODES_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a mobile sign-in is kept after its end: long enough to say why somebody was signed out.
pub const SIGN_INS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a sign-in under way or a one-time code is kept after its end: a copy of it that comes late is known.
pub const ATTEMPTS_KEPT: Duration = Duration::from_hours(24);
/// How long a device that was given up is kept.
pub const DEVICES_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long a used token is known beyond its end: longer than clocks differ.
pub const USED_TOKENS_KEPT: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_millis(50);

type Sweep = for<'t> fn(&'t mut Tx, &'t Time) -> Work<'t, u64>;

/// Removes everything past its time; tells how many rows that were.
///
/// # Errors
/// What the engine reports; the batches before it stay done.
pub async fn sweep(db: &Db, ctx: &Ctx, audit_kept: Duration) -> Result<u64> {
    let audit: Sweep = |tx, end| Box::pin(sweeps::audit_before(tx, *end));
    let requests: Sweep = |tx, end| Box::pin(sweeps::requests_before(tx, *end));
    let bodies: Sweep = |tx, end| Box::pin(sweeps::hook_bodies_before(tx, *end));
    let events: Sweep = |tx, end| Box::pin(sweeps::hook_events_before(tx, *end));
    let replays: Sweep = |tx, end| Box::pin(sweeps::replays_before(tx, *end));
    let messages: Sweep = |tx, end| Box::pin(sweeps::hook_messages_before(tx, *end));
    let sign_ins: Sweep = |tx, end| Box::pin(sweeps::sign_ins_before(tx, *end));
    let attempts: Sweep = |tx, end| Box::pin(sweeps::attempts_before(tx, *end));
    let devices: Sweep = |tx, end| Box::pin(sweeps::devices_before(tx, *end));
    let counters: Sweep = |tx, end| Box::pin(sweeps::counters_before(tx, *end));
    let codes: Sweep = |tx, end| Box::pin(sweeps::codes_before(tx, *end));
    let sent: Sweep = |tx, end| Box::pin(sweeps::messages_before(tx, *end));
    let used_tokens: Sweep = |tx, end| Box::pin(sweeps::used_tokens_before(tx, *end));
    let all = [
        (audit, audit_kept),
        (requests, REQUESTS_KEPT),
        (bodies, HOOK_BODIES_KEPT),
        (events, HOOK_EVENTS_KEPT),
        (replays, REPLAYS_KEPT),
        (messages, HOOK_MESSAGES_KEPT),
        (sign_ins, SIGN_INS_KEPT),
        (attempts, ATTEMPTS_KEPT),
        (devices, DEVICES_KEPT),
        (counters, COUNTERS_KEPT),
        (codes, CODES_KEPT),
        (sent, CODES_KEPT),
        (used_tokens, USED_TOKENS_KEPT),
    ];
    let mut removed = 0;
    for (sweep, kept) in all {
        loop {
            let batch = db.unit(ctx, &ctx.now.minus(kept), sweep).await?;
            removed += batch;
            if batch < sweeps::BATCH.unsigned_abs() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(removed)
}
