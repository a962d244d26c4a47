//! Asking for a team.

use serde_json::{Value, json};

use super::{found, place, times, together};
use crate::harness::{Answer, Roll, facts};
use crate::platform::people::{Signed, problem};

async fn ask(roll: &Roll, who: &Signed, name: &str) -> Answer {
    who.post(roll, "/api/team-requests", &json!({ "name": name, "reason": "We are many." })).await
}

async fn decide(roll: &Roll, who: &Signed, id: &str, how: &str) -> Answer {
    who.post(roll, &format!("/api/team-requests/{id}/{how}"), &json!({})).await
}

async fn names(roll: &Roll, who: &Signed, query: &str) -> Vec<String> {
    let body = who.get(roll, &format!("/api/team-requests{query}")).await.expect(200).body;
    let list = body["requests"].as_array().expect("requests");
    list.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

async fn teams(roll: &Roll) -> String {
    roll.sql_one("select cast(count(*) as text) from teams").await
}

facts! {
    async fn who_asked_runs_the_team_that_is_made(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let wish = ask(&roll, &dana, "Payments").await.expect(201).body;
        assert_eq!((&wish["state"], &wish["teamId"]), (&json!("PENDING"), &Value::Null));
        let id = wish["id"].as_str().expect("an id");
        let done = decide(&roll, &boss, id, "approve").await.expect(200).body;
        assert_eq!((&done["state"], &done["decidedBy"]), (&json!("APPROVED"), &json!(boss.user)));
        let team = done["teamId"].as_str().expect("a team");
        assert_eq!(place(&roll, team, &dana.user).await, "platform TEAM_ADMIN");
        super::edit(&roll, &dana, team, &json!({ "slackChannel": "pay" })).await.expect(200);
        assert_eq!(decide(&roll, &boss, id, "approve").await.expect(200).body, done);
        problem(decide(&roll, &boss, id, "reject").await, 409, "approved");
        for action in ["team.request.approved", "team.created", "team.member.added"] {
            assert_eq!(times(&roll, action).await, 1, "{action}");
        }
    }

    async fn a_no_is_kept_with_its_words_and_the_wish_may_come_again(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let id = ask(&roll, &dana, "Payments").await.expect(201).id();
        let path = format!("/api/team-requests/{id}/reject");
        let done = boss.post(&roll, &path, &json!({ "note": "There is one." })).await.expect(200).body;
        assert_eq!((&done["state"], &done["note"]), (&json!("REJECTED"), &json!("There is one.")));
        assert_eq!(decide(&roll, &boss, &id, "reject").await.expect(200).body, done);
        assert_eq!(times(&roll, "team.request.rejected").await, 1);
        problem(decide(&roll, &boss, &id, "approve").await, 409, "rejected");
        assert_ne!(ask(&roll, &dana, "payments").await.expect(201).id(), id);
        problem(decide(&roll, &boss, &Roll::new_id(), "approve").await, 404, "no team request");
    }

    async fn the_same_wish_twice_is_one_and_five_are_as_many_as_wait(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let first = ask(&roll, &dana, "Team 0").await.expect(201).id();
        assert_eq!(ask(&roll, &dana, "TEAM 0").await.expect(200).id(), first);
        for at in 1..5 {
            ask(&roll, &dana, &format!("Team {at}")).await.expect(201);
        }
        problem(ask(&roll, &dana, "Team 5").await, 409, "as many as");
        decide(&roll, &boss, &first, "reject").await.expect(200);
        ask(&roll, &dana, "Team 5").await.expect(201);
        found(&roll, &boss, "Search").await;
        let answer = problem(ask(&roll, &boss, "search").await, 409, "taken");
        assert_eq!(answer.body["errors"][0]["field"], "name");
        for (body, field) in [
            (json!({ "name": "x" }), "reason"),
            (json!({ "reason": "x" }), "name"),
            (json!({ "name": ["x"], "reason": "x" }), "name"),
            (json!({ "name": "x", "reason": "x", "role": "TEAM_ADMIN" }), "role"),
        ] {
            problem(dana.post(&roll, "/api/team-requests", &body).await, 400, field);
        }
    }

    async fn everybody_sees_their_own_and_admins_see_all_newest_first(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let id = ask(&roll, &dana, "One").await.expect(201).id();
        ask(&roll, &dana, "Two").await.expect(201);
        ask(&roll, &erin, "Three").await.expect(201);
        decide(&roll, &boss, &id, "reject").await.expect(200);
        assert_eq!(names(&roll, &boss, "").await, ["Three", "Two", "One"]);
        assert_eq!(names(&roll, &boss, "?state=PENDING").await, ["Three", "Two"]);
        assert_eq!(names(&roll, &dana, "").await, ["Two", "One"]);
        assert_eq!(names(&roll, &dana, "?state=REJECTED").await, ["One"]);
        assert_eq!(names(&roll, &erin, "").await, ["Three"]);
        let page = boss.get(&roll, "/api/team-requests?limit=2").await.expect(200).body;
        let next = page["nextCursor"].as_str().expect("a next page");
        assert_eq!(names(&roll, &boss, &format!("?limit=2&cursor={next}")).await, ["One"]);
        problem(decide(&roll, &dana, &id, "approve").await, 403, "may not");
    }

    async fn what_changed_meanwhile_stands_against_a_yes_and_nothing_is_made(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let taken = ask(&roll, &dana, "Payments").await.expect(201).id();
        let left = ask(&roll, &erin, "Search").await.expect(201).id();
        roll.group("payments", &[]).await;
        boss.post(&roll, &format!("/api/users/{}/deactivate", erin.user), &json!({})).await.expect(200);
        let answer = problem(decide(&roll, &boss, &taken, "approve").await, 409, "taken");
        assert_eq!(answer.body["errors"][0]["field"], "name");
        problem(decide(&roll, &boss, &left, "approve").await, 409, "no access");
        assert_eq!(teams(&roll).await, "1");
        boss.post(&roll, &format!("/api/users/{}/reactivate", erin.user), &json!({})).await.expect(200);
        decide(&roll, &boss, &left, "approve").await.expect(200);
        roll.delete(&format!("/Users/{}", dana.user)).await.expect(204);
        decide(&roll, &boss, &taken, "reject").await.expect(200);
    }

    async fn of_admins_who_decide_at_once_one_wins(roll: Roll) {
        let other = roll.replica().await;
        let (one, two, dana) = (roll.admin("one").await, roll.admin("two").await, roll.signed("dana").await);
        for round in 0..5 {
            let id = ask(&roll, &dana, &format!("Team {round}")).await.expect(201).id();
            let tries = (0..6).map(|at| {
                let how = if (at + round) % 3 == 0 { "reject" } else { "approve" };
                if at % 2 == 0 { decide(&roll, &one, &id, how) } else { decide(&other, &two, &id, how) }
            });
            let answers = together(tries).await;
            assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status.as_u16())), "{answers:?}");
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count() % 2, 0, "all who agree with the winner");
        }
        let made = times(&roll, "team.request.approved").await;
        assert_eq!(made + times(&roll, "team.request.rejected").await, 5);
        assert_eq!(teams(&roll).await, made.to_string());
    }
}
