//! Who may do what: every route of the platform, by every kind of caller, with what is theirs, their team's and others'.
//!
//! The matrix is a golden file, made from the route page: a new route is a difference in it until its lines are read.

use std::fmt::Write as _;

use reqwest::Method;
use rollcall::http::{Route, Who, routes};
use rollcall::model::policy::Deed;
use rollcall::model::session::Born;
use rollcall::store::dialect::Engine;

use super::people::SESSION;
use crate::goldens::compare;
use crate::harness::Roll;
use crate::samples::{form_once, key, with_form};

/// The kinds of caller, in the order of the columns.
const CALLERS: [&str; 12] = [
    "nobody",
    "scim",
    "user",
    "observer",
    "responder",
    "leader",
    "other-leader",
    "admin",
    "break-glass",
    "user-key",
    "admin-key",
    "reading-key",
];
/// What opens a route for a key that may all.
const ALL_SCOPES: [&str; 5] = ["users:read", "teams:read", "audit:read", "users:write", "teams:write"];
/// How many of them only read.
const READING: usize = 3;
/// Whose the thing is, seen from the caller.
const OBJECTS: [&str; 3] = ["own", "team", "foreign"];

/// One person as a cell of the matrix needs them.
struct Cell<'r> {
    roll: &'r Roll,
    number: usize,
}

