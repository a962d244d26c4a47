//! `/auth/sessions`, `/auth/me`, `/auth/logout`.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::sessions::{Begun, MOST};
use rollcall::model::session::Born;

use super::people::{Signed, problem};
use crate::harness::{Roll, facts, patch};

const HOUR: Duration = Duration::from_hours(1);

async fn is_in(roll: &Roll, who: &Signed) -> bool {
    who.get(roll, "/auth/me").await.status == 200
}

/// Switches a person off, or on again, as Okta does.
async fn switch(roll: &Roll, user: &str, on: bool) {
    let body = patch(serde_json::json!([{ "op": "replace", "value": { "active": on } }]));
    roll.patch(&format!("/Users/{user}"), &body).await.expect(200);
}

async fn ids(roll: &Roll, who: &Signed, path: &str) -> Vec<String> {
    let body = who.get(roll, path).await.expect(200).body;
    let list = body["sessions"].as_array().expect("sessions").clone();
    list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

facts! {
    async fn a_session_tells_who_it_is_and_its_secret_is_nowhere(roll: Roll) {
        let dana = roll.signed("dana").await;
        let me = dana.get(&roll, "/auth/me").await.expect(200).body;
        assert_eq!(me["user"]["id"], dana.user);
        assert_eq!(me["user"]["role"], "USER");
        assert_eq!(me["session"]["current"], true);
        assert_eq!(me["session"]["ip"], "192.0.2.7");
        assert!(me.get("breakGlassInUse").is_none(), "for admins only");
        let token = me["csrfToken"].as_str().expect("a token");
        for secret in [dana.secret.as_str(), token] {
            assert_eq!(roll.columns_with(secret).await, Vec::<String>::new());
        }
        assert!(!me.to_string().contains(&dana.secret));
    }

    async fn a_session_ends_when_it_is_idle(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.wait(11 * HOUR);
        assert!(is_in(&roll, &dana).await);
        roll.flush().await;
        roll.wait(11 * HOUR);
        assert!(is_in(&roll, &dana).await, "it was seen meanwhile");
        roll.flush().await;
        roll.wait(12 * HOUR);
        let answer = dana.get(&roll, "/auth/me").await;
        let gone = problem(answer, 401, "expired");
        assert!(gone.header("set-cookie").contains("Max-Age=0"), "a dead cookie is taken away");
    }

    async fn a_session_ends_after_a_week_however_busy(roll: Roll) {
        let dana = roll.signed("dana").await;
        for _ in 0..20 {
            roll.wait(8 * HOUR);
            assert!(is_in(&roll, &dana).await);
            roll.flush().await;
        }
        roll.wait(8 * HOUR);
        assert!(!is_in(&roll, &dana).await);
    }

    async fn being_seen_is_written_by_a_job_and_once_a_minute(roll: Roll) {
        let dana = roll.signed("dana").await;
        let seen = || async { roll.sql_one("select cast(last_seen_at as text) from sessions").await };
        let first = seen().await;
        roll.wait(Duration::from_secs(59));
        assert!(is_in(&roll, &dana).await);
        roll.flush().await;
        assert_eq!(seen().await, first);
        roll.wait(Duration::from_secs(1));
        assert!(is_in(&roll, &dana).await);
        roll.flush().await;
        assert_ne!(seen().await, first);
    }

    async fn what_one_replica_ended_the_other_refuses_at_once(roll: Roll) {
        let other = roll.replica().await;
        let dana = roll.signed("dana").await;
        assert!(is_in(&other, &dana).await);
        dana.request(&roll, Method::POST, "/auth/logout").send().await.expect("an answer");
        problem(dana.get(&other, "/auth/me").await, 401, "does not work");
        let again = roll.sign_in(&dana.user).await;
        assert!(is_in(&other, &again).await);
        switch(&roll, &dana.user, false).await;
        problem(again.get(&other, "/auth/me").await, 401, "does not work");
        switch(&other, &dana.user, true).await;
        assert!(!is_in(&roll, &again).await, "reactivation brings no session back");
    }

    async fn a_sign_in_begun_before_a_deactivation_and_finished_after_it_is_dead(roll: Roll) {
        let dana = roll.person("dana").await;
        let epoch: i64 = roll.user_says(&dana, "auth_epoch").await.expect("an epoch").parse().expect("a number");
        let begun = Begun { at: roll.clock.now(), epoch: None };
        let known = Begun { epoch: Some(epoch), ..begun };
        roll.wait(HOUR);
        switch(&roll, &dana, false).await;
        for begun in [begun, known] {
            assert!(roll.open(&dana, Born::Okta, begun).await.is_err(), "inactive");
        }
        switch(&roll, &dana, true).await;
        for begun in [begun, known] {
            assert!(roll.open(&dana, Born::Okta, begun).await.is_err(), "begun before the end");
        }
        assert_eq!(roll.sql("select 'x' from sessions").await.len(), 0);
        roll.sign_in(&dana).await;
    }

    async fn opening_beside_a_deactivation_leaves_nobody_in(roll: Roll) {
        let other = roll.replica().await;
        let dana = roll.person("dana").await;
        for _ in 0..12 {
            let begun = Begun { at: roll.clock.now(), epoch: None };
            let (opened, ()) = tokio::join!(other.open(&dana, Born::Okta, begun), switch(&roll, &dana, false));
            drop(opened);
            assert_eq!(roll.live(&dana).await, []);
            roll.wait(HOUR);
            switch(&roll, &dana, true).await;
        }
    }

    async fn a_write_that_no_page_of_ours_sent_is_refused(roll: Roll) {
        let dana = roll.signed("dana").await;
        let bare = || roll.request(Method::POST, "/auth/logout").header("cookie", format!("rollcall={}", dana.secret));
        let with_token = || dana.request(&roll, Method::POST, "/auth/logout");
        let foreign = [
            bare(),
            bare().header("x-csrf-token", ""),
            bare().header("x-csrf-token", "0".repeat(64)),
            with_token().header("origin", "https://evil.test"),
            with_token().header("origin", "null"),
            with_token().header("sec-fetch-site", "cross-site"),
            with_token().header("sec-fetch-site", "same-site"),
        ];
        for request in foreign {
            problem(roll.send(request).await, 403, "X-CSRF-Token");
        }
        assert!(is_in(&roll, &dana).await);
        let other = roll.sign_in(&dana.user).await;
        let token = with_token().build().expect("a request").headers()["x-csrf-token"].clone();
        let request = roll.request(Method::POST, "/auth/logout").header("cookie", format!("rollcall={}", other.secret));
        problem(roll.send(request.header("x-csrf-token", token)).await, 403, "X-CSRF-Token");
        let ours = with_token().header("origin", roll.origin.clone()).header("sec-fetch-site", "same-origin");
        roll.send(ours).await.expect(204);
        let (_, _, detail) = roll.last_audit("auth.refused").await;
        assert_eq!(detail["reason"], "forged");
    }

    async fn signing_out_is_done_once_and_takes_the_cookie_away(roll: Roll) {
        let dana = roll.signed("dana").await;
        let first = dana.post(&roll, "/auth/logout", &serde_json::json!({})).await.expect(204);
        assert!(first.header("set-cookie").starts_with("rollcall=;"));
        problem(roll.send(dana.request(&roll, Method::POST, "/auth/logout")).await, 401, "Sign in");
        let ended = roll.actions().await.into_iter().filter(|action| action == "auth.session.ended").count();
        assert_eq!(ended, 1);
    }

    async fn sessions_are_listed_and_ended_by_their_owner(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let second = roll.sign_in(&dana.user).await;
        assert_eq!(ids(&roll, &dana, "/auth/sessions").await, [second.session.as_str(), dana.session.as_str()]);
        let path = format!("/auth/sessions/{}", second.session);
        problem(erin.delete(&roll, &path).await, 404, "no session");
        let unknown = format!("/auth/sessions/{}", Roll::new_id());
        problem(erin.delete(&roll, &unknown).await, 404, "no session");
        problem(erin.delete(&roll, "/auth/sessions/7").await, 404, "no session");
        problem(erin.get(&roll, &format!("/auth/sessions?user={}", dana.user)).await, 403, "may not");
        problem(erin.get(&roll, &format!("/auth/sessions?user={}", Roll::new_id())).await, 403, "may not");
        assert!(is_in(&roll, &second).await);
        dana.delete(&roll, &path).await.expect(204);
        dana.delete(&roll, &path).await.expect(204);
        assert!(!is_in(&roll, &second).await);
        assert_eq!(ids(&roll, &dana, "/auth/sessions").await, [dana.session.as_str()]);
        dana.delete(&roll, "/auth/sessions").await.expect(200);
        assert!(!is_in(&roll, &dana).await);
        assert!(is_in(&roll, &erin).await);
    }

    async fn an_admin_lists_and_ends_the_sessions_of_others(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let path = format!("/auth/sessions?user={}", dana.user);
        assert_eq!(ids(&roll, &boss, &path).await, [dana.session.as_str()]);
        boss.delete(&roll, &path).await.expect(200);
        assert!(!is_in(&roll, &dana).await);
        assert!(is_in(&roll, &boss).await);
        assert_eq!(boss.delete(&roll, &path).await.expect(200).body["ended"], 0);
    }

    async fn a_page_of_sessions_goes_on_where_the_one_before_ended(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let mut opened = vec![dana.session.clone()];
        for _ in 0..4 {
            opened.push(roll.sign_in(&dana.user).await.session);
        }
        opened.reverse();
        for (who, path) in [(&dana, "/auth/sessions".to_owned()), (&boss, format!("/auth/sessions?user={}", dana.user))] {
            assert_eq!(roll.all_pages(who, &path, "sessions", 2).await, opened);
        }
        // Where the last one of a page has ended meanwhile, the next page begins all the same.
        let first = dana.get(&roll, "/auth/sessions?limit=2").await.expect(200).body["nextCursor"].clone();
        let first = first.as_str().expect("a next page");
        dana.delete(&roll, &format!("/auth/sessions/{first}")).await.expect(204);
        assert_eq!(ids(&roll, &dana, &format!("/auth/sessions?cursor={first}")).await, opened[2..]);
        for bad in ["limit=0", "limit=101", "cursor=x", "page=2"] {
            let answer = dana.get(&roll, &format!("/auth/sessions?{bad}")).await;
            problem(answer, 400, bad.split('=').next().expect("a name"));
        }
    }

    async fn one_session_too_many_ends_the_oldest(roll: Roll) {
        let first = roll.signed("dana").await;
        for _ in 1..MOST {
            roll.sign_in(&first.user).await;
        }
        assert!(is_in(&roll, &first).await);
        roll.sign_in(&first.user).await;
        assert!(!is_in(&roll, &first).await);
        assert_eq!(roll.live(&first.user).await, [("sessions", MOST)]);
        let (_, _, detail) = roll.last_audit("auth.signed_in").await;
        assert_eq!(detail["effects"]["session"][0], first.session);
    }

    async fn a_cookie_that_cannot_be_ours_or_two_are_refused(roll: Roll) {
        let dana = roll.signed("dana").await;
        let good = format!("rollcall={}", dana.secret);
        for cookie in [format!("{good}; {good}"), "rollcall=abc".to_owned(), "rollcall=".to_owned()] {
            let request = roll.request(Method::GET, "/auth/me").header("cookie", &cookie);
            problem(roll.send(request).await, 401, "cannot be read");
        }
        let made_up = roll.request(Method::GET, "/auth/me").header("cookie", format!("rollcall={}", "0".repeat(64)));
        problem(roll.send(made_up).await, 401, "does not work");
        problem(roll.send(roll.request(Method::GET, "/auth/me")).await, 401, "not signed in");
        let both = roll.request(Method::GET, "/auth/me").header("cookie", &good).bearer_auth(&roll.token);
        problem(roll.send(both).await, 401, "");
    }

    async fn what_nobody_knows_of_a_query_is_refused_by_name(roll: Roll) {
        let dana = roll.signed("dana").await;
        for (path, field) in
            [("/auth/sessions?users=x", "users"), ("/auth/sessions?user=7", "user"), ("/auth/sessions?user=1&user=2", "user")]
        {
            let answer = problem(dana.get(&roll, path).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        let form = dana.request(&roll, Method::POST, "/auth/logout").header("content-type", "text/plain").body("{}");
        problem(roll.send(form).await, 415, "application/json");
        assert!(is_in(&roll, &dana).await);
    }
}
