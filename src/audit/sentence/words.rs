//! The table of sentences: one for every action, and for what was refused.
//!
//! `{actor}`, `{user}`, `{team}` and whatever stands in the event are places, see [`super::places`]. What stands in `[ ]`
//! is left out where the event does not fill a place of it; `{?x}` fills nothing, and only asks whether there is `x`.
//! Wordings are parted by `|`: the first that can be said is said.

use crate::audit::Action;

/// For a code that this program does not know: a newer one wrote it.
pub const UNKNOWN: &str = "{actor}: {action}";
const REFUSED: &str = "{actor} was refused: {action}[ ({reason})]";

/// The words of an action.
pub fn of(action: Action, is_refused: bool) -> &'static str {
    if is_refused { refused(action) } else { done(action) }
}

fn refused(action: Action) -> &'static str {
    match action {
        Action::AuthRefused => {
            "{actor} was refused: {reason}[ ({userName})][, {count} more times][, from {from}]|{actor} was refused"
        }
        Action::AuthForbidden => {
            "{actor} was refused[ (token {token})]: {reason}[, {count} more times]|{actor} tried what is not allowed to them"
        }
        Action::AuthBreakGlassLogin => {
            "somebody tried the break-glass account {name}: {glass}|somebody tried to break the glass[: {glass}]"
        }
        Action::BreakGlassTested => {
            "{actor} tested the break-glass account {name}: {glass}|{actor} tested a break-glass account[: {glass}]"
        }
        Action::AuthMobileSignedIn => "a one-time code for the app of {user} was refused[: {reason}]",
        Action::ContactCodeRefused => {
            "{user} gave a wrong code for {method}[; {triesLeft} tries are left]|{user} gave a wrong code"
        }
        Action::MessageUndeliverable => {
            "a message to {user} by {method} could not be delivered[ in {tries} tries][: {detail.reason}]|a message to {user} could not be delivered"
        }
        _ => REFUSED,
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::UserCreated => {
            "{actor} added {user} to the roll[ at their {by}][; somebody who left had this name before{?predecessor}]"
        }
        Action::UserUpdated => {
            "{actor} took over {user}, who had signed in before[: {fields}]{?adopted}|{actor} changed {fields} of {user}|{actor} changed the profile of {user}"
        }
        Action::UserEmailChanged => {
            "{actor} changed the e-mail address of {user}[ to {after.email}]; it is not proven now[; {ended}]"
        }
        Action::UserPhoneChanged => {
            "{actor} changed the phone number of {user}[ to {after.phone}]; it is not proven now[; {ended}]"
        }
        Action::UserDeactivated => "{actor} deactivated {user}[; {ended}]",
        Action::UserReactivated => "{actor} let {user} in again; nothing else came back",
        Action::UserSwitchChanged => {
            "{actor} turned {switches} for {user}; access stays as it was|{actor} changed a switch of {user}; access stays as it was"
        }
        Action::UserSignedOut => "{actor} signed {user} out[; {ended}]; access stays",
        Action::UserOktaStatusCleared => "{actor} set aside what Okta says of the account of {user}[ ({before.okta})]",
        Action::UserIdentityBound => {
            "{actor} bound {user} to the account {after.oktaId} at Okta|{actor} bound {user} to an account at Okta"
        }
        Action::UserReprovisioned => "{actor} provisioned {user} again, who had left",
        Action::UserDeleted => "{actor} removed {user} from the roll for good",
        Action::UserReplaced => {
            "{actor} gave the SCIM id and the name of {user} to {successor}|{actor} gave the SCIM id and the name of {user} to somebody else"
        }
        Action::IdentityMismatch => {
            "{actor} sent another externalId for {user}[: {after.externalId}][; they stay bound to {bound}]"
        }
        _ => in_a_team(action),
    }
}

fn in_a_team(action: Action) -> &'static str {
    match action {
        Action::TeamCreated => "{actor} made the team {team}",
        Action::TeamUpdated => "{actor} changed {fields} of the team {team}|{actor} changed the team {team}",
        Action::TeamArchived => "{actor} archived {team}[: its group at Okta was deleted{?oktaGroupId}]",
        Action::TeamLinked => {
            "{actor} linked {team} to the group {after.oktaGroupId} at Okta|{actor} linked {team} to a group at Okta"
        }
        Action::TeamUnlinked => {
            "{actor} unlinked {team} from the group {before.oktaGroupId} at Okta|{actor} declined to link {team} to the group {before.proposedGroupId} at Okta|{actor} unlinked {team} from its group at Okta"
        }
        Action::TeamMemberAdded => {
            "{actor} took hold of {user} in {team}, who was there already{?before.role}|{actor} added {user} to {team}[ as {after.role}]"
        }
        Action::TeamMemberRemoved => {
            "{?self}{actor} left {team}[ (was {before.role})][; nobody runs it now{?lastAdmin}]|{actor} removed {user} from {team}[ (was {before.role})][; nobody runs it now{?lastAdmin}]"
        }
        Action::TeamMemberReleased => "{actor} let go of {user} in {team}; the platform keeps them there",
        Action::TeamMembersSkipped => {
            "{actor} named {count} members for {team} who are not on the roll; they were skipped|{actor} named members for {team} who are not on the roll; they were skipped"
        }
        Action::TeamRestored => "{actor} restored {team}",
        Action::TeamTagsChanged => "{actor} changed the tags of {team}",
        Action::TeamMaintenanceSet => {
            "{actor} turned maintenance mode of {team} {after.maintenanceMode}[: {detail.reason}]|{actor} changed maintenance mode of {team}"
        }
        Action::TeamRoleChanged => {
            "{actor} changed the role of {user} in {team} from {before.role} to {after.role}|{actor} gave {user} another role in {team}"
        }
        Action::TeamMemberOptedOut => {
            "{?self}{actor} left {team}; Okta still holds them in it[; nobody runs it now{?lastAdmin}]|{actor} sent {user} away from {team}; Okta still holds them in it[; nobody runs it now{?lastAdmin}]"
        }
        Action::TeamMemberTakenBack => "{actor} took {user} back into {team}",
        Action::TeamRequestMade => {
            "{?self}{actor} asked for the team {name}|{user} asked for the team {name}|{user} asked for a team"
        }
        Action::TeamRequestApproved => {
            "{actor} made the team {name}, which {user} had asked for|{actor} made a team that {user} had asked for"
        }
        Action::TeamRequestRejected => {
            "{actor} turned down the team {name}, which {user} had asked for[: {note}]|{actor} turned down a team that {user} had asked for"
        }
        _ => at_the_door(action),
    }
}

