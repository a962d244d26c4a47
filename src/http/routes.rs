//! The route page: every route there is, who may call it and what it may say in the audit. The pages of the console stand
//! on a page of their own, [`super::console::routes`].

use axum::routing::{MethodFilter, on};

use super::console::routes::console_routes;
use super::{Method, Route, Who, api, hooks, openapi, ops, route, scim};
use crate::audit::Action;
use crate::model::Scope;
use crate::model::policy::Deed;

/// What a new person, or one who comes back or whom sign-in brought before, may say; an end of access where Okta ended it before they came.
const JOIN_ACTIONS: &[Action] = &[
    Action::UserCreated,
    Action::UserReprovisioned,
    Action::UserDeactivated,
    Action::UserReactivated,
    Action::UserSwitchChanged,
    Action::UserEmailChanged,
    Action::UserPhoneChanged,
    Action::UserUpdated,
];
/// What the end of a person may say.
const LEAVE_ACTIONS: &[Action] =
    &[Action::UserDeleted, Action::UserDeactivated, Action::UserSwitchChanged, Action::TeamMemberRemoved];
/// What a change of a person may say.
const USER_ACTIONS: &[Action] = &[
    Action::UserUpdated,
    Action::UserEmailChanged,
    Action::UserPhoneChanged,
    Action::UserDeactivated,
    Action::UserReactivated,
    Action::UserSwitchChanged,
    Action::UserReplaced,
    Action::UserCreated,
    Action::IdentityMismatch,
    Action::TeamMemberRemoved,
];
/// What a new group may say.
const FOUND_ACTIONS: &[Action] = &[Action::TeamCreated, Action::TeamMemberAdded, Action::TeamMembersSkipped];
/// What a change of a group may say.
const TEAM_ACTIONS: &[Action] = &[
    Action::TeamUpdated,
    Action::TeamMemberAdded,
    Action::TeamMemberRemoved,
    Action::TeamMemberReleased,
    Action::TeamMembersSkipped,
];

/// What the operations of a Bulk may say: whatever they may say as requests of their own.
const BULK_ACTIONS: &[Action] = &[
    Action::UserCreated,
    Action::UserReprovisioned,
    Action::UserReactivated,
    Action::UserSwitchChanged,
    Action::UserEmailChanged,
    Action::UserPhoneChanged,
    Action::UserUpdated,
    Action::UserDeactivated,
    Action::UserReplaced,
    Action::UserDeleted,
    Action::IdentityMismatch,
    Action::TeamCreated,
    Action::TeamUpdated,
    Action::TeamArchived,
    Action::TeamMemberAdded,
    Action::TeamMemberRemoved,
    Action::TeamMemberReleased,
    Action::TeamMembersSkipped,
];

/// What the end of a session by hand says.
pub(super) const END_ACTIONS: &[Action] = &[Action::AuthSessionEnded];
/// What signing out says: of a browser's session, or of a mobile sign-in.
const OUT_ACTIONS: &[Action] = &[Action::AuthSessionEnded, Action::AuthMobileEnded];

/// What a sign-in with a break-glass account says.
pub(super) const GLASS_ACTIONS: &[Action] = &[Action::AuthBreakGlassLogin];
/// What the exchange of a one-time code says, and a refresh; a copy that comes back ends what it opened.
const MOBILE_ACTIONS: &[Action] = &[Action::AuthMobileSignedIn, Action::AuthMobileReused];
const REFRESH_ACTIONS: &[Action] = &[Action::AuthMobileRefreshed, Action::AuthMobileReused];
/// What a device that registers says, its last owner's included.
const DEVICE_ACTIONS: &[Action] = &[Action::DeviceRegistered, Action::DeviceRemoved];
/// What a sign-in with Okta may say: that it was refused, or whom it let in.
const SIGN_IN_ACTIONS: &[Action] = &[Action::AuthSignedIn, Action::AuthRefused, Action::UserCreated];
/// What Okta's demand to sign somebody out says.
const LOGOUT_ACTIONS: &[Action] = &[Action::UserSignedOut];
/// What an admin's end of access says, and its giving back; the switch alone where another one decides.
pub(super) const OFF_ACTIONS: &[Action] = &[Action::UserDeactivated, Action::UserSwitchChanged];
pub(super) const ON_ACTIONS: &[Action] = &[Action::UserReactivated, Action::UserSwitchChanged];
/// What an end of everything somebody is signed in with says.
pub(super) const REVOKE_ACTIONS: &[Action] = &[Action::UserSessionsRevoked];

