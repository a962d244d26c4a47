//! `/api/hooks/events`: the inbox, and an event applied again.

use reqwest::Method;
use rollcall::clock::Time;
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};
use crate::hooks::{event, event_at};
use crate::{okta_events, tables};

impl Roll {
    /// An event that was tried in vain until it was dead; gives its id.
    pub async fn dead_event(&self, event: Value) -> String {
        let uuid = event["uuid"].as_str().expect("a uuid").to_owned();
        self.deliver(&format!("of {uuid}"), &[event]).await.expect(204);
        let row = format!("where event_key = 'uuid:{uuid}'");
        let dead = "state = 'dead', reason = 'internal error: poison', tries = 8, settled_at = due_at";
        self.sql_run(&format!("update hook_events set {dead} {row}")).await;
        self.sql_one(&format!("select {} from hook_events {row}", self.uuid_text("id"))).await
    }
}

/// An event of this type about Dana, our app and the group that is linked, of now.
pub fn about_dana(roll: &Roll, kind: &str, number: usize) -> Value {
    let target = |kind: &str, id: &str| json!({ "type": kind, "id": id, "displayName": "Payments" });
    json!({
        "uuid": format!("about-dana-{number}"),
        "published": Time::rfc3339(roll.clock.now()),
        "eventType": kind,
        "outcome": { "result": "SUCCESS" },
        "actor": { "id": "00udana", "type": "User" },
        "target": [target("User", "00udana"), target("UserGroup", okta_events::GROUP)],
    })
}

async fn replay(roll: &Roll, who: &Signed, event: &str, query: &str) -> Answer {
    roll.send(who.request(roll, Method::POST, &format!("/api/hooks/events/{event}/replay{query}"))).await
}

/// Dana with one of everything, a suspension of hers that is dead, and an admin.
async fn dead(roll: &Roll) -> (Signed, String, String) {
    let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
    roll.let_in(&dana).await;
    let event = roll.dead_event(event("a", "00udana")).await;
    (boss, dana, event)
}

fn ids(body: &Value) -> Vec<&str> {
    body["events"].as_array().expect("events").iter().map(|one| one["id"].as_str().expect("an id")).collect()
}

