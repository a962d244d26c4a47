//! The API described: an `OpenAPI` 3.1 document made from the route page and from [`operations`], and a page to read it.
//!
//! The route page says which operations there are, who may call them and by what they prove it; `operations` says what
//! they take and answer, in the words of `shape`. SCIM describes itself, under `/scim/v2/Schemas`.

pub mod connections;
pub mod operations;
pub mod page;
pub mod shape;
pub mod teams;

use std::sync::LazyLock;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::shape::{Answers, Field, Kind, Operation, schema};
use super::{Route, Who, ops, routes};
use crate::model::policy::scope_for;
use crate::model::words::Word;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_string());
const PROBLEM: &str = "#/components/responses/Problem";

/// `GET /openapi.json`.
pub async fn show() -> Response {
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in routes().iter().filter(|route| !ops::is_scim(route.path)) {
        let Some(operation) = operation_of(route) else { continue };
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = described(route, operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Keeps the roll of an on-call platform true to Okta.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": components(),
    })
}

/// Every operation outside SCIM.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    operations::OPERATIONS.iter().chain(connections::OPERATIONS).chain(teams::OPERATIONS)
}

fn operation_of(route: &Route) -> Option<&'static Operation> {
    let name = format!("{} {}", route.method, route.path);
    operations().find(|operation| operation.route == name)
}

fn described(route: &Route, operation: &Operation) -> Value {
    let mut shown = json!({
        "operationId": operation_id(route),
        "summary": operation.summary,
        "tags": [tag(route.path)],
        "security": security(route),
        "parameters": parameters(route, operation),
        "responses": responses(route, operation),
    });
    if let Some(kind) = operation.takes {
        let content = json!({ "application/json": { "schema": schema(kind, true) } });
        shown["requestBody"] = json!({ "required": kind.is_demanded(), "content": content });
    }
    shown
}

/// `GET /api/users/{id}` is `get_api_users_id`.
fn operation_id(route: &Route) -> String {
    let name = format!("{} {}", route.method.as_str().to_lowercase(), route.path);
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// The noun an operation is about.
fn tag(path: &str) -> &str {
    let mut words = path.split('/').filter(|word| !word.is_empty());
    match (words.next(), words.next()) {
        (Some("api"), Some(noun)) => noun,
        (Some(face @ ("auth" | "webhooks")), _) => face,
        _ => "service",
    }
}

/// What opens a route, each by itself: a session, whose writes need its token, or a key where the table lets keys in.
fn security(route: &Route) -> Value {
    match route.who {
        Who::May(deed) => {
            let mut session = json!({ "session": [] });
            if route.method != Method::GET {
                session["csrf"] = json!([]);
            }
            let key = scope_for(deed).map(|scope| json!({ "apiKey": [scope.as_str()] }));
            [session].into_iter().chain(key).collect()
        }
        Who::Hook => json!([{ "hookSecret": [] }]),
        Who::OktaToken => json!([{ "oktaToken": [] }]),
        Who::Anybody | Who::Scim(_) | Who::Page(_) => json!([]),
    }
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let segments = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = |name: &str| {
        let kind = match name {
            "id" => operation.id,
            "user" => Kind::Id,
            _ => Kind::Text,
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema(kind, true) })
    };
    let in_query = |field: &Field| {
        let required = !field.optional;
        json!({ "name": field.name, "in": "query", "required": required, "schema": schema(field.kind, true) })
    };
    let challenge = (route.who == Who::Hook && route.method == Method::GET).then(|| {
        json!({ "name": "X-Okta-Verification-Challenge", "in": "header", "required": true, "schema": { "type": "string" } })
    });
    let if_match = (operation.versioned && route.method == Method::PATCH)
        .then(|| json!({ "name": "If-Match", "in": "header", "required": false, "schema": { "type": "string" } }));
    let in_headers = challenge.into_iter().chain(if_match);
    segments.map(in_path).chain(operation.query.iter().map(in_query)).chain(in_headers).collect()
}

fn responses(route: &Route, operation: &Operation) -> Value {
    let mut all = Map::new();
    let told = |media: &str, shown: Value| (media.to_owned(), json!({ "schema": shown }));
    let (statuses, content) = match operation.answers {
        Answers::Nothing => (&[204][..], Map::new()),
        Answers::Json(ref status, fields) => (
            std::slice::from_ref(status),
            [told("application/json", schema(Kind::Object(fields), false))].into_iter().collect(),
        ),
        Answers::Either(statuses, fields) => {
            (statuses, [told("application/json", schema(Kind::Object(fields), false))].into_iter().collect())
        }
        Answers::Elsewhere => (&[303][..], Map::new()),
        Answers::Media(types) => {
            (&[200][..], types.iter().map(|media| told(media, json!({ "type": "string" }))).collect())
        }
    };
    for status in statuses {
        let mut done = json!({ "description": "Done." });
        if !content.is_empty() && *status != 204 {
            done["content"] = Value::Object(content.clone());
        }
        if operation.versioned {
            done["headers"] = json!({ "ETag": { "required": true, "schema": { "type": "string" } } });
        }
        all.insert(status.to_string(), done);
    }
    let refusals = match route.who {
        Who::Anybody => &[][..],
        _ => &["400", "401", "403"],
    };
    let missing = route.path.contains('{').then_some("404");
    for status in refusals.iter().copied().chain(missing).chain(["default"]) {
        all.insert(status.to_owned(), json!({ "$ref": PROBLEM }));
    }
    Value::Object(all)
}

fn components() -> Value {
    let flaw = json!({
        "type": "object",
        "properties": { "field": { "type": "string" }, "detail": { "type": "string" } },
        "required": ["field", "detail"],
    });
    let problem = json!({
        "type": "object",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "requestId": { "type": "string" },
            "errors": { "type": "array", "items": flaw },
        },
        "required": ["title", "status", "detail", "requestId"],
    });
    json!({
        "schemas": { "Problem": problem },
        "responses": {
            "Problem": {
                "description": "It was refused or could not be done; nothing was changed unless it says so (RFC 9457).",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            },
        },
        "securitySchemes": {
            "session": {
                "type": "apiKey", "in": "cookie", "name": "__Host-rollcall",
                "description": "A signed-in person's session; the cookie is called rollcall where the server is reached by http.",
            },
            "csrf": {
                "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
                "description": "Goes with a session's writes: csrfToken of GET /auth/me.",
            },
            "apiKey": { "type": "http", "scheme": "bearer", "description": "A person's API key; its scopes are named." },
            "oktaToken": { "type": "http", "scheme": "bearer", "description": "A token that Okta signs for this very address." },
            "hookSecret": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "The secret of the event hook, or a signature in a header of its own.",
            },
        },
    })
}
