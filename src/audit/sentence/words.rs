//! The table of sentences: one for every action, and for what was refused.
//!
//! `{actor}`, `{user}`, `{team}` and whatever stands in the event are places, see [`super::places`]. What stands in `[ ]`
//! is left out where the event does not fill a place of it; `{?x}` fills nothing, and only asks whether there is `x`, or
//! with `{?x=y}` whether it is that word; `{x:one/many}` is a number with what it counts.
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
            "refused {count:more time/more times} from {from}: {reason}|{who} was refused: {reason}[ ({userName})][; Okta says {oktaError}]|{who} was refused"
        }
        Action::AuthForbidden => {
            "{who} was refused {count:more time/more times} from {from}: {reason}|{who} was refused: {reason}|{who} tried what they may not do"
        }
        Action::AuthBreakGlassLogin => {
            "somebody tried the break-glass account {name}: {glass}|somebody tried to sign in with a break-glass account[: {glass}]"
        }
        Action::BreakGlassTested => {
            "{actor} tested the break-glass account {name}: {glass}|{actor} tested a break-glass account[: {glass}]"
        }
        Action::AuthMobileSignedIn => "a sign-in of {user} with the app was refused[: {reason}]",
        Action::ContactCodeRefused => {
            "{user} gave a wrong code for their {contact}[; {triesLeft:try is/tries are} left]|{user} gave a wrong code"
        }
        Action::MessageUndeliverable => {
            "a message to {user} by {road} could not be delivered[ in {tries:try/tries}][: {detail.reason}]|a message to {user} could not be delivered"
        }
        _ => REFUSED,
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::UserCreated => {
            "{user} joined the roll at {by}[; somebody who left had the same sign-in name{?predecessor}]|{actor} added {user} to the roll[; somebody who left had the same sign-in name{?predecessor}]"
        }
        Action::UserUpdated => {
            "{actor} took over {user}, who had signed in before[, and changed {fields}]{?adopted}|{?self}{actor} changed their own {fields}|{actor} changed {fields} of {user}|{actor} changed the profile of {user}"
        }
        Action::UserEmailChanged => {
            "{actor} changed the e-mail address of {user}[ from {before.email}] to {after.email}, which is not verified yet[; {ended}]|{actor} removed the e-mail address {before.email} of {user}[; {ended}]|{actor} changed the e-mail address of {user}, which is not verified yet"
        }
        Action::UserPhoneChanged => {
            "{actor} changed the phone number of {user}[ from {before.phone}] to {after.phone}, which is not verified yet[; {ended}]|{actor} removed the phone number {before.phone} of {user}[; {ended}]|{actor} changed the phone number of {user}, which is not verified yet"
        }
        Action::UserDeactivated => "{actor} deactivated {user}[, who is now {switches}][; {ended}]",
        Action::UserReactivated => "{actor} reactivated {user}[, who is now {switches}]; what had ended stays ended",
        Action::UserSwitchChanged => {
            "{actor} marked {user} as {switches}; they had no access and have none now|{actor} changed a switch of {user}; they had no access and have none now"
        }
        Action::UserSignedOut => "{actor} signed {user} out[; {ended}]; their access stays",
        Action::UserOktaStatusCleared => {
            "{actor} set aside that {user} is {before.okta} at Okta|{actor} set aside what Okta says of the account of {user}"
        }
        Action::UserIdentityBound => {
            "{actor} bound {user} to the account {after.oktaId} at Okta|{actor} bound {user} to an account at Okta"
        }
        Action::UserReprovisioned => "{actor} brought {user} back, who had left",
        Action::UserDeleted => "{actor} removed {user} from the roll for good[; {ended}]",
        Action::UserReplaced => {
            "{actor} passed the SCIM id and the sign-in name of {user} on to {successor}, who has another account at Okta|{actor} passed the SCIM id and the sign-in name of {user} on to somebody else"
        }
        Action::IdentityMismatch => {
            "{actor} sent the externalId {after.externalId} for {user}[, who stays bound to {bound}]|{actor} sent another externalId for {user}"
        }
        _ => in_a_team(action),
    }
}

