//! Who gets in, and how a refusal reads.

use reqwest::Method;
use rollcall::access::sessions::{RECENT, csrf_token};
use rollcall::model::session::Born;
use serde_json::json;

use super::{page, submit};
use crate::harness::facts;
use crate::platform::people::{GLASS_PASSWORD, Signed};
use crate::samples::{form_once, with_form};

const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The session that an answer gives a browser.
fn given(answer: &crate::harness::Answer) -> Option<String> {
    let cookie = answer.headers.get("set-cookie")?.to_str().ok()?;
    cookie.strip_prefix("rollcall=")?.split(';').next().map(str::to_owned)
}

facts! {
    async fn who_is_not_signed_in_is_led_to_the_door_and_back(roll: Roll) {
        for (path, then) in [("/", "%2F"), ("/audit?q=severity:high", "%2Faudit%3Fq%3Dseverity%3Ahigh")] {
            let answer = roll.send(roll.request(Method::GET, path)).await.expect(303);
            assert_eq!(answer.header("location"), format!("/sign-in?then={then}"), "{path}");
        }
        let door = roll.send(roll.request(Method::GET, "/sign-in?then=/audit%3Fq%3Da")).await.expect(200);
        assert!(door.text.contains("value=\"/audit?q=a\""), "{}", door.text);
        assert_eq!(door.header("content-security-policy"), PAGE_POLICY);
        assert_eq!(door.header("cache-control"), "no-store");
    }

    async fn nobody_is_led_to_another_host(roll: Roll) {
        for odd in ["//evil.test", "https://evil.test", "/%5Cevil.test", "javascript:alert(1)", "/auth/logout", "/./auth/login", "/a/../auth/login", "/a/..//evil.test"] {
            let door = roll.send(roll.request(Method::GET, &format!("/sign-in?then={odd}"))).await.expect(200);
            assert!(!door.text.contains("evil") && !door.text.contains("javascript:"), "{odd}");
            assert!(door.text.contains("name=\"then\" value=\"/\""), "{odd}: {}", door.text);
        }
    }

    async fn a_break_glass_account_comes_in_by_the_form_and_leaves_by_one(roll: Roll) {
        roll.glass("fire-axe").await;
        let fields = json!({ "account": "fire-axe", "password": GLASS_PASSWORD, "then": "/audit" });
        let request = || with_form(roll.request(Method::POST, "/sign-in"), &fields);
        let entered = roll.send(request()).await.expect(303);
        assert_eq!(entered.header("location"), "/audit");
        let secret = given(&entered).expect("a session");
        let cookie = format!("rollcall={secret}");
        let shown = roll.send(roll.request(Method::GET, "/audit").header("cookie", &cookie)).await.expect(200);
        assert!(shown.text.contains("Break-glass session."), "{}", shown.text);
        let leave = |fields: serde_json::Value| {
            with_form(roll.request(Method::POST, "/sign-out").header("cookie", &cookie), &fields)
        };
        let forged = roll.send(leave(json!({}))).await.expect(403);
        assert!(forged.text.contains("<h1>You may not do this</h1>"), "{}", forged.text);
        assert!(forged.text.contains("Open the page again") && !forged.text.contains("X-CSRF-Token"), "{}", forged.text);
        roll.send(leave(json!({ "csrf": "0".repeat(64) }))).await.expect(403);
        let token = csrf_token(&roll.app.key, &secret);
        roll.send(leave(json!({ "csrf": token }))).await.expect(200);
        roll.send(roll.request(Method::GET, "/audit").header("cookie", &cookie)).await.expect(303);
    }

    async fn a_wrong_password_is_told_on_the_form_and_a_foreign_page_signs_nobody_in(roll: Roll) {
        roll.glass("fire-axe").await;
        let fields = json!({ "account": "fire-\"><b>axe", "password": "opensesame", "then": "/audit" });
        let request = || with_form(roll.request(Method::POST, "/sign-in"), &fields);
        let told = roll.send(request()).await.expect(401);
        assert!(told.text.contains("role=\"alert\"") && told.text.contains("fire-&#34;&#62;&#60;b&#62;axe"), "{}", told.text);
        assert!(!told.text.contains("opensesame"), "a password is never shown");
        let anew = json!({ "account": "fire-axe", "password": "opensesame", "anew": "1" });
        let told = roll.send(with_form(roll.request(Method::POST, "/sign-in"), &anew)).await.expect(401);
        assert!(told.text.contains("<h1>Sign in again</h1>"), "{}", told.text);
        let good = json!({ "account": "fire-axe", "password": GLASS_PASSWORD });
        let foreign = with_form(roll.request(Method::POST, "/sign-in").header("origin", "https://evil.test"), &good);
        let refused = roll.send(foreign).await.expect(403);
        assert!(given(&refused).is_none());
    }

    async fn a_page_opened_by_another_name_than_the_servers_is_told_both(roll: Roll) {
        let boss = roll.admin("boss").await;
        let good = json!({ "account": "fire-axe", "password": GLASS_PASSWORD });
        for (path, fields) in [("/sign-in", good), ("/sign-out", json!({}))] {
            let form = |origin: &str| with_form(boss.request(&roll, Method::POST, path).header("origin", origin), &fields);
            let told = roll.send(form("https://r.example.com").header("sec-fetch-site", "same-origin")).await.expect(403).text;
            let ours = &roll.app.public_url;
            let both = format!("opened at https://r.example.com, but this server&#39;s PUBLIC_URL is {ours}: ");
            assert!(told.contains(&both) && !told.contains("signed in anew"), "{told}");
            let told = roll.send(form("https://<b>&\"x")).await.expect(403).text;
            assert!(told.contains("https://&#60;b&#62;&#38;&#34;x, but") && !told.contains("<b>"), "{told}");
            let told = roll.send(form("https://evil.test").header("sec-fetch-site", "cross-site")).await.expect(403).text;
            assert!(!told.contains("PUBLIC_URL") && told.contains("Open the page again"), "{told}");
        }
    }

    async fn an_address_that_leads_nowhere_is_a_page_for_a_browser_and_a_problem_for_a_program(roll: Roll) {
        let ask = |accept: &str| roll.send(roll.request(Method::GET, "/nowhere").header("accept", accept));
        let page = ask("text/html,*/*;q=0.8").await.expect(404);
        assert!(page.text.contains("<h1>There is nothing here</h1>"), "{}", page.text);
        let problem = ask("application/json").await.expect(404);
        assert_eq!(problem.header("content-type"), "application/problem+json");
    }

    async fn a_page_is_for_a_browser_and_a_form_is_a_form(roll: Roll) {
        let boss = roll.admin("boss").await;
        let key = roll.key_of(&boss, &["audit:read"]).await.key;
        roll.send(roll.request(Method::GET, "/audit").bearer_auth(&key)).await.expect(403);
        let as_json = boss.request(&roll, Method::POST, "/sign-out").header("content-type", "application/json");
        roll.send(as_json.body("{}")).await.expect(415);
        let as_plain = boss.request(&roll, Method::POST, "/sign-out").header("content-type", "text/plain");
        roll.send(as_plain.body("csrf=x")).await.expect(415);
        let large = json!({ "x": "x".repeat(300_000) });
        let told = submit(&roll, &boss, "/sign-out", &large).await.expect(413);
        assert_eq!(told.header("connection"), "close", "what was not read cannot be followed");
        let told = told.text;
        assert!(told.contains("larger than the 256 KiB taken here"), "{told}");
        page(&roll, &boss, "/audit").await.expect(200);
    }

    async fn a_flood_of_fields_is_answered_in_a_few_words(roll: Roll) {
        let boss = roll.admin("boss").await;
        let before = crate::tables::dump(&roll).await;
        let flood = |count: usize| {
            let fields: serde_json::Map<String, serde_json::Value> =
                (0..count).map(|at| (format!("x{at}"), "".into())).collect();
            serde_json::Value::Object(fields)
        };
        let told = submit(&roll, &boss, "/sign-out", &flood(30_000)).await.expect(400).text;
        assert!(told.contains("The form has more than the 200 fields taken here.") && told.len() < 8_000, "{told}");
        let revoke = format!("/tokens/{}/revoke", crate::harness::Roll::new_id());
        let told = submit(&roll, &boss, &revoke, &flood(199)).await.expect(400).text;
        assert!(told.contains("neither are 179 others") && told.len() < 8_000, "{told}");
        let long = json!({ "account": "\"".repeat(60_000), "password": "opensesame" });
        let told = roll.send(with_form(roll.request(Method::POST, "/sign-in"), &long)).await.text;
        assert!(told.len() < 8_000, "{} bytes", told.len());
        let long = json!({ "name": "\"".repeat(60_000), "scopes": "\"".repeat(20_000), "once": form_once() });
        let told = submit(&roll, &boss, "/tokens", &long).await.expect(400).text;
        assert!(told.len() < 12_000, "{} bytes", told.len());
        let query: Vec<String> = (0..3_000).map(|at| format!("y{at}=")).collect();
        let told = page(&roll, &boss, &format!("/people?{}", query.join("&"))).await.expect(400).text;
        assert!(told.contains("neither are 2980 others") && told.len() < 8_000, "{} bytes", told.len());
        assert_eq!(crate::tables::dump(&roll).await, before);
    }

    async fn whoever_is_signed_in_keeps_the_navigation_around_a_refusal(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let nowhere = |who: &Signed| who.request(&roll, Method::GET, "/nowhere").header("accept", "text/html");
        let id = crate::harness::Roll::new_id();
        for (told, status) in [
            (page(&roll, &boss, &format!("/people/{id}")).await, 404),
            (page(&roll, &boss, "/audit/x").await, 404),
            (page(&roll, &boss, "/tokens?x=1").await, 400),
            (submit(&roll, &boss, "/sign-out", &json!({ "x": "x".repeat(300_000) })).await, 413),
            (roll.send(nowhere(&boss)).await, 404),
        ] {
            let text = told.expect(status).text;
            assert!(text.contains("<nav") && text.contains("href=\"/tokens\"") && text.contains("action=\"/sign-out\""), "{text}");
            assert!(text.contains("Request <code>") && !text.contains("aria-current"), "{text}");
        }
        let text = page(&roll, &dana, "/tokens").await.expect(403).text;
        assert!(text.contains("<nav") && !text.contains("href=\"/tokens\""), "only where they may go: {text}");
        let stranger = roll.send(roll.request(Method::GET, "/nowhere").header("accept", "text/html")).await.expect(404);
        assert!(!stranger.text.contains("<nav"), "{}", stranger.text);
        let dead = with_form(roll.request(Method::POST, "/sign-out").header("cookie", "rollcall=0000"), &json!({}));
        let dead = roll.send(dead).await.expect(401);
        assert!(!dead.text.contains("<nav"), "{}", dead.text);
    }

    async fn an_old_sign_in_is_led_to_a_new_one_and_back_to_the_page_of_the_form(roll: Roll) {
        let (boss, glass) = (roll.admin("boss").await, roll.break_glass("fire-axe").await);
        let glass = roll.sign_in_as(&glass, Born::BreakGlass).await;
        roll.wait(RECENT);
        for who in [&boss, &glass] {
            let form = || with_form(who.request(&roll, Method::POST, "/tokens"), &json!({}));
            for (from, back) in [
                (format!("{}/tokens/new", roll.origin), "%2Ftokens%2Fnew"),
                ("https://evil.test/tokens/new".to_owned(), "%2F"),
                (format!("{}.evil.test/tokens/new", roll.origin), "%2F"),
            ] {
                let told = roll.send(form().header("referer", from)).await.expect(403).text;
                assert!(told.contains(&format!("href=\"/sign-in?anew=1&#38;then={back}\"")), "{told}");
                assert!(!told.contains("/auth/") && told.contains("Sign in again: you are led back"), "{told}");
            }
            let read = page(&roll, who, "/tokens/new").await.expect(403).text;
            assert!(read.contains("/sign-in?anew=1&#38;then=%2Ftokens%2Fnew") && !read.contains("/auth/"), "{read}");
        }
    }

    async fn the_files_of_the_pages_are_kept_for_good(roll: Roll) {
        let door = roll.send(roll.request(Method::GET, "/sign-in")).await.expect(200).text;
        for ending in [".css\"", ".js\""] {
            let end = door.find(ending).expect("a file") + ending.len() - 1;
            let path = &door[door[..end].rfind('"').expect("a quote") + 1..end];
            let file = roll.send(roll.request(Method::GET, path)).await.expect(200);
            assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(file.header("x-content-type-options"), "nosniff");
        }
        roll.send(roll.request(Method::GET, "/assets/icon.svg")).await.expect(200);
        roll.send(roll.request(Method::GET, "/assets/console-0.css")).await.expect(404);
    }

    async fn what_is_done_by_a_page_says_so_in_the_audit(roll: Roll) {
        let boss = roll.admin("boss").await;
        submit(&roll, &boss, "/sign-out", &json!({})).await.expect(200);
        let source = "select source from audit_events where action = 'auth.session.ended'";
        assert_eq!(roll.sql_one(source).await, "ui");
    }
}
