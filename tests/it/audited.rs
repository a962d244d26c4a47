//! Audit is whole: whatever a request changes is named by a row of the audit, and whatever a row names was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::pin::Pin;

use reqwest::{Method, StatusCode};
use rollcall::audit::{Action, Entry, Severity};
use rollcall::ctx::Ctx;
use rollcall::error::{Error, Result};
use rollcall::http::{Who, routes};
use rollcall::model::Id;
use rollcall::model::token::Scope;
use rollcall::model::words::Word;
use rollcall::store::dialect::Engine;
use rollcall::store::{Tx, teams};
use serde_json::{Value, json};

use crate::harness::{Answer, NOON, Roll, facts, group, patch, person};
use crate::okta_events;
use crate::okta_sign_in;
use crate::platform;
use crate::samples::{Sample, is_scim, key, mutating, samples, who};
use crate::shadow;
use crate::source::repository;
use crate::tables;

/// A rollcall whose every change is held against its audit.
struct Watch {
    roll: Roll,
    method: Method,
    path: &'static str,
    /// Whether the route is driven as an operation of a Bulk.
    in_bulk: bool,
    said: BTreeSet<String>,
}

type Drive = for<'w> fn(&'w mut Watch) -> Pin<Box<dyn Future<Output = ()> + 'w>>;

/// What is done through each route that changes something: every action that the page promises is caused at least once.
const DRIVES: [(&str, Drive); 9] = [
    ("POST /scim/v2/Users", |watch| Box::pin(create_people(watch))),
    ("PUT /scim/v2/Users/{id}", |watch| Box::pin(change_people(watch))),
    ("PATCH /scim/v2/Users/{id}", |watch| Box::pin(change_people(watch))),
    ("DELETE /scim/v2/Users/{id}", |watch| Box::pin(delete_people(watch))),
    ("POST /scim/v2/Groups", |watch| Box::pin(create_groups(watch))),
    ("PUT /scim/v2/Groups/{id}", |watch| Box::pin(replace_groups(watch))),
    ("PATCH /scim/v2/Groups/{id}", |watch| Box::pin(patch_groups(watch))),
    ("DELETE /scim/v2/Groups/{id}", |watch| Box::pin(delete_groups(watch))),
    (BULK, do_all_in_bulk),
];
/// The route that may do whatever the others do.
const BULK: &str = "POST /scim/v2/Bulk";

impl Watch {
    /// Sends the route's request and demands that change and audit agree.
    async fn step(&mut self, id: &str, body: Option<&Value>) -> Answer {
        shadow::forget(&self.roll).await;
        let path = self.path.replace("/scim/v2", "").replace("{id}", id);
        let answer = match body {
            _ if self.in_bulk => self.send_in_bulk(&path, body).await,
            Some(body) => self.roll.send(self.roll.with_body(self.method.clone(), &path, body)).await,
            None => self.roll.send(self.roll.scim(self.method.clone(), &path)).await,
        };
        let said = shadow::said(&self.roll).await;
        let context = format!("{} {path} {body:?} answered {}", self.method, answer.body);
        assert_eq!(shadow::changed(&self.roll).await, said.rows, "changed (left) and said (right) by {context}");
        self.said.extend(said.actions);
        answer
    }

    /// Sends a request as the one operation of a Bulk; what a request by itself would have been answered.
    async fn send_in_bulk(&self, path: &str, data: Option<&Value>) -> Answer {
        let operation = json!({ "method": self.method.as_str(), "path": path, "bulkId": "x", "data": data });
        let answer = self.roll.post("/Bulk", &json!({ "Operations": [operation] })).await.expect(200);
        let one = &answer.body["Operations"][0];
        let status = one["status"].as_str().and_then(|status| status.parse().ok()).expect("a status");
        // A Bulk tells who it concerned, so the change of a group is not answered with nothing.
        let is_quiet = status == 200 && (&self.method, self.path) == (&Method::PATCH, "/scim/v2/Groups/{id}");
        let status = StatusCode::from_u16(if is_quiet { 204 } else { status }).expect("a status");
        let id = one["location"].as_str().and_then(|location| location.rsplit('/').next());
        let body = json!({ "id": id, "detail": one["response"]["detail"] });
        Answer { status, headers: answer.headers, text: body.to_string(), body }
    }

