//! Who may call what: every route of the page, with every credential there is, and with every method it has not.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use rollcall::access::scim_tokens::{self, Wish};
use rollcall::ctx::Ctx;
use rollcall::http::{Who, routes};
use rollcall::model::token::{Scope, TokenMode};
use rollcall::model::words::Word;
use secrecy::ExposeSecret;

use crate::harness::{Answer, Roll, facts};
use crate::samples::{is_scim, key, key_to, samples, who};
use crate::tables;

const HOUR: Duration = Duration::from_hours(1);
/// What a request can do; a route takes some of them and refuses the rest.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Makes a token that works for an hour.
async fn short_lived(roll: &Roll) -> String {
    let wish =
        Wish { name: "short".to_owned(), scopes: Scope::ALL.to_vec(), mode: TokenMode::Bearer, lifetime: Some(HOUR) };
    let (ctx, work) = (Ctx::cli(roll.clock.now()), (&roll.app.key, wish));
    let made = roll.db().unit(&ctx, &work, |tx, (key, wish)| Box::pin(scim_tokens::create(tx, key, wish))).await;
    made.expect("a token").token.expose_secret().to_owned()
}

/// The public part of a token.
fn key_id(token: &str) -> String {
    token.split('_').nth(2).expect("a token made here").to_owned()
}

async fn revoked(roll: &Roll) -> String {
    let token = roll.mint(Scope::ALL, TokenMode::Bearer).await;
    let (ctx, id) = (Ctx::cli(roll.clock.now()), key_id(&token));
    let done = roll.db().unit(&ctx, &id, |tx, id| Box::pin(scim_tokens::revoke(tx, id))).await;
    done.expect("a revoked token");
    token
}

/// Demands a SCIM error as a client can read it.
fn refused(answer: Answer, status: u16, words: &str, what: &str) {
    assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/scim+json; charset=utf-8", "{what}");
    assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{what}");
    answer.refused(status, None, words);
}

