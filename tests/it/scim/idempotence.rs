//! The same request twice: made-up bodies, and the second of two moves no version and leaves no row in the audit.

use proptest::prelude::*;
use rollcall::scim::Document;
use rollcall::scim::schema::USER;
use serde_json::{Value, json};

use crate::harness::{Answer, Roll, facts, patch};
use crate::models::made_up::{document, operations, request};
use crate::models::patch_model::{self, Object, Operation};
use crate::models::runner;

/// How many bodies the test command tries, of each method and on each engine.
const SLICE: u32 = 60;

/// Waits within a test that proptest drives.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

/// What must not move: the version and the number of audit rows.
async fn standing(roll: &Roll, path: &str) -> (Value, String) {
    let version = roll.get(path).await.expect(200).body["meta"].clone();
    (version, roll.sql_one("select cast(count(*) as text) from audit_events").await)
}

/// Sends twice what was taken once; the second answer is the same, and nothing moves.
async fn twice(roll: &Roll, path: &str, send: impl AsyncFn() -> Answer) -> Result<(), TestCaseError> {
    let first = send().await;
    prop_assert!(first.status.as_u16() < 500, "{}", first.body);
    let before = standing(roll, path).await;
    let second = send().await;
    prop_assert_eq!(first.status, second.status);
    if first.status.is_success() {
        prop_assert_eq!(first.body, second.body);
    }
    prop_assert_eq!(standing(roll, path).await, before);
    Ok(())
}

/// A person as the server keeps them now, without what it computes.
async fn kept(roll: &Roll, path: &str) -> Object {
    let body = roll.get(path).await.expect(200).body;
    Document::parse(&body, &USER).expect("its own answer").into_map()
}

/// Whether operations still say the same once they are done.
fn settles(start: &Object, operations: &[Operation]) -> bool {
    let Some(once) = patch_model::patch(start.clone(), operations) else { return true };
    patch_model::patch(once.clone(), operations).as_ref() == Some(&once)
}

facts! {
    async fn the_same_put_twice_moves_nothing(roll: Roll) {
        let path = format!("/Users/{}", roll.person("dana").await);
        let outcome = runner(SLICE).run(&document(&USER), |mut body| {
            body.insert("userName".to_owned(), "dana@example.com".into());
            let body = Value::Object(body);
            wait(twice(&roll, &path, async || roll.put(&path, &body).await))
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }

    async fn a_patch_that_says_what_is_there_answers_what_is_there(roll: Roll) {
        let path = format!("/Users/{}", roll.person("dana").await);
        let (enterprise, other) = ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:example:strange:2.0:Thing");
        let add = json!([{ "op": "add", "value": { enterprise: { "department": "Ops" }, other: { "a": 7 } } }]);
        let first = roll.patch(&path, &patch(add)).await.expect(200).body;
        let again = json!([{ "op": "replace", "path": enterprise, "value": { "department": "Ops" } }]);
        let second = roll.patch(&path, &patch(again)).await.expect(200).body;
        assert_eq!((second["schemas"].clone(), second), (first["schemas"].clone(), first));
    }

    async fn the_same_patch_twice_moves_nothing(roll: Roll) {
        let path = format!("/Users/{}", roll.person("dana").await);
        let outcome = runner(SLICE).run(&operations(&USER), |written| {
            let all: Vec<Operation> = written.iter().map(|(operation, _)| operation.clone()).collect();
            prop_assume!(settles(&wait(kept(&roll, &path)), &all));
            let body = request(&written, &USER);
            wait(twice(&roll, &path, async || roll.patch(&path, &body).await))
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }
}
