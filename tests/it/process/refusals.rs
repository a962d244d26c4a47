//! What the program refuses to start with.

use rollcall::store::dialect::Engine;

use crate::process::{Place, finish, process_facts};

/// A token that production takes.
const STRONG: &str = "5f0a7c1e9b3d4826a1c7e5f9b2d40863";
/// A secret of event hooks that production takes.
const JWT: &str = "c1d2e3f4a5b60718293a4b5c6d7e8f90";
const SECRET: &str = "a1c7e5f9b2d408635f0a7c1e9b3d4826";

process_facts! {
    async fn every_fault_of_a_configuration_is_named_at_once_and_nothing_is_made(place: Place) {
        let mut command = place.command(&["serve"]);
        command.env("PORT", "many").env("HOST", "example.com").env("AUDIT_RETENTION_DAYS", "0");
        command.env("PUBLIC_URL", "rollcall").env("SCIM_BEARER_TOKEN", "short").env("TRUSTED_PROXIES", "everyone");
        let said = finish(command).refused(2);
        for name in ["PORT", "HOST", "AUDIT_RETENTION_DAYS", "PUBLIC_URL", "SCIM_BEARER_TOKEN", "TRUSTED_PROXIES"] {
            assert!(said.contains(name), "{name} is not in {said}");
        }
        assert!(!said.contains("short") && !said.contains("everyone"), "a value is told: {said}");
        assert!(place.files().is_empty(), "{:?}", place.files());
    }

    async fn production_starts_with_no_weak_or_missing_token(place: Place) {
        for (token, words) in [
            (None, "required"),
            (Some("0123456789"), "32 bytes"),
            (Some("change-me-scim-bearer-token-of-32-bytes-or-more"), ".env.example"),
        ] {
            let mut command = place.command(&["serve"]);
            command.env("APP_ENV", "production").env("PUBLIC_URL", "https://rollcall.test");
            command.env("OKTA_WEBHOOK_SECRET", SECRET).env("JWT_SECRET", JWT);
            command.envs(token.map(|token| ("SCIM_BEARER_TOKEN", token)));
            let said = finish(command).refused(2);
            assert!(said.contains("SCIM_BEARER_TOKEN") && said.contains(words), "{said}");
            assert!(place.files().is_empty(), "{:?}", place.files());
        }
    }

    async fn production_makes_no_token_and_takes_the_one_it_is_given(place: Place) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let mut command = place.command(&["serve"]);
        command.env("APP_ENV", "production").env("PUBLIC_URL", "https://rollcall.test").env("PORT", port.to_string());
        command.env("SCIM_BEARER_TOKEN", STRONG).env("OKTA_WEBHOOK_SECRET", SECRET).env("JWT_SECRET", JWT);
        std::fs::create_dir(place.folder.path().join("data")).expect("a folder");
        let server = crate::process::Server::start(command).await;
        server.get("/scim/v2/Users", STRONG).await.expect(200);
        assert!(!place.folder.path().join("data/scim-token").exists());
    }

    async fn production_that_nobody_else_can_reach_by_its_name_starts_and_says_so(place: Place) {
        std::fs::create_dir(place.folder.path().join("data")).expect("a folder");
        for (url, is_told) in [(None, true), (Some("https://rollcall.test"), false)] {
            let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
            let set = |args: &[&str]| {
                let mut command = place.command(args);
                command.env("APP_ENV", "production").env("PORT", port.to_string()).envs(url.map(|url| ("PUBLIC_URL", url)));
                command.env("SCIM_BEARER_TOKEN", STRONG).env("OKTA_WEBHOOK_SECRET", SECRET).env("JWT_SECRET", JWT);
                command
            };
            let mut server = crate::process::Server::start(set(&["serve"])).await;
            server.get("/health", "").await.expect(200);
            server.terminate();
            let (code, log) = server.ended().await;
            assert_eq!((code, log.contains("PUBLIC_URL is not set")), (Some(0), is_told), "{log}");
            let looked = finish(set(&["doctor"])).out;
            assert_eq!(looked.contains("-> set PUBLIC_URL to the https address that Okta reaches"), is_told, "{looked}");
        }
    }

    async fn a_store_with_a_newer_schema_is_refused_and_left_as_it_is(place: Place) {
        place.run(&["migrate"]).done();
        // A table and its migration are taken away: a start that did anything at all would bring them back.
        place.store.sql_run("drop table scim_requests; delete from _sqlx_migrations where version = 5").await;
        place.store.sql_run(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             select 9999, 'from the future', success, checksum, 0 from _sqlx_migrations where version = 1",
        ).await;
        let said = place.run(&["serve"]).refused(1);
        assert!(said.contains("schema version 9999") && said.contains("newer"), "{said}");
        let versions = place.store.sql("select cast(version as text) from _sqlx_migrations order by version").await;
        let versions: Vec<_> = versions.iter().filter_map(|row| row[0].as_deref()).collect();
        assert!(versions.contains(&"9999") && !versions.contains(&"5"), "{versions:?}");
    }

    async fn a_port_that_is_taken_is_named(place: Place) {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = taken.local_addr().expect("an address").port().to_string();
        let mut command = place.command(&["serve"]);
        command.env("PORT", &port);
        let said = finish(command).refused(1);
        assert_eq!(said, format!("rollcall: cannot listen on 127.0.0.1:{port} (PORT): address already in use\n"));
        let mut command = place.command(&["serve"]);
        command.env("PORT", "0").env("METRICS_ADDR", format!("127.0.0.1:{port}"));
        let said = finish(command).refused(1);
        assert!(said.contains(&format!("127.0.0.1:{port} (METRICS_ADDR)")) && said.lines().count() == 1, "{said}");
    }
}

