//! Forms that are pages of their own: binding somebody, a new team, asking for one, and a team's settings.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::sessions::RECENT;
use serde_json::{Value, json};

use super::{main_part, page, submit};
use crate::harness::{Answer, Roll, facts};
use crate::platform::people::Signed;
use crate::tables;

/// What an attacker would like a page to run.
const SCRIPT: &str = "<script>alert(1)</script>";

/// What stands in a hidden field of a page.
fn hidden(text: &str, field: &str) -> String {
    let rest = text.split(&format!("name=\"{field}\" value=\"")).nth(1).expect("the field");
    rest.split('"').next().expect("its end").to_owned()
}

/// The settings of a team as its form sends them, with these instead of what stands in it.
async fn settings(roll: &Roll, who: &Signed, team: &str, other: Value) -> Value {
    let shown = page(roll, who, &format!("/teams/{team}/settings")).await.expect(200).text;
    let mut fields = json!({
        "name": "Ops", "description": "", "slackChannel": "", "channels": "", "afterMinutes": "", "rounds": "",
        "organizational": "", "technical": "", "revision": hidden(&shown, "revision"),
    });
    for (name, value) in other.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    fields
}

async fn save(roll: &Roll, who: &Signed, team: &str, fields: &Value) -> Answer {
    submit(roll, who, &format!("/teams/{team}/settings"), fields).await
}

async fn found(roll: &Roll, boss: &Signed, name: &str) -> String {
    boss.post(roll, "/api/teams", &json!({ "name": name })).await.expect(201).id()
}