/// What binding somebody to their account at Okta says; an end of access where Okta ended it before.
pub(super) const BIND_ACTIONS: &[Action] =
    &[Action::UserIdentityBound, Action::UserDeactivated, Action::UserSwitchChanged];
/// What setting Okta's word aside says: with it access comes back, or another switch still decides.
pub(super) const CLEAR_ACTIONS: &[Action] =
    &[Action::UserOktaStatusCleared, Action::UserReactivated, Action::UserSwitchChanged];
/// What an export says.
const EXPORT_ACTIONS: &[Action] = &[Action::AuditExported];
/// What a replay of many of Okta's events says by itself; what each event says comes when its turn does.
pub(super) const REPLAY_BEGUN: &[Action] = &[Action::HookReplayBegun];
pub(super) const REPLAY_ENDED: &[Action] = &[Action::HookReplayEnded];
/// What a replay of one of Okta's events says: that it is one, and whatever the event changes.
pub(super) const REPLAY_ACTIONS: &[Action] = &[
    Action::HookReplayed,
    Action::UserDeactivated,
    Action::UserReactivated,
    Action::UserSwitchChanged,
    Action::UserSignedOut,
    Action::TeamMemberAdded,
    Action::TeamMemberRemoved,
    Action::TeamMemberReleased,
    Action::TeamArchived,
];

/// What a route says that changes nothing.
pub(super) const NOTHING: &[Action] = &[];

/// What a new team says, and its people.
pub(super) const TEAM_MADE: &[Action] = &[Action::TeamCreated];
/// What its settings say, as a form saves them.
pub(super) const TEAM_SET: &[Action] = &[Action::TeamUpdated, Action::TeamTagsChanged];
pub(super) const TEAM_JOIN: &[Action] = &[Action::TeamMemberAdded, Action::TeamMemberTakenBack];
pub(super) const TEAM_LEAVE: &[Action] = &[Action::TeamMemberRemoved, Action::TeamMemberOptedOut];
/// What the answer to who asked for a team says.
pub(super) const TEAM_GRANT: &[Action] = &[Action::TeamRequestApproved, Action::TeamCreated, Action::TeamMemberAdded];

