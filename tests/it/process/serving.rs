//! `rollcall serve`, from nothing to a connection that Okta could use.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rollcall::store::dialect::Engine;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::person;
use crate::process::{Place, process_facts};

process_facts! {
    async fn the_first_start_prints_the_address_and_a_token_that_works(place: Place) {
        let mut server = place.serve().await;
        let printed = server.printed_until("Authorization (Bearer)").await;
        let token = printed.split_whitespace().last().expect("a token");
        assert!(printed.contains(&format!("{}/scim/v2", server.origin)), "{printed}");
        server.get("/scim/v2/Users", token).await.expect(200);
        server.get("/scim/v2/Users", "rc_scim_guessed_0000").await.refused(401, None, "not known");
        let health = server.get("/health", "").await.expect(200);
        assert_eq!(health.body, json!({ "status": "ok" }));
    }

    async fn the_token_is_kept_for_its_owner_alone(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.terminate();
        server.ended().await;
        let file = place.folder.path().join("data/scim-token");
        assert_eq!(std::fs::read_to_string(&file).expect("the file").trim(), token);
        assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    }

    async fn people_and_token_survive_a_restart_and_the_token_is_not_shown_again(place: Place) {
        let mut first = place.serve().await;
        let token = first.printed_token().await;
        let id = first.post("/scim/v2/Users", &token, &person("dana")).await.expect(201).id();
        first.terminate();
        assert_eq!(first.ended().await.0, Some(0));
        let mut second = place.serve().await;
        let printed = second.printed_until("SCIM connector base URL").await;
        assert!(!printed.contains(&token), "{printed}");
        let read = second.get(&format!("/scim/v2/Users/{id}"), &token).await.expect(200);
        assert_eq!(read.body["userName"], "dana@example.com");
    }

    async fn a_start_makes_no_token_where_there_ever_was_one(place: Place) {
        let listed = || place.run(&["token", "list", "--json"]).done();
        let mut first = place.serve().await;
        first.printed_token().await;
        drop(first);
        let key = serde_json::from_str::<serde_json::Value>(listed().trim()).expect("one token")["id"].clone();
        place.run(&["token", "rotate", key.as_str().expect("an id"), "--overlap-hours", "0"]).done();
        let before = listed();
        assert_eq!(before.lines().count(), 2, "{before}");
        let told = place.serve().await.printed_until("SCIM connector base URL").await;
        assert!(told.contains("the token in data/scim-token works no more"), "{told}");
        assert!(told.contains("rollcall token list") && told.contains("rollcall token create"), "{told}");
        std::fs::remove_file(place.folder.path().join("data/scim-token")).expect("the file");
        let told = place.serve().await.printed_until("SCIM connector base URL").await;
        assert!(!told.contains("works no more") && told.contains("rollcall token create"), "{told}");
        assert_eq!(listed(), before);
    }

    async fn no_secret_and_no_password_is_logged(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201);
        server.post("/scim/v2/Users", &token, &json!({ "password": "1mz050nq" })).await.expect(400);
        server.terminate();
        let (_, log) = server.ended().await;
        assert!(log.contains("stopped") && !log.contains(&token) && !log.contains("1mz050nq"), "{log}");
    }
}

/// An origin that answers everything so late, as a server does that waits for its database.
async fn late(after: Duration) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.read(&mut [0; 1024]).await;
        tokio::time::sleep(after).await;
        let head = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(head).await;
    });
    origin
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_waits_for_the_answer_of_a_server_that_waits_for_its_database() {
    let place = Place::new(Engine::Lite).await;
    let origin = late(Duration::from_secs(4)).await;
    let said = tokio::task::block_in_place(|| place.run(&["health", &origin])).refused(1);
    assert!(said.contains("answered 503"), "{said}");
}

/// An origin that answers everything with a redirect to somebody who is well.
async fn sender_away(well: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 1024]).await;
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {well}/health\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    origin
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_asks_a_bare_origin_at_its_path_and_follows_nobody() {
    let place = Place::new(Engine::Lite).await;
    let server = place.serve().await;
    let ask = |url: &str| tokio::task::block_in_place(|| place.run(&["health", url]));
    ask(&server.origin).done();
    ask(&format!("{}/health", server.origin)).done();
    let said = ask(&format!("{}/nowhere", server.origin)).refused(1);
    assert!(said.contains("/nowhere answered 404"), "{said}");
    let away = sender_away(server.origin.clone()).await;
    let said = ask(&away).refused(1);
    assert!(said.contains(&format!("{away}/health answered 302")), "{said}");
    let said = ask("http://127.0.0.1:1").refused(1);
    assert_eq!(said, "rollcall: http://127.0.0.1:1/health cannot be asked: connection refused\n");
    assert!(ask("localhost").refused(2).contains("localhost is no http or https address"));
}