impl Cell<'_> {
    async fn person(&self, name: &str) -> String {
        self.roll.person(&format!("{name}-{}", self.number)).await
    }

    async fn member(&self, team: &str, name: &str) -> String {
        let user = self.person(name).await;
        self.roll.group(&format!("{team} {}", self.number), &[&user]).await;
        user
    }

    /// The caller's row and what opens a door for them; nobody and SCIM have none of their own.
    async fn caller(&self, kind: &str, team: &str) -> (Option<String>, Option<String>) {
        let roll = self.roll;
        match kind {
            "nobody" => (None, None),
            "scim" => (None, Some(format!("Bearer {}", roll.token))),
            "break-glass" => {
                let user = roll.break_glass(&format!("glass-{}", self.number)).await;
                let key = roll.sign_in_as(&user, Born::BreakGlass).await.key();
                (Some(user), Some(key))
            }
            _ => {
                let user = if kind == "other-leader" {
                    self.member("Other", "caller").await
                } else {
                    self.person("caller").await
                };
                if ["observer", "responder", "leader"].contains(&kind) {
                    self.join(team, &user).await;
                }
                if kind == "observer" {
                    self.set_role(&user, "OBSERVER").await;
                }
                if kind.ends_with("leader") {
                    self.set_role(&user, "TEAM_ADMIN").await;
                }
                if ["admin", "admin-key", "reading-key"].contains(&kind) {
                    roll.set_user(&user, "platform_role = 'PLATFORM_ADMIN'").await;
                }
                let scopes = if kind == "reading-key" { &ALL_SCOPES[..READING] } else { &ALL_SCOPES[..] };
                let key = if kind.ends_with("-key") {
                    format!("Bearer {}", roll.key_for(&user, scopes).await.key)
                } else {
                    roll.sign_in(&user).await.key()
                };
                (Some(user), Some(key))
            }
        }
    }

    async fn event(&self) -> String {
        self.roll.dead_event(crate::hooks::event(&format!("cell-{}", self.number), "00unobody")).await
    }

    /// A replay of many events; the same for every cell, because only so many run at once.
    async fn replay(&self) -> String {
        let id = self.roll.uuid_text("id");
        let found = self.roll.sql(&format!("select {id} from replay_jobs order by created_at, id limit 1")).await;
        match found.into_iter().next().and_then(|mut row| row.remove(0)) {
            Some(id) => id,
            None => self.roll.replay_job(&self.roll.admin("replayer").await, "replayed").await,
        }
    }

    async fn join(&self, team: &str, user: &str) {
        let body = crate::harness::patch(
            serde_json::json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]),
        );
        self.roll.patch(&format!("/Groups/{team}"), &body).await.expect(204);
    }

    async fn set_role(&self, user: &str, role: &str) {
        let row = self.roll.uuid(user);
        self.roll.sql_run(&format!("update team_members set role = '{role}' where user_id = {row}")).await;
    }

    /// What a route about teams names: the team, and somebody in it.
    async fn team_target(&self, path: &str, team: &str, mate: &str, object: &str) -> String {
        if object == "team" {
            return path.replace("{id}", team).replace("{user}", mate);
        }
        let stranger = self.person("member").await;
        let other = self.roll.group(&format!("Foreign {}", self.number), &[&stranger]).await;
        path.replace("{id}", &other).replace("{user}", &stranger)
    }

    /// Somebody's wish for a team.
    async fn wish(&self, user: &str) -> String {
        let who = self.roll.sign_in(user).await;
        let wish = serde_json::json!({ "name": format!("Wish {}", self.number), "reason": "We are many." });
        who.post(self.roll, "/api/team-requests", &wish).await.expect(201).id()
    }

    /// What is sent along with a route that takes something.
    async fn body(&self, route: &Route) -> Option<String> {
        use serde_json::json;
        let name = format!("Made {}", self.number);
        let body = match key(route).as_str() {
            "POST /api/api-keys" => json!({ "name": "cron", "scopes": ["users:read"] }),
            "POST /api/users/{id}/bind" | "POST /people/{id}/bind" => {
                json!({ "oktaId": format!("00ubound{}", self.number) })
            }
            "PATCH /api/users/{id}/role" | "POST /people/{id}/role" => json!({ "role": "USER" }),
            "PUT /api/notifications/preferences" => json!({ "preferences": [] }),
            "POST /api/scim/tokens" => json!({ "name": "Okta", "scopes": ["scim:read"] }),
            "POST /tokens" => json!({ "name": "Okta", "scopes": "scim:read", "once": form_once() }),
            "POST /tokens/{id}/rotate" => json!({ "once": form_once() }),
            "POST /api/devices" => json!({ "platform": "ios", "token": Roll::new_id(), "name": "x" }),
            "POST /api/verification/send" => json!({ "method": "EMAIL" }),
            "POST /api/verification/verify" => json!({ "method": "EMAIL", "code": "000000" }),
            "POST /api/hooks/replays" => json!({ "events": [self.event().await] }),
            "POST /events/replays" => json!({ "event": self.event().await, "once": form_once() }),
            "POST /api/teams" | "POST /teams" => json!({ "name": name }),
            "POST /api/team-requests" | "POST /team-requests" => json!({ "name": name, "reason": "We are many." }),
            "PATCH /api/teams/{id}" => json!({ "slackChannel": "ops" }),
            "PUT /api/teams/{id}/tags" => json!({ "tags": [] }),
            "PUT /api/teams/{id}/maintenance" => json!({ "on": true }),
            "POST /teams/{id}/settings" => json!({ "revision": self.roll.newest_revision().await }),
            "POST /teams/{id}/maintenance" => json!({ "on": "true" }),
            "POST /teams/{id}/members" => json!({ "who": self.person("joiner").await, "role": "RESPONDER" }),
            "POST /teams/{id}/link" | "POST /teams/{id}/unlink" => json!({ "group": format!("00g{}", self.number) }),
            "POST /api/teams/{id}/members" => json!({ "userId": self.person("joiner").await, "role": "RESPONDER" }),
            "PATCH /api/teams/{id}/members/{user}" | "POST /teams/{id}/members/{user}/role" => {
                json!({ "role": "OBSERVER" })
            }
            _ => return None,
        };
        Some(body.to_string())
    }

    /// Something that a person is signed in with or reached by, of the kind that the path of a page's form names.
    async fn thing(&self, path: &str, user: &str, born: Born) -> String {
        match path.split('/').nth(3) {
            Some("sessions") => self.roll.sign_in_as(user, born).await.session,
            Some("devices") => self.roll.device_of(user).await,
            Some("keys") => self.roll.key_for(user, &ALL_SCOPES).await.id,
            Some("mobile") if born == Born::Okta => self.roll.mobile(user).await.id,
            _ => Roll::new_id(),
        }
    }

    /// What a route of this path names of a person's.
    async fn target(&self, path: &str, user: &str, born: Born) -> String {
        match path {
            "/auth/sessions" | "/api/api-keys" | "/api/mobile/tokens" | "/api/devices" => format!("{path}?user={user}"),
            "/api/api-keys/{id}" => path.replace("{id}", &self.roll.key_for(user, &ALL_SCOPES).await.id),
            _ if path.starts_with("/api/scim/tokens/") || path.starts_with("/tokens/{id}") => {
                path.replace("{id}", &super::scim_tokens::scim_token(self.roll).await)
            }
            "/api/devices/{id}" => path.replace("{id}", &self.roll.device_of(user).await),
            "/api/mobile/tokens/{id}" if born == Born::Okta => path.replace("{id}", &self.roll.mobile(user).await.id),
            // A break-glass account has none of its own.
            "/api/mobile/tokens/{id}" => path.replace("{id}", &Roll::new_id()),
            _ if path.contains("/replays/{id}") => path.replace("{id}", &self.replay().await),
            "/events/replays/new" => format!("{path}?dead=1"),
            _ if path.contains("/events/{id}") => path.replace("{id}", &self.event().await),
            "/requests/{id}" | "/api/scim/requests/{id}" => path.replace("{id}", &self.roll.logged_request().await),
            _ if path.contains("/team-requests/") => path.replace("{id}", &self.wish(user).await),
            "/api/audit/export" => format!("{path}?format=csv"),
            "/audit/{id}" | "/api/audit/{id}" => path.replace("{id}", &self.roll.audit_row(user).await),
            "/stories/{cause}" => path.replace("{cause}", &self.roll.cause_about(user).await),
            "/api/audit/{resource}/{id}" => format!("/api/audit/user/{user}"),
            "/api/users/{id}/bind" | "/people/{id}/bind" => {
                self.roll.set_user(user, "okta_id = null, external_id = null").await;
                path.replace("{id}", user)
            }
            _ if path.starts_with("/people/") => {
                path.replace("{id}", user).replace("{thing}", &self.thing(path, user, born).await)
            }
            _ if path.starts_with("/api/users/") => path.replace("{id}", user),
            "/auth/sessions/{id}" => path.replace("{id}", &self.roll.sign_in_as(user, born).await.session),
            _ => path.to_owned(),
        }
    }

    async fn ask(&self, route: &Route, caller: &str, object: &str) -> u16 {
        let mate = self.person("mate").await;
        let team = self.roll.group(&format!("Team {}", self.number), &[&mate]).await;
        let (own, key) = self.caller(caller, &team).await;
        let whose = match (object, own) {
            ("own", Some(own)) => own,
            ("team", _) => mate.clone(),
            _ => self.person("stranger").await,
        };
        // A break-glass account asks for nothing.
        let whose =
            if caller == "break-glass" && route.path.contains("/team-requests/") { mate.clone() } else { whose };
        let born = if caller == "break-glass" && object == "own" { Born::BreakGlass } else { Born::Okta };
        let named = has_object(route) || route.path.starts_with("/api/audit") || is_of_the_wire(route);
        let path = match () {
            () if is_of_a_team(route) => self.team_target(route.path, &team, &mate, object).await,
            () if named => self.target(route.path, &whose, born).await,
            () => route.path.to_owned(),
        };
        let mut request = self.roll.request(route.method.as_str().parse::<Method>().expect("a method"), &path);
        request = match key.as_deref().map(|key| key.strip_prefix(SESSION).ok_or(key)) {
            Some(Ok(secret)) => super::people::with_session(self.roll, request, secret),
            Some(Err(header)) => request.header("authorization", header),
            None => request,
        };
        let body = self.body(route).await;
        if has_form(route) {
            let fields = body.map_or(serde_json::json!({}), |body| serde_json::from_str(&body).expect("fields"));
            request = with_form(request, &fields);
        } else if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        self.roll.send(request).await.status.as_u16()
    }
}

