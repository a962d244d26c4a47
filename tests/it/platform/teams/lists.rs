//! Teams and their people, page by page.

use serde_json::{Value, json};

use super::{add, found};
use crate::harness::{Roll, facts};
use crate::platform::people::{Signed, problem};

/// The values of a field, all pages in a row.
async fn walk(roll: &Roll, by: &Signed, path: &str, list: &str, field: &str) -> Vec<String> {
    let (mut seen, mut next) = (Vec::new(), Value::Null);
    loop {
        let cursor = next.as_str().map_or(String::new(), |next| format!("&cursor={next}"));
        let page = by.get(roll, &format!("{path}{cursor}")).await.expect(200).body;
        let rows = page[list].as_array().expect("a list");
        seen.extend(rows.iter().map(|row| row[field].as_str().expect("a text").to_owned()));
        next = page["nextCursor"].clone();
        if next.is_null() {
            return seen;
        }
    }
}

facts! {
    async fn teams_are_listed_by_name_for_everybody_whoever_made_them(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        for name in ["beta", "Alpha", "été", "gamma & co", "Zeta"] {
            found(&roll, &boss, name).await;
        }
        roll.group("Delta", &[]).await;
        let all = walk(&roll, &dana, "/api/teams?limit=2", "teams", "name").await;
        assert_eq!(all, ["Alpha", "beta", "Delta", "gamma & co", "Zeta", "été"]);
        assert_eq!(walk(&roll, &dana, "/api/teams?limit=100", "teams", "name").await, all);
    }

    async fn a_beginning_of_the_name_narrows_the_list_whatever_its_letter_case(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        for name in ["Payments EU", "payments us", "PAYMENTS", "Pay", "Search"] {
            found(&roll, &boss, name).await;
        }
        let found = walk(&roll, &dana, "/api/teams?q=paymENTS&limit=1", "teams", "name").await;
        assert_eq!(found, ["PAYMENTS", "Payments EU", "payments us"]);
        assert!(walk(&roll, &dana, "/api/teams?q=zzz", "teams", "name").await.is_empty());
        assert_eq!(walk(&roll, &dana, "/api/teams?q=", "teams", "name").await.len(), 5);
    }

    async fn archived_teams_have_a_list_of_their_own_in_which_names_may_come_again(roll: Roll) {
        let boss = roll.admin("boss").await;
        for name in ["Ops", "ops", "OPS", "Net"] {
            let team = found(&roll, &boss, name).await;
            boss.delete(&roll, &format!("/api/teams/{team}")).await.expect(204);
        }
        found(&roll, &boss, "ops").await;
        assert_eq!(walk(&roll, &boss, "/api/teams?archived=false", "teams", "name").await, ["ops"]);
        let gone = walk(&roll, &boss, "/api/teams?archived=true&limit=1", "teams", "name").await;
        assert_eq!(gone, ["Net", "Ops", "ops", "OPS"]);
        assert_eq!(walk(&roll, &boss, "/api/teams?archived=true&q=op&limit=2", "teams", "name").await.len(), 3);
    }

    async fn members_are_listed_page_by_page_with_who_holds_them(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (ana, ben, eva) = (roll.person("ana").await, roll.person("ben").await, roll.person("eva").await);
        let team = roll.group("Ops", &[&ana, &ben]).await;
        add(&roll, &boss, &team, &eva, "OBSERVER").await.expect(200);
        add(&roll, &boss, &team, &ben, "RESPONDER").await.expect(200);
        super::remove(&roll, &boss, &team, &ana).await.expect(200);
        let path = format!("/api/teams/{team}/members");
        let mut ids = vec![ana.clone(), ben.clone(), eva.clone()];
        ids.sort();
        assert_eq!(walk(&roll, &boss, &format!("{path}?limit=1"), "members", "userId").await, ids);
        let body = boss.get(&roll, &path).await.expect(200).body;
        let of = |user: &str| body["members"].as_array().expect("a list").iter().find(|one| one["userId"] == user).cloned();
        let told = |user: &str| of(user).map(|one| (one["source"].clone(), one["optedOut"].clone(), one["role"].clone()));
        let source = |okta: bool, platform: bool| json!({ "okta": okta, "platform": platform });
        assert_eq!(told(&ana), Some((source(true, false), json!(true), json!("RESPONDER"))));
        assert_eq!(told(&ben), Some((source(true, true), json!(false), json!("RESPONDER"))));
        assert_eq!(told(&eva), Some((source(false, true), json!(false), json!("OBSERVER"))));
        assert!(!body.to_string().contains("@example.com"), "no way of reaching anybody is told: {body}");
    }

    async fn what_a_list_cannot_be_asked_is_refused_by_its_field(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        for (path, field) in [
            ("/api/teams?limit=0".to_owned(), "limit"),
            ("/api/teams?limit=101".to_owned(), "limit"),
            ("/api/teams?archived=yes".to_owned(), "archived"),
            ("/api/teams?cursor=nothing".to_owned(), "cursor"),
            ("/api/teams?q=%00".to_owned(), "q"),
            ("/api/teams?name=x".to_owned(), "name"),
            (format!("/api/teams/{team}/members?cursor=7"), "cursor"),
            ("/api/team-requests?state=DONE".to_owned(), "state"),
            ("/api/team-requests?cursor=x".to_owned(), "cursor"),
        ] {
            let answer = problem(boss.get(&roll, &path).await, 400, field);
            assert_eq!(answer.body["errors"][0]["field"], field, "{path}");
        }
        for path in ["/api/teams/7", "/api/teams/7/members", "/api/teams/7/health"] {
            problem(boss.get(&roll, path).await, 404, "no team");
            problem(boss.get(&roll, &path.replace('7', &Roll::new_id())).await, 404, "no team");
        }
    }
}
