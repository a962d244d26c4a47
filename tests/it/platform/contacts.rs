//! `/api/verification`: what a code proves, and what it does not; `/api/dev/outbox`.

use std::time::Duration;

use futures_of::join_all;
use reqwest::Method;
use rollcall::access::contacts::{CODE_LASTS, SEND_EVERY, SENDS_AN_HOUR, TRIES};
use rollcall::senders::{Senders, Settings};
use serde_json::{Value, json};

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts, patch, person};
use crate::outbox::{SEND, STATUS, VERIFY};

const SECOND: Duration = Duration::from_secs(1);

/// Many requests at once.
mod futures_of {
    pub async fn join_all<T: Send + 'static>(all: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
        let tasks: Vec<_> = all.into_iter().map(tokio::spawn).collect();
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.expect("an answer"));
        }
        done
    }
}

async fn bring(roll: &Roll, who: &Signed, method: &str, code: &str) -> Answer {
    who.post(roll, VERIFY, &json!({ "method": method, "code": code })).await
}

async fn ask(roll: &Roll, who: &Signed, method: &str) -> Answer {
    who.post(roll, SEND, &json!({ "method": method })).await
}

async fn status(roll: &Roll, who: &Signed) -> Value {
    who.get(roll, STATUS).await.expect(200).body
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Somebody with a phone and a device.
async fn reachable(roll: &Roll, name: &str) -> Signed {
    let mut body = person(name);
    body["phoneNumbers"] = json!([{ "primary": true, "value": "+1 415 555 0100", "type": "mobile" }]);
    let id = roll.post("/Users", &body).await.expect(201).id();
    roll.device(&id, &format!("device-of-{name}")).await;
    roll.sign_in(&id).await
}

async fn count(roll: &Roll, action: &str) -> String {
    roll.sql_one(&format!("select cast(count(*) as text) from audit_events where action = '{action}'")).await
}

facts! {
    async fn who_proves_every_way_can_be_on_call(roll: Roll) {
        let dana = reachable(&roll, "dana").await;
        let before = status(&roll, &dana).await;
        assert_eq!(before, json!({
            "email": { "value": "dana@example.com", "verified": false },
            "phone": { "value": "+1 415 555 0100", "verified": false },
            "push": { "devices": 1, "provenDevices": 0, "verified": false },
            "canBeOnCall": false,
        }));
        for method in ["EMAIL", "SMS", "PUSH"] {
            assert_eq!(status(&roll, &dana).await["canBeOnCall"], false);
            let code = roll.code(&dana, method).await;
            bring(&roll, &dana, method, &code).await.expect(200);
            // A right code brought twice is no fault, and neither is asking for what is proven.
            bring(&roll, &dana, method, &code).await.expect(200);
            assert_eq!(ask(&roll, &dana, method).await.expect(200).body, json!({ "sent": false, "verified": true }));
        }
        assert_eq!(status(&roll, &dana).await["canBeOnCall"], true);
        assert_eq!(count(&roll, "contact.verified").await, "3");
        roll.sql_run("update user_devices set ended_at = created_at").await;
        let after = status(&roll, &dana).await;
        assert_eq!((&after["canBeOnCall"], &after["push"]["verified"]), (&json!(false), &json!(false)));
    }

    async fn sixty_four_guesses_at_once_on_two_replicas_are_five(roll: Roll) {
        let other = roll.replica().await;
        let dana = roll.signed("dana").await;
        let code = roll.code(&dana, "EMAIL").await;
        let guess = |at: usize| {
            let body = json!({ "method": "EMAIL", "code": other_than(&code) }).to_string();
            let roll = if at.is_multiple_of(2) { &roll } else { &other };
            let request = dana.request(roll, Method::POST, VERIFY).header("content-type", "application/json").body(body);
            async move { request.send().await.expect("an answer").status().as_u16() }
        };
        let answers = join_all((0..64).map(guess).collect()).await;
        assert!(answers.iter().all(|status| [400, 503].contains(status)), "{answers:?}");
        while status_of(&roll, &dana, &other_than(&code)).await != TRIES.to_string() {}
        problem(bring(&roll, &dana, "EMAIL", &code).await, 400, "code");
        assert_eq!(count(&roll, "contact.code.refused").await, TRIES.to_string());
        assert_eq!(status(&roll, &dana).await["email"]["verified"], false);
    }

    async fn of_eight_who_ask_at_once_on_two_replicas_one_is_sent(roll: Roll) {
        let other = roll.replica().await;
        let dana = roll.signed("dana").await;
        let ask = |at: usize| {
            let roll = if at.is_multiple_of(2) { &roll } else { &other };
            let request = dana.request(roll, Method::POST, SEND).header("content-type", "application/json");
            let request = request.body(json!({ "method": "EMAIL" }).to_string());
            async move { request.send().await.expect("an answer").status().as_u16() }
        };
        let answers = join_all((0..8).map(ask).collect()).await;
        assert_eq!(answers.iter().filter(|status| **status == 202).count(), 1, "{answers:?}");
        assert_eq!(roll.messages().await.len(), 1);
    }

    async fn one_is_sent_a_minute_and_a_new_one_ends_the_old(roll: Roll) {
        let other = roll.replica().await;
        let dana = reachable(&roll, "dana").await;
        let old = roll.code(&dana, "EMAIL").await;
        roll.wait(SEND_EVERY.saturating_sub(SECOND));
        let refused = problem(ask(&other, &dana, "EMAIL").await, 429, "short while ago");
        assert_eq!(refused.header("retry-after"), "1");
        ask(&other, &dana, "SMS").await.expect(202);
        roll.wait(SECOND);
        let new = roll.code(&dana, "EMAIL").await;
        if new != old {
            problem(bring(&roll, &dana, "EMAIL", &old).await, 400, "code");
        }
        bring(&roll, &dana, "EMAIL", &new).await.expect(200);
    }

    async fn ten_are_sent_an_hour(roll: Roll) {
        let dana = roll.signed("dana").await;
        for _ in 0..SENDS_AN_HOUR {
            ask(&roll, &dana, "EMAIL").await.expect(202);
            roll.wait(SEND_EVERY);
        }
        let refused = problem(ask(&roll, &dana, "EMAIL").await, 429, "short while ago");
        assert_eq!(refused.header("retry-after"), "3000");
        roll.wait(Duration::from_mins(50));
        ask(&roll, &dana, "EMAIL").await.expect(202);
    }

    async fn a_code_works_for_ten_minutes_by_the_clock(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let (late, soon) = (roll.code(&dana, "EMAIL").await, roll.code(&erin, "EMAIL").await);
        roll.wait(CODE_LASTS.saturating_sub(SECOND));
        bring(&roll, &erin, "EMAIL", &soon).await.expect(200);
        roll.wait(SECOND);
        problem(bring(&roll, &dana, "EMAIL", &late).await, 400, "code");
        assert_eq!(count(&roll, "contact.code.refused").await, "0", "what is too old is no guess");
    }

    async fn a_code_is_one_persons_and_one_methods(roll: Roll) {
        let (dana, erin) = (reachable(&roll, "dana").await, reachable(&roll, "erin").await);
        let (by_mail, by_text) = (roll.code(&dana, "EMAIL").await, roll.code(&dana, "SMS").await);
        roll.code(&erin, "EMAIL").await;
        if by_mail != by_text {
            problem(bring(&roll, &dana, "SMS", &by_mail).await, 400, "code");
        }
        let hers = bring(&roll, &erin, "EMAIL", &by_mail).await.expect_one_of(&[400, 200]);
        assert!(hers.status == 400 || status(&roll, &erin).await["email"]["verified"] == true);
        assert_eq!(status(&roll, &dana).await["phone"]["verified"], false);
        bring(&roll, &dana, "EMAIL", &by_mail).await.expect(200);
    }

    async fn a_changed_address_ends_its_code_and_its_proof_and_no_others(roll: Roll) {
        let dana = reachable(&roll, "dana").await;
        for method in ["EMAIL", "SMS"] {
            let code = roll.code(&dana, method).await;
            bring(&roll, &dana, method, &code).await.expect(200);
        }
        let push = roll.code(&dana, "PUSH").await;
        let path = format!("/Users/{}", dana.user);
        let change = |path: &str, value: &str| patch(json!([{ "op": "replace", "path": path, "value": value }]));
        roll.patch(&path, &change("emails[type eq \"work\"].value", "dana@elsewhere.example")).await.expect(200);
        let after = status(&roll, &dana).await;
        assert_eq!((&after["email"]["verified"], &after["phone"]["verified"]), (&json!(false), &json!(true)));
        roll.patch(&path, &change("phoneNumbers[type eq \"mobile\"].value", "+1 415 555 0111")).await.expect(200);
        assert_eq!(status(&roll, &dana).await["phone"]["verified"], false);
        bring(&roll, &dana, "PUSH", &push).await.expect(200);
        roll.wait(SEND_EVERY);
        let open = roll.code(&dana, "EMAIL").await;
        roll.patch(&path, &change("emails[type eq \"work\"].value", "dana@third.example")).await.expect(200);
        problem(bring(&roll, &dana, "EMAIL", &open).await, 400, "code");
    }

    async fn whoever_loses_access_loses_their_codes(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let code = roll.code(&dana, "EMAIL").await;
        for deed in ["deactivate", "reactivate"] {
            boss.post(&roll, &format!("/api/users/{}/{deed}", dana.user), &json!({})).await.expect(200);
        }
        let dana = roll.sign_in(&dana.user).await;
        problem(bring(&roll, &dana, "EMAIL", &code).await, 400, "code");
    }

    async fn other_devices_are_not_what_a_code_proves(roll: Roll) {
        let dana = reachable(&roll, "dana").await;
        let code = roll.code(&dana, "PUSH").await;
        roll.sql_run("update user_devices set ended_at = created_at").await;
        problem(bring(&roll, &dana, "PUSH", &code).await, 409, "no device");
        roll.device(&dana.user, "another").await;
        problem(bring(&roll, &dana, "PUSH", &code).await, 400, "code");
    }

    async fn a_device_is_not_proven_by_those_that_are_gone(roll: Roll) {
        let dana = reachable(&roll, "dana").await;
        let code = roll.code(&dana, "PUSH").await;
        bring(&roll, &dana, "PUSH", &code).await.expect(200);
        let held = dana.get(&roll, "/api/devices").await.expect(200).body["devices"][0]["id"].as_str().map(str::to_owned);
        dana.delete(&roll, &format!("/api/devices/{}", held.expect("a device"))).await.expect(204);
        let next = json!({ "platform": "ios", "token": "never-proven", "name": "x" });
        dana.post(&roll, "/api/devices", &next).await.expect(201);
        assert_eq!(status(&roll, &dana).await["push"], json!({ "devices": 1, "provenDevices": 0, "verified": false }));
        let (_, _, detail) = roll.last_audit("device.registered").await;
        assert_eq!(detail["effects"]["user"], json!([dana.user]), "the proof that went is told");
    }

    async fn what_is_not_there_cannot_be_proven(roll: Roll) {
        let dana = roll.signed("dana").await;
        problem(ask(&roll, &dana, "SMS").await, 409, "no phone number");
        problem(ask(&roll, &dana, "PUSH").await, 409, "no device");
        problem(bring(&roll, &dana, "SMS", "123456").await, 409, "no phone number");
        problem(bring(&roll, &dana, "EMAIL", "123456").await, 400, "code");
        roll.set_user(&dana.user, "email = 'a@b\nBcc: c@d'").await;
        problem(ask(&roll, &dana, "EMAIL").await, 409, "no e-mail address");
        assert_eq!(roll.messages().await, Vec::<String>::new());
    }

    async fn a_channel_without_settings_is_503_with_their_names(roll: Roll) {
        let off = |shared: &mut rollcall::http::Shared| {
            shared.senders = Senders::new(&Settings::default(), false).expect("senders");
        };
        let production = roll.replica_with(off).await;
        let dana = reachable(&roll, "dana").await;
        for (method, setting) in [("EMAIL", "SMTP_URL"), ("SMS", "TWILIO_AUTH_TOKEN"), ("PUSH", "FCM_SERVICE_ACCOUNT")] {
            problem(ask(&production, &dana, method).await, 503, setting);
        }
        assert_eq!(roll.live(&dana.user).await, [("sessions", 1), ("user_devices", 1)]);
        problem(dana.get(&production, "/api/dev/outbox").await, 404, "nothing");
        status(&production, &dana).await;
    }

    async fn what_cannot_be_a_code_is_refused_by_field(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.code(&dana, "EMAIL").await;
        for (path, body, field) in [
            (SEND, json!({ "method": "SLACK" }), "method"),
            (SEND, json!({}), "method"),
            (SEND, json!({ "method": ["EMAIL"] }), "method"),
            (SEND, json!({ "method": "EMAIL", "to": "else@example.com" }), "to"),
            (SEND, json!({ "method": "EMAIL", "deviceId": Roll::new_id() }), "deviceId"),
            (SEND, json!({ "method": "PUSH", "deviceId": "x" }), "deviceId"),
            (VERIFY, json!({ "method": "EMAIL" }), "code"),
            (VERIFY, json!({ "method": "EMAIL", "code": 123_456 }), "code"),
            (VERIFY, json!({ "method": "EMAIL", "code": "12345" }), "code"),
            (VERIFY, json!({ "method": "EMAIL", "code": "12345x" }), "code"),
            (VERIFY, json!({ "method": "EMAIL", "code": ["123456"] }), "code"),
        ] {
            let answer = problem(dana.post(&roll, path, &body).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
        }
        let tries = "select cast(max(tries) as text) from contact_verifications";
        assert_eq!(roll.sql_one(tries).await, "0");
    }

    async fn the_outbox_page_shows_ones_own_and_an_admin_all(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, reachable(&roll, "dana").await);
        for method in ["EMAIL", "SMS", "PUSH"] {
            roll.code(&dana, method).await;
        }
        roll.code(&boss, "EMAIL").await;
        let page = dana.get(&roll, "/api/dev/outbox?limit=2").await.expect(200).body;
        let channels = |page: &Value| page["messages"].as_array().expect("messages").iter().map(|one| one["channel"].clone()).collect::<Vec<_>>();
        assert_eq!(channels(&page), ["PUSH", "SMS"]);
        let next = page["nextCursor"].as_str().expect("a next page");
        let page = dana.get(&roll, &format!("/api/dev/outbox?limit=2&cursor={next}")).await.expect(200).body;
        assert_eq!((channels(&page), &page["nextCursor"]), (vec![json!("EMAIL")], &Value::Null));
        assert_eq!(boss.get(&roll, "/api/dev/outbox").await.expect(200).body["messages"].as_array().map(Vec::len), Some(4));
    }
}

/// Brings one more wrong code; tells how many guesses are counted.
async fn status_of(roll: &Roll, who: &Signed, wrong: &str) -> String {
    problem(bring(roll, who, "EMAIL", wrong).await, 400, "code");
    roll.sql_one("select cast(max(tries) as text) from contact_verifications").await
}