    /// Makes a person be as `body` says: by PUT as it is, by PATCH as one operation.
    async fn change(&mut self, id: &str, body: &Value) -> Answer {
        if self.method == Method::PUT {
            return self.step(id, Some(body)).await;
        }
        let mut value = body.clone();
        value.as_object_mut().expect("an object").remove("schemas");
        let body = patch(json!([{ "op": "replace", "value": value }]));
        self.step(id, Some(&body)).await
    }

    async fn person(&self, name: &str) -> String {
        self.roll.person(name).await
    }
}

/// Drives one route, and demands that it said what the page promises: no more and no less.
async fn drive(roll: Roll, route: &str) {
    let (_, work) = DRIVES.iter().find(|(name, _)| *name == route).expect("a drive");
    let page = routes();
    let line = page.iter().find(|line| key(line) == route).expect("a route");
    shadow::watch(&roll).await;
    let mut watch = Watch { roll, method: line.method.clone(), path: line.path, in_bulk: false, said: BTreeSet::new() };
    work(&mut watch).await;
    let promised: BTreeSet<String> = line.audits.iter().map(|action| action.code().to_owned()).collect();
    assert_eq!(watch.said, promised, "said (left) and promised by the route page (right)");
}

/// A person's body with another value somewhere.
fn with(mut body: Value, key: &str, value: impl Into<Value>) -> Value {
    body[key] = value.into();
    body
}

/// The same person, reached elsewhere.
fn moved(name: &str) -> Value {
    let mails = json!([{ "primary": true, "value": format!("{name}@elsewhere.example"), "type": "work" }]);
    with(with(person(name), "emails", mails), "phoneNumbers", json!([{ "value": "+1 555 0100", "type": "work" }]))
}

async fn create_people(watch: &mut Watch) {
    let dana = watch.step("", Some(&person("dana"))).await.expect(201).id();
    watch.step("", Some(&person("dana"))).await.expect(409);
    watch.step("", Some(&with(person("idle"), "active", false))).await.expect(201);
    let off = with(person("dana"), "active", false);
    let path = format!("/Users/{dana}");
    watch.roll.put(&path, &off).await.expect(200);
    lend_credentials(&watch.roll, &dana).await;
    watch.step("", Some(&moved("dana"))).await.expect(201);
    watch.roll.put(&path, &off).await.expect(200);
    suspend(&watch.roll, &dana).await;
    watch.step("", Some(&person("dana"))).await.expect(201);
    let unspoken = "external_id = null, scim_set_by = 'okta:sign-in'";
    watch.roll.post("/Users", &person("early")).await.expect(201);
    watch.roll.sql_run(&format!("update users set {unspoken} where okta_id = '00uearly'")).await;
    watch.step("", Some(&person("early"))).await.expect(201);
    watch.roll.delete(&path).await.expect(204);
    assert_ne!(watch.step("", Some(&person("dana"))).await.expect(201).id(), dana);
    okta_events::tell(&watch.roll, &okta_events::event("user.lifecycle.suspend", "00ulate", 0)).await;
    watch.step("", Some(&person("late"))).await.expect(201);
}

async fn change_people(watch: &mut Watch) {
    let dana = watch.person("dana").await;
    let titled = with(person("dana"), "title", "Lead");
    watch.change(&dana, &titled).await.expect(200);
    watch.change(&dana, &titled).await.expect(200);
    lend_credentials(&watch.roll, &dana).await;
    watch.change(&dana, &moved("dana")).await.expect(200);
    watch.change(&dana, &with(moved("dana"), "externalId", "00uother")).await.expect(200);
    watch.change(&dana, &with(moved("dana"), "userName", "erin@example.com")).await.expect(200);
    watch.change(&dana, &with(moved("dana"), "active", false)).await.expect(200);
    watch.change(&dana, &moved("dana")).await.expect(200);
    suspend(&watch.roll, &dana).await;
    watch.change(&dana, &with(moved("dana"), "active", false)).await.expect(200);
    let erin = watch.person("erin").await;
    watch.change(&dana, &with(moved("dana"), "userName", "erin@example.com")).await.expect(409);
    watch.roll.group("Ops", &[&erin]).await;
    lend_credentials(&watch.roll, &erin).await;
    watch.change(&erin, &with(person("erin"), "active", false)).await.expect(200);
    watch.change(&erin, &with(person("erin"), "externalId", "00uanother")).await.expect(200);
    watch.change(&Id::fresh().to_string(), &person("nobody")).await.expect(404);
}

