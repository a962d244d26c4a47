//! Hostile requests that are refused: a SCIM error below 500, and not a row changed. What concerns bodies as bytes and
//! the shapes of JSON stands in `wire`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use rollcall::error::{Busy, Error};
use rollcall::model::Id;
use rollcall::model::token::{Scope, TokenMode};
use rollcall::scim::document::MAX_MEMBERS;
use rollcall::scim::filter;
use rollcall::scim::schema::USER;
use rollcall::store::db::Arm;
use rollcall::store::dialect::Engine;
use rollcall::store::{Lent, Link};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::wire::raw;
use crate::harness::{Answer, Roll, facts, group, patch, person};
use crate::tables::dump;

/// Texts that would be statements if any of them ever reached one.
const SQL: [&str; 6] = [
    "'; drop table users; --",
    "\" or 1=1 --",
    "1); delete from teams; --",
    "$1; select 1",
    "' union select secret_hash from scim_tokens --",
    "\\'; select pg_sleep(9); --",
];

/// Announces a body as large as a group's may be, and waits until the server asks for it.
async fn begun(roll: &Roll) -> TcpStream {
    let mut wire = TcpStream::connect(roll.origin.trim_start_matches("http://")).await.expect("a connection");
    let head = format!(
        "POST /scim/v2/Groups HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/scim+json\r\ncontent-length: 16000000\r\nexpect: 100-continue\r\n\r\n",
        roll.token
    );
    wire.write_all(head.as_bytes()).await.expect("sent");
    let mut told = [0; 25];
    wire.read_exact(&mut told).await.expect("an interim answer");
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    wire
}

type Dump = BTreeMap<String, Vec<String>>;

/// A refusal is the client's fault, is SCIM JSON with a sentence, and changed nothing.
#[track_caller]
fn judge(what: &str, answer: &Answer, statuses: &[u16]) {
    let what: String = what.chars().take(200).collect();
    assert!(statuses.contains(&answer.status.as_u16()), "{what}: {} {}", answer.status, answer.body);
    if answer.status.as_u16() >= 400 {
        assert_eq!(answer.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error", "{what}");
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert!((10..600).contains(&detail.len()), "{what}: {detail}");
        answer.hinted();
    }
}

async fn unchanged(roll: &Roll, before: &Dump) {
    assert_eq!(dump(roll).await, *before);
}

/// A path with a query, encoded as a form.
fn queried(path: &str, name: &str, value: &str) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    format!("{path}?{query}")
}

