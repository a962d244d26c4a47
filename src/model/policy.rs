//! Who may do what on the platform: one table. What it does not allow is refused.

use super::Id;
use super::membership::TeamRole;
use super::user::PlatformRole;
use super::words::words;

words! {
    /// What somebody may want to do on the platform.
    Deed {
        /// Read one's own profile.
        ReadSelf = "self.read",
        /// See what a person is signed in with.
        ReadSessions = "sessions.read",
        /// End what a person is signed in with.
        EndSessions = "sessions.end",
        /// See a person's API keys.
        ReadKeys = "api_keys.read",
        /// Make an API key of one's own.
        MintKeys = "api_keys.mint",
        /// Revoke API keys.
        RevokeKeys = "api_keys.revoke",
        /// See a person's mobile sign-ins.
        ReadMobile = "mobile.read",
        /// End a person's mobile sign-ins.
        EndMobile = "mobile.end",
        /// See a person's devices.
        ReadDevices = "devices.read",
        /// Register a device of one's own.
        RegisterDevice = "devices.register",
        /// Give up a person's devices.
        RemoveDevices = "devices.remove",
        /// List people.
        ListUsers = "users.list",
        /// Read a person.
        ReadUser = "users.read",
        /// Give a person a role on the platform.
        SetRole = "users.role",
        /// Read the audit.
        ReadAudit = "audit.read",
        /// See Okta's events.
        ReadHooks = "hooks.read",
        /// Apply one of Okta's events again.
        ReplayHooks = "hooks.replay",
        /// End a person's access or what they are signed in with, or give access back.
        SetAccess = "users.access",
        /// Set aside what Okta says of a person's account.
        ClearOktaStatus = "users.okta",
        /// Bind a person to their account at Okta.
        BindIdentity = "users.bind",
        /// See which team follows which group at Okta.
        ReadLinks = "okta.links.read",
        /// Confirm or remove such a link.
        SetLinks = "okta.links.set",
        /// See what of one's contacts is proven.
        ReadContacts = "contacts.read",
        /// Prove how one is reached.
        VerifyContacts = "contacts.verify",
        /// See the messages that a development server did not send.
        ReadTray = "dev_outbox.read",
        /// See by which channels one wants to be told.
        ReadPreferences = "preferences.read",
        /// Choose by which channels one wants to be told.
        WritePreferences = "preferences.write",
        /// See which SCIM tokens there are.
        ReadScimTokens = "scim_tokens.read",
        /// Read the log of SCIM requests.
        ReadScimRequests = "scim_requests.read",
        /// Make, rotate and revoke SCIM tokens.
        ManageScimTokens = "scim_tokens.manage",
        /// Read teams and who is in them.
        ReadTeams = "teams.read",
        /// Make teams, and turn them off and on.
        MakeTeams = "teams.make",
        /// Change what a team says of itself.
        EditTeams = "teams.edit",
        /// Turn a team's maintenance mode on and off.
        MaintainTeams = "teams.maintain",
        /// Take people into a team, give them a role in it, send them away.
        SetMembers = "teams.members",
        /// Leave a team.
        LeaveTeams = "teams.leave",
        /// Ask for a team.
        RequestTeams = "team_requests.make",
        /// Read who asked for a team.
        ReadRequests = "team_requests.read",
        /// Say yes or no to who asked.
        DecideRequests = "team_requests.decide",
    }
}

words! {
    /// What an API key may be used for.
    KeyScope {
        /// Read people.
        ReadUsers = "users:read",
        /// Read the audit.
        ReadAudit = "audit:read",
        /// Change people's access.
        WriteUsers = "users:write",
        /// Read teams and who asked for one.
        ReadTeams = "teams:read",
        /// Change teams, their people, and what was asked for.
        WriteTeams = "teams:write",
    }
}

/// How far a deed reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all.
    Nowhere,
    /// To what is one's own.
    Own,
    /// To teams that one runs and their people as well.
    Team,
    /// To teams that one is a responder of as well.
    Duty,
    /// To everything.
    Everywhere,
}

/// Whose a thing is, seen from the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// A person's in a team that the caller runs.
    Team,
    /// A living team's in which the caller has this role.
    In(TeamRole),
    /// Anybody else's.
    Foreign,
}

impl Whose {
    fn within(self, reach: Reach) -> bool {
        let needed = match self {
            Self::Own => Reach::Own,
            Self::Team | Self::In(TeamRole::Admin) => Reach::Team,
            Self::In(TeamRole::Responder) => Reach::Duty,
            // An observer sees what everybody sees, and changes nothing.
            Self::In(TeamRole::Observer) | Self::Foreign => Reach::Everywhere,
        };
        reach >= needed
    }
}

