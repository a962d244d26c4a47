//! The route page of the console: who may open which page, and what its forms may say in the audit.

use axum::routing::{MethodFilter, on};

use crate::audit::Action;
use crate::http::routes::{
    BIND_ACTIONS, CLEAR_ACTIONS, END_ACTIONS, GLASS_ACTIONS, NOTHING, OFF_ACTIONS, ON_ACTIONS, REPLAY_ACTIONS,
    REPLAY_BEGUN, REPLAY_ENDED, REVOKE_ACTIONS, TEAM_GRANT, TEAM_JOIN, TEAM_LEAVE, TEAM_MADE, TEAM_SET,
};
use crate::http::{Method, Route, Who, console, route};
use crate::model::policy::Deed;

/// The pages of the console, and what belongs to them: read by people, and so in no description of the API.
#[must_use]
pub fn console_routes() -> Vec<Route> {
    use Who::{Anybody, Page};
    let mut page = vec![
        route!(GET "/", Page(Deed::ReadSelf), NOTHING, console::home),
        route!(GET "/assets/{name}", Anybody, NOTHING, console::assets::get),
        route!(GET "/sign-in", Anybody, NOTHING, console::sign_in::show),
        route!(POST "/sign-in", Anybody, GLASS_ACTIONS, console::sign_in::enter),
        route!(POST "/sign-out", Page(Deed::EndSessions), &[Action::AuthSessionEnded], console::sign_in::leave),
        route!(GET "/audit", Page(Deed::ReadAudit), NOTHING, console::audit::list),
        route!(GET "/audit/completions", Page(Deed::ReadAudit), NOTHING, console::audit::completions),
        route!(GET "/audit/{id}", Page(Deed::ReadAudit), NOTHING, console::row::show_row),
        route!(GET "/stories/{cause}", Page(Deed::ReadAudit), NOTHING, console::story::show_story),
    ];
    page.extend(people_routes());
    page.extend(traffic_routes());
    page.extend(setup_routes());
    page.extend(team_routes());
    page
}

/// Those about people.
fn people_routes() -> Vec<Route> {
    use Who::Page;
    use console::person_actions as act;
    vec![
        route!(GET "/people", Page(Deed::ListUsers), NOTHING, console::people::list),
        route!(GET "/people/{id}", Page(Deed::ReadUser), NOTHING, console::person::get),
        route!(POST "/people/{id}/deactivate", Page(Deed::SetAccess), OFF_ACTIONS, act::deactivate),
        route!(POST "/people/{id}/reactivate", Page(Deed::SetAccess), ON_ACTIONS, act::reactivate),
        route!(POST "/people/{id}/revoke-sessions", Page(Deed::SetAccess), REVOKE_ACTIONS, act::revoke_sessions),
        route!(POST "/people/{id}/clear-okta-status", Page(Deed::ClearOktaStatus), CLEAR_ACTIONS, act::clear_okta_status),
        route!(POST "/people/{id}/role", Page(Deed::SetRole), &[Action::UserRoleChanged], act::set_role),
        route!(GET "/people/{id}/bind", Page(Deed::BindIdentity), NOTHING, console::person_bind::ask),
        route!(POST "/people/{id}/bind", Page(Deed::BindIdentity), BIND_ACTIONS, console::person_bind::bind),
        route!(POST "/people/{id}/sessions/{thing}/end", Page(Deed::EndSessions), END_ACTIONS, act::end_session),
        route!(POST "/people/{id}/mobile/{thing}/end", Page(Deed::EndMobile), &[Action::AuthMobileEnded], act::end_mobile),
        route!(POST "/people/{id}/devices/{thing}/end", Page(Deed::RemoveDevices), &[Action::DeviceRemoved], act::remove_device),
        route!(POST "/people/{id}/keys/{thing}/end", Page(Deed::RevokeKeys), &[Action::ApiKeyRevoked], act::revoke_key),
    ]
}

/// Those about what Okta sends.
fn traffic_routes() -> Vec<Route> {
    use Who::Page;
    vec![
        route!(GET "/events", Page(Deed::ReadHooks), NOTHING, console::inbox::list),
        route!(GET "/events/{id}", Page(Deed::ReadHooks), NOTHING, console::inbox::get),
        route!(GET "/events/{id}/replay", Page(Deed::ReplayHooks), NOTHING, console::inbox::ask),
        route!(POST "/events/{id}/replay", Page(Deed::ReplayHooks), REPLAY_ACTIONS, console::inbox::replay),
        route!(GET "/events/replays/new", Page(Deed::ReplayHooks), NOTHING, console::replays::ask),
        route!(POST "/events/replays", Page(Deed::ReplayHooks), REPLAY_BEGUN, console::replays::begin),
        route!(GET "/events/replays/{id}", Page(Deed::ReadHooks), NOTHING, console::replays::get),
        route!(POST "/events/replays/{id}/cancel", Page(Deed::ReplayHooks), REPLAY_ENDED, console::replays::cancel),
        route!(GET "/requests", Page(Deed::ReadScimRequests), NOTHING, console::requests::list),
        route!(GET "/requests/{id}", Page(Deed::ReadScimRequests), NOTHING, console::requests::get),
    ]
}

