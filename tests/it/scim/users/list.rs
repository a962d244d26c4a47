//! `GET /Users`: Okta's and Entra's lookups, and the pages of an import.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{dana, shown};
use crate::harness::{Roll, facts, fixture, patch};

/// The reads of `/Users` in a client's list of requests without a body.
fn reads(client: &str, filled: &[(&str, &str)]) -> Vec<String> {
    let all = fixture(&format!("{client}/requests-without-body"), filled);
    let text = |request: &Value, key: &str| request[key].as_str().expect("text").to_owned();
    let all = all.as_array().expect("a list").iter();
    let wanted = all.filter(|request| request["method"] == "GET" && text(request, "path").contains("/Users?"));
    wanted.map(|request| text(request, "path")).collect()
}

/// Who is on a page.
fn names(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {list}"));
    resources.iter().map(|one| one["userName"].as_str().expect("a userName").to_owned()).collect()
}

facts! {
    async fn every_lookup_of_okta_finds_the_person_in_integers(roll: Roll) {
        let id = dana(&roll).await;
        let paths = reads("okta/scim", &[("user:dana", &id), ("group:payments", "x")]);
        assert_eq!(paths.len(), 6);
        for path in paths {
            let list = roll.get(&path).await.expect(200).body;
            assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
            assert_eq!(list["totalResults"], json!(1), "{path}");
            let start = if path.contains("startIndex=101") { 101 } else { 1 };
            assert_eq!(list["startIndex"], json!(start), "{path}");
            let shown_here = if start == 1 { json!([shown(&roll, &id).await]) } else { json!([]) };
            assert_eq!((&list["Resources"], &list["itemsPerPage"]), (&shown_here, &json!(2 - start.min(2))), "{path}");
        }
    }

    async fn every_lookup_of_entra_finds_the_person_or_an_empty_list(roll: Roll) {
        roll.post("/Users", &fixture("entra/user-create", &[])).await.expect(201);
        let paths = reads("entra", &[("user:jonas", "x"), ("group:network", "x")]);
        assert_eq!(paths.len(), 5);
        for path in paths {
            let list = roll.get(&path).await.expect(200);
            assert!(list.header("content-type").starts_with("application/scim+json"));
            let found = if path.contains("2f8e4c90") { vec![] } else { vec!["jonas.weber@example.com"] };
            assert_eq!(names(&list.body), found, "{path}");
            assert_eq!(list.body["totalResults"], json!(found.len()), "{path}");
        }
    }

    async fn a_user_name_is_found_in_any_letter_case(roll: Roll) {
        let id = dana(&roll).await;
        for name in ["dana.okoye@example.com", "DANA.OKOYE@EXAMPLE.COM", "Dana.Okoye@Example.com"] {
            for attribute in ["userName", "USERNAME", "urn:ietf:params:scim:schemas:core:2.0:User:userName"] {
                let list = roll.find(&format!("{attribute} eq \"{name}\"")).await.expect(200).body;
                assert_eq!(list["Resources"][0]["id"], json!(id), "{attribute} {name}");
            }
        }
        assert_eq!(roll.find("externalId eq \"00U4K1R0VD8QMXZ2T5D7\"").await.body["totalResults"], 0);
    }

    async fn inactive_people_are_listed_and_found(roll: Roll) {
        let id = dana(&roll).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{id}"), &off).await.expect(200);
        for filter in ["userName eq \"dana.okoye@example.com\"", "externalId eq \"00u4k1r0vd8QmXz2T5d7\""] {
            let list = roll.find(filter).await.expect(200).body;
            assert_eq!((&list["totalResults"], &list["Resources"][0]["active"]), (&json!(1), &json!(false)));
        }
        assert_eq!(roll.get("/Users").await.expect(200).body["totalResults"], 1);
    }

    async fn an_import_sees_everybody_once_page_by_page(roll: Roll) {
        let mut made = BTreeSet::new();
        for at in 0..250 {
            made.insert(roll.person(&format!("p{at:03}")).await);
        }
        roll.break_glass("rescue").await;
        let walked = roll.walk(100).await;
        let ids: Vec<&str> = walked.iter().map(|one| one["id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), 250);
        assert_eq!(ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>(), made);
        let off = patch(json!([{ "op": "replace", "value": { "active": false, "userName": "zzz" } }]));
        roll.patch(&format!("/Users/{}", ids[0]), &off).await.expect(200);
        let again = roll.walk(70).await;
        assert!(again.iter().map(|one| one["id"].as_str()).eq(ids.iter().map(|id| Some(*id))));
    }

    async fn a_page_starts_where_it_can(roll: Roll) {
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        let all = names(&roll.get("/Users").await.expect(200).body);
        for (start, shown_as, seen) in
            [("0", 1, 3), ("-7", 1, 3), ("3", 3, 1), ("4", 4, 0), ("9223372036854775807", i64::MAX, 0)]
        {
            let list = roll.get(&format!("/Users?startIndex={start}&count=50")).await.expect(200).body;
            assert_eq!((&list["totalResults"], &list["startIndex"]), (&json!(3), &json!(shown_as)), "{start}");
            assert_eq!(names(&list), all[3 - seen..], "{start}");
            assert_eq!(list["itemsPerPage"], json!(seen));
        }
        for start in ["one", "1.5", ""] {
            let refused = roll.get(&format!("/Users?startIndex={start}")).await;
            refused.refused(400, Some("invalidValue"), "startIndex");
        }
    }

    async fn a_page_holds_no_more_than_it_may(roll: Roll) {
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        for (count, seen) in [("2", 2), ("0", 0), ("-1", 0), ("999999999999", 3)] {
            let list = roll.get(&format!("/Users?startIndex=1&count={count}")).await.expect(200).body;
            assert_eq!((names(&list).len(), &list["totalResults"]), (seen, &json!(3)), "{count}");
        }
        roll.get("/Users?count=some").await.refused(400, Some("invalidValue"), "count");
    }

    async fn a_filter_that_cannot_be_read_is_refused_with_its_place(roll: Roll) {
        dana(&roll).await;
        for filter in ["userName", "userName eq", "userName xx \"a\"", "(userName eq \"a\"", "password eq \"a\""] {
            roll.find(filter).await.refused(400, Some("invalidFilter"), "");
        }
    }

    async fn a_lookup_follows_a_rename_at_once(roll: Roll) {
        let id = dana(&roll).await;
        let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "lund@example.com" }]));
        roll.patch(&format!("/Users/{id}"), &rename).await.expect(200);
        assert_eq!(found(&roll, "dana.okoye@example.com").await, 0);
        assert_eq!(found(&roll, "lund@example.com").await, 1);
    }
}

async fn found(roll: &Roll, name: &str) -> u64 {
    let list = roll.find(&format!("userName eq \"{name}\"")).await.expect(200).body;
    list["totalResults"].as_u64().expect("an integer")
}
