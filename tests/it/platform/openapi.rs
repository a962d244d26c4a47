//! The document of the API: whole, true to what is answered, and readable without anything from elsewhere.

use std::collections::BTreeSet;

use reqwest::Method;
use rollcall::audit::search;
use rollcall::http::openapi::{document, operations};
use rollcall::http::{Route, Who, console_routes, routes};
use rollcall::model::policy::scope_for;
use rollcall::model::words::Word;
use serde_json::{Value, json};

use super::people::{SESSION, with_session};
use crate::goldens::compare;
use crate::harness::facts;
use crate::samples::{Sample, key, key_to, samples};

/// The operation of a route in the document.
fn operation(document: &Value, route: &str) -> Value {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    document["paths"][path][method.to_lowercase()].clone()
}

/// What of an answer is not as its schema says; what the schema does not name is a fault as well.
fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(any) = schema["anyOf"].as_array() {
        let all: Vec<_> = any.iter().map(|one| faults(one, value, at)).collect();
        return if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() };
    }
    let is_kind = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    let is_word = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    if !is_kind || !is_word {
        return vec![format!("{at} is {value}")];
    }
    if let Some(items) = schema.get("items") {
        return value.as_array().into_iter().flatten().flat_map(|one| faults(items, one, &format!("{at}[]"))).collect();
    }
    let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) else {
        return Vec::new();
    };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{at}.{name} is missing"));
    let of_field = |(name, one): (&String, &Value)| {
        let place = format!("{at}.{name}");
        properties
            .get(name)
            .map_or_else(|| vec![format!("{place} is not told of")], |schema| faults(schema, one, &place))
    };
    missing.chain(fields.iter().flat_map(of_field)).collect()
}

/// The routes that the document tells of.
fn described() -> Vec<Route> {
    let pages: Vec<String> = console_routes().iter().map(key).collect();
    let told = |route: &Route| !route.path.starts_with("/scim/") && !pages.contains(&key(route));
    routes().into_iter().filter(told).collect()
}

/// Whether the document tells of a sample's route.
fn is_described(sample: &Sample) -> bool {
    described().iter().any(|route| key(route) == sample.route)
}

#[test]
fn every_route_outside_scim_has_its_operation_and_no_operation_is_without_a_route() {
    let page: Vec<String> = described().iter().map(key).collect();
    let told: Vec<&str> = operations().map(|operation| operation.route).collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "each once");
    assert_eq!(told.iter().map(|route| (*route).to_owned()).collect::<BTreeSet<_>>(), page.into_iter().collect());
    let all = document();
    let ids: BTreeSet<String> = told.iter().map(|route| operation(&all, route)["operationId"].to_string()).collect();
    assert_eq!(ids.len(), told.len(), "operation ids are unique");
}

#[test]
fn every_operation_says_what_opens_it_and_how_it_is_refused() {
    let all = document();
    for route in described() {
        let (name, told) = (key(&route), operation(&all, &key(&route)));
        assert!(told["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
        let security = told["security"].as_array().expect("a list");
        match route.who {
            Who::May(deed) => {
                assert_eq!(security[0].get("csrf").is_some(), route.method != Method::GET, "{name}");
                assert!(security[0].get("session").is_some(), "{name}");
                let key = scope_for(deed).map(|scope| json!({ "apiKey": [scope.as_str()] }));
                assert_eq!(security.get(1), key.as_ref(), "{name}");
            }
            Who::OktaToken => assert_eq!(*security, [json!({ "oktaToken": [] })], "{name}"),
            Who::Hook => assert_eq!(*security, [json!({ "hookSecret": [] })], "{name}"),
            _ => assert!(security.is_empty(), "{name}"),
        }
        let refusals = ["400", "401", "403"].iter().filter(|_| route.who != Who::Anybody);
        let missing = route.path.contains('{').then_some(&"404");
        for status in refusals.chain(missing).chain([&"default"]) {
            assert_eq!(told["responses"][*status]["$ref"], "#/components/responses/Problem", "{name} {status}");
        }
        let named = told["parameters"].as_array().expect("a list").iter().filter(|one| one["in"] == "path");
        assert_eq!(named.count(), route.path.matches('{').count(), "{name}");
    }
}

#[test]
fn what_the_audit_can_be_asked_is_told() {
    for route in ["GET /api/audit", "GET /api/audit/export", "GET /api/audit/{resource}/{id}"] {
        let told = operation(&document(), route);
        let names: Vec<&str> =
            told["parameters"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
        for key in search::keys().chain(["q"]) {
            assert!(names.contains(&key), "{route} {key}");
        }
    }
}

facts! {
    async fn every_answer_is_as_the_document_says(roll: Roll) {
        let all = document();
        for sample in samples(&roll).await.iter().filter(|sample| is_described(sample)) {
            let answer = sample.ask(&roll, key_to(&roll, sample).as_deref()).await;
            let told = operation(&all, sample.route);
            let named = answer.status.as_u16() < 400;
            let response = &told["responses"][if named { answer.status.as_str() } else { "default" }];
            assert!(response.is_object(), "{} answered {}", sample.route, answer.status);
            let schema = &response["content"]["application/json"]["schema"];
            if schema.is_object() {
                let found = faults(schema, &answer.body, "answer");
                assert!(found.is_empty(), "{}: {found:#?}", sample.route);
            }
            let takes = &told["requestBody"]["content"]["application/json"]["schema"];
            if let Some(body) = &sample.body {
                assert_eq!(faults(takes, body, "body"), Vec::<String>::new(), "{}", sample.route);
            }
        }
    }

    async fn every_refusal_is_as_the_document_says(roll: Roll) {
        let schema = document()["components"]["schemas"]["Problem"].clone();
        for sample in samples(&roll).await.iter().filter(|sample| is_described(sample)) {
            let has_session = sample.key.as_ref().is_some_and(|key| key.starts_with(SESSION));
            if !has_session {
                continue;
            }
            let refused = roll.send(roll.request(sample.method(), &sample.path)).await.expect(401);
            let odd = format!("{}{}nothing=1", sample.path, if sample.path.contains('?') { '&' } else { '?' });
            let key = sample.key.as_deref().and_then(|key| key.strip_prefix(SESSION)).expect("a session");
            let invalid = roll.send(with_session(&roll, roll.request(sample.method(), &odd), key)).await;
            for answer in [refused, invalid].into_iter().filter(|answer| answer.status.as_u16() >= 400) {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{}", sample.route);
                assert_eq!(faults(&schema, &answer.body, "problem"), Vec::<String>::new(), "{}", sample.route);
            }
        }
    }

    async fn the_document_and_its_page_are_open_and_need_nothing_from_elsewhere(roll: Roll) {
        let served = roll.send(roll.request(Method::GET, "/openapi.json")).await.expect(200);
        assert_eq!(served.body, document());
        let page = roll.request(Method::GET, "/docs").send().await.expect("an answer");
        let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        let html = page.text().await.expect("a page");
        for operation in operations() {
            assert!(html.contains(operation.route), "{}", operation.route);
        }
        for foreign in ["<script", "http://", "https://", "src=", "@import"] {
            assert!(!html.contains(foreign), "{foreign}");
        }
    }
}

/// Named so that `scripts/golden` finds it.
mod goldens {
    use super::*;

    #[test]
    fn the_document_is_as_promised() {
        compare("openapi.json", &(serde_json::to_string_pretty(&document()).expect("JSON") + "\n"));
    }
}
