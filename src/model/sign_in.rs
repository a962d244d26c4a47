//! A sign-in with Okta that is under way: who began it is known to nobody before its end.

use super::Id;
use super::mobile::MobileAttempt;
use crate::clock::Time;

/// Where a sign-in leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A session of a browser, which goes on to this path of ours.
    Browser(String),
    /// A code for an app.
    App(MobileAttempt),
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
    /// Since when there must be a new proof of who it is, where one was asked for.
    pub proof_since: Option<Time>,
    /// When it began.
    pub created_at: Time,
    /// When it is too late to finish it.
    pub expires_at: Time,
    /// When it came to its end.
    pub ended_at: Option<Time>,
}
