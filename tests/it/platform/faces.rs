//! What every answer outside SCIM has in common.

use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{Roll, facts};

facts! {
    async fn what_is_no_route_is_a_problem_with_the_request_id(roll: Roll) {
        let request = roll.request(Method::GET, "/api/nothing").header("x-request-id", "mine-1");
        let answer = roll.send(request).await.expect(404);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["requestId"], "mine-1");
        assert_eq!(answer.body["status"], 404);
        let answer = roll.send(roll.request(Method::DELETE, "/health")).await.expect(405);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.header("allow").contains("GET"));
        let request = roll.request(Method::GET, "/sign-out").header("accept", "text/html");
        let page = roll.send(request).await.expect(405);
        assert_eq!((page.header("content-type"), page.header("allow")), ("text/html; charset=utf-8", "POST"));
        assert!(page.text.contains("There is nothing to see at this address by itself."), "{}", page.text);
    }

    async fn every_answer_outside_scim_is_hardened_and_no_other(roll: Roll) {
        let headers = ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"];
        for path in ["/health", "/nothing", "/webhooks/okta/events"] {
            let answer = roll.send(roll.request(Method::GET, path)).await;
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert!(headers.iter().all(|name| answer.headers.contains_key(*name)), "{path}");
            assert!(!answer.headers.contains_key("strict-transport-security"), "reached by http: {path}");
        }
        let scim = roll.get("/Users").await.expect(200);
        assert!(!scim.headers.contains_key("content-security-policy"));
    }

    async fn bodies_that_never_come_keep_no_connection_to_the_database(roll: Roll) {
        let dana = roll.signed("dana").await;
        // More than either engine's pool has.
        let mut slow = Vec::new();
        for path in ["/auth/me", "/teams"].repeat(12) {
            let head = format!(
                "GET {path} HTTP/1.1\r\nhost: x\r\ncookie: rollcall={}\r\ncontent-length: 9\r\n\r\n",
                dana.secret
            );
            let mut wire = TcpStream::connect(roll.origin.trim_start_matches("http://")).await.expect("a connection");
            wire.write_all(head.as_bytes()).await.expect("sent");
            slow.push(wire);
        }
        for _ in 0..50 {
            dana.get(&roll, "/auth/me").await.expect(200);
            roll.get("/Users?count=1").await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_world_reaches_by_https_demands_https() {
    let set = |shared: &mut rollcall::http::Shared| shared.public_url = "https://rollcall.example".to_owned();
    let roll = Roll::start_with(rollcall::store::dialect::Engine::Lite, set).await;
    let answer = roll.send(roll.request(Method::GET, "/health")).await.expect(200);
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}
