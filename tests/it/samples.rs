//! One good request for every route, for tests that walk the route page.

use reqwest::{Method, RequestBuilder};
use rollcall::http::console::assets::STYLE;
use rollcall::http::{Route, Who, console_routes, routes};
use serde_json::{Value, json};

use crate::harness::{Answer, HOOK_SECRET, Roll, group, patch, person};
use crate::platform::devices::device;
use crate::platform::mobile::{VERIFIER, exchange};
use crate::platform::people::{GLASS_PASSWORD, SESSION, Signed, with_session};
use crate::platform::scim_tokens::scim_token;

/// A request that its route takes, and what it is answered.
pub struct Sample {
    /// Method and path as the route page spells them.
    pub route: &'static str,
    /// The path as it is asked.
    pub path: String,
    /// What is sent with it.
    pub body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// What opens it, where it is the platform's.
    pub key: Option<String>,
}

impl Sample {
    fn of(route: &'static str, path: impl Into<String>, status: u16) -> Self {
        Self { route, path: path.into(), body: None, status, key: None }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn by(self, who: &Signed) -> Self {
        Self { key: Some(who.key()), ..self }
    }

    /// The method.
    pub fn method(&self) -> Method {
        let (method, _) = self.route.split_once(' ').expect("a method and a path");
        method.parse().expect("a method")
    }

    /// Sends it with this `Authorization` header, or with none.
    pub async fn ask(&self, roll: &Roll, authorization: Option<&str>) -> Answer {
        let mut request = roll.request(self.method(), &self.path);
        match authorization.map(|value| value.strip_prefix(SESSION).ok_or(value)) {
            Some(Ok(secret)) => request = with_session(roll, request, secret),
            Some(Err(value)) => request = request.header("authorization", value),
            None => {}
        }
        if self.path.starts_with("/webhooks/") {
            request = request.header("x-okta-verification-challenge", "a-challenge");
        }
        if let Some(body) = &self.body {
            let media = if is_scim(self) { "application/scim+json" } else { "application/json" };
            let is_page = console_routes().iter().any(|route| key(route) == self.route);
            request = if is_page {
                with_form(request, body)
            } else {
                request.header("content-type", media).body(body.to_string())
            };
        }
        roll.send(request).await
    }
}

/// A request that sends these fields as a page's form does.
pub fn with_form(request: RequestBuilder, fields: &Value) -> RequestBuilder {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.as_object().expect("fields") {
        form.append_pair(name, value.as_str().expect("a text"));
    }
    request.header("content-type", "application/x-www-form-urlencoded").body(form.finish())
}

/// A one-time value, as a page gives one to a form that makes something.
pub fn form_once() -> String {
    rollcall::access::once::Once::fresh()
}

/// How a route is called in tables of expectations.
pub fn key(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Routes that may change something. A `.search` is a POST that only reads, `/Me` is nobody; a hook is only kept, and changes something
/// when it is applied, in a unit of its own.
pub fn mutating() -> Vec<Route> {
    let idle = |path: &str| path.ends_with("/.search") || path.ends_with("/Me");
    let reads = |route: &Route| route.method == Method::GET || idle(route.path) || route.who == Who::Hook;
    routes().into_iter().filter(|route| !reads(route) || !route.audits.is_empty()).collect()
}

/// Routes under /scim.
pub fn is_scim(sample: &Sample) -> bool {
    sample.path.starts_with("/scim/")
}

/// The `Authorization` header that opens the route of a sample, where it needs one.
pub fn key_to(roll: &Roll, sample: &Sample) -> Option<String> {
    match who(sample) {
        Who::OktaToken => None,
        Who::Scim(_) => Some(format!("Bearer {}", roll.token)),
        Who::Hook => Some(HOOK_SECRET.to_owned()),
        Who::Anybody | Who::May(_) | Who::Page(_) => sample.key.clone(),
    }
}

/// Who may call the route of a sample.
pub fn who(sample: &Sample) -> Who {
    routes().iter().find(|route| key(route) == sample.route).map(|route| route.who).expect("a route of the page")
}

/// A sample for every route. None stands in the way of another, so each can be sent once, in any order.
pub async fn samples(roll: &Roll) -> Vec<Sample> {
    let base = "/scim/v2";
    let user = format!("{base}/Users/{}", roll.person("reader").await);
    let leaver = roll.person("leaver").await;
    let group_path = format!("{base}/Groups/{}", roll.group("Readers", &[&leaver]).await);
    let gone = roll.group("Gone", &[&leaver]).await;
    let mut edited = person("reader");
    edited["title"] = "Replaced".into();
    let retitled = patch(json!([{ "op": "replace", "path": "title", "value": "Patched" }]));
    let renamed = patch(json!([{ "op": "replace", "value": { "displayName": "Patched" } }]));
    let mut all = platform_samples(roll).await;
    all.extend([
        Sample::of("GET /health", "/health", 200),
        Sample::of("GET /livez", "/livez", 200),
        Sample::of("GET /readyz", "/readyz", 200),
        Sample::of("GET /openapi.json", "/openapi.json", 200),
        Sample::of("GET /docs", "/docs", 200),
        Sample::of("GET /assets/{name}", &STYLE.path, 200),
        Sample::of("GET /sign-in", "/sign-in", 200),
        Sample::of("GET /scim/v2/ServiceProviderConfig", format!("{base}/ServiceProviderConfig"), 200),
        Sample::of("GET /scim/v2/ResourceTypes", format!("{base}/ResourceTypes"), 200),
        Sample::of("GET /scim/v2/ResourceTypes/{name}", format!("{base}/ResourceTypes/User"), 200),
        Sample::of("GET /scim/v2/Schemas", format!("{base}/Schemas"), 200),
        Sample::of(
            "GET /scim/v2/Schemas/{urn}",
            format!("{base}/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
            200,
        ),
        Sample::of("GET /scim/v2/Users", format!("{base}/Users?startIndex=1&count=2"), 200),
        Sample::of("GET /scim/v2/Me", format!("{base}/Me"), 501),
        Sample::of("POST /scim/v2/Me", format!("{base}/Me"), 501).with(person("me")),
        Sample::of("PUT /scim/v2/Me", format!("{base}/Me"), 501).with(person("me")),
        Sample::of("PATCH /scim/v2/Me", format!("{base}/Me"), 501).with(patch(json!([]))),
        Sample::of("DELETE /scim/v2/Me", format!("{base}/Me"), 501),
        Sample::of("POST /scim/v2/.search", format!("{base}/.search"), 200).with(json!({ "count": 2 })),
        Sample::of("POST /scim/v2/Roles/.search", format!("{base}/Roles/.search"), 200).with(json!({ "count": 2 })),
        Sample::of("POST /scim/v2/Users/.search", format!("{base}/Users/.search"), 200).with(json!({ "count": 2 })),
        Sample::of("POST /scim/v2/Groups/.search", format!("{base}/Groups/.search"), 200).with(json!({ "count": 2 })),
        Sample::of("POST /scim/v2/Users", format!("{base}/Users"), 201).with(person("newcomer")),
        Sample::of("GET /scim/v2/Users/{id}", &user, 200),
        Sample::of("PUT /scim/v2/Users/{id}", &user, 200).with(edited),
        Sample::of("PATCH /scim/v2/Users/{id}", &user, 200).with(retitled),
        Sample::of("DELETE /scim/v2/Users/{id}", format!("{base}/Users/{leaver}"), 204),
        Sample::of("GET /scim/v2/Groups", format!("{base}/Groups?startIndex=1&count=2"), 200),
        Sample::of("POST /scim/v2/Groups", format!("{base}/Groups"), 201).with(group("Newcomers", &[])),
        Sample::of("GET /scim/v2/Groups/{id}", &group_path, 200),
        Sample::of("PUT /scim/v2/Groups/{id}", &group_path, 200).with(group("Replaced", &[])),
        Sample::of("PATCH /scim/v2/Groups/{id}", &group_path, 204).with(renamed),
        Sample::of("DELETE /scim/v2/Groups/{id}", format!("{base}/Groups/{gone}"), 204),
        Sample::of("GET /scim/v2/Roles", format!("{base}/Roles?startIndex=1&count=1"), 200),
        Sample::of("GET /scim/v2/Roles/{id}", format!("{base}/Roles/RESPONDER"), 200),
        Sample::of("POST /scim/v2/Bulk", format!("{base}/Bulk"), 200).with(json!({
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "x", "data": person("bulky") }],
        })),
        Sample::of("GET /webhooks/okta/events", "/webhooks/okta/events", 200),
        Sample::of("POST /webhooks/okta/events", "/webhooks/okta/events", 204)
            .with(json!({ "data": { "events": [] } })),
    ]);
    all
}

/// The same for the pages of the console.
async fn console_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let leaving = roll.sign_in(&boss.user).await;
    roll.glass("samples-console").await;
    let mut all = people_page_samples(roll, boss).await;
    all.extend(traffic_page_samples(roll, boss).await);
    all.extend(setup_page_samples(roll, boss).await);
    all.extend(team_page_samples(roll, boss).await);
    all.extend([
        Sample::of("GET /", "/", 303).by(boss),
        Sample::of("POST /sign-in", "/sign-in", 303)
            .with(json!({ "account": "samples-console", "password": GLASS_PASSWORD, "then": "/audit" })),
        Sample::of("POST /sign-out", "/sign-out", 200).by(&leaving).with(json!({})),
        Sample::of("GET /audit", "/audit?q=severity:info", 200).by(boss),
        Sample::of("GET /audit/completions", "/audit/completions?at=sev", 200).by(boss),
        Sample::of("GET /audit/{id}", format!("/audit/{}", roll.audit_row(&boss.user).await), 200).by(boss),
        Sample::of("GET /stories/{cause}", format!("/stories/{}", roll.cause_about(&boss.user).await), 200).by(boss),
    ]);
    all
}

