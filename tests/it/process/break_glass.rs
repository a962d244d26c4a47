//! `rollcall break-glass` and `rollcall admin`, beside a server that runs.

use std::io::Write;
use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Outcome, Place, Server};
use crate::harness::person;
use crate::process::process_facts;

/// Runs the program with a line on its standard input.
fn told(place: &Place, args: &[&str], line: &str) -> Outcome {
    let mut command = place.command(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    writeln!(child.stdin.take().expect("standard input"), "{line}").expect("it reads");
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The password that `break-glass create` printed.
fn printed(text: &str) -> String {
    let after = text.split("shown once:").nth(1).expect("a password");
    after.split_whitespace().next().expect("a password").to_owned()
}

async fn knock(server: &Server, account: &str, password: &str) -> u16 {
    let body = json!({ "account": account, "password": password }).to_string();
    let request = server.request(Method::POST, "/auth/emergency").header("content-type", "application/json");
    request.body(body).send().await.expect("an answer").status().as_u16()
}

fn rows(place: &Place, action: &str) -> Vec<Value> {
    let text = place.run(&["audit", "export", "--action", action]).done();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

process_facts! {
    async fn an_account_opens_the_door_until_it_is_disabled(place: Place) {
        let server = place.serve().await;
        let made = place.run(&["break-glass", "create", "glass"]).done();
        assert!(made.contains("Try them: rollcall break-glass test glass\n"), "{made}");
        let password = printed(&made);
        assert_eq!(knock(&server, "glass", &password).await, 200);
        told(&place, &["break-glass", "test", "glass"], &password).done();
        told(&place, &["break-glass", "test", "glass"], "wrong").refused(1);
        let listed = place.run(&["break-glass", "list", "--json"]).done();
        assert!(listed.contains("\"state\":\"live\"") && !listed.contains("argon2"), "{listed}");
        place.run(&["break-glass", "disable", "glass"]).done();
        place.run(&["break-glass", "disable", "glass"]).done();
        assert_eq!(knock(&server, "glass", &password).await, 401);
        told(&place, &["break-glass", "test", "glass"], &password).refused(1);
        let ended = rows(&place, "user.deactivated");
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0]["detail"]["effects"]["session"].as_array().map(Vec::len), Some(1));
        let tested = rows(&place, "break_glass.tested");
        assert!(tested.len() == 3 && tested.iter().all(|row| row["severity"] == "HIGH"), "{tested:?}");
    }

    async fn a_password_of_ones_own_must_be_long_and_a_name_is_taken_once(place: Place) {
        place.run(&["migrate"]).done();
        let create = ["break-glass", "create", "glass", "--password-stdin"];
        let said = told(&place, &create, "fourteen chars").refused(1);
        assert!(said.contains("at least 15 characters"), "{said}");
        told(&place, &create, "fifteen charact").done();
        let said = place.run(&["break-glass", "create", "Glass"]).refused(1);
        assert!(said.contains("has this name"), "{said}");
        let said = place.run(&["break-glass", "disable", "nobody"]).refused(1);
        assert!(said.contains("no break-glass account"), "{said}");
        assert!(place.run(&["break-glass", "create", "a b"]).code == Some(2));
        assert_eq!(rows(&place, "break_glass.created").len(), 1);
    }

    async fn access_is_ended_and_given_back_at_the_command_line(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201);
        for _ in 0..2 {
            let said = place.run(&["user", "deactivate", "Dana@example.com"]).done();
            assert!(said.contains("has no access"), "{said}");
        }
        for _ in 0..2 {
            let said = place.run(&["user", "reactivate", "dana@example.com"]).done();
            assert!(said.contains("has access"), "{said}");
        }
        assert_eq!((rows(&place, "user.deactivated").len(), rows(&place, "user.reactivated").len()), (1, 1));
        place.run(&["admin", "grant", "dana@example.com"]).done();
        place.run(&["break-glass", "create", "glass"]).done();
        for (who, words) in [("nobody@example.com", "no user"), ("glass", "break-glass"), ("dana@example.com", "last")] {
            let said = place.run(&["user", "deactivate", who]).refused(1);
            assert!(said.contains(words), "{said}");
        }
    }

    async fn the_first_admin_is_made_at_the_command_line(place: Place) {
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        server.post("/scim/v2/Users", &token, &person("dana")).await.expect(201);
        place.run(&["admin", "grant", "Dana@example.com"]).done();
        place.run(&["admin", "grant", "dana@example.com"]).done();
        let given = rows(&place, "user.role.changed");
        assert_eq!((given.len(), &given[0]["severity"]), (1, &json!("HIGH")));
        place.run(&["break-glass", "create", "glass"]).done();
        for (who, words) in [("nobody@example.com", "no user"), ("glass", "break-glass")] {
            let said = place.run(&["admin", "grant", who]).refused(1);
            assert!(said.contains(words), "{said}");
        }
    }
}
