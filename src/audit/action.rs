//! The closed list of what can be said in the audit. Codes are public and never renamed.

use crate::model::words::{Word, words};

words! {
    /// How much a row deserves attention.
    Severity {
        /// As it should be.
        Info = "INFO",
        /// Worth a look.
        Warn = "WARN",
        /// Somebody should look now.
        High = "HIGH",
    }
}

words! {
    /// What happened.
    Action {
        /// A person joined the roll.
        UserCreated = "user.created",
        /// A person's profile or identity attributes changed.
        UserUpdated = "user.updated",
        /// A person's primary e-mail address changed, and what was proven of the old one is void.
        UserEmailChanged = "user.email.changed",
        /// A person's primary phone number changed, and what was proven of the old one is void.
        UserPhoneChanged = "user.phone.changed",
        /// A person lost access; what let them in ended with it.
        UserDeactivated = "user.deactivated",
        /// A person may sign in again.
        UserReactivated = "user.reactivated",
        /// One switch of activity changed while another still keeps the person out.
        UserSwitchChanged = "user.switch.changed",
        /// Okta ended what a person was signed in with; their access stays.
        UserSignedOut = "user.signed_out",
        /// An admin set aside what Okta says of a person's account.
        UserOktaStatusCleared = "user.okta.cleared",
        /// An admin bound a person to their account at Okta.
        UserIdentityBound = "user.identity.bound",
        /// A person who had left came back as the same person.
        UserReprovisioned = "user.reprovisioned",
        /// A person left the roll for good.
        UserDeleted = "user.deleted",
        /// A row lost its SCIM id and name to a new person with another identity.
        UserReplaced = "user.replaced",
        /// A person arrived under another identity than the one they are bound to.
        IdentityMismatch = "identity.mismatch",
        /// A team was made.
        TeamCreated = "team.created",
        /// A team's name or attributes changed.
        TeamUpdated = "team.updated",
        /// A team was archived.
        TeamArchived = "team.archived",
        /// A team was linked to a group at Okta.
        TeamLinked = "team.linked",
        /// A link of a team to a group at Okta was removed or set aside.
        TeamUnlinked = "team.unlinked",
        /// Somebody joined a team, or Okta took hold of a membership.
        TeamMemberAdded = "team.member.added",
        /// Somebody left a team.
        TeamMemberRemoved = "team.member.removed",
        /// Okta let go of a membership that the platform still holds.
        TeamMemberReleased = "team.member.released",
        /// A push named members that are not on the roll.
        TeamMembersSkipped = "team.members.skipped",
        /// An archived team came back.
        TeamRestored = "team.restored",
        /// A team's tags changed.
        TeamTagsChanged = "team.tags.changed",
        /// A team's maintenance mode was turned on or off.
        TeamMaintenanceSet = "team.maintenance.set",
        /// A member was given another role in a team.
        TeamRoleChanged = "team.role.changed",
        /// Somebody whom Okta holds in a team left it or was sent away here.
        TeamMemberOptedOut = "team.member.opted_out",
        /// Somebody who had left a team that Okta holds them in is back.
        TeamMemberTakenBack = "team.member.taken_back",
        /// Somebody asked for a team.
        TeamRequestMade = "team.request.made",
        /// An admin made the team that somebody asked for.
        TeamRequestApproved = "team.request.approved",
        /// An admin said no to who asked for a team.
        TeamRequestRejected = "team.request.rejected",
        /// A SCIM token was made.
        ScimTokenCreated = "scim.token.created",
        /// A SCIM token was revoked.
        ScimTokenRevoked = "scim.token.revoked",
        /// A SCIM token was replaced by a new one.
        ScimTokenRotated = "scim.token.rotated",
        /// A credential was refused, or refused again and again.
        AuthRefused = "auth.refused",
        /// A valid credential was used for what it may not do.
        AuthForbidden = "auth.forbidden",
        /// An event of Okta's that had come to its end was applied again by hand.
        HookReplayed = "hook.replayed",
        /// Somebody had many events of Okta's applied again in one go.
        HookReplayBegun = "hook.replay.begun",
        /// Such a replay came to its end, or was cancelled.
        HookReplayEnded = "hook.replay.ended",
        /// What differed from Okta was repaired.
        DriftRepaired = "drift.repaired",
        /// Many people lost access at once.
        BreakerTripped = "breaker.tripped",
        /// Somebody let go on what the breaker held.
        BreakerReleased = "breaker.released",
        /// Somebody signed in with Okta.
        AuthSignedIn = "auth.signed_in",
        /// Somebody used, or tried, a break-glass account.
        AuthBreakGlassLogin = "auth.break_glass.login",
        /// Somebody asked whether the password of a break-glass account is right.
        BreakGlassTested = "break_glass.tested",
        /// A break-glass account was made.
        BreakGlassCreated = "break_glass.created",
        /// A person who was recognised was handed a one-time code for their app.
        AuthMobileCode = "auth.mobile.code",
        /// A device was signed in with a one-time code, or refused for a wrong proof.
        AuthMobileSignedIn = "auth.mobile.signed_in",
        /// A mobile sign-in was given its next tokens.
        AuthMobileRefreshed = "auth.mobile.refreshed",
        /// A code or refresh token came a second time: the mobile sign-in was ended.
        AuthMobileReused = "auth.mobile.reused",
        /// A mobile sign-in was ended by hand.
        AuthMobileEnded = "auth.mobile.ended",
        /// A person registered a device, or named it anew.
        DeviceRegistered = "device.registered",
        /// A device was given up, or registered by somebody else.
        DeviceRemoved = "device.removed",
        /// A person was given another role on the platform.
        UserRoleChanged = "user.role.changed",
        /// An admin ended what a person was signed in with.
        UserSessionsRevoked = "user.sessions.revoked",
        /// Somebody had a code sent to an address of theirs.
        ContactCodeOrdered = "contact.code.ordered",
        /// Somebody brought back a code that was not the right one.
        ContactCodeRefused = "contact.code.refused",
        /// Somebody proved how they are reached.
        ContactVerified = "contact.verified",
        /// A message could not be delivered, and will not be.
        MessageUndeliverable = "message.undeliverable",
        /// A person chose by which channels they want to be told.
        UserPreferencesChanged = "preferences.changed",
        /// A person made an API key.
        ApiKeyCreated = "api_key.created",
        /// An API key was revoked.
        ApiKeyRevoked = "api_key.revoked",
        /// A session was ended by hand.
        AuthSessionEnded = "auth.session.ended",
        /// Rows of the audit were exported.
        AuditExported = "audit.exported",
    }
}

