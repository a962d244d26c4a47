//! What whoever watches the service is shown: counters of this process, and gauges that a job samples.
//!
//! Labels are words of closed lists: routes as the page spells them, actions, states, reasons. No id is ever one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;

use super::App;
use super::listener::{self, Limits};
use crate::model::words::Word;
use crate::store::gauges::pools;

/// One label and its value.
type One = [(&'static str, String); 1];
/// Two of them.
type Two = [(&'static str, String); 2];
/// Three of them.
type Three = [(&'static str, String); 3];
/// Up to where the durations of requests are told apart, in seconds.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The text that is answered, by its name.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What stands for a path that is no route, and for a method nobody knows: strangers invent both.
const OTHER: &str = "other";

/// A gauge of seconds, or of anything else that is no whole number.
type Measure = Gauge<f64, AtomicU64>;

/// The numbers of one process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Three, Counter>,
    durations: Family<Two, Histogram>,
    refusals: Family<One, Counter>,
    hook_events: Family<One, Counter>,
    audit_rows: Family<One, Counter>,
    pool: Family<Two, Gauge>,
    /// Events of the inbox that wait, failed or are dead.
    pub hook_waiting: Family<One, Gauge>,
    /// How long the oldest event has waited.
    pub hook_lag: Measure,
    /// What the spool holds.
    pub spool_bytes: Gauge,
    /// How often the breaker has tripped.
    pub breaker_trips: Gauge,
    /// Whether it holds.
    pub breaker_held: Gauge,
    /// How long ago the System Log was read.
    pub catch_up_lag: Measure,
    /// Open sessions.
    pub sessions: Gauge,
    /// When the gauges were sampled, in seconds since 1970.
    pub sampled_at: Measure,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("rollcall"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            refusals: Family::default(),
            hook_events: Family::default(),
            audit_rows: Family::default(),
            pool: Family::default(),
            hook_waiting: Family::default(),
            hook_lag: Measure::default(),
            spool_bytes: Gauge::default(),
            breaker_trips: Gauge::default(),
            breaker_held: Gauge::default(),
            catch_up_lag: Measure::default(),
            sessions: Gauge::default(),
            sampled_at: Measure::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let seconds = || Unit::Seconds;
        let all = &mut self.registry;
        all.register("build", "What runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        all.register("http_requests", "Requests answered, by route and class of status", self.requests.clone());
        all.register_with_unit("http_request_duration", "How long answers took", seconds(), self.durations.clone());
        all.register("refusals", "Credentials refused or not enough, by reason", self.refusals.clone());
        all.register("hook_events", "Events of Okta's worked on, by what became of them", self.hook_events.clone());
        all.register("audit_rows", "Rows of the audit written by this process, by action", self.audit_rows.clone());
        all.register("db_connections", "Connections to the database, by pool and use", self.pool.clone());
        all.register(
            "hook_events_waiting",
            "Events in the inbox that wait, failed or are dead",
            self.hook_waiting.clone(),
        );
        all.register_with_unit("hook_lag", "Age of the oldest event that waits", seconds(), self.hook_lag.clone());
        all.register_with_unit("spool", "What the spool holds", Unit::Bytes, self.spool_bytes.clone());
        all.register("breaker_trips", "How often the breaker has tripped", self.breaker_trips.clone());
        all.register("breaker_held", "Whether the breaker holds", self.breaker_held.clone());
        all.register_with_unit(
            "catch_up_lag",
            "Since when the System Log was not read",
            seconds(),
            self.catch_up_lag.clone(),
        );
        all.register("sessions_active", "Open sessions, counted up to 100000", self.sessions.clone());
        all.register_with_unit("sampled_at", "When the gauges were sampled", seconds(), self.sampled_at.clone());
    }

    /// Counts a request that was answered.
    pub fn answered(&self, method: &Method, route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
        let known =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        let method = known.iter().find(|known| *known == method).map_or(OTHER, Method::as_str).to_owned();
        let route = route.map_or(OTHER, MatchedPath::as_str).to_owned();
        let class = format!("{}xx", status.as_u16() / 100);
        let labels = [("method", method.clone()), ("route", route.clone()), ("status", class)];
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&[("method", method), ("route", route)]).observe(took.as_secs_f64());
    }

    /// Counts a refusal, written to the audit or rolled up.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&[("reason", reason.to_owned())]).inc();
    }

    /// Counts an event of Okta's that was worked on.
    pub fn worked(&self, state: &'static str) {
        self.hook_events.get_or_create(&[("outcome", state.to_owned())]).inc();
    }

    /// The text of all of it, as it is now.
    #[must_use]
    pub fn text(&self, app: &App) -> String {
        for (action, number) in app.db.said().by_action() {
            let row = self.audit_rows.get_or_create(&[("action", action.as_str().to_owned())]);
            row.inner().store(number, Ordering::Relaxed);
        }
        for one in pools(&app.db) {
            for (state, number) in [("idle", one.idle), ("used", one.open.saturating_sub(one.idle))] {
                let labels = [("pool", one.pool.to_owned()), ("state", state.to_owned())];
                self.pool.get_or_create(&labels).set(i64::try_from(number).unwrap_or(i64::MAX));
            }
        }
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// `GET /metrics`, on the address of its own.
async fn show(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, TYPE)], app.metrics.text(&app)).into_response()
}

/// What the address of the metrics answers: nothing else.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", routing::get(show)).with_state(app)
}

/// Serves the metrics until the process ends or the task is dropped. It takes few connections, and none of the service's.
///
/// # Errors
/// What the listener reports.
pub async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let limits = Limits { max_connections: 16, ..Limits::default() };
    listener::serve(listener, router(Arc::clone(&app)), limits, std::future::pending()).await
}