fn in_a_team(action: Action) -> &'static str {
    match action {
        Action::TeamCreated => "{actor} created the team {team}",
        Action::TeamUpdated => {
            "{actor} renamed the team {renamed}|{actor} changed {fields} of the team {team}|{actor} changed the team {team}"
        }
        Action::TeamArchived => "{actor} archived the team {team}[: its group at Okta was deleted{?oktaGroupId}]",
        Action::TeamLinked => {
            "{actor} linked {team} to the group {after.oktaGroupId} at Okta|{actor} linked {team} to a group at Okta"
        }
        Action::TeamUnlinked => {
            "{actor} unlinked {team} from the group {before.oktaGroupId} at Okta|{actor} declined to link {team} to the group {before.proposedGroupId} at Okta|{actor} unlinked {team} from its group at Okta"
        }
        Action::TeamMemberAdded => {
            "{?self}{actor} joined {team}[ as {after.role}]|{actor} pushed {user} to {team}, where they were already{?before.role}|{actor} added {user} to {team}[ as {after.role}]"
        }
        Action::TeamMemberRemoved => {
            "{?self}{actor} left {team}[ (was {before.role})][; nobody runs the team now{?lastAdmin}]|{actor} removed {user} from {team}[ (was {before.role})][; nobody runs the team now{?lastAdmin}]"
        }
        Action::TeamMemberReleased => "{actor} let go of {user} in {team}, where the platform keeps them",
        Action::TeamMembersSkipped => {
            "{actor} pushed {count:member who is/members who are} not on the roll to {team}; skipped|{actor} pushed members who are not on the roll to {team}; skipped"
        }
        Action::TeamRestored => "{actor} restored the team {team}",
        Action::TeamTagsChanged => "{actor} changed the tags of {team}",
        Action::TeamMaintenanceSet => {
            "{actor} turned the maintenance mode of {team} {after.maintenanceMode}[: {detail.reason}]|{actor} changed the maintenance mode of {team}"
        }
        Action::TeamRoleChanged => {
            "{?self}{actor} changed their own role in {team} from {before.role} to {after.role}|{actor} changed the role of {user} in {team} from {before.role} to {after.role}|{actor} gave {user} another role in {team}"
        }
        Action::TeamMemberOptedOut => {
            "{?self}{actor} left {team}, though Okta keeps them in its group[; nobody runs the team now{?lastAdmin}]|{actor} removed {user} from {team}, though Okta keeps them in its group[; nobody runs the team now{?lastAdmin}]"
        }
        Action::TeamMemberTakenBack => "{?self}{actor} came back to {team}|{actor} took {user} back into {team}",
        Action::TeamRequestMade => {
            "{?self}{actor} asked for the team {name}[: {after.reason}]|{user} asked for the team {name}|{user} asked for a team"
        }
        Action::TeamRequestApproved => {
            "{?self}{actor} created the team {name}, which they had asked for themselves|{actor} created the team {name}, which {user} had asked for|{actor} created a team that {user} had asked for"
        }
        Action::TeamRequestRejected => {
            "{?self}{actor} turned down the team {name}, which they had asked for themselves[: {note}]|{actor} turned down the team {name}, which {user} had asked for[: {note}]|{actor} turned down a team that {user} had asked for"
        }
        _ => at_the_door(action),
    }
}

