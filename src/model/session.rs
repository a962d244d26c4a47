//! A browser session: who is signed in, how it was born, and until when.

use super::Id;
use super::words::words;
use crate::clock::Time;

words! {
    /// How somebody signed in.
    Born {
        /// With Okta.
        Okta = "okta",
        /// With the password of a break-glass account.
        BreakGlass = "break_glass",
    }
}

/// A session's row; what the cookie holds is nowhere.
#[derive(Clone, Debug)]
pub struct Session {
    /// The row's id, which is shown and proves nothing.
    pub id: Id,
    /// Who is signed in.
    pub user_id: Id,
    /// How.
    pub born: Born,
    /// From where.
    pub ip: Option<String>,
    /// With what, as it calls itself.
    pub user_agent: Option<String>,
    /// Since when.
    pub created_at: Time,
    /// When they last proved who they are, as far as that is known.
    pub proven_at: Option<Time>,
    /// When it last let a request in; up to a minute late.
    pub last_seen_at: Time,
    /// When it ends whatever is done with it.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
}