/// What the documentation says of an action.
pub struct About {
    /// How grave it is unless the row says otherwise.
    pub severity: Severity,
    /// One sentence for an admin.
    pub sentence: &'static str,
}

impl Action {
    /// How grave it is and what it means.
    #[must_use]
    pub fn about(self) -> About {
        use Severity::{High, Info, Warn};
        let (severity, sentence) = match self {
            Self::UserCreated => (Info, "A person joined the roll."),
            Self::UserUpdated => (Info, "A person's profile changed."),
            Self::UserEmailChanged => (High, "A person's e-mail address changed; its proof and open codes are void."),
            Self::UserPhoneChanged => (Warn, "A person's phone number changed; its proof and open codes are void."),
            Self::UserDeactivated => (Warn, "A person lost access; sessions, tokens, keys, codes and devices ended."),
            Self::UserReactivated => (Info, "A person may sign in again; nothing else came back."),
            Self::UserSwitchChanged => (Info, "One switch of activity changed; access itself did not."),
            Self::UserSignedOut => (Info, "Okta ended what a person was signed in with; their access stays."),
            Self::UserOktaStatusCleared => (High, "An admin set aside what Okta says of a person's account."),
            Self::UserIdentityBound => (High, "An admin bound a person to an account at Okta, which signs them in."),
            Self::UserReprovisioned => (Warn, "A person who had left was provisioned again as the same person."),
            Self::UserDeleted => (Warn, "A person left the roll for good; memberships ended."),
            Self::UserReplaced => (High, "A recycled address: a new identity took over this row's SCIM id and name."),
            Self::IdentityMismatch => (High, "An external id arrived that is not the one this person is bound to."),
            Self::TeamCreated => (Info, "A team was made."),
            Self::TeamUpdated => (Info, "A team's name or attributes changed."),
            Self::TeamArchived => (Warn, "A team was archived; its name is free again."),
            Self::TeamLinked => (Warn, "A team was linked to a group at Okta, whose events act on it from now on."),
            Self::TeamUnlinked => (Warn, "A link of a team to a group at Okta was removed or set aside."),
            Self::TeamMemberAdded => (Info, "Somebody joined a team."),
            Self::TeamMemberRemoved => (Info, "Somebody left a team."),
            Self::TeamMemberReleased => (Info, "Okta let go of a membership that the platform still holds."),
            Self::TeamMembersSkipped => (Warn, "A push named members that are not on the roll; they were skipped."),
            Self::TeamRestored => (Warn, "An archived team came back."),
            Self::TeamTagsChanged => (Info, "A team's tags changed."),
            Self::TeamMaintenanceSet => (Warn, "A team's maintenance mode was turned on or off."),
            Self::TeamRoleChanged => (Warn, "A member was given another role in a team."),
            Self::TeamMemberOptedOut => (Warn, "Somebody whom Okta holds in a team left it or was sent away here."),
            Self::TeamMemberTakenBack => (Info, "Somebody who had left a team that Okta holds them in is back."),
            Self::TeamRequestMade => (Info, "Somebody asked for a team."),
            Self::TeamRequestApproved => (Warn, "An admin made the team that somebody asked for; they run it."),
            Self::TeamRequestRejected => (Info, "An admin said no to who asked for a team."),
            other => other.of_credentials(),
        };
        About { severity, sentence }
    }