#[tokio::test]
async fn production_makes_no_folder_for_its_store() {
    let place = Place::new(Engine::Lite).await;
    for args in [["serve"], ["migrate"]] {
        let mut command = place.command(&args);
        command.env("APP_ENV", "production").env("PUBLIC_URL", "https://rollcall.test");
        command.env("SCIM_BEARER_TOKEN", STRONG).env("OKTA_WEBHOOK_SECRET", SECRET).env("JWT_SECRET", JWT);
        let said = finish(command).refused(1);
        assert!(said.contains("the folder data of the database data/rollcall.db is not there"), "{said}");
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

#[tokio::test]
async fn what_is_no_filter_of_the_log_is_told_wherever_it_comes_from() {
    let place = Place::new(Engine::Lite).await;
    std::fs::write(place.folder.path().join(".env"), "RUST_LOG='==='\n").expect("written");
    let looked = place.run(&["migrate"]);
    assert!(looked.code == Some(0) && looked.err.contains("RUST_LOG is not a filter"), "{}", looked.err);
}

#[tokio::test]
async fn a_file_of_sqlites_that_cannot_be_opened_is_named_with_the_cause() {
    let place = Place::new(Engine::Lite).await;
    let folder = place.folder.path().join("data/rollcall.db");
    std::fs::create_dir_all(&folder).expect("a folder");
    let said = place.run(&["serve"]).refused(1);
    assert_eq!(said, "rollcall: cannot open the database data/rollcall.db: it is a folder\n");
    let mut command = place.command(&["serve"]);
    command.env("DATABASE_URL", "sqlite:///proc/rollcall/roll.db");
    let said = finish(command).refused(1);
    assert!(said.contains("the database /proc/rollcall/roll.db: ") && said.lines().count() == 1, "{said}");
}

#[tokio::test]
async fn a_database_that_a_server_of_postgresqls_does_not_have_is_named_in_its_own_words_alone() {
    let place = Place::new(Engine::Pg).await;
    let (server, _) = place.store.url.rsplit_once('/').expect("a database");
    let mut command = place.command(&["serve"]);
    command.env("DATABASE_URL", format!("{server}/rollcall_nowhere"));
    let said = finish(command).refused(1);
    assert!(said.ends_with(": database \"rollcall_nowhere\" does not exist\n"), "{said}");
}

#[tokio::test]
async fn a_server_of_postgresqls_that_cannot_be_reached_is_named_with_the_cause() {
    let place = Place::new(Engine::Lite).await;
    let mut command = place.command(&["serve"]);
    command.env("DATABASE_URL", "postgres://roll:the-password@127.0.0.1:1/roll");
    let said = finish(command).refused(1);
    assert_eq!(said, "rollcall: cannot open the database at 127.0.0.1:1: connection refused\n");
}