/// The same for the pages of what Okta sends.
async fn traffic_page_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let event = roll.dead_event(crate::hooks::event("console-samples", "00unobody")).await;
    let jobs = [roll.replay_job(boss, "console-job").await];
    vec![
        Sample::of("GET /events", "/events?state=dead", 200).by(boss),
        Sample::of("GET /events/{id}", format!("/events/{event}"), 200).by(boss),
        Sample::of("GET /events/{id}/replay", format!("/events/{event}/replay"), 200).by(boss),
        Sample::of("POST /events/{id}/replay", format!("/events/{event}/replay"), 303).by(boss).with(json!({})),
        Sample::of("GET /events/replays/new", "/events/replays/new?dead=1", 200).by(boss),
        Sample::of("POST /events/replays", "/events/replays", 303)
            .by(boss)
            .with(json!({ "event": event, "once": form_once() })),
        Sample::of("GET /events/replays/{id}", format!("/events/replays/{}", jobs[0]), 200).by(boss),
        Sample::of("POST /events/replays/{id}/cancel", format!("/events/replays/{}/cancel", jobs[0]), 303)
            .by(boss)
            .with(json!({})),
        Sample::of("GET /requests", "/requests?failed=true", 200).by(boss),
        Sample::of("GET /requests/{id}", format!("/requests/{}", roll.logged_request().await), 200).by(boss),
    ]
}

