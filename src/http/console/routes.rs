//! The route page of the console: who may open which page, and what its forms may say in the audit.

use axum::routing::{MethodFilter, on};

use crate::audit::Action;
use crate::http::routes::{GLASS_ACTIONS, NOTHING};
use crate::http::{Method, Route, Who, console, route};
use crate::model::policy::Deed;

/// The pages of the console, and what belongs to them: read by people, and so in no description of the API.
#[must_use]
pub fn console_routes() -> Vec<Route> {
    use Who::{Anybody, Page};
    vec![
        route!(GET "/", Page(Deed::ReadSelf), NOTHING, console::home),
        route!(GET "/assets/{name}", Anybody, NOTHING, console::assets::get),
        route!(GET "/sign-in", Anybody, NOTHING, console::sign_in::show),
        route!(POST "/sign-in", Anybody, GLASS_ACTIONS, console::sign_in::enter),
        route!(POST "/sign-out", Page(Deed::EndSessions), &[Action::AuthSessionEnded], console::sign_in::leave),
        route!(GET "/audit", Page(Deed::ReadAudit), NOTHING, console::audit::list),
    ]
}
