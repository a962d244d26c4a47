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
