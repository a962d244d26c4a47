//! The one-time value of a form that makes something: a form that is sent twice, by two clicks or by loading its answer
//! again, makes one thing, on however many replicas.
//!
//! It is kept with what was made. Whoever makes something is held until the unit ends ([`super::permission::hold`]), so the
//! second form finds what the first made.

use super::secret::{self, HashKey};
use crate::model::policy::Caller;

const PURPOSE: &str = "form-once";

/// Such a value as it is kept: hashed, and of one person only, so that nobody can ask for another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once([u8; 32]);

impl Once {
    /// How many characters such a value has in a form.
    pub const LENGTH: usize = 32;

    /// A fresh one, for a form that is shown.
    #[must_use]
    pub fn fresh() -> String {
        secret::hex(&secret::random_bytes::<{ Once::LENGTH / 2 }>())
    }

    /// One that somebody sent.
    #[must_use]
    pub fn of(key: &HashKey, caller: &Caller, given: &str) -> Self {
        Self(key.hash(PURPOSE, &format!("{} {given}", caller.user)))
    }

    /// As the database keeps it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