/// Credentials, sign-ins, and the work of the service.
fn at_the_door(action: Action) -> &'static str {
    match action {
        Action::ScimTokenCreated => "{actor} made the SCIM token {name}[ ({prefix})]|{actor} made a SCIM token",
        Action::ScimTokenRevoked => "{actor} revoked the SCIM token {name}[ ({prefix})]|{actor} revoked a SCIM token",
        Action::ScimTokenRotated => {
            "{actor} rotated the SCIM token {name}[; the old one works until {expiresAt}]|{actor} rotated a SCIM token"
        }
        Action::HookReplayed => {
            "{actor} applied the event {event} again[; it is {after.state} now]|{actor} applied an event of Okta's again"
        }
        Action::HookReplayBegun => {
            "{actor} had {events} events of Okta's applied again|{actor} had many events of Okta's applied again"
        }
        Action::HookReplayEnded => {
            "a replay of {events} events of Okta's is {state}[; {done} were tried, {changed} changed something, {failed} failed]|a replay of events of Okta's came to its end"
        }
        Action::DriftRepaired => {
            "{actor} repaired {repaired} of {found} differences from Okta[; not everything could be compared{?partly}]|{actor} repaired differences from Okta"
        }
        Action::BreakerTripped => {
            "{deactivated} people lost access within ten minutes, and the breaker tripped[; catch-up and repairs wait{?holds}]|many people lost access within ten minutes, and the breaker tripped"
        }
        Action::BreakerReleased => "{actor} released the breaker: catch-up and repairs go on",
        Action::AuthSignedIn => "{user} signed in with Okta",
        Action::AuthBreakGlassLogin => "{user} signed in with a break-glass account",
        Action::BreakGlassTested => {
            "{actor} tested the break-glass account {name}: its password is right|{actor} tested a break-glass account"
        }
        Action::BreakGlassCreated => "{actor} made the break-glass account {name}|{actor} made a break-glass account",
        Action::AuthMobileCode => "{user} was recognised and got a one-time code for their app",
        Action::AuthMobileSignedIn => "{user} signed in with the app[ on {device}]",
        Action::AuthMobileRefreshed => "the app of {user} got its next tokens[ on {device}]",
        Action::AuthMobileReused => {
            "a {what} of {user} came a second time, so somebody has a copy; the sign-in[ on {device}] was ended|a code or token of {user} came a second time, so somebody has a copy; the sign-in was ended"
        }
        Action::AuthMobileEnded => "{actor} ended a mobile sign-in of {owner}[ on {device}]",
        Action::DeviceRegistered => {
            "{user} registered the device {name}[; {ended}]|{user} registered a device[; {ended}]"
        }
        Action::DeviceRemoved => {
            "{actor} removed the device {name} of {owner}[ ({detail.reason})]|{actor} removed a device of {owner}[ ({detail.reason})]"
        }
        Action::UserRoleChanged => {
            "{actor} changed the role of {user} on the platform from {before.role} to {after.role}|{actor} gave {user} another role on the platform"
        }
        Action::UserSessionsRevoked => "{actor} signed {user} out everywhere[; {ended}]; access stays",
        Action::ContactCodeOrdered => "{user} had a code sent by {method}|{user} had a code sent",
        Action::ContactVerified => "{user} proved that they are reached by {method}|{user} proved how they are reached",
        Action::UserPreferencesChanged => "{actor} chose by which channels they are told",
        Action::ApiKeyCreated => "{actor} made the API key {name}[ ({prefix})]|{actor} made an API key",
        Action::ApiKeyRevoked => "{actor} revoked the API key {name} of {owner}|{actor} revoked an API key of {owner}",
        Action::AuthSessionEnded => "{actor} ended a session of {owner}",
        Action::AuditExported => "{actor} exported the audit[ as {format}][: {search}]",
        _ => UNKNOWN,
    }
}