/// Those about how Okta is connected.
fn setup_routes() -> Vec<Route> {
    use Who::Page;
    vec![
        route!(GET "/setup", Page(Deed::ReadScimTokens), NOTHING, console::setup::list),
        route!(GET "/setup/steps", Page(Deed::ReadScimTokens), NOTHING, console::setup::steps),
        route!(GET "/setup.txt", Page(Deed::ReadScimTokens), NOTHING, console::setup::text),
        route!(GET "/connection", Page(Deed::ReadScimTokens), NOTHING, console::connection::list),
        route!(GET "/tokens", Page(Deed::ReadScimTokens), NOTHING, console::tokens::list),
        route!(GET "/tokens/new", Page(Deed::ManageScimTokens), NOTHING, console::tokens::new),
        route!(POST "/tokens", Page(Deed::ManageScimTokens), &[Action::ScimTokenCreated], console::tokens::make),
        route!(GET "/tokens/{id}/rotate", Page(Deed::ManageScimTokens), NOTHING, console::tokens::ask_rotate),
        route!(POST "/tokens/{id}/rotate", Page(Deed::ManageScimTokens), &[Action::ScimTokenRotated], console::tokens::rotate),
        route!(GET "/tokens/{id}/revoke", Page(Deed::ManageScimTokens), NOTHING, console::tokens::ask_revoke),
        route!(POST "/tokens/{id}/revoke", Page(Deed::ManageScimTokens), &[Action::ScimTokenRevoked], console::tokens::revoke),
    ]
}

/// Those about teams.
fn team_routes() -> Vec<Route> {
    use Who::Page;
    use console::{team_actions as act, team_requests as requests};
    vec![
        route!(GET "/teams", Page(Deed::ReadTeams), NOTHING, console::teams::list),
        route!(GET "/teams/new", Page(Deed::MakeTeams), NOTHING, console::team_new::ask),
        route!(POST "/teams", Page(Deed::MakeTeams), TEAM_MADE, console::team_new::make),
        route!(GET "/teams/{id}/settings", Page(Deed::EditTeams), NOTHING, console::team_settings::ask),
        route!(POST "/teams/{id}/settings", Page(Deed::EditTeams), TEAM_SET, console::team_settings::save),
        route!(GET "/team-requests/new", Page(Deed::RequestTeams), NOTHING, console::team_new::ask_wish),
        route!(POST "/team-requests", Page(Deed::RequestTeams), &[Action::TeamRequestMade], console::team_new::make_wish),
        route!(GET "/teams/{id}", Page(Deed::ReadTeams), NOTHING, console::team::get),
        route!(POST "/teams/{id}/members", Page(Deed::SetMembers), TEAM_JOIN, act::add),
        route!(GET "/teams/{id}/members/{user}", Page(Deed::SetMembers), NOTHING, console::member::get),
        route!(POST "/teams/{id}/members/{user}/role", Page(Deed::SetMembers), &[Action::TeamRoleChanged], act::set_role),
        route!(POST "/teams/{id}/members/{user}/remove", Page(Deed::SetMembers), TEAM_LEAVE, act::remove),
        route!(POST "/teams/{id}/leave", Page(Deed::LeaveTeams), TEAM_LEAVE, act::leave),
        route!(POST "/teams/{id}/maintenance", Page(Deed::MaintainTeams), &[Action::TeamMaintenanceSet], act::maintain),
        route!(POST "/teams/{id}/archive", Page(Deed::MakeTeams), &[Action::TeamArchived], act::archive),
        route!(POST "/teams/{id}/restore", Page(Deed::MakeTeams), &[Action::TeamRestored], act::restore),
        route!(POST "/teams/{id}/link", Page(Deed::SetLinks), &[Action::TeamLinked], act::confirm_link),
        route!(POST "/teams/{id}/unlink", Page(Deed::SetLinks), &[Action::TeamUnlinked], act::remove_link),
        route!(GET "/team-requests", Page(Deed::ReadRequests), NOTHING, requests::list),
        route!(POST "/team-requests/{id}/approve", Page(Deed::DecideRequests), TEAM_GRANT, requests::approve),
        route!(POST "/team-requests/{id}/reject", Page(Deed::DecideRequests), &[Action::TeamRequestRejected], requests::reject),
    ]
}
