//! The roles there are, as others are told of them. Neither SCIM nor a hook ever gives one.

use super::membership::TeamRole;
use super::user::PlatformRole;
use super::words::Word;

/// A role as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its word; never renamed.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it allows; Okta takes at most 1,000 characters.
    pub description: &'static str,
    /// What it is about: the platform or one team.
    pub about: &'static str,
}

/// Every role, those on the platform first.
#[must_use]
pub fn all() -> Vec<Role> {
    let platform = PlatformRole::ALL.iter().map(|role| role.describe());
    platform.chain(TeamRole::ALL.iter().map(|role| role.describe())).collect()
}

impl PlatformRole {
    /// The role as it is shown.
    #[must_use]
    pub fn describe(self) -> Role {
        let (name, description) = match self {
            Self::Admin => ("Platform administrator", "May do everything on the platform."),
            Self::User => ("User", "May use the platform; what else they may do depends on their teams."),
        };
        Role { id: self.as_str(), name, description, about: "platform" }
    }
}

impl TeamRole {
    /// The role as it is shown.
    #[must_use]
    pub fn describe(self) -> Role {
        let (name, description) = match self {
            Self::Admin => ("Team administrator", "Runs at least one team: its people, its schedules, its settings."),
            Self::Responder => ("Responder", "Is on call for at least one team."),
            Self::Observer => ("Observer", "Watches at least one team without being on call for it."),
        };
        Role { id: self.as_str(), name, description, about: "team" }
    }
}