/// Every route there is.
#[must_use]
pub fn routes() -> Vec<Route> {
    use Who::{Anybody, Hook, May, OktaToken};
    let mut page = vec![
        route!(GET "/health", Anybody, NOTHING, ops::health),
        route!(GET "/livez", Anybody, NOTHING, ops::livez),
        route!(GET "/readyz", Anybody, NOTHING, ops::readyz),
        route!(GET "/openapi.json", Anybody, NOTHING, openapi::show),
        route!(GET "/docs", Anybody, NOTHING, openapi::page::show),
        route!(GET "/auth/status", Anybody, NOTHING, api::me::status),
        route!(GET "/auth/me", May(Deed::ReadSelf), NOTHING, api::me::me),
        route!(POST "/auth/logout", May(Deed::EndSessions), OUT_ACTIONS, api::me::logout),
        route!(GET "/auth/sessions", May(Deed::ReadSessions), NOTHING, api::sessions::list),
        route!(DELETE "/auth/sessions", May(Deed::EndSessions), END_ACTIONS, api::sessions::end_all),
        route!(DELETE "/auth/sessions/{id}", May(Deed::EndSessions), END_ACTIONS, api::sessions::end),
        route!(POST "/auth/emergency", Anybody, GLASS_ACTIONS, api::sign_in::emergency),
        route!(GET "/auth/login", Anybody, NOTHING, api::okta::login),
        route!(GET "/auth/callback", Anybody, SIGN_IN_ACTIONS, api::okta::callback),
        route!(POST "/auth/global-token-revocation", OktaToken, LOGOUT_ACTIONS, api::universal_logout::revoke),
        route!(POST "/api/api-keys", May(Deed::MintKeys), &[Action::ApiKeyCreated], api::keys::mint),
        route!(GET "/api/api-keys", May(Deed::ReadKeys), NOTHING, api::keys::list),
        route!(DELETE "/api/api-keys/{id}", May(Deed::RevokeKeys), &[Action::ApiKeyRevoked], api::keys::revoke),
        route!(POST "/api/mobile/token", Anybody, MOBILE_ACTIONS, api::mobile::token),
        route!(POST "/api/mobile/refresh", Anybody, REFRESH_ACTIONS, api::mobile::refresh),
        route!(DELETE "/api/mobile/token", Anybody, &[Action::AuthMobileEnded], api::mobile::end_presented),
        route!(GET "/api/mobile/tokens", May(Deed::ReadMobile), NOTHING, api::mobile::list),
        route!(DELETE "/api/mobile/tokens/{id}", May(Deed::EndMobile), &[Action::AuthMobileEnded], api::mobile::end),
        route!(GET "/api/devices", May(Deed::ReadDevices), NOTHING, api::devices::list),
        route!(POST "/api/devices", May(Deed::RegisterDevice), DEVICE_ACTIONS, api::devices::register),
        route!(DELETE "/api/devices/{id}", May(Deed::RemoveDevices), &[Action::DeviceRemoved], api::devices::remove),
        route!(GET "/api/users", May(Deed::ListUsers), NOTHING, api::users::list),
        route!(GET "/api/users/me", May(Deed::ReadSelf), NOTHING, api::users::me),
        route!(GET "/api/users/{id}", May(Deed::ReadUser), NOTHING, api::users::get),
        route!(PATCH "/api/users/{id}/role", May(Deed::SetRole), &[Action::UserRoleChanged], api::users::set_role),
        route!(POST "/api/users/{id}/deactivate", May(Deed::SetAccess), OFF_ACTIONS, api::users::deactivate),
        route!(POST "/api/users/{id}/reactivate", May(Deed::SetAccess), ON_ACTIONS, api::users::reactivate),
        route!(POST "/api/users/{id}/revoke-sessions", May(Deed::SetAccess), REVOKE_ACTIONS, api::users::revoke_sessions),
        route!(POST "/api/users/{id}/clear-okta-status", May(Deed::ClearOktaStatus), CLEAR_ACTIONS, api::users::clear_okta_status),
        route!(POST "/api/users/{id}/bind", May(Deed::BindIdentity), BIND_ACTIONS, api::users::bind),
        route!(GET "/api/okta/group-links", May(Deed::ReadLinks), NOTHING, api::links::list),
        route!(POST "/api/okta/group-links/{id}/confirm", May(Deed::SetLinks), &[Action::TeamLinked], api::links::confirm),
        route!(DELETE "/api/okta/group-links/{id}", May(Deed::SetLinks), &[Action::TeamUnlinked], api::links::remove),
        route!(GET "/api/audit", May(Deed::ReadAudit), NOTHING, api::audit::list),
        route!(GET "/api/audit/export", May(Deed::ReadAudit), EXPORT_ACTIONS, api::audit_export::export),
        route!(GET "/api/audit/{id}", May(Deed::ReadAudit), NOTHING, api::audit::get),
        route!(GET "/api/audit/{resource}/{id}", May(Deed::ReadAudit), NOTHING, api::audit::history),
        route!(GET "/api/hooks/events", May(Deed::ReadHooks), NOTHING, api::hook_events::list),
        route!(GET "/api/hooks/events/{id}", May(Deed::ReadHooks), NOTHING, api::hook_events::get),
        route!(POST "/api/hooks/events/{id}/replay", May(Deed::ReplayHooks), REPLAY_ACTIONS, api::hook_events::replay),
        route!(POST "/api/hooks/replays", May(Deed::ReplayHooks), REPLAY_BEGUN, api::hook_replays::begin),
        route!(GET "/api/hooks/replays/{id}", May(Deed::ReadHooks), NOTHING, api::hook_replays::get),
        route!(DELETE "/api/hooks/replays/{id}", May(Deed::ReplayHooks), REPLAY_ENDED, api::hook_replays::cancel),
        route!(GET "/webhooks/okta/events", Hook, NOTHING, hooks::verify),
        route!(POST "/webhooks/okta/events", Hook, NOTHING, hooks::receive),
    ];
    page.extend(scim_routes());
    page.extend(contact_routes());
    page.extend(token_routes());
    page.extend(team_routes());
    page.extend(console_routes());
    page
}

