//! `/Roles`, and the roles of a person: shown, never given.

use serde_json::{Value, json};

use crate::harness::{Roll, facts, patch, person};
use crate::tables;

/// The ids of the roles on a page.
fn ids(page: &Value) -> Vec<&str> {
    let list = page["Resources"].as_array().expect("Resources");
    list.iter().map(|role| role["id"].as_str().expect("an id")).collect()
}

/// The roles a person is shown with.
async fn held(roll: &Roll, user: &str) -> Vec<String> {
    let shown = roll.get(&format!("/Users/{user}")).await.expect(200).body;
    let list = shown["roles"].as_array().cloned().unwrap_or_default();
    list.iter().map(|role| role["value"].as_str().expect("a value").to_owned()).collect()
}

facts! {
    async fn the_roles_are_listed_page_by_page(roll: Roll) {
        let all = ["PLATFORM_ADMIN", "USER", "TEAM_ADMIN", "RESPONDER", "OBSERVER"];
        for (query, total, start, expected) in [
            ("", 5, 1, &all[..]),
            ("?count=1&startIndex=1", 5, 1, &all[..1]),
            ("?startIndex=4", 5, 4, &all[3..]),
            ("?startIndex=9", 5, 9, &all[..0]),
            ("?count=0", 5, 1, &all[..0]),
            ("?filter=id+eq+%22USER%22", 1, 1, &all[1..2]),
            ("?filter=displayName+co+%22ADMIN%22&count=1&startIndex=2", 2, 2, &all[2..3]),
        ] {
            let page = roll.get(&format!("/Roles{query}")).await.expect(200).body;
            assert_eq!(ids(&page), expected, "{query}");
            assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(total), &json!(start)), "{query}");
            assert_eq!(page["itemsPerPage"], expected.len(), "{query}");
        }
        roll.get("/Roles?filter=type+eq+%22x%22").await.refused(400, Some("invalidFilter"), "type");
        roll.get("/Roles?startIndex=x").await.refused(400, Some("invalidValue"), "startIndex");
    }

    async fn the_roles_are_ordered_and_walked_as_any_list(roll: Roll) {
        let by_id = ["OBSERVER", "PLATFORM_ADMIN", "RESPONDER", "TEAM_ADMIN", "USER"];
        let by_name = ["OBSERVER", "PLATFORM_ADMIN", "RESPONDER", "TEAM_ADMIN", "USER"];
        let turned = ["USER", "TEAM_ADMIN", "RESPONDER", "PLATFORM_ADMIN", "OBSERVER"];
        let own = ["PLATFORM_ADMIN", "USER", "TEAM_ADMIN", "RESPONDER", "OBSERVER"];
        for (query, expected) in [
            ("sortBy=id", by_id),
            ("sortBy=displayName&sortOrder=ascending", by_name),
            ("sortBy=ID&sortOrder=descending", turned),
            ("sortBy=meta.resourceType&sortOrder=descending", turned),
            ("sortOrder=descending", own),
        ] {
            let page = roll.get(&format!("/Roles?{query}")).await.expect(200).body;
            assert_eq!(ids(&page), expected, "{query}");
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            for _ in 0..3 {
                let page = roll.get(&format!("/Roles?{query}&count=2&cursor={cursor}")).await.expect(200).body;
                seen.extend(ids(&page).into_iter().map(str::to_owned));
                page["nextCursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
            }
            assert_eq!((seen, cursor.as_str()), (expected.map(str::to_owned).to_vec(), ""), "{query}");
        }
        let whole = roll.get("/Roles?cursor=").await.expect(200).body;
        assert_eq!((ids(&whole), whole.get("nextCursor")), (own.to_vec(), None));
        for (query, kind, words) in [
            ("cursor=x", "invalidCursor", "cursor"),
            ("cursor=&startIndex=1", "invalidValue", "startIndex"),
            ("cursor=&count=x", "invalidCount", "count"),
            ("sortBy=nope", "invalidValue", "nope"),
            ("sortBy=id&sortOrder=up", "invalidValue", "sortOrder"),
        ] {
            roll.get(&format!("/Roles?{query}")).await.refused(400, Some(kind), words);
        }
    }

    async fn the_roles_are_searched_in_a_body(roll: Roll) {
        let body = json!({ "filter": "displayName co \"ADMIN\"", "sortBy": "id", "sortOrder": "descending", "count": 1 });
        let page = roll.post("/Roles/.search", &body).await.expect(200).body;
        assert_eq!((ids(&page), &page["totalResults"]), (vec!["TEAM_ADMIN"], &json!(2)));
        let odd = json!({ "filter": "type eq \"x\"" });
        roll.post("/Roles/.search", &odd).await.refused(400, Some("invalidFilter"), "type");
        roll.get("/Roles/.search").await.refused(405, None, "allow");
    }

    async fn a_role_is_found_by_its_id_and_says_what_it_allows(roll: Roll) {
        for role in roll.get("/Roles").await.expect(200).body["Resources"].as_array().expect("Resources") {
            assert_eq!(role["schemas"], json!(["urn:okta:scim:schemas:core:1.0:Role"]));
            let location = role["meta"]["location"].as_str().expect("a location");
            let path = location.strip_prefix(&format!("{}/scim/v2", roll.origin)).expect("our own address");
            assert_eq!(roll.get(path).await.expect(200).body, *role);
            let description = role["description"].as_str().expect("a description");
            assert!(!description.is_empty() && description.len() <= 1_000);
        }
        let shown = roll.get("/Roles/USER?attributes=displayName").await.expect(200).body;
        assert_eq!((&shown["displayName"], shown.get("description")), (&json!("User"), None));
        for missing in ["/Roles/user", "/Roles/7"] {
            roll.get(missing).await.refused(404, None, "no role");
        }
    }

    async fn discovery_tells_of_roles(roll: Roll) {
        let kind = roll.get("/ResourceTypes/Role").await.expect(200).body;
        assert_eq!((&kind["endpoint"], &kind["id"]), (&json!("/Roles"), &json!("Role")));
        let schema = roll.get(&format!("/Schemas/{}", kind["schema"].as_str().expect("a URN"))).await.expect(200).body;
        for attribute in schema["attributes"].as_array().expect("attributes") {
            assert_eq!(attribute["mutability"], "readOnly");
        }
    }

    async fn roles_cannot_be_written(roll: Roll) {
        let body = json!({ "id": "ROOT", "displayName": "Root" });
        roll.post("/Roles", &body).await.refused(405, None, "allow");
        roll.put("/Roles/USER", &body).await.refused(405, None, "allow");
        roll.delete("/Roles/USER").await.refused(405, None, "allow");
    }

    async fn a_person_is_shown_with_each_of_their_roles_once(roll: Roll) {
        let dana = roll.person("dana").await;
        assert_eq!(held(&roll, &dana).await, ["USER"]);
        roll.group("Ops", &[&dana]).await;
        roll.group("Net", &[&dana]).await;
        assert_eq!(held(&roll, &dana).await, ["USER", "RESPONDER"]);
        roll.set_user(&dana, "platform_role = 'PLATFORM_ADMIN'").await;
        let one = "team_id = (select id from teams where name = 'Net')";
        roll.sql_run(&format!("update team_members set role = 'TEAM_ADMIN' where {one}")).await;
        let shown = roll.find("userName eq \"dana@example.com\"").await.expect(200).body["Resources"][0].clone();
        assert_eq!(shown["roles"], json!([
            { "value": "PLATFORM_ADMIN", "display": "Platform administrator", "type": "platform" },
            { "value": "TEAM_ADMIN", "display": "Team administrator", "type": "team" },
            { "value": "RESPONDER", "display": "Responder", "type": "team" },
        ]));
        let known = roll.get("/Roles").await.expect(200).body;
        assert!(held(&roll, &dana).await.iter().all(|role| ids(&known).contains(&role.as_str())));
    }

    async fn a_role_without_effect_or_out_of_sight_is_not_shown(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.group("Ops", &[&dana]).await;
        for (set, reset) in [
            ("update team_members set opted_out = true", "update team_members set opted_out = false"),
            ("update team_members set by_okta = false, by_platform = true", "update team_members set by_okta = true"),
            ("update teams set scim_visible = false", "update teams set scim_visible = true"),
        ] {
            roll.sql_run(set).await;
            assert_eq!(held(&roll, &dana).await, ["USER"], "{set}");
            roll.sql_run(reset).await;
            assert_eq!(held(&roll, &dana).await, ["USER", "RESPONDER"], "{reset}");
        }
        let noon = roll.moment(crate::harness::NOON);
        roll.sql_run(&format!("update teams set is_active = false, archived_at = {noon}")).await;
        assert_eq!(held(&roll, &dana).await, ["USER"]);
    }

    async fn roles_are_shown_where_they_are_asked_for(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.group("Ops", &[&dana]).await;
        let path = format!("/Users/{dana}");
        let only = roll.get(&format!("{path}?attributes=roles.value")).await.expect(200).body;
        assert_eq!(only["roles"], json!([{ "value": "USER" }, { "value": "RESPONDER" }]));
        assert_eq!(only.get("groups"), None);
        let without = roll.get(&format!("{path}?excludedAttributes=roles")).await.expect(200).body;
        assert_eq!((without.get("roles"), without["groups"].as_array().map(Vec::len)), (None, Some(1)));
    }

    async fn no_write_over_scim_gives_or_takes_a_role(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.group("Ops", &[&dana]).await;
        let path = format!("/Users/{dana}");
        let echo = roll.get(&path).await.expect(200).body;
        let before = (tables::dump(&roll).await, roll.actions().await);
        let mut wishful = person("dana");
        wishful["roles"] = json!([{ "value": "PLATFORM_ADMIN", "primary": true }]);
        let admin = json!([{ "value": "TEAM_ADMIN" }]);
        roll.put(&path, &echo).await.expect(200);
        roll.put(&path, &wishful).await.expect(200);
        for operation in [
            json!({ "op": "add", "path": "roles", "value": admin }),
            json!({ "op": "replace", "value": { "roles": admin } }),
            json!({ "op": "remove", "path": "roles" }),
            json!({ "op": "remove", "path": "roles[value eq \"RESPONDER\"]" }),
        ] {
            let body = patch(json!([operation]));
            roll.patch(&path, &body).await.expect(200);
            let bulk = json!({ "Operations": [{ "method": "PATCH", "path": path, "data": body }] });
            let answer = roll.post("/Bulk", &bulk).await.expect(200);
            assert_eq!(answer.body["Operations"][0]["status"], "200", "{operation}");
        }
        assert_eq!((tables::dump(&roll).await, roll.actions().await), before);
        assert_eq!(held(&roll, &dana).await, ["USER", "RESPONDER"]);
    }
}
