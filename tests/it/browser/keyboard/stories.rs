//! A story: from a row of the audit, from a request, from an event; and on from it to whom it concerns.

use super::admin;
use crate::harness::{facts, person};
use crate::hooks::event;

facts! {
    async fn a_row_leads_to_its_story_and_that_to_the_request_it_began_with(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let mut off = person("dana");
        off["active"] = false.into();
        roll.put(&format!("/Users/{dana}"), &off).await.expect(200);
        roll.flush().await;
        let page = admin(&roll, &boss, "/audit").await;
        page.search("action:user.deactivated").await;
        page.follow("Story").await;
        let title = format!("PUT /scim/v2/Users/{dana}");
        page.says(&[&title, "What it led to", "user.deactivated"]).await;
        page.reach("What was sent, masked").await;
        page.press(&["Enter"]).await;
        page.wait_for_text("\"userName\": \"dana@example.com\"").await;
        page.follow(&title).await;
        page.says(&["What was sent", "Answer"]).await;
        page.follow("The whole story").await;
        page.follow("dana Example").await;
        page.says(&["Why does dana Example not have access?"]).await;
        page.done().await;
    }

    async fn a_request_leads_to_its_story_also_where_nothing_happened(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.post("/Users", &person("boss")).await.expect(409);
        roll.flush().await;
        let page = admin(&roll, &boss, "/requests?failed=true").await;
        page.follow("Story").await;
        page.says(&["POST /scim/v2/Users", "Nothing changed: the request was refused with 409"]).await;
        page.done().await;
    }

    async fn an_event_leads_to_its_story_and_to_everybody_it_concerns(roll: Roll) {
        let (boss, _) = (roll.admin("boss").await, roll.person("dana").await);
        roll.deliver("one", &[event("one", "00udana")]).await.expect(204);
        roll.apply_hooks().await;
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("e").await;
        page.follow("Story").await;
        page.says(&["Okta's event user.lifecycle.suspend", "It was applied", "user.deactivated"]).await;
        page.follow("Details").await;
        page.says(&["What changed"]).await;
        page.follow("The whole story").await;
        page.follow("Okta's event user.lifecycle.suspend").await;
        page.follow("The person here").await;
        page.says(&["Okta suspended the account"]).await;
        page.done().await;
    }
}
