//! A membership: a person in a team, in a role, held by Okta, by the platform, or by both.

use super::Id;
use super::words::words;

words! {
    /// A role within one team.
    TeamRole {
        /// Runs the team.
        Admin = "TEAM_ADMIN",
        /// Is on call; what SCIM gives.
        Responder = "RESPONDER",
        /// Watches.
        Observer = "OBSERVER",
    }
}

/// A membership's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The row's id.
    pub id: Id,
    /// Who.
    pub user_id: Id,
    /// In which team.
    pub team_id: Id,
    /// As what.
    pub role: TeamRole,
    /// Whether Okta holds it.
    pub by_okta: bool,
    /// Whether the platform holds it.
    pub by_platform: bool,
    /// Left here while Okta still holds it.
    pub opted_out: bool,
}
