//! A sign-in with Okta that is under way: who began it is known to nobody before its end.

use super::Id;
use crate::clock::Time;

/// An app's side of a sign-in: the app itself holds what proves later that it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSide {
    /// Where it waits for its code: one of the registered addresses.
    pub redirect_uri: String,
    /// The hash of what it will show with the code (RFC 7636, S256).
    pub code_challenge: String,
    /// What it wants to see again.
    pub state: String,
}

/// Where a sign-in leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A session of a browser, which goes on to this path of ours.
    Browser(String),
    /// A code for an app.
    App(AppSide),
}

/// A sign-in under way; the state that finishes it is nowhere.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The row's id, which proves nothing.
    pub id: Id,
    /// Where it leads to.
    pub goal: Goal,
    /// The keyed hash of what the browser holds that began it.
    pub browser_hash: Vec<u8>,
    /// When it began.
    pub created_at: Time,
    /// When it is too late to finish it.
    pub expires_at: Time,
    /// When it came to its end.
    pub ended_at: Option<Time>,
}
