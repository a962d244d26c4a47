//! Whatever the platform's routes change is named by the audit, and they say what the page promises.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use rollcall::http::routes;
use serde_json::{Value, json};

use super::devices::device;
use super::hook_events;
use super::mobile::{VERIFIER, exchange};
use super::people::{GLASS_PASSWORD, Signed};
use crate::audited::take_audit_away;
use crate::harness::{Answer, Roll, facts};
use crate::samples::{key, key_to, samples, with_form};
use crate::{okta_events, shadow, tables};

/// The routes that are driven here.
pub const DRIVEN: &[&str] = &[
    "POST /auth/logout",
    "DELETE /auth/sessions",
    "DELETE /auth/sessions/{id}",
    "POST /auth/emergency",
    "POST /api/api-keys",
    "DELETE /api/api-keys/{id}",
    "POST /api/mobile/token",
    "POST /api/mobile/refresh",
    "DELETE /api/mobile/token",
    "DELETE /api/mobile/tokens/{id}",
    "POST /api/devices",
    "DELETE /api/devices/{id}",
    "GET /api/audit/export",
    "POST /api/hooks/events/{id}/replay",
    "POST /api/hooks/replays",
    "DELETE /api/hooks/replays/{id}",
    "PATCH /api/users/{id}/role",
    "POST /api/users/{id}/deactivate",
    "POST /api/users/{id}/reactivate",
    "POST /api/users/{id}/revoke-sessions",
    "POST /api/users/{id}/clear-okta-status",
    "POST /api/users/{id}/bind",
    "POST /api/okta/group-links/{id}/confirm",
    "DELETE /api/okta/group-links/{id}",
    "POST /api/verification/send",
    "POST /api/verification/verify",
    "PUT /api/notifications/preferences",
    "POST /api/scim/tokens",
    "POST /api/scim/tokens/{id}/rotate",
    "DELETE /api/scim/tokens/{id}",
    "POST /api/teams",
    "PATCH /api/teams/{id}",
    "DELETE /api/teams/{id}",
    "POST /api/teams/{id}/restore",
    "PUT /api/teams/{id}/tags",
    "PUT /api/teams/{id}/maintenance",
    "POST /api/teams/{id}/members",
    "PATCH /api/teams/{id}/members/{user}",
    "DELETE /api/teams/{id}/members/{user}",
    "POST /api/teams/{id}/leave",
    "POST /api/team-requests",
    "POST /api/team-requests/{id}/approve",
    "POST /api/team-requests/{id}/reject",
];

/// A rollcall whose every change is held against its audit.
pub struct Watch {
    pub roll: Roll,
    pub said: BTreeSet<String>,
}

impl Watch {
    pub async fn on(roll: Roll) -> Self {
        shadow::watch(&roll).await;
        Self { roll, said: BTreeSet::new() }
    }

    /// Sends a request and demands that change and audit agree.
    pub async fn step(&mut self, who: &Signed, method: Method, path: &str, body: Option<&Value>) -> Answer {
        shadow::forget(&self.roll).await;
        let request = who.request(&self.roll, method, path);
        self.watched(request, path, body).await
    }

    /// The same by a form of a page.
    pub async fn form(&mut self, request: RequestBuilder, path: &str) -> Answer {
        shadow::forget(&self.roll).await;
        self.watched(request, path, None).await
    }

    /// The same in nobody's name, with what is presented for itself.
    async fn send(&mut self, method: &str, path: &str, bearer: Option<&str>, body: Option<&Value>) -> Answer {
        shadow::forget(&self.roll).await;
        let mut request = self.roll.request(method.parse().expect("a method"), path);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        self.watched(request, path, body).await
    }

    async fn watched(&mut self, mut request: RequestBuilder, path: &str, body: Option<&Value>) -> Answer {
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = self.roll.send(request).await;
        let said = shadow::said(&self.roll).await;
        let changed = shadow::changed(&self.roll).await;
        assert_eq!(changed, said.rows, "changed (left) and said (right) by {path}, answered {}", answer.body);
        self.said.extend(said.actions);
        answer
    }

    /// The same, besides what every refusal says.
    fn said_as_promised_but(&mut self, route: &str, refusal: &str) {
        self.said.remove(refusal);
        self.said_as_promised(route);
    }

    /// Forgets what was said so far.
    pub fn forget(&mut self) {
        self.said.clear();
    }

