//! A person: found, understood, and what is done to them.

use serde_json::json;

use super::admin;
use crate::harness::facts;
use crate::hooks::event;

/// What is done to Dana, in this order: what unfolds it, the button that names her, what the page says afterwards, and the
/// action in the audit.
const DEEDS: [(&str, &str, &str, &str); 8] = [
    ("Remove", "Remove the device A phone", "The device is removed.", "device.removed"),
    ("Revoke", "Revoke the API key made by a test", "The API key is revoked.", "api_key.revoked"),
    ("End", "End the session from 192.0.2.7", "The session has ended.", "auth.session.ended"),
    (
        "Sign out everywhere",
        "Revoke 1 session of dana Example",
        "Every session and mobile sign-in has ended.",
        "user.sessions.revoked",
    ),
    ("Deactivate", "Deactivate dana Example", "Access is off.", "user.deactivated"),
    ("Reactivate", "Reactivate dana Example", "The admins' switch is on again.", "user.reactivated"),
    ("Make platform admin", "Make dana Example a platform admin", "The role is changed.", "user.role.changed"),
    (
        "Take the admin role",
        "Take the platform admin role from dana Example",
        "The role is changed.",
        "user.role.changed",
    ),
];

facts! {
    async fn somebody_is_found_and_everything_that_may_be_done_to_them_is_done(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        roll.sign_in(&dana.user).await;
        roll.key_of(&dana, &["users:read"]).await;
        dana.post(&roll, "/api/devices", &crate::platform::devices::device("push")).await.expect(201);
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("p").await;
        page.search("dan").await;
        page.follow("dana Example").await;
        assert_eq!(page.path().await, format!("/people/{}", dana.user));
        for (unfold, button, words, _) in DEEDS {
            let told = page.confirm(unfold, &[], button).await;
            assert!(told.starts_with(words), "{button}: {told}");
        }
        page.follow("The whole history in the audit").await;
        let said = page.texts(".line a.mark.code").await;
        for (.., action) in DEEDS {
            assert!(said.iter().any(|one| one == action), "{action}: {said:?}");
        }
        page.done().await;
    }

    async fn why_somebody_has_no_access_is_read_down_to_the_row_that_did_it(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        boss.post(&roll, &format!("/api/users/{dana}/deactivate"), &json!({})).await.expect(200);
        let page = admin(&roll, &boss, "/people").await;
        page.search("dana@").await;
        page.follow("dana Example").await;
        page.says(&["Why does dana Example not have access?", "has no access: an admin turned it off here."]).await;
        page.follow("The row that did it : Admins").await;
        page.says(&["What changed", "user.deactivated"]).await;
        page.follow("The person").await;
        let told = page.confirm("Reactivate", &[], "Reactivate dana Example").await;
        assert!(told.starts_with("The admins' switch is on again."), "{told}");
        page.says(&["dana Example has access: SCIM says active"]).await;
        page.done().await;
    }

    async fn what_okta_said_of_somebody_is_set_aside(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        roll.deliver("one", &[event("one", "00udana")]).await.expect(204);
        roll.apply_hooks().await;
        let page = admin(&roll, &boss, &format!("/people/{dana}")).await;
        page.says(&["has no access: Okta suspended the account."]).await;
        let button = "Set aside what Okta says of dana Example";
        let told = page.confirm("Set Okta's status aside", &[], button).await;
        assert!(told.starts_with("What Okta said of the account is set aside"), "{told}");
        page.says(&["dana Example has access"]).await;
        page.done().await;
    }

    async fn what_may_not_be_done_is_told_where_one_is(roll: Roll) {
        let boss = roll.admin("boss").await;
        let page = admin(&roll, &boss, "/audit").await;
        page.follow("boss Example").await;
        let told = page.confirm("Deactivate", &[], "Deactivate boss Example").await;
        assert!(told.starts_with("Nothing was changed. This is the last platform admin with access."), "{told}");
        page.done().await;
    }
}
