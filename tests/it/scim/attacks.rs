//! What was once possible and must never be again.

use reqwest::Method;
use rollcall::model::token::{Scope, TokenMode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Roll, facts, group, patch, person};

/// Sends many `PATCH`es to a group at once and gives the answers' statuses, most telling first.
async fn storm(roll: &Roll, path: &str, bodies: Vec<Value>) -> Vec<u16> {
    let mut all = JoinSet::new();
    for body in bodies {
        let request = roll.with_body(Method::PATCH, path, &body);
        all.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn add(user: &str) -> Value {
    json!({ "op": "add", "path": "members", "value": [{ "value": user }] })
}

fn remove(user: &str) -> Value {
    json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") })
}

facts! {
    async fn one_person_added_and_removed_at_the_same_time_is_never_an_error(roll: Roll) {
        let dana = roll.person("dana").await;
        let path = format!("/Groups/{}", roll.group("crew", &[]).await);
        for _ in 0..8 {
            let bodies = (0..12).map(|at| patch(json!([if at % 2 == 0 { add(&dana) } else { remove(&dana) }])));
            assert_eq!(storm(&roll, &path, bodies.collect()).await, [204]);
        }
    }

    async fn pushes_that_swap_the_same_people_do_not_cross(roll: Roll) {
        let (dana, ines) = (roll.person("dana").await, roll.person("ines").await);
        let path = format!("/Groups/{}", roll.group("crew", &[]).await);
        let swap = |out: &str, come: &str| patch(json!([remove(out), add(come)]));
        let bodies = (0..24).map(|at| if at % 2 == 0 { swap(&dana, &ines) } else { swap(&ines, &dana) }).collect();
        assert_eq!(storm(&roll, &path, bodies).await, [204]);
    }

    async fn a_list_of_nameless_members_empties_no_team(roll: Roll) {
        let dana = roll.person("dana").await;
        let crew = roll.group("crew", &[&dana]).await;
        for members in [json!([{ "display": "x" }]), json!([null]), json!([{}]), json!([{ "value": null }]), json!({})] {
            let body = json!({ "displayName": "crew", "members": members });
            roll.put(&format!("/Groups/{crew}"), &body).await.refused(400, Some("invalidValue"), "members.value");
            assert_eq!(roll.members(&crew).await, std::slice::from_ref(&dana));
        }
    }

    async fn what_stands_behind_the_core_urn_is_not_dropped(roll: Roll) {
        const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
        const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
        const WORK: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let path = format!("/Users/{dana}");
        let mut sent = json!({ "userName": "dana@example.com" });
        for (key, value) in [("active", json!(false)), ("externalId", Value::Null), ("title", json!("SRE"))] {
            sent[format!("{USER}:{key}").to_uppercase()] = value;
        }
        sent[WORK] = json!({ "costCenter": "7" });
        sent[format!("{WORK}:department")] = "Ops".into();
        let shown = roll.put(&path, &sent).await.expect(200).body;
        assert_eq!((&shown["active"], shown.get("externalId"), &shown["title"]), (&json!(false), None, &json!("SRE")));
        assert_eq!(shown[WORK], json!({ "costCenter": "7", "department": "Ops" }));
        let same = roll.put(&path, &shown).await.expect(200);
        assert_eq!(same.body["meta"]["version"], shown["meta"]["version"]);
        for (at, body) in [
            json!({ GROUP: { "displayName": "a", "members": [{ "value": erin }] } }),
            json!({ "displayName": "b", format!("{GROUP}:Members"): [{ "value": erin }] }),
        ].into_iter().enumerate() {
            let crew = roll.post("/Groups", &body).await.expect(201).id();
            assert_eq!(roll.members(&crew).await, std::slice::from_ref(&erin));
            let name = ["a", "b"][at];
            let emptied = json!({ GROUP: { "displayName": name, "members": [], "externalId": null } });
            roll.put(&format!("/Groups/{crew}"), &emptied).await.expect(200);
            assert_eq!(roll.members(&crew).await, Vec::<String>::new());
        }
        let mut twice = person("erin");
        twice[format!("{USER}:active")] = false.into();
        twice["active"] = true.into();
        roll.put(&format!("/Users/{erin}"), &twice).await.refused(400, Some("invalidSyntax"), "active");
        let both = json!({ "displayName": "c", "members": [], GROUP: { "members": [{ "value": erin }] } });
        roll.post("/Groups", &both).await.refused(400, Some("invalidSyntax"), "members");
    }

    async fn one_name_in_two_letter_cases_decides_nothing(roll: Roll) {
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let crew = roll.group("crew", &[&dana]).await;
        let (user, team) = (format!("/Users/{dana}"), format!("/Groups/{crew}"));
        let both = json!([{ "value": dana, "VALUE": erin }]);
        let twice = json!({ "displayName": "crew", "members": both });
        let add = json!({ "op": "add", "path": "members", "value": both });
        let off = json!([{ "op": "replace", "value": { "active": false } }]);
        let before = crate::tables::dump(&roll).await;
        for (method, path, body, words) in [
            (Method::POST, "/Groups", &json!({ "displayName": "other", "members": both }), "members.value"),
            (Method::PUT, &team, &twice, "members.value"),
            (Method::PATCH, &team, &patch(json!([add])), "members.value"),
            (Method::PATCH, &user, &json!({ "Operations": [], "operations": off }), "Operations"),
            (Method::PATCH, &user, &patch(json!([{ "op": "add", "OP": "remove", "path": "title", "value": "x" }])), "op is"),
            (Method::PATCH, &user, &patch(json!([{ "op": "add", "path": "title", "Path": "active", "value": "x" }])), "path"),
            (Method::PATCH, &user, &patch(json!([{ "op": "add", "path": "title", "value": "x", "Value": "y" }])), "value"),
        ] {
            roll.send(roll.with_body(method, path, body)).await.refused(400, Some("invalidSyntax"), words);
        }
        assert_eq!(crate::tables::dump(&roll).await, before);
    }

    async fn a_stale_formatted_name_never_comes_back(roll: Roll) {
        let names = [("Reyes-Klein", "Reyes"), ("Reyes", "Reyes-Klein"), ("Maria Reyes", "Reyes")];
        for (at, (from, to)) in names.into_iter().enumerate() {
            let mut body = person(&format!("dana{at}"));
            body["name"] = json!({ "givenName": "Dana", "familyName": from });
            let made = roll.post("/Users", &body).await.expect(201);
            let path = format!("/Users/{}", made.id());
            let mut echo = made.body.clone();
            echo["name"]["familyName"] = to.into();
            let first = roll.put(&path, &echo).await.expect(200);
            assert_eq!(first.body["name"]["formatted"], format!("Dana {to}"));
            assert_eq!(roll.put(&path, &echo).await.expect(200).body, first.body, "the same PUT again");
            let own = patch(json!([{ "op": "replace", "path": "name.formatted", "value": "Dr. Dana" }]));
            assert_eq!(roll.patch(&path, &own).await.expect(200).body["name"]["formatted"], "Dr. Dana");
        }
    }

    async fn a_recycled_address_by_patch_inherits_no_profile(roll: Roll) {
        let mut body = person("dana");
        body["title"] = "CFO".into();
        body["phoneNumbers"] = json!([{ "value": "+41790000001", "type": "work" }]);
        let id = roll.post("/Users", &body).await.expect(201).id();
        let path = format!("/Users/{id}");
        roll.patch(&path, &patch(json!([{ "op": "replace", "value": { "active": false } }]))).await.expect(200);
        let newcomer = patch(json!([{ "op": "replace", "value": { "externalId": "00unew", "active": true } }]));
        let shown = roll.patch(&path, &newcomer).await.expect(200).body;
        assert_eq!(shown["userName"], "dana@example.com");
        assert_eq!((shown.get("title"), shown.get("phoneNumbers")), (None, None), "{shown}");
    }

    async fn a_row_nobody_was_bound_to_is_inherited_by_nobody(roll: Roll) {
        let mut body = person("dana");
        body["externalId"] = Value::Null;
        let id = roll.post("/Users", &body).await.expect(201).id();
        let path = format!("/Users/{id}");
        roll.sql_run("update users set platform_role = 'PLATFORM_ADMIN', email_verified = true").await;
        roll.patch(&path, &patch(json!([{ "op": "replace", "value": { "active": false } }]))).await.expect(200);
        roll.put(&path, &person("dana")).await.expect(200);
        let role = roll.sql_one("select platform_role from users where okta_id = '00udana'").await;
        assert_eq!(role, "USER");
    }

    async fn a_body_of_countless_small_values_is_refused(roll: Roll) {
        let crew = roll.group("crew", &[]).await;
        let mut body = group("crew", &[]);
        body["x"] = Value::from(vec![json!({ "a": {} }); 60_000]);
        roll.put(&format!("/Groups/{crew}"), &body).await.refused(400, Some("invalidSyntax"), "too many values");
        let mut body = person("dana");
        body["x"] = Value::from(vec![0; 101]);
        roll.post("/Users", &body).await.refused(400, Some("invalidValue"), "100 elements");
    }

    async fn member_filters_of_one_patch_have_a_limit(roll: Roll) {
        let path = format!("/Groups/{}", roll.group("crew", &[]).await);
        let terms: Vec<String> = (0..200).map(|at| format!("display co \"zq{at}\"")).collect();
        let one = json!({ "op": "remove", "path": format!("members[{}]", terms.join(" or ")) });
        roll.patch(&path, &patch(vec![one; 30].into())).await.refused(400, Some("invalidValue"), "4000 comparisons");
        let one = json!({ "op": "remove", "path": "members[display co \"zq\"]" });
        roll.patch(&path, &patch(vec![one.clone(); 11].into())).await.refused(400, Some("invalidValue"), "10 comparisons");
        roll.patch(&path, &patch(vec![one; 10].into())).await.expect(204);
        let one = json!({ "op": "remove", "path": format!("members[{}]", terms[..11].join(" or ")) });
        roll.patch(&path, &patch(json!([one]))).await.refused(400, Some("invalidValue"), "10 comparisons");
        let named = json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", Roll::new_id()) });
        roll.patch(&path, &patch(vec![named; 2_000].into())).await.expect(204);
    }

    async fn strangers_neither_fill_nor_displace_the_request_log(roll: Roll) {
        for _ in 0..200 {
            roll.send(roll.request(Method::GET, &format!("/scim/v2/{}", "x".repeat(2_000)))).await.expect(401);
        }
        roll.get("/Users").await.expect(200);
        roll.flush().await;
        let rows = roll.sql("select cast(status as text), path from scim_requests order by at, id").await;
        assert!(rows.len() <= 61, "{} rows", rows.len());
        assert_eq!(rows.last().and_then(|row| row[0].as_deref()), Some("200"));
        assert!(rows.iter().flatten().flatten().all(|text| text.len() <= 256));
    }

    async fn refusals_that_could_not_be_written_are_told_later(roll: Roll) {
        let refuse = || async { roll.send(roll.request(Method::GET, "/scim/v2/Users")).await.expect(401) };
        roll.sql_run("alter table audit_events rename to audit_events_away").await;
        refuse().await;
        refuse().await;
        roll.sql_run("alter table audit_events_away rename to audit_events").await;
        roll.flush().await;
        let (_, _, detail) = roll.last_audit("auth.refused").await;
        assert_eq!(detail["count"], 2);
    }

    async fn what_a_read_only_token_may_not_do_is_told_with_its_address(roll: Roll) {
        let token = roll.mint(&[Scope::Read], TokenMode::Bearer).await;
        for _ in 0..3 {
            let request = roll.request(Method::POST, "/scim/v2/Users").bearer_auth(&token);
            roll.send(request.body("{}")).await.expect(403);
        }
        roll.flush().await;
        let rolled = roll.sql_one("select detail_json from audit_events where action = 'auth.forbidden' order by at desc, id desc").await;
        assert!(rolled.contains("\"count\":2") && rolled.contains("127.0.0.1"), "{rolled}");
    }
}