/// By what a caller proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A session that Okta let them into.
    Okta,
    /// A session of a break-glass account.
    BreakGlass,
    /// The access token of a mobile sign-in, which Okta let them into.
    Mobile,
    /// An API key with these scopes.
    Key(Vec<KeyScope>),
}

/// Who calls, proven.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose authority it is.
    pub user: Id,
    /// What to call them.
    pub name: String,
    /// Their role at this moment.
    pub role: PlatformRole,
    /// By what they proved it.
    pub means: Means,
}

/// One line of the table: how far each kind of caller gets. A key gets as far as its owner, if it has the scope.
struct Rule {
    deed: Deed,
    user: Reach,
    admin: Reach,
    break_glass: Reach,
    key: Option<KeyScope>,
    recent: bool,
}

impl Rule {
    /// Only for who signed in a short while ago: a session left open, or taken, is not enough.
    const fn recent(self) -> Self {
        Self { recent: true, ..self }
    }
}

const fn rule(deed: Deed, user: Reach, admin: Reach, break_glass: Reach, key: Option<KeyScope>) -> Rule {
    Rule { deed, user, admin, break_glass, key, recent: false }
}

/// The table. A team's admin reaches what `user` says with the team in it; its responders what says duty.
const TABLE: &[Rule] = {
    use Deed as D;
    use Reach::{Duty, Everywhere, Nowhere, Own, Team};
    &[
        //   deed                user   admin        break-glass  key
        rule(D::ReadSelf, Own, Own, Own, Some(KeyScope::ReadUsers)),
        rule(D::ReadSessions, Own, Everywhere, Everywhere, None),
        rule(D::EndSessions, Own, Everywhere, Everywhere, None),
        rule(D::ReadKeys, Own, Everywhere, Everywhere, None),
        rule(D::MintKeys, Own, Own, Nowhere, None),
        rule(D::RevokeKeys, Own, Everywhere, Everywhere, None),
        rule(D::ReadMobile, Own, Everywhere, Everywhere, None),
        rule(D::EndMobile, Own, Everywhere, Everywhere, None),
        rule(D::ReadDevices, Own, Everywhere, Everywhere, None),
        rule(D::RegisterDevice, Own, Own, Nowhere, None),
        rule(D::RemoveDevices, Own, Everywhere, Everywhere, None),
        rule(D::ListUsers, Nowhere, Everywhere, Everywhere, Some(KeyScope::ReadUsers)),
        rule(D::ReadUser, Team, Everywhere, Everywhere, Some(KeyScope::ReadUsers)),
        rule(D::ReadAudit, Team, Everywhere, Everywhere, Some(KeyScope::ReadAudit)),
        rule(D::ReadHooks, Nowhere, Everywhere, Everywhere, None),
        rule(D::ReplayHooks, Nowhere, Everywhere, Everywhere, None),
        rule(D::SetRole, Nowhere, Everywhere, Everywhere, None),
        rule(D::SetAccess, Nowhere, Everywhere, Everywhere, Some(KeyScope::WriteUsers)),
        rule(D::ClearOktaStatus, Nowhere, Everywhere, Everywhere, None),
        rule(D::BindIdentity, Nowhere, Everywhere, Everywhere, None).recent(),
        rule(D::ReadLinks, Nowhere, Everywhere, Everywhere, None),
        rule(D::SetLinks, Nowhere, Everywhere, Everywhere, None),
        rule(D::ReadContacts, Own, Own, Nowhere, None),
        rule(D::VerifyContacts, Own, Own, Nowhere, None),
        rule(D::ReadTray, Own, Everywhere, Nowhere, None),
        rule(D::ReadPreferences, Own, Own, Nowhere, None),
        rule(D::WritePreferences, Own, Own, Nowhere, None),
        rule(D::ReadScimTokens, Nowhere, Everywhere, Everywhere, None),
        rule(D::ReadScimRequests, Nowhere, Everywhere, Everywhere, None),
        rule(D::ManageScimTokens, Nowhere, Everywhere, Everywhere, None).recent(),
        rule(D::ReadTeams, Everywhere, Everywhere, Everywhere, Some(KeyScope::ReadTeams)),
        rule(D::MakeTeams, Nowhere, Everywhere, Everywhere, Some(KeyScope::WriteTeams)),
        rule(D::EditTeams, Team, Everywhere, Everywhere, Some(KeyScope::WriteTeams)),
        rule(D::MaintainTeams, Duty, Everywhere, Everywhere, Some(KeyScope::WriteTeams)),
        rule(D::SetMembers, Team, Everywhere, Everywhere, Some(KeyScope::WriteTeams)),
        rule(D::LeaveTeams, Own, Own, Nowhere, Some(KeyScope::WriteTeams)),
        rule(D::RequestTeams, Own, Own, Nowhere, Some(KeyScope::WriteTeams)),
        rule(D::ReadRequests, Own, Everywhere, Everywhere, Some(KeyScope::ReadTeams)),
        rule(D::DecideRequests, Nowhere, Everywhere, Everywhere, Some(KeyScope::WriteTeams)),
    ]
};