async fn delete_people(watch: &mut Watch) {
    let dana = watch.person("dana").await;
    watch.roll.group("Ops", &[&dana]).await;
    watch.roll.group("Net", &[&dana]).await;
    lend_credentials(&watch.roll, &dana).await;
    watch.step(&dana, None).await.expect(204);
    watch.step(&dana, None).await.expect(404);
    let erin = watch.person("erin").await;
    suspend(&watch.roll, &erin).await;
    watch.step(&erin, None).await.expect(204);
    let idle = with(person("idle"), "active", false);
    let idle = watch.roll.post("/Users", &idle).await.expect(201).id();
    watch.step(&idle, None).await.expect(204);
}

async fn create_groups(watch: &mut Watch) {
    let dana = watch.person("dana").await;
    watch.step("", Some(&group("Empty", &[]))).await.expect(201);
    watch.step("", Some(&group("Ops", &[&dana, "nobody-here"]))).await.expect(201);
    watch.step("", Some(&group("ops", &[&dana]))).await.expect(409);
}

async fn replace_groups(watch: &mut Watch) {
    let (dana, erin) = (watch.person("dana").await, watch.person("erin").await);
    let ops = watch.roll.group("Ops", &[&dana]).await;
    watch.roll.group("Taken", &[]).await;
    watch.step(&ops, Some(&group("Ops", &[&dana]))).await.expect(200);
    watch.step(&ops, Some(&group("Operations", &[&dana]))).await.expect(200);
    watch.step(&ops, Some(&group("Operations", &[&erin, "nobody-here"]))).await.expect(200);
    watch.step(&ops, Some(&group("Net", &[&erin, &dana]))).await.expect(200);
    watch.step(&ops, Some(&group("Taken", &[&dana]))).await.expect(409);
    watch.roll.sql_run("update team_members set by_platform = true").await;
    watch.step(&ops, Some(&group("Net", &[&dana]))).await.expect(200);
    watch.step(&ops, Some(&group("Net", &[]))).await.expect(200);
    watch.step(&Id::fresh().to_string(), Some(&group("Nothing", &[]))).await.expect(404);
}

async fn patch_groups(watch: &mut Watch) {
    let (dana, erin) = (watch.person("dana").await, watch.person("erin").await);
    let ops = watch.roll.group("Ops", &[&dana]).await;
    let listed = |ids: &[&str]| -> Value { ids.iter().map(|id| json!({ "value": id })).collect() };
    let one = |id: &str| format!("members[value eq \"{id}\"]");
    for (operations, status) in [
        (json!([{ "op": "replace", "value": { "displayName": "Ops" } }]), 204),
        (json!([{ "op": "add", "path": "members", "value": listed(&[&dana, &erin, "nobody-here"]) }]), 204),
        (json!([{ "op": "remove", "path": one(&dana) }]), 204),
        (json!([{ "op": "remove", "path": one(&dana) }]), 204),
        (json!([{ "op": "replace", "value": { "displayName": "Net" } }, { "op": "remove", "path": one(&erin) }]), 204),
        (json!([{ "op": "replace", "path": "members", "value": listed(&[&dana, &erin]) }]), 204),
        (json!([{ "op": "remove", "path": "members", "value": listed(&[&erin]) }]), 204),
        (json!([{ "op": "remove", "path": "members[display co \"dana\"]" }]), 204),
        (
            json!([{ "op": "add", "path": "members", "value": listed(&[&dana]) }, { "op": "remove", "path": "members" }]),
            204,
        ),
        (json!([{ "op": "remove", "path": "displayName" }]), 400),
        (json!([{ "op": "add", "path": "members", "value": listed(&[&dana]) }]), 204),
    ] {
        watch.step(&ops, Some(&patch(operations))).await.expect(status);
    }
    watch.roll.sql_run("update team_members set by_platform = true").await;
    watch.step(&ops, Some(&patch(json!([{ "op": "remove", "path": one(&dana) }])))).await.expect(204);
}

async fn delete_groups(watch: &mut Watch) {
    let dana = watch.person("dana").await;
    let ops = watch.roll.group("Ops", &[&dana]).await;
    watch.step(&ops, None).await.expect(204);
    watch.step(&ops, None).await.expect(404);
}

