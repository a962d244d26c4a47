//! What the console says of every action of the audit.

use std::fmt::Write as _;

use rollcall::audit::sentence::{self, Names, Piece, reasons};
use rollcall::audit::{Action, Event, Outcome, Resource};
use rollcall::clock::Time;
use rollcall::ctx::{Actor, ActorKind, Source};
use rollcall::http::console::row;
use rollcall::model::Id;
use rollcall::model::policy::Deed;
use rollcall::model::words::Word;
use serde_json::{Value, json};

use crate::goldens::compare;
use crate::source::{self, repository};

const PERSON: &str = "018f0000-0000-7000-8000-000000000001";
const TEAM: &str = "018f0000-0000-7000-8000-000000000002";
const OTHER: &str = "018f0000-0000-7000-8000-000000000003";

/// What each action's verb says beside whom it concerns: keys of the state before and after, and of the detail. An action
/// that is not here says its name and what ended.
const SAID: &[(&str, &[&str], &[&str])] = &[
    ("user.created", &[], &["predecessor"]),
    ("user.updated", &["email", "externalId", "phone", "title"], &[]),
    ("user.email.changed", &["email"], &["effects"]),
    ("user.phone.changed", &["phone"], &["effects"]),
    ("user.deactivated", &["okta"], &["effects"]),
    ("user.reactivated", &["scim"], &[]),
    ("user.switch.changed", &["scim"], &[]),
    ("user.signed_out", &[], &["effects", "begunBefore"]),
    ("user.okta.cleared", &["okta"], &[]),
    ("user.identity.bound", &["oktaId"], &[]),
    ("user.replaced", &["userName"], &["successor"]),
    ("identity.mismatch", &["externalId"], &["bound"]),
    ("team.updated", &["displayName"], &[]),
    ("team.archived", &["archived"], &["oktaGroupId"]),
    ("team.linked", &["oktaGroupId"], &[]),
    ("team.unlinked", &["oktaGroupId"], &[]),
    ("team.member.added", &["role"], &["user", "team"]),
    ("team.member.removed", &["role"], &["user", "team", "lastAdmin"]),
    ("team.member.opted_out", &["role"], &["user", "team", "lastAdmin"]),
    ("team.role.changed", &["role"], &["user", "team"]),
    ("team.members.skipped", &[], &["team", "count", "ids"]),
    ("team.tags.changed", &["tags"], &[]),
    ("team.maintenance.set", &["maintenanceMode"], &["why"]),
    ("team.request.made", &["reason"], &["name"]),
    ("team.request.approved", &["state"], &["name"]),
    ("team.request.rejected", &["state"], &["name", "note"]),
    ("scim.token.created", &[], &["name", "prefix", "scopes", "expiresAt"]),
    ("scim.token.revoked", &[], &["name", "prefix", "scopes"]),
    ("scim.token.rotated", &[], &["name", "prefix", "expiresAt", "follows"]),
    ("auth.refused", &[], &["reason", "count", "from"]),
    ("auth.forbidden", &[], &["reason", "count", "from", "token"]),
    ("hook.replayed", &["state"], &["event", "type"]),
    ("hook.replay.begun", &[], &["replay", "events", "since"]),
    ("hook.replay.ended", &[], &["replay", "events", "state", "done", "changed", "failed"]),
    ("drift.repaired", &[], &["found", "repaired", "partly"]),
    ("breaker.tripped", &[], &["deactivated", "holds", "people", "percent"]),
    ("auth.break_glass.login", &[], &["name", "reason", "effects"]),
    ("break_glass.tested", &[], &["name", "reason"]),
    ("break_glass.created", &[], &["name"]),
    ("auth.mobile.signed_in", &[], &["device", "reason"]),
    ("auth.mobile.refreshed", &[], &["device"]),
    ("auth.mobile.reused", &[], &["device", "what"]),
    ("auth.mobile.ended", &[], &["device"]),
    ("device.registered", &[], &["name", "platform", "effects"]),
    ("device.removed", &[], &["name", "platform", "taken"]),
    ("user.role.changed", &["role"], &[]),
    ("contact.code.ordered", &[], &["method"]),
    ("contact.code.refused", &[], &["method", "triesLeft"]),
    ("contact.verified", &[], &["method"]),
    ("message.undeliverable", &[], &["method", "tries", "undelivered"]),
    ("preferences.changed", &["preferences"], &[]),
    ("api_key.created", &[], &["name", "prefix", "scopes", "expiresAt"]),
    ("api_key.revoked", &[], &["name", "prefix", "scopes"]),
    ("audit.exported", &[], &["format", "search"]),
];

