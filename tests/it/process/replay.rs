//! `rollcall hooks`: the inbox at the command line, and an event applied again.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Outcome, Place, finish};
use crate::harness::{NOON, Roll, Store, facts, patch};
use crate::hooks::{event, event_at};
use crate::tables;

/// Runs the program on the store of a rollcall.
fn run(roll: &Roll, args: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = Place { folder, store: Store::at(roll.database_url().to_owned()), engine: roll.engine() };
    let mut command = place.command(&[&["hooks"], args].concat());
    command.env("DATABASE_URL", roll.database_url());
    finish(command)
}

/// Dana, and a suspension of hers that could not be applied in eight tries; gives both ids.
async fn dead(roll: &Roll) -> (String, String) {
    let dana = roll.person("dana").await;
    roll.let_in(&dana).await;
    roll.deliver("e1", &[event("a", "00udana")]).await.expect(204);
    kill(roll, "a").await;
    (dana, only(roll, "dead"))
}

async fn kill(roll: &Roll, uuid: &str) {
    let dead = "state = 'dead', reason = 'internal error: poison', tries = 8, settled_at = due_at";
    roll.sql_run(&format!("update hook_events set {dead} where event_key = 'uuid:{uuid}'")).await;
}

/// The events in this state, as the command line lists them.
fn listed(roll: &Roll, args: &[&str]) -> Vec<Value> {
    let text = run(roll, &[&["list", "--json"], args].concat()).done();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// The id of the one event in this state.
fn only(roll: &Roll, state: &str) -> String {
    let found = listed(roll, &["--state", state]);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]["id"].as_str().expect("an id").to_owned()
}

