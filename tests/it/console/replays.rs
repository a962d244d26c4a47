//! Many events applied again in one go: the preview, the job and its end, by form and over the API.

use rollcall::ctx::Ctx;
use rollcall::jobs::replays::{self, Worked};
use rollcall::jobs::retention;
use serde_json::{Value, json};

use super::{page, submit};
use crate::harness::{Answer, Roll, facts};
use crate::hooks::event;
use crate::platform::people::{Signed, problem};
use crate::samples::form_once;
use crate::tables;

const PATH: &str = "/api/hooks/replays";

impl Roll {
    /// Works on replays until nothing is left.
    pub async fn replay_all(&self) {
        while replays::work_once(&self.app).await.expect("a database") == Worked::Done {}
    }

    /// A replay that runs, of one dead event.
    pub async fn replay_job(&self, who: &Signed, uuid: &str) -> String {
        let event = self.dead_event(event(uuid, "00unobody")).await;
        who.post(self, PATH, &json!({ "events": [event] })).await.expect(202).id()
    }
}

/// An admin, three people, and a dead suspension of each.
async fn three_dead(roll: &Roll) -> (Signed, Vec<String>, Vec<String>) {
    let (boss, mut people, mut events) = (roll.admin("boss").await, Vec::new(), Vec::new());
    for name in ["dana", "erin", "finn"] {
        people.push(roll.person(name).await);
        events.push(roll.dead_event(event(name, &format!("00u{name}"))).await);
    }
    (boss, people, events)
}

async fn job(roll: &Roll, who: &Signed, id: &str) -> Value {
    who.get(roll, &format!("{PATH}/{id}")).await.expect(200).body
}

async fn cancelled(roll: &Roll, who: &Signed, id: &str) -> Answer {
    roll.send(who.request(roll, reqwest::Method::DELETE, &format!("{PATH}/{id}"))).await
}

fn count(actions: &[String], wanted: &str) -> usize {
    actions.iter().filter(|action| *action == wanted).count()
}