/// What every other route may do, each on a rollcall of its own.
fn do_all_in_bulk(watch: &mut Watch) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async {
        for (route, work) in DRIVES.iter().filter(|(route, _)| *route != BULK) {
            let roll = Roll::start(watch.roll.engine()).await;
            shadow::watch(&roll).await;
            let page = routes();
            let line = page.iter().find(|line| key(line) == *route).expect("a route");
            let mut one =
                Watch { roll, method: line.method.clone(), path: line.path, in_bulk: true, said: BTreeSet::new() };
            work(&mut one).await;
            watch.said.append(&mut one.said);
        }
    })
}

/// Suspends a person, as an event of Okta's will.
async fn suspend(roll: &Roll, user: &str) {
    let user = id_literal(roll, user);
    let sql = format!("update users set okta_status = 'suspended', is_active = false where id = {user}");
    roll.sql_run(&sql).await;
}

fn id_literal(roll: &Roll, id: &str) -> String {
    match roll.engine() {
        Engine::Pg => format!("'{id}'"),
        Engine::Lite => format!("x'{}'", id.replace('-', "")),
    }
}

/// Gives a person one live credential of every kind, and an open code for each way of reaching them.
async fn lend_credentials(roll: &Roll, user: &str) {
    let at = match roll.engine() {
        Engine::Pg => format!("'{NOON}'"),
        Engine::Lite => roll.clock.now().micros().to_string(),
    };
    let (user, mut script) = (id_literal(roll, user), String::new());
    for (table, columns, values) in [
        ("sessions", "secret_hash, born, last_seen_at, expires_at", "{hash}, 'okta', {at}, {at}"),
        ("refresh_tokens", "secret_hash, generation, expires_at", "{hash}, 1, {at}"),
        ("api_keys", "secret_hash, key_id, name, scopes", "{hash}, '{text}', 'key', 'read'"),
        ("contact_verifications", "code_hash, method, value, tries, expires_at", "{hash}, 'EMAIL', 'x', 0, {at}"),
        ("contact_verifications", "code_hash, method, value, tries, expires_at", "{hash}, 'SMS', 'x', 0, {at}"),
        ("user_devices", "platform, token", "'ios', '{text}'"),
        ("login_attempts", "secret_hash, kind, data, expires_at", "{hash}, 'mobile', '{}', {at}"),
    ] {
        let text = Id::fresh().to_string();
        let hash = match roll.engine() {
            Engine::Pg => format!("'\\x{}'", text.replace('-', "")),
            Engine::Lite => id_literal(roll, &text),
        };
        let id = id_literal(roll, &text);
        let values = values.replace("{hash}", &hash).replace("{at}", &at).replace("{id}", &id).replace("{text}", &text);
        write!(
            script,
            "insert into {table} (id, user_id, created_at, {columns}) values ({id}, {user}, {at}, {values});"
        )
        .expect("a string takes it");
    }
    roll.sql_run(&script).await;
}

#[test]
fn every_mutating_route_is_driven() {
    let platform =
        platform::audited::DRIVEN.iter().chain(okta_sign_in::audited::DRIVEN).chain(crate::console::audited::DRIVEN);
    let platform = platform.chain(crate::console::roll_audited::DRIVEN);
    let driven = DRIVES.iter().map(|(route, _)| *route).chain(platform.copied());
    let driven: BTreeSet<String> = driven.map(str::to_owned).collect();
    assert_eq!(driven, mutating().iter().map(key).collect());
}

