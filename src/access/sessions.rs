//! Sessions: open, check, list, end.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::permission;
use super::sealed;
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::session::{Born, Session};
use crate::model::{Id, User};
use crate::store::{Link, Tx, credentials, sessions, users};

const PURPOSE: &str = "session";
const CSRF_PURPOSE: &str = "csrf";
/// How many sessions a person has at most; one more ends the oldest.
pub const MOST: i64 = 50;
/// How exactly it is known when a session was last seen. Idleness is measured by it.
pub const SEEN_EVERY: Duration = Duration::from_mins(1);

/// For how long a proof of who somebody is counts as recent: what is graver than the rest asks for one.
pub const RECENT: Duration = Duration::from_mins(15);

/// Said of every sign-in that does not let in, whatever the reason.
pub const NOT_LET_IN: &str = "You cannot sign in. Begin again; if that does not help, ask an admin.";
/// Said of every session that the caller may not end, whatever the reason.
const NO_SUCH_SESSION: &str = "There is no session with this id.";

/// How long a session lasts without being used, and at most.
#[must_use]
pub fn lifetime(born: Born) -> (Duration, Duration) {
    match born {
        Born::Okta => (Duration::from_hours(12), Duration::from_hours(7 * 24)),
        Born::BreakGlass => (Duration::from_mins(30), Duration::from_hours(4)),
    }
}

/// Whether a session lets requests in at this moment, its holder's access aside.
#[must_use]
pub fn is_live(session: &Session, now: Time) -> bool {
    let (idle, _) = lifetime(session.born);
    session.ended_at.is_none() && now < session.expires_at && now < session.last_seen_at.plus(idle)
}

/// Whether its holder proved a short while ago who they are. Using a session does not make it any more recent, and neither
/// does opening one with what Okta remembers of an earlier proof.
#[must_use]
pub fn is_recent(session: &Session, now: Time) -> bool {
    session.proven_at.is_some_and(|at| now < at.plus(RECENT))
}

/// How a sign-in began: it must not outlive what ended access meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// When.
    pub at: Time,
    /// The person's epoch then, where the person was known.
    pub epoch: Option<i64>,
}

/// A sign-in that is proven and comes to its end.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How they signed in.
    pub born: Born,
    /// How it began.
    pub begun: Begun,
    /// When they last proved who they are, as far as that is known; a moment to come counts as now.
    pub proven_at: Option<Time>,
    /// What came to its end for it; it is named with it.
    pub gone: Vec<(Resource, Id)>,
}

/// A session that was just opened: what the cookie holds is shown once and kept nowhere.
pub struct Opened {
    /// What the cookie holds.
    pub secret: SecretString,
    /// Its row.
    pub session: Session,
}

/// The keyed hash that a session is found by.
#[must_use]
pub fn hash(key: &HashKey, secret: &str) -> [u8; 32] {
    key.hash(PURPOSE, secret)
}

/// What a page that holds this session sends along with its writes. It follows from the session, so every replica
/// knows it, nobody can plant it, and it ends with the session.
#[must_use]
pub fn csrf_token(key: &HashKey, secret: &str) -> String {
    secret::hex(&key.hash(CSRF_PURPOSE, secret))
}

/// Opens a session for a person whose sign-in is proven. The person's row is held meanwhile, so that whoever ends
/// access either ends this session too or is seen here.
///
/// # Errors
/// [`Error::Unproven`] when the person has no access, or lost it since the sign-in began.
pub async fn open(tx: &mut Tx, key: &HashKey, user: Id, arrival: Arrival) -> Result<Opened> {
    let Arrival { born, begun, proven_at, gone } = arrival;
    let found = users::lock(tx, user).await?;
    let entered = tx.now();
    let user = found.filter(|user| may_enter(user, born, begun, entered)).ok_or(Error::Unproven(NOT_LET_IN.into()))?;
    let (secret, now) = (secret::hex(&secret::random_bytes::<32>()), tx.now());
    let session = Session {
        id: Id::fresh(),
        user_id: user.id,
        born,
        ip: tx.ctx().ip.map(|ip| ip.to_string()),
        user_agent: tx.ctx().user_agent.clone(),
        created_at: now,
        proven_at: proven_at.map(|at| at.min(now)),
        last_seen_at: now,
        expires_at: now.plus(lifetime(born).1),
        ended_at: None,
    };
    sessions::insert(tx, &session, &hash(key, &secret)).await?;
    let over = sessions::end_oldest(tx, user.id, MOST).await?;
    let action = match born {
        Born::Okta => Action::AuthSignedIn,
        Born::BreakGlass => Action::AuthBreakGlassLogin,
    };
    let over = over.into_iter().map(|id| (Resource::Session, id)).collect();
    tx.say(told(action, &session).ending(gone).ending(over).with("name", user.title()));
    Ok(Opened { secret: secret.into(), session })
}

