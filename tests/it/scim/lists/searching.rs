//! `POST …/.search` (RFC 7644 §3.4.3), and `/Me` (§3.11).

use reqwest::Method;
use serde_json::json;

use super::texts;
use crate::harness::facts;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

facts! {
    async fn a_search_answers_what_the_query_answers(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.person("Ben").await;
        roll.group("Ops", &[&dana]).await;
        let body = json!({ "schemas": [SEARCH], "filter": "userName co \"@\"", "sortBy": "userName", "startIndex": 2,
            "count": 1, "attributes": ["userName"] });
        let asked = "/Users?filter=userName+co+%22@%22&sortBy=userName&startIndex=2&count=1&attributes=userName";
        let found = roll.post("/Users/.search", &body).await.expect(200).body;
        assert_eq!(found, roll.get(asked).await.expect(200).body);
        assert_eq!(texts(&found, "userName"), ["dana@example.com"]);
        let groups = roll.post("/Groups/.search", &json!({ "excludedAttributes": ["members"] })).await.expect(200).body;
        assert_eq!((texts(&groups, "displayName"), groups["Resources"][0].get("members")), (vec!["Ops".to_owned()], None));
    }

    async fn a_search_walks_by_cursor_and_the_query_may_go_on(roll: Roll) {
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        let first = roll.post("/Users/.search", &json!({ "cursor": "", "count": 2 })).await.expect(200).body;
        let next = json!({ "cursor": first["nextCursor"], "count": 2 });
        let second = roll.post("/Users/.search", &next).await.expect(200).body;
        assert_eq!(texts(&second, "userName"), ["c@example.com"]);
        let cursor = first["nextCursor"].as_str().expect("a cursor");
        assert_eq!(roll.get(&format!("/Users?cursor={cursor}&count=2")).await.expect(200).body, second);
    }

    async fn a_body_of_wrong_types_is_refused_by_name_and_changes_nothing(roll: Roll) {
        for (body, kind, words) in [
            (json!({ "filter": 1 }), "invalidValue", "filter"),
            (json!({ "count": "1" }), "invalidValue", "count"),
            (json!({ "cursor": "", "count": "1" }), "invalidCount", "count"),
            (json!({ "attributes": "userName" }), "invalidValue", "attributes"),
            (json!({ "attributes": ["a"], "excludedAttributes": ["b"] }), "invalidValue", "attributes"),
            (json!({ "attributes": vec!["a"; 101] }), "invalidValue", "attributes"),
            (json!({ "schemas": ["urn:x"] }), "invalidSyntax", "schemas"),
            (json!({ "filter": "userName xx" }), "invalidFilter", "position"),
            (json!({ "filter": "(".repeat(9_000) }), "invalidFilter", "8192"),
            (json!([]), "invalidSyntax", "object"),
        ] {
            for path in ["/Users/.search", "/Groups/.search", "/.search"] {
                roll.post(path, &body).await.refused(400, Some(kind), words);
            }
        }
        let large = json!({ "filter": "x".repeat(1024 * 1024) });
        roll.post("/Groups/.search", &large).await.refused(413, None, "1 MiB");
        assert_eq!(roll.actions().await, Vec::<String>::new());
    }

    async fn a_token_is_nobody(roll: Roll) {
        roll.get("/Me").await.refused(501, None, "no person");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let write = roll.with_body(method, "/Me", &json!({ "active": false }));
            roll.send(write).await.refused(501, None, "no person");
        }
    }
}