    /// Demands that the route said what the page promises: no more and no less.
    pub fn said_as_promised(&self, route: &str) {
        let page = routes();
        let line = page.iter().find(|line| key(line) == route).expect("a route");
        let promised: BTreeSet<String> = line.audits.iter().map(|action| action.code().to_owned()).collect();
        assert_eq!(self.said, promised, "said (left) and promised (right) by {route}");
    }
}

/// Replays a dead event of every kind, over the API or by the form of a page.
pub async fn replay_each(watch: &mut Watch, by_form: bool) {
    let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.person("dana").await);
    let team = watch.roll.group("Payments", &[]).await;
    okta_events::link(&watch.roll, &team).await.expect("a link");
    watch.roll.let_in(&dana).await;
    let suspended = ["user.session.clear", "user.lifecycle.suspend", "user.lifecycle.unsuspend"];
    let members = ["group.user_membership.add", "group.user_membership.remove", "group.user_membership.add"];
    let mut told = suspended.iter().chain(&members).copied().collect::<Vec<_>>();
    told.extend(["group.user_membership.remove", "user.lifecycle.suspend", "group.lifecycle.delete"]);
    for (number, kind) in told.into_iter().enumerate() {
        match number {
            6 => watch.roll.sql_run("update team_members set by_platform = true").await,
            7 => watch.roll.set_user(&dana, "admin_active = false, is_active = false").await,
            _ => {}
        }
        watch.roll.wait(Duration::from_mins(1));
        let event = watch.roll.dead_event(hook_events::about_dana(&watch.roll, kind, number)).await;
        if by_form {
            let path = format!("/events/{event}/replay");
            let request = with_form(boss.request(&watch.roll, Method::POST, &path), &json!({}));
            watch.form(request, &path).await.expect(303);
        } else {
            let path = format!("/api/hooks/events/{event}/replay");
            let done = watch.step(&boss, Method::POST, &path, None).await.expect(200).body;
            assert_eq!(done["state"], "applied", "{kind}: {done}");
        }
    }
}

