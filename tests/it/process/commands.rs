//! `rollcall token` and `rollcall audit`, beside a server that runs.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};

use super::Place;
use crate::harness::{patch, person};
use crate::process::process_facts;

/// The id and the token that `token create` or `rotate` printed.
fn printed(text: &str) -> (String, String) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let token = words.iter().find(|word| word.starts_with("rc_scim")).expect("a token");
    (words[1].to_owned(), (*token).to_owned())
}

fn rows(place: &Place, args: &[&str]) -> Vec<Value> {
    let text = place.run(&[&["audit", "export"], args].concat()).done();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

process_facts! {
    async fn a_token_revoked_at_the_command_line_is_refused_on_the_next_request(place: Place) {
        let server = place.serve().await;
        let (id, token) = printed(&place.run(&["token", "create", "--name", "Okta"]).done());
        server.get("/scim/v2/Users", &token).await.expect(200);
        place.run(&["token", "revoke", &id]).done();
        server.get("/scim/v2/Users", &token).await.refused(401, None, "revoked");
        place.run(&["token", "revoke", &id]).done();
        assert_eq!(rows(&place, &["--action", "scim.token.revoked"]).len(), 1);
    }

    async fn a_rotated_token_goes_on_working_for_its_overlap(place: Place) {
        let server = place.serve().await;
        let (first, old) = printed(&place.run(&["token", "create"]).done());
        let (second, new) = printed(&place.run(&["token", "rotate", &first, "--overlap-hours", "1"]).done());
        server.get("/scim/v2/Users", &old).await.expect(200);
        server.get("/scim/v2/Users", &new).await.expect(200);
        let (_, newest) = printed(&place.run(&["token", "rotate", &second, "--overlap-hours", "0"]).done());
        server.get("/scim/v2/Users", &new).await.refused(401, None, "expired");
        server.get("/scim/v2/Users", &newest).await.expect(200);
    }

    async fn a_header_mode_token_goes_bare_and_a_read_only_one_changes_nothing(place: Place) {
        let server = place.serve().await;
        let (_, header) = printed(&place.run(&["token", "create", "--header-mode"]).done());
        let (_, reader) = printed(&place.run(&["token", "create", "--read-only"]).done());
        let bare = |token: &str| server.request(Method::GET, "/scim/v2/Users").header("authorization", token).send();
        assert_eq!(bare(&header).await.expect("an answer").status(), 200);
        assert_eq!(bare(&reader).await.expect("an answer").status(), 401);
        server.get("/scim/v2/Users", &reader).await.expect(200);
        server.post("/scim/v2/Users", &reader, &person("dana")).await.refused(403, None, "scope");
        assert!(rows(&place, &["--action", "user.*"]).is_empty());
    }

    async fn tokens_are_listed_without_themselves(place: Place) {
        place.run(&["migrate"]).done();
        let (id, token) = printed(&place.run(&["token", "create", "--name", "Entra", "--days", "30"]).done());
        let listed = place.run(&["token", "list", "--json"]).done();
        let secret = token.rsplit_once('_').expect("a secret part").1;
        assert!(!listed.contains(secret), "{listed}");
        let row: Value = serde_json::from_str(listed.trim()).expect("one JSON object");
        assert_eq!([&row["id"], &row["name"], &row["state"]], [&json!(id), &json!("Entra"), &json!("live")]);
        assert!(row["expiresAt"].is_string());
    }

    async fn an_unknown_token_is_refused_in_a_sentence(place: Place) {
        place.run(&["migrate"]).done();
        let said = place.run(&["token", "revoke", "000000000000"]).refused(1);
        assert!(said.contains("no token with this id"), "{said}");
    }

    async fn the_audit_is_listed_shown_and_filtered(place: Place) {
        let (server, token, dana) = inhabited(&place).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }])).to_string();
        let request = server.request(Method::PATCH, &format!("/scim/v2/Users/{dana}")).bearer_auth(&token);
        request.header("content-type", "application/scim+json").body(off).send().await.expect("an answer");
        let list = place.run(&["audit", "list", "--user", &dana]).done();
        let lines: Vec<&str> = list.lines().collect();
        assert_eq!(lines.len(), 2, "{list}");
        assert!(lines[0].contains("user.deactivated") && lines[1].contains("user.created"), "{list}");
        let id = lines[1].split_whitespace().next().expect("an id");
        assert!(place.run(&["audit", "show", id]).done().contains("\"user.created\""), "{list}");
        let ended = &rows(&place, &["--action", "user.deactivated", "--severity", "warn", "--source", "scim"])[0];
        assert_eq!(ended["before"]["isActive"], true);
        assert_eq!(ended["after"]["isActive"], false);
        let shown = place.run(&["audit", "show", ended["id"].as_str().expect("an id")]).done();
        assert_eq!(serde_json::from_str::<Value>(&shown).expect("JSON"), *ended);
        assert_eq!(rows(&place, &["--cause", ended["cause"].as_str().expect("a cause")]).len(), 1);
        assert!(rows(&place, &["--user", &dana, "--until", "1h"]).is_empty());
        assert_eq!(rows(&place, &["--user", &dana, "--since", "1h"]).len(), 2);
    }

    async fn a_filter_that_cannot_be_is_refused_by_name(place: Place) {
        let odd = [("--severity", "LOUD"), ("--action", "user.vanished"), ("--cause", "7"), ("--since", "soon"), ("--search", "a:b")];
        for (flag, value) in odd {
            let said = place.run(&["audit", "list", flag, value]).refused(2);
            assert!(said.contains(flag), "{said}");
        }
        for args in [["audit", "show", "7"], ["hooks", "show", "7"], ["hooks", "replay", "7"]] {
            assert!(place.run(&args).refused(2).contains("ID must be a UUID"), "{args:?}");
        }
        assert!(place.run(&["hooks", "list", "--state", "foo"]).refused(2).contains("--state must be one of"));
    }

    async fn an_export_as_csv_holds_no_formula(place: Place) {
        let server = place.serve().await;
        let formula = "=HYPERLINK(\"http://evil.test\")";
        let (_, token) = printed(&place.run(&["token", "create", "--name", formula]).done());
        let mut dana = person("dana");
        dana["displayName"] = formula.into();
        server.post("/scim/v2/Users", &token, &dana).await.expect(201);
        let text = place.run(&["audit", "export", "--format", "csv", "--action", "user.created"]).done();
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let row = table.records().next().expect("a row").expect("CSV");
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{text}");
        assert!(row.iter().any(|cell| cell == format!("'{formula}")), "{text}");
    }

    async fn a_migration_says_the_version_it_came_to(place: Place) {
        let newest = rollcall::store::migrate::newest();
        assert_eq!(place.run(&["migrate"]).done(), format!("The schema is up to date, at version {newest}.\n"));
    }

    async fn a_reader_that_goes_away_ends_a_command_quietly(place: Place) {
        place.run(&["migrate"]).done();
        let quiet: [&[&str]; 7] = [
            &["token", "create"],
            &["token", "list"],
            &["audit", "list"],
            &["audit", "export"],
            &["breaker", "show"],
            &["links", "list"],
            &["demo", "--quiet"],
        ];
        for args in quiet {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            let mut command = place.command(args);
            let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("the program starts");
            drop(command);
            let ended = child.wait_with_output().expect("the program ends");
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(ended.status.code() == Some(0) && !said.contains("panic") && !said.contains("pipe"), "{args:?}: {said}");
        }
    }

    async fn an_export_is_itself_in_the_audit(place: Place) {
        place.run(&["migrate"]).done();
        place.run(&["audit", "export", "--format", "csv"]).done();
        let told = &rows(&place, &["--action", "audit.exported"])[0];
        assert_eq!(told["detail"]["format"], "csv");
        assert_eq!(told["actor"]["kind"], "cli");
    }
}

