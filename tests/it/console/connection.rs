//! The connection as its page and `/api/connection` tell it: how long hooks take, and the way in for when Okta is down.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::page;
use crate::harness::{Roll, facts};
use crate::hooks::{event, event_at};
use crate::platform::people::{GLASS_PASSWORD, Signed};

const DAY: Duration = Duration::from_hours(24);

/// How a part does, and why.
async fn part(roll: &Roll, who: &Signed, topic: &str) -> (String, String) {
    let shown = who.get(roll, "/api/connection").await.expect(200).body;
    let parts = shown["parts"].as_array().expect("parts").clone();
    let part = parts.into_iter().find(|part| part["topic"] == topic).expect("the part");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&part["state"]), text(&part["reason"]))
}

facts! {
    async fn a_break_glass_account_that_nobody_tried_for_ninety_days_is_due(roll: Roll) {
        let boss = roll.admin("boss").await;
        assert_eq!(part(&roll, &boss, "break_glass").await.0, "grey");
        roll.glass("fire-axe").await;
        assert_eq!(part(&roll, &boss, "break_glass").await.0, "green");
        roll.wait(DAY * 91);
        let boss = roll.sign_in(&boss.user).await;
        let (state, why) = part(&roll, &boss, "break_glass").await;
        assert!(state == "amber" && why.starts_with("Test due: fire-axe "), "{state} {why}");
        assert!(page(&roll, &boss, "/connection").await.expect(200).text.contains("Test due: fire-axe"));
        for (password, state) in [("wrong-wrong-wrong", "amber"), (GLASS_PASSWORD, "green")] {
            let body = json!({ "account": "fire-axe", "password": password });
            let request = roll.request(Method::POST, "/auth/emergency").header("content-type", "application/json");
            roll.send(request.body(body.to_string())).await;
            assert_eq!(part(&roll, &boss, "break_glass").await.0, state, "{password}");
        }
    }

    async fn how_long_hooks_take_is_told_for_a_day(roll: Roll) {
        let boss = roll.admin("boss").await;
        assert_eq!(part(&roll, &boss, "event_hook_lag").await.0, "grey");
        roll.deliver("quick", &[event("one", "00udana")]).await.expect(204);
        assert_eq!(part(&roll, &boss, "event_hook_lag").await.0, "green");
        assert_eq!(part(&roll, &boss, "clock").await.0, "grey");
        roll.deliver("slow", &[event_at("two", "00udana", 0)]).await.expect(204);
        let (state, why) = part(&roll, &boss, "event_hook_lag").await;
        assert!(state == "amber" && why.contains("Of 2 events, 95 %"), "{state} {why}");
        roll.wait(DAY + Duration::from_secs(1));
        let boss = roll.sign_in(&boss.user).await;
        assert_eq!(part(&roll, &boss, "event_hook_lag").await.0, "grey");
    }
}
