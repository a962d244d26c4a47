//! What the log of SCIM requests says of a refusal: every one that the code can give has words of its own.

use reqwest::Method;
use rollcall::http::scim::hints::{self, Refused};
use rollcall::model::token::{Scope, TokenMode};
use serde_json::{Value, json};

use super::page;
use crate::harness::{Roll, facts, group, patch, person};
use crate::source;

/// Bodies of people that are refused, each for another reason.
fn odd_people() -> Vec<Value> {
    let with = |name: &str, value: Value| {
        let mut body = person("dana");
        body[name] = value;
        body
    };
    vec![
        json!({}),
        json!([]),
        json!({ "userName": 7 }),
        with("userName", json!("x".repeat(2_000))),
        with("userName", json!("d\u{0}")),
        with("userName", Value::Null),
        with("active", json!("perhaps")),
        with("name", json!("Dana")),
        with("title", json!("x".repeat(200_000))),
        with("USERNAME", json!("other")),
        with("emails", json!([{ "value": "a@x.test", "primary": true }, { "value": "b@x.test", "primary": true }])),
        with("emails", json!(vec![json!({ "value": "a@x.test" }); 2_000])),
        with("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!("ops")),
        with("odd", (0..60).fold(json!(1), |inner, _| json!({ "a": inner }))),
    ]
}

/// Operations of a PATCH that are refused.
fn odd_operations() -> Vec<Value> {
    vec![
        json!([{ "op": "jump", "path": "title", "value": "x" }]),
        json!([{ "path": "title" }]),
        json!([{ "op": "replace", "path": "nothing.here[", "value": "x" }]),
        json!([{ "op": "replace", "path": "unheardOf", "value": "x" }]),
        json!([{ "op": "replace", "path": "id", "value": "x" }]),
        json!([{ "op": "remove" }]),
        json!([{ "op": "replace", "path": 7, "value": "x" }]),
        json!([{ "op": "add", "path": "title" }]),
        json!([{ "op": "replace", "value": "x" }]),
        json!([{ "op": "replace", "path": "title[value eq \"x\"].a", "value": "x" }]),
        json!([7]),
        json!(vec![json!({ "op": "replace", "path": "title", "value": "x" }); 2_501]),
    ]
}

/// Queries of a list that are refused.
const ODD_QUERIES: [&str; 12] = [
    "filter=userName",
    "filter=unheardOf%20eq%201",
    "filter=%22",
    "filter=active%20gt%20true",
    "startIndex=x",
    "count=x",
    "startIndex=1&startIndex=2",
    "attributes=userName&excludedAttributes=userName",
    "sortBy=unheardOf",
    "sortBy=emails.value&sortOrder=sideways",
    "cursor=x",
    "startIndex=1&cursor=",
];

/// Asks for everything that is refused.
async fn provoke(roll: &Roll) {
    let (dana, team) = (roll.person("dana").await, roll.group("oncall", &[]).await);
    roll.group("other", &[]).await;
    let (user, team) = (format!("/Users/{dana}"), format!("/Groups/{team}"));
    for body in odd_people() {
        roll.post("/Users", &body).await;
        roll.put(&user, &body).await;
    }
    for operations in odd_operations() {
        roll.patch(&user, &patch(operations.clone())).await;
        roll.patch(&team, &patch(operations)).await;
    }
    for (query, path) in ODD_QUERIES.iter().flat_map(|query| ["/Users", "/Groups"].map(|path| (query, path))) {
        roll.get(&format!("{path}?{query}")).await;
    }
    let odd_members = [json!("x"), json!([{ "value": 7 }]), json!([{}]), json!([{ "value": "x".repeat(4_000) }])];
    for members in odd_members {
        roll.patch(&team, &patch(json!([{ "op": "add", "path": "members", "value": members }]))).await;
    }
    for name in ["admin", "", "other"] {
        roll.put(&team, &group(name, &[])).await;
    }
    roll.post("/Users", &person("dana")).await;
    let bulk = |operations: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    for operations in [json!(7), json!(vec![json!({ "method": "DELETE", "path": "/Users/7" }); 5_000])] {
        roll.post("/Bulk", &bulk(operations)).await;
    }
    roll.post("/Users/.search", &json!({ "schemas": ["urn:x"] })).await;
    for (method, path) in [
        (Method::GET, "/Users/7"),
        (Method::DELETE, "/Users/7"),
        (Method::GET, "/Groups/7"),
        (Method::DELETE, "/Groups/7"),
        (Method::GET, "/Roles/7"),
        (Method::GET, "/Schemas/7"),
        (Method::GET, "/Schemas?filter=a%20pr"),
        (Method::GET, "/Nothing"),
        (Method::GET, "/Me"),
        (Method::PUT, "/Users"),
        (Method::POST, "/Users"),
    ] {
        roll.send(roll.scim(method, path)).await;
    }
    at_the_door(roll, &user).await;
}

/// The same of what is refused before anything is read.
async fn at_the_door(roll: &Roll, user: &str) {
    let reader = roll.mint(&[Scope::Read], TokenMode::Bearer).await;
    let path = format!("/scim/v2{user}");
    roll.send(roll.request(Method::DELETE, &path).bearer_auth(reader)).await;
    roll.send(roll.request(Method::GET, &path)).await;
    roll.send(roll.request(Method::GET, &path).bearer_auth("nobody-made-this")).await;
    roll.send(roll.request(Method::GET, &path).header("authorization", "Basic eDp5")).await;
    roll.send(roll.request(Method::GET, &path).header("authorization", &roll.token)).await;
    for (name, value) in [("content-type", "text/plain"), ("content-encoding", "gzip"), ("if-match", "W/\"9\"")] {
        let mut body = person("dana");
        body["title"] = "Lead".into();
        let kind = if name == "content-type" { value } else { "application/scim+json" };
        let request = roll.scim(Method::PUT, user).header("content-type", kind).body(body.to_string());
        roll.send(if name == "content-type" { request } else { request.header(name, value) }).await;
    }
    for body in ["{", "x", "\u{feff}"] {
        roll.send(roll.scim(Method::POST, "/Users").header("content-type", "application/json").body(body)).await;
    }
}

facts! {
    async fn every_refusal_of_the_corpus_has_words_of_its_own(roll: Roll) {
        provoke(&roll).await;
        roll.flush().await;
        let sql = "select distinct method, cast(status as text), coalesce(scim_type, ''), detail from scim_requests where status >= 400";
        let refused = roll.sql(sql).await;
        assert!(refused.len() > 60, "{} refusals", refused.len());
        let mut without = Vec::new();
        for row in &refused {
            let [method, status, kind, detail] = [0, 1, 2, 3].map(|at| row[at].clone().unwrap_or_default());
            let kind = (!kind.is_empty()).then_some(kind.as_str());
            let status = status.parse().expect("a status");
            let hint = hints::of(&Refused { method: &method, status, kind, detail: &detail });
            if !hint.is_some_and(hints::Hint::is_specific) {
                without.push(format!("{status} {kind:?} {detail}"));
            }
        }
        assert!(without.is_empty(), "{without:#?}");
    }

    async fn whom_okta_read_in_vain_is_no_failure_and_says_so(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.get(&format!("/Users/{}", Roll::new_id())).await.expect(404);
        let gone = roll.logged_with(404).await;
        let shown = page(&roll, &boss, &format!("/requests/{gone}")).await.expect(200).text;
        assert!(shown.contains("That is no fault."), "{shown}");
        let listed = page(&roll, &boss, "/requests?status=404").await.expect(200).text;
        assert!(listed.contains("Usual: somebody was asked for who is not here."), "{listed}");
        roll.delete(&format!("/Users/{}", Roll::new_id())).await.expect(404);
        roll.get(&format!("/Groups/{}", Roll::new_id())).await.expect(404);
        roll.get("/v2/Users").await.expect(404);
        // A base URL that ends in /Users.
        roll.get("/Users/Users").await.expect(404);
        roll.flush().await;
        let failed = page(&roll, &boss, "/requests?failed=true").await.expect(200).text;
        assert!(failed.contains("There is no group with this id.") && failed.contains("There is no such endpoint."), "{failed}");
        assert!(failed.contains("what stands for an id is no id of ours"), "{failed}");
        assert!(!failed.contains("There is no user with this id."), "{failed}");
    }
}

/// The statuses and kinds that the SCIM face can refuse with, out of its source: a new one without a hint turns this red.
#[test]
fn every_status_and_every_scim_type_has_a_hint() {
    let files = source::files("src/http/scim").into_iter().chain(source::files("src/scim"));
    let text: String = files.filter(|file| !file.path.contains("hints")).map(|file| file.text).collect();
    let refusals = [
        ("BAD_REQUEST", 400),
        ("UNAUTHORIZED", 401),
        ("FORBIDDEN", 403),
        ("NOT_FOUND", 404),
        ("REQUEST_TIMEOUT", 408),
        ("CONFLICT", 409),
        ("PRECONDITION_FAILED", 412),
        ("PAYLOAD_TOO_LARGE", 413),
        ("UNSUPPORTED_MEDIA_TYPE", 415),
        ("TOO_MANY_REQUESTS", 429),
        ("INTERNAL_SERVER_ERROR", 500),
        ("NOT_IMPLEMENTED", 501),
        ("SERVICE_UNAVAILABLE", 503),
    ];
    let told = |status, kind| hints::of(&Refused { method: "PUT", status, kind, detail: "whatever it says" });
    for (name, status) in refusals {
        assert!(text.contains(&format!("StatusCode::{name}")), "{name} is not refused with any more");
        assert!(told(status, None).is_some(), "{status} has no hint");
    }
    let good = ["OK", "CREATED", "NO_CONTENT", "NOT_MODIFIED"];
    for rest in text.split("StatusCode::").skip(1) {
        let name: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        let is_known =
            name.is_empty() || good.contains(&name.as_str()) || refusals.iter().any(|(known, _)| *known == name);
        assert!(is_known, "{name} has no hint");
    }
    let error = std::fs::read_to_string("src/scim/error.rs").expect("the kinds of refusals");
    let kinds: Vec<&str> = error.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(kinds.len(), 11);
    for kind in kinds {
        let status = if kind == "uniqueness" { 409 } else { 400 };
        assert!(told(status, Some(kind)).is_some(), "{kind} has no hint");
    }
}