/// Those that SCIM clients call.
fn scim_routes() -> Vec<Route> {
    const READ: Who = Who::Scim(Scope::Read);
    const WRITE: Who = Who::Scim(Scope::Write);
    vec![
        route!(GET "/scim/v2/ServiceProviderConfig", READ, NOTHING, scim::discovery::service_provider_config),
        route!(GET "/scim/v2/ResourceTypes", READ, NOTHING, scim::discovery::resource_types),
        route!(GET "/scim/v2/ResourceTypes/{name}", READ, NOTHING, scim::discovery::resource_type),
        route!(GET "/scim/v2/Schemas", READ, NOTHING, scim::discovery::schemas),
        route!(GET "/scim/v2/Schemas/{urn}", READ, NOTHING, scim::discovery::schema),
        route!(GET "/scim/v2/Me", READ, NOTHING, scim::discovery::me),
        route!(POST "/scim/v2/Me", READ, NOTHING, scim::discovery::me),
        route!(PUT "/scim/v2/Me", READ, NOTHING, scim::discovery::me),
        route!(PATCH "/scim/v2/Me", READ, NOTHING, scim::discovery::me),
        route!(DELETE "/scim/v2/Me", READ, NOTHING, scim::discovery::me),
        route!(POST "/scim/v2/.search", READ, NOTHING, scim::root::search),
        route!(GET "/scim/v2/Users", READ, NOTHING, scim::users::list),
        route!(POST "/scim/v2/Users/.search", READ, NOTHING, scim::users::search),
        route!(POST "/scim/v2/Users", WRITE, JOIN_ACTIONS, scim::users::create),
        route!(GET "/scim/v2/Users/{id}", READ, NOTHING, scim::users::get),
        route!(PUT "/scim/v2/Users/{id}", WRITE, USER_ACTIONS, scim::users::replace),
        route!(PATCH "/scim/v2/Users/{id}", WRITE, USER_ACTIONS, scim::users::patch),
        route!(DELETE "/scim/v2/Users/{id}", WRITE, LEAVE_ACTIONS, scim::users::delete),
        route!(GET "/scim/v2/Groups", READ, NOTHING, scim::groups::list),
        route!(POST "/scim/v2/Groups/.search", READ, NOTHING, scim::groups::search),
        route!(POST "/scim/v2/Groups", WRITE, FOUND_ACTIONS, scim::groups::create),
        route!(GET "/scim/v2/Groups/{id}", READ, NOTHING, scim::groups::get),
        route!(PUT "/scim/v2/Groups/{id}", WRITE, TEAM_ACTIONS, scim::groups::replace),
        route!(PATCH "/scim/v2/Groups/{id}", WRITE, TEAM_ACTIONS, scim::groups::patch),
        route!(DELETE "/scim/v2/Groups/{id}", WRITE, &[Action::TeamArchived], scim::groups::delete),
        route!(GET "/scim/v2/Roles", READ, NOTHING, scim::roles::list),
        route!(POST "/scim/v2/Roles/.search", READ, NOTHING, scim::roles::search),
        route!(GET "/scim/v2/Roles/{id}", READ, NOTHING, scim::roles::get),
        route!(POST "/scim/v2/Bulk", WRITE, BULK_ACTIONS, scim::bulk::carry_out),
    ]
}