/// The same for the pages of how Okta is connected.
async fn setup_page_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let tokens = [scim_token(roll).await, scim_token(roll).await];
    let token_page = |at: usize, deed: &str| format!("/tokens/{}/{deed}", tokens[at]);
    vec![
        Sample::of("GET /setup", "/setup", 200).by(boss),
        Sample::of("GET /setup/steps", "/setup/steps", 200).by(boss),
        Sample::of("GET /setup.txt", "/setup.txt?step=scim", 200).by(boss),
        Sample::of("GET /connection", "/connection", 200).by(boss),
        Sample::of("GET /tokens", "/tokens", 200).by(boss),
        Sample::of("GET /tokens/new", "/tokens/new", 200).by(boss),
        Sample::of("POST /tokens", "/tokens", 201)
            .by(boss)
            .with(json!({ "name": "Okta", "scopes": "scim:read", "once": form_once() })),
        Sample::of("GET /tokens/{id}/rotate", token_page(0, "rotate"), 200).by(boss),
        Sample::of("POST /tokens/{id}/rotate", token_page(0, "rotate"), 201)
            .by(boss)
            .with(json!({ "once": form_once() })),
        Sample::of("GET /tokens/{id}/revoke", token_page(1, "revoke"), 200).by(boss),
        Sample::of("POST /tokens/{id}/revoke", token_page(1, "revoke"), 303).by(boss).with(json!({})),
    ]
}