    /// The same of tokens, sign-ins, devices and the service itself.
    fn of_credentials(self) -> (Severity, &'static str) {
        use Severity::{High, Info, Warn};
        match self {
            Self::ScimTokenCreated => (High, "A SCIM token was made."),
            Self::ScimTokenRevoked => (High, "A SCIM token was revoked."),
            Self::ScimTokenRotated => (High, "A SCIM token was replaced; the old one works until its own end."),
            Self::AuthRefused => (Warn, "A credential was refused."),
            Self::AuthForbidden => (Warn, "A valid credential was used for what it may not do."),
            Self::HookReplayed => (Warn, "An event of Okta's that had come to its end was applied again by hand."),
            Self::HookReplayBegun => (Warn, "Somebody had many events of Okta's applied again in one go."),
            Self::HookReplayEnded => (Info, "A replay of many events came to its end, or was cancelled."),
            Self::DriftRepaired => (Warn, "What differed from Okta was repaired; the rows of the same cause say what."),
            Self::BreakerTripped => (High, "Many people lost access within ten minutes."),
            Self::BreakerReleased => (High, "Somebody let go on what the breaker held."),
            Self::AuthSignedIn => (Info, "Somebody signed in with Okta."),
            Self::AuthBreakGlassLogin => (High, "Somebody signed in with a break-glass account, or tried to."),
            Self::BreakGlassTested => (High, "The password of a break-glass account was tried at the command line."),
            Self::BreakGlassCreated => (High, "A break-glass account was made."),
            Self::AuthMobileCode => (Info, "A person was recognised and handed a one-time code for their app."),
            Self::AuthMobileSignedIn => (Info, "A device was signed in with a one-time code, or refused."),
            Self::AuthMobileRefreshed => (Info, "A mobile sign-in was given its next tokens."),
            Self::AuthMobileReused => (High, "A code or token came a second time: somebody has a copy; all ended."),
            Self::AuthMobileEnded => (Info, "A mobile sign-in was ended by its owner or by an admin."),
            Self::DeviceRegistered => (Info, "A person registered a device for push messages, or named it anew."),
            Self::DeviceRemoved => (Info, "A device was given up, or somebody else registered it as theirs."),
            Self::UserRoleChanged => (High, "A person was given another role on the platform."),
            Self::UserSessionsRevoked => (Warn, "An admin ended what a person was signed in with; their access stays."),
            Self::ContactCodeOrdered => (Info, "A person had a code sent to an address of theirs; earlier ones ended."),
            Self::ContactCodeRefused => (Warn, "A code was tried that is not the one that was sent."),
            Self::ContactVerified => (Info, "A person proved that they are reached by e-mail, phone or push."),
            Self::MessageUndeliverable => (Warn, "A message could not be delivered; its code ended."),
            Self::UserPreferencesChanged => (Info, "A person chose by which channels they want to be told."),
            Self::ApiKeyCreated => (Warn, "A person made an API key."),
            Self::ApiKeyRevoked => (Info, "An API key was revoked by its owner or by an admin."),
            Self::AuthSessionEnded => (Info, "A session was ended by its owner or by an admin."),
            Self::AuditExported => (Info, "Rows of the audit were exported."),
            other => (Info, other.as_str()),
        }
    }

    /// The public code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.as_str()
    }
}