facts! {
    async fn all_dead_events_are_replayed_as_one_job_and_the_page_tells_how_far_it_is(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        let before = tables::dump(&roll).await;
        let asked = page(&roll, &boss, "/events/replays/new?dead=1").await.expect(200).text;
        for words in ["Chosen: 3 events.", "would change something: 3.", "user.deactivated", "Replay 3 events"] {
            assert!(asked.contains(words), "{words}: {asked}");
        }
        assert_eq!(tables::dump(&roll).await, before);
        let begun = submit(&roll, &boss, "/events/replays", &json!({ "dead": "1", "once": form_once() })).await.expect(303);
        let path = begun.header("location").to_owned();
        let again = "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>";
        let shown = page(&roll, &boss, &path).await.expect(200);
        assert!(shown.text.contains(again), "{}", shown.text);
        assert!(shown.text.contains("0 of 3 events tried") && shown.text.contains("Cancel this replay"), "{}", shown.text);
        replays::work_once(&roll.app).await.expect("a database");
        assert!(page(&roll, &boss, &path).await.text.contains("1 of 3 events tried"));
        roll.replay_all().await;
        let shown = page(&roll, &boss, &path).await.expect(200);
        assert!(!shown.text.contains(again) && shown.text.contains("Replay done"), "{}", shown.text);
        for event in &events {
            assert!(shown.text.contains(&format!("/events/{event}")), "{}", shown.text);
        }
        let actions = roll.actions().await;
        let counts = ["hook.replay.begun", "hook.replayed", "user.deactivated", "hook.replay.ended"];
        assert_eq!(counts.map(|action| count(&actions, action)), [1, 3, 3, 1]);
        let (_, _, detail) = roll.last_audit("hook.replay.ended").await;
        assert_eq!([&detail["state"], &detail["done"], &detail["changed"], &detail["failed"]], [&json!("done"), &json!(3), &json!(3), &json!(0)]);
        let again = page(&roll, &boss, "/events/replays/new?dead=1").await.expect(200).text;
        assert!(again.contains("No event is dead"), "{again}");
        submit(&roll, &boss, "/events/replays", &json!({ "dead": "1", "once": form_once() })).await.expect(409);
    }

    async fn each_event_is_applied_in_the_name_of_who_asked_and_is_its_own_cause(roll: Roll) {
        let (boss, people, events) = three_dead(&roll).await;
        let id = boss.post(&roll, PATH, &json!({ "events": [events[1], events[0], events[1]] })).await.expect(202);
        assert_eq!([&id.body["total"], &id.body["state"]], [&json!(2), &json!("running")]);
        roll.replay_all().await;
        let done = job(&roll, &boss, &id.id()).await;
        assert_eq!([&done["state"], &done["done"], &done["changed"]], [&json!("done"), &json!(2), &json!(2)]);
        for (at, status) in [(0, false), (1, false), (2, true)] {
            let active = boss.get(&roll, &format!("/api/users/{}", people[at])).await.expect(200).body;
            assert_eq!(active["isActive"], status, "{at}");
        }
        let found = boss.get(&roll, &format!("/api/audit?cause={}", events[0])).await.expect(200).body;
        let rows = found["events"].as_array().expect("rows");
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!([&row["actor"]["kind"], &row["actor"]["id"], &row["source"]], [&json!("user"), &json!(boss.user), &json!("api")]);
        }
    }

    async fn a_dry_run_says_what_would_change_and_begins_nothing(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        let before = tables::dump(&roll).await;
        let told = boss.post(&roll, &format!("{PATH}?dry_run=true"), &json!({ "dead": true })).await.expect(200).body;
        assert_eq!((&told["total"], told["events"].as_array().map(Vec::len)), (&json!(3), Some(3)));
        assert_eq!([&told["events"][0]["event"], &told["events"][0]["outcome"]], [&json!(events[0]), &json!("applied")]);
        assert_eq!(told["events"][0]["changes"][0]["action"], "user.deactivated");
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn an_event_that_fails_is_passed_over_and_told(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        let gone = format!("update hook_events set body = null where id = {}", roll.uuid(&events[0]));
        roll.sql_run(&gone).await;
        let id = boss.post(&roll, PATH, &json!({ "dead": true })).await.expect(202).id();
        roll.replay_all().await;
        let done = job(&roll, &boss, &id).await;
        assert_eq!([&done["done"], &done["changed"], &done["failed"]], [&json!(3), &json!(2), &json!(1)]);
        assert_eq!([&done["events"][0]["event"], &done["events"][0]["outcome"]], [&json!(events[0]), &json!("failed")]);
        assert!(done["events"][0]["reason"].as_str().is_some_and(|reason| reason.contains("dropped")), "{done}");
    }

    async fn a_job_whose_events_failed_says_so(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        boss.post(&roll, PATH, &json!({ "events": [events[2]] })).await.expect(202);
        roll.replay_all().await;
        roll.sql_run(&format!("update hook_events set body = null where id = {}", roll.uuid(&events[0]))).await;
        let some = boss.post(&roll, PATH, &json!({ "events": events })).await.expect(202).id();
        let every = boss.post(&roll, PATH, &json!({ "events": [events[0]] })).await.expect(202).id();
        roll.replay_all().await;
        let counts = ["total", "done", "changed", "unchanged", "failed"];
        for (id, told, heading, banner) in [
            (&some, [3, 3, 1, 1, 1], "Replay done, with failures", "1 of 3 failed."),
            (&every, [1, 1, 0, 0, 1], "Replay failed", "1 of 1 failed."),
        ] {
            let done = job(&roll, &boss, id).await;
            assert_eq!(counts.map(|name| done[name].as_i64().expect("a number")), told, "{done}");
            assert_eq!([&done["state"], &done["hasFailures"]], [&json!("done"), &json!(true)]);
            let shown = page(&roll, &boss, &format!("/events/replays/{id}")).await.expect(200).text;
            assert!(shown.contains(heading) && shown.contains(banner), "{shown}");
            let unchanged = format!("<dt>Nothing to change</dt><dd>{}</dd>", told[3]);
            assert!(shown.contains(&unchanged), "{shown}");
        }
        let listed = page(&roll, &boss, "/events").await.expect(200).text;
        for words in ["3 of 3 events tried, 1 failed, done", "1 of 1 events tried, 1 failed, done", "1 of 1 events tried, done"] {
            assert!(listed.contains(words), "{words}: {listed}");
        }
        let (_, _, detail) = roll.last_audit("hook.replay.ended").await;
        assert_eq!([&detail["changed"], &detail["unchanged"], &detail["failed"]], [&json!(0), &json!(0), &json!(1)]);
    }

    async fn an_id_of_no_event_is_named_and_nothing_begins(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        let strangers: Vec<String> = (0..7).map(|_| Roll::new_id()).collect();
        let before = tables::dump(&roll).await;
        let one = json!({ "events": [events[0], strangers[0]] });
        for path in [PATH.to_owned(), format!("{PATH}?dry_run=true")] {
            let told = problem(boss.post(&roll, &path, &one).await, 400, &strangers[0]);
            assert_eq!(told.body["errors"][0]["field"], "events");
            problem(boss.post(&roll, &path, &json!({ "events": strangers })).await, 400, "and 2 more");
        }
        let query = format!("/events/replays/new?event={}&event={}", events[0], strangers[0]);
        assert!(page(&roll, &boss, &query).await.expect(400).text.contains(&strangers[0]));
        let form = json!({ "event": strangers[0], "once": form_once() });
        assert!(submit(&roll, &boss, "/events/replays", &form).await.expect(400).text.contains(&strangers[0]));
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn a_cancelled_job_stops_where_it_is(roll: Roll) {
        let (boss, people, _) = three_dead(&roll).await;
        let id = boss.post(&roll, PATH, &json!({ "dead": true })).await.expect(202).id();
        replays::work_once(&roll.app).await.expect("a database");
        let led = submit(&roll, &boss, &format!("/events/replays/{id}/cancel"), &json!({})).await.expect(303);
        let shown = page(&roll, &boss, led.header("location")).await.expect(200).text;
        assert!(shown.contains("Replay cancelled") && shown.contains("role=\"status\""), "{shown}");
        cancelled(&roll, &boss, &id).await.expect(204);
        roll.replay_all().await;
        let done = job(&roll, &boss, &id).await;
        assert_eq!([&done["state"], &done["done"]], [&json!("cancelled"), &json!(1)]);
        assert_eq!(count(&roll.actions().await, "hook.replay.ended"), 1);
        let last = boss.get(&roll, &format!("/api/users/{}", people[2])).await.expect(200).body;
        assert_eq!(last["isActive"], true);
        cancelled(&roll, &boss, &Roll::new_id()).await.expect(404);
    }

    async fn two_replicas_at_one_job_apply_each_event_once(roll: Roll) {
        let (boss, _, _) = three_dead(&roll).await;
        let other = roll.replica().await;
        let id = boss.post(&roll, PATH, &json!({ "dead": true })).await.expect(202).id();
        // Whoever finds the other at it looks again, until one of them finds nothing to do.
        let work = |app: rollcall::http::App| async move {
            while replays::work_once(&app).await.expect("a database") != Worked::Idle {}
        };
        tokio::join!(work(roll.app.clone()), work(other.app.clone()));
        let done = job(&roll, &boss, &id).await;
        assert_eq!([&done["state"], &done["done"], &done["changed"]], [&json!("done"), &json!(3), &json!(3)]);
        let actions = roll.actions().await;
        assert_eq!(["hook.replayed", "user.deactivated", "hook.replay.ended"].map(|action| count(&actions, action)), [3, 3, 1]);
    }

    async fn a_job_that_a_server_left_goes_on_at_another(roll: Roll) {
        let (boss, _, _) = three_dead(&roll).await;
        let id = boss.post(&roll, PATH, &json!({ "dead": true })).await.expect(202).id();
        assert_eq!(replays::work_once(&roll.app).await.expect("a database"), Worked::Done);
        let other = roll.replica_with(|shared| shared.hooks.workers = 1).await;
        let ended = async {
            while job(&other, &boss, &id).await["state"] != "done" {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), ended).await.expect("a job that ends");
        assert_eq!(job(&roll, &boss, &id).await["changed"], 3);
    }

    async fn a_replay_that_ended_is_forgotten_after_its_time_and_one_that_runs_is_not(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        boss.post(&roll, PATH, &json!({ "events": [events[0], events[1]] })).await.expect(202);
        roll.replay_all().await;
        boss.post(&roll, PATH, &json!({ "events": [events[2]] })).await.expect(202);
        let left = async || {
            let dump = tables::dump(&roll).await;
            (dump["replay_jobs"].len(), dump["replay_items"].len())
        };
        let sweep = async || {
            let ctx = Ctx::job("retention", roll.clock.now());
            retention::sweep(roll.db(), &ctx, retention::REPLAYS_KEPT).await.expect("a sweep");
        };
        sweep().await;
        assert_eq!(left().await, (2, 3));
        roll.wait(retention::REPLAYS_KEPT + std::time::Duration::from_secs(1));
        sweep().await;
        assert_eq!(left().await, (1, 1));
    }

    async fn only_dead_events_since_a_moment_are_taken(roll: Roll) {
        let (boss, _, _) = three_dead(&roll).await;
        roll.wait(std::time::Duration::from_hours(2));
        roll.dead_event(event("late", "00unobody")).await;
        let asked = page(&roll, &boss, "/events/replays/new?dead=1&since=1h").await.expect(200).text;
        assert!(asked.contains("Chosen: 1 event."), "{asked}");
        let begun = boss.post(&roll, PATH, &json!({ "dead": true, "since": "1h" })).await.expect(202).body;
        assert_eq!(begun["total"], 1);
    }

    async fn what_cannot_be_begun_is_told_and_nothing_begins(roll: Roll) {
        let (boss, _, events) = three_dead(&roll).await;
        let before = tables::dump(&roll).await;
        for (body, words) in [
            (json!({}), "events: name the events"),
            (json!({ "events": [], "dead": false }), "events: must be a list of 1 to 100 ids"),
            (json!({ "events": ["7"] }), "events: must be a list of 1 to 100 ids"),
            (json!({ "events": [events[0]], "dead": true }), "events: name the events"),
            (json!({ "dead": true, "since": "soon" }), "since: must be a moment"),
            (json!({ "events": [events[0]], "since": "1h" }), "since: goes with dead"),
            (json!({ "dead": true, "x": 1 }), "x: is not known"),
        ] {
            problem(boss.post(&roll, PATH, &body).await, 400, words);
        }
        page(&roll, &boss, "/events/replays/new").await.expect(400);
        page(&roll, &boss, "/events/replays/new?event=7").await.expect(400);
        submit(&roll, &boss, "/events/replays", &json!({ "event": "7", "once": form_once() })).await.expect(400);
        let user = roll.signed("gina").await;
        let after_signing = tables::dump(&roll).await;
        problem(user.post(&roll, PATH, &json!({ "dead": true })).await, 403, "may not");
        submit(&roll, &user, "/events/replays", &json!({ "dead": "1", "once": form_once() })).await.expect(403);
        assert_eq!(tables::dump(&roll).await, after_signing);
        assert_eq!((&before["replay_jobs"], &before["replay_items"]), (&after_signing["replay_jobs"], &after_signing["replay_items"]));
    }
}