/// Ends the session that a browser still holds while somebody signs in with it: nobody goes on under a secret that was
/// there before them, nor leaves one behind.
///
/// # Errors
/// What the engine reports.
pub async fn end_presented(tx: &mut Tx, key: &HashKey, secret: Option<&str>) -> Result<Vec<(Resource, Id)>> {
    let Some(secret) = secret else { return Ok(Vec::new()) };
    let Some((session, _)) = sessions::find(tx, &hash(key, secret)).await? else { return Ok(Vec::new()) };
    let ended = sessions::end(tx, session.id).await?;
    Ok(ended.then_some((Resource::Session, session.id)).into_iter().collect())
}

/// Keeps the ID token that a session was opened with, so that only the session's holder can have it read again.
///
/// # Errors
/// What the engine reports.
pub async fn keep_id_token(tx: &mut Tx, key: &HashKey, opened: &Opened, id_token: &SecretString) -> Result<()> {
    let sealed = sealed::seal(key, opened.secret.expose_secret(), id_token.expose_secret());
    let sealed = sealed.ok_or_else(|| Error::internal("an ID token could not be sealed"))?;
    sessions::keep_id_token(tx, opened.session.id, &sealed).await
}

/// The ID token that the session of this secret was opened with, where there is one.
///
/// # Errors
/// What the engine reports.
pub async fn id_token(link: &mut impl Link, key: &HashKey, session: Id, secret: &str) -> Result<Option<SecretString>> {
    let kept = sessions::id_token(link, session).await?;
    Ok(kept.and_then(|sealed| sealed::open(key, secret, &sealed)).map(SecretString::from))
}

/// Whether a person's sign-in that began then may come to its end now: nothing ended their access meanwhile.
pub(super) fn may_enter(user: &User, born: Born, begun: Begun, now: Time) -> bool {
    let switches = &user.switches;
    // Okta's clock may run before ours, and nobody waits for it.
    let moved = switches.scim.since.max(switches.admin.since).max(switches.okta.since.min(now));
    let same =
        begun.epoch.is_none_or(|epoch| epoch == user.auth_epoch) && (moved <= begun.at || user.created_at > begun.at);
    user.is_active && user.is_break_glass == (born == Born::BreakGlass) && same
}

fn told(action: Action, session: &Session) -> Entry {
    Entry { user_id: Some(session.user_id), ..Entry::about(action, Resource::Session, session.id) }
}

/// The sessions that somebody is signed in with, newest first, before this one where one is given.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    user: Id,
    now: Time,
    (before, limit): (Option<Id>, u32),
) -> Result<Vec<Session>> {
    permission::demand(link, caller, Deed::ReadSessions, user).await?;
    // Nobody has more of them that have not been ended; whether one works depends on how it was born.
    let mut found = sessions::list(link, user, MOST).await?;
    found.retain(|session| is_live(session, now) && before.is_none_or(|before| session.id < before));
    found.truncate(limit as usize);
    Ok(found)
}

/// Ends one session; again is no fault.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is not the caller's to end.
pub async fn end(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let missing = || Error::not_found(NO_SUCH_SESSION);
    let session = sessions::lock(tx, id).await?.ok_or_else(missing)?;
    if !permission::allows(tx, caller, Deed::EndSessions, session.user_id).await? {
        return Err(missing());
    }
    if sessions::end(tx, id).await? {
        tx.say(told(Action::AuthSessionEnded, &session));
    }
    Ok(())
}

/// Whether a break-glass account is signed in at this moment: admins are shown a banner.
///
/// # Errors
/// What the engine reports.
pub async fn is_glass_broken(link: &mut impl Link, now: Time) -> Result<bool> {
    sessions::is_glass_broken(link, now, now.minus(lifetime(Born::BreakGlass).0)).await
}

/// Ends every session of a person; tells how many.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to end.
pub async fn end_all(tx: &mut Tx, caller: &Caller, user: Id) -> Result<usize> {
    permission::demand(tx, caller, Deed::EndSessions, user).await?;
    users::lock(tx, user).await?;
    let ended = credentials::end_sessions(tx, user).await?;
    for (kind, id) in &ended {
        tx.say(Entry { user_id: Some(user), ..Entry::about(Action::AuthSessionEnded, *kind, *id) });
    }
    Ok(ended.len())
}