/// The same for the pages of people.
async fn people_page_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let shown = roll.signed("shown").await;
    let (session, phone) = (roll.sign_in(&shown.user).await.session, roll.mobile(&shown.user).await.id);
    let (device, key) = (roll.device_of(&shown.user).await, roll.key_for(&shown.user, &["users:read"]).await.id);
    let form = |path: &'static str, user: &str, thing: &str| {
        let at = path["POST ".len()..].replace("{id}", user).replace("{thing}", thing);
        Sample::of(path, at, 303).by(boss).with(json!({}))
    };
    let (changed, unbound) = (roll.person("changed").await, roll.unbound("page-unbound").await);
    vec![
        Sample::of("GET /people", "/people?q=sho", 200).by(boss),
        Sample::of("GET /people/{id}", format!("/people/{}", shown.user), 200).by(boss),
        form("POST /people/{id}/deactivate", &changed, ""),
        form("POST /people/{id}/reactivate", &changed, ""),
        form("POST /people/{id}/revoke-sessions", &changed, ""),
        form("POST /people/{id}/clear-okta-status", &changed, ""),
        form("POST /people/{id}/role", &changed, "").with(json!({ "role": "USER" })),
        Sample::of("GET /people/{id}/bind", format!("/people/{unbound}/bind"), 200).by(boss),
        form("POST /people/{id}/bind", &unbound, "").with(json!({ "oktaId": "00upagebound" })),
        form("POST /people/{id}/sessions/{thing}/end", &shown.user, &session),
        form("POST /people/{id}/mobile/{thing}/end", &shown.user, &phone),
        form("POST /people/{id}/devices/{thing}/end", &shown.user, &device),
        form("POST /people/{id}/keys/{thing}/end", &shown.user, &key),
    ]
}

/// The same for the pages of teams.
async fn team_page_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let (member, leaver) = (roll.person("page-member").await, roll.signed("page-leaver").await);
    let team = roll.group("Page one", &[&member, &leaver.user]).await;
    let (gone, unlinked) = (roll.group("Page two", &[]).await, roll.group("Page three", &[]).await);
    let linked = roll.linked("Page four", "00gpage").await;
    let wish = |name: &str| json!({ "name": name, "reason": "We are many." });
    let yes = leaver.post(roll, "/api/team-requests", &wish("Page five")).await.expect(201).id();
    let no = leaver.post(roll, "/api/team-requests", &wish("Page six")).await.expect(201).id();
    let made = boss.post(roll, "/api/teams", &json!({ "name": "Page ten" })).await.expect(201);
    let (revision, made) = (made.header("etag").trim_matches('"').to_owned(), made.id());
    let form = |route: &'static str, id: &str, fields: Value| {
        let at = route["POST ".len()..].replace("{id}", id).replace("{user}", &member);
        Sample::of(route, at, 303).by(boss).with(fields)
    };
    let joins = json!({ "who": "reader@example.com", "role": "OBSERVER" });
    vec![
        Sample::of("GET /teams", "/teams?q=page", 200).by(boss),
        Sample::of("GET /teams/{id}", format!("/teams/{team}"), 200).by(boss),
        Sample::of("GET /teams/new", "/teams/new", 200).by(boss),
        Sample::of("POST /teams", "/teams", 303).by(boss).with(json!({ "name": "Page seven" })),
        Sample::of("GET /teams/{id}/settings", format!("/teams/{team}/settings"), 200).by(boss),
        form(
            "POST /teams/{id}/settings",
            &made,
            json!({ "name": "Page eight", "technical": "db", "revision": revision }),
        ),
        Sample::of("GET /team-requests/new", "/team-requests/new", 200).by(boss),
        Sample::of("POST /team-requests", "/team-requests", 303).by(&leaver).with(wish("Page nine")),
        Sample::of("GET /teams/{id}/members/{user}", format!("/teams/{team}/members/{}", leaver.user), 200).by(boss),
        form("POST /teams/{id}/members", &team, joins),
        form("POST /teams/{id}/members/{user}/role", &team, json!({ "role": "TEAM_ADMIN" })),
        form("POST /teams/{id}/members/{user}/remove", &gone, json!({})),
        Sample { key: Some(leaver.key()), ..form("POST /teams/{id}/leave", &linked, json!({})) },
        form("POST /teams/{id}/maintenance", &team, json!({ "on": "true", "reason": "" })),
        form("POST /teams/{id}/archive", &gone, json!({})),
        form("POST /teams/{id}/restore", &team, json!({})),
        form("POST /teams/{id}/link", &unlinked, json!({ "group": "00gpagenew" })),
        form("POST /teams/{id}/unlink", &linked, json!({ "group": "00gpage" })),
        Sample::of("GET /team-requests", "/team-requests?state=APPROVED", 200).by(boss),
        form("POST /team-requests/{id}/approve", &yes, json!({})),
        form("POST /team-requests/{id}/reject", &no, json!({ "note": "" })),
    ]
}