facts! {
    async fn creating_people_is_audited_whole(roll: Roll) {
        drive(roll, "POST /scim/v2/Users").await;
    }

    async fn replacing_people_is_audited_whole(roll: Roll) {
        drive(roll, "PUT /scim/v2/Users/{id}").await;
    }

    async fn patching_people_is_audited_whole(roll: Roll) {
        drive(roll, "PATCH /scim/v2/Users/{id}").await;
    }

    async fn deleting_people_is_audited_whole(roll: Roll) {
        drive(roll, "DELETE /scim/v2/Users/{id}").await;
    }

    async fn creating_groups_is_audited_whole(roll: Roll) {
        drive(roll, "POST /scim/v2/Groups").await;
    }

    async fn replacing_groups_is_audited_whole(roll: Roll) {
        drive(roll, "PUT /scim/v2/Groups/{id}").await;
    }

    async fn patching_groups_is_audited_whole(roll: Roll) {
        drive(roll, "PATCH /scim/v2/Groups/{id}").await;
    }

    async fn deleting_groups_is_audited_whole(roll: Roll) {
        drive(roll, "DELETE /scim/v2/Groups/{id}").await;
    }

    async fn whatever_is_done_in_bulk_is_audited_whole(roll: Roll) {
        drive(roll, BULK).await;
    }

    async fn a_change_that_no_entry_names_is_refused(roll: Roll) {
        let id = Id::parse(&roll.group("Ops", &[]).await).expect("an id");
        let before = tables::dump(&roll).await;
        let ctx = Ctx::cli(roll.clock.now());
        let silent = roll.db().unit(&ctx, &id, |tx, id| Box::pin(rename(tx, *id))).await;
        assert!(unwitnessed(&silent), "{silent:?}");
        let beside = roll.db().unit(&ctx, &id, |tx, id| Box::pin(async move {
            tx.say(Entry::team(Action::TeamUpdated, Id::fresh()));
            rename(tx, *id).await
        }));
        assert!(unwitnessed(&beside.await));
        assert_eq!(tables::dump(&roll).await, before);
        let named = roll.db().unit(&ctx, &id, |tx, id| Box::pin(async move {
            tx.say(Entry::team(Action::TeamUpdated, *id));
            rename(tx, *id).await
        }));
        named.await.expect("a witnessed change");
        assert_ne!(tables::dump(&roll).await, before);
    }

    async fn nothing_is_changed_while_the_audit_cannot_be_written(roll: Roll) {
        let samples = samples(&roll).await;
        let bearer = format!("Bearer {}", roll.token);
        let (writes, reads): (Vec<&Sample>, Vec<&Sample>) =
            samples.iter().filter(|sample| is_scim(sample)).partition(|sample| who(sample) == Who::Scim(Scope::Write));
        let before = tables::dump(&roll).await;
        take_audit_away(&roll).await;
        for sample in &writes {
            let answer = sample.ask(&roll, Some(&bearer)).await.refused(429, None, "audit log cannot be written");
            answer.header("retry-after").parse::<u32>().expect("whole seconds");
            assert_eq!(answer.header("content-type"), "application/scim+json; charset=utf-8");
        }
        assert_eq!(tables::dump(&roll).await, before);
        for sample in &reads {
            sample.ask(&roll, Some(&bearer)).await.expect(sample.status);
        }
        sample_refusal(&roll).await;
        give_audit_back(&roll).await;
        for sample in &writes {
            sample.ask(&roll, Some(&bearer)).await.expect(sample.status);
        }
    }
}

async fn rename(tx: &mut Tx, id: Id) -> Result<()> {
    let (mut team, _) = teams::lock_scim(tx, id).await?.expect("the team");
    "Renamed in silence".clone_into(&mut team.name);
    teams::update(tx, &team).await
}

fn unwitnessed(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::Internal(source)) if source.to_string().contains("has no audit entry"))
}

/// A refusal stays a refusal, whether or not it can be written down.
async fn sample_refusal(roll: &Roll) {
    let stranger = roll.request(Method::GET, "/scim/v2/Users").bearer_auth("nobody-made-this");
    roll.send(stranger).await.refused(401, None, "not known");
}

pub async fn take_audit_away(roll: &Roll) {
    roll.sql_run(match roll.engine() {
        Engine::Pg => {
            "create function audit_is_away() returns trigger language plpgsql as \
             $$ begin raise exception 'away'; end $$; \
             create trigger audit_is_away before insert on audit_events for each row execute function audit_is_away();"
        }
        Engine::Lite => {
            "create trigger audit_is_away before insert on audit_events begin select raise(abort, 'away'); end;"
        }
    })
    .await;
}

async fn give_audit_back(roll: &Roll) {
    roll.sql_run(match roll.engine() {
        Engine::Pg => "drop trigger audit_is_away on audit_events",
        Engine::Lite => "drop trigger audit_is_away",
    })
    .await;
}

/// The codes that a table of code, severity and meaning lists, with their severities.
fn documented(text: &str) -> BTreeMap<String, String> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let code = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        let severity = cells.get(2).filter(|cell| Severity::from_word(cell).is_some())?;
        Some((code.to_owned(), (*severity).to_owned()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_action_is_documented_with_its_severity_and_no_other_is() {
    let text = std::fs::read_to_string(repository("docs/audit.md")).expect("docs/audit.md");
    let known = |action: &Action| (action.code().to_owned(), action.about().severity.as_str().to_owned());
    assert_eq!(documented(&text), Action::ALL.iter().map(known).collect());
}
