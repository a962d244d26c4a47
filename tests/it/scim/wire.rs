//! What goes over the wire, whatever the endpoint: URLs, ids of requests, routes and methods that are none.

mod bodies;
pub mod busy;
mod connections;
mod log;
mod replicas;
mod shapes;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Roll, facts, person};

/// Everything a refused request must leave as it is.
async fn contents(roll: &Roll) -> Vec<Vec<Option<String>>> {
    roll.sql(
        "select 'user', user_name, cast(version as text), cast(scim_attributes as text) from users union all \
         select 'team', name, '', cast(scim_attributes as text) from teams union all \
         select 'member', cast(count(*) as text), '', '' from team_members union all \
         select 'audit', action, cast(count(*) as text), '' from audit_events where action not like 'auth.%' \
         group by action order by 1, 2, 3, 4",
    )
    .await
}

/// Sends bytes as they are and gives the answer as text.
pub(super) async fn raw(roll: &Roll, bytes: &[u8]) -> String {
    let mut wire = TcpStream::connect(roll.origin.trim_start_matches("http://")).await.expect("a connection");
    wire.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    wire.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8(answer).expect("text")
}

/// The head of a request with the token; the connection ends with its answer.
pub(super) fn head(roll: &Roll, method: &str, path: &str, headers: &str) -> String {
    format!(
        "{method} /scim/v2{path} HTTP/1.1\r\nhost: rollcall.test\r\nauthorization: Bearer {}\r\n\
         connection: close\r\n{headers}\r\n",
        roll.token
    )
}

facts! {
    async fn a_client_whose_body_was_not_read_is_told_why_and_that_the_connection_ends(roll: Roll) {
        let right = roll.token.clone();
        for (method, path, token, size, status) in [
            ("PATCH", "/Groups/x", "wrong", 20_000, "401 "),
            ("PUT", "/Groups/x", "wrong", 15 << 20, "401 "),
            ("POST", "/Users", right.as_str(), 8 << 20, "413 "),
            ("POST", "/Groups", right.as_str(), 20 << 20, "413 "),
        ] {
            let head = format!(
                "{method} /scim/v2{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/scim+json\r\ncontent-length: {size}\r\n\r\n"
            );
            let answer = raw(&roll, &[head.as_bytes(), &vec![b' '; size]].concat()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains("api:messages:2.0:Error"), "{answer}");
            assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        }
    }

    async fn extra_slashes_in_a_url_change_nothing(roll: Roll) {
        let id = roll.person("dana").await;
        for path in ["/scim/v2/Users/", "/scim/v2//Users", "//scim//v2/Users?startIndex=1&count=2"] {
            let answer = roll.send(roll.request(Method::GET, path).bearer_auth(&roll.token)).await.expect(200);
            assert_eq!(answer.body["totalResults"], 1, "{path}");
        }
        let answer = roll.send(roll.request(Method::GET, &format!("/scim/v2//Users/{id}/")).bearer_auth(&roll.token));
        assert_eq!(answer.await.expect(200).id(), id);
        roll.post("/Users/", &person("ines")).await.expect(201);
    }

    async fn a_plain_request_id_comes_back_and_reaches_the_audit(roll: Roll) {
        let request = roll.with_body(Method::POST, "/Users", &person("dana")).header("x-request-id", "okta-7f:3.a_b");
        let made = roll.send(request).await.expect(201);
        assert_eq!(made.header("x-request-id"), "okta-7f:3.a_b");
        let told = roll.sql_one("select request_id from audit_events where action = 'user.created'").await;
        assert_eq!(told, "okta-7f:3.a_b");
    }

    async fn an_odd_request_id_is_replaced(roll: Roll) {
        let long = "a".repeat(65);
        for odd in ["", "two words", "semi;colon", "<script>", "quote\"", long.as_str()] {
            let answer = roll.send(roll.scim(Method::GET, "/Users").header("x-request-id", odd)).await.expect(200);
            let given = answer.header("x-request-id");
            assert!(given != odd && uuid::Uuid::parse_str(given).is_ok(), "{odd:?} became {given:?}");
        }
    }

    async fn every_answer_has_a_request_id_of_its_own(roll: Roll) {
        let nobody = |path: &str| roll.send(roll.request(Method::GET, path));
        let answers = [roll.get("/Users/7").await.expect(404), nobody("/scim/v2/Users").await.expect(401),
            nobody("/health").await.expect(200), nobody("/nothing").await.expect(404)];
        let mut ids: Vec<&str> = answers.iter().map(|answer| answer.header("x-request-id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }

    async fn a_route_that_is_none_is_a_scim_error_behind_the_token(roll: Roll) {
        for path in ["/scim", "/scim/v1/Users", "/scim/v2", "/scim/v2/None", "/scim/v2/Users/a/b", "/scim/v2/users"] {
            let known = roll.send(roll.request(Method::GET, path).bearer_auth(&roll.token)).await;
            known.refused(404, None, "no such endpoint");
            roll.send(roll.request(Method::GET, path)).await.refused(401, None, "token");
        }
        let outside = roll.send(roll.request(Method::GET, "/nothing")).await.expect(404);
        assert_eq!(outside.header("content-type"), "application/problem+json");
    }

    async fn a_method_an_endpoint_lacks_is_405_with_those_it_has(roll: Roll) {
        for (method, path, allow) in [
            (Method::PUT, "/Users", "GET,HEAD,POST"),
            (Method::DELETE, "/Groups", "GET,HEAD,POST"),
            (Method::POST, "/Users/7", "DELETE,GET,HEAD,PATCH,PUT"),
            (Method::POST, "/Schemas", "GET,HEAD"),
        ] {
            let answer = roll.send(roll.scim(method, path)).await.expect(405);
            let mut listed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            listed.sort_unstable();
            assert_eq!(listed.join(","), allow, "{path}");
            answer.refused(405, None, "method");
        }
    }

    async fn a_head_is_answered_as_a_get_without_its_body(roll: Roll) {
        let id = roll.person("dana").await;
        let text = raw(&roll, head(&roll, "HEAD", &format!("/Users/{id}"), "").as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 200 ") && text.to_lowercase().contains("etag: w/\"1\""), "{text}");
        assert!(text.ends_with("\r\n\r\n"), "{text}");
    }

    async fn an_internal_error_names_its_request_and_nothing_of_the_inside(roll: Roll) {
        let id = roll.person("dana").await;
        roll.sql_run("update users set scim_attributes = '[7]'").await;
        let request = roll.scim(Method::GET, &format!("/Users/{id}")).header("x-request-id", "find-me");
        let answer = roll.send(request).await;
        let body = answer.body.to_string().to_lowercase();
        answer.refused(500, None, "request find-me");
        assert!(["sql", "serde", "column", "panic"].iter().all(|word| !body.contains(word)), "{body}");
    }

    async fn ids_and_queries_that_cannot_be_are_refused_without_an_error_of_ours(roll: Roll) {
        let long = "a".repeat(4_000);
        let nil = "00000000-0000-0000-0000-000000000000";
        for id in ["7", "%00", "%ff", "%2e%2e", "..%2fGroups", "null", "'or''='", nil, &long] {
            roll.get(&format!("/Users/{id}")).await.refused(404, None, "");
            roll.delete(&format!("/Groups/{id}")).await.refused(404, None, "");
        }
        for query in ["startIndex=x", "count=1e9", "count=999999999999999999", "filter=%00", "filter=%ff", "filter=%z"] {
            let answer = roll.get(&format!("/Users?{query}")).await;
            assert!([200, 400].contains(&answer.status.as_u16()), "{query}: {}", answer.body);
        }
    }
}
