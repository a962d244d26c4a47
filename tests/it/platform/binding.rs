//! `POST /api/users/{id}/bind`: an admin says whose account at Okta a person's is.

use std::time::Duration;

use rollcall::access::sessions::RECENT;
use rollcall::config::Jit;
use serde_json::json;

use super::people::{Signed, problem};
use crate::harness::{Answer, Roll, facts, patch, person};
use crate::okta_events::{self, switches};
use crate::okta_sign_in::{Browser, with_okta};

async fn bind(roll: &Roll, boss: &Signed, user: &str, okta_id: &str) -> Answer {
    boss.post(roll, &format!("/api/users/{user}/bind"), &json!({ "oktaId": okta_id })).await
}

async fn bound(roll: &Roll) -> usize {
    roll.actions().await.iter().filter(|action| *action == "user.identity.bound").count()
}

facts! {
    async fn who_is_bound_signs_in_with_the_account_and_its_events_find_them(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        Browser::new().sign_in(&roll).await.refused(403, "to bind you here");
        let shown = bind(&roll, &boss, &dana, "00udana").await.expect(200);
        assert_eq!(shown.id(), dana);
        assert_eq!(roll.severity("user.identity.bound").await, "HIGH");
        let (before, after, detail) = roll.last_audit("user.identity.bound").await;
        assert_eq!((before, after), (json!({ "oktaId": null }), json!({ "oktaId": "00udana" })));
        assert_eq!(detail["name"], "dana Example");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        assert_eq!(browser.me(&roll).await["user"]["id"], *dana);
        okta_events::tell(&roll, &okta_events::event("user.lifecycle.suspend", "00udana", 60)).await;
        assert!(!browser.is_in(&roll).await);
        assert_eq!(switches(&roll, &dana).await, "off scim on okta suspended admin on");
    }

    async fn the_same_again_says_nothing_and_another_is_refused_by_what_is(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        for _ in 0..2 {
            bind(&roll, &boss, &dana, "00udana").await.expect(200);
        }
        let refused = problem(bind(&roll, &boss, &dana, "00uother").await, 409, "must be 00udana, which this user is bound to already");
        assert_eq!(refused.body["errors"][0]["field"], "oktaId");
        assert_eq!((bound(&roll).await, roll.user_says(&dana, "okta_id").await.as_deref()), (1, Some("00udana")));
        assert_eq!(roll.user_says(&dana, "version").await.as_deref(), Some("2"));
    }

    async fn an_account_that_is_somebody_elses_binds_nobody(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        let erin = roll.person("erin").await;
        problem(bind(&roll, &boss, &dana, "00uerin").await, 409, "another user");
        // What SCIM calls somebody who is bound to another account is theirs as well.
        let renamed = patch(json!([{ "op": "replace", "value": { "externalId": "00umoved" } }]));
        roll.patch(&format!("/Users/{erin}"), &renamed).await.expect(200);
        for taken in ["00uerin", "00umoved"] {
            problem(bind(&roll, &boss, &dana, taken).await, 409, "another user");
        }
        assert_eq!((bound(&roll).await, roll.user_says(&dana, "okta_id").await), (0, None));
        bind(&roll, &boss, &dana, "00uErin").await.expect(200);
    }

    async fn break_glass_accounts_and_who_is_gone_are_not_bound(roll: Roll) {
        let boss = roll.admin("boss").await;
        let glass = roll.glass("glass").await;
        problem(bind(&roll, &boss, &glass, "00uglass").await, 409, "command line");
        let (gone, old) = (roll.unbound("gone").await, roll.unbound("old").await);
        roll.delete(&format!("/Users/{gone}")).await.expect(204);
        for nobody in [gone.as_str(), &Roll::new_id(), "7"] {
            problem(bind(&roll, &boss, nobody, "00unobody").await, 404, "no user");
        }
        roll.set_user(&old, "scim_id = null, user_name = null, user_name_key = null").await;
        problem(bind(&roll, &boss, &old, "00uold").await, 409, "took this one's place");
        assert_eq!(bound(&roll).await, 0);
    }

    async fn what_is_no_id_of_oktas_is_refused_by_its_field(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        let path = format!("/api/users/{dana}/bind");
        for (body, field) in [
            (json!({}), "oktaId"),
            (json!({ "oktaId": null }), "oktaId"),
            (json!({ "oktaId": "" }), "oktaId"),
            (json!({ "oktaId": ["00udana"] }), "oktaId"),
            (json!({ "oktaId": "00u dana" }), "oktaId"),
            (json!({ "oktaId": "00ud\u{e4}na" }), "oktaId"),
            (json!({ "oktaId": "x".repeat(65) }), "oktaId"),
            (json!({ "oktaId": "https://acme-admin.okta.com/admin/user/profile/view/00udana" }), "oktaId"),
            (json!({ "oktaId": "00udana", "externalId": "00udana" }), "externalId"),
        ] {
            let refused = problem(boss.post(&roll, &path, &body).await, 400, field);
            assert_eq!(refused.body["errors"][0]["field"], field, "{body}");
        }
        assert_eq!((bound(&roll).await, roll.user_says(&dana, "okta_id").await), (0, None));
        bind(&roll, &boss, &dana, &"x".repeat(64)).await.expect(200);
    }

    async fn binding_asks_for_a_recent_proof(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        roll.wait(RECENT);
        problem(bind(&roll, &boss, &dana, "00udana").await, 403, "Sign in again");
        assert_eq!(bound(&roll).await, 0);
        let anew = roll.sign_in(&boss.user).await;
        bind(&roll, &anew, &dana, "00udana").await.expect(200);
    }

    async fn of_many_who_are_bound_to_one_account_at_once_one_is(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.replica().await);
        for round in 0..6 {
            let (one, two) = (roll.unbound(&format!("a{round}")).await, roll.unbound(&format!("b{round}")).await);
            let okta_id = format!("00uround{round}");
            let (first, second) =
                tokio::join!(bind(&roll, &boss, &one, &okta_id), bind(&other, &boss, &two, &okta_id));
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{} {}", first.body, second.body);
            let (third, fourth) = if first.status == 200 { (&two, &one) } else { (&one, &two) };
            let (fresh, late) = (format!("00ufresh{round}"), format!("00ulate{round}"));
            let (here, there) = tokio::join!(bind(&roll, &boss, third, &fresh), bind(&other, &boss, third, &late));
            let mut statuses = [here.status.as_u16(), there.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{} {}", here.body, there.body);
            assert_eq!(roll.user_says(fourth, "okta_id").await.as_deref(), Some(&*okta_id));
        }
        assert_eq!(bound(&roll).await, 12);
    }

    async fn what_okta_said_of_the_account_before_counts_at_once(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        roll.clock.advance(Duration::from_mins(1));
        okta_events::tell(&roll, &okta_events::event("user.lifecycle.suspend", "00udana", 60)).await;
        let shown = bind(&roll, &boss, &dana, "00udana").await.expect(200).body;
        assert_eq!((&shown["isActive"], &shown["switches"]["okta"]), (&json!(false), &json!("suspended")));
        okta_events::tell(&roll, &okta_events::event("user.lifecycle.unsuspend", "00udana", 120)).await;
        assert_eq!(switches(&roll, &dana).await, "on scim on okta ok admin on");
    }

    async fn scim_may_say_the_same_later_and_another_is_a_mismatch(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        bind(&roll, &boss, &dana, "00udana").await.expect(200);
        let said = roll.actions().await.len();
        roll.put(&format!("/Users/{dana}"), &person("dana")).await.expect(200);
        assert_eq!(roll.actions().await[said..], ["user.updated"]);
        let mut other = person("dana");
        other["externalId"] = "00uother".into();
        roll.put(&format!("/Users/{dana}"), &other).await.expect(200);
        assert_eq!(roll.severity("identity.mismatch").await, "HIGH");
        assert_eq!(roll.user_says(&dana, "okta_id").await.as_deref(), Some("00udana"));
    }
}
