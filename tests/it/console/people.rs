//! The list of people, and the page of one: why they have access, and what may be done.

use serde_json::json;

use super::{main_part, page, submit};
use crate::harness::{facts, person};
use crate::tables;

/// What an attacker would like a page to run.
const SCRIPT: &str = "<script>alert(1)</script>";

facts! {
    async fn people_are_found_by_the_beginning_of_each_of_their_names(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut ana = person("kxana");
        ana["displayName"] = "Ana Díaz".into();
        ana["name"] = json!({ "givenName": "Anastasia", "familyName": "Quiroga" });
        ana["emails"] = json!([{ "value": "mailbox@elsewhere.example", "primary": true, "type": "work" }]);
        let id = roll.post("/Users", &ana).await.expect(201).id();
        let line = format!("href=\"/people/{id}\"");
        for beginning in ["ana%20d", "ANAS", "quir", "kxa", "mailbox@", "%20quir%20"] {
            let found = page(&roll, &boss, &format!("/people?q={beginning}")).await.expect(200);
            assert!(found.text.contains(&line), "{beginning}: {}", found.text);
            assert!(!main_part(&found.text).contains(&boss.user), "{beginning}");
        }
        let none = page(&roll, &boss, "/people?q=iaz").await.expect(200);
        assert!(!none.text.contains(&line) && none.text.contains("Try fewer letters"));
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        let gone = page(&roll, &boss, "/people?q=kxana").await.expect(200);
        assert!(gone.text.contains(&line) && gone.text.contains(">gone<"), "{}", gone.text);
    }

    async fn everybody_is_listed_once_page_by_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        for number in 0..60 {
            roll.person(&format!("p{number:02}")).await;
        }
        let (mut path, mut seen) = ("/people".to_owned(), Vec::new());
        for _ in 0..2 {
            let shown = page(&roll, &boss, &path).await.expect(200).text;
            seen.extend(main_part(&shown).split("href=\"/people/").skip(1).map(|rest| rest[..36].to_owned()));
            assert!(shown.len() < 100_000, "{} bytes", shown.len());
            let next = shown.split("rel=\"next\" href=\"").nth(1).map(|rest| rest.split('"').next().expect("a link").to_owned());
            path = next.unwrap_or_else(|| "/people?q=p".to_owned());
        }
        seen.sort();
        let all = seen.len();
        seen.dedup();
        assert_eq!((all, seen.len()), (61, 61));
        assert!(page(&roll, &boss, &path).await.expect(200).text.contains("More people match than are shown"));
        page(&roll, &boss, "/people?cursor=x").await.expect(400);
        page(&roll, &boss, &format!("/people?q={}", "x".repeat(101))).await.expect(400);
    }

    async fn only_admins_see_the_list_and_everybody_sees_their_own_page(roll: Roll) {
        let (dana, erin, boss) = (roll.signed("dana").await, roll.signed("erin").await, roll.admin("boss").await);
        page(&roll, &dana, "/people").await.expect(403);
        let own = page(&roll, &dana, &format!("/people/{}", dana.user)).await.expect(200).text;
        assert!(own.contains("this session") && !own.contains("What you can do"), "{own}");
        page(&roll, &dana, &format!("/people/{}", erin.user)).await.expect(403);
        let team = roll.group("Ops", &[&dana.user, &erin.user]).await;
        let admin = json!({ "role": "TEAM_ADMIN" });
        boss.send(&roll, reqwest::Method::PATCH, &format!("/api/teams/{team}/members/{}", dana.user), &admin).await.expect(200);
        let mate = page(&roll, &dana, &format!("/people/{}", erin.user)).await.expect(200).text;
        for hidden in ["Signed in with", "Okta user id", "externalId", "The row that did it", "What you can do"] {
            assert!(!mate.contains(hidden), "a team's admin is shown {hidden}");
        }
        assert!(mate.contains("Ops"));
        page(&roll, &boss, &format!("/people/{}", crate::harness::Roll::new_id())).await.expect(404);
    }

    async fn the_page_says_first_why_somebody_has_access_or_not_and_who_turned_what(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let path = format!("/people/{}", dana.user);
        let on = page(&roll, &boss, &path).await.expect(200).text;
        assert!(on.contains(" have access?") && on.contains("has access: SCIM says active"), "{on}");
        let done = submit(&roll, &boss, &format!("{path}/deactivate"), &json!({})).await.expect(303);
        let mut scim_off = person("dana");
        scim_off["active"] = false.into();
        roll.put(&format!("/Users/{}", dana.user), &scim_off).await.expect(200);
        let off = page(&roll, &boss, done.header("location")).await.expect(200).text;
        assert!(off.contains("has no access: SCIM turned the account off and an admin turned it off here."), "{off}");
        assert!(off.contains("Access is off. Everything") && off.contains("off: by SCIM and an admin"));
        assert!(off.contains("SCIM, by the token") && off.contains("the admin boss"), "{off}");
        let rows = off.matches(">The row that did it<").count();
        assert_eq!(rows, 2, "SCIM's and the admins' switch have their rows; Okta's was never set");
        assert!(off.contains("assign the person to the application in Okta again"));
    }

    async fn what_may_be_done_names_its_object_and_the_last_admin_stays_by_a_sentence(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        roll.sign_in(&dana.user).await;
        roll.mobile(&dana.user).await;
        let shown = page(&roll, &boss, &format!("/people/{}", dana.user)).await.expect(200).text;
        for words in ["Revoke 2 sessions and 1 mobile sign-in of <bdi>dana", "Make <bdi>dana", "Deactivate <bdi>dana"] {
            assert!(shown.contains(words), "{words} in {shown}");
        }
        let before = tables::dump(&roll).await;
        let own = format!("/people/{}", boss.user);
        for (verb, fields) in [("deactivate", json!({})), ("role", json!({ "role": "USER" }))] {
            let kept = submit(&roll, &boss, &format!("{own}/{verb}"), &fields).await.expect(409).text;
            assert!(kept.contains("This is the last platform admin with access.") && kept.contains("role=\"alert\""), "{kept}");
        }
        submit(&roll, &boss, &format!("{own}/role"), &json!({ "role": "KING" })).await.expect(400);
        submit(&roll, &boss, &format!("{own}/deactivate"), &json!({ "x": "y" })).await.expect(400);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn a_form_without_its_token_changes_nothing(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let before = tables::dump(&roll).await;
        for csrf in [json!({}), json!({ "csrf": "0".repeat(64) })] {
            for verb in ["deactivate", "revoke-sessions", "role"] {
                let request = roll.request(reqwest::Method::POST, &format!("/people/{}/{verb}", dana.user));
                let request = request.header("cookie", format!("rollcall={}", boss.secret));
                roll.send(crate::samples::with_form(request, &csrf)).await.expect(403);
            }
        }
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn nothing_that_others_wrote_becomes_part_of_the_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut odd = person("odd");
        odd["userName"] = format!("{SCRIPT}@x").into();
        odd["displayName"] = format!("{SCRIPT}\u{202e}\u{200b}").into();
        odd["externalId"] = SCRIPT.into();
        odd["emails"] = json!([{ "value": format!("{SCRIPT}@x"), "primary": true, "type": "work" }]);
        odd["phoneNumbers"] = json!([{ "value": SCRIPT, "type": "work" }]);
        let id = roll.post("/Users", &odd).await.expect(201).id();
        roll.group(SCRIPT, &[&id]).await;
        roll.sign_in(&id).await;
        roll.sql_run(&format!("update sessions set user_agent = '{SCRIPT}' where user_id = {}", roll.uuid(&id))).await;
        roll.key_for(&id, &["users:read"]).await;
        roll.sql_run(&format!("update api_keys set name = '{SCRIPT}'")).await;
        for path in [format!("/people/{id}"), "/people".to_owned(), "/people?q=%3Cscript".to_owned()] {
            let shown = page(&roll, &boss, &path).await.expect(200).text;
            assert!(!shown.contains(SCRIPT) && shown.contains("&#60;script&#62;alert(1)"), "{path}: {shown}");
            let list = shown.split("class=\"lines\"").next().unwrap_or_default();
            assert!(!list.contains('\u{202e}') && !list.contains('\u{200b}'), "{path}");
            assert!(shown.contains("hidden characters in the name"), "{path}: {shown}");
        }
    }
}
