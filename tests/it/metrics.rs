//! The metrics: they move when things happen, name nobody, and are served on an address of their own alone.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use rollcall::http::metrics;
use rollcall::jobs::sampling::sample;
use tokio::net::TcpListener;

use crate::harness::{HOOK_SECRET, Roll, facts};
use crate::hooks::{delivery, doing, event, tell};

impl Roll {
    /// The value of a metric, by its name and labels as they are written.
    fn number(&self, name: &str) -> f64 {
        let text = self.app.metrics.text(&self.app);
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
    }
}

/// Whether two numbers are the same, as far as seconds go.
fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

facts! {
    async fn requests_refusals_and_rows_of_the_audit_are_counted(roll: Roll) {
        for _ in 0..3 {
            roll.get("/Users?startIndex=1&count=2").await.expect(200);
            roll.send(roll.request(Method::GET, "/scim/v2/Users").bearer_auth("nobody-made-this")).await.expect(401);
        }
        roll.person("dana").await;
        let users = |status: &str| format!("rollcall_http_requests_total{{method=\"GET\",route=\"/scim/v2/Users\",status=\"{status}\"}}");
        assert!(same(roll.number(&users("2xx")), 3.0) && same(roll.number(&users("4xx")), 3.0));
        let took = "rollcall_http_request_duration_seconds_count{method=\"GET\",route=\"/scim/v2/Users\"}";
        assert!(same(roll.number(took), 6.0));
        assert!(same(roll.number("rollcall_refusals_total{reason=\"unknown\"}"), 3.0));
        assert!(same(roll.number("rollcall_audit_rows_total{action=\"user.created\"}"), 1.0));
        assert!(same(roll.number(&format!("rollcall_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), 1.0));
    }

    async fn what_strangers_invent_is_no_label_and_neither_is_an_id(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.get(&format!("/Users/{dana}")).await.expect(200);
        for path in ["/made-up-1", "/scim/v2/Users/made-up-2/x", "/scim/v2/Users/made-up-3"] {
            roll.send(roll.request("INVENTED".parse().expect("a method"), path).bearer_auth(&roll.token)).await;
            roll.send(roll.request(Method::GET, path).bearer_auth(&roll.token)).await;
        }
        let text = roll.app.metrics.text(&roll.app);
        assert!(!text.contains("made-up") && !text.contains("INVENTED") && !text.contains(&dana), "{text}");
        assert!(text.contains("route=\"/scim/v2/Users/{id}\"") && text.contains("route=\"other\""), "{text}");
    }

    async fn the_inbox_is_sampled_as_it_fills_and_empties(roll: Roll) {
        let spool = tempfile::tempdir().expect("a folder");
        let roll = roll.replica_with(|shared| {
            shared.hooks.apply = Arc::new(tell);
            shared.hooks.spool = Some(rollcall::http::hooks::spool::Spool::open(spool.path()).expect("a spool"));
        }).await;
        sample(&roll.app).await.expect("a sample");
        let waiting = |state: &str| format!("rollcall_hook_events_waiting{{state=\"{state}\"}}");
        assert!(same(roll.number(&waiting("received")), 0.0) && same(roll.number("rollcall_hook_lag_seconds"), 0.0));
        roll.deliver("e1", &[event("a", "00u1"), doing("poison", event("b", "00u2"))]).await.expect(204);
        roll.clock.advance(Duration::from_secs(90));
        roll.app.hooks.spool.as_ref().expect("a spool").keep(roll.clock.now(), "r", b"{}").expect("kept");
        sample(&roll.app).await.expect("a sample");
        assert!(same(roll.number(&waiting("received")), 2.0) && same(roll.number("rollcall_hook_lag_seconds"), 90.0));
        assert!(roll.number("rollcall_spool_bytes") > 1.0);
        roll.apply_hooks().await;
        sample(&roll.app).await.expect("a sample");
        assert!(same(roll.number(&waiting("received")), 0.0) && same(roll.number(&waiting("failed")), 1.0));
        let outcome = |state: &str| format!("rollcall_hook_events_total{{outcome=\"{state}\"}}");
        assert!(same(roll.number(&outcome("applied")), 1.0) && same(roll.number(&outcome("failed")), 1.0));
        assert!(roll.number("rollcall_sampled_at_seconds") > 1.0);
    }

    async fn open_sessions_are_counted_and_ended_ones_are_not(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.signed("eli").await;
        sample(&roll.app).await.expect("a sample");
        assert!(same(roll.number("rollcall_sessions_active"), 2.0));
        roll.send(dana.request(&roll, Method::POST, "/auth/logout")).await.expect(204);
        sample(&roll.app).await.expect("a sample");
        assert!(same(roll.number("rollcall_sessions_active"), 1.0));
        roll.clock.advance(Duration::from_hours(24 * 365));
        sample(&roll.app).await.expect("a sample");
        assert!(same(roll.number("rollcall_sessions_active"), 0.0));
    }

    async fn the_service_shows_no_metrics_and_their_own_address_shows_nothing_else(roll: Roll) {
        let body = delivery("e", &[]).to_string();
        roll.send(roll.hook(body).header("authorization", HOOK_SECRET)).await.expect(204);
        roll.send(roll.request(Method::GET, "/metrics")).await.expect(404);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(metrics::serve(Arc::clone(&roll.app), listener));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let shown = client.get(format!("{origin}/metrics")).send().await.expect("an answer");
        assert!(shown.headers()["content-type"].to_str().expect("text").starts_with("application/openmetrics-text"));
        assert!(shown.text().await.expect("text").ends_with("# EOF\n"));
        for path in ["/", "/scim/v2/Users", "/health", "/api/users"] {
            assert_eq!(client.get(format!("{origin}{path}")).send().await.expect("an answer").status(), 404);
        }
        serving.abort();
    }
}