/// Whether a page of the console sends a form here; one that was taken is answered with the page to go on to.
fn has_form(route: &Route) -> bool {
    matches!(route.who, Who::Page(_)) && route.method == Method::POST
}

/// Whether a route names a team: that is nobody's own.
fn is_of_a_team(route: &Route) -> bool {
    ["/api/teams/{id}", "/teams/{id}"].iter().any(|team| route.path.starts_with(team))
}

/// Whether a route is about what Okta sent: that is nobody's own either.
fn is_of_the_wire(route: &Route) -> bool {
    ["/api/hooks", "/api/scim/requests", "/requests", "/events"].iter().any(|face| route.path.starts_with(face))
}

/// What is open to everybody who is signed in, whosever it is: reading teams, and ending one's own place in them.
fn is_for_everybody(route: &Route) -> bool {
    matches!(route.who, Who::May(Deed::ReadTeams | Deed::LeaveTeams) | Who::Page(Deed::ReadTeams | Deed::LeaveTeams))
}

/// Whose things a route is tried with.
fn objects(route: &Route) -> &'static [&'static str] {
    match () {
        () if is_of_a_team(route) => &OBJECTS[1..],
        () if has_object(route) => &OBJECTS[..],
        () => &OBJECTS[..1],
    }
}

/// Whether a route names something of somebody's.
fn has_object(route: &Route) -> bool {
    // A history is that of one thing as far as the caller may see it: nothing to refuse.
    if route.path == "/api/audit/{resource}/{id}" || is_of_the_wire(route) {
        return false;
    }
    route.path.contains("{id}")
        || route.path.contains("{cause}")
        || [
            "DELETE /auth/sessions",
            "GET /auth/sessions",
            "GET /api/api-keys",
            "GET /api/mobile/tokens",
            "GET /api/devices",
        ]
        .contains(&key(route).as_str())
}

async fn matrix(roll: &Roll) -> String {
    roll.admin("keeper").await;
    let mut text = format!("{:<42}{:<9}{}\n", "", "", CALLERS.join("  "));
    let mut number = 0;
    for route in routes().iter().filter(|route| matches!(route.who, Who::May(_) | Who::Page(_))) {
        for object in objects(route) {
            write!(text, "{:<42}{object:<9}", key(route)).expect("a string takes it");
            for caller in CALLERS {
                number += 1;
                let status = Cell { roll, number }.ask(route, caller, object).await;
                let is_let_in = status < 300 || (status == 303 && has_form(route));
                assert!(status < 500, "{} {caller} {object}: {status}", key(route));
                assert!(!is_let_in || !["nobody", "scim"].contains(&caller), "{} lets {caller} in", key(route));
                assert!(
                    !is_let_in || *object == "own" || caller != "user" || is_for_everybody(route),
                    "{} gives a user what is foreign",
                    key(route)
                );
                write!(text, "{status:<width$}", width = caller.len() + 2).expect("a string takes it");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text
}

/// Named so that `scripts/golden` finds it.
mod goldens {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_may_do_what_is_as_promised_on_sqlite() {
        compare("permissions.txt", &matrix(&Roll::start(Engine::Lite).await).await);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_may_do_what_is_as_promised_on_postgres() {
        compare("permissions.txt", &matrix(&Roll::start(Engine::Pg).await).await);
    }
}
