//! From a delivery to the roll: what Okta sends is kept, applied, and told as its own consequence.

use std::time::Duration;

use reqwest::Method;
use rollcall::directory::okta_events::{KEPT, NO_APP, NOT_DONE, OLDER};
use serde_json::{Value, json};

use super::{event, event_at};
use crate::fixtures::fixture;
use crate::harness::{HOOK_SECRET, Roll, facts, person};

/// Dana's id at Okta, in every body.
const DANA: &str = "00u4d1rjvnWqkLmZ70x9";

/// Dana, with one of every credential; ten minutes have passed since.
async fn dana(roll: &Roll) -> String {
    let mut body = person("dana");
    body["externalId"] = DANA.into();
    let id = roll.post("/Users", &body).await.expect(201).id();
    roll.let_in(&id).await;
    roll.clock.advance(Duration::from_mins(10));
    id
}

/// State and reason of an event.
async fn became(roll: &Roll, uuid: &str) -> (String, String) {
    let sql = format!("select state, coalesce(reason, '') from hook_events where event_key = 'uuid:{uuid}'");
    let mut row = roll.sql(&sql).await.into_iter().next().expect("a row");
    (row.remove(0).expect("a state"), row.remove(0).expect("a reason"))
}

facts! {
    async fn a_suspension_as_okta_sends_it_ends_access_once_and_is_its_cause(roll: Roll) {
        let id = dana(&roll).await;
        let body: Value = fixture("okta/hooks/user-lifecycle-suspend.json", &[]);
        for _ in 0..2 {
            let request = roll.hook(body.to_string()).header("authorization", HOOK_SECRET);
            roll.send(request).await.expect(204);
            roll.apply_hooks().await;
        }
        assert_eq!(roll.states().await, ["applied"]);
        assert_eq!(roll.live(&id).await, []);
        let (audit, inbox) = (roll.uuid_text("cause_id"), roll.uuid_text("id"));
        let said = format!("select actor_kind || ' ' || source from audit_events where action = 'user.deactivated' \
             and {audit} in (select {inbox} from hook_events)");
        assert_eq!(roll.sql(&said).await, [[Some("okta_hook hook".to_owned())]]);
        let shown = roll.send(roll.scim(Method::GET, &format!("/Users/{id}"))).await.expect(200);
        assert_eq!(shown.body["active"], true, "SCIM sees its own switch");
    }

    async fn what_changes_nothing_says_why_in_the_inbox(roll: Roll) {
        dana(&roll).await;
        let mut failed = event_at("failed", DANA, 50);
        failed["outcome"] = json!({ "result": "FAILURE" });
        let mut left = event_at("left", DANA, 51);
        left["eventType"] = "application.user_membership.remove".into();
        let events = [
            event("new", DANA), event_at("old", DANA, 59), event_at("again", "00unobody", 10), failed, left,
            event_at("nobody", "00unobody", 10),
        ];
        for (number, event) in events.into_iter().enumerate() {
            roll.deliver(&format!("e{number}"), &[event]).await.expect(204);
            roll.apply_hooks().await;
        }
        let said = |state: &str, reason: &str| (state.to_owned(), reason.to_owned());
        assert_eq!(became(&roll, "new").await, said("applied", ""));
        assert_eq!(became(&roll, "old").await, said("stale", OLDER));
        assert_eq!(became(&roll, "failed").await, said("ignored", NOT_DONE));
        assert_eq!(became(&roll, "left").await, said("ignored", NO_APP));
        assert_eq!(became(&roll, "again").await, said("ignored", KEPT));
        assert_eq!(became(&roll, "nobody").await, said("ignored", KEPT), "the same once more is about nobody still");
    }
}
