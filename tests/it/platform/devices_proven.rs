//! The proof of push messages: one code, one device.

use rollcall::access::contacts::SEND_EVERY;
use rollcall::model::contact::Method;
use rollcall::store::dialect::Engine;
use serde_json::{Value, json};

use super::devices::device;
use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts};
use crate::outbox::{SEND, STATUS, VERIFY, digits};

/// Registers a device; gives its id.
async fn register(roll: &Roll, who: &Signed, token: &str) -> String {
    who.post(roll, "/api/devices", &device(token)).await.expect(201).id()
}

/// Asks for a code on this device, or on whichever it is; gives what was sent: the push token and the code.
async fn sent(roll: &Roll, who: &Signed, wanted: Option<&str>) -> (Vec<String>, String) {
    roll.wait(SEND_EVERY);
    who.post(roll, SEND, &json!({ "method": "PUSH", "deviceId": wanted })).await.expect(202);
    roll.send_out().await;
    let newest = roll.app.senders.tray.list().into_iter().next().expect("a message");
    (newest.to, digits(&newest.text))
}

async fn bring(roll: &Roll, who: &Signed, code: &str) -> Answer {
    who.post(roll, VERIFY, &json!({ "method": "PUSH", "code": code })).await
}

async fn push(roll: &Roll, who: &Signed) -> Value {
    who.get(roll, STATUS).await.expect(200).body["push"].clone()
}

