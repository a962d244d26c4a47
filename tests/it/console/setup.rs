//! The setup guide, tokens, and how the connection does.

use std::time::Duration;

use reqwest::Method;
use rollcall::access::sessions::RECENT;
use rollcall::http::console::setup::guide;
use rollcall::model::session::Born;
use serde_json::{Value, json};

use super::{page, submit};
use crate::harness::{Answer, HOOK_SECRET, Roll, facts};
use crate::hooks::{PATH as HOOK_PATH, event};
use crate::platform::people::Signed;
use crate::platform::scim_tokens::scim_token;
use crate::samples::{form_once, with_form};

const DAY: Duration = Duration::from_hours(24);
/// Longer than what is known of a busy connection may be late.
const LATER: Duration = Duration::from_secs(30);
const SCRIPT: &str = "<script>alert(1)</script>";

/// An admin who is there before SCIM ever came.
async fn first_admin(roll: &Roll) -> Signed {
    let user = roll.break_glass("fire-axe").await;
    roll.sign_in_as(&user, Born::BreakGlass).await
}

/// How far a step has come, as the page says it.
async fn step(roll: &Roll, who: &Signed, name: &str) -> String {
    roll.flush().await;
    let shown = page(roll, who, "/setup/steps").await.expect(200).text;
    let (_, rest) = shown.split_once(&format!("data-live=\"{name}\"")).expect("the step");
    rest.split("</div>").next().expect("its end").to_owned()
}

async fn scim_as(roll: &Roll, token: &str, path: &str) -> Answer {
    roll.send(roll.request(Method::GET, &format!("/scim/v2{path}")).bearer_auth(token)).await
}

/// What `/api/connection` says of a part.
async fn part(roll: &Roll, who: &Signed, topic: &str) -> Value {
    roll.flush().await;
    let shown = who.get(roll, "/api/connection").await.expect(200).body;
    let parts = shown["parts"].as_array().expect("parts").clone();
    parts.into_iter().find(|part| part["topic"] == topic).expect("the part")
}

/// The token on the page that shows it once.
fn once(answer: &Answer) -> String {
    let (_, rest) = answer.text.split_once("id=\"token\">").expect("a token");
    rest.split('<').next().expect("its end").to_owned()
}

fn okta() -> Value {
    json!({ "name": "Okta", "scopes": "scim:read", "mode": "bearer", "expiresInDays": "365", "once": form_once() })
}

async fn live_tokens(roll: &Roll) -> String {
    roll.sql_one("select cast(count(*) as text) from scim_tokens where ended_at is null").await
}

