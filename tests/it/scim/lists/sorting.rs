//! `sortBy` and `sortOrder`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{query, texts, walked};
use crate::harness::{Roll, facts, person};

/// Adds a person with more attributes than most.
async fn add(roll: &Roll, name: &str, more: &Value) -> String {
    let mut body = person(name);
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    roll.clock.advance(Duration::from_secs(1));
    roll.post("/Users", &body).await.expect(201).id()
}

/// Four people, of whom two have no title; dora and Anna have the same.
async fn crew(roll: &Roll) -> Vec<String> {
    let home = json!([{ "value": "z@x.com", "type": "home" }, { "value": "a@x.com", "primary": true, "type": "work" }]);
    let anna = add(roll, "Anna", &json!({ "title": "SRE", "emails": [{ "value": "m@x.com" }], "active": false })).await;
    let cleo = add(roll, "cleo", &json!({ "emails": [] })).await;
    let bert = add(roll, "bert", &json!({ "emails": home })).await;
    let dora =
        add(roll, "dora", &json!({ "title": "sre", "emails": [{ "value": "b@x.com" }, { "value": "a@x.com" }] })).await;
    roll.group("Payments", &[&cleo, &dora]).await;
    roll.group("ops", &[&bert]).await;
    vec![anna, cleo, bert, dora]
}

/// The first letters of those on a page, in its order.
fn order(names: &[String]) -> String {
    names.iter().map(|name| name.chars().next().expect("a letter").to_ascii_lowercase()).collect()
}

/// The ids of everything in this order, walked by cursor at the root.
async fn searched(roll: &Roll, by: &str, direction: &str, count: u32) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let body = json!({ "sortBy": by, "sortOrder": direction, "cursor": cursor, "count": count });
        let page = roll.post("/.search", &body).await.expect(200).body;
        seen.extend(texts(&page, "id"));
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return seen,
        }
    }
}

facts! {
    async fn people_come_in_the_order_that_is_asked_for(roll: Roll) {
        crew(&roll).await;
        for (by, ascending, descending) in [
            ("userName", "abcd", "dcba"),
            ("USERNAME", "abcd", "dcba"),
            ("meta.created", "acbd", "dbca"),
            ("meta.lastModified", "acbd", "dbca"),
            ("id", "acbd", "dbca"),
            ("externalId", "abcd", "dcba"),
            ("active", "acbd", "dbca"),
            ("name.givenName", "abcd", "dcba"),
            // Those without one last, by id; those without one first, by id from behind.
            ("title", "adcb", "bcda"),
            // The primary one of several, else the first; cleo has none.
            ("emails", "bdac", "cadb"),
            ("emails.value", "bdac", "cadb"),
            ("emails.type", "bacd", "dcab"),
            ("groups.display", "bcda", "adcb"),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "acbd", "dbca"),
            ("meta.resourceType", "acbd", "dbca"),
        ] {
            for (word, expected) in [("ascending", ascending), ("Descending", descending)] {
                let parameters = [("sortBy", by), ("sortOrder", word)];
                let page = roll.get(&query("/Users", &parameters)).await.expect(200).body;
                assert_eq!(order(&texts(&page, "userName")), expected, "{by} {word}");
                let walk = walked(&roll, "/Users", &parameters, "1", "userName").await;
                assert_eq!(order(&walk), expected, "{by} {word} by cursor");
            }
        }
    }

    async fn pages_of_an_order_fit_together(roll: Roll) {
        crew(&roll).await;
        let mut seen = Vec::new();
        for start in ["1", "2", "3", "4"] {
            let page = [("sortBy", "title"), ("filter", "userName pr"), ("startIndex", start), ("count", "1")];
            let page = roll.get(&query("/Users", &page)).await.expect(200).body;
            assert_eq!((&page["totalResults"], &page["startIndex"].to_string()), (&json!(4), &start.to_owned()));
            seen.extend(texts(&page, "userName"));
        }
        assert_eq!(order(&seen), "adcb");
    }

    async fn groups_come_in_order_too(roll: Roll) {
        crew(&roll).await;
        for (by, ascending) in [
            ("displayName", ["ops", "Payments"]),
            ("members.display", ["ops", "Payments"]),
            ("members.value", ["Payments", "ops"]),
            ("externalId", ["Payments", "ops"]),
            ("meta.lastModified", ["Payments", "ops"]),
        ] {
            let page = roll.get(&query("/Groups", &[("sortBy", by)])).await.expect(200).body;
            assert_eq!(texts(&page, "displayName"), ascending, "{by}");
            assert_eq!(walked(&roll, "/Groups", &[("sortBy", by)], "1", "displayName").await, ascending, "{by}");
        }
    }

    async fn who_has_no_team_and_what_has_no_member_is_walked_past(roll: Roll) {
        for (path, bys, key) in
            [("/Users", ["groups", "groups.value"], "userName"), ("/Groups", ["members", "members.value"], "displayName")]
        {
            if path == "/Users" {
                crew(&roll).await;
                roll.group("nobody's", &[]).await;
            }
            for (by, direction) in bys.iter().flat_map(|by| ["ascending", "descending"].map(|word| (*by, word))) {
                let order = [("sortBy", by), ("sortOrder", direction)];
                let whole = texts(&roll.get(&query(path, &order)).await.expect(200).body, key);
                assert_eq!(whole.len(), if path == "/Users" { 4 } else { 3 });
                for count in ["1", "2"] {
                    assert_eq!(walked(&roll, path, &order, count, key).await, whole, "{path} {by} {direction}");
                }
                let root = searched(&roll, by, direction, 50).await;
                assert_eq!(root.len(), 7);
                assert_eq!(searched(&roll, by, direction, 1).await, root, "{by} {direction} at the root");
                let lonely = if path == "/Users" { "anna@example.com" } else { "nobody's" };
                let edge = if direction == "ascending" { whole.last() } else { whole.first() };
                assert_eq!(edge.map(|name| name.to_lowercase()), Some(lonely.to_owned()));
            }
        }
    }

    async fn an_order_that_cannot_be_kept_is_refused_by_name(roll: Roll) {
        for (by, order, words) in [
            ("nope", "", "“nope”"),
            ("userName; drop table users", "", "sortBy"),
            ("name", "", "name.formatted"),
            ("photos", "", "“photos”"),
            ("groups.$ref", "", "“groups.$ref”"),
            ("password", "", "“password”"),
            ("userName", "up", "sortOrder"),
        ] {
            let asked = query("/Users", &[("sortBy", by), ("sortOrder", order)]);
            roll.get(&asked).await.refused(400, Some("invalidValue"), words);
        }
        roll.get("/Users?sortBy=&sortOrder=").await.expect(200);
    }
}
