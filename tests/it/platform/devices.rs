//! `/api/devices`, where push messages go.

use std::sync::Arc;
use std::time::Duration;

use rollcall::access::devices::MOST;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::people::problem;
use crate::harness::{NOON, Roll, facts};

/// The body that registers a device of this push token.
pub fn device(token: &str) -> Value {
    json!({ "platform": "ios", "token": token, "name": "A phone" })
}

impl Roll {
    /// Gives a person a device, whoever they are; its id.
    pub async fn device_of(&self, user: &str) -> String {
        let (id, user, noon) = (Self::new_id(), self.uuid(user), self.moment(NOON));
        let row = self.uuid(&id);
        self.sql_run(&format!(
            "insert into user_devices (id, user_id, platform, token, created_at) \
             values ({row}, {user}, 'web', 'token {id}', {noon})"
        ))
        .await;
        id
    }
}

facts! {
    async fn a_device_registers_as_often_as_it_likes_and_its_token_is_never_shown(roll: Roll) {
        let dana = roll.signed("dana").await;
        let first = dana.post(&roll, "/api/devices", &device("secret-token")).await.expect(201);
        roll.wait(Duration::from_hours(1));
        let again = dana.post(&roll, "/api/devices", &device("secret-token")).await.expect(200);
        assert_eq!((again.id(), &again.body["createdAt"]), (first.id(), &first.body["createdAt"]));
        assert_eq!(again.body["lastSeenAt"], "2026-03-02T13:00:00.000000Z");
        let listed = dana.get(&roll, "/api/devices").await.expect(200).body;
        assert_eq!((listed["devices"].as_array().map(Vec::len), &listed["devices"][0]["platform"]), (Some(1), &json!("ios")));
        assert!(!format!("{listed}{}{}", first.body, again.body).contains("secret-token"));
        assert_eq!(roll.actions().await.iter().filter(|said| *said == "device.registered").count(), 1);
    }

    async fn a_token_that_another_person_has_moves(roll: Roll) {
        let (dana, erin, other) = (roll.signed("dana").await, roll.signed("erin").await, roll.replica().await);
        dana.post(&roll, "/api/devices", &device("a")).await.expect(201);
        erin.post(&other, "/api/devices", &device("a")).await.expect(201);
        assert_eq!(dana.get(&roll, "/api/devices").await.expect(200).body["devices"], json!([]));
        let (_, _, detail) = roll.last_audit("device.removed").await;
        assert_eq!(detail["reason"], "registered by somebody else");
        dana.post(&roll, "/api/devices", &device("a")).await.expect(201);
        assert_eq!(roll.live(&erin.user).await, [("sessions", 1)]);
    }

    async fn a_token_that_many_register_at_once_is_one_persons_in_the_end(roll: Roll) {
        let (roll, other) = { let other = roll.replica().await; (Arc::new(roll), Arc::new(other)) };
        let mut tries = JoinSet::new();
        for number in 0..8 {
            let who = roll.signed(&format!("person-{number}")).await;
            let at = Arc::clone(if number % 2 == 0 { &roll } else { &other });
            tries.spawn(async move { who.post(&at, "/api/devices", &device("a")).await.status.as_u16() });
        }
        // Whoever met the others three times over is told to come again.
        let answers = tries.join_all().await;
        assert!(answers.iter().all(|status| [201, 503].contains(status)) && answers.contains(&201), "{answers:?}");
        let live = "select cast(count(*) as text) from user_devices where ended_at is null";
        assert_eq!(roll.sql_one(live).await, "1");
    }

    async fn devices_of_others_cannot_be_seen_or_removed(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let id = dana.post(&roll, "/api/devices", &device("a")).await.expect(201).id();
        let (path, listed) = (format!("/api/devices/{id}"), format!("/api/devices?user={}", dana.user));
        problem(erin.delete(&roll, &path).await, 404, "no device");
        problem(erin.get(&roll, &listed).await, 403, "may not");
        assert_eq!(boss.get(&roll, &listed).await.expect(200).body["devices"][0]["id"], id);
        dana.delete(&roll, &path).await.expect(204);
        dana.delete(&roll, &path).await.expect(204);
        boss.delete(&roll, &path).await.expect(204);
        assert_eq!(roll.actions().await.iter().filter(|said| *said == "device.removed").count(), 1);
        problem(dana.delete(&roll, "/api/devices/x").await, 404, "no device");
    }

    async fn a_page_of_devices_goes_on_where_the_one_before_ended_and_one_too_many_ends_the_oldest(roll: Roll) {
        let dana = roll.signed("dana").await;
        for number in 0..=MOST {
            dana.post(&roll, "/api/devices", &device(&format!("token-{number}"))).await.expect(201);
        }
        let (mut path, mut seen) = ("/api/devices?limit=7".to_owned(), Vec::new());
        loop {
            let page = dana.get(&roll, &path).await.expect(200).body;
            seen.extend(page["devices"].as_array().expect("devices").iter().map(|one| one["id"].to_string()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            path = format!("/api/devices?limit=7&cursor={next}");
        }
        assert!(seen.is_sorted_by(|one, next| one > next));
        assert_eq!(seen.len(), usize::try_from(MOST).expect("few"));
        let oldest = "select cast(count(*) as text) from user_devices where token = 'token-0' and ended_at is null";
        assert_eq!(roll.sql_one(oldest).await, "0");
        for bad in ["limit=0", "limit=101", "cursor=x", "page=2"] {
            problem(dana.get(&roll, &format!("/api/devices?{bad}")).await, 400, bad.split('=').next().expect("a name"));
        }
    }

    async fn what_a_device_should_be_is_refused_by_field(roll: Roll) {
        let dana = roll.signed("dana").await;
        let with = |key: &str, value: Value| { let mut body = device("a"); body[key] = value; body };
        for (body, field) in [
            (with("platform", "windows".into()), "platform"),
            (with("platform", Value::Null), "platform"),
            (with("token", "".into()), "token"),
            (with("token", "a b".into()), "token"),
            (with("token", "\u{e4}".into()), "token"),
            (with("token", "x".repeat(4_097).into()), "token"),
            (with("name", "".into()), "name"),
            (with("name", "x".repeat(101).into()), "name"),
            (with("name", json!({})), "name"),
            (with("user", "x".into()), "user"),
        ] {
            let answer = problem(dana.post(&roll, "/api/devices", &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        assert_eq!(roll.live(&dana.user).await, [("sessions", 1)]);
    }
}
