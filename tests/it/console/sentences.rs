//! What the console says of every action of the audit.

use std::fmt::Write as _;

use rollcall::audit::sentence::{self, Names, Piece, reasons};
use rollcall::audit::{Action, Event, Outcome, Resource};
use rollcall::clock::Time;
use rollcall::ctx::{Actor, ActorKind, Source};
use rollcall::model::Id;
use rollcall::model::words::Word;
use serde_json::{Value, json};

use crate::goldens::compare;
use crate::source::repository;

const PERSON: &str = "018f0000-0000-7000-8000-000000000001";
const TEAM: &str = "018f0000-0000-7000-8000-000000000002";

fn id(text: &str) -> Id {
    Id::parse(text).expect("an id")
}

/// An event that tells nothing but who it concerns.
fn bare(action: Action, outcome: Outcome) -> Event {
    Event {
        id: id(PERSON),
        at: Time::from_micros(0),
        action: action.code().to_owned(),
        severity: action.about().severity,
        actor: Actor { kind: ActorKind::ScimToken, id: None, name: "Okta prod".to_owned() },
        source: Source::Scim,
        user_id: Some(id(PERSON)),
        team_id: Some(id(TEAM)),
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

/// One that tells everything that any action tells.
fn rich(action: Action, outcome: Outcome) -> Event {
    let before = json!({
        "role": "RESPONDER", "email": "a@old.test", "okta": "suspended", "scim": true, "externalId": "00u1",
        "oktaGroupId": "00g1", "maintenanceMode": false, "state": "dead", "phone": "+49 1",
    });
    let after = json!({
        "role": "TEAM_ADMIN", "email": "a@new.test", "okta": "ok", "scim": false, "externalId": "00u2",
        "oktaGroupId": "00g2", "maintenanceMode": true, "state": "applied", "phone": "+49 2",
    });
    let detail = json!({
        "name": "Laptop", "user": "Ana then", "team": "Payments then", "by": "sign-in", "predecessor": TEAM,
        "effects": { "session": [1, 2, 3], "device": [1], "user": [1] }, "successor": TEAM, "bound": "00u1",
        "lastAdmin": true, "count": 3, "prefix": "rc_scim_8f3", "expiresAt": "2026-12-01T00:00:00Z", "reason": "unknown",
        "event": TEAM, "type": "user.lifecycle.deactivate", "repaired": 3, "found": 4, "partly": true, "deactivated": 60,
        "holds": true, "device": "Pixel", "what": "code", "method": "email", "triesLeft": 2, "tries": 5, "note": "not now",
        "userName": "ana@corp.test", "oktaGroupId": "00g1", "from": "many addresses", "token": "rc_scim_8f3", "format": "csv",
        "search": "severity:high",
    });
    Event { before: Some(before), after: Some(after), detail: Some(detail), ..bare(action, outcome) }
}

fn names() -> Names {
    let one = |at: &str, name: &str| [(id(at), name.to_owned())].into_iter().collect();
    Names { users: one(PERSON, "Ana Díaz"), teams: one(TEAM, "Payments") }
}

fn told(event: &Event) -> String {
    let pieces = sentence::of(event, &names());
    assert!(!pieces.is_empty() && pieces.iter().all(|piece| !piece.text().is_empty()), "{}", event.action);
    let whole: String = pieces.iter().map(Piece::text).collect();
    assert!(!whole.contains(['{', '}', '[', ']', '|', '?']), "{}: {whole}", event.action);
    assert!(!whole.contains("  ") && whole.trim() == whole, "{}: {whole}", event.action);
    whole
}

/// What is said of an action by an event that tells little, of what somebody did to themselves, and by one that tells all.
fn each(action: Action, outcome: Outcome) -> Vec<(Outcome, String)> {
    let own = Actor { kind: ActorKind::User, id: Some(PERSON.to_owned()), name: "Ana".to_owned() };
    let own = Event { actor: own, detail: None, ..rich(action, outcome) };
    let mut all = vec![told(&bare(action, outcome)), told(&own), told(&rich(action, outcome))];
    all.dedup();
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
    compare("audit_sentences.txt", &page);
}

#[test]
fn an_action_of_a_newer_program_is_told_by_its_code() {
    let newer = Event { action: "user.teleported".to_owned(), ..bare(Action::UserCreated, Outcome::Success) };
    assert_eq!(told(&newer), "SCIM token Okta prod: user.teleported");
}

#[test]
fn whoever_has_no_name_now_is_called_as_they_were() {
    let event = rich(Action::TeamMemberRemoved, Outcome::Success);
    let pieces = sentence::of(&event, &Names::default());
    assert!(pieces.contains(&Piece::User(id(PERSON), "Ana then".to_owned())), "{pieces:?}");
    assert!(pieces.contains(&Piece::Team(id(TEAM), "Payments then".to_owned())), "{pieces:?}");
}

#[test]
fn what_a_verb_says_is_filled_in_and_not_read_as_words() {
    let detail: Value = json!({ "name": "{actor}[|" });
    let event = Event { detail: Some(detail), ..bare(Action::ScimTokenCreated, Outcome::Success) };
    let whole: String = sentence::of(&event, &Names::default()).iter().map(Piece::text).collect();
    assert_eq!(whole, "SCIM token Okta prod made the SCIM token {actor}[|");
}

#[test]
fn every_documented_reason_has_words() {
    let docs = std::fs::read_to_string(repository("docs/audit.md")).expect("the page");
    let (_, after) = docs.split_once("`detail.reason` of `auth.refused`").expect("the table of reasons");
    let (table, _) = after.split_once("\n## ").expect("its end");
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let codes: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(codes.len() > 20, "{codes:?}");
    for code in codes.into_iter().filter(|code| *code != "token_…") {
        assert_ne!(reasons::told(code), code);
    }
}
