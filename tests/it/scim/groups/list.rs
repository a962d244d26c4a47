//! `GET /Groups` and `GET /Groups/{id}`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Crew, PAYMENTS, crowd, sorted};
use crate::fixtures::fixture;
use crate::harness::{Roll, facts, group, nothing_with, patch};

facts! {
    async fn a_name_finds_its_group_in_any_letter_case_and_is_shown_as_it_was_written(roll: Roll) {
        let id = roll.group("OnCall Payments", &[]).await;
        roll.group("OnCall Payments EU", &[]).await;
        for filter in [
            "displayName eq \"OnCall Payments\"",
            "displayName eq \"oncall PAYMENTS\"",
            "DisplayName eq \"OnCall Payments\"",
            "DISPLAYNAME EQ \"oncall payments\"",
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq \"oncall payments\"",
        ] {
            let found = find(&roll, filter).await;
            assert_eq!(found["totalResults"], 1, "{filter}");
            assert_eq!((found["Resources"][0]["id"].as_str(), &found["Resources"][0]["displayName"]),
                (Some(id.as_str()), &json!("OnCall Payments")), "{filter}");
        }
    }

    async fn nothing_found_is_an_empty_list_with_whole_numbers(roll: Roll) {
        let found = find(&roll, "displayName eq \"nobody\"").await;
        assert_eq!(found["Resources"], json!([]));
        assert!(found["totalResults"].is_u64() && found["startIndex"].is_u64() && found["itemsPerPage"].is_u64());
        assert_eq!((&found["totalResults"], &found["startIndex"]), (&json!(0), &json!(1)));
    }

    async fn a_member_finds_their_groups(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let other = roll.group("other", &[&crew.tomas]).await;
        let (ines, tomas) = (&crew.ines, &crew.tomas);
        for (filter, expected) in [
            (format!("members.value eq \"{ines}\""), vec![&crew.group]),
            (format!("members eq \"{tomas}\""), vec![&crew.group, &other]),
            (format!("members[value eq \"{tomas}\"]"), vec![&crew.group, &other]),
            (format!("members[value eq \"{tomas}\" and display co \"dana\"]"), vec![]),
            (format!("members.value eq \"{}\"", crew.dana), vec![]),
            (format!("members.value eq \"{}\"", ines.to_uppercase()), vec![]),
            (format!("displayName sw \"ot\" and members.value eq \"{tomas}\""), vec![&other]),
            (format!("id eq \"{other}\""), vec![&other]),
            ("members.display eq \"INES example\"".to_owned(), vec![&crew.group]),
        ] {
            assert_eq!(ids(&find(&roll, &filter).await), sorted(&expected), "{filter}");
        }
    }

    async fn an_external_id_finds_its_group_exactly(roll: Roll) {
        let id = roll.post("/Groups", &fixture("entra/group-create.json", &[])).await.expect(201).id();
        let found = find(&roll, "externalId eq \"b0d7e3f4-5a86-4f19-8c2d-7e61a9c40b58\"").await;
        assert_eq!(ids(&found), [id]);
        assert_eq!(find(&roll, "externalId eq \"B0D7E3F4-5A86-4F19-8C2D-7E61A9C40B58\"").await["totalResults"], 0);
    }

    async fn entra_reads_groups_without_their_members(roll: Roll) {
        let dana = roll.person("dana").await;
        let mut sent = fixture("entra/group-create.json", &[]);
        sent["members"] = json!([{ "value": dana }]);
        let network = roll.post("/Groups", &sent).await.expect(201).id();
        let reads = fixture("entra/requests-without-body.json", &[("group:network", &network), ("user:jonas", &dana)]);
        for read in reads.as_array().expect("requests").iter().filter(|read| read["method"] == "GET") {
            let path = read["path"].as_str().expect("a path");
            let answer = roll.get(path).await.expect(200);
            let group = answer.body["Resources"].get(0).unwrap_or(&answer.body);
            if path.starts_with("/Groups") {
                assert_eq!((group["id"].as_str(), group.get("members")), (Some(network.as_str()), None), "{path}");
            }
        }
    }

    async fn okta_reads_groups_with_their_members(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let list = roll.get("/Groups?startIndex=1&count=100").await.expect(200);
        assert_eq!(list.body["Resources"][0], crew.read(&roll).await.body);
        let path = "/Groups?filter=displayName+eq+%22oncall-payments%22&startIndex=1&count=100";
        assert_eq!(roll.get(path).await.expect(200).body["Resources"][0]["members"].as_array().map(Vec::len), Some(2));
    }

    async fn a_projection_shows_what_it_names(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let names = roll.get(&format!("{}?attributes=displayName", crew.path())).await.expect(200).body;
        let keys: BTreeSet<&str> = names.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["schemas", "id", "displayName"]));
        let parts = roll.get(&format!("{}?attributes=members.display", crew.path())).await.expect(200).body;
        assert_eq!(parts["members"][0].as_object().map(serde_json::Map::len), Some(1), "{parts}");
        let less = roll.get(&format!("{}?excludedAttributes=members.$ref", crew.path())).await.expect(200).body;
        assert!(less["members"][0].get("$ref").is_none() && less["members"][0].get("value").is_some());
    }

    async fn pages_show_every_group_once_in_one_order(roll: Roll) {
        let mut made = Vec::new();
        for at in 0..23 {
            made.push(roll.group(&format!("team {}", at * 7 % 23), &[]).await);
        }
        let mut walked = Vec::new();
        for start in (1..=23).step_by(5) {
            let page = roll.get(&format!("/Groups?startIndex={start}&count=5")).await.expect(200).body;
            assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(23), &json!(start)));
            walked.extend(in_order(&page));
        }
        assert_eq!(walked.len(), 23);
        assert_eq!(walked.iter().collect::<BTreeSet<_>>(), made.iter().collect::<BTreeSet<_>>());
        assert_eq!(in_order(&roll.get("/Groups?count=500").await.expect(200).body), walked);
        let beyond = roll.get("/Groups?startIndex=24&count=5").await.expect(200).body;
        assert_eq!((&beyond["totalResults"], &beyond["Resources"]), (&json!(23), &json!([])));
        let none = roll.get("/Groups?count=0").await.expect(200).body;
        assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(23), &json!([])));
    }

    async fn what_names_no_group_is_404(roll: Roll) {
        let dana = roll.person("dana").await;
        let group = roll.group("payments", &[]).await;
        for id in ["00000000-0000-7000-8000-00000000dead", "1", "null", &dana, &group.to_uppercase(), &group.replace('-', "")] {
            roll.get(&format!("/Groups/{id}")).await.refused(404, None, &nothing_with(id, "group"));
        }
    }

    async fn a_person_shows_their_groups_and_is_found_by_them(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let other = roll.group("other", &[&crew.ines]).await;
        let ines = roll.get(&format!("/Users/{}", crew.ines)).await.expect(200).body;
        let shown = ines["groups"].as_array().expect("groups");
        assert_eq!(shown.len(), 2);
        let payments = shown.iter().find(|one| one["value"] == crew.group).expect("payments");
        assert_eq!((&payments["display"], &payments["type"]), (&json!(PAYMENTS), &json!("direct")));
        let address = payments["$ref"].as_str().expect("an address");
        assert_eq!(address, crew.read(&roll).await.body["meta"]["location"]);
        let found = roll.find(&format!("groups.value eq \"{other}\"")).await.expect(200).body;
        assert_eq!(ids(&found), sorted(&[&crew.ines]));
        assert_eq!(found["Resources"][0]["groups"], ines["groups"]);
        let found = roll.find(&format!("groups[value eq \"{}\"]", crew.group)).await.expect(200).body;
        assert_eq!(ids(&found), sorted(&[&crew.ines, &crew.tomas]));
    }

    async fn a_deactivated_person_stays_a_member_and_is_listed(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{}", crew.ines), &off).await.expect(200);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
        let found = find(&roll, &format!("members.value eq \"{}\"", crew.ines)).await;
        assert_eq!(found["totalResults"], 1);
        roll.put(&crew.path(), &group(PAYMENTS, &[&crew.ines, &crew.dana])).await.expect(200);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.dana]));
    }

    async fn a_deleted_person_is_no_member_of_anything(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let tag = crew.tag(&roll).await;
        roll.delete(&format!("/Users/{}", crew.ines)).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.tomas]));
        assert_ne!(crew.tag(&roll).await, tag);
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "1");
        assert_eq!(find(&roll, &format!("members.value eq \"{}\"", crew.ines)).await["totalResults"], 0);
        let (_, _, detail) = roll.last_audit("team.member.removed").await;
        assert!(detail.is_null() || detail.is_object(), "{detail}");
        let back = roll.person("ines").await;
        assert_eq!(roll.get(&format!("/Users/{back}")).await.expect(200).body["groups"], json!([]));
    }

    async fn of_a_large_group_only_ids_are_shown(roll: Roll) {
        let people = crowd(&roll, 1_001).await;
        let names: Vec<&str> = people.iter().map(String::as_str).collect();
        let full = roll.group("full", &names[1..]).await;
        let large = roll.group("large", &names).await;
        assert_eq!(roll.members(&large).await, people);
        let shown = roll.get(&format!("/Groups/{large}")).await.expect(200).body;
        assert_eq!(shown["members"][1_000].as_object().map(serde_json::Map::len), Some(1));
        let shown = roll.get(&format!("/Groups/{full}")).await.expect(200).body;
        assert!(shown["members"][999].get("display").is_some());
    }
}

/// The list a filter on groups gives.
async fn find(roll: &Roll, filter: &str) -> Value {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
    roll.get(&format!("/Groups?{query}")).await.expect(200).body
}

/// The ids on a page, as they stand.
fn in_order(page: &Value) -> Vec<String> {
    let resources = page["Resources"].as_array().expect("resources").iter();
    resources.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

/// The ids on a page, sorted.
fn ids(page: &Value) -> Vec<String> {
    let mut ids = in_order(page);
    ids.sort();
    ids
}
