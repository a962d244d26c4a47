//! The request log: whole, masked, and never written on the way of a read.

use std::time::Duration;

use reqwest::Method;
use rollcall::model::Id;
use rollcall::model::token::{Scope, TokenMode};
use rollcall::store::dialect::Engine;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::time::sleep;

use crate::harness::{Roll, facts, patch, person};

const SECRET: &str = "n0-b0dy-kn0ws";

/// The rows of the log as `METHOD path status`, once there are this many: a flush of the jobs may be under way.
async fn logged(roll: &Roll, count: usize) -> Vec<String> {
    for _ in 0..500 {
        roll.flush().await;
        let rows = roll.sql("select method, path, cast(status as text) from scim_requests order by id").await;
        if rows.len() >= count {
            return rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(" ")).collect();
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("the log never had {count} rows");
}

/// Keeps every other connection from writing.
async fn hold_writes(roll: &Roll) -> Box<dyn std::any::Any> {
    match roll.engine() {
        Engine::Lite => {
            let mut held = SqliteConnection::connect(roll.database_url()).await.expect("a connection");
            sqlx::raw_sql("begin immediate").execute(&mut held).await.expect("the writer");
            Box::new(held)
        }
        Engine::Pg => {
            let mut held = PgConnection::connect(roll.database_url()).await.expect("a connection");
            let tables = "users, teams, team_members, scim_tokens, scim_requests, audit_events";
            let sql = format!("begin; lock table {tables} in exclusive mode");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut held).await.expect("the locks");
            Box::new(held)
        }
    }
}

