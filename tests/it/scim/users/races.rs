//! Many at once on one person: everybody is answered, nothing is lost.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::shown;
use crate::harness::{facts, patch, person};

/// Sends all of them at once; how often each status was answered.
async fn at_once(requests: impl Iterator<Item = RequestBuilder>) -> BTreeMap<u16, usize> {
    let mut racing: JoinSet<_> = requests.map(RequestBuilder::send).collect();
    let mut statuses = BTreeMap::new();
    while let Some(answer) = racing.join_next().await {
        let status = answer.expect("a task").expect("an answer").status().as_u16();
        *statuses.entry(status).or_insert(0) += 1;
    }
    statuses
}

facts! {
    async fn of_a_hundred_who_take_one_name_one_gets_it(roll: Roll) {
        let requests = (0..100).map(|at| {
            let mut body = person("dana");
            body["externalId"] = format!("00u{at}").into();
            roll.with_body(Method::POST, "/Users", &body)
        });
        let statuses = at_once(requests).await;
        assert_eq!(statuses, BTreeMap::from([(201, 1), (409, 99)]));
        assert_eq!(roll.get("/Users").await.expect(200).body["totalResults"], 1);
        assert_eq!(roll.actions().await, ["user.created"]);
    }

    async fn of_thirty_who_rename_onto_one_name_one_gets_it(roll: Roll) {
        let mut requests = Vec::new();
        for at in 0..30 {
            let id = roll.person(&format!("p{at}")).await;
            let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "one@example.com" }]));
            requests.push(roll.with_body(Method::PATCH, &format!("/Users/{id}"), &rename));
        }
        assert_eq!(at_once(requests.into_iter()).await, BTreeMap::from([(200, 1), (409, 29)]));
    }

    async fn of_twenty_rehires_one_comes_back(roll: Roll) {
        let id = roll.person("dana").await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{id}"), &off).await.expect(200);
        let requests = (0..20).map(|_| roll.with_body(Method::POST, "/Users", &person("dana")));
        assert_eq!(at_once(requests).await, BTreeMap::from([(201, 1), (409, 19)]));
        assert_eq!(roll.row_of(&id).await, id);
    }

    async fn of_eight_newcomers_with_one_identity_one_is_made_and_all_are_answered(roll: Roll) {
        let id = roll.person("dana").await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{id}"), &off).await.expect(200);
        let mut body = person("dana");
        body["externalId"] = "00unew".into();
        let requests = (0..8).map(|_| roll.with_body(Method::PUT, &format!("/Users/{id}"), &body));
        assert_eq!(at_once(requests).await, BTreeMap::from([(200, 8)]));
        let actions = ["user.created", "user.deactivated", "user.replaced", "user.created"];
        assert_eq!(roll.actions().await, actions);
    }

    async fn of_eight_who_end_one_access_one_says_so(roll: Roll) {
        let id = roll.person("dana").await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        let requests = (0..8).map(|_| roll.with_body(Method::PATCH, &format!("/Users/{id}"), &off));
        assert_eq!(at_once(requests).await, BTreeMap::from([(200, 8)]));
        let requests = (0..8).map(|_| roll.scim(Method::DELETE, &format!("/Users/{id}")));
        assert_eq!(at_once(requests).await, BTreeMap::from([(204, 1), (404, 7)]));
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated", "user.deleted"]);
    }

    async fn parallel_patches_of_one_person_all_land(roll: Roll) {
        let id = roll.person("dana").await;
        let requests = (0..32).map(|at| {
            let operation = json!([{ "op": "add", "path": "entitlements", "value": [{ "value": format!("e{at}") }] }]);
            roll.with_body(Method::PATCH, &format!("/Users/{id}"), &patch(operation))
        });
        assert_eq!(at_once(requests).await, BTreeMap::from([(200, 32)]));
        let dana = shown(&roll, &id).await;
        assert_eq!(dana["entitlements"].as_array().map(Vec::len), Some(32));
        assert_eq!(dana["meta"]["version"], "W/\"33\"");
    }

    async fn parallel_puts_of_one_person_all_succeed(roll: Roll) {
        let id = roll.person("dana").await;
        let requests = (0..16).map(|at| {
            let mut body = person("dana");
            body["title"] = format!("Title {at}").into();
            roll.with_body(Method::PUT, &format!("/Users/{id}"), &body)
        });
        assert_eq!(at_once(requests).await, BTreeMap::from([(200, 16)]));
        assert_eq!(shown(&roll, &id).await["meta"]["version"], "W/\"17\"");
        assert_eq!(roll.actions().await.len(), 17);
    }

    async fn of_eight_writers_of_one_version_one_wins(roll: Roll) {
        let id = roll.person("dana").await;
        for method in [Method::PUT, Method::PATCH] {
            let tag = roll.get(&format!("/Users/{id}")).await.header("etag").to_owned();
            let requests = (0..8).map(|at| {
                let body = change(&method, at);
                roll.with_body(method.clone(), &format!("/Users/{id}"), &body).header("if-match", &tag)
            });
            assert_eq!(at_once(requests).await, BTreeMap::from([(200, 1), (412, 7)]), "{method}");
        }
        let stale = roll.with_body(Method::DELETE, &format!("/Users/{id}"), &Value::Null).header("if-match", "W/\"1\"");
        roll.send(stale).await.refused(412, None, "read it again");
        assert_eq!(shown(&roll, &id).await["meta"]["version"], "W/\"3\"");
    }
}

/// A change that differs from every other writer's.
fn change(method: &Method, at: i32) -> Value {
    let title = format!("{method} {at}");
    if *method == Method::PATCH {
        return patch(json!([{ "op": "replace", "path": "title", "value": title }]));
    }
    let mut body = person("dana");
    body["title"] = title.into();
    body
}
