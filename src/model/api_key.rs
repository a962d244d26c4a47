//! API keys: what programs of a person's present. A key acts for its owner, within its scopes.

use super::Id;
use super::policy::KeyScope;
use crate::clock::Time;

/// A key's row; the key itself is nowhere.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The row's id.
    pub id: Id,
    /// The public part of the key.
    pub key_id: String,
    /// The keyed hash of the key.
    pub secret_hash: Vec<u8>,
    /// For whom it acts.
    pub user_id: Id,
    /// What its owner called it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<KeyScope>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used; up to a minute late.
    pub last_used_at: Option<Time>,
    /// When it stops working by itself.
    pub expires_at: Option<Time>,
    /// When it was ended.
    pub ended_at: Option<Time>,
}

impl ApiKey {
    /// What is safe to show of it.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("rc_key_{}…", self.key_id)
    }
}