fn id(text: &str) -> Id {
    Id::parse(text).expect("an id")
}

/// An event that tells nothing but who it concerns.
fn bare(action: Action, outcome: Outcome) -> Event {
    let (user, team) = (Some(id(PERSON)), Some(id(TEAM)));
    Event {
        id: id(PERSON),
        at: Time::from_micros(0),
        action: action.code().to_owned(),
        severity: action.about().severity,
        actor: doer(ActorKind::ScimToken, "Okta prod"),
        source: Source::Scim,
        user_id: user,
        team_id: team,
        resource: Resource::User.as_str().to_owned(),
        resource_id: None,
        outcome,
        before: None,
        after: None,
        detail: None,
        cause: id(PERSON),
        request_id: String::new(),
        ip: None,
        user_agent: None,
    }
}

fn doer(kind: ActorKind, name: &str) -> Actor {
    let is_person = matches!(kind, ActorKind::User | ActorKind::ApiKey | ActorKind::BreakGlass);
    Actor { kind, id: is_person.then(|| OTHER.to_owned()), name: name.to_owned() }
}

/// Every state that any verb says, before and after.
fn states() -> (Value, Value) {
    let before = json!({
        "role": "RESPONDER", "email": "a@old.test", "okta": "ok", "scim": false, "externalId": "00u1", "title": "SRE",
        "oktaGroupId": "00g1", "maintenanceMode": false, "state": "dead", "phone": "+49 1", "oktaId": null,
        "displayName": "Pay", "tags": ["TECHNICAL:db"], "userName": "ana@corp.test", "archived": false, "preferences": [],
    });
    let after = json!({
        "role": "TEAM_ADMIN", "email": "a@new.test", "okta": "suspended", "scim": true, "externalId": "00u2",
        "oktaGroupId": "00g2", "maintenanceMode": true, "state": "applied", "phone": "+49 2", "oktaId": "00u1",
        "displayName": "Payments", "tags": ["TECHNICAL:web"], "archived": true, "title": "Lead", "reason": "night shifts",
        "preferences": [{ "channel": "EMAIL", "enabled": true, "priority": 1 }],
    });
    (before, after)
}

/// Every detail that any verb says; `number` is each of its numbers.
fn detail(number: u64) -> Value {
    let ids: Vec<u64> = (0..number).collect();
    let mut whole = json!({
        "name": "Laptop", "user": "Ana then", "team": "Payments then", "predecessor": OTHER, "successor": OTHER,
        "effects": { "session": ids, "device": [1], "user": [1] }, "bound": "00u1", "lastAdmin": true, "count": number,
        "ids": ids, "prefix": "rc_scim_8f3", "scopes": ["scim:read"], "expiresAt": "2026-12-01T00:00:00Z",
        "reason": "unknown", "event": OTHER, "type": "user.lifecycle.deactivate", "repaired": number, "found": number,
    });
    let rest = json!({
        "partly": true, "deactivated": number, "holds": true, "people": 50, "percent": 10, "device": "Pixel",
        "what": "refresh token", "method": "EMAIL", "triesLeft": number, "tries": number, "note": "not now",
        "oktaGroupId": "00g1", "from": "192.0.2.7", "token": "user:erin", "format": "csv", "search": "severity:high",
        "platform": "ios", "replay": OTHER, "events": number, "since": "2026-11-20T08:00:00Z", "state": "done",
        "done": number, "changed": 0, "failed": 0, "begunBefore": "2026-11-20T08:00:00Z",
        "why": "a database moves", "taken": "registered by somebody else", "undelivered": "the mail server answered 550",
        "follows": "rc_scim_9a1",
    });
    let whole_map = whole.as_object_mut().expect("an object");
    whole_map.extend(rest.as_object().expect("an object").clone());
    whole
}