facts! {
    async fn every_request_is_in_the_log_refused_ones_too(roll: Roll) {
        roll.person("dana").await;
        roll.post("/Users", &person("dana")).await.expect(409);
        roll.get("/Users/7").await.expect(404);
        roll.get("/Nothing").await.expect(404);
        roll.send(roll.scim(Method::PUT, "/Users")).await.expect(405);
        roll.send(roll.request(Method::GET, "/scim/v2/Users")).await.expect(401);
        roll.send(roll.scim(Method::POST, "/Users").header("content-type", "text/plain").body("x")).await.expect(415);
        let reader = roll.mint(&[Scope::Read], TokenMode::Bearer).await;
        roll.send(roll.request(Method::DELETE, "/scim/v2/Users/7").bearer_auth(reader)).await.expect(403);
        assert_eq!(logged(&roll, 8).await, [
            "POST /scim/v2/Users 201",
            "POST /scim/v2/Users 409",
            "GET /scim/v2/Users/7 404",
            "GET /scim/v2/Nothing 404",
            "PUT /scim/v2/Users 405",
            "GET /scim/v2/Users 401",
            "POST /scim/v2/Users 415",
            "DELETE /scim/v2/Users/7 403",
        ]);
    }

    async fn a_refusal_is_logged_with_its_sentence_and_its_token(roll: Roll) {
        roll.person("dana").await;
        let refused = roll.post("/Users", &person("dana")).await.expect(409);
        logged(&roll, 2).await;
        let refusals = "select scim_type, detail, token_name, request_id, user_agent from scim_requests \
                        where status = 409";
        let rows = roll.sql(refusals).await;
        let row: Vec<&str> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
        let detail = refused.body["detail"].as_str().expect("a sentence");
        assert_eq!(row, ["uniqueness", detail, "Okta", refused.header("x-request-id"), "Okta SCIM Client 1.0.0"]);
    }

    async fn a_log_row_and_the_audit_share_their_cause(roll: Roll) {
        roll.person("dana").await;
        logged(&roll, 1).await;
        let same = "select r.method from scim_requests r join audit_events a on a.cause_id = r.cause_id \
                    where a.action = 'user.created'";
        assert_eq!(roll.sql_one(same).await, "POST");
    }

    async fn of_a_large_body_the_log_tells_the_size(roll: Roll) {
        let id = roll.group("Payments", &[]).await;
        let members: Vec<_> = (0..800).map(|_| json!({ "value": Id::fresh().to_string() })).collect();
        let body = patch(json!([{ "op": "add", "path": "members", "value": members }]));
        roll.patch(&format!("/Groups/{id}"), &body).await.expect(204);
        logged(&roll, 2).await;
        let kept = roll.sql_one("select body from scim_requests where method = 'PATCH'").await;
        assert_eq!(kept, format!("({} bytes, not kept)", body.to_string().len()));
    }

    async fn a_password_is_nowhere_in_the_database(roll: Roll) {
        let mut body = person("dana");
        body["password"] = SECRET.into();
        let id = roll.post("/Users", &body).await.expect(201).id();
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        for operation in [
            json!({ "op": "replace", "value": { "password": SECRET } }),
            json!({ "op": "Add", "path": "password", "value": SECRET }),
        ] {
            roll.patch(&format!("/Users/{id}"), &patch(json!([operation]))).await.expect(200);
        }
        body["userName"] = 7.into();
        roll.post("/Users", &body).await.expect(400);
        let broken = roll.scim(Method::POST, "/Users").body(format!("{{\"password\":\"{SECRET}\""));
        roll.send(broken).await.expect(400);
        logged(&roll, 6).await;
        for (table, column) in [
            ("scim_requests", "body"),
            ("scim_requests", "detail"),
            ("users", "scim_attributes"),
            ("user_values", "value_key"),
            ("audit_events", "before_json"),
            ("audit_events", "after_json"),
            ("audit_events", "detail_json"),
        ] {
            let sql = format!("select 'here' from {table} where cast({column} as text) like '%{SECRET}%'");
            assert!(roll.sql(&sql).await.is_empty(), "it is in {table}.{column}");
        }
    }

    async fn a_password_in_a_filter_or_a_path_is_nowhere_in_the_log(roll: Roll) {
        let id = roll.person("dana").await;
        for filter in ["password eq", "userName eq \"a\" and emails[password eq", "pass\u{ad}word eq", "newPassword"] {
            roll.find(&format!("{filter} \"{SECRET}\"")).await.expect(400);
            roll.find(&format!("{filter} {SECRET}")).await.expect(400);
            roll.post("/Users/.search", &json!({ "filter": format!("{SECRET} {filter}") })).await.expect(400);
        }
        for path in ["password[value eq \"X\"]", "emails[password eq X]", "password eq \"X\"", "password eq X", "X \"password\""] {
            let operation = json!({ "op": "remove", "path": path.replace('X', SECRET) });
            roll.patch(&format!("/Users/{id}"), &patch(json!([operation]))).await.expect(400);
        }
        for path in ["password,", "(password)", "password\\", "\"password\"", "pass\u{ad}word"] {
            let operation = json!({ "op": "add", "path": path, "value": SECRET });
            roll.patch(&format!("/Users/{id}"), &patch(json!([operation]))).await.expect_one_of(&[200, 400]);
        }
        logged(&roll, 23).await;
        let telling = format!(
            "select query, body, detail from scim_requests where coalesce(query, '') like '%{SECRET}%' \
             or coalesce(body, '') like '%{SECRET}%' or coalesce(detail, '') like '%{SECRET}%'"
        );
        assert_eq!(roll.sql(&telling).await, Vec::<Vec<Option<String>>>::new());
    }

    async fn a_read_is_answered_while_nobody_can_write(roll: Roll) {
        let id = roll.person("dana").await;
        let held = hold_writes(&roll).await;
        roll.get(&format!("/Users/{id}")).await.expect(200);
        roll.find("userName eq \"dana@example.com\"").await.expect(200);
        roll.get("/Groups").await.expect(200);
        roll.get("/Schemas").await.expect(200);
        drop(held);
        logged(&roll, 5).await;
    }

    async fn a_token_is_marked_used_by_the_flush(roll: Roll) {
        let unused = "select 'unused' from scim_tokens where last_used_at is null";
        assert_eq!(roll.sql(unused).await.len(), 1);
        roll.get("/Users").await.expect(200);
        logged(&roll, 1).await;
        assert!(roll.sql(unused).await.is_empty());
    }
}