facts! {
    async fn every_route_has_a_sample_that_it_takes(roll: Roll) {
        let samples = samples(&roll).await;
        let mut known: Vec<&str> = samples.iter().map(|sample| sample.route).collect();
        let mut page: Vec<String> = routes().iter().map(key).collect();
        known.sort_unstable();
        page.sort();
        assert_eq!(known, page);
        for sample in &samples {
            let answer = sample.ask(&roll, key_to(&roll, sample).as_deref()).await;
            assert_eq!(answer.status.as_u16(), sample.status, "{}: {}", sample.route, answer.body);
        }
    }

    async fn every_scim_route_refuses_every_bad_credential_and_does_nothing(roll: Roll) {
        let samples = samples(&roll).await;
        let (expired, revoked, bare) = (short_lived(&roll).await, revoked(&roll).await, roll.token.clone());
        roll.clock.advance(HOUR);
        let wrong = format!("{}x", roll.token);
        let bad = [
            (None, "no token"),
            (Some(String::new()), "no token"),
            (Some("Bearer ".to_owned()), "no token"),
            (Some(format!("Bearer {wrong}")), "not known"),
            (Some("Bearer 0123456789".to_owned()), "not known"),
            (Some(format!("Bearer {expired}")), "expired"),
            (Some(format!("Bearer {revoked}")), "revoked"),
            (Some("Basic b2t0YTpva3Rh".to_owned()), "cannot be used"),
            (Some(format!("Token {}", roll.token)), "cannot be used"),
            (Some(bare), "needs the word bearer"),
            (Some(wrong), "not known"),
        ];
        let before = tables::dump(&roll).await;
        for sample in samples.iter().filter(|sample| is_scim(sample)) {
            for (header, words) in &bad {
                let answer = sample.ask(&roll, header.as_deref()).await;
                refused(answer, 401, words, &format!("{} with {header:?}", sample.route));
            }
        }
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn two_credentials_in_one_request_are_refused(roll: Roll) {
        let good = format!("Bearer {}", roll.token);
        let request = roll.request(Method::GET, "/scim/v2/Users").header("authorization", &good);
        let answer = roll.send(request.header("authorization", &good)).await;
        refused(answer, 401, "cannot be used", "two headers");
    }

    async fn a_token_opens_only_the_routes_of_its_scope(roll: Roll) {
        let samples = samples(&roll).await;
        let reader = format!("Bearer {}", roll.mint(&[Scope::Read], TokenMode::Bearer).await);
        let writer = format!("bearer {}", roll.mint(&[Scope::Write], TokenMode::Bearer).await);
        let before = tables::dump(&roll).await;
        for sample in samples.iter().filter(|sample| is_scim(sample)) {
            let (good, other) = match who(sample) {
                Who::Scim(Scope::Read) => (&reader, &writer),
                Who::Scim(Scope::Write) => (&writer, &reader),
                Who::Anybody | Who::Hook | Who::OktaToken | Who::May(_) | Who::Page(_) => panic!("{} is no route of SCIM", sample.route),
            };
            refused(sample.ask(&roll, Some(other)).await, 403, "lacks the scope", sample.route);
            if who(sample) == Who::Scim(Scope::Read) {
                sample.ask(&roll, Some(good)).await.expect(sample.status);
            }
        }
        assert_eq!(tables::dump(&roll).await, before);
        for sample in samples.iter().filter(|sample| who(sample) == Who::Scim(Scope::Write)) {
            sample.ask(&roll, Some(&writer)).await.expect(sample.status);
        }
    }

    async fn a_header_mode_token_opens_every_route_bare_or_with_its_scheme(roll: Roll) {
        let samples = samples(&roll).await;
        let token = roll.mint(Scope::ALL, TokenMode::Header).await;
        let schemed = format!("Bearer {token}");
        for sample in samples.iter().filter(|sample| is_scim(sample)) {
            let header = if sample.route.len() % 2 == 0 { &token } else { &schemed };
            let answer = sample.ask(&roll, Some(header)).await;
            assert_eq!(answer.status.as_u16(), sample.status, "{}: {}", sample.route, answer.body);
        }
    }

    async fn what_is_no_route_under_scim_asks_for_a_token_first(roll: Roll) {
        for path in ["/scim", "/scim/", "/scim/v2", "/scim/v2/Nothing", "/scim/v2/Users/a/b", "/scim/v1/Users"] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let what = format!("{method} {path}");
                let stranger = roll.send(roll.request(method.clone(), path)).await;
                refused(stranger, 401, "no token", &what);
                let known = roll.send(roll.request(method.clone(), path).bearer_auth(&roll.token)).await;
                refused(known, 404, "no such endpoint", &what);
            }
        }
        let outside = roll.send(roll.request(Method::GET, "/scimming")).await.expect(404);
        assert_eq!(outside.header("content-type"), "application/problem+json");
        assert_eq!(outside.body["requestId"], outside.header("x-request-id"));
    }

    async fn a_method_that_a_route_has_not_is_answered_with_those_it_has(roll: Roll) {
        for sample in samples(&roll).await {
            let (_, path) = sample.route.split_once(' ').expect("a method and a path");
            let page = routes();
            let mut has: BTreeSet<&str> =
                page.iter().filter(|route| route.path == path).map(|route| route.method.as_str()).collect();
            if has.contains("GET") {
                has.insert("HEAD");
            }
            for method in METHODS.into_iter().filter(|method| !has.contains(method)) {
                let what = format!("{method} {}", sample.path);
                let request = roll.request(method.parse().expect("a method"), &sample.path).bearer_auth(&roll.token);
                let answer = roll.send(request).await.expect(405);
                let allow: BTreeSet<&str> = answer.header("allow").split(',').map(str::trim).collect();
                assert_eq!(allow, has, "{what}");
                if is_scim(&sample) && method != "HEAD" {
                    refused(answer, 405, "allow header", &what);
                }
            }
        }
    }

    async fn a_flood_of_bad_tokens_is_two_rows_with_a_count(roll: Roll) {
        for _ in 0..500 {
            let request = roll.request(Method::GET, "/scim/v2/Users").bearer_auth("nobody-made-this");
            roll.send(request).await.expect(401);
        }
        assert_eq!(roll.actions().await, ["auth.refused"]);
        roll.flush().await;
        assert_eq!(roll.actions().await, ["auth.refused", "auth.refused"]);
        let counts = "select count(*) || ' ' || min(outcome) || ' ' || max(severity) from audit_events \
             where action = 'auth.refused' and detail_json like '%\"count\":499%' and detail_json like '%\"unknown\"%'";
        assert_eq!(roll.sql_one(counts).await, "1 failure WARN");
        roll.flush().await;
        assert_eq!(roll.actions().await.len(), 2);
    }

    async fn what_a_token_may_not_do_is_told_once_with_its_name(roll: Roll) {
        let samples = samples(&roll).await;
        let reader = format!("Bearer {}", roll.mint(&[Scope::Read], TokenMode::Bearer).await);
        for sample in samples.iter().filter(|sample| who(sample) == Who::Scim(Scope::Write)) {
            sample.ask(&roll, Some(&reader)).await.expect(403);
        }
        let (_, _, detail) = roll.last_audit("auth.forbidden").await;
        assert!(detail["token"].as_str().is_some_and(|token| token.starts_with("made by a test (")), "{detail}");
        assert_eq!(detail["reason"], "scim:write");
        assert_eq!(roll.actions().await.iter().filter(|action| *action == "auth.forbidden").count(), 1);
    }
}