/// Those about teams.
fn team_routes() -> Vec<Route> {
    use Who::May;
    vec![
        route!(GET "/api/teams", May(Deed::ReadTeams), NOTHING, api::teams::list),
        route!(POST "/api/teams", May(Deed::MakeTeams), TEAM_MADE, api::teams::create),
        route!(GET "/api/teams/{id}", May(Deed::ReadTeams), NOTHING, api::teams::get),
        route!(PATCH "/api/teams/{id}", May(Deed::EditTeams), &[Action::TeamUpdated], api::teams::edit),
        route!(DELETE "/api/teams/{id}", May(Deed::MakeTeams), &[Action::TeamArchived], api::teams::archive),
        route!(POST "/api/teams/{id}/restore", May(Deed::MakeTeams), &[Action::TeamRestored], api::teams::restore),
        route!(GET "/api/teams/{id}/health", May(Deed::ReadTeams), NOTHING, api::teams::health),
        route!(PUT "/api/teams/{id}/tags", May(Deed::EditTeams), &[Action::TeamTagsChanged], api::teams::set_tags),
        route!(PUT "/api/teams/{id}/maintenance", May(Deed::MaintainTeams), &[Action::TeamMaintenanceSet], api::teams::maintain),
        route!(GET "/api/teams/{id}/members", May(Deed::ReadTeams), NOTHING, api::team_members::list),
        route!(POST "/api/teams/{id}/members", May(Deed::SetMembers), TEAM_JOIN, api::team_members::add),
        route!(PATCH "/api/teams/{id}/members/{user}", May(Deed::SetMembers), &[Action::TeamRoleChanged], api::team_members::set_role),
        route!(DELETE "/api/teams/{id}/members/{user}", May(Deed::SetMembers), TEAM_LEAVE, api::team_members::remove),
        route!(POST "/api/teams/{id}/leave", May(Deed::LeaveTeams), TEAM_LEAVE, api::team_members::leave),
        route!(GET "/api/team-requests", May(Deed::ReadRequests), NOTHING, api::team_requests::list),
        route!(POST "/api/team-requests", May(Deed::RequestTeams), &[Action::TeamRequestMade], api::team_requests::make),
        route!(POST "/api/team-requests/{id}/approve", May(Deed::DecideRequests), TEAM_GRANT, api::team_requests::approve),
        route!(POST "/api/team-requests/{id}/reject", May(Deed::DecideRequests), &[Action::TeamRequestRejected], api::team_requests::reject),
    ]
}

/// What bringing a code back may say.
const PROOF_ACTIONS: &[Action] = &[Action::ContactVerified, Action::ContactCodeRefused];

/// How people are reached.
fn contact_routes() -> Vec<Route> {
    vec![
        route!(GET "/api/verification/status", Who::May(Deed::ReadContacts), &[], api::contacts::status),
        route!(POST "/api/verification/send", Who::May(Deed::VerifyContacts), &[Action::ContactCodeOrdered], api::contacts::send),
        route!(POST "/api/verification/verify", Who::May(Deed::VerifyContacts), PROOF_ACTIONS, api::contacts::verify),
        route!(GET "/api/dev/outbox", Who::May(Deed::ReadTray), &[], api::contacts::tray),
        route!(GET "/api/notifications/preferences", Who::May(Deed::ReadPreferences), &[], api::preferences::read),
        route!(PUT "/api/notifications/preferences", Who::May(Deed::WritePreferences), &[Action::UserPreferencesChanged], api::preferences::replace),
    ]
}

/// What SCIM clients present.
fn token_routes() -> Vec<Route> {
    use Who::May;
    vec![
        route!(GET "/api/connection", May(Deed::ReadScimTokens), NOTHING, api::connection::show),
        route!(GET "/api/scim/tokens", May(Deed::ReadScimTokens), &[], api::scim_tokens::list),
        route!(GET "/api/scim/requests", May(Deed::ReadScimRequests), &[], api::scim_requests::list),
        route!(GET "/api/scim/requests/{id}", May(Deed::ReadScimRequests), &[], api::scim_requests::get),
        route!(POST "/api/scim/tokens", May(Deed::ManageScimTokens), &[Action::ScimTokenCreated], api::scim_tokens::mint),
        route!(POST "/api/scim/tokens/{id}/rotate", May(Deed::ManageScimTokens), &[Action::ScimTokenRotated], api::scim_tokens::rotate),
        route!(DELETE "/api/scim/tokens/{id}", May(Deed::ManageScimTokens), &[Action::ScimTokenRevoked], api::scim_tokens::revoke),
    ]
}
