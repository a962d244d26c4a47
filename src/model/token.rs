//! SCIM tokens: what they may do and how they are presented.

use super::Id;
use super::words::words;
use crate::clock::Time;

words! {
    /// What a SCIM token may do.
    Scope {
        /// Read people, teams and discovery.
        Read = "scim:read",
        /// Change people and teams.
        Write = "scim:write",
    }
}

words! {
    /// How a SCIM token is presented.
    TokenMode {
        /// `Authorization: Bearer x`.
        Bearer = "bearer",
        /// `Authorization: x`, without a scheme (Okta's Header mode); with `Bearer` too.
        Header = "header",
    }
}

words! {
    /// Where a SCIM token came from.
    TokenOrigin {
        /// Made here, shown once.
        Minted = "minted",
        /// Given from outside as `SCIM_BEARER_TOKEN`.
        Environment = "environment",
    }
}

/// A SCIM token's row; the token itself is nowhere.
#[derive(Clone, Debug)]
pub struct ScimToken {
    /// The row's id.
    pub id: Id,
    /// The public part of the token.
    pub key_id: String,
    /// The keyed hash of the token.
    pub secret_hash: Vec<u8>,
    /// What its maker called it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// How it is presented.
    pub mode: TokenMode,
    /// Where it came from.
    pub origin: TokenOrigin,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Time,
    /// When it stops working by itself.
    pub expires_at: Option<Time>,
    /// When it last let a request in; up to a second late.
    pub last_used_at: Option<Time>,
    /// When it was revoked.
    pub ended_at: Option<Time>,
}

impl ScimToken {
    /// Whether it works at this moment.
    #[must_use]
    pub fn is_live(&self, now: Time) -> bool {
        self.ended_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it can take the place of another that ends, as what a rotation makes does: made later, for the same, and
    /// good for longer.
    #[must_use]
    pub fn follows(&self, old: &Self) -> bool {
        let is_alike = (&self.name, &self.scopes, self.mode) == (&old.name, &old.scopes, old.mode);
        let lasts = old.expires_at.is_some_and(|end| self.expires_at.is_none_or(|later| later > end));
        is_alike && lasts && self.created_at > old.created_at
    }

    /// How it stands at this moment, in the word that is shown.
    #[must_use]
    pub fn state(&self, now: Time) -> &'static str {
        match self.ended_at {
            Some(_) => "revoked",
            None if self.is_live(now) => "live",
            None => "expired",
        }
    }

    /// What is safe to show of it.
    #[must_use]
    pub fn prefix(&self) -> String {
        match (self.origin, self.mode) {
            (TokenOrigin::Environment, _) => "SCIM_BEARER_TOKEN".to_owned(),
            (TokenOrigin::Minted, TokenMode::Bearer) => format!("rc_scim_{}…", self.key_id),
            (TokenOrigin::Minted, TokenMode::Header) => format!("rc_scimh_{}…", self.key_id),
        }
    }
}