fn only(whole: &Value, keys: &[&str]) -> Option<Value> {
    let part = |key: &&str| Some(((*key).to_owned(), whole.get(*key)?.clone()));
    let some: serde_json::Map<String, Value> = keys.iter().filter_map(part).collect();
    (!some.is_empty()).then(|| Value::Object(some))
}

/// One that tells what its verb tells.
fn rich(action: Action, outcome: Outcome, number: u64) -> Event {
    let (_, states_said, said) =
        SAID.iter().find(|(code, ..)| *code == action.code()).unwrap_or(&("", &[], &["effects"]));
    let ((was, is), whole) = (states(), detail(number));
    let mut detail = only(&whole, said);
    for (own, key) in [("why", "reason"), ("taken", "reason"), ("undelivered", "reason"), ("follows", "successor")] {
        if let Some(told) = detail.as_mut().and_then(Value::as_object_mut)
            && let Some(value) = told.remove(own)
        {
            told.insert(key.to_owned(), value);
        }
    }
    Event { before: only(&was, states_said), after: only(&is, states_said), detail, ..bare(action, outcome) }
}

fn names() -> Names {
    let one = |at: &str, name: &str| (id(at), name.to_owned());
    let users = [one(PERSON, "Ana Díaz"), one(OTHER, "Erin Ng")].into_iter().collect();
    Names { users, teams: [one(TEAM, "Payments")].into_iter().collect() }
}

fn told(event: &Event) -> String {
    let pieces = sentence::of(event, &names());
    assert!(!pieces.is_empty() && pieces.iter().all(|piece| !piece.text().is_empty()), "{}", event.action);
    let whole: String = pieces.iter().map(Piece::text).collect();
    assert!(!whole.contains(['{', '}', '[', ']', '|', '?']), "{}: {whole}", event.action);
    assert!(!whole.contains("  ") && whole.trim() == whole, "{}: {whole}", event.action);
    whole
}