facts! {
    async fn somebody_whom_okta_cannot_sign_in_is_told_so_and_bound_by_a_form(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        let path = format!("/people/{dana}");
        let shown = page(&roll, &boss, &path).await.expect(200).text;
        assert!(shown.contains("has access, but Okta cannot sign them in") && shown.contains("map externalId to user.id"), "{shown}");
        assert!(shown.contains(&format!("href=\"{path}/bind\"")), "{shown}");
        let form = page(&roll, &boss, &format!("{path}/bind")).await.expect(200).text;
        assert!(form.contains("Bind <bdi>dana Example</bdi> to this account") && form.contains("dana@example.com"), "{form}");
        let fields = json!({ "oktaId": "00udana" });
        submit(&roll, &boss, &format!("{path}/bind"), &fields).await.expect(303);
        let bound = submit(&roll, &boss, &format!("{path}/bind"), &fields).await.expect(303).header("location").to_owned();
        assert!(bound.starts_with(&format!("{path}?done=bound.")), "{bound}");
        assert_eq!(roll.user_says(&dana, "okta_id").await.as_deref(), Some("00udana"));
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "user.identity.bound").count(), 1);
        let shown = page(&roll, &boss, &bound).await.expect(200).text;
        assert!(shown.contains("The person is bound") && !shown.contains("cannot sign them in") && !shown.contains("/bind\""), "{shown}");
    }

    async fn a_binding_that_cannot_be_is_told_beside_the_field_and_changes_nothing(roll: Roll) {
        let (boss, dana, erin) = (roll.admin("boss").await, roll.unbound("dana").await, roll.signed("erin").await);
        roll.glass("fire-axe").await;
        let before = tables::dump(&roll).await;
        let path = format!("/people/{dana}/bind");
        for (typed, status, told) in [
            ("00u erin", 400, "must be an id as Okta writes it"),
            ("", 400, "must be 1 to 255 characters long"),
            ("00uerin", 409, "belongs to another user"),
            ("<script>alert(1)</script> x", 400, "must be an id as Okta writes it"),
        ] {
            let refused = submit(&roll, &boss, &path, &json!({ "oktaId": typed })).await.expect(status).text;
            assert!(refused.contains(&format!("<p class=\"fault\">This {told}")), "{typed}: {refused}");
            let kept = typed.replace('<', "&#60;").replace('>', "&#62;");
            assert!(refused.contains(&format!("value=\"{kept}\"")) && refused.contains("Nothing was changed.") && !refused.contains(SCRIPT));
        }
        submit(&roll, &boss, &path, &json!({ "oktaId": "00udana", "more": "x" })).await.expect(400);
        submit(&roll, &boss, &format!("/people/{}/bind", erin.user), &json!({ "oktaId": "00uother" })).await.expect(409);
        submit(&roll, &erin, &path, &json!({ "oktaId": "00udana" })).await.expect(403);
        page(&roll, &erin, &path).await.expect(403);
        page(&roll, &boss, &format!("/people/{}/bind", Roll::new_id())).await.expect(404);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn binding_wants_a_recent_sign_in_before_the_form_is_filled(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.unbound("dana").await);
        roll.wait(RECENT);
        let path = format!("/people/{dana}/bind");
        let asked = page(&roll, &boss, &path).await.expect(403).text;
        assert!(asked.contains("/sign-in?anew=1") && asked.contains("Sign in again"), "{asked}");
        submit(&roll, &boss, &path, &json!({ "oktaId": "00udana" })).await.expect(403);
        assert_eq!(roll.user_says(&dana, "okta_id").await, None);
    }

    async fn a_switch_that_no_admin_touched_says_that_nobody_set_it(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let path = format!("/people/{dana}");
        let admins = async || {
            let shown = page(&roll, &boss, &path).await.expect(200).text;
            let row = shown.split("<th scope=\"row\">Admins</th>").nth(1).expect("the row").to_owned();
            row.split("</tr>").next().expect("its end").to_owned()
        };
        let untouched = admins().await;
        assert!(untouched.contains("never set") && untouched.contains("nobody yet") && !untouched.contains("SCIM"), "{untouched}");
        roll.wait(Duration::from_secs(1));
        submit(&roll, &boss, &format!("{path}/deactivate"), &json!({})).await.expect(303);
        submit(&roll, &boss, &format!("{path}/reactivate"), &json!({})).await.expect(303);
        assert!(admins().await.contains("the admin boss"));
    }

    async fn a_team_is_made_by_a_form_and_what_is_wrong_stands_beside_the_field(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        assert!(page(&roll, &boss, "/teams").await.expect(200).text.contains("href=\"/teams/new\""));
        assert!(page(&roll, &dana, "/teams").await.expect(200).text.contains("href=\"/team-requests/new\""));
        page(&roll, &dana, "/teams/new").await.expect(403);
        let fields = |name: &str, channel: &str| json!({ "name": name, "description": "Night work", "slackChannel": channel });
        let done = submit(&roll, &boss, "/teams", &fields("Night shift", "")).await.expect(303);
        let (team, word) = done.header("location").trim_start_matches("/teams/").split_once('?').expect("a word");
        assert!(word.starts_with("done=made."), "{word}");
        let made = boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body;
        assert_eq!((&made["name"], &made["description"], &made["slackChannel"]), (&json!("Night shift"), &json!("Night work"), &Value::Null));
        let before = tables::dump(&roll).await;
        for (name, channel, status, told) in [
            ("night SHIFT", "", 409, "This is taken by another team."),
            ("ad\u{200b}min", "", 400, "This is a reserved name"),
            (" Ops", "", 400, "This must not begin or end with a space."),
            ("Ops", "a b", 400, "This must be a channel"),
            ("", "", 400, "This must be 1 to 100 characters long."),
        ] {
            let refused = submit(&roll, &boss, "/teams", &fields(name, channel)).await.expect(status).text;
            assert!(refused.contains(&format!("<p class=\"fault\">{told}")) && refused.contains("value=\"Night work\""), "{name}: {refused}");
        }
        submit(&roll, &dana, "/teams", &fields("Mine", "")).await.expect(403);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn anybody_who_signed_in_with_okta_asks_for_a_team_by_a_form(roll: Roll) {
        let dana = roll.signed("dana").await;
        let wish = json!({ "name": "Night shift", "reason": "We are many." });
        for told in ["A platform admin decides.", "You wait for this team already."] {
            let done = submit(&roll, &dana, "/team-requests", &wish).await.expect(303);
            let waiting = page(&roll, &dana, done.header("location")).await.expect(200).text;
            assert!(waiting.contains(told) && waiting.contains("Night shift"), "{waiting}");
        }
        let empty = submit(&roll, &dana, "/team-requests", &json!({ "name": "Two", "reason": "" })).await.expect(400).text;
        assert!(empty.contains("<p class=\"fault\">This must be 1 to 1000 characters long.") && empty.contains("value=\"Two\""), "{empty}");
        for number in 1..5 {
            submit(&roll, &dana, "/team-requests", &json!({ "name": format!("N{number}"), "reason": "x" })).await.expect(303);
        }
        let full = submit(&roll, &dana, "/team-requests", &json!({ "name": "N9", "reason": "x" })).await.expect(409).text;
        assert!(full.contains("as many as anybody may"), "{full}");
        let glass = roll.glass("fire-axe").await;
        let glass = roll.sign_in_as(&glass, rollcall::model::session::Born::BreakGlass).await;
        page(&roll, &glass, "/team-requests/new").await.expect(403);
    }

    async fn the_settings_of_a_team_and_its_tags_are_saved_together(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let team = found(&roll, &boss, "Ops").await;
        let fields = json!({
            "name": "Ops two", "description": "Night work", "slackChannel": "#ops", "channels": "push\r\nSMS\r\n",
            "afterMinutes": "5", "rounds": "0", "organizational": "Berlin", "technical": "db\r\n\r\n queue ",
        });
        let fields = settings(&roll, &boss, &team, fields).await;
        let done = save(&roll, &boss, &team, &fields).await.expect(303);
        assert!(done.header("location").starts_with(&format!("/teams/{team}?done=settings.")), "{done:?}");
        let is = boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body;
        assert_eq!(is["notificationDefaults"], json!({ "channels": ["PUSH", "SMS"] }));
        assert_eq!(is["escalationDefaults"], json!({ "afterMinutes": 5, "rounds": 0 }));
        assert_eq!(is["tags"].as_array().map(Vec::len), Some(3));
        assert_eq!((&is["name"], &is["slackChannel"]), (&json!("Ops two"), &json!("#ops")));
        let shown = page(&roll, &boss, &format!("/teams/{team}/settings")).await.expect(200).text;
        assert!(shown.contains(">\nPUSH\nSMS</textarea>") && shown.contains(">\ndb\nqueue</textarea>") && shown.contains("value=\"5\""), "{shown}");
        let emptied = settings(&roll, &boss, &team, json!({ "name": "Ops two" })).await;
        save(&roll, &boss, &team, &emptied).await.expect(303);
        let is = boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body;
        assert_eq!((&is["notificationDefaults"], &is["escalationDefaults"], &is["tags"], &is["description"]), (&json!({}), &json!({}), &json!([]), &Value::Null));
        page(&roll, &dana, &format!("/teams/{team}/settings")).await.expect(403);
        save(&roll, &dana, &team, &emptied).await.expect(403);
        page(&roll, &boss, &format!("/teams/{}/settings", Roll::new_id())).await.expect(404);
    }

    async fn each_fault_of_the_settings_stands_beside_its_field_and_nothing_is_saved(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        let before = tables::dump(&roll).await;
        let many = (0..51).map(|number| format!("t{number}")).collect::<Vec<_>>().join("\n");
        for (field, typed, told) in [
            ("name", " Ops", "must not begin or end with a space"),
            ("slackChannel", "a b", "must be a channel"),
            ("channels", "PUSH\nPUSH", "must be channels of those below, each once"),
            ("channels", "pigeon", "must be channels of those below"),
            ("afterMinutes", "0", "must be a whole number from 1 to 1440"),
            ("rounds", "11", "must be a whole number from 0 to 10"),
            ("technical", "x\nyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", "has a tag, the 2. of them, that must be 1 to 64"),
            ("organizational", "a\nA", "must hold each tag of a kind once"),
            ("organizational", &many, "may hold 50 tags together"),
        ] {
            let fields = settings(&roll, &boss, &team, json!({ "description": SCRIPT, field: typed })).await;
            let refused = save(&roll, &boss, &team, &fields).await.expect(400).text;
            let fault = refused.split("<p class=\"fault\">").nth(1).unwrap_or_default();
            assert!(fault.split("</p>").next().is_some_and(|fault| fault.contains(told)), "{field} {typed}: {refused}");
            assert!(refused.contains("&#60;script&#62;alert(1)") && !refused.contains(SCRIPT), "what was typed is kept");
        }
        save(&roll, &boss, &team, &json!({ "name": "Ops", "more": "x" })).await.expect(400);
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn of_two_who_save_the_same_settings_the_second_sees_the_first_s_beside_their_own(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.admin("other").await);
        let team = found(&roll, &boss, "Ops").await;
        let mine = settings(&roll, &boss, &team, json!({ "description": "Mine", "technical": "db" })).await;
        let theirs = settings(&roll, &other, &team, json!({ "description": "Theirs" })).await;
        save(&roll, &other, &team, &theirs).await.expect(303);
        let before = tables::dump(&roll).await;
        let told = save(&roll, &boss, &team, &mine).await.expect(412).text;
        let shown = main_part(&told);
        assert!(shown.contains("Somebody changed it since you opened the form") && shown.contains("value=\"Mine\""), "{shown}");
        assert!(shown.contains("Kept now: <bdi class=\"kept\">Theirs</bdi>") && shown.contains(">\ndb</textarea>"), "{shown}");
        assert!(!shown.contains("<bdi class=\"kept\">Ops</bdi>"), "what both say is no difference");
        assert_eq!(tables::dump(&roll).await, before);
        let mut again = mine.clone();
        again["revision"] = hidden(&told, "revision").into();
        save(&roll, &boss, &team, &again).await.expect(303);
        assert_eq!(boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["description"], "Mine");
        let before = tables::dump(&roll).await;
        save(&roll, &boss, &team, &again).await.expect(303);
        assert_eq!(tables::dump(&roll).await, before, "a form that is sent twice is saved once, and no conflict");
        let mut odd = mine;
        odd["revision"] = "x".into();
        odd["description"] = "Odd".into();
        save(&roll, &boss, &team, &odd).await.expect(412);
    }

    async fn what_okta_says_of_a_team_is_not_asked_for_and_its_admin_sets_the_rest(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let team = roll.group("Ops", &[&dana.user]).await;
        boss.send(&roll, Method::PATCH, &format!("/api/teams/{team}/members/{}", dana.user), &json!({ "role": "TEAM_ADMIN" })).await.expect(200);
        assert!(page(&roll, &dana, &format!("/teams/{team}")).await.expect(200).text.contains(&format!("href=\"/teams/{team}/settings\"")));
        let form = page(&roll, &dana, &format!("/teams/{team}/settings")).await.expect(200).text;
        assert!(form.contains("The name comes from Okta: change it there.") && !form.contains("name=\"name\""), "{form}");
        let revision = hidden(&form, "revision");
        save(&roll, &dana, &team, &json!({ "slackChannel": "ops", "revision": revision })).await.expect(303);
        let form = page(&roll, &dana, &format!("/teams/{team}/settings")).await.expect(200).text;
        let renamed = json!({ "name": "Mine", "slackChannel": "other", "revision": hidden(&form, "revision") });
        let told = save(&roll, &dana, &team, &renamed).await.expect(409).text;
        assert!(told.contains("name: comes from Okta: change it there"), "{told}");
        assert_eq!(boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["slackChannel"], "ops");
        let mut mine = settings(&roll, &boss, &team, json!({ "description": "Mine", "slackChannel": "ops" })).await;
        mine.as_object_mut().expect("fields").remove("name");
        let group = roll.get(&format!("/Groups/{team}")).await.expect(200).body;
        let mut pushed = group.clone();
        pushed["urn:okta:custom:group:1.0"] = json!({ "description": "Theirs" });
        roll.put(&format!("/Groups/{team}"), &pushed).await.expect(200);
        save(&roll, &boss, &team, &mine).await.expect(412);
        assert_eq!(boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["description"], "Theirs");
    }
}