facts! {
    async fn a_preview_says_what_a_replay_would_change_and_changes_nothing(roll: Roll) {
        let (_, event) = dead(&roll).await;
        let before = tables::dump(&roll).await;
        let shown = run(&roll, &["replay", &event, "--dry-run"]).done();
        for words in ["user.lifecycle.suspend", "dead", "poison", "It would change this", "user.deactivated", "ends 7"] {
            assert!(shown.contains(words), "no {words:?} in\n{shown}");
        }
        let said = run(&roll, &["replay", &event]).refused(1);
        assert!(said.contains("--yes"), "{said}");
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn a_replay_applies_a_dead_event_once_and_says_who_asked(roll: Roll) {
        let (dana, event) = dead(&roll).await;
        let shown = run(&roll, &["replay", &event, "--yes"]).done();
        assert!(shown.contains("It would change this") && shown.contains("Done: applied."), "{shown}");
        assert_eq!(roll.live(&dana).await, []);
        let again = run(&roll, &["replay", &event, "--yes"]).done();
        assert!(again.contains("It would change nothing") && again.contains("Done: no_change"), "{again}");
        assert_eq!(roll.states().await, ["applied"], "what was applied once was applied");
        let actions = roll.actions().await;
        assert_eq!(actions, ["user.created", "user.deactivated", "hook.replayed", "hook.replayed"]);
        let who = "select distinct actor_kind || ' ' || source from audit_events where action in ('user.deactivated', 'hook.replayed')";
        assert_eq!(roll.sql(who).await, [[Some("cli cli".to_owned())]]);
        let shown: Value = serde_json::from_str(&run(&roll, &["show", &event]).done()).expect("JSON");
        assert_eq!(shown["body"]["uuid"], "a");
        assert_eq!((&shown["state"], &shown["tries"]), (&json!("applied"), &json!(8)));
        let caused: Vec<&str> = shown["audit"].as_array().expect("rows").iter().filter_map(|row| row["action"].as_str()).collect();
        assert_eq!(caused.len(), 3, "{shown}");
        assert_eq!(shown["audit"][0]["detail"]["event"], event);
    }

    async fn two_replays_at_once_apply_an_event_once(roll: Roll) {
        let (_, event) = dead(&roll).await;
        std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| run(&roll, &["replay", &event, "--yes"]).done()));
            for one in both {
                assert!(one.join().expect("no panic").contains("Done: "));
            }
        });
        let count = |actions: &[String], action: &str| actions.iter().filter(|one| *one == action).count();
        let actions = roll.actions().await;
        assert_eq!((count(&actions, "user.deactivated"), count(&actions, "hook.replayed")), (1, 2));
        assert_eq!(roll.states().await, ["applied"]);
    }

    async fn a_replay_of_what_is_older_than_what_is_known_changes_nothing(roll: Roll) {
        roll.person("dana").await;
        let mut newer = event("new", "00udana");
        newer["eventType"] = "user.lifecycle.unsuspend".into();
        newer["published"] = NOON.replace("12:00", "12:30").into();
        roll.deliver("e1", &[event("old", "00udana"), newer]).await.expect(204);
        kill(&roll, "old").await;
        roll.apply_hooks().await;
        let before = roll.actions().await.len();
        let shown = run(&roll, &["replay", &only(&roll, "dead"), "--yes"]).done();
        assert!(shown.contains("It would change nothing") && shown.contains("Done: stale"), "{shown}");
        assert_eq!(roll.actions().await.len(), before + 1, "the replay itself");
        let dana = roll.find("userName eq \"dana@example.com\"").await.expect(200).body["Resources"][0]["id"].clone();
        let off = patch(json!([{ "op": "replace", "value": { "title": "Lead" } }]));
        let path = format!("/Users/{}", dana.as_str().expect("an id"));
        assert_eq!(roll.send(roll.with_body(Method::PATCH, &path, &off)).await.expect(200).body["active"], true);
    }

    async fn what_cannot_be_replayed_is_refused_in_a_sentence_and_nothing_changes(roll: Roll) {
        roll.deliver("e1", &[event("a", "00u1")]).await.expect(204);
        let waiting = only(&roll, "received");
        let before = tables::dump(&roll).await;
        let unknown = Roll::new_id();
        for (args, code, words) in [
            (vec!["replay", waiting.as_str(), "--yes"], 1, "waits for its turn"),
            (vec!["replay", unknown.as_str(), "--yes"], 1, "no event with this id"),
            (vec!["show", unknown.as_str()], 1, "no event with this id"),
            (vec!["replay", "7", "--yes"], 2, "ID must be a UUID"),
            (vec!["list", "--state", "lost"], 2, "--state must be one of received, applied"),
            (vec!["list", "--before", "7"], 2, "--before must be a UUID"),
            (vec!["replay", waiting.as_str(), "--yes", "--dry-run"], 2, "cannot be used with"),
        ] {
            let said = run(&roll, &args).refused(code);
            assert!(said.contains(words), "{args:?}: {said}");
        }
        assert_eq!(tables::dump(&roll).await, before);
        kill(&roll, "a").await;
        roll.sql_run("update hook_events set body = null").await;
        let said = run(&roll, &["replay", &waiting, "--dry-run"]).refused(1);
        assert!(said.contains("has been dropped"), "{said}");
    }

    async fn the_inbox_is_listed_newest_first_page_by_page_and_by_state(roll: Roll) {
        for number in 0..7_u32 {
            roll.deliver("e", &[event_at(&format!("u{number}"), "00unobody", number)]).await.expect(204);
            roll.clock.advance(std::time::Duration::from_secs(1));
        }
        kill(&roll, "u3").await;
        let (mut seen, mut last) = (Vec::new(), None::<String>);
        loop {
            let mut args = vec!["--limit", "3"];
            args.extend(last.iter().flat_map(|id| ["--before", id.as_str()]));
            let page = listed(&roll, &args);
            seen.extend(page.iter().filter_map(|row| row["key"].as_str().map(str::to_owned)));
            let Some(end) = page.last() else { break };
            last = end["id"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, (0..7).rev().map(|number| format!("uuid:u{number}")).collect::<Vec<_>>());
        let table = run(&roll, &["list", "--state", "DEAD"]).done();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 2, "{table}");
        for words in ["dead", " 8 ", "2026-03-02T11:03:00Z", "user.lifecycle.suspend", "user:00unobody", "poison"] {
            assert!(lines[1].contains(words), "no {words:?} in {table}");
        }
    }
}
