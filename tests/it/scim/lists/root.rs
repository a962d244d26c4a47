//! `POST /.search`: people and groups together (RFC 7644 §3.4.3).

use std::time::Duration;

use serde_json::{Value, json};

use super::texts;
use crate::harness::{Roll, facts, group, person};

/// Adds five people and three groups, a second apart, in no order of their names; two of the people have a title and
/// three an externalId, one group an externalId.
async fn crew(roll: &Roll) {
    for (name, more) in [
        ("delta", json!({ "title": "SRE", "displayName": "Delta", "externalId": "e4" })),
        ("alpha", json!({ "displayName": "Ops", "externalId": "e1" })),
        ("echo", json!({ "title": "Lead", "active": false })),
    ] {
        add(roll, "/Users", person(name), &more).await;
    }
    add(roll, "/Groups", group("Ops", &[]), &json!({ "externalId": "e3" })).await;
    add(roll, "/Groups", group("Alarm", &[]), &json!({})).await;
    add(roll, "/Users", person("bravo"), &json!({ "externalId": "e2" })).await;
    add(roll, "/Groups", group("Zulu", &[]), &json!({})).await;
    add(roll, "/Users", person("charlie"), &json!({ "displayName": "charlie" })).await;
}

async fn add(roll: &Roll, path: &str, mut body: Value, more: &Value) {
    for part in ["externalId", "displayName"].into_iter().filter(|part| path == "/Users" || *part == "externalId") {
        body.as_object_mut().expect("an object").remove(part);
    }
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    roll.clock.advance(Duration::from_secs(1));
    roll.post(path, &body).await.expect(201);
}

/// What a resource is called here: a person by the first letters of the userName, a group by its name.
fn names(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {list}"));
    let name = |one: &Value| one["userName"].as_str().or(one["displayName"].as_str()).unwrap_or("?").to_owned();
    resources.iter().map(|one| name(one).trim_end_matches("@example.com").to_owned()).collect()
}

async fn ask(roll: &Roll, body: &Value) -> Value {
    roll.post("/.search", body).await.expect(200).body
}

async fn found(roll: &Roll, filter: &str) -> Vec<String> {
    names(&ask(roll, &json!({ "filter": filter, "sortBy": "meta.created" })).await)
}

/// A whole walk by cursor in pages of this size.
async fn walked(roll: &Roll, order: &Value, count: u32) -> Vec<String> {
    let (mut seen, mut asked) = (Vec::new(), order.clone());
    (asked["count"], asked["cursor"]) = (count.into(), "".into());
    loop {
        let page = ask(roll, &asked).await;
        seen.extend(names(&page));
        match page.get("nextCursor") {
            Some(next) => asked["cursor"] = next.clone(),
            None => return seen,
        }
    }
}

/// A whole walk by position in pages of this size.
async fn paged(roll: &Roll, order: &Value, count: usize) -> Vec<String> {
    let (mut seen, mut asked): (Vec<String>, Value) = (Vec::new(), order.clone());
    asked["count"] = count.into();
    loop {
        asked["startIndex"] = (seen.len() + 1).into();
        let page = ask(roll, &asked).await;
        assert_eq!(page["totalResults"], 8, "{page}");
        assert_eq!(page["startIndex"], asked["startIndex"]);
        if page["itemsPerPage"] == 0 {
            return seen;
        }
        seen.extend(names(&page));
    }
}

