//! The list of teams, the page of one, and that of a member; and who asked for a team.

use reqwest::Method;
use serde_json::json;

use super::{main_part, page, submit};
use crate::harness::{Roll, facts};
use crate::platform::people::Signed;
use crate::tables;

/// What an attacker would like a page to run.
const SCRIPT: &str = "<script>alert(1)</script>";

/// Gives a member this role, as an admin.
async fn appoint(roll: &Roll, boss: &Signed, team: &str, user: &str, duty: &str) {
    let path = format!("/api/teams/{team}/members/{user}");
    boss.send(roll, Method::PATCH, &path, &json!({ "role": duty })).await.expect(200);
}

facts! {
    async fn teams_are_listed_by_name_with_state_and_size_page_by_page(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        for number in 0..52 {
            roll.group(&format!("Team {number:02}"), &[&dana.user]).await;
        }
        let gone = roll.group("Gone", &[]).await;
        submit(&roll, &boss, &format!("/teams/{gone}/archive"), &json!({})).await.expect(303);
        let first = page(&roll, &dana, "/teams").await.expect(200).text;
        assert!(first.contains("<bdi>Team 00</bdi>") && !first.contains("Team 51") && first.len() < 100_000);
        assert!(first.contains("<td class=\"number\">1</td>") && !first.contains("<bdi>Gone"));
        let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
        let second = page(&roll, &dana, &next.replace("&#38;", "&")).await.expect(200).text;
        assert!(second.contains("<bdi>Team 51</bdi>") && !second.contains("Team 00"));
        let found = page(&roll, &dana, "/teams?q=team%2007").await.expect(200).text;
        assert!(found.contains("<bdi>Team 07</bdi>") && !found.contains("Team 08"));
        let archived = page(&roll, &dana, "/teams?archived=true").await.expect(200).text;
        assert!(archived.contains("<bdi>Gone</bdi>") && archived.contains(">archived<"));
        page(&roll, &dana, "/teams?cursor=x").await.expect(400);
    }

    async fn a_team_s_page_says_who_holds_each_member_and_offers_what_the_reader_may_do(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let team = roll.linked("Ops", "00gops").await;
        let path = format!("/teams/{team}");
        for who in ["dana@example.com", "erin@example.com"] {
            let joins = json!({ "who": who, "role": "RESPONDER" });
            submit(&roll, &boss, &format!("{path}/members"), &joins).await.expect(303);
        }
        appoint(&roll, &boss, &team, &dana.user, "TEAM_ADMIN").await;
        let shown = page(&roll, &boss, &path).await.expect(200).text;
        for words in ["00gops", "link confirmed", "the platform", "Fewer than three responders", "Archive <bdi>Ops", "Begin maintenance of <bdi>Ops"] {
            assert!(shown.contains(words), "{words} in {shown}");
        }
        let lead = page(&roll, &dana, &path).await.expect(200).text;
        let lead = main_part(&lead);
        assert!(lead.contains("Add somebody") && lead.contains("Leave <bdi>Ops") && !lead.contains("Archive <bdi>") && !lead.contains("00gops"), "{lead}");
        let mate = page(&roll, &erin, &path).await.expect(200).text;
        let mate = main_part(&mate);
        assert!(!mate.contains("Add somebody") && mate.contains("Begin maintenance") && !mate.contains("href=\"/people/"), "{mate}");
        let of_dana = page(&roll, &dana, &format!("{path}/members/{}", erin.user)).await.expect(200).text;
        assert!(of_dana.contains("Make <bdi>erin") && of_dana.contains("Remove <bdi>erin"), "{of_dana}");
        page(&roll, &erin, &format!("{path}/members/{}", dana.user)).await.expect(403);
    }

    async fn who_cannot_be_added_is_told_on_the_page_and_the_glass_is_nobody(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        roll.glass("fire-axe").await;
        let team = roll.group("Ops", &[&dana.user]).await;
        appoint(&roll, &boss, &team, &dana.user, "TEAM_ADMIN").await;
        let before = tables::dump(&roll).await;
        for who in ["nobody@example.com", "fire-axe"] {
            let joins = json!({ "who": who, "role": "RESPONDER" });
            let told = submit(&roll, &dana, &format!("/teams/{team}/members"), &joins).await.expect(400).text;
            assert!(told.contains("is the sign-in name or e-mail address of nobody on the roll"), "{told}");
        }
        let odd = json!({ "who": "boss@example.com", "role": "KING" });
        let told = submit(&roll, &dana, &format!("/teams/{team}/members"), &odd).await.expect(400).text;
        assert!(told.contains("role must be one of") || told.contains("role: must be one of"), "{told}");
        submit(&roll, &dana, &format!("/teams/{team}/maintenance"), &json!({})).await.expect(400);
        submit(&roll, &boss, &format!("/teams/{team}/link"), &json!({ "group": "a b" })).await.expect(400);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn a_large_team_is_read_page_by_page_and_everybody_comes_once(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut people = Vec::new();
        for number in 0..105 {
            people.push(roll.person(&format!("m{number:03}")).await);
        }
        let all: Vec<&str> = people.iter().map(String::as_str).collect();
        let team = roll.group("Many", &all).await;
        let first = page(&roll, &boss, &format!("/teams/{team}")).await.expect(200).text;
        let next = first.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
        let second = page(&roll, &boss, next).await.expect(200).text;
        let (first, second) = (main_part(&first), main_part(&second));
        let times = |id: &String| first.matches(&format!("/people/{id}\"")).count() + second.matches(&format!("/people/{id}\"")).count();
        assert!(people.iter().all(|id| times(id) == 1));
        assert!(first.contains("In the order in which they came on the roll"));
    }

    async fn the_reason_for_maintenance_stands_in_the_audit(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = roll.group("Ops", &[]).await;
        let fields = json!({ "on": "true", "reason": " A move. " });
        let done = submit(&roll, &boss, &format!("/teams/{team}/maintenance"), &fields).await.expect(303);
        assert!(done.header("location").starts_with(&format!("/teams/{team}?done=maintenance-on.")));
        assert_eq!(roll.last_audit("team.maintenance.set").await.2["reason"], "A move.");
    }

    async fn the_conflicts_of_a_team_are_told_on_its_page(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let team = roll.group("Ops", &[&dana.user]).await;
        submit(&roll, &boss, &format!("/teams/{team}/archive"), &json!({})).await.expect(303);
        let told = submit(&roll, &boss, &format!("/teams/{team}/maintenance"), &json!({ "on": "true" })).await.expect(409);
        assert!(told.text.contains("This team is archived. Restore it first."), "{}", told.text);
        let shown = page(&roll, &boss, &format!("/teams/{team}")).await.expect(200).text;
        assert!(shown.contains("Restore <bdi>Ops") && !shown.contains("Add somebody"), "{shown}");
        boss.post(&roll, "/api/teams", &json!({ "name": "Ops" })).await.expect(201);
        let taken = submit(&roll, &boss, &format!("/teams/{team}/restore"), &json!({})).await.expect(409).text;
        assert!(taken.contains("is taken by another team"), "{taken}");
    }

    async fn requests_are_everybody_s_for_admins_and_one_s_own_for_others(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.signed("dana").await, roll.signed("erin").await);
        let wish = json!({ "name": "Night shift", "reason": "We are many." });
        let id = dana.post(&roll, "/api/team-requests", &wish).await.expect(201).id();
        let asked = page(&roll, &boss, "/team-requests").await.expect(200).text;
        assert!(asked.contains("Make the team <bdi>Night shift") && asked.contains("Reject the request for <bdi>Night shift"), "{asked}");
        let own = page(&roll, &dana, "/team-requests").await.expect(200).text;
        assert!(own.contains("Night shift") && !own.contains("Make the team"), "{own}");
        assert!(!page(&roll, &erin, "/team-requests").await.expect(200).text.contains("Night shift"));
        submit(&roll, &boss, &format!("/team-requests/{id}/reject"), &json!({ "note": " Ask Ana. " })).await.expect(303);
        let decided = page(&roll, &dana, "/team-requests?state=REJECTED").await.expect(200).text;
        assert!(decided.contains("Answer: <bdi>Ask Ana.</bdi>"), "{decided}");
        page(&roll, &dana, "/team-requests?state=x").await.expect(400);
    }

    async fn nothing_that_others_wrote_becomes_part_of_a_team_s_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut odd = crate::harness::person("odd");
        odd["displayName"] = format!("{SCRIPT}\u{202e}").into();
        let user = roll.post("/Users", &odd).await.expect(201).id();
        let team = roll.group(SCRIPT, &[&user]).await;
        let edit = json!({ "description": SCRIPT });
        boss.send(&roll, Method::PATCH, &format!("/api/teams/{team}"), &edit).await.expect(200);
        let tags = json!({ "tags": [{ "kind": "TECHNICAL", "value": SCRIPT }] });
        boss.send(&roll, Method::PUT, &format!("/api/teams/{team}/tags"), &tags).await.expect(200);
        let asker = roll.signed("asker").await;
        asker.post(&roll, "/api/team-requests", &json!({ "name": format!("{SCRIPT}2"), "reason": SCRIPT })).await.expect(201);
        for path in [format!("/teams/{team}"), "/teams".to_owned(), format!("/teams/{team}/members/{user}"), "/team-requests".to_owned()] {
            let shown = page(&roll, &boss, &path).await.expect(200).text;
            assert!(!shown.contains(SCRIPT) && shown.contains("&#60;script&#62;alert(1)"), "{path}: {shown}");
        }
    }

    async fn a_team_s_form_without_its_token_changes_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = roll.group("Ops", &[]).await;
        let before = tables::dump(&roll).await;
        for csrf in [json!({}), json!({ "csrf": "0".repeat(64) })] {
            for verb in ["archive", "maintenance", "members", "link"] {
                let request = roll.request(Method::POST, &format!("/teams/{team}/{verb}"));
                let request = request.header("cookie", format!("rollcall={}", boss.secret));
                roll.send(crate::samples::with_form(request, &csrf)).await.expect(403);
            }
        }
        assert_eq!(tables::dump(&roll).await, before);
    }
}
