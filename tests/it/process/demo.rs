//! `rollcall demo`.

use crate::process::process_facts;

process_facts! {
    async fn the_demo_plays_to_its_end_and_names_people_teams_and_changes(place: Place) {
        let store = place.store.url.clone();
        let args = ["demo", "--database-url", store.as_str()];
        let shown = place.run(&args).done();
        for words in [
            "✓ POST   201  Not yet: Okta creates Dana.",
            "Leila Haddad",
            "inactive",
            "oncall-money             Aiko Mori, Dana Okoye, Inês Carvalho-Brandt, Tomás Herrera",
            "Okta: Dana Okoye joined the roll",
            "Okta: Leila Haddad lost access",
            "Okta: Samuel Adjei left oncall-platform",
            "✓ HOOK   204  The same delivery comes again, as it may: it is known, and nothing happens twice. (applied)",
            "55 requests and 7 event hooks",
            "Events (7, in the order in which they came)",
            "stale      user.lifecycle.suspend    Inês Carvalho-Brandt",
            "Okta by an event hook: Dana Okoye lost access",
            "Okta by an event hook: Samuel Adjei may sign in again",
            "title from nothing to \"Incident Commander\"",
        ] {
            assert!(shown.contains(words), "no {words:?} in\n{shown}");
        }
        assert_eq!(shown.matches("Dana Okoye lost access").count(), 1, "told twice, done once");
    }

    async fn the_demo_refuses_a_store_with_people_and_leaves_it_as_it_is(place: Place) {
        let store = place.store.url.clone();
        let args = ["demo", "--quiet", "--database-url", store.as_str()];
        place.run(&args).done();
        let before = place.run(&["audit", "list", "--limit", "1000"]).done();
        let said = place.run(&args).refused(1);
        assert!(said.contains("holds people or teams"), "{said}");
        assert_eq!(place.run(&["audit", "list", "--limit", "1000"]).done(), before);
    }

    async fn the_demo_leaves_no_token_that_works(place: Place) {
        let store = place.store.url.clone();
        place.run(&["demo", "--quiet", "--database-url", store.as_str()]).done();
        let tokens = place.run(&["token", "list"]).done();
        assert!(tokens.contains("revoked") && !tokens.contains("live"), "{tokens}");
    }
}

#[tokio::test]
async fn without_a_store_of_its_own_the_demo_leaves_nothing_behind() {
    let place = super::Place::new(rollcall::store::dialect::Engine::Lite).await;
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let mut command = place.command(&["demo", "--quiet"]);
    command.env("TMPDIR", elsewhere.path());
    let shown = super::finish(command).done();
    assert!(shown.contains("Dana Okoye") && !shown.contains('✓'), "{shown}");
    assert!(place.files().is_empty(), "{:?}", place.files());
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("the folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_the_demo_serves_with_the_token_it_shows_until_it_is_told_to_stop() {
    let place = super::Place::new(rollcall::store::dialect::Engine::Lite).await;
    let mut command = place.command(&["demo", "--keep", "--quiet"]);
    command.env("RUST_LOG", "info");
    let mut server = super::Server::start(command).await;
    let token = server.printed_token().await;
    server.get("/scim/v2/Users", &token).await.expect(200);
    server.terminate();
    let (code, log) = server.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

/// The address of the console, as the demo prints it.
async fn printed_door(server: &mut super::Server) -> String {
    let text = server.printed_until("/demo/enter?key=").await;
    text.lines().last().expect("a line").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_ends_in_the_console_by_an_address_that_works_once() {
    let place = super::Place::new(rollcall::store::dialect::Engine::Lite).await;
    let mut command = place.command(&["demo", "--keep", "--quiet"]);
    command.env("RUST_LOG", "info");
    let mut server = super::Server::start(command).await;
    let door = printed_door(&mut server).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("a client");
    let ask = async |url: &str| client.get(url).send().await.expect("an answer");
    assert_eq!(ask(&format!("{door}0")).await.status(), 404, "a wrong key");
    assert_eq!(client.head(&door).send().await.expect("an answer").status(), 404, "a look uses nothing up");
    let entered = ask(&door).await;
    assert_eq!(entered.status(), 303);
    let then = entered.headers()["location"].to_str().expect("a path").to_owned();
    assert!(then.starts_with("/stories/"), "{then}");
    let cookie = entered.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
    let cookie = cookie.split(';').next().expect("its value").to_owned();
    assert_eq!(ask(&door).await.status(), 404, "once");
    let shown = client.get(format!("{}/audit", server.origin)).header("cookie", cookie);
    let shown = shown.send().await.expect("an answer").text().await.expect("a page");
    assert!(shown.contains("Demo Admin") && shown.contains("Dana Okoye"), "{shown}");
    server.terminate();
    let (code, log) = server.ended().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_server_has_the_demos_door() {
    let place = super::Place::new(rollcall::store::dialect::Engine::Lite).await;
    let server = place.serve().await;
    let answer = server.request(reqwest::Method::GET, "/demo/enter?key=x").send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.expect("a body").contains("There is no such endpoint"), "it is no route");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_listens_on_the_port_it_is_given() {
    let place = super::Place::new(rollcall::store::dialect::Engine::Lite).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let demo = || {
        let mut command = place.command(&["demo", "--quiet", "--keep"]);
        command.env("PORT", &port).env("RUST_LOG", "info");
        command
    };
    let said = super::finish(demo()).refused(1);
    assert!(said.contains(&format!("127.0.0.1:{port} (PORT)")), "{said}");
    drop(taken);
    let mut server = super::Server::start(demo()).await;
    let printed = server.printed_until("SCIM connector base URL").await;
    assert!(printed.contains(&format!("http://127.0.0.1:{port}/scim/v2")), "{printed}");
}