/// The ids of the devices that are proven, newest first.
async fn proven(roll: &Roll, who: &Signed) -> Vec<String> {
    let listed = who.get(roll, "/api/devices").await.expect(200).body;
    let is_proven = |one: &&Value| one["provenAt"].is_string();
    let ids = listed["devices"].as_array().expect("devices").iter().filter(is_proven);
    ids.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

facts! {
    async fn a_device_beside_a_proven_one_waits_for_a_code_of_its_own(roll: Roll) {
        let dana = roll.signed("dana").await;
        let first = register(&roll, &dana, "first").await;
        let (_, code) = sent(&roll, &dana, None).await;
        bring(&roll, &dana, &code).await.expect(200);
        let second = register(&roll, &dana, "second").await;
        assert_eq!(proven(&roll, &dana).await, std::slice::from_ref(&first));
        assert_eq!(push(&roll, &dana).await, json!({ "devices": 2, "provenDevices": 1, "verified": true }));
        let (to, code) = sent(&roll, &dana, None).await;
        assert_eq!(to, ["second"], "the one that is not proven");
        bring(&roll, &dana, &code).await.expect(200);
        assert_eq!(proven(&roll, &dana).await, [second.as_str(), first.as_str()]);
        let (_, _, detail) = roll.last_audit("contact.verified").await;
        assert_eq!((&detail["deviceId"], &detail["effects"]["device"]), (&json!(second), &json!([second])));
        let done = dana.post(&roll, SEND, &json!({ "method": "PUSH" })).await.expect(200);
        assert_eq!(done.body, json!({ "sent": false, "verified": true }));
        bring(&roll, &dana, &code).await.expect(200);
    }

    async fn who_loses_the_proven_device_is_not_reached_by_the_other(roll: Roll) {
        let dana = roll.signed("dana").await;
        let first = register(&roll, &dana, "first").await;
        let (_, code) = sent(&roll, &dana, None).await;
        bring(&roll, &dana, &code).await.expect(200);
        register(&roll, &dana, "second").await;
        roll.set_user(&dana.user, "email_verified = true, phone_verified = true").await;
        assert_eq!(dana.get(&roll, STATUS).await.expect(200).body["canBeOnCall"], true);
        dana.delete(&roll, &format!("/api/devices/{first}")).await.expect(204);
        assert_eq!(push(&roll, &dana).await, json!({ "devices": 1, "provenDevices": 0, "verified": false }));
        assert_eq!(dana.get(&roll, STATUS).await.expect(200).body["canBeOnCall"], false);
        let again = register(&roll, &dana, "first").await;
        assert_ne!(again, first);
        assert_eq!(proven(&roll, &dana).await, [""; 0], "what comes back is proven anew");
    }

    async fn a_code_proves_the_device_that_it_was_sent_to_and_no_other(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let first = register(&roll, &dana, "first").await;
        register(&roll, &dana, "second").await;
        let theirs = register(&roll, &erin, "theirs").await;
        let (to, code) = sent(&roll, &dana, Some(&first)).await;
        assert_eq!(to, ["first"]);
        register(&roll, &dana, "third").await;
        bring(&roll, &dana, &code).await.expect(200);
        assert_eq!(proven(&roll, &dana).await, [first.as_str()]);
        problem(bring(&roll, &dana, &code).await, 400, "code");
        for nobody in [theirs.as_str(), &Roll::new_id()] {
            let body = json!({ "method": "PUSH", "deviceId": nobody });
            let refused = problem(dana.post(&roll, SEND, &body).await, 400, "no device of yours");
            assert_eq!(refused.body["errors"][0]["field"], "deviceId");
        }
        let body = json!({ "method": "PUSH", "deviceId": first });
        assert_eq!(dana.post(&roll, SEND, &body).await.expect(200).body["verified"], true);
    }

    async fn a_code_of_a_device_that_is_gone_proves_nothing_and_is_not_sent(roll: Roll) {
        let dana = roll.signed("dana").await;
        let first = register(&roll, &dana, "first").await;
        register(&roll, &dana, "second").await;
        let (_, code) = sent(&roll, &dana, Some(&first)).await;
        dana.delete(&roll, &format!("/api/devices/{first}")).await.expect(204);
        problem(bring(&roll, &dana, &code).await, 400, "code");
        assert_eq!(push(&roll, &dana).await["provenDevices"], 0);
        roll.wait(SEND_EVERY);
        dana.post(&roll, SEND, &json!({ "method": "PUSH" })).await.expect(202);
        roll.sql_run("update user_devices set ended_at = created_at").await;
        assert!(roll.take_message(Method::Push).await.is_none());
        assert_eq!(roll.messages().await.pop(), Some("void 1".to_owned()));
        assert_eq!(roll.why().await, "the device it was for has ended");
    }

    async fn who_had_proven_push_before_devices_had_proofs_keeps_it_on_those_they_had(roll: Roll) {
        let files = [include_str!("../../../migrations/postgres/0018_proofs.sql"), include_str!("../../../migrations/sqlite/0018_proofs.sql")];
        let file = files[usize::from(roll.engine() == Engine::Lite)];
        let carry = file.split_inclusive('\n').skip_while(|line| !line.starts_with("update user_devices")).collect::<String>();
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let kept = [register(&roll, &dana, "one").await, register(&roll, &dana, "two").await];
        register(&roll, &erin, "three").await;
        roll.set_user(&dana.user, "push_enabled = true").await;
        roll.sql_run(&carry).await;
        assert_eq!(proven(&roll, &dana).await, [kept[1].as_str(), kept[0].as_str()]);
        assert_eq!(push(&roll, &erin).await["provenDevices"], 0);
    }

    async fn a_phone_that_changes_hands_is_proven_to_nobody(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        register(&roll, &dana, "phone").await;
        let (_, code) = sent(&roll, &dana, None).await;
        bring(&roll, &dana, &code).await.expect(200);
        dana.post(&roll, "/api/devices", &device("phone")).await.expect(200);
        assert_eq!(push(&roll, &dana).await["provenDevices"], 1, "to register again takes nothing back");
        register(&roll, &erin, "phone").await;
        assert_eq!(push(&roll, &erin).await, json!({ "devices": 1, "provenDevices": 0, "verified": false }));
        assert_eq!(push(&roll, &dana).await["verified"], false);
    }
}