/// Each order, and what it gives.
fn orders() -> [(&'static str, &'static str, [&'static str; 8]); 12] {
    let made = ["delta", "alpha", "echo", "Ops", "Alarm", "bravo", "Zulu", "charlie"];
    let unmade = ["charlie", "Zulu", "bravo", "Alarm", "Ops", "echo", "alpha", "delta"];
    [
        ("", "", ["delta", "alpha", "echo", "bravo", "charlie", "Ops", "Alarm", "Zulu"]),
        ("id", "ascending", made),
        ("id", "descending", unmade),
        ("meta.created", "ascending", made),
        ("meta.lastModified", "descending", unmade),
        ("userName", "ascending", ["alpha", "bravo", "charlie", "delta", "echo", "Ops", "Alarm", "Zulu"]),
        ("userName", "descending", ["Zulu", "Alarm", "Ops", "echo", "delta", "charlie", "bravo", "alpha"]),
        ("displayName", "ascending", ["Alarm", "charlie", "delta", "alpha", "Ops", "Zulu", "echo", "bravo"]),
        ("externalId", "descending", ["charlie", "echo", "Zulu", "Alarm", "delta", "Ops", "bravo", "alpha"]),
        ("title", "ascending", ["echo", "delta", "alpha", "bravo", "charlie", "Ops", "Alarm", "Zulu"]),
        ("meta.resourceType", "ascending", ["Ops", "Alarm", "Zulu", "delta", "alpha", "echo", "bravo", "charlie"]),
        ("meta.resourceType", "descending", ["charlie", "bravo", "echo", "alpha", "delta", "Zulu", "Alarm", "Ops"]),
    ]
}

facts! {
    async fn people_and_groups_come_in_one_order_by_position_and_by_cursor(roll: Roll) {
        crew(&roll).await;
        for (by, direction, expected) in orders() {
            let order = json!({ "sortBy": by, "sortOrder": direction });
            for count in [1, 2, 3, 7, 8, 9] {
                assert_eq!(walked(&roll, &order, count).await, expected, "{by} {direction} by cursor, {count}");
            }
            for count in [1, 3, 8] {
                assert_eq!(paged(&roll, &order, count).await, expected, "{by} {direction} by position, {count}");
            }
        }
    }

    async fn what_only_one_type_has_is_absent_in_the_other(roll: Roll) {
        crew(&roll).await;
        for (filter, expected) in [
            ("userName sw \"a\" or displayName eq \"zulu\"", &["alpha", "Zulu"][..]),
            ("displayName eq \"OPS\"", &["alpha", "Ops"]),
            ("userName pr", &["delta", "alpha", "echo", "bravo", "charlie"]),
            ("not (userName pr)", &["Ops", "Alarm", "Zulu"]),
            ("urn:ietf:params:scim:schemas:core:2.0:User:title pr", &["delta", "echo"]),
            ("title ne \"SRE\" and meta.resourceType eq \"Group\"", &["Ops", "Alarm", "Zulu"]),
            ("title eq null and displayName co \"op\"", &["alpha", "Ops"]),
            ("members pr or active eq false", &["echo"]),
            ("emails[type eq \"work\" and value co \"brav\"]", &["bravo"]),
            ("not (emails[type eq \"work\"])", &["Ops", "Alarm", "Zulu"]),
            ("emails.value ne \"x\" and not (active pr)", &[]),
            ("externalId gt \"e1\"", &["delta", "Ops", "bravo"]),
            ("meta.created gt \"2026-03-02T12:00:05Z\"", &["bravo", "Zulu", "charlie"]),
        ] {
            assert_eq!(found(&roll, filter).await, expected, "{filter}");
        }
    }

    async fn what_no_type_has_is_refused_by_name_and_place(roll: Roll) {
        for (filter, words) in [
            ("nope eq \"x\"", "“nope” (position 1)"),
            ("userName pr and members[nope pr]", "“nope” (position 25)"),
            ("userName eq \"x\" or emails gt", "expected"),
            ("photos.value eq \"x\"", "cannot be used"),
            ("members gt 1", "quotes"),
        ] {
            roll.post("/.search", &json!({ "filter": filter })).await.refused(400, Some("invalidFilter"), words);
        }
        for by in ["nope", "emails[type pr]", "name", "photos"] {
            roll.post("/.search", &json!({ "sortBy": by })).await.refused(400, Some("invalidValue"), "sortBy");
        }
        roll.post("/.search", &json!({ "sortOrder": "up" })).await.refused(400, Some("invalidValue"), "sortOrder");
        roll.get("/.search").await.refused(405, None, "");
        assert_eq!(roll.actions().await, Vec::<String>::new());
    }

    async fn totals_are_exact_and_pages_beyond_the_end_are_empty(roll: Roll) {
        crew(&roll).await;
        for (asked, total, seen) in [
            (json!({ "count": 0 }), json!(8), 0),
            (json!({ "startIndex": 8 }), json!(8), 1),
            (json!({ "startIndex": 9 }), json!(8), 0),
            (json!({ "startIndex": i64::MAX, "count": 9_999 }), json!(8), 0),
            (json!({ "startIndex": -3, "count": 2 }), json!(8), 2),
            (json!({ "filter": "userName pr", "startIndex": 4 }), json!(5), 2),
            (json!({ "filter": "members pr" }), json!(0), 0),
            (json!({ "cursor": "", "count": 0 }), json!(8), 0),
            (json!({ "cursor": "", "count": 8 }), json!(8), 8),
            (json!({ "cursor": "", "count": 7 }), Value::Null, 7),
        ] {
            let page = ask(&roll, &asked).await;
            assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&total, &json!(seen)), "{asked}");
            let goes_on = asked.get("cursor").is_some() && seen != 8;
            assert_eq!(page.get("nextCursor").is_some(), goes_on, "{asked}");
        }
    }

    async fn each_is_shown_as_its_own_endpoint_shows_it(roll: Roll) {
        let dana = roll.person("dana").await;
        let ops = roll.group("Ops", &[&dana]).await;
        let whole = ask(&roll, &json!({})).await;
        assert_eq!(whole["Resources"][0], roll.get(&format!("/Users/{dana}")).await.body);
        assert_eq!(whole["Resources"][1], roll.get(&format!("/Groups/{ops}")).await.body);
        let few = ask(&roll, &json!({ "attributes": ["userName", "members.value"] })).await;
        assert_eq!(few["Resources"][0], json!({
            "schemas": whole["Resources"][0]["schemas"], "id": dana, "userName": "dana@example.com",
        }));
        assert_eq!(few["Resources"][1], json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": ops, "members": [{ "value": dana }],
        }));
        let fewer = ask(&roll, &json!({ "excludedAttributes": ["members", "groups", "meta"] })).await;
        for (at, gone) in [(0, "groups"), (1, "members"), (1, "meta")] {
            assert!(fewer["Resources"][at].get(gone).is_none(), "{gone}");
        }
    }

    async fn who_scim_does_not_see_is_not_found_here_either(roll: Roll) {
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let (ops, net) = (roll.group("Ops", &[]).await, roll.group("Net", &[]).await);
        roll.delete(&format!("/Users/{dana}")).await.expect(204);
        roll.delete(&format!("/Groups/{ops}")).await.expect(204);
        let page = ask(&roll, &json!({ "sortBy": "id" })).await;
        assert_eq!((texts(&page, "id"), &page["totalResults"]), (vec![erin, net], &json!(2)));
    }

    async fn a_cursor_of_the_root_belongs_there(roll: Roll) {
        crew(&roll).await;
        let order = json!({ "cursor": "", "count": 1, "sortBy": "externalId", "filter": "externalId pr" });
        let mut next = order.clone();
        next["cursor"] = ask(&roll, &order).await["nextCursor"].clone();
        for (path, key, value) in [
            ("/Users/.search", "count", json!(1)),
            ("/Groups/.search", "count", json!(1)),
            ("/.search", "sortBy", json!("displayName")),
            ("/.search", "sortOrder", json!("descending")),
            ("/.search", "filter", json!("displayName pr")),
        ] {
            let mut asked = next.clone();
            asked[key] = value;
            roll.post(path, &asked).await.refused(400, Some("invalidCursor"), "cursor");
        }
        let mut foreign = next.clone();
        let users = json!({ "cursor": "", "count": 1, "sortBy": "externalId", "filter": "externalId pr" });
        foreign["cursor"] = roll.post("/Users/.search", &users).await.expect(200).body["nextCursor"].clone();
        roll.post("/.search", &foreign).await.refused(400, Some("invalidCursor"), "cursor");
        assert_eq!(names(&ask(&roll, &next).await), ["bravo"]);
        roll.clock.advance(Duration::from_hours(1));
        roll.post("/.search", &next).await.refused(400, Some("expiredCursor"), "expired");
    }

    async fn who_goes_or_comes_in_mid_walk_hides_nobody_else(roll: Roll) {
        crew(&roll).await;
        let mut asked = json!({ "cursor": "", "count": 4, "sortBy": "displayName" });
        let first = ask(&roll, &asked).await;
        assert_eq!(names(&first), ["Alarm", "charlie", "delta", "alpha"]);
        roll.delete(&format!("/Users/{}", texts(&first, "id")[3])).await.expect(204);
        roll.group("Aaa", &[]).await;
        asked["cursor"] = first["nextCursor"].clone();
        assert_eq!(names(&ask(&roll, &asked).await), ["Ops", "Zulu", "echo", "bravo"]);
    }
}
