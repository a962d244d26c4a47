//! The first sign-in of somebody: whom it binds, whom it puts on the roll, and whom it refuses.

use rollcall::config::Jit;
use serde_json::{Value, json};

use super::{Browser, with_okta};
use crate::harness::{Roll, facts, patch, person};
use crate::okta_events;

/// Who is on the roll: names, sorted.
async fn names(roll: &Roll) -> Vec<String> {
    let rows =
        roll.sql("select user_name from users where user_name is not null and deleted_at is null order by 1").await;
    rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().expect("a person").remove(field);
    body
}

facts! {
    async fn a_stranger_comes_on_the_roll_until_scim_has_spoken(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::Auto).await;
        okta.person("00uada", "ada");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        assert_eq!(browser.me(&roll).await["user"]["role"], "USER");
        assert_eq!(roll.actions().await, ["user.created", "auth.signed_in"]);
        let seen = roll.find("userName eq \"ada@example.com\"").await.expect(200).body;
        assert_eq!(seen["totalResults"], 1);
        assert_eq!(seen["Resources"][0]["name"]["formatted"], "ada Example");
        assert!(seen["Resources"][0].get("externalId").is_none());
        roll.flush().await;
        okta.person("00ubob", "bob");
        Browser::new().sign_in(&roll).await.refused(403, "not on the roll");
        assert_eq!(roll.refusal().await, ("sign_in_stranger".to_owned(), "WARN".to_owned()));
        assert_eq!(names(&roll).await, ["ada@example.com"]);
        okta.person("00uada", "renamed");
        Browser::new().sign_in(&roll).await.location();
    }

    async fn on_and_off_mean_what_they_say(roll: Roll) {
        roll.get("/Users").await.expect(200);
        roll.flush().await;
        let (on, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        Browser::new().sign_in(&on).await.location();
        let (off, okta) = with_okta(&roll, Jit::Off).await;
        okta.person("00ubob", "bob");
        Browser::new().sign_in(&off).await.refused(403, "not on the roll");
        okta.person("00uada", "ada");
        Browser::new().sign_in(&off).await.location();
    }

    async fn scim_adopts_whom_sign_in_brought(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        let id = browser.me(&roll).await["user"]["id"].clone();
        let mut body = person("ada");
        body["title"] = "Countess".into();
        let adopted = roll.post("/Users", &body).await.expect(201);
        assert_eq!(adopted.body["id"], id);
        assert_eq!((&adopted.body["externalId"], &adopted.body["title"]), (&json!("00uada"), &json!("Countess")));
        let (_, _, detail) = roll.last_audit("user.updated").await;
        assert_eq!(detail["adopted"], true);
        assert!(browser.is_in(&roll).await, "it is the same person");
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "already taken");
        roll.post("/Users", &person("ada2")).await.expect(201);
    }

    async fn scim_does_not_adopt_by_name(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        Browser::new().sign_in(&roll).await.location();
        let mut other = person("ada");
        other["externalId"] = "00usomebody".into();
        roll.post("/Users", &other).await.refused(409, Some("uniqueness"), "already taken");
        roll.post("/Users", &without(person("ada"), "externalId")).await.refused(409, Some("uniqueness"), "already taken");
    }

    async fn adoption_as_inactive_ends_access(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        let mut body = person("ada");
        body["active"] = false.into();
        roll.post("/Users", &body).await.expect(201);
        assert!(!browser.is_in(&roll).await);
        Browser::new().sign_in(&roll).await.refused(403, "You cannot sign in");
    }

    async fn an_address_of_somebody_else_binds_nobody(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.glass("glass@example.com").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        let foreign = ("sign_in_foreign".to_owned(), "HIGH".to_owned());
        for name in ["dana", "DANA", "glass"] {
            okta.person("00uattacker", name);
            Browser::new().sign_in(&roll).await.refused(403, "You cannot sign in");
            assert_eq!(roll.refusal().await, foreign, "{name}");
            let (_, _, detail) = roll.last_audit("auth.refused").await;
            assert_eq!(detail["oktaId"], "00uattacker");
        }
        okta.person("00uattacker", "mallory");
        okta.inside().person["email"] = "dana@example.com".into();
        Browser::new().sign_in(&roll).await.refused(403, "You cannot sign in");
        assert_eq!(roll.refusal().await, foreign);
        assert_eq!((roll.sessions().await, names(&roll).await.len()), (0, 2));
        assert_eq!(roll.user_says(&dana, "okta_id").await.as_deref(), Some("00udana"));
    }

    async fn a_person_without_an_identity_is_told_which_mapping_is_missing(roll: Roll) {
        let created = roll.post("/Users", &without(person("dana"), "externalId")).await.expect(201).id();
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        Browser::new().sign_in(&roll).await.refused(403, "externalId");
        assert_eq!(roll.refusal().await.0, "sign_in_unmapped");
        assert_eq!(roll.user_says(&created, "okta_id").await, None);
        roll.put(&format!("/Users/{created}"), &person("dana")).await.expect(200);
        Browser::new().sign_in(&roll).await.location();
    }

    async fn who_left_or_was_replaced_is_not_let_in_again(roll: Roll) {
        let (gone, old) = (roll.person("gone").await, roll.person("old").await);
        roll.delete(&format!("/Users/{gone}")).await.expect(204);
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{old}"), &off).await.expect(200);
        let mut heir = person("old");
        heir["externalId"] = "00uheir".into();
        roll.put(&format!("/Users/{old}"), &heir).await.expect(200);
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        for sub in ["00ugone", "00uold"] {
            okta.person(sub, "another-name");
            Browser::new().sign_in(&roll).await.refused(403, "You cannot sign in");
            assert_eq!(roll.refusal().await.0, "sign_in_gone", "{sub}");
        }
        okta.person("00uheir", "old");
        Browser::new().sign_in(&roll).await.location();
        let again = roll.post("/Users", &person("gone")).await.expect(201).id();
        assert_ne!(again, gone);
        okta.person("00ugone", "gone");
        Browser::new().sign_in(&roll).await.location();
    }

    async fn what_okta_said_before_counts_for_a_stranger(roll: Roll) {
        okta_events::tell(&roll, &okta_events::event("user.lifecycle.suspend", "00uada", 0)).await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        Browser::new().sign_in(&roll).await.refused(403, "You cannot sign in");
        assert_eq!((roll.refusal().await.0.as_str(), names(&roll).await.len()), ("inactive", 0));
    }

    async fn a_first_sign_in_begun_before_okta_ended_anything_of_the_stranger_is_refused(roll: Roll) {
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        for (sub, told) in [
            ("00uada", &["user.session.clear"][..]),
            ("00ubob", &["user.lifecycle.suspend", "user.lifecycle.unsuspend"]),
        ] {
            okta.person(sub, sub);
            let mut browser = Browser::new();
            let back = browser.go(&roll, "").await;
            for (after, name) in (60..).step_by(60).zip(told) {
                okta_events::tell(&roll, &okta_events::event(name, sub, after)).await;
            }
            browser.open(&roll, &back).await.refused(403, "Begin again");
            assert_eq!(roll.refusal().await.0, "sign_in_signed_out", "{sub}");
            assert_eq!((roll.sessions().await, names(&roll).await.len()), (0, 0), "{sub}");
        }
    }

    async fn a_sign_in_begun_before_okta_signed_the_person_out_is_refused(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        let back = browser.go(&roll, "").await;
        okta_events::tell(&roll, &okta_events::event("user.session.clear", "00udana", 60)).await;
        browser.open(&roll, &back).await.refused(403, "Begin again");
        assert_eq!(roll.refusal().await.0, "sign_in_signed_out");
        roll.clock.advance(std::time::Duration::from_mins(2));
        browser.sign_in(&roll).await.location();
    }

    async fn a_stranger_who_comes_twice_at_once_is_one_person(roll: Roll) {
        let (one, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00uada", "ada");
        let (mut here, mut there) = (Browser::new(), Browser::new());
        let (first, second) = (here.go(&one, "").await, there.go(&one, "").await);
        let (first, second) = tokio::join!(here.open(&one, &first), there.open(&one, &second));
        first.location();
        second.location();
        assert_eq!((names(&roll).await.len(), roll.sessions().await), (1, 2));
    }
}
