//! What is remembered of the connection to Okta.

use std::collections::HashMap;

use super::words::words;
use crate::clock::Time;

words! {
    /// One kind of thing that was seen of the connection.
    Mark {
        /// SCIM answered a client with a good token.
        ScimAnswered = "scim.answered",
        /// SCIM answered the request that Okta's Test Connector Configuration sends.
        ScimTested = "scim.tested",
        /// SCIM wrote a person.
        UserPushed = "scim.user_pushed",
        /// SCIM wrote a group.
        GroupPushed = "scim.group_pushed",
        /// Okta verified the event hook.
        HookVerified = "hook.verified",
        /// Okta delivered events.
        HookDelivered = "hook.delivered",
        /// A delivery or verification came without a good proof.
        HookRefused = "hook.refused",
        /// The roll was held against Okta.
        DriftCompared = "drift.compared",
    }
}

/// When a kind of thing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// For the first time.
    pub first: Time,
    /// For the last time; up to ten seconds late.
    pub last: Time,
}

/// Everything that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Marks(HashMap<Mark, Seen>);

impl Marks {
    /// When a kind of thing was seen.
    #[must_use]
    pub fn of(&self, mark: Mark) -> Option<Seen> {
        self.0.get(&mark).copied()
    }

    /// When it was seen last.
    #[must_use]
    pub fn last(&self, mark: Mark) -> Option<Time> {
        self.of(mark).map(|seen| seen.last)
    }
}

impl FromIterator<(Mark, Seen)> for Marks {
    fn from_iter<T: IntoIterator<Item = (Mark, Seen)>>(found: T) -> Self {
        Self(found.into_iter().collect())
    }
}
