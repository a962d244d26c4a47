//! `POST /Bulk`: many operations in one request, each as if it came by itself.

use std::time::Duration;

use reqwest::Method;
use rollcall::scim::bulk::{MAX_OPERATIONS, MAX_PAYLOAD};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::wire::busy::Holder;
use crate::harness::{Answer, Roll, facts, fixture, group, patch, person};
use crate::tables;

fn bulk(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
}

fn post(path: &str, name: &str, data: &Value) -> Value {
    json!({ "method": "POST", "path": path, "bulkId": name, "data": data })
}

async fn send(roll: &Roll, operations: &Value) -> Vec<Value> {
    let answer = roll.post("/Bulk", &bulk(operations)).await.expect(200);
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer.body["Operations"].as_array().cloned().expect("Operations")
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["status"].as_str().expect("a text")).collect()
}

/// The id of the resource that an answer speaks of.
fn id(answer: &Value) -> String {
    let location = answer["location"].as_str().unwrap_or_else(|| panic!("no location in {answer}"));
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A request that is refused as a whole, and changes nothing.
async fn refused(roll: &Roll, body: &Value, status: u16, kind: Option<&str>, words: &str) {
    let before = tables::dump(roll).await;
    roll.post("/Bulk", body).await.refused(status, kind, words);
    assert_eq!(tables::dump(roll).await, before);
}

facts! {
    async fn a_group_may_come_before_the_people_it_refers_to(roll: Roll) {
        let answers = send(&roll, &json!([
            post("/Groups", "ops", &group("Ops", &["bulkId:dana", "bulkId:erin"])),
            post("/Users", "dana", &person("dana")),
            post("/Users", "erin", &person("erin")),
            { "method": "PATCH", "path": "/Groups/bulkId:ops", "data": patch(json!([
                { "op": "remove", "path": "members[value eq \"bulkId:erin\"]" }
            ])) },
        ])).await;
        assert_eq!(statuses(&answers), ["201", "201", "201", "200"]);
        let (ops, dana) = (id(&answers[0]), id(&answers[1]));
        assert_eq!(roll.members(&ops).await, std::slice::from_ref(&dana));
        let shown = roll.get(&format!("/Users/{dana}")).await.expect(200).body;
        assert_eq!(answers[1], json!({
            "location": shown["meta"]["location"], "method": "POST", "bulkId": "dana",
            "version": shown["meta"]["version"], "status": "201",
        }));
        assert_eq!(id(&answers[3]), ops);
        assert_eq!(answers[3]["version"], roll.get(&format!("/Groups/{ops}")).await.expect(200).body["meta"]["version"]);
    }

    async fn every_method_does_what_it_does_by_itself(roll: Roll) {
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let ops = roll.group("Ops", &[&dana]).await;
        let mut titled = person("dana");
        titled["title"] = "Lead".into();
        let answers = send(&roll, &json!([
            { "method": "put", "path": format!("/Users/{dana}"), "data": titled },
            { "method": "Patch", "path": format!("Users/{erin}"), "version": "W/\"1\"",
              "data": patch(json!([{ "op": "replace", "value": { "active": false } }])) },
            { "method": "PUT", "path": format!("/Groups/{ops}"), "data": group("Net", &[&erin]) },
            { "method": "DELETE", "path": format!("/Users/{dana}"), "bulkId": "end" },
        ])).await;
        assert_eq!(statuses(&answers), ["200", "200", "200", "204"]);
        assert_eq!((&answers[3]["bulkId"], answers[3].get("version")), (&json!("end"), None));
        roll.get(&format!("/Users/{dana}")).await.expect(404);
        assert_eq!(roll.get(&format!("/Users/{erin}")).await.expect(200).body["active"], false);
        assert_eq!(roll.members(&ops).await, [erin]);
    }

    async fn all_that_a_bulk_did_has_one_cause_in_the_audit(roll: Roll) {
        send(&roll, &json!([post("/Users", "a", &person("dana")), post("/Users", "b", &person("erin"))])).await;
        let cause = roll.uuid_text("cause_id");
        let sql = format!(
            "select cast(count(*) as text), cast(count(distinct {cause}) as text) from audit_events \
             where action = 'user.created' and source = 'scim'"
        );
        assert_eq!(roll.sql(&sql).await, [[Some("2".to_owned()), Some("1".to_owned())]]);
    }

    async fn a_refused_operation_changes_nothing_and_the_others_are_done(roll: Roll) {
        let dana = roll.person("dana").await;
        let path = format!("/Users/{dana}");
        let answers = send(&roll, &json!([
            post("/Users", "again", &person("dana")),
            post("/Users", "nameless", &json!({ "title": "x" })),
            { "method": "PUT", "path": path, "version": "W/\"9\"", "data": person("dana") },
            { "method": "DELETE", "path": "/Groups/7" },
            post("/Groups", "ops", &group("Ops", &["bulkId:again"])),
            post("/Users", "erin", &person("erin")),
        ])).await;
        assert_eq!(statuses(&answers), ["409", "400", "412", "404", "409", "201"]);
        let error = &answers[1]["response"];
        assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!((&error["status"], &error["scimType"]), (&json!("400"), &json!("invalidValue")));
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains("userName")), "{error}");
        assert_eq!(answers[0].get("location"), None);
        assert_eq!(id(&answers[2]), dana);
        assert_eq!(roll.get("/Groups").await.expect(200).body["totalResults"], 0);
        assert_eq!(roll.get(&path).await.expect(200).body["meta"]["version"], "W/\"1\"");
    }

    async fn what_was_done_before_too_many_errors_stays_done(roll: Roll) {
        let mut body = bulk(&json!([
            post("/Users", "dana", &person("dana")),
            post("/Users", "again", &person("dana")),
            post("/Users", "erin", &person("erin")),
        ]));
        body["failOnErrors"] = 1.into();
        let answer = roll.post("/Bulk", &body).await.expect(200);
        let answers = answer.body["Operations"].as_array().expect("Operations");
        assert_eq!(statuses(answers), ["201", "409"]);
        assert_eq!(roll.get("/Users").await.expect(200).body["totalResults"], 1);
    }

    async fn a_full_bulk_of_ordinary_profiles_is_read(roll: Roll) {
        let mut profile = fixture("okta/scim/user-create-full", &[("user:dana", "dana")]);
        profile.as_object_mut().expect("a person").shift_remove("addresses");
        let nobody = post("/Users", "0", &json!({}));
        let people = (1..MAX_OPERATIONS).map(|at| post("/Users", &at.to_string(), &profile));
        let mut body = bulk(&[nobody].into_iter().chain(people).collect());
        body["failOnErrors"] = 1.into();
        let answer = roll.post("/Bulk", &body).await.expect(200);
        assert_eq!(statuses(answer.body["Operations"].as_array().expect("Operations")), ["400"]);
        let flood = bulk(&json!([{ "method": "POST", "data": vec![0; 100_000] }]));
        refused(&roll, &flood, 400, Some("invalidSyntax"), "too many values").await;
    }

    async fn what_is_refused_untried_is_located_when_its_path_names_a_resource(roll: Roll) {
        let dana = roll.person("dana").await;
        let path = format!("/Users/{dana}");
        let answers = send(&roll, &json!([
            { "method": "PUT", "path": path, "data": 7 },
            { "method": "PATCH", "path": path, "data": { "x": "bulkId:none" } },
            { "method": "PATCH", "path": "/Users/bulkId:none", "data": {} },
            post("/Users", "x", &json!(7)),
            { "method": "PUT", "path": "/Elsewhere/7", "data": {} },
        ])).await;
        assert_eq!(statuses(&answers), ["400"; 5]);
        let location = roll.get(&path).await.expect(200).body["meta"]["location"].clone();
        assert_eq!([answers[0]["location"].clone(), answers[1]["location"].clone()], [location.clone(), location]);
        assert!(answers[2..].iter().all(|answer| answer.get("location").is_none()), "{answers:?}");
    }

    async fn a_bulk_of_another_schema_or_with_a_name_twice_is_refused(roll: Roll) {
        let one = json!([post("/Users", "x", &person("dana"))]);
        let of = |schemas: Value| json!({ "schemas": schemas, "Operations": one });
        for schemas in [json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]), json!([]), json!("urn:x"), Value::Null] {
            refused(&roll, &of(schemas), 400, Some("invalidSyntax"), "BulkRequest").await;
        }
        refused(&roll, &json!({ "Operations": one, "operations": [] }), 400, Some("invalidSyntax"), "Operations").await;
        let both = json!({ "Operations": one, "failOnErrors": 1, "failonerrors": 2 });
        refused(&roll, &both, 400, Some("invalidSyntax"), "failOnErrors").await;
        for (name, other) in [("METHOD", json!("DELETE")), ("Path", json!("/Groups")), ("DATA", json!({})), ("bulkid", json!("y"))] {
            let mut twice = one[0].clone();
            twice[name] = other;
            let answers = send(&roll, &json!([twice])).await;
            assert_eq!(statuses(&answers), ["400"]);
            let detail = answers[0]["response"]["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("given twice") && detail.to_lowercase().contains(&name.to_lowercase()), "{detail}");
        }
        assert_eq!(roll.actions().await, Vec::<String>::new());
    }

    async fn a_name_on_another_method_stands_in_no_posts_way(roll: Roll) {
        let erin = roll.person("erin").await;
        for (at, other) in [
            json!({ "method": "PUT", "path": format!("/Users/{erin}"), "bulkId": "dana", "data": 7 }),
            json!({ "method": "PATCH", "path": format!("/Users/{erin}"), "bulkId": "dana", "data": { "x": "bulkId:?" } }),
            json!({ "method": "DELETE", "path": "/Nothing/7", "bulkId": "dana" }),
        ].into_iter().enumerate() {
            let name = format!("dana{at}");
            let ops = post("/Groups", "ops", &group(&format!("Ops {at}"), &["bulkId:dana"]));
            let answers = send(&roll, &json!([other, post("/Users", "dana", &person(&name)), ops, other])).await;
            assert_eq!(statuses(&answers), ["400", "201", "201", "400"], "{other}");
            assert_eq!(roll.members(&id(&answers[2])).await, [id(&answers[1])]);
        }
    }

    async fn the_same_bulk_again_changes_nothing(roll: Roll) {
        let (dana, ops) = (roll.person("dana").await, roll.group("Ops", &[]).await);
        let mut titled = person("dana");
        titled["title"] = "Lead".into();
        let operations = json!([
            { "method": "PUT", "path": format!("/Users/{dana}"), "data": titled },
            { "method": "PATCH", "path": format!("/Groups/{ops}"),
              "data": patch(json!([{ "op": "add", "path": "members", "value": [{ "value": dana }] }])) },
            post("/Users", "erin", &person("erin")),
        ]);
        let first = send(&roll, &operations).await;
        let before = (tables::dump(&roll).await, roll.actions().await);
        let second = send(&roll, &operations).await;
        assert_eq!(statuses(&second), ["200", "200", "409"]);
        assert_eq!(first[..2], second[..2]);
        assert_eq!((tables::dump(&roll).await, roll.actions().await), before);
    }

    async fn of_ten_bulks_at_once_each_is_answered_and_nothing_is_lost(roll: Roll) {
        let ops = roll.group("Ops", &[]).await;
        let mut racing = JoinSet::new();
        for at in 0..10 {
            let joined = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:me" }] }]));
            let body = bulk(&json!([
                { "method": "PATCH", "path": format!("/Groups/{ops}"), "data": joined },
                post("/Users", "me", &person(&format!("p{at}"))),
                post("/Users", "one", &person("one")),
            ]));
            racing.spawn(roll.with_body(Method::POST, "/Bulk", &body).send());
        }
        let mut taken = 0;
        while let Some(answer) = racing.join_next().await {
            let answer: Value =
                serde_json::from_str(&answer.expect("a task").expect("an answer").text().await.expect("a body"))
                    .expect("JSON");
            let answers = answer["Operations"].as_array().unwrap_or_else(|| panic!("{answer}"));
            assert_eq!(statuses(answers)[..2], ["200", "201"], "{answer}");
            taken += usize::from(statuses(answers)[2] == "201");
        }
        assert_eq!((taken, roll.members(&ops).await.len()), (1, 10));
    }

    async fn a_bulk_that_cannot_be_taken_is_refused_as_a_whole(roll: Roll) {
        let circle = json!([
            post("/Groups", "a", &json!({ "displayName": "A", "members": [{ "value": "bulkId:b" }] })),
            post("/Groups", "b", &json!({ "displayName": "B", "members": [{ "value": "bulkId:a" }] })),
            post("/Users", "dana", &person("dana")),
        ]);
        refused(&roll, &bulk(&circle), 409, None, "in a circle").await;
        let twice = json!([post("/Users", "a", &person("dana")), post("/Users", "a", &person("erin"))]);
        refused(&roll, &bulk(&twice), 400, Some("invalidValue"), "given to two operations").await;
        refused(&roll, &json!({ "schemas": [] }), 400, Some("invalidSyntax"), "list of Operations").await;
        refused(&roll, &bulk(&vec![json!({}); MAX_OPERATIONS + 1].into()), 413, None, "at most 1000").await;
        let long = bulk(&json!([post("/Users", "a", &"x".repeat(MAX_PAYLOAD).into())]));
        refused(&roll, &long, 413, None, "1 MiB").await;
    }

    async fn a_bulk_without_operations_does_nothing(roll: Roll) {
        assert_eq!(send(&roll, &json!([])).await, Vec::<Value>::new());
    }

    async fn the_limits_are_those_that_are_advertised(roll: Roll) {
        let config = roll.get("/ServiceProviderConfig").await.expect(200).body;
        let limits = json!({ "supported": true, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_PAYLOAD });
        assert_eq!(config["bulk"], limits);
        let many: Value = (0..MAX_OPERATIONS).map(|_| json!({ "method": "DELETE", "path": "/Users/7" })).collect();
        let answers = send(&roll, &many).await;
        assert!(answers.len() == MAX_OPERATIONS && statuses(&answers).iter().all(|status| *status == "404"));
    }

    async fn a_password_in_a_bulk_is_kept_nowhere(roll: Roll) {
        let mut body = person("dana");
        body["password"] = "n0-b0dy-kn0ws".into();
        send(&roll, &json!([post("/Users", "dana", &body)])).await;
        roll.flush().await;
        assert_eq!(roll.columns_with("n0-b0dy-kn0ws").await, Vec::<String>::new());
    }

    async fn a_bulk_of_which_nothing_can_be_done_now_is_to_be_sent_again(roll: Roll) {
        roll.sql_run("alter table audit_events rename to audit_away").await;
        let body = bulk(&json!([post("/Users", "a", &person("dana")), post("/Users", "b", &person("erin"))]));
        let answer: Answer = roll.post("/Bulk", &body).await.refused(429, None, "audit log cannot be written");
        answer.header("retry-after").parse::<u32>().expect("whole seconds");
        roll.sql_run("alter table audit_away rename to audit_events").await;
        roll.post("/Bulk", &body).await.expect(200);
        assert_eq!(roll.get("/Users").await.expect(200).body["totalResults"], 2);
    }

    async fn what_was_not_started_in_time_is_told_so_and_nothing_is_done(roll: Roll) {
        let late = roll.replica_with(|shared| shared.bulk_budget.start_within = Duration::ZERO).await;
        let before = tables::dump(&roll).await;
        let operations = json!([post("/Users", "a", &person("dana")), post("/Groups", "b", &group("Ops", &[]))]);
        let answers = send(&late, &operations).await;
        assert_eq!(statuses(&answers), ["429", "429"]);
        for answer in &answers {
            let detail = answer["response"]["detail"].as_str().expect("a sentence");
            assert!(detail.contains("Not started"), "{detail}");
        }
        assert_eq!(tables::dump(&roll).await, before);
        assert_eq!(statuses(&send(&roll, &operations).await), ["201", "201"]);
    }

    async fn what_is_cut_off_while_it_waits_is_undone_and_may_be_sent_again(roll: Roll) {
        let (dana, ops) = (roll.person("dana").await, roll.group("Ops", &[]).await);
        let hurried = roll.replica_with(|shared| shared.bulk_budget.done_within = Duration::from_millis(1)).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        let operations = json!([
            { "method": "PATCH", "path": format!("/Users/{dana}"), "data": off },
            { "method": "PUT", "path": format!("/Groups/{ops}"), "data": group("Net", &[&dana]) },
        ]);
        let before = tables::dump(&roll).await;
        let holder = Holder::takes(&roll).await;
        let cut = hurried.post("/Bulk", &bulk(&operations)).await.refused(429, None, "not known whether");
        cut.header("retry-after").parse::<u32>().expect("whole seconds");
        holder.lets_go().await;
        assert_eq!(tables::dump(&roll).await, before);
        assert_eq!(statuses(&send(&hurried.replica().await, &operations).await), ["200", "200"]);
        let said = ["user.created", "team.created", "user.deactivated", "team.updated", "team.member.added"];
        assert_eq!(roll.actions().await, said);
    }
}
