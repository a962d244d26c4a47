//! The faces: extract, call one verb, render. Every route stands on this page.

pub mod api;
pub mod body;
pub mod console;
pub mod demo;
pub mod headers;
pub mod hooks;
pub mod listener;
pub mod metrics;
pub mod openapi;
pub mod ops;
pub mod page;
pub mod path;
pub mod problem;
pub mod refusal;
pub mod room;
pub mod routes;
pub mod scim;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::http::Method;
use axum::routing::MethodRouter;
use ipnet::IpNet;

use self::api::door::Gate;
pub use self::console::routes::console_routes;
use self::hooks::Hooks;
use self::metrics::Metrics;
use self::room::Room;
pub use self::routes::routes;
use self::scim::anchors::Anchors;
use self::scim::bulk::Budget;
use self::scim::request_log::RequestLog;
use self::scim::turns::Turns;
use crate::access::jwt;
use crate::access::marks::MarkBuffer;
use crate::access::mobile;
use crate::access::passwords::Passwords;
use crate::access::refusals::Refusals;
use crate::access::secret::HashKey;
use crate::access::seen::Seen;
use crate::audit::Action;
use crate::clock::Clock;
use crate::config::{BreakerRule, Jit};
use crate::model::Scope;
use crate::model::policy::Deed;
use crate::okta_client::Client;
use crate::okta_client::provider::Provider;
use crate::senders::Senders;
use crate::store::Db;

/// What every handler may use.
pub struct Shared {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What the world calls this server, without a slash at the end.
    pub public_url: String,
    /// The key of token hashes.
    pub key: HashKey,
    /// The keys of mobile access tokens.
    pub jwt: jwt::Keys,
    /// Proxies whose word on the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Refused credentials of the running window.
    pub refusals: Refusals,
    /// Requests on their way into the log.
    pub log: RequestLog,
    /// Where pages by position begin.
    pub anchors: Anchors,
    /// Room for large bodies.
    pub room: Room,
    /// Room for large answers, until they are read.
    pub answers: Room,
    /// Turns of searches.
    pub turns: Turns,
    /// How long a Bulk may take.
    pub bulk_budget: Budget,
    /// What Okta's event hooks need.
    pub hooks: Hooks,
    /// Okta's API; none turns catching up off.
    pub okta: Option<Client>,
    /// The app instances at Okta that are ours.
    pub okta_apps: Vec<String>,
    /// Sign-in with Okta; none turns it off.
    pub okta_sign_in: Option<SignIn>,
    /// When many deactivations are an alarm, and what it stops.
    pub breaker: BreakerRule,
    /// Whether this process looks by itself for such an alarm, and into the System Log.
    pub watches: bool,
    /// Sessions and keys that were used, on their way to the database.
    pub seen: Seen,
    /// What was seen of the connection to Okta, on its way to the database.
    pub marks: MarkBuffer,
    /// The ways out to people.
    pub senders: Senders,
    /// Whether this process works on the outbox by itself.
    pub sends: bool,
    /// Checks the passwords of break-glass accounts.
    pub passwords: Passwords,
    /// The numbers of this process.
    pub metrics: Metrics,
    /// Set when the server is told to stop: readiness goes red before anything else happens.
    pub draining: AtomicBool,
}

impl Shared {
    /// What mobile sign-ins are made and judged with.
    #[must_use]
    pub fn mobile_keys(&self) -> mobile::Keys<'_> {
        mobile::Keys { hash: &self.key, access: &self.jwt }
    }
}

/// What sign-in with Okta needs.
pub struct SignIn {
    /// The way to Okta.
    pub provider: Provider,
    /// What becomes of somebody who is not on the roll.
    pub jit: Jit,
    /// Where apps on phones may be sent with their code.
    pub redirects: Vec<String>,
}

/// [`Shared`], as handlers hold it.
pub type App = Arc<Shared>;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody who reaches the server.
    Anybody,
    /// A SCIM client whose token has this scope.
    Scim(Scope),
    /// Somebody on the platform who may do this, by the table of `model::policy`.
    May(Deed),
    /// The same with a browser: a page of the console, or a form of one.
    Page(Deed),
    /// Okta's event hook, or the relay in front of it, with its proof.
    Hook,
    /// Okta, with a token that it signed for this very address.
    OktaToken,
}

/// One line of the route page.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, in axum's spelling.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What it may say in the audit when it changes something; a route that says nothing changes nothing.
    pub audits: &'static [Action],
    serve: MethodRouter<App>,
}

/// One line of a route page.
macro_rules! route {
    ($method:ident $path:literal, $who:expr, $audits:expr, $handler:path) => {
        Route {
            method: Method::$method,
            path: $path,
            who: $who,
            audits: $audits,
            serve: on(MethodFilter::$method, $handler),
        }
    };
}
use route;

/// Everything that is served, ready for a listener.
pub type Service = Router;

/// The whole service, made from the route page.
pub fn router(app: App) -> Router {
    router_with(app, Router::new())
}

/// The same with routes that no route page has; they come through the same layers.
fn router_with(app: App, more: Router<App>) -> Router {
    let mut router = more;
    for route in routes() {
        let serve = match route.who {
            // A hook's proof is held against the whole request, and a token of Okta's may need its newest keys: their
            // handlers judge them themselves.
            Who::Anybody | Who::Hook | Who::OktaToken => route.serve,
            Who::May(deed) => {
                let (app, gate) = (Arc::clone(&app), Gate { deed, is_told: !route.audits.is_empty() });
                let guard = move |request, next| api::door::require(Arc::clone(&app), gate, request, next);
                route.serve.route_layer(axum::middleware::from_fn(guard))
            }
            Who::Page(deed) => {
                let app = Arc::clone(&app);
                let guard = move |request, next| console::door::require(Arc::clone(&app), deed, request, next);
                route.serve.route_layer(axum::middleware::from_fn(guard))
            }
            Who::Scim(scope) => {
                let app = Arc::clone(&app);
                let guard = move |request, next| scim::door::require(Arc::clone(&app), scope, request, next);
                route.serve.route_layer(axum::middleware::from_fn(guard))
            }
        };
        router = router.route(route.path, serve);
    }
    router
        .fallback(ops::not_found)
        .method_not_allowed_fallback(ops::method_not_allowed)
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(scim::door::after_panic))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), scim::door::enter))
        .with_state(app)
}