/// The same for the platform's own face.
#[expect(clippy::too_many_lines, reason = "a list, a sample a route")]
async fn platform_samples(roll: &Roll) -> Vec<Sample> {
    let boss = roll.admin("boss").await;
    let (leaving, everywhere) = (roll.signed("leaving").await, roll.signed("everywhere").await);
    let other = roll.sign_in(&boss.user).await;
    let proving = roll.signed("proving").await;
    let target = |deed: &str| format!("/api/users/{}{deed}", everywhere.user);
    roll.glass("samples-glass").await;
    let key = roll.key_of(&boss, &["users:read"]).await;
    let shut_out = roll.person("shut-out").await;
    roll.set_user(&shut_out, "okta_status = 'suspended', is_active = false").await;
    let unbound = roll.unbound("unbound").await;
    let unlinked = roll.group("Unlinked", &[]).await;
    roll.linked("Linked", "00gold").await;
    let proof = roll.code(&proving, "EMAIL").await;
    let tokens = [scim_token(roll).await, scim_token(roll).await];
    let old_device = boss.post(roll, "/api/devices", &device("old")).await.expect(201).id();
    let (code, phone) = (roll.code_for(&boss.user).await, roll.mobile(&boss.user).await);
    let (lost, other_phone) = (roll.mobile(&boss.user).await, roll.mobile(&boss.user).await);
    let event = roll.dead_event(crate::hooks::event("samples", "00uleaving")).await;
    let replay = roll.replay_job(&boss, "api-job").await;
    let mut all = team_samples(roll, &boss).await;
    all.extend(console_samples(roll, &boss).await);
    all.extend([
        Sample::of("GET /auth/status", "/auth/status", 200),
        Sample::of("GET /auth/me", "/auth/me", 200).by(&boss),
        Sample::of("POST /auth/logout", "/auth/logout", 204).by(&leaving),
        Sample::of("GET /auth/sessions", "/auth/sessions", 200).by(&boss),
        Sample::of("DELETE /auth/sessions", "/auth/sessions", 200).by(&everywhere),
        Sample::of("DELETE /auth/sessions/{id}", format!("/auth/sessions/{}", other.session), 204).by(&boss),
        Sample::of("POST /auth/emergency", "/auth/emergency", 200)
            .with(json!({ "account": "samples-glass", "password": GLASS_PASSWORD })),
        Sample::of("GET /auth/login", "/auth/login", 404),
        Sample::of("GET /auth/callback", "/auth/callback", 404),
        Sample::of("POST /auth/global-token-revocation", "/auth/global-token-revocation", 404)
            .with(json!({ "sub_id": { "format": "email", "email": "nobody@example.com" } })),
        Sample::of("POST /api/api-keys", "/api/api-keys", 201)
            .by(&boss)
            .with(json!({ "name": "cron", "scopes": ["users:read"] })),
        Sample::of("GET /api/api-keys", "/api/api-keys", 200).by(&boss),
        Sample::of("DELETE /api/api-keys/{id}", format!("/api/api-keys/{}", key.id), 204).by(&boss),
        Sample::of("POST /api/mobile/token", "/api/mobile/token", 200).with(exchange(&code, VERIFIER)),
        Sample::of("POST /api/mobile/refresh", "/api/mobile/refresh", 200)
            .with(json!({ "refreshToken": phone.refresh })),
        Sample {
            key: Some(format!("Bearer {}", lost.refresh)),
            ..Sample::of("DELETE /api/mobile/token", "/api/mobile/token", 204)
        },
        Sample::of("GET /api/mobile/tokens", "/api/mobile/tokens?limit=2", 200).by(&boss),
        Sample::of("DELETE /api/mobile/tokens/{id}", format!("/api/mobile/tokens/{}", other_phone.id), 204).by(&boss),
        Sample::of("GET /api/devices", "/api/devices?limit=2", 200).by(&boss),
        Sample::of("POST /api/devices", "/api/devices", 201).by(&boss).with(device("a-push-token")),
        Sample::of("DELETE /api/devices/{id}", format!("/api/devices/{old_device}"), 204).by(&boss),
        Sample::of("GET /api/audit", "/api/audit?q=severity:info&limit=2", 200).by(&boss),
        Sample::of("GET /api/audit/export", "/api/audit/export?format=csv", 200).by(&boss),
        Sample::of("GET /api/audit/{id}", format!("/api/audit/{}", roll.audit_row(&boss.user).await), 200).by(&boss),
        Sample::of("GET /api/audit/{resource}/{id}", format!("/api/audit/user/{}", boss.user), 200).by(&boss),
        Sample::of("GET /api/hooks/events", "/api/hooks/events?limit=1", 200).by(&boss),
        Sample::of("GET /api/hooks/events/{id}", format!("/api/hooks/events/{event}"), 200).by(&boss),
        Sample::of("POST /api/hooks/events/{id}/replay", format!("/api/hooks/events/{event}/replay"), 200).by(&boss),
        Sample::of("POST /api/hooks/replays", "/api/hooks/replays", 202).by(&boss).with(json!({ "events": [event] })),
        Sample::of("GET /api/hooks/replays/{id}", format!("/api/hooks/replays/{replay}"), 200).by(&boss),
        Sample::of("DELETE /api/hooks/replays/{id}", format!("/api/hooks/replays/{replay}"), 204).by(&boss),
        Sample::of("GET /api/users", "/api/users?limit=2", 200).by(&boss),
        Sample::of("GET /api/users/me", "/api/users/me", 200).by(&boss),
        Sample::of("GET /api/users/{id}", target(""), 200).by(&boss),
        Sample::of("PATCH /api/users/{id}/role", target("/role"), 200)
            .by(&boss)
            .with(json!({ "role": "PLATFORM_ADMIN" })),
        Sample::of("POST /api/users/{id}/deactivate", target("/deactivate"), 200).by(&boss),
        Sample::of("POST /api/users/{id}/reactivate", target("/reactivate"), 200).by(&boss),
        Sample::of("POST /api/users/{id}/revoke-sessions", target("/revoke-sessions"), 200).by(&boss),
        Sample::of("POST /api/users/{id}/clear-okta-status", format!("/api/users/{shut_out}/clear-okta-status"), 200)
            .by(&boss),
        Sample::of("POST /api/users/{id}/bind", format!("/api/users/{unbound}/bind"), 200)
            .by(&boss)
            .with(json!({ "oktaId": "00usample" })),
        Sample::of("GET /api/okta/group-links", "/api/okta/group-links?limit=1", 200).by(&boss),
        Sample::of("POST /api/okta/group-links/{id}/confirm", "/api/okta/group-links/00gnew/confirm", 204)
            .by(&boss)
            .with(json!({ "teamId": unlinked })),
        Sample::of("DELETE /api/okta/group-links/{id}", "/api/okta/group-links/00gold", 204).by(&boss),
        Sample::of("GET /api/verification/status", "/api/verification/status", 200).by(&boss),
        Sample::of("POST /api/verification/send", "/api/verification/send", 202)
            .by(&boss)
            .with(json!({ "method": "EMAIL" })),
        Sample::of("POST /api/verification/verify", "/api/verification/verify", 200)
            .by(&proving)
            .with(json!({ "method": "EMAIL", "code": proof })),
        Sample::of("GET /api/dev/outbox", "/api/dev/outbox?limit=2", 200).by(&boss),
        Sample::of("GET /api/notifications/preferences", "/api/notifications/preferences", 200).by(&boss),
        Sample::of("PUT /api/notifications/preferences", "/api/notifications/preferences", 200)
            .by(&boss)
            .with(json!({ "preferences": [{ "channel": "SMS", "enabled": true, "priority": 1 }] })),
        Sample::of("GET /api/connection", "/api/connection", 200).by(&boss),
        Sample::of("GET /api/scim/tokens", "/api/scim/tokens?limit=2", 200).by(&boss),
        Sample::of("GET /api/scim/requests", "/api/scim/requests?limit=2&status=2xx", 200).by(&boss),
        Sample::of("GET /api/scim/requests/{id}", format!("/api/scim/requests/{}", roll.logged_request().await), 200)
            .by(&boss),
        Sample::of("POST /api/scim/tokens", "/api/scim/tokens", 201)
            .by(&boss)
            .with(json!({ "name": "Okta", "scopes": ["scim:read"] })),
        Sample::of("POST /api/scim/tokens/{id}/rotate", format!("/api/scim/tokens/{}/rotate", tokens[0]), 201)
            .by(&boss),
        Sample::of("DELETE /api/scim/tokens/{id}", format!("/api/scim/tokens/{}", tokens[1]), 204).by(&boss),
    ]);
    all
}

