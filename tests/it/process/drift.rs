//! What goes out to Okta's API from the program itself: `rollcall drift`, `rollcall breaker`, and a server that catches up.

use serde_json::{Value, json};

use super::{Outcome, Place, Server, finish};
use crate::catch_up::fake_okta::{FakeOkta, TOKEN};
use crate::harness::person;
use crate::hooks::event;
use crate::process::process_facts;

impl Place {
    fn drift(&self, okta: &FakeOkta, args: &[&str]) -> Outcome {
        let mut command = self.command(&[&["drift"], args].concat());
        command.env("OKTA_DOMAIN", okta.origin()).env("OKTA_API_TOKEN", TOKEN).env("OKTA_APP_IDS", "0oaours");
        tokio::task::block_in_place(|| finish(command))
    }
}

process_facts! {
    async fn a_server_with_a_token_catches_up_by_itself(place: Place) {
        let okta = FakeOkta::start().await;
        let now = rollcall::clock::Clock::system().now().rfc3339_millis();
        let mut lost = event("lost", "00udana");
        lost["published"] = now.into();
        okta.log().events.push(lost);
        let mut command = place.command(&["serve"]);
        command.env("PORT", "0").env("OKTA_DOMAIN", okta.origin()).env("OKTA_API_TOKEN", TOKEN);
        let server = Server::start(command).await;
        let settled = "select road from hook_events where settled_at is not null";
        while place.store.sql(settled).await != [[Some("log".to_owned())]] {
            tokio::task::yield_now().await;
        }
        drop(server);
    }

    async fn drift_needs_a_token_and_says_so(place: Place) {
        let said = place.run(&["drift"]).refused(2);
        assert!(said.contains("OKTA_API_TOKEN"), "{said}");
    }

    async fn drift_is_printed_repaired_when_told_to_and_honest_about_half_of_it(place: Place) {
        let server = place.serve().await;
        let token = place.run(&["token", "create"]).done();
        let token = token.split_whitespace().find(|word| word.starts_with("rc_scim")).expect("a token").to_owned();
        server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201);
        let okta = FakeOkta::start().await;
        let dana = json!({ "id": "00udana", "status": "SUSPENDED", "statusChanged": "2026-03-02T11:59:00.000Z" });
        for (name, list) in [("users", vec![dana.clone()]), ("users deprovisioned", vec![]), ("apps/0oaours/users", vec![dana])] {
            okta.log().lists.insert(name.to_owned(), list);
        }
        let out = place.drift(&okta, &[]).done();
        assert!(out.contains("dana@example.com 00udana  here: ok  Okta: suspended") && out.contains("1 differences, 0 repaired"), "{out}");
        okta.log().refused.push(("apps/0oaours/users".to_owned(), 0));
        let partly = place.drift(&okta, &["--json"]).refused(2);
        assert!(partly.contains("not compared: assignments") && !partly.contains(TOKEN), "{partly}");
        okta.log().refused.clear();
        // Suspended before the person came: nobody has told otherwise since.
        let out = place.drift(&okta, &["--apply", "--json"]).done();
        let line: Value = serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
        assert_eq!((line["kind"].as_str(), line["repairable"].as_bool()), (Some("status"), Some(true)), "{out}");
        assert_eq!(line["outcome"], "repaired", "{out}");
        assert!(place.drift(&okta, &["--apply"]).done().contains("0 differences, 0 repaired"));
        let back = json!({ "id": "00udana", "status": "ACTIVE", "statusChanged": "2026-03-02T11:58:00.000Z" });
        okta.log().lists.insert("users".to_owned(), vec![back]);
        let out = place.drift(&okta, &["--apply"]).done();
        assert!(out.contains("a newer event told otherwise"), "{out}");
        let shown = place.run(&["breaker", "show"]).done();
        assert!(shown.contains("alarm: more than 25 people or 20 %") && shown.contains("never"), "{shown}");
        assert_eq!(place.run(&["breaker", "release"]).done(), "Nothing was held.\n");
    }
}