facts! {
    async fn a_filter_as_long_as_any_may_be_is_answered_whatever_it_asks_about(roll: Roll) {
        roll.person("dana").await;
        let reader = roll.mint(&[Scope::Read], TokenMode::Bearer).await;
        for (path, one, glue) in [
            ("/Users", "groups.value eq \"y\"", " and "),
            ("/Users", "emails.value co \"y\"", " and "),
            ("/Users", "title co \"y\"", " and "),
            ("/Users", "not (emails.value ne \"y\")", " and "),
            ("/Users", "emails[type eq \"w\" and value co \"y\"]", " and "),
            ("/Users", "phoneNumbers pr", " and "),
            ("/Users", "emails.value eq \"y\"", " or "),
            ("/Groups", "members.value eq \"y\"", " and "),
        ] {
            let most = 250 / one.split(" and ").count();
            let filter = vec![one; most.min(8_192 / (one.len() + glue.len()))].join(glue);
            let request = roll.request(Method::GET, &queried(&format!("/scim/v2{path}"), "filter", &filter));
            let answer = roll.send(request.bearer_auth(&reader)).await.expect(200);
            assert!(answer.body["totalResults"].is_u64(), "{one}: {}", answer.body);
        }
        let inner = vec!["not (value eq \"y\")"; 120].join(" and ");
        roll.find(&format!("emails[{inner}]")).await.expect(200);
    }

    async fn a_filter_as_deep_as_any_may_be_is_answered(roll: Roll) {
        let dana = roll.person("dana").await;
        let filter = format!(
            "{}userName ge \"a\"{}",
            "(".repeat(30),
            " or title ge \"a\") and emails ge \"a\"".repeat(30)
        );
        assert_eq!(roll.find(&filter).await.expect(200).body["Resources"][0]["id"], dana.as_str());
        // Long chains in each other: 116 comparisons, 17 levels.
        let named = format!("id eq \"{dana}\"");
        let mut filter = vec![named.as_str(); 100].join(" and ");
        for _ in 0..8 {
            filter = format!("{named} and ({named} or ({filter}))");
        }
        assert_eq!(roll.find(&filter).await.expect(200).body["totalResults"], 1);
    }

    async fn searches_that_wait_for_their_turn_keep_no_connection_from_a_lookup(roll: Roll) {
        let dana = roll.person("dana").await;
        let wide = filter::parse("title co \"x\"", &USER).ok();
        let mut turns = Vec::new();
        for _ in 0..4 {
            turns.push(roll.app.turns.wait([&wide], &Lent::default()).await.expect("a turn"));
        }
        let mut searches = JoinSet::new();
        for _ in 0..40 {
            let request = roll.request(Method::GET, &queried("/scim/v2/Users", "filter", "title co \"x\""));
            let request = request.bearer_auth(&roll.token);
            searches.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
        }
        for _ in 0..100 {
            roll.get(&format!("/Users/{dana}")).await.expect(200);
        }
        drop(turns);
        assert_eq!(searches.join_all().await, [200; 40]);
    }

    async fn a_search_whose_client_went_away_has_its_turn_until_the_engine_is_done(roll: Roll) {
        let turns = Arc::new(Semaphore::new(1));
        let mut view = roll.app.db.view().await.expect("a connection");
        view.keep(Arc::clone(&turns).try_acquire_owned().expect("the turn")).await.expect("kept");
        let slow = async {
            match view.arm() {
                Arm::Pg(conn) => sqlx::raw_sql("select pg_sleep(1)").execute(conn).await.map(|_| ()),
                Arm::Lite(conn) => {
                    let count = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 9000000) \
                                 select count(*) from n";
                    sqlx::raw_sql(count).execute(conn).await.map(|_| ())
                }
            }
        };
        timeout(Duration::from_millis(50), slow).await.expect_err("it takes longer");
        drop(view);
        assert_eq!(turns.available_permits(), 0, "the engine is still at it");
        let next = timeout(Duration::from_secs(20), turns.acquire()).await;
        next.expect("the engine is done").expect("a turn").forget();
    }

    async fn who_announces_large_bodies_and_sends_little_keeps_no_room_from_others(roll: Roll) {
        let mut quiet = Vec::new();
        for _ in 0..10 {
            quiet.push(begun(&roll).await);
        }
        let long = "x".repeat(60_000);
        let body = json!({ "displayName": "crew", "a": long, "b": long });
        roll.post("/Groups", &body).await.expect(201);
    }

    async fn the_body_of_a_token_that_may_not_write_is_not_waited_for(roll: Roll) {
        let reader = roll.mint(&[Scope::Read], TokenMode::Bearer).await;
        let head = format!(
            "POST /scim/v2/Groups HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {reader}\r\n\
             content-type: application/scim+json\r\ncontent-length: 16000000\r\n\r\n"
        );
        let began = std::time::Instant::now();
        let answer = raw(&roll, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("connection: close"), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(20), "a body is waited for longer");
        let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 1 });
        let search = roll.request(Method::POST, "/scim/v2/Users/.search").bearer_auth(&reader).json(&search);
        roll.send(search).await.expect(200);
    }

    async fn texts_that_are_put_together_are_no_longer_than_the_index_takes(roll: Roll) {
        // What repeats is packed by PostgreSQL before it is measured.
        let text = |length: usize| (0..=length / 32).map(|_| Id::fresh().uuid().simple().to_string()).collect::<String>();
        let mut body = person("dana");
        body["name"] = json!({ "givenName": &text(2_000)[..2_000], "familyName": &text(2_000)[..2_000] });
        let id = roll.post("/Users", &body).await.expect(201).id();
        let kind = text(5_000);
        let change = json!({ "op": "add", "path": format!("emails[type eq \"{kind}\"].value"), "value": "a@b.c" });
        let refused = roll.patch(&format!("/Users/{id}"), &patch(json!([change]))).await.expect(400);
        assert_eq!(refused.body["scimType"], "invalidValue");
    }

    async fn members_over_the_limit_are_refused_by_every_road(roll: Roll) {
        let team = roll.group("oncall", &[]).await;
        let before = dump(&roll).await;
        let ids: Vec<String> = (0..=MAX_MEMBERS).map(|_| Roll::new_id()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (body, path) = (group("other", &ids), format!("/Groups/{team}"));
        let operation = |op: &str| patch(json!([{ "op": op, "path": "members", "value": ids }]));
        for answer in [
            roll.post("/Groups", &body).await,
            roll.put(&path, &body).await,
            roll.patch(&path, &operation("add")).await,
            roll.patch(&path, &operation("remove")).await,
            roll.patch(&path, &operation("replace")).await,
        ] {
            answer.refused(400, Some("invalidValue"), "members");
        }
        unchanged(&roll, &before).await;
    }

    async fn as_many_members_as_a_put_takes_may_leave_by_a_patch(roll: Roll) {
        let dana = roll.person("dana").await;
        let team = roll.group("oncall", &[&dana]).await;
        let member = |id: String| json!({ "value": id, "display": "x", "type": "User", "$ref": "y" });
        let ids = (1..MAX_MEMBERS).map(|_| Roll::new_id()).chain([dana.clone()]);
        let list: Value = ids.map(member).collect();
        let leave = json!({ "op": "remove", "value": list, "path": "members" });
        roll.patch(&format!("/Groups/{team}"), &patch(json!([leave]))).await.expect(204);
        assert_eq!(roll.members(&team).await, Vec::<String>::new());
    }

    async fn filters_without_end_are_refused(roll: Roll) {
        roll.person("dana").await;
        let before = dump(&roll).await;
        let chain = vec!["userName pr"; 500].join(" or ");
        for filter in [
            "x".repeat(9_000), "(".repeat(3_000), "not (".repeat(1_000), "emails[".repeat(1_000), "[".repeat(3_000),
            format!("{}userName pr{}", "(".repeat(33), ")".repeat(33)), chain, "\"".repeat(3_000),
        ] {
            for path in ["/Users", "/Groups"] {
                let answer = roll.get(&queried(path, "filter", &filter)).await;
                judge(&filter, &answer, &[400]);
                assert_eq!(answer.body["scimType"], "invalidFilter");
            }
        }
        unchanged(&roll, &before).await;
    }

    async fn a_query_of_two_megabytes_never_reaches_a_handler(roll: Roll) {
        let before = dump(&roll).await;
        let text = super::wire::raw(&roll, super::wire::head(&roll, "GET", &format!("/Users?filter={}", "x".repeat(2_000_000)), "").as_bytes()).await;
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{}", &text[..text.len().min(200)]);
        unchanged(&roll, &before).await;
    }

    async fn sql_is_text_wherever_it_stands(roll: Roll) {
        let (user, team) = (roll.person("dana").await, roll.group("oncall", &[]).await);
        let before = dump(&roll).await;
        for sql in SQL {
            for name in ["filter", "attributes", "excludedAttributes", "startIndex", "count", "sortBy", "cursor"] {
                for path in ["/Users", "/Groups", &format!("/Users/{user}"), &format!("/Groups/{team}")] {
                    judge(&format!("{path} {name} {sql}"), &roll.get(&queried(path, name, sql)).await, &[200, 400]);
                }
            }
            for filter in [format!("userName eq {}", json!(sql)), format!("emails[value co {}]", json!(sql))] {
                assert_eq!(roll.find(&filter).await.expect(200).body["totalResults"], 0, "{filter}");
            }
            let whole = patch(json!([{ "op": "replace", "path": sql, "value": "x" }]));
            judge(sql, &roll.patch(&format!("/Users/{user}"), &whole).await, &[400]);
            judge(sql, &roll.patch(&format!("/Groups/{team}"), &whole).await, &[400]);
        }
        unchanged(&roll, &before).await;
    }

    async fn ids_that_are_no_uuid_are_nobody_with_every_method(roll: Roll) {
        let before = dump(&roll).await;
        let operation = patch(json!([{ "op": "replace", "path": "displayName", "value": "x" }]));
        for id in ["7", "'%20or%201=1--", "%F0%9F%92%A5", &"0".repeat(3_000), "00000000-0000-0000-0000-00000000000g"] {
            for (kind, body) in [("Users", person("dana")), ("Groups", group("x", &[]))] {
                let path = format!("/{kind}/{id}");
                judge(&path, &roll.put(&path, &body).await, &[404]);
                judge(&path, &roll.patch(&path, &operation).await, &[404]);
                judge(&path, &roll.delete(&path).await, &[404]);
            }
        }
        unchanged(&roll, &before).await;
    }

    async fn sqlite_ends_a_search_that_takes_too_long_and_nothing_else(roll: Roll) {
        // PostgreSQL ends every statement by itself.
        if roll.engine() == Engine::Pg {
            return;
        }
        let count = |most: &str| format!("with recursive n (i) as (select 1 union all select i + 1 from n {most}) select count(*) from n");
        let turns = Arc::new(Semaphore::new(1));
        let mut view = roll.app.db.view().await.expect("a connection");
        view.keep(Arc::clone(&turns).try_acquire_owned().expect("the turn")).await.expect("kept");
        let Arm::Lite(conn) = view.arm() else { panic!("no SQLite") };
        let ended = sqlx::raw_sql(AssertSqlSafe(count(""))).execute(conn).await;
        let error = view.answered(ended).expect_err("it has no end");
        assert!(matches!(error, Error::Busy { why: Busy::Slow, .. }), "{error}");
        // The limit is that of the search, not of its connection.
        let Arm::Lite(conn) = view.arm() else { panic!("no SQLite") };
        let refused = sqlx::raw_sql(AssertSqlSafe(count("where i < 100000"))).execute(conn).await;
        view.answered(refused).expect_err("its time is up");
        drop(view);
        let _turn = turns.acquire().await.expect("the turn is free");
        for _ in 0..20 {
            let mut view = roll.app.db.view().await.expect("a connection");
            let Arm::Lite(conn) = view.arm() else { panic!("no SQLite") };
            let counted = sqlx::raw_sql(AssertSqlSafe(count("where i < 100000"))).execute(conn).await;
            view.answered(counted).expect("others take as long as they take");
        }
    }

    async fn large_answers_take_room_until_they_are_read(roll: Roll) {
        const ALL: usize = 128 * 1024 * 1024;
        roll.person("dana").await;
        let long = match roll.engine() {
            Engine::Pg => "repeat('x', 100000)",
            Engine::Lite => "hex(zeroblob(50000))",
        };
        roll.sql_run(&format!("update users set scim_attributes = '{{\"x\":\"' || {long} || '\"}}'")).await;
        let mut all = roll.app.answers.place();
        all.widen(ALL).await.expect("all of it");
        roll.get("/Users").await.expect(429);
        roll.post("/.search", &json!({})).await.expect(429);
        roll.get("/Users?attributes=id").await.expect(200);
        drop(all);
        for _ in 0..3 {
            roll.get("/Users").await.expect(200);
            roll.app.answers.place().widen(ALL).await.expect("it was given back");
        }
    }

    async fn people_in_many_groups_count_for_a_page(roll: Roll) {
        let mut ids = Vec::new();
        for at in 0..20 {
            ids.push(roll.person(&format!("p{at}")).await);
        }
        let members: Vec<&str> = ids.iter().map(String::as_str).collect();
        for at in 0..10 {
            roll.group(&format!("g{at}"), &members).await;
        }
        let long = match roll.engine() {
            Engine::Pg => "repeat('x', 250000)",
            Engine::Lite => "hex(zeroblob(125000))",
        };
        roll.sql_run(&format!("update teams set name = {long}")).await;
        for list in ["/Users", "/Users?attributes=roles", "/Users?cursor="] {
            roll.get(list).await.refused(400, Some("tooMany"), "without their groups");
        }
        roll.get("/Users?excludedAttributes=groups,roles").await.expect(200);
        roll.get(&format!("/Users/{}", ids[0])).await.expect(200);
    }

    async fn a_page_that_is_too_large_is_refused_and_never_cut(roll: Roll) {
        let mut ids = Vec::new();
        for at in 0..140 {
            ids.push(roll.person(&format!("p{at}")).await);
        }
        let members: Vec<&str> = ids.iter().map(String::as_str).collect();
        for name in ["one", "two", "three"] {
            roll.group(name, &members).await;
        }
        let long = match roll.engine() {
            Engine::Pg => "repeat('x', 250000)",
            Engine::Lite => "hex(zeroblob(125000))",
        };
        roll.sql_run(&format!("update users set display_name = {long}")).await;
        let groups = roll.get("/Groups").await;
        groups.refused(400, Some("tooMany"), "groups without their members");
        roll.get("/Groups?excludedAttributes=members").await.expect(200);
        roll.sql_run(&format!("update users set display_name = 'x', scim_attributes = '{{\"x\":\"' || {long} || '\"}}'")).await;
        for list in ["/Users?count=140", "/Users?count=500&cursor=", "/Users?count=140&attributes=id"] {
            roll.get(list).await.refused(400, Some("tooMany"), "take more than 32 MiB");
        }
        let asked = json!({ "count": 140, "filter": "meta.resourceType eq \"User\"" });
        roll.post("/.search", &asked).await.refused(400, Some("tooMany"), "ask for fewer at once");
        for list in ["/Users", "/Users?startIndex=101"] {
            let whole = roll.get(list).await.expect(200).body;
            assert_eq!(whole["itemsPerPage"], if list == "/Users" { 100 } else { 40 });
        }
    }

    async fn operations_over_the_limit_are_refused(roll: Roll) {
        let (user, team) = (roll.person("dana").await, roll.group("oncall", &[]).await);
        let before = dump(&roll).await;
        let one = json!({ "op": "replace", "path": "displayName", "value": "x" });
        let many = patch(Value::from(vec![one; 2_501]));
        for path in [format!("/Users/{user}"), format!("/Groups/{team}")] {
            roll.patch(&path, &many).await.refused(400, Some("invalidValue"), "2500");
        }
        let costly = json!({ "op": "replace", "path": format!("emails[{}].value", vec!["type eq \"work\""; 100].join(" or ")), "value": "x" });
        let answer = roll.patch(&format!("/Users/{user}"), &patch(Value::from(vec![costly; 100]))).await;
        answer.refused(400, Some("invalidValue"), "comparisons");
        unchanged(&roll, &before).await;
    }

    async fn a_bomb_that_would_unfold_is_refused_unread(roll: Roll) {
        let before = dump(&roll).await;
        // The head of a gzip stream that promises gigabytes; nobody here unfolds it.
        let bomb = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".as_slice(), &[0xed, 0xc1, 0x01], &[0_u8; 2_000]].concat();
        for encoding in ["gzip", "x-gzip", "gzip, gzip, gzip"] {
            let request = roll.scim(Method::POST, "/Users").header("content-encoding", encoding);
            let request = request.header("content-type", "application/scim+json").body(bomb.clone());
            roll.send(request).await.refused(415, None, "compressed");
        }
        let request = roll.scim(Method::POST, "/Users").header("content-type", "application/scim+json");
        roll.send(request.body(bomb)).await.refused(400, Some("invalidSyntax"), "body");
        unchanged(&roll, &before).await;
    }
}
