//! Who calls the platform: a session's cookie, an API key or a mobile access token, judged anew at every request.

use super::api_keys;
use super::jwt;
use super::mobile::{self, Keys};
use super::seen::Kind;
use super::sessions;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::api_key::ApiKey;
use crate::model::policy::{Caller, Means};
use crate::model::session::{Born, Session};
use crate::model::words::words;
use crate::store::Link;
use crate::store::sessions::{self as rows, Holder};

words! {
    /// Why a credential of the platform was refused.
    Refusal {
        /// None was sent.
        Missing = "missing",
        /// A header that cannot be read, or two credentials.
        Unreadable = "unreadable",
        /// One that nobody made.
        Unknown = "unknown",
        /// One past its end, or idle for too long.
        Expired = "expired",
        /// One that was ended.
        Ended = "ended",
        /// Its holder has no access.
        Inactive = "inactive",
        /// A write that may not come from a page of ours.
        Forged = "forged",
        /// A page of another site began what would leave a row in somebody's name.
        Foreign = "foreign",
    }
}

impl Refusal {
    /// What the caller can do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Missing => "You are not signed in.",
            Self::Unreadable => "The credentials cannot be read; send one, once.",
            Self::Unknown | Self::Ended | Self::Inactive => "This session or key does not work. Sign in again.",
            Self::Expired => "This session or key has expired. Sign in again.",
            Self::Forged => {
                "This request does not come from a page of ours: send X-CSRF-Token as GET /auth/me tells it."
            }
            Self::Foreign => {
                "Another site led here, and this would be recorded in your name. Begin it on the audit page, or with an API key."
            }
        }
    }
}

/// What a request came with.
pub enum Presented {
    /// What a session's cookie holds.
    Session(String),
    /// What the Authorization header says.
    Header(String),
}

/// A caller who is proven, and by what.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Who.
    pub caller: Caller,
    /// The session, where it is one.
    pub session: Option<Session>,
    /// The mobile sign-in, where it is one.
    pub family: Option<Id>,
    /// What is to be marked as seen, where that was long enough ago.
    pub seen: Option<(Kind, Id)>,
}

/// Judges what a request came with: one indexed probe. Nothing is remembered from one request to the next, so what any
/// replica ended is refused at once.
///
/// # Errors
/// What the engine reports. A refused credential is the inner error.
pub async fn prove(
    link: &mut impl Link,
    keys: Keys<'_>,
    presented: &Presented,
    now: Time,
) -> Result<Result<Proven, Refusal>> {
    match presented {
        Presented::Session(secret) => {
            let found = rows::find(link, &sessions::hash(keys.hash, secret)).await?;
            Ok(found.ok_or(Refusal::Unknown).and_then(|(session, holder)| by_session(session, holder, now)))
        }
        Presented::Header(header) => {
            let Some(presented) = bearer(header) else { return Ok(Err(Refusal::Unreadable)) };
            if jwt::is_one(presented) {
                let found = mobile::check(link, keys.access, presented, now).await?;
                return Ok(found.map(|(family, bearer)| by_family(family, bearer.holder)));
            }
            Ok(api_keys::check(link, keys.hash, presented, now).await?.map(|(row, owner)| by_key(row, owner, now)))
        }
    }
}

fn by_session(session: Session, holder: Holder, now: Time) -> Result<Proven, Refusal> {
    if session.ended_at.is_some() {
        return Err(Refusal::Ended);
    }
    if !sessions::is_live(&session, now) {
        return Err(Refusal::Expired);
    }
    if !holder.is_active || holder.is_break_glass_account != (session.born == Born::BreakGlass) {
        return Err(Refusal::Inactive);
    }
    let means = match session.born {
        Born::Okta => Means::Okta,
        Born::BreakGlass => Means::BreakGlass,
    };
    let seen = (session.last_seen_at.plus(sessions::SEEN_EVERY) <= now).then_some((Kind::Session, session.id));
    Ok(Proven { caller: caller(holder, means), session: Some(session), family: None, seen })
}

/// What follows `Bearer` in an Authorization header.
#[must_use]
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, presented) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(presented.trim())
}

fn by_key(row: ApiKey, owner: Holder, now: Time) -> Proven {
    let is_due = row.last_used_at.is_none_or(|last| last.plus(sessions::SEEN_EVERY) <= now);
    let seen = is_due.then_some((Kind::ApiKey, row.id));
    Proven { caller: caller(owner, Means::Key(row.scopes)), session: None, family: None, seen }
}

// When a mobile sign-in was last used is known from its refreshes.
fn by_family(family: Id, holder: Holder) -> Proven {
    Proven { caller: caller(holder, Means::Mobile), session: None, family: Some(family), seen: None }
}

fn caller(holder: Holder, means: Means) -> Caller {
    let name = holder.name.unwrap_or_else(|| holder.id.to_string());
    Caller { user: holder.id, name, role: holder.platform_role, means }
}