/// What is said of an action by an event that tells little, of what somebody did to themselves, by one that tells all, by
/// one whose numbers are one, and by one that counts nothing.
fn each(action: Action, outcome: Outcome) -> Vec<(Outcome, String)> {
    let own = Actor { id: Some(PERSON.to_owned()), ..doer(ActorKind::User, "Ana") };
    let own = Event { actor: own, ..rich(action, outcome, 3) };
    let (many, one) = (rich(action, outcome, 3), rich(action, outcome, 1));
    let mut alone = many.clone();
    if let Some(told) = alone.detail.as_mut().and_then(Value::as_object_mut) {
        told.retain(|key, _| key != "count");
    }
    let mut all = Vec::new();
    for said in [told(&bare(action, outcome)), told(&own), told(&many), told(&one), told(&alone)] {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    all.into_iter().map(|said| (outcome, said)).collect()
}

#[test]
fn every_action_has_a_sentence() {
    let mut page = String::new();
    for action in Action::ALL.iter().copied() {
        writeln!(page, "{}", action.code()).expect("a string takes it");
        let all: Vec<(Outcome, String)> = Outcome::ALL.iter().flat_map(|outcome| each(action, *outcome)).collect();
        // What only ever succeeds, or is only ever refused, has no words for the other.
        let own: Vec<&(Outcome, String)> = all.iter().filter(|(_, said)| !said.contains(action.code())).collect();
        assert!(!own.is_empty(), "{} has no words of its own", action.code());
        for (outcome, said) in own {
            writeln!(page, "  {:<9}{said}", outcome.as_str()).expect("a string takes it");
        }
    }
    writeln!(page, "\nwho does it").expect("a string takes it");
    for kind in ActorKind::ALL.iter().copied() {
        let event = Event { actor: doer(kind, "start"), ..rich(Action::UserDeactivated, Outcome::Success, 1) };
        writeln!(page, "  {:<12}{}", kind.as_str(), told(&event)).expect("a string takes it");
    }
    compare("audit_sentences.txt", &page);
}

#[test]
fn one_is_never_told_as_many() {
    for (action, outcome) in
        Action::ALL.iter().flat_map(|action| Outcome::ALL.iter().map(|outcome| (*action, *outcome)))
    {
        let said = told(&rich(action, outcome, 1));
        for wrong in [
            "1 sessions",
            "1 tries",
            "1 people",
            "1 members",
            "1 events",
            "1 differences",
            "1 more times",
            "1 more fields",
        ] {
            assert!(!said.contains(wrong), "{said}");
        }
    }
}

#[test]
fn a_counted_refusal_is_told_of_whom_it_concerns_and_not_of_the_job_that_counted() {
    let job = doer(ActorKind::Job, "refusals");
    let refused = rich(Action::AuthForbidden, Outcome::Failure, 3);
    let of_person = Event { actor: job.clone(), ..refused.clone() };
    assert_eq!(
        told(&of_person),
        "Erin was refused 3 more times from 192.0.2.7: the credential was never made here".replace("Erin", "erin")
    );
    let detail = json!({ "reason": "scim:write", "token": "Okta (8f3)", "count": 1, "from": "many addresses" });
    let of_token = Event { actor: job, detail: Some(detail), ..refused };
    assert_eq!(
        told(&of_token),
        "The SCIM token Okta (8f3) was refused 1 more time from many addresses: the token lacks the scope scim:write"
    );
}

#[test]
fn an_action_of_a_newer_program_is_told_by_its_code() {
    let newer = Event { action: "user.teleported".to_owned(), ..bare(Action::UserCreated, Outcome::Success) };
    assert_eq!(told(&newer), "Okta prod (SCIM): user.teleported");
}

#[test]
fn whoever_has_no_name_now_is_called_as_they_were() {
    let event = rich(Action::TeamMemberRemoved, Outcome::Success, 1);
    let pieces = sentence::of(&event, &Names::default());
    assert!(pieces.contains(&Piece::User(id(PERSON), "Ana then".to_owned())), "{pieces:?}");
    assert!(pieces.contains(&Piece::Team(id(TEAM), "Payments then".to_owned())), "{pieces:?}");
}

#[test]
fn what_a_verb_says_is_filled_in_and_not_read_as_words() {
    let detail: Value = json!({ "name": "{actor}[|" });
    let event = Event { detail: Some(detail), ..bare(Action::ScimTokenCreated, Outcome::Success) };
    let whole: String = sentence::of(&event, &Names::default()).iter().map(Piece::text).collect();
    assert_eq!(whole, "Okta prod (SCIM) created the SCIM token {actor}[|");
}

#[test]
fn every_reason_has_words() {
    let docs = std::fs::read_to_string(repository("docs/audit.md")).expect("the page");
    let (_, after) = docs.split_once("`detail.reason` of `auth.refused`").expect("the table of reasons");
    let (table, _) = after.split_once("\n## ").expect("its end");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let codes: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(codes.len() > 20, "{codes:?}");
    let deeds = Deed::ALL.iter().map(|deed| deed.as_str());
    for code in codes.into_iter().filter(|code| *code != "token_…").chain(deeds) {
        assert_ne!(reasons::told(code), code);
    }
}

/// The texts between two marks in the source of what says something in the audit.
fn named(begin: &str) -> Vec<String> {
    let files = ["src/directory", "src/access", "src/jobs", "src/cli", "src/okta"].into_iter().flat_map(source::files);
    let text: String = files.map(|file| file.text).collect();
    text.split(begin).skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect()
}

#[test]
fn every_detail_that_a_verb_says_has_a_name_on_the_page_of_a_row() {
    let known: Vec<&str> = row::KNOWN.iter().map(|(key, _)| *key).chain(row::TOLD).collect();
    let said = named(".with(\"");
    assert!(said.len() > 50, "{said:?}");
    for key in said {
        assert!(known.contains(&key.as_str()), "{key} has no name");
    }
}

#[test]
fn every_job_and_every_flaw_of_a_token_has_words() {
    use rollcall::audit::sentence::actors;
    let jobs = [named("Ctx::job(\""), named("Turns::of(\"")].concat();
    assert!(jobs.len() > 6, "{jobs:?}");
    for job in jobs {
        assert_ne!(actors::job(&job), job);
    }
    let flaws: Vec<String> = named("=> \"token_").into_iter().map(|rest| format!("token_{rest}")).collect();
    assert!(flaws.len() > 8, "{flaws:?}");
    for flaw in flaws {
        assert_ne!(reasons::told(&flaw), flaw);
    }
}
