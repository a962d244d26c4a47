//! `/api/notifications/preferences`.

use reqwest::Method;
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};

const PATH: &str = "/api/notifications/preferences";

async fn put(roll: &Roll, who: &Signed, list: Value) -> Answer {
    who.send(roll, Method::PUT, PATH, &json!({ "preferences": list })).await
}

fn one(channel: &str, priority: u32) -> Value {
    json!({ "channel": channel, "enabled": true, "priority": priority })
}

facts! {
    async fn who_never_said_has_the_defaults_and_who_says_nothing_goes_back_to_them(roll: Roll) {
        let dana = roll.signed("dana").await;
        let defaults = dana.get(&roll, PATH).await.expect(200).body;
        assert_eq!((defaults["isDefault"].as_bool(), defaults["preferences"][0]["channel"].as_str()), (Some(true), Some("PUSH")));
        assert_eq!(defaults["preferences"].as_array().map(Vec::len), Some(5));
        assert_eq!(put(&roll, &dana, json!([one("SMS", 1)])).await.expect(200).body["isDefault"], false);
        assert_eq!(put(&roll, &dana, json!([])).await.expect(200).body, defaults);
    }

    async fn the_list_is_written_whole_and_read_in_its_order(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        put(&roll, &dana, json!([one("EMAIL", 1), one("SMS", 2)])).await.expect(200);
        let quiet = json!({ "channel": "VOICE", "enabled": false, "priority": 100 });
        let kept = put(&roll, &dana, json!([quiet, one("PUSH", 2), one("SMS", 1)])).await.expect(200).body;
        assert_eq!(kept["preferences"], json!([one("SMS", 1), one("PUSH", 2), quiet]));
        assert_eq!(dana.get(&roll, PATH).await.expect(200).body, kept);
        assert_eq!(erin.get(&roll, PATH).await.expect(200).body["isDefault"], true);
    }

    async fn the_same_list_again_says_nothing(roll: Roll) {
        let dana = roll.signed("dana").await;
        for _ in 0..3 {
            put(&roll, &dana, json!([one("SMS", 1), one("EMAIL", 2)])).await.expect(200);
        }
        let said = roll.actions().await;
        assert_eq!(said.iter().filter(|action| *action == "preferences.changed").count(), 1);
        let (before, after, _) = roll.last_audit("preferences.changed").await;
        assert_eq!((before["preferences"].as_array().map(Vec::len), after["preferences"][0]["channel"].as_str()), (Some(0), Some("SMS")));
    }

    async fn lists_written_at_once_leave_one_of_them(roll: Roll) {
        let (other, dana) = (roll.replica().await, roll.signed("dana").await);
        let (left, right) = (json!([one("SMS", 1), one("PUSH", 2)]), json!([one("EMAIL", 1)]));
        for _ in 0..8 {
            let (one, two) = tokio::join!(put(&roll, &dana, left.clone()), put(&other, &dana, right.clone()));
            one.expect(200);
            two.expect(200);
            let kept = dana.get(&roll, PATH).await.expect(200).body["preferences"].clone();
            assert!(kept == left || kept == right, "{kept}");
        }
    }

    async fn what_cannot_be_taken_is_named_by_its_place_and_changes_nothing(roll: Roll) {
        let dana = roll.signed("dana").await;
        put(&roll, &dana, json!([one("SMS", 1)])).await.expect(200);
        for (list, field) in [
            (json!([one("SMS", 1), one("FAX", 2)]), "preferences[1].channel"),
            (json!([one("SMS", 1), one("PUSH", 2), one("SMS", 3)]), "preferences[2].channel"),
            (json!([one("SMS", 0)]), "preferences[0].priority"),
            (json!([{ "channel": "SMS", "enabled": true }]), "preferences[0].priority"),
            (json!([{ "channel": "SMS", "enabled": 1, "priority": 1 }]), "preferences[0].enabled"),
            (json!([{ "channel": "SMS", "enabled": true, "priority": 1, "user": "x" }]), "preferences[0].user"),
            (json!(["SMS"]), "preferences[0]"),
            (json!({ "SMS": true }), "preferences"),
            (json!(vec![one("SMS", 1); 6]), "preferences"),
            (Value::Null, "preferences"),
        ] {
            let answer = problem(put(&roll, &dana, list).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        assert_eq!(dana.get(&roll, PATH).await.expect(200).body["preferences"], json!([one("SMS", 1)]));
    }
}