/// How far a caller gets with a deed.
#[must_use]
pub fn reach(caller: &Caller, deed: Deed) -> Reach {
    let Some(rule) = TABLE.iter().find(|rule| rule.deed == deed) else { return Reach::Nowhere };
    let own = match caller.role {
        PlatformRole::Admin => rule.admin,
        PlatformRole::User => rule.user,
    };
    match &caller.means {
        Means::Okta | Means::Mobile => own,
        Means::BreakGlass => rule.break_glass,
        Means::Key(scopes) if rule.key.is_some_and(|scope| scopes.contains(&scope)) => own,
        Means::Key(_) => Reach::Nowhere,
    }
}

/// Whether a caller may do this with what is theirs, their team's or somebody else's.
#[must_use]
pub fn may(caller: &Caller, deed: Deed, whose: Whose) -> bool {
    whose.within(reach(caller, deed))
}

/// Whether a deed is only for who signed in a short while ago.
#[must_use]
pub fn wants_recent(deed: Deed) -> bool {
    TABLE.iter().any(|rule| rule.deed == deed && rule.recent)
}

/// The scope a key needs for a deed; none where no key gets.
#[must_use]
pub fn scope_for(deed: Deed) -> Option<KeyScope> {
    TABLE.iter().find(|rule| rule.deed == deed).and_then(|rule| rule.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::words::Word;

    fn caller(role: PlatformRole, means: Means) -> Caller {
        Caller { user: Id::fresh(), name: "dana".to_owned(), role, means }
    }

    #[test]
    fn every_deed_has_exactly_one_line() {
        for deed in Deed::ALL {
            assert_eq!(TABLE.iter().filter(|rule| rule.deed == *deed).count(), 1, "{}", deed.as_str());
        }
        assert_eq!(TABLE.len(), Deed::ALL.len());
    }

    #[test]
    fn a_key_gets_no_further_than_its_owner_and_nowhere_without_its_scope() {
        for deed in Deed::ALL {
            for role in PlatformRole::ALL {
                let owner = reach(&caller(*role, Means::Okta), *deed);
                let key = |scopes: &[KeyScope]| reach(&caller(*role, Means::Key(scopes.to_vec())), *deed);
                assert!(key(KeyScope::ALL) <= owner);
                assert_eq!(key(&[]), Reach::Nowhere);
            }
        }
    }

    #[test]
    fn what_wants_a_recent_sign_in_is_for_no_key() {
        for rule in TABLE.iter().filter(|rule| rule.recent) {
            assert!(rule.key.is_none(), "{}: a key never signs in", rule.deed.as_str());
        }
        assert!(wants_recent(Deed::ManageScimTokens) && !wants_recent(Deed::ReadScimTokens));
    }

    #[test]
    fn an_app_gets_just_as_far_as_a_session() {
        for deed in Deed::ALL {
            for role in PlatformRole::ALL {
                let of = |means| reach(&caller(*role, means), *deed);
                assert_eq!(of(Means::Mobile), of(Means::Okta), "{}", deed.as_str());
            }
        }
    }

    #[test]
    fn in_a_team_its_admin_gets_further_than_a_responder_and_an_observer_no_further_than_anybody() {
        let user = caller(PlatformRole::User, Means::Okta);
        for deed in Deed::ALL {
            let gets = |role| may(&user, *deed, Whose::In(role));
            assert!(gets(TeamRole::Admin) >= gets(TeamRole::Responder), "{}", deed.as_str());
            assert!(gets(TeamRole::Responder) >= gets(TeamRole::Observer), "{}", deed.as_str());
            assert_eq!(gets(TeamRole::Observer), may(&user, *deed, Whose::Foreign), "{}", deed.as_str());
        }
    }

    #[test]
    fn an_admin_gets_at_least_as_far_as_a_user() {
        for deed in Deed::ALL {
            let of = |role| reach(&caller(role, Means::Okta), *deed);
            assert!(of(PlatformRole::Admin) >= of(PlatformRole::User), "{}", deed.as_str());
        }
    }
}
