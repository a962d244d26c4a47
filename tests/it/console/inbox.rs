//! The inbox of Okta's events: what it shows, and an event applied again by a form.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{page, submit};
use crate::harness::{HOOK_SECRET, Roll, facts};
use crate::hooks::{event, event_at};
use crate::tables;

const SCRIPT: &str = "<script>alert(1)</script>";

fn lines(text: &str) -> usize {
    text.matches("<li class=\"line").count()
}

facts! {
    async fn each_filter_takes_its_part_of_the_inbox(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut session = event_at("b", "00uerin", 2);
        session["eventType"] = "user.session.clear".into();
        roll.deliver("e", &[event_at("a", "00udana", 1), session]).await.expect(204);
        roll.wait(Duration::from_mins(1));
        roll.dead_event(event("c", "00uerin")).await;
        for (query, found) in [
            ("", 3),
            ("state=dead", 1),
            ("state=received", 2),
            ("state=applied", 0),
            ("type=user.lifecycle", 2),
            ("type=user.session.clear", 1),
            ("subject=00uerin", 2),
            ("subject=user:00udana", 1),
            ("since=2026-03-02T12:00:30Z", 1),
            ("until=2026-03-02T12:00:30Z", 2),
            ("state=received&type=user&subject=00uerin&since=&until=", 1),
        ] {
            let shown = page(&roll, &boss, &format!("/events?{query}")).await.expect(200).text;
            assert_eq!(lines(&shown), found, "{query}: {shown}");
            let told = boss.get(&roll, &format!("/api/hooks/events?{query}")).await.expect(200).body;
            assert_eq!(told["events"].as_array().map(Vec::len), Some(found), "{query}: {told}");
            assert!(shown.contains("1 dead</span>") && shown.contains("2 waiting</span>"), "{shown}");
            assert!(shown.contains("Last delivery <time datetime=\"2026-03-02T12:01:00.000Z\">"), "{shown}");
        }
        let told = page(&roll, &boss, "/events?state=odd&since=%22%3E%3Cb%3Ex").await.expect(200).text;
        assert!(told.contains("role=\"alert\"") && told.contains("state: must be one of received"), "{told}");
        assert!(!told.contains("\"><b>x"), "{told}");
    }

    async fn a_page_of_events_begins_where_the_one_before_ended(roll: Roll) {
        let boss = roll.admin("boss").await;
        let events: Vec<Value> = (0..60).map(|number| event(&format!("m{number}"), "00udana")).collect();
        roll.deliver("e", &events).await.expect(204);
        let first = page(&roll, &boss, "/events?type=user").await.expect(200).text;
        assert_eq!(lines(&first), 50);
        let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
        let next = next.replace("&#38;", "&").replace("&amp;", "&");
        let second = page(&roll, &boss, &next).await.expect(200).text;
        assert_eq!(lines(&second), 10);
        let id = |text: &str| text.split("<a href=\"/events/").nth(1).map(|rest| rest[..36].to_owned());
        assert!(!first.contains(&id(&second).expect("an event")));
    }

    async fn an_event_is_shown_whole_with_what_it_led_to(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        roll.deliver("e", &[event("a", "00udana")]).await.expect(204);
        roll.apply_hooks().await;
        let id = roll.sql_one(&format!("select {} from hook_events", roll.uuid_text("id"))).await;
        let shown = page(&roll, &boss, &format!("/events/{id}")).await.expect(200).text;
        for words in ["It changed something.", "user.lifecycle.suspend", "user.deactivated", "2026-03-02 12:00:00", "&#34;uuid&#34;"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(shown.contains(&format!("/people/{dana}")), "{shown}");
        page(&roll, &boss, &format!("/events/{}", Roll::new_id())).await.expect(404);
        let user = roll.signed("erin").await;
        for path in ["/events".to_owned(), format!("/events/{id}"), format!("/events/{id}/replay")] {
            page(&roll, &user, &path).await.expect(403);
        }
    }

    async fn what_a_replay_would_change_is_shown_first_and_the_form_does_it(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        roll.let_in(&dana).await;
        let id = roll.dead_event(event("a", "00udana")).await;
        let before = tables::dump(&roll).await;
        let path = format!("/events/{id}/replay");
        let asked = page(&roll, &boss, &path).await.expect(200).text;
        for words in ["A replay would change this", "user.deactivated", "Replay this event"] {
            assert!(asked.contains(words), "{words}: {asked}");
        }
        let forged = crate::samples::with_form(
            roll.request(Method::POST, &path).header("cookie", format!("rollcall={}", boss.secret)),
            &json!({ "csrf": "0".repeat(64) }),
        );
        roll.send(forged).await.expect(403);
        assert_eq!(tables::dump(&roll).await, before);
        let done = submit(&roll, &boss, &path, &json!({})).await.expect(303);
        assert!(done.header("location").starts_with(&format!("/events/{id}?done=replayed.")));
        assert_eq!(roll.live(&dana).await, []);
        let shown = page(&roll, &boss, done.header("location")).await.expect(200).text;
        assert!(shown.contains("role=\"status\">The event was applied again."), "{shown}");
        submit(&roll, &boss, &path, &json!({})).await.expect(303);
        let ended = roll.actions().await.into_iter().filter(|action| action == "user.deactivated").count();
        assert_eq!(ended, 1);
        let again = page(&roll, &boss, &path).await.expect(200).text;
        assert!(again.contains("A replay would change nothing on the roll."), "{again}");
    }

    async fn what_waits_cannot_be_replayed(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.deliver("e", &[event("a", "00udana")]).await.expect(204);
        let id = roll.sql_one(&format!("select {} from hook_events", roll.uuid_text("id"))).await;
        let shown = page(&roll, &boss, &format!("/events/{id}")).await.expect(200).text;
        assert!(shown.contains("nothing to replay") && !shown.contains("/replay\""), "{shown}");
        submit(&roll, &boss, &format!("/events/{id}/replay"), &json!({})).await.expect(409);
        page(&roll, &boss, &format!("/events/{id}/replay")).await.expect(409);
    }

    async fn nothing_that_an_event_says_is_a_tag(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut odd = event("a", "00udana");
        odd["eventType"] = SCRIPT.into();
        odd["target"][0]["displayName"] = SCRIPT.into();
        roll.deliver("e", &[odd]).await.expect(204);
        roll.send(roll.hook(SCRIPT).header("authorization", HOOK_SECRET)).await.expect(204);
        roll.sql_run(&format!("update hook_events set reason = '{SCRIPT}', odd = '{SCRIPT}', lane = '{SCRIPT}', settled_at = received_at")).await;
        let rows = roll.sql(&format!("select {} from hook_events", roll.uuid_text("id"))).await;
        let mut paths = vec!["/events".to_owned()];
        for row in rows {
            let id = row[0].clone().expect("an id");
            paths.extend([format!("/events/{id}"), format!("/events/{id}/replay")]);
        }
        for path in paths {
            let shown = page(&roll, &boss, &path).await.text;
            assert!(!shown.contains("<script>alert"), "{path}: {shown}");
        }
    }

    async fn the_page_knows_when_okta_verified_the_hook(roll: Roll) {
        let boss = roll.admin("boss").await;
        let shown = page(&roll, &boss, "/events").await.expect(200).text;
        assert!(shown.contains("Okta has not verified the hook") && shown.contains("Preview, Deliver Request"), "{shown}");
        for _ in 0..2 {
            roll.wait(Duration::from_mins(1));
            let request = roll.request(Method::GET, "/webhooks/okta/events").header("authorization", HOOK_SECRET);
            roll.send(request.header("x-okta-verification-challenge", "c")).await.expect(200);
            roll.flush().await;
        }
        let shown = page(&roll, &boss, "/events").await.expect(200).text;
        assert!(shown.contains("verified the hook <time datetime=\"2026-03-02T12:02:00.000Z\">"), "{shown}");
    }
}