/// Credentials, sign-ins, and the work of the service.
fn at_the_door(action: Action) -> &'static str {
    match action {
        Action::ScimTokenCreated => {
            "{actor} created the SCIM token {name}[ ({prefix})][; it expires on {expiresAt}]|{actor} created a SCIM token"
        }
        Action::ScimTokenRevoked => "{actor} revoked the SCIM token {name}[ ({prefix})]|{actor} revoked a SCIM token",
        Action::ScimTokenRotated => {
            "{actor} rotated the SCIM token {name}[ ({prefix})][: the new one begins with {detail.successor}][; the old one works until {expiresAt}]|{actor} rotated a SCIM token"
        }
        Action::HookReplayed => {
            "{actor} replayed Okta's event {event}[; {after.state}]|{actor} replayed an event of Okta's"
        }
        Action::HookReplayBegun => {
            "{actor} began a replay of {events:event/events} of Okta's[ that failed for good since {since}]|{actor} began a replay of events of Okta's"
        }
        Action::HookReplayEnded => {
            "{actor} cancelled the replay of {events:event/events} of Okta's[: {done:was/were} tried, {changed} changed something, {failed} failed]{?state=cancelled}|the replay of {events:event/events} of Okta's ended[: {done:was/were} tried, {changed} changed something, {failed} failed]|a replay of events of Okta's ended"
        }
        Action::DriftRepaired => {
            "{actor} repaired {repaired} of {found:difference/differences} from Okta[; not everything could be compared{?partly}]|{actor} repaired differences from Okta"
        }
        Action::BreakerTripped => {
            "{deactivated:person/people} lost access within ten minutes, and the breaker tripped[; catching up and repairs wait until an operator releases it{?holds}]|many people lost access within ten minutes, and the breaker tripped"
        }
        Action::BreakerReleased => "{actor} released the breaker; catching up and repairs go on",
        Action::AuthSignedIn => "{user} signed in with Okta",
        Action::AuthBreakGlassLogin => "the break-glass account {user} signed in",
        Action::BreakGlassTested => {
            "{actor} tested the break-glass account {name}: its password is right|{actor} tested a break-glass account"
        }
        Action::BreakGlassCreated => {
            "{actor} created the break-glass account {name}|{actor} created a break-glass account"
        }
        Action::AuthMobileCode => "{user} got a one-time code to sign in with the app",
        Action::AuthMobileSignedIn => "{user} signed in with the app[ on {device}]",
        Action::AuthMobileRefreshed => "the app of {user}[ on {device}] renewed its sign-in",
        Action::AuthMobileReused => {
            "a {what} of {user} was used twice, so somebody has a copy; the sign-in[ on {device}] was ended|a code or token of {user} was used twice, so somebody has a copy; the sign-in was ended"
        }
        Action::AuthMobileEnded => "{actor} ended a mobile sign-in of {owner}[ on {device}]",
        Action::DeviceRegistered => {
            "{user} registered the device {name}[ ({platform})][; {ended}]|{user} registered a device[; {ended}]"
        }
        Action::DeviceRemoved => {
            "{actor} removed the device {name} of {owner}[: {reason}]|{actor} removed a device of {owner}[: {reason}]"
        }
        Action::UserRoleChanged => {
            "{?self}{actor} changed their own role on the platform from {before.role} to {after.role}|{actor} changed the role of {user} on the platform from {before.role} to {after.role}|{actor} gave {user} another role on the platform"
        }
        Action::UserSessionsRevoked => {
            "{?self}{actor} signed out everywhere[; {ended}]|{actor} signed {user} out everywhere[; {ended}]; their access stays"
        }
        Action::ContactCodeOrdered => "{user} had a code sent by {road}|{user} had a code sent",
        Action::ContactVerified => "{user} verified their {contact}|{user} verified how they are reached",
        Action::UserPreferencesChanged => "{actor} changed by which channels they are notified",
        Action::ApiKeyCreated => {
            "{actor} created the API key {name}[ ({prefix})][; it expires on {expiresAt}]|{actor} created an API key"
        }
        Action::ApiKeyRevoked => "{actor} revoked the API key {name} of {owner}|{actor} revoked an API key of {owner}",
        Action::AuthSessionEnded => "{actor} ended a session of {owner}",
        Action::AuditExported => {
            "{actor} exported what the audit has on {search}[ as {format}]|{actor} exported the audit[ as {format}]"
        }
        _ => UNKNOWN,
    }
}