facts! {
    async fn the_inbox_is_listed_by_state_page_by_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        let events: Vec<Value> = (0..5).map(|number| event_at(&format!("m{number}"), "00udana", number)).collect();
        roll.deliver("e1", &events).await.expect(204);
        let dead = roll.dead_event(event("dead", "00uerin")).await;
        let (mut seen, mut path) = (Vec::new(), "/api/hooks/events?limit=2&state=received".to_owned());
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("/api/hooks/events?limit=2&state=received&cursor={next}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        assert_eq!(ids(&boss.get(&roll, "/api/hooks/events?state=dead").await.expect(200).body), [dead]);
        assert_eq!(ids(&boss.get(&roll, "/api/hooks/events").await.expect(200).body).len(), 6);
        let unknown = format!("cursor={}", Roll::new_id());
        for (query, field) in
            [("limit=0", "limit"), ("state=odd", "state"), ("cursor=7", "cursor"), (unknown.as_str(), "cursor"), ("x=1", "x")]
        {
            let answer = problem(boss.get(&roll, &format!("/api/hooks/events?{query}")).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
    }

    async fn an_event_is_shown_with_its_tries_and_what_it_led_to(roll: Roll) {
        let (boss, _, event) = dead(&roll).await;
        let path = format!("/api/hooks/events/{event}");
        let shown = boss.get(&roll, &path).await.expect(200).body;
        assert_eq!([&shown["state"], &shown["tries"], &shown["type"]], [&json!("dead"), &json!(8), &json!("user.lifecycle.suspend")]);
        assert_eq!([&shown["body"]["uuid"], &shown["audit"], &shown["dueAt"]], [&json!("a"), &json!([]), &Value::Null]);
        replay(&roll, &boss, &event, "").await.expect(200);
        let shown = boss.get(&roll, &path).await.expect(200).body;
        let mut led_to: Vec<&str> = shown["audit"].as_array().expect("rows").iter().filter_map(|row| row["action"].as_str()).collect();
        led_to.sort_unstable();
        assert_eq!((&shown["state"], led_to), (&json!("applied"), vec!["hook.replayed", "user.deactivated"]));
        boss.get(&roll, &format!("/api/hooks/events/{}", Roll::new_id())).await.expect(404);
    }

    async fn a_dry_run_says_what_would_change_and_changes_nothing(roll: Roll) {
        let (boss, dana, event) = dead(&roll).await;
        let before = tables::dump(&roll).await;
        let told = replay(&roll, &boss, &event, "?dry_run=true").await.expect(200).body;
        assert_eq!((&told["dryRun"], &told["state"]), (&json!(true), &json!("applied")));
        let change = &told["changes"][0];
        assert_eq!([&change["action"], &change["resource"]["id"], &change["ends"]], [&json!("user.deactivated"), &json!(dana), &json!(7)]);
        assert_eq!(change["after"]["isActive"], false);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn a_replay_is_done_once_in_the_name_of_who_asked_and_the_event_is_the_cause(roll: Roll) {
        let (boss, dana, event) = dead(&roll).await;
        let done = replay(&roll, &boss, &event, "?dry_run=false").await.expect(200).body;
        assert_eq!([&done["dryRun"], &done["state"], &done["changes"][0]["action"]], [&json!(false), &json!("applied"), &json!("user.deactivated")]);
        assert_eq!(roll.live(&dana).await, []);
        let again = replay(&roll, &boss, &event, "").await.expect(200).body;
        assert_eq!([&again["state"], &again["changes"]], [&json!("no_change"), &json!([])]);
        let found = boss.get(&roll, &format!("/api/audit?cause={event}")).await.expect(200).body;
        let rows = found["events"].as_array().expect("rows");
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!([&row["actor"]["kind"], &row["actor"]["id"], &row["source"]], [&json!("user"), &json!(boss.user), &json!("api")]);
        }
    }

    async fn two_replicas_replay_an_event_once(roll: Roll) {
        let (boss, dana, event) = dead(&roll).await;
        let other = roll.replica().await;
        let (one, two) = tokio::join!(replay(&roll, &boss, &event, ""), replay(&other, &boss, &event, ""));
        let mut states = [one.expect(200).body["state"].clone(), two.expect(200).body["state"].clone()];
        states.sort_by_key(Value::to_string);
        assert_eq!(states, ["applied", "no_change"]);
        assert_eq!(roll.live(&dana).await, []);
        let ended = roll.actions().await.into_iter().filter(|action| action == "user.deactivated").count();
        assert_eq!(ended, 1);
    }

    async fn what_cannot_be_replayed_is_refused_and_nothing_changes(roll: Roll) {
        let (boss, _, event) = dead(&roll).await;
        let before = tables::dump(&roll).await;
        problem(replay(&roll, &boss, &event, "?dry_run=perhaps").await, 400, "dry_run: must be true or false");
        problem(replay(&roll, &boss, &event, "?dry=true").await, 400, "dry: is not known");
        problem(replay(&roll, &boss, &Roll::new_id(), "").await, 404, "no event");
        assert_eq!(tables::dump(&roll).await, before);
        roll.sql_run("update hook_events set state = 'received', settled_at = null").await;
        problem(replay(&roll, &boss, &event, "").await, 409, "waits for its turn");
        roll.sql_run("update hook_events set state = 'applied', settled_at = received_at, body = null").await;
        problem(replay(&roll, &boss, &event, "?dry_run=true").await, 409, "has been dropped");
        let user = roll.signed("erin").await;
        problem(replay(&roll, &user, &event, "?dry_run=true").await, 403, "may not");
    }
}