#[tokio::test]
async fn a_command_that_finds_no_store_makes_none_and_names_the_file() {
    let place = Place::new(rollcall::store::dialect::Engine::Lite).await;
    let commands: [&[&str]; 9] = [
        &["token", "create"],
        &["token", "list"],
        &["audit", "list"],
        &["admin", "grant", "dana"],
        &["user", "deactivate", "dana"],
        &["break-glass", "list"],
        &["breaker", "show"],
        &["hooks", "list"],
        &["links", "list"],
    ];
    for args in commands {
        let said = place.run(args).refused(1);
        assert!(
            said.contains("data/rollcall.db is not there") && said.contains("rollcall migrate"),
            "{args:?}: {said}"
        );
        assert!(place.files().is_empty(), "{args:?} made {:?}", place.files());
    }
}

/// A running server with one person on the roll.
async fn inhabited(place: &Place) -> (super::Server, String, String) {
    let mut server = place.serve().await;
    let token = server.printed_token().await;
    let id = server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201).id();
    (server, token, id)
}

#[tokio::test]
async fn a_file_with_a_space_in_its_name_is_found() {
    let place = Place::new(rollcall::store::dialect::Engine::Lite).await;
    for args in [["migrate"].as_slice(), &["token", "list"]] {
        let mut command = place.command(args);
        command.env("DATABASE_URL", "sqlite://the%20roll.db");
        super::finish(command).done();
    }
    assert!(place.files().contains(&"the roll.db".to_owned()), "{:?}", place.files());
}
