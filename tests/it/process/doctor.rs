//! `rollcall doctor`, `rollcall links` and `rollcall user`, as an operator runs them.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::finish;
use crate::catch_up::fake_okta::{FakeOkta, TOKEN};
use crate::harness::{group, person};
use crate::process::process_facts;
use rollcall::store::dialect::Engine;

fn checks(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// What a check says of how things stand.
fn says(place: &super::Place, name: &str) -> (String, String) {
    let found = checks(&place.run(&["doctor", "--json"]).out);
    let check = found.iter().find(|one| one["check"] == name).unwrap_or_else(|| panic!("no {name} in {found:?}"));
    let text = |key: &str| check[key].as_str().expect("a text").to_owned();
    (text("state"), text("says"))
}

/// What a check says: its state and what to do.
fn state<'c>(checks: &'c [Value], name: &str) -> (&'c str, &'c str) {
    let found = checks.iter().find(|one| one["check"] == name).unwrap_or_else(|| panic!("no {name} in {checks:?}"));
    (found["state"].as_str().expect("a state"), found["fix"].as_str().expect("a fix"))
}

process_facts! {
    async fn the_doctor_changes_nothing_and_says_what_is_missing(place: Place) {
        let looked = place.run(&["doctor", "--json"]);
        if place.engine == Engine::Lite {
            assert_eq!((looked.code, place.files().len()), (Some(1), 0), "{}", looked.out);
            assert_eq!(state(&checks(&looked.out), "database").0, "fail");
        }
        drop(place.serve().await);
        place.run(&["token", "create"]).done();
        let found = checks(&place.run(&["doctor", "--json"]).done());
        // A server for tests alone may be told not to wait for its disk.
        assert_ne!(state(&found, "database").0, "fail");
        let ok = ["version", "files", "clock", "schema", "tokens", "hooks", "breaker", "retention", "hook secret"];
        for name in ok {
            assert_eq!(state(&found, name), ("ok", ""), "{name}");
        }
        for name in ["spool", "break-glass", "okta"] {
            assert_eq!(state(&found, name).0, "warn", "{name}");
        }
        assert!(found.iter().all(|one| one["state"] == "ok" || one["fix"] != ""));
    }

    async fn the_doctor_finds_an_open_file_and_ends_with_one(place: Place) {
        drop(place.serve().await);
        place.run(&["token", "create"]).done();
        let file = place.folder.path().join("data/okta-webhook-secret");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a mode");
        let looked = place.run(&["doctor"]);
        assert!(looked.out.contains("chmod go= ") && looked.out.contains("mode 644"), "{}", looked.out);
        assert!(looked.refused(1).contains("1 of"));
    }

    async fn the_doctor_and_the_console_judge_break_glass_alike(place: Place) {
        place.run(&["migrate"]).done();
        place.run(&["break-glass", "create", "glass"]).done();
        assert_eq!(says(&place, "break-glass"), ("ok".to_owned(), "1 live; never tried yet".to_owned()));
        let long_ago = if place.engine == Engine::Pg { "created_at - interval '91 days'" } else { "created_at - 91 * 86400000000" };
        place.store.sql_run(&format!("update users set created_at = {long_ago}")).await;
        let due = "1 live; neither used nor tested for 90 days: glass (never tried yet)";
        assert_eq!(says(&place, "break-glass"), ("warn".to_owned(), due.to_owned()));
        let server = place.serve().await;
        let password = place.run(&["break-glass", "create", "axe"]).done();
        let password = password.split("shown once:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a password");
        let body = serde_json::json!({ "account": "axe", "password": password }).to_string();
        let request = server.request(reqwest::Method::POST, "/auth/emergency").header("content-type", "application/json");
        assert_eq!(request.body(body).send().await.expect("an answer").status(), 200);
        place.run(&["break-glass", "disable", "glass"]).done();
        let (state, told) = says(&place, "break-glass");
        assert!(state == "ok" && told.starts_with("1 live; the last that was used or tested is axe, "), "{told}");
    }

    async fn the_doctor_knows_what_takes_the_place_of_a_token(place: Place) {
        place.run(&["migrate"]).done();
        let made = place.run(&["token", "create"]).done();
        let id = made.split_whitespace().nth(1).expect("an id");
        place.run(&["token", "rotate", id, "--overlap-hours", "24"]).done();
        let found = checks(&place.run(&["doctor", "--json"]).done());
        let (state, fix) = state(&found, "tokens");
        assert!(state == "warn" && fix.starts_with("enter the new one in Okta"), "{fix}");
        assert!(says(&place, "tokens").1.contains("takes its place"));
    }

    async fn the_doctor_asks_okta_and_hides_the_token(place: Place) {
        drop(place.serve().await);
        let okta = FakeOkta::start().await;
        let look = |token: &str| {
            let mut command = place.command(&["doctor", "--json"]);
            command.env("OKTA_DOMAIN", okta.origin()).env("OKTA_API_TOKEN", token);
            tokio::task::block_in_place(|| finish(command))
        };
        let refused = look("00a-token-that-nobody-made");
        assert_eq!(state(&checks(&refused.out), "okta").0, "fail");
        assert!(!refused.out.contains("nobody-made"), "{}", refused.out);
        refused.refused(1);
        let dead = okta.origin().rsplit_once(':').expect("a port").0.to_owned() + ":1";
        let mut command = place.command(&["doctor"]);
        command.env("OKTA_DOMAIN", dead).env("OKTA_API_TOKEN", TOKEN);
        assert!(tokio::task::block_in_place(|| finish(command)).out.contains("Okta does not answer"));
    }

    async fn readiness_says_on_demand_how_each_part_stands(place: Place) {
        let server = place.serve().await;
        let asked = |path: &str| server.request(reqwest::Method::GET, path).send();
        let parts = asked("/readyz?verbose").await.expect("an answer").text().await.expect("text");
        let parts: Value = serde_json::from_str(&parts).expect("JSON");
        assert_eq!((&parts["status"], &parts["parts"]["database"], &parts["parts"]["spool"]), (&"ok".into(), &"ok".into(), &"off".into()));
        assert_eq!(asked("/readyz").await.expect("an answer").text().await.expect("text"), "{\"status\":\"ok\"}");
    }

    async fn links_and_oktas_word_are_set_at_the_command_line(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201);
        let team = server.post("/scim/v2/Groups", &token, &group("Payments", &[])).await.expect(201).id();
        assert!(place.run(&["links", "confirm", "00gpayments"]).refused(1).contains("Name the team"));
        place.run(&["links", "confirm", "no group"]).refused(2);
        assert!(place.run(&["links", "remove", "doesnotexist"]).refused(1).contains("no link"));
        for _ in 0..2 {
            place.run(&["links", "confirm", "00gpayments", "--team", &team]).done();
        }
        assert!(place.run(&["links", "list"]).done().contains("confirmed"));
        for _ in 0..2 {
            place.run(&["links", "remove", "00gpayments"]).done();
        }
        assert_eq!(place.run(&["links", "list", "--json"]).done(), "");
        place.store.sql_run("update users set okta_status = 'suspended', is_active = false where okta_id is not null").await;
        let said = place.run(&["user", "clear-okta-status", "dana@example.com"]).done();
        assert!(said.contains("They have access."), "{said}");
        place.run(&["user", "clear-okta-status", "dana@example.com"]).done();
        place.run(&["user", "clear-okta-status", "nobody@example.com"]).refused(1);
        place.store.sql_run("update users set okta_id = null, external_id = null where okta_id is not null").await;
        for _ in 0..2 {
            let said = place.run(&["user", "bind", "dana@example.com", "00udana2"]).done();
            assert!(said.contains("is bound to 00udana2. They have access."), "{said}");
        }
        assert!(place.run(&["user", "bind", "dana@example.com", "00uother"]).refused(1).contains("00udana2"));
        place.run(&["user", "bind", "dana@example.com", "a b"]).refused(1);
        let rows = place.run(&["audit", "export", "--action", "user.identity.bound"]).done();
        assert_eq!(rows.lines().count(), 1, "{rows}");
        let rows = place.run(&["audit", "export", "--action", "user.okta.cleared"]).done();
        assert_eq!(rows.lines().count(), 1, "{rows}");
    }
}

#[tokio::test]
async fn the_doctor_says_of_a_file_that_it_may_not_look_at_why() {
    let place = super::Place::new(Engine::Lite).await;
    std::fs::write(place.folder.path().join("data"), "no folder").expect("a file");
    let looked = place.run(&["doctor"]);
    assert!(looked.out.contains("data/rollcall.db cannot be looked at: not a directory"), "{}", looked.out);
    looked.refused(1);
}
