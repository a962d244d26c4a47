//! Forms that make something make it once: sent twice, loaded again, or to two replicas at the same moment.

use reqwest::Method;
use serde_json::{Value, json};

use super::{page, submit};
use crate::harness::{Answer, Roll, facts};
use crate::hooks::event;
use crate::platform::people::Signed;
use crate::platform::scim_tokens::scim_token;
use crate::samples::form_once;

async fn count(roll: &Roll, table: &str) -> usize {
    roll.sql_one(&format!("select cast(count(*) as text) from {table}")).await.parse().expect("a number")
}

/// The value in the form of a page.
async fn given(roll: &Roll, who: &Signed, path: &str) -> String {
    let shown = page(roll, who, path).await.expect(200).text;
    let (_, rest) = shown.split_once("name=\"once\" value=\"").expect("a one-time value");
    rest.split('"').next().expect("its end").to_owned()
}

fn wish(once: &str) -> Value {
    json!({ "name": "Okta", "scopes": "scim:read", "expiresInDays": "90", "once": once })
}

fn secret(answer: &Answer) -> Option<&str> {
    answer.text.split_once("id=\"token\">").and_then(|(_, rest)| rest.split('<').next())
}

async fn said(roll: &Roll, action: &str) -> usize {
    let sql = format!("select cast(count(*) as text) from audit_events where action = '{action}'");
    roll.sql_one(&sql).await.parse().expect("a number")
}

facts! {
    async fn a_token_form_sent_again_makes_no_other_one_and_shows_no_secret(roll: Roll) {
        let boss = roll.admin("boss").await;
        let once = given(&roll, &boss, "/tokens/new").await;
        assert_ne!(once, given(&roll, &boss, "/tokens/new").await, "each form has its own");
        let before = (count(&roll, "scim_tokens").await, said(&roll, "scim.token.created").await);
        let made = submit(&roll, &boss, "/tokens", &wish(&once)).await.expect(201);
        let token = secret(&made).expect("a token").to_owned();
        for _ in 0..2 {
            let again = submit(&roll, &boss, "/tokens", &wish(&once)).await.expect(200);
            assert!(secret(&again).is_none() && !again.text.contains(&token), "{}", again.text);
            assert!(again.text.contains("No other token was made.") && again.text.contains("2026-03-02 12:00:00"), "{}", again.text);
        }
        assert_eq!((count(&roll, "scim_tokens").await, said(&roll, "scim.token.created").await), (before.0 + 1, before.1 + 1));
        assert!(roll.columns_with(&once).await.is_empty(), "the value itself is kept nowhere");
    }

    async fn a_rotation_sent_again_rotates_nothing_more(roll: Roll) {
        let boss = roll.admin("boss").await;
        let id = scim_token(&roll).await;
        let path = format!("/tokens/{id}/rotate");
        let fields = json!({ "overlapHours": "2", "once": given(&roll, &boss, &path).await });
        let before = count(&roll, "scim_tokens").await;
        submit(&roll, &boss, &path, &fields).await.expect(201);
        let again = submit(&roll, &boss, &path, &fields).await.expect(200);
        assert!(secret(&again).is_none() && again.text.contains("No other token was made."), "{}", again.text);
        assert_eq!((count(&roll, "scim_tokens").await, said(&roll, "scim.token.rotated").await), (before + 1, 1));
    }

    async fn a_replay_form_sent_again_leads_to_the_job_that_it_began(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.dead_event(event("a", "00unobody")).await;
        let fields = json!({ "dead": "1", "once": given(&roll, &boss, "/events/replays/new?dead=1").await });
        let first = submit(&roll, &boss, "/events/replays", &fields).await.expect(303);
        roll.replay_all().await;
        let second = submit(&roll, &boss, "/events/replays", &fields).await.expect(303);
        assert_eq!(first.header("location"), second.header("location"), "also where nothing is dead any more");
        assert_eq!((count(&roll, "replay_jobs").await, said(&roll, "hook.replay.begun").await), (1, 1));
    }

    async fn two_replicas_that_get_a_form_at_once_make_one(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.replica().await);
        roll.dead_event(event("a", "00unobody")).await;
        let before = count(&roll, "scim_tokens").await;
        let (token, job) = (wish(&form_once()), json!({ "dead": "1", "once": form_once() }));
        let (one, two) = tokio::join!(submit(&roll, &boss, "/tokens", &token), submit(&other, &boss, "/tokens", &token));
        let mut both = [one.status.as_u16(), two.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 201]);
        assert_eq!(count(&roll, "scim_tokens").await, before + 1);
        let path = "/events/replays";
        let (one, two) = tokio::join!(submit(&roll, &boss, path, &job), submit(&other, &boss, path, &job));
        assert_eq!(one.expect(303).header("location"), two.expect(303).header("location"));
        assert_eq!(count(&roll, "replay_jobs").await, 1);
    }

    async fn a_value_is_of_one_person(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.admin("other").await);
        let once = form_once();
        submit(&roll, &boss, "/tokens", &wish(&once)).await.expect(201);
        submit(&roll, &other, "/tokens", &wish(&once)).await.expect(201);
    }

    async fn a_form_without_its_value_makes_nothing_and_a_faulty_one_may_be_mended(roll: Roll) {
        let boss = roll.admin("boss").await;
        let id = scim_token(&roll).await;
        roll.dead_event(event("a", "00unobody")).await;
        let before = crate::tables::dump(&roll).await;
        for once in ["", "x", &"0".repeat(33)] {
            for (path, fields) in [
                ("/tokens".to_owned(), wish(once)),
                (format!("/tokens/{id}/rotate"), json!({ "once": once })),
                ("/events/replays".to_owned(), json!({ "dead": "1", "once": once })),
            ] {
                let told = submit(&roll, &boss, &path, &fields).await.expect(400);
                assert!(told.text.contains("once: is not as a page of ours gave it"), "{path}: {}", told.text);
            }
        }
        let once = form_once();
        let mut faulty = wish(&once);
        faulty["name"] = "".into();
        submit(&roll, &boss, "/tokens", &faulty).await.expect(400);
        assert_eq!(crate::tables::dump(&roll).await, before);
        submit(&roll, &boss, "/tokens", &wish(&once)).await.expect(201);
    }

    async fn whoever_lost_their_role_on_the_way_begins_no_replay(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.admin("other").await;
        let id = roll.dead_event(event("a", "00unobody")).await;
        let caller = rollcall::model::policy::Caller {
            user: rollcall::model::Id::parse(&boss.user).expect("an id"),
            name: "boss".to_owned(),
            role: rollcall::model::user::PlatformRole::Admin,
            means: rollcall::model::policy::Means::Okta,
        };
        let chosen = rollcall::directory::replays::Chosen::These(vec![rollcall::model::Id::parse(&id).expect("an id")]);
        let begin = async || {
            let (ctx, work) = (rollcall::ctx::Ctx::cli(roll.clock.now()), (&caller, &chosen));
            let begun = roll.db().unit(&ctx, &work, |tx, (caller, chosen)| {
                Box::pin(rollcall::directory::replays::begin(tx, caller, chosen, None))
            });
            begun.await.map(drop)
        };
        begin().await.expect("an admin begins one");
        roll.set_user(&boss.user, "platform_role = 'USER'").await;
        assert!(matches!(begin().await, Err(rollcall::error::Error::Forbidden(_))));
        let listed = boss.request(&roll, Method::GET, "/events").send().await.expect("an answer");
        assert_eq!(listed.status().as_u16(), 403);
    }
}