/// The same for teams: one that is read and changed, one that goes, one that comes back, and two that are asked for.
async fn team_samples(roll: &Roll, boss: &Signed) -> Vec<Sample> {
    let (team, gone, back) =
        (made(roll, boss, "One").await, made(roll, boss, "Two").await, made(roll, boss, "Three").await);
    boss.delete(roll, &format!("/api/teams/{back}")).await.expect(204);
    let (leaver, joiner) = (roll.signed("team-leaver").await, roll.person("joiner").await);
    let members = format!("/api/teams/{team}/members");
    let (member, former) = (roll.person("member").await, roll.person("former").await);
    for user in [&leaver.user, &member, &former] {
        boss.post(roll, &members, &json!({ "userId": user, "role": "RESPONDER" })).await.expect(200);
    }
    let wish = |name: &str| json!({ "name": name, "reason": "We are many." });
    let yes = leaver.post(roll, "/api/team-requests", &wish("Four")).await.expect(201).id();
    let no = leaver.post(roll, "/api/team-requests", &wish("Five")).await.expect(201).id();
    let at = |tail: &str| format!("/api/teams/{team}{tail}");
    let tags = json!({ "tags": [{ "kind": "TECHNICAL", "value": "payments" }] });
    let joins = json!({ "userId": joiner, "role": "OBSERVER" });
    vec![
        Sample::of("GET /api/teams", "/api/teams?limit=2", 200).by(boss),
        Sample::of("POST /api/teams", "/api/teams", 201).by(boss).with(json!({ "name": "Six" })),
        Sample::of("GET /api/teams/{id}", at(""), 200).by(boss),
        Sample::of("PATCH /api/teams/{id}", at(""), 200).by(boss).with(json!({ "slackChannel": "#one" })),
        Sample::of("DELETE /api/teams/{id}", format!("/api/teams/{gone}"), 204).by(boss),
        Sample::of("POST /api/teams/{id}/restore", format!("/api/teams/{back}/restore"), 200).by(boss),
        Sample::of("GET /api/teams/{id}/health", at("/health"), 200).by(boss),
        Sample::of("PUT /api/teams/{id}/tags", at("/tags"), 200).by(boss).with(tags),
        Sample::of("PUT /api/teams/{id}/maintenance", at("/maintenance"), 200).by(boss).with(json!({ "on": true })),
        Sample::of("GET /api/teams/{id}/members", at("/members"), 200).by(boss),
        Sample::of("POST /api/teams/{id}/members", at("/members"), 200).by(boss).with(joins),
        Sample::of("PATCH /api/teams/{id}/members/{user}", format!("{members}/{member}"), 200)
            .by(boss)
            .with(json!({ "role": "TEAM_ADMIN" })),
        Sample::of("DELETE /api/teams/{id}/members/{user}", format!("{members}/{former}"), 200).by(boss),
        Sample::of("POST /api/teams/{id}/leave", at("/leave"), 200).by(&leaver),
        Sample::of("GET /api/team-requests", "/api/team-requests?limit=1", 200).by(boss),
        Sample::of("POST /api/team-requests", "/api/team-requests", 201).by(boss).with(wish("Seven")),
        Sample::of("POST /api/team-requests/{id}/approve", format!("/api/team-requests/{yes}/approve"), 200).by(boss),
        Sample::of("POST /api/team-requests/{id}/reject", format!("/api/team-requests/{no}/reject"), 200).by(boss),
    ]
}

/// A new team of the platform's.
async fn made(roll: &Roll, boss: &Signed, name: &str) -> String {
    boss.post(roll, "/api/teams", &json!({ "name": format!("Sample {name}") })).await.expect(201).id()
}