facts! {
    async fn an_admin_is_led_to_the_guide_until_a_scim_client_has_come(roll: Roll) {
        let boss = first_admin(&roll).await;
        assert_eq!(page(&roll, &boss, "/").await.expect(303).header("location"), "/setup");
        scim_as(&roll, &roll.token, "/Users?count=1").await.expect(200);
        roll.flush().await;
        assert_eq!(page(&roll, &boss, "/").await.expect(303).header("location"), "/audit");
        let dana = roll.signed("dana").await;
        assert_eq!(page(&roll, &dana, "/").await.expect(303).header("location"), "/audit");
        page(&roll, &dana, "/setup").await.expect(403);
    }

    async fn each_step_turns_green_on_its_own_traffic(roll: Roll) {
        let boss = first_admin(&roll).await;
        for name in ["scim", "users", "groups", "hook"] {
            assert!(step(&roll, &boss, name).await.contains("Not seen yet"), "{name}");
        }
        scim_as(&roll, &roll.token, "/Users?startIndex=1&count=2").await.expect(200);
        let seen = step(&roll, &boss, "scim").await;
        assert!(seen.contains(">Done<") && seen.contains("Test Connector Configuration was answered"), "{seen}");
        assert!(step(&roll, &boss, "users").await.contains("Not seen yet"), "a look pushes nobody");
        let dana = roll.person("dana").await;
        assert!(step(&roll, &boss, "users").await.contains("The last person was pushed just now."));
        roll.group("Payments", &[&dana]).await;
        assert!(step(&roll, &boss, "groups").await.contains(">Done<"));
        let verify = roll.request(Method::GET, HOOK_PATH).header("authorization", HOOK_SECRET);
        roll.send(verify.header("x-okta-verification-challenge", "x")).await.expect(200);
        let seen = step(&roll, &boss, "hook").await;
        assert!(seen.contains("Under way") && seen.contains("Okta verified it just now"), "{seen}");
        roll.deliver("one", &[event("1", "00udana")]).await.expect(204);
        assert!(step(&roll, &boss, "hook").await.contains("The last delivery came just now."));
        assert!(step(&roll, &boss, "break-glass").await.contains(">Done<"));
    }

    async fn a_step_that_went_wrong_says_why_until_it_goes_well(roll: Roll) {
        let boss = first_admin(&roll).await;
        scim_as(&roll, "rc_scim_nobody_made_this", "/Users?startIndex=1&count=2").await.expect(401);
        let seen = step(&roll, &boss, "scim").await;
        let id = roll.uuid_text("id");
        let request = roll.sql_one(&format!("select {id} from scim_requests")).await;
        assert!(seen.contains("Went wrong") && seen.contains("This token is not known here."), "{seen}");
        assert!(seen.contains(&format!("href=\"/requests/{request}\"")), "{seen}");
        assert_eq!(part(&roll, &boss, "scim").await["scimRequest"], request);
        let wrong = roll.hook("{}").header("authorization", "wrong");
        roll.send(wrong).await.expect(401);
        assert!(step(&roll, &boss, "hook").await.contains("the secret is not the one this server was given"));
        roll.wait(LATER);
        scim_as(&roll, &roll.token, "/Users?startIndex=1&count=2").await.expect(200);
        roll.deliver("one", &[event("1", "00udana")]).await.expect(204);
        for name in ["scim", "hook"] {
            assert!(step(&roll, &boss, name).await.contains(">Done<"), "{name}");
        }
    }

    async fn a_base_url_that_leads_nowhere_is_told(roll: Roll) {
        let boss = first_admin(&roll).await;
        scim_as(&roll, &roll.token, "/scim/v2/Users?startIndex=1&count=2").await.expect(404);
        let seen = step(&roll, &boss, "scim").await;
        assert!(seen.contains("Went wrong") && seen.contains("The SCIM base URL ends in /scim/v2."), "{seen}");
    }

    async fn a_push_that_is_refused_shows_on_its_step_and_no_name_in_it_is_markup(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.wait(LATER);
        let path = format!("/Users/{SCRIPT}");
        roll.send(roll.with_body(Method::PUT, &path, &crate::harness::person(SCRIPT))).await.expect(404);
        let seen = step(&roll, &boss, "users").await;
        assert!(seen.contains("Went wrong") && seen.contains("was answered 404"), "{seen}");
        for path in ["/setup", "/setup/steps", "/connection"] {
            let shown = page(&roll, &boss, path).await.expect(200);
            assert!(!shown.text.contains("<script>alert"), "{path}");
        }
    }

    async fn the_guide_gives_every_value_and_no_secret(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (shown, text) = (page(&roll, &boss, "/setup").await.expect(200), page(&roll, &boss, "/setup.txt").await.expect(200));
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        let base = &roll.origin;
        for value in [
            format!("{base}/scim/v2"),
            format!("{base}/webhooks/okta/events"),
            format!("{base}/auth/callback"),
            format!("{base}/auth/global-token-revocation"),
            "SCIM connector base URL".to_owned(),
            "Unique identifier field for users".to_owned(),
            "Supported provisioning actions".to_owned(),
            "Authentication Mode".to_owned(),
            "Update User Attributes".to_owned(),
            "Authentication field".to_owned(),
            "Authentication secret".to_owned(),
            "Sign-in redirect URIs".to_owned(),
            "Logout endpoint URL".to_owned(),
            "user.lifecycle.suspend".to_owned(),
            "okta_event_hook_verification".to_owned(),
            format!("PUBLIC_URL of this server is {base}"),
        ] {
            assert!(shown.text.contains(&value) && text.text.contains(&value), "{value}");
        }
        for body in [&shown.text, &text.text] {
            assert!(!body.contains(HOOK_SECRET) && !body.contains(&roll.token) && !body.contains("rollcall.example.com"));
        }
        assert!(shown.text.len() < 100_000, "{} bytes", shown.text.len());
        assert!(!shown.text.contains("Not seen yet:") && !shown.text.contains("In Okta: On"), "{}", shown.text);
        assert!(text.text.contains("\n\n3. PUSH GROUPS\n\nState: Not seen yet. No group was pushed.\n"), "{}", text.text);
        assert!(text.text.lines().all(|line| line.trim_end() == line), "a ticket has no blanks at the end of its lines");
        let one = page(&roll, &boss, "/setup.txt?step=groups").await.expect(200).text;
        assert!(one.contains("PUSH GROUPS") && !one.contains("CONNECT SCIM"), "{one}");
        page(&roll, &boss, "/setup.txt?step=nothing").await.expect(404);
        page(&roll, &boss, "/setup.txt?other=1").await.expect(400);
        assert_eq!(shown.text.matches("<section class=\"card\"").count(), guide::sections(&roll.app).len());
    }

    async fn a_token_is_shown_once_and_works(roll: Roll) {
        let boss = roll.admin("boss").await;
        page(&roll, &boss, "/tokens/new").await.expect(200);
        let mut fields = okta();
        fields["name"] = SCRIPT.into();
        let made = submit(&roll, &boss, "/tokens", &fields).await.expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        let token = once(&made);
        scim_as(&roll, &token, "/Users?count=1").await.expect(200);
        roll.flush().await;
        let listed = page(&roll, &boss, "/tokens").await.expect(200).text;
        assert!(listed.contains(token.rsplit_once('_').expect("a prefix").0) && !listed.contains(&token), "{listed}");
        assert!(listed.contains("just now") && listed.contains("scim:read"), "{listed}");
        for shown in [&made.text, &listed] {
            assert!(shown.contains("&#60;script&#62;alert(1)&#60;/script&#62;") && !shown.contains(SCRIPT), "{shown}");
        }
        assert_eq!(roll.sql_one("select source from audit_events where action = 'scim.token.created' order by at desc, id desc limit 1").await, "ui");
    }

    async fn a_form_with_faults_makes_nothing_and_tells_each_beside_its_field(roll: Roll) {
        let boss = roll.admin("boss").await;
        let before = live_tokens(&roll).await;
        for (field, value, words) in [
            ("name", "", "must be 1 to 100 characters long"),
            ("name", " Okta", "must not begin or end with a space"),
            ("scopes", "users:read", "must be one or both"),
            ("mode", "basic", "must be one of bearer, header"),
            ("expiresInDays", "0", "must be a whole number from 1 to 3650"),
            ("other", "x", "other: is not known here"),
        ] {
            let mut fields = okta();
            fields[field] = value.into();
            let told = submit(&roll, &boss, "/tokens", &fields).await.expect(400);
            assert!(told.text.contains(words) && told.text.contains("role=\"alert\""), "{field}: {}", told.text);
        }
        assert_eq!(live_tokens(&roll).await, before);
    }

    async fn without_the_token_of_writes_nothing_is_made_rotated_or_revoked(roll: Roll) {
        let boss = roll.admin("boss").await;
        let id = scim_token(&roll).await;
        let before = live_tokens(&roll).await;
        let cookie = format!("rollcall={}", boss.secret);
        for path in ["/tokens".to_owned(), format!("/tokens/{id}/rotate"), format!("/tokens/{id}/revoke")] {
            for csrf in [None, Some("0".repeat(64))] {
                let mut fields = if path == "/tokens" { okta() } else { json!({}) };
                if let Some(csrf) = csrf {
                    fields["csrf"] = csrf.into();
                }
                let request = roll.request(Method::POST, &path).header("cookie", &cookie);
                roll.send(with_form(request, &fields)).await.expect(403);
            }
        }
        assert_eq!(live_tokens(&roll).await, before);
    }

    async fn a_rotation_tells_when_the_old_one_was_used_and_keeps_it_for_the_overlap(roll: Roll) {
        let boss = roll.admin("boss").await;
        let old = once(&submit(&roll, &boss, "/tokens", &okta()).await.expect(201));
        let key = old.split('_').nth(2).expect("a key").to_owned();
        let id = roll.sql_one(&format!("select {} from scim_tokens where key_id = '{key}'", roll.uuid_text("id"))).await;
        scim_as(&roll, &old, "/Users?count=1").await.expect(200);
        roll.flush().await;
        roll.wait(Duration::from_mins(3));
        let asked = page(&roll, &boss, &format!("/tokens/{id}/rotate")).await.expect(200);
        assert!(asked.text.contains("value=\"24\"") && asked.text.contains(&format!("Rotate Okta rc_scim_{key}…")), "{}", asked.text);
        let made = submit(&roll, &boss, &format!("/tokens/{id}/rotate"), &json!({ "overlapHours": "2", "once": form_once() })).await.expect(201);
        assert!(made.text.contains("It was last used 3 minutes ago"), "{}", made.text);
        for token in [&old, &once(&made)] {
            scim_as(&roll, token, "/Users?count=1").await.expect(200);
        }
        submit(&roll, &boss, &format!("/tokens/{id}/rotate"), &json!({ "overlapHours": "721", "once": form_once() })).await.expect(400);
        roll.wait(Duration::from_hours(2));
        scim_as(&roll, &old, "/Users?count=1").await.expect(401);
        let boss = roll.sign_in(&boss.user).await;
        submit(&roll, &boss, &format!("/tokens/{id}/rotate"), &json!({ "once": form_once() })).await.expect(409);
    }

    async fn a_revocation_is_asked_for_by_name_warns_of_use_and_may_come_twice(roll: Roll) {
        let boss = roll.admin("boss").await;
        let token = once(&submit(&roll, &boss, "/tokens", &okta()).await.expect(201));
        let key = token.split('_').nth(2).expect("a key").to_owned();
        let id = roll.sql_one(&format!("select {} from scim_tokens where key_id = '{key}'", roll.uuid_text("id"))).await;
        let path = format!("/tokens/{id}/revoke");
        assert!(!page(&roll, &boss, &path).await.expect(200).text.contains("Somebody uses it"));
        scim_as(&roll, &token, "/Users?count=1").await.expect(200);
        roll.flush().await;
        let asked = page(&roll, &boss, &path).await.expect(200).text;
        assert!(asked.contains("Somebody uses it") && asked.contains(&format!("Revoke Okta rc_scim_{key}…")), "{asked}");
        scim_as(&roll, &token, "/Users?count=1").await.expect(200);
        for _ in 0..2 {
            let done = submit(&roll, &boss, &path, &json!({})).await.expect(303);
            assert!(page(&roll, &boss, done.header("location")).await.expect(200).text.contains("The token is revoked"));
        }
        scim_as(&roll, &token, "/Users?count=1").await.expect(401);
        assert!(page(&roll, &boss, &path).await.expect(200).text.contains("works no more already"));
        page(&roll, &boss, &format!("/tokens/{}/revoke", Roll::new_id())).await.expect(404);
        page(&roll, &boss, "/tokens/nothing/rotate").await.expect(404);
    }

    async fn an_old_sign_in_reads_tokens_and_is_led_to_a_new_one_and_back(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.wait(RECENT);
        page(&roll, &boss, "/tokens").await.expect(200);
        let refused = page(&roll, &boss, "/tokens/new").await.expect(403);
        assert!(refused.text.contains("/sign-in?anew=1&#38;then=%2Ftokens%2Fnew"), "{}", refused.text);
        submit(&roll, &boss, "/tokens", &okta()).await.expect(403);
    }

    async fn a_token_in_use_whose_end_is_near_is_told_on_every_page(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut fields = okta();
        fields["expiresInDays"] = "90".into();
        let token = once(&submit(&roll, &boss, "/tokens", &fields).await.expect(201));
        let told = async |path: &'static str| {
            scim_as(&roll, &token, "/Users?count=1").await.expect(200);
            roll.flush().await;
            let boss = roll.sign_in(&boss.user).await;
            let shown = page(&roll, &boss, path).await.expect(200).text;
            let start = shown.find("The SCIM token Okta");
            start.map(|start| shown[start - 40..start + 120].to_owned())
        };
        assert_eq!(told("/audit").await, None);
        for (days, words, class) in [(61, "ends in 29 days", "banner \""), (23, "ends in 6 days", "banner warn"), (5, "ends in 24 hours", "banner high")] {
            roll.wait(DAY * days);
            let banner = told("/audit").await.expect("a banner");
            assert!(banner.contains(words) && banner.contains(class), "{banner}");
        }
        let boss = roll.sign_in(&boss.user).await;
        assert_eq!(part(&roll, &boss, "scim_tokens").await["state"], "red");
        let key = token.split('_').nth(2).expect("a key").to_owned();
        let id = roll.sql_one(&format!("select {} from scim_tokens where key_id = '{key}'", roll.uuid_text("id"))).await;
        submit(&roll, &boss, &format!("/tokens/{id}/rotate"), &json!({ "once": form_once() })).await.expect(201);
        let told = part(&roll, &boss, "scim_tokens").await;
        let why = told["reason"].as_str().expect("a reason");
        assert!(told["state"] == "amber" && why.contains(&key) && why.ends_with("is made: enter it in Okta."), "{told}");
        let shown = page(&roll, &boss, "/audit").await.expect(200).text;
        assert!(shown.contains("banner warn") && shown.contains("is made: enter it in Okta. <a href=\"/tokens\">See the tokens"), "{shown}");
    }

    async fn the_connection_is_judged_part_by_part(roll: Roll) {
        let boss = first_admin(&roll).await;
        let whole = boss.get(&roll, "/api/connection").await.expect(200).body;
        assert_eq!(whole["state"], "grey", "{whole}");
        scim_as(&roll, &roll.token, "/Users?count=1").await.expect(200);
        assert_eq!(part(&roll, &boss, "scim").await["state"], "green");
        roll.dead_event(event("dead", "00unobody")).await;
        let dead = part(&roll, &boss, "dead_events").await;
        assert_eq!((dead["state"].as_str(), dead["reason"].as_str().map(|why| why.starts_with("1 event could not"))), (Some("amber"), Some(true)));
        assert_eq!(boss.get(&roll, "/api/connection").await.expect(200).body["state"], "amber");
        let shown = page(&roll, &boss, "/connection").await.expect(200).text;
        for words in ["The connection needs a look", "Dead events: 1 event could not", "/events?state=dead", "OKTA_API_TOKEN is not set"] {
            assert!(shown.contains(words), "{words}");
        }
        boss.get(&roll, "/api/connection?x=1").await.expect(400);
    }

    async fn of_what_two_replicas_saw_the_last_counts_and_is_never_set_back(roll: Roll) {
        let other = roll.replica().await;
        let boss = first_admin(&roll).await;
        scim_as(&roll, &roll.token, "/Users?count=1").await.expect(200);
        roll.wait(LATER);
        scim_as(&other, &roll.token, "/Users?count=1").await.expect(200);
        other.flush().await;
        roll.flush().await;
        let rows = roll.sql("select name from connection_marks where name = 'scim.answered' and first_at = last_at").await;
        assert_eq!(rows.len(), 1, "the earlier one came later and moved nothing");
        roll.wait(LATER);
        let why = part(&roll, &boss, "scim").await["reason"].as_str().expect("a reason").to_owned();
        assert_eq!(why, "The last good request came 30 seconds ago.");
    }
}