facts! {
    async fn signing_out_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        watch.step(&dana, Method::POST, "/auth/logout", None).await.expect(204);
        let phone = watch.roll.mobile(&dana.user).await;
        watch.send("POST", "/auth/logout", Some(&phone.access), None).await.expect(204);
        watch.said_as_promised("POST /auth/logout");
    }

    async fn ending_sessions_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let (second, third) = (watch.roll.sign_in(&dana.user).await, watch.roll.sign_in(&dana.user).await);
        let path = format!("/auth/sessions/{}", second.session);
        watch.step(&dana, Method::DELETE, &path, None).await.expect(204);
        watch.said_as_promised("DELETE /auth/sessions/{id}");
        assert_eq!(watch.step(&third, Method::DELETE, "/auth/sessions", None).await.expect(200).body["ended"], 2);
        watch.said_as_promised("DELETE /auth/sessions");
    }

    async fn breaking_the_glass_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        watch.roll.glass("glass").await;
        let nobody = watch.roll.signed("dana").await;
        for (password, status) in [(GLASS_PASSWORD, 200), ("wrong", 401)] {
            let body = json!({ "account": "glass", "password": password });
            watch.step(&nobody, Method::POST, "/auth/emergency", Some(&body)).await.expect(status);
        }
        watch.said_as_promised("POST /auth/emergency");
    }

    async fn keys_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let body = json!({ "name": "cron", "scopes": ["users:read"], "expiresInDays": 7 });
        let key = watch.step(&dana, Method::POST, "/api/api-keys", Some(&body)).await.expect(201);
        watch.said_as_promised("POST /api/api-keys");
        watch.said.clear();
        let path = format!("/api/api-keys/{}", key.id());
        watch.step(&dana, Method::DELETE, &path, None).await.expect(204);
        watch.step(&dana, Method::DELETE, &path, None).await.expect(204);
        watch.said_as_promised("DELETE /api/api-keys/{id}");
    }

    async fn mobile_sign_ins_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let body = exchange(&watch.roll.code_for(&dana.user).await, VERIFIER);
        let spoilt = exchange(&watch.roll.code_for(&dana.user).await, &"x".repeat(43));
        let mut tokens = Vec::new();
        for (body, status) in [(&body, 200), (&spoilt, 401), (&body, 401)] {
            let answer = watch.send("POST", "/api/mobile/token", None, Some(body)).await.expect(status);
            tokens.extend(answer.body["refreshToken"].as_str().map(str::to_owned));
        }
        watch.said_as_promised_but("POST /api/mobile/token", "auth.refused");
        watch.said.clear();
        let phone = watch.roll.mobile(&dana.user).await;
        for (wait, status) in [(0, 200), (1, 200), (60, 401), (0, 401)] {
            watch.roll.wait(Duration::from_secs(wait));
            let body = json!({ "refreshToken": phone.refresh });
            watch.send("POST", "/api/mobile/refresh", None, Some(&body)).await.expect(status);
        }
        watch.said_as_promised_but("POST /api/mobile/refresh", "auth.refused");
        watch.said.clear();
        let phone = watch.roll.mobile(&dana.user).await;
        for _ in 0..2 {
            watch.send("DELETE", "/api/mobile/token", Some(&phone.refresh), None).await.expect(204);
        }
        watch.said_as_promised("DELETE /api/mobile/token");
        watch.said.clear();
        let path = format!("/api/mobile/tokens/{}", watch.roll.mobile(&dana.user).await.id);
        for _ in 0..2 {
            watch.step(&dana, Method::DELETE, &path, None).await.expect(204);
        }
        watch.said_as_promised("DELETE /api/mobile/tokens/{id}");
    }

    async fn devices_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (dana, erin) = (watch.roll.signed("dana").await, watch.roll.signed("erin").await);
        let mut named = device("a");
        named["name"] = "Another name".into();
        let mut last = String::new();
        for (who, body, status) in
            [(&dana, device("a"), 201), (&dana, device("a"), 200), (&dana, named, 200), (&erin, device("a"), 201)]
        {
            last = watch.step(who, Method::POST, "/api/devices", Some(&body)).await.expect(status).id();
        }
        watch.said_as_promised("POST /api/devices");
        watch.said.clear();
        for _ in 0..2 {
            watch.step(&erin, Method::DELETE, &format!("/api/devices/{last}"), None).await.expect(204);
        }
        watch.said_as_promised("DELETE /api/devices/{id}");
    }

    async fn exports_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        watch.step(&dana, Method::GET, "/api/audit/export?format=csv&q=action:user.*", None).await.expect(200);
        watch.said_as_promised("GET /api/audit/export");
        let (_, _, detail) = watch.roll.last_audit("audit.exported").await;
        assert_eq!(detail, json!({ "format": "csv", "search": "action:user.*" }));
    }

    async fn replays_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        replay_each(&mut watch, false).await;
        watch.said_as_promised("POST /api/hooks/events/{id}/replay");
    }

    async fn replays_of_many_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let event = watch.roll.dead_event(crate::hooks::event("a", "00unobody")).await;
        let body = json!({ "events": [event] });
        let begun = watch.step(&boss, Method::POST, "/api/hooks/replays", Some(&body)).await.expect(202);
        watch.said_as_promised("POST /api/hooks/replays");
        watch.forget();
        for _ in 0..2 {
            let path = format!("/api/hooks/replays/{}", begun.id());
            watch.step(&boss, Method::DELETE, &path, None).await.expect(204);
        }
        watch.said_as_promised("DELETE /api/hooks/replays/{id}");
    }

    async fn roles_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.person("dana").await);
        let path = format!("/api/users/{dana}/role");
        for role in ["PLATFORM_ADMIN", "PLATFORM_ADMIN", "USER"] {
            watch.step(&boss, Method::PATCH, &path, Some(&json!({ "role": role }))).await.expect(200);
        }
        watch.said_as_promised("PATCH /api/users/{id}/role");
    }

    async fn access_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.person("dana").await);
        watch.roll.let_in(&dana).await;
        let path = |deed: &str| format!("/api/users/{dana}/{deed}");
        watch.step(&boss, Method::POST, &path("revoke-sessions"), None).await.expect(200);
        watch.said_as_promised("POST /api/users/{id}/revoke-sessions");
        let mut said = [BTreeSet::new(), BTreeSet::new()];
        for okta in ["ok", "suspended"] {
            let active = okta == "ok";
            let columns = format!("okta_status = '{okta}', is_active = {active}");
            watch.roll.set_user(&dana, &columns).await;
            for (deed, said) in ["deactivate", "reactivate"].iter().zip(&mut said) {
                watch.said.clear();
                watch.step(&boss, Method::POST, &path(deed), None).await.expect(200);
                watch.step(&boss, Method::POST, &path(deed), None).await.expect(200);
                said.append(&mut watch.said);
            }
        }
        let [off, on] = said;
        watch.said = off;
        watch.said_as_promised("POST /api/users/{id}/deactivate");
        watch.said = on;
        watch.said_as_promised("POST /api/users/{id}/reactivate");
    }

    async fn setting_oktas_word_aside_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.person("dana").await);
        let path = format!("/api/users/{dana}/clear-okta-status");
        for admin in [true, false] {
            watch.roll.set_user(&dana, &format!("okta_status = 'suspended', is_active = false, admin_active = {admin}")).await;
            for _ in 0..2 {
                watch.step(&boss, Method::POST, &path, None).await.expect(200);
            }
        }
        watch.said_as_promised("POST /api/users/{id}/clear-okta-status");
    }

    async fn bindings_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        for (unbound, okta_id) in watch.roll.unbound_of_each_kind().await {
            for _ in 0..2 {
                let (path, body) = (format!("/api/users/{unbound}/bind"), json!({ "oktaId": okta_id }));
                watch.step(&boss, Method::POST, &path, Some(&body)).await.expect(200);
            }
        }
        watch.said_as_promised("POST /api/users/{id}/bind");
    }

    async fn links_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, team) = (watch.roll.admin("boss").await, watch.roll.group("Ops", &[]).await);
        for _ in 0..2 {
            let body = json!({ "teamId": team });
            watch.step(&boss, Method::POST, "/api/okta/group-links/00gops/confirm", Some(&body)).await.expect(204);
        }
        watch.said_as_promised("POST /api/okta/group-links/{id}/confirm");
        watch.said.clear();
        for _ in 0..2 {
            watch.step(&boss, Method::DELETE, "/api/okta/group-links/00gops", None).await.expect(204);
        }
        watch.said_as_promised("DELETE /api/okta/group-links/{id}");
    }

    async fn proofs_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let (send, verify) = ("/api/verification/send", "/api/verification/verify");
        let method = json!({ "method": "EMAIL" });
        for status in [202, 429] {
            watch.step(&dana, Method::POST, send, Some(&method)).await.expect(status);
        }
        watch.roll.wait(std::time::Duration::from_mins(1));
        let before = watch.step(&dana, Method::POST, send, Some(&method)).await.expect(202);
        assert_eq!(before.body["sent"], true);
        watch.said_as_promised("POST /api/verification/send");
        watch.said.clear();
        watch.roll.wait(std::time::Duration::from_mins(1));
        let code = watch.roll.code(&dana, "EMAIL").await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for (code, status) in [(wrong, 400), (&*code, 200), (&*code, 200)] {
            let body = json!({ "method": "EMAIL", "code": code });
            watch.step(&dana, Method::POST, verify, Some(&body)).await.expect(status);
        }
        watch.said_as_promised("POST /api/verification/verify");
    }

    async fn preferences_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let path = "/api/notifications/preferences";
        for list in [json!([{ "channel": "SMS", "enabled": true, "priority": 1 }]), json!([])] {
            for _ in 0..2 {
                watch.step(&dana, Method::PUT, path, Some(&json!({ "preferences": list }))).await.expect(200);
            }
        }
        watch.said_as_promised("PUT /api/notifications/preferences");
    }

    async fn scim_tokens_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let body = json!({ "name": "Okta", "scopes": ["scim:read"], "mode": "header", "expiresInDays": 7 });
        let made = watch.step(&boss, Method::POST, "/api/scim/tokens", Some(&body)).await.expect(201);
        watch.said_as_promised("POST /api/scim/tokens");
        watch.said.clear();
        let path = format!("/api/scim/tokens/{}", made.id());
        watch.step(&boss, Method::POST, &format!("{path}/rotate"), None).await.expect(201);
        watch.said_as_promised("POST /api/scim/tokens/{id}/rotate");
        watch.said.clear();
        watch.step(&boss, Method::DELETE, &path, None).await.expect(204);
        watch.step(&boss, Method::DELETE, &path, None).await.expect(204);
        watch.said_as_promised("DELETE /api/scim/tokens/{id}");
    }

    async fn nothing_of_the_platform_changes_while_the_audit_cannot_be_written(roll: Roll) {
        let all = samples(&roll).await;
        let writes: Vec<_> = all.iter().filter(|sample| DRIVEN.contains(&sample.route)).collect();
        let before = tables::dump(&roll).await;
        take_audit_away(&roll).await;
        for sample in &writes {
            let answer = sample.ask(&roll, key_to(&roll, sample).as_deref()).await.expect_one_of(&[503, 200]);
            let is_nothing_to_do = answer.status == 200;
            assert!(!is_nothing_to_do || sample.route.ends_with("reactivate"), "{}", sample.route);
        }
        let mut after = tables::dump(&roll).await;
        after.insert("rate_counters".to_owned(), before["rate_counters"].clone());
        assert_eq!(after, before);
    }
}
