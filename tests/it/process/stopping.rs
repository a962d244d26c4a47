//! SIGTERM and kill -9: what was acknowledged is kept, what is under way is finished when there is time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Server;
use crate::harness::person;
use crate::process::process_facts;

/// Sends the head of a POST and waits until the server asks for the body: then the request is under way.
async fn half_a_post(server: &Server, token: &str, length: usize) -> TcpStream {
    let address = server.origin.trim_start_matches("http://");
    let mut wire = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/scim+json\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    );
    wire.write_all(head.as_bytes()).await.expect("sent");
    let mut told = [0; 25];
    wire.read_exact(&mut told).await.expect("an interim answer");
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    wire
}

/// Asks for readiness until it is red, or the door is shut.
async fn readiness_goes_red(server: &Server) -> bool {
    loop {
        match server.request(Method::GET, "/readyz").send().await {
            Ok(answer) if answer.status() == 503 => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

process_facts! {
    async fn a_stop_turns_readiness_red_and_lets_a_slow_request_finish(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        let body = person("dana").to_string();
        let mut wire = half_a_post(&server, &token, body.len()).await;
        server.terminate();
        let told = Instant::now();
        assert!(readiness_goes_red(&server).await, "the door was shut while readiness was green");
        for byte in body.as_bytes().chunks(1) {
            wire.write_all(byte).await.expect("sent");
            wire.flush().await.expect("sent");
        }
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        let (code, log) = server.ended().await;
        assert_eq!(code, Some(0), "{log}");
        assert!(told.elapsed() < Duration::from_secs(10), "{log}");
    }

    async fn a_request_that_never_ends_does_not_hold_the_stop(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        let _wire = half_a_post(&server, &token, 100).await;
        server.terminate();
        let told = Instant::now();
        let (code, log) = server.ended().await;
        assert_eq!(code, Some(0), "{log}");
        assert!(told.elapsed() < Duration::from_secs(10), "{log}");
    }

    async fn the_last_requests_are_in_the_log_after_a_stop(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.get("/scim/v2/Users/nobody", &token).await.expect(404);
        server.terminate();
        assert_eq!(server.ended().await.0, Some(0));
        let rows = place.store.sql("select method, path, cast(status as text) from scim_requests").await;
        assert_eq!(rows, [["GET", "/scim/v2/Users/nobody", "404"].map(|text| Some(text.to_owned()))]);
    }

    async fn a_kill_in_the_middle_of_writes_loses_nobody_who_was_acknowledged(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        for round in 0..3 {
            let ledger = write_until_killed(server, &token, round).await;
            server = place.serve().await;
            for id in &ledger {
                server.get(&format!("/scim/v2/Users/{id}"), &token).await.expect(200);
            }
            let audit = place.run(&["audit", "export", "--action", "user.created"]).done();
            assert!(ledger.iter().all(|id| audit.contains(id.as_str())), "an acknowledged person has no audit row");
            let unwitnessed = "select user_name from users where not exists (select 1 from audit_events a \
                               where a.user_id = users.id and a.action = 'user.created')";
            assert!(place.store.sql(unwitnessed).await.is_empty(), "a person has no audit row");
        }
    }
}

/// Four writers and, when a few people are acknowledged, the end; gives the ids that were.
async fn write_until_killed(server: Server, token: &str, round: usize) -> Vec<String> {
    let (server, ledger) = (Arc::new(server), Arc::new(Mutex::new(Vec::new())));
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let (server, ledger, token) = (Arc::clone(&server), Arc::clone(&ledger), token.to_owned());
        writers.spawn(async move {
            for count in 0.. {
                let body = person(&format!("p{round}-{writer}-{count}"));
                let Some(answer) = server.try_post("/scim/v2/Users", &token, &body).await else { return };
                let mut acknowledged = ledger.lock().await;
                acknowledged.push(answer.expect(201).id());
                if acknowledged.len() == 25 {
                    server.kill_hard();
                }
            }
        });
    }
    writers.join_all().await;
    let ids = ledger.lock().await.clone();
    assert!(ids.len() >= 25);
    ids
}
