//! What is kept, and when it is acknowledged.

use reqwest::Method;
use rollcall::http::hooks::MAX_BODY;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PATH, delivery, event, event_at};
use crate::harness::{HOOK_SECRET, facts};
use crate::tables;

facts! {
    async fn the_challenge_is_answered_to_whoever_knows_the_secret(roll: Roll) {
        let ask = |secret: Option<&str>, challenge: Option<&str>| {
            let request = roll.request(Method::GET, PATH);
            let request = secret.into_iter().fold(request, |request, it| request.header("authorization", it));
            challenge.into_iter().fold(request, |request, it| request.header("x-okta-verification-challenge", it))
        };
        let answer = roll.send(ask(Some(HOOK_SECRET), Some("Me_rShK8"))).await.expect(200);
        assert_eq!(answer.body, json!({ "verification": "Me_rShK8" }));
        roll.send(ask(Some(&format!("Bearer {HOOK_SECRET}")), Some("x"))).await.expect(200);
        for secret in [None, Some("another")] {
            let refused = roll.send(ask(secret, Some("Me_rShK8"))).await.expect(401);
            assert_eq!(refused.header("content-type"), "application/problem+json");
            assert!(!refused.body.to_string().contains("Me_rShK8"));
        }
        let without = roll.send(ask(Some(HOOK_SECRET), None)).await.expect(400);
        assert!(without.body["detail"].as_str().is_some_and(|it| it.contains("x-okta-verification-challenge")));
    }

    async fn a_delivery_is_in_the_inbox_when_it_is_acknowledged(roll: Roll) {
        let answer = roll.deliver("e1", &[event("a", "00u1"), event("b", "00u2")]).await.expect(204);
        assert_eq!(answer.body, Value::Null);
        let waiting = |key: &str| (key.to_owned(), "received".to_owned());
        assert_eq!(roll.inbox().await, [waiting("uuid:a"), waiting("uuid:b")]);
        let kept = roll.sql("select lane, road, event_type, odd, body from hook_events order by event_key").await;
        let kept: Vec<Option<&str>> = kept[0].iter().map(Option::as_deref).collect();
        assert_eq!(kept[..4], [Some("user:00u1"), Some("hook"), Some("user.lifecycle.suspend"), None]);
        assert_eq!(serde_json::from_str::<Value>(kept[4].expect("a body")).expect("JSON"), event("a", "00u1"));
        assert_eq!(roll.actions().await, Vec::<String>::new());
    }

    async fn what_comes_again_is_known_by_its_uuid_and_without_one_by_its_place(roll: Roll) {
        let mut nameless = event("x", "00u1");
        nameless.as_object_mut().expect("an object").remove("uuid");
        for envelope in ["e1", "e1", "e2"] {
            roll.deliver(envelope, &[event("a", "00u1"), nameless.clone(), event("a", "00u1")]).await.expect(204);
        }
        let keys: Vec<String> = roll.inbox().await.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["envelope:e1/1", "envelope:e2/1", "uuid:a"]);
    }

    async fn deliveries_of_the_same_events_at_once_to_two_replicas_are_kept_once(roll: Roll) {
        let other = roll.replica().await;
        let mut events: Vec<Value> = (0..40).map(|number| event(&format!("u{number:02}"), "00u1")).collect();
        let mut sent = Vec::new();
        for round in 0..8 {
            let body = delivery(&format!("e{round}"), &events).to_string();
            let to = if round % 2 == 0 { &roll } else { &other };
            sent.push(tokio::spawn(to.hook(body).header("authorization", HOOK_SECRET).send()));
            events.reverse();
        }
        for answer in sent {
            assert_eq!(answer.await.expect("no panic").expect("an answer").status(), 204);
        }
        assert_eq!(roll.inbox().await.len(), 40);
    }

    async fn a_thousand_events_at_once_are_kept(roll: Roll) {
        let events: Vec<Value> = (0..1_000).map(|number| event(&format!("u{number}"), &format!("00u{number}"))).collect();
        roll.deliver("e1", &events).await.expect(204);
        assert_eq!(roll.inbox().await.len(), 1_000);
    }

    async fn what_is_odd_is_kept_and_marked_and_never_refused(roll: Roll) {
        let bodies: [&[u8]; 8] = [
            b"", b"hello", b"{\"a\":1,\"a\":2}", b"{}", b"[1]", b"\xff\xfe", b"a\0b",
            b"{\"data\":{\"events\":[null,{\"eventType\":\"\\u0000\"}]}}",
        ];
        for body in bodies {
            for _ in 0..2 {
                let request = roll.hook(body.to_vec()).header("authorization", HOOK_SECRET);
                roll.send(request.header("content-encoding", "gzip")).await.expect(204);
            }
        }
        let mut marks: Vec<String> =
            roll.sql("select odd || ' ' || state from hook_events").await.into_iter().filter_map(|mut row| row.remove(0)).collect();
        marks.sort();
        assert_eq!(marks, [
            "incomplete received", "incomplete received", "no events ignored", "no events ignored",
            "not JSON ignored", "not JSON ignored", "not JSON ignored", "not text ignored", "not text ignored",
        ]);
    }

    async fn a_body_over_the_limit_is_refused_and_nothing_of_it_is_kept(roll: Roll) {
        let largest = vec![b' '; MAX_BODY];
        roll.send(roll.hook(largest).header("authorization", HOOK_SECRET)).await.expect(204);
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {HOOK_SECRET}\r\nContent-Length: {}\r\n\r\n",
            MAX_BODY + 1
        );
        let mut socket = tokio::net::TcpStream::connect(roll.origin.trim_start_matches("http://")).await.expect("a socket");
        socket.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = vec![0; 1_024];
        let read = socket.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("4 MiB"), "{answer}");
        assert_eq!(roll.states().await, ["ignored"]);
    }

    async fn what_is_settled_loses_its_body_and_later_its_row_and_what_waits_stays(roll: Roll) {
        roll.deliver("e1", &[event("a", "00u1")]).await.expect(204);
        roll.apply_hooks().await;
        roll.deliver("e2", &[event_at("b", "00u1", 1)]).await.expect(204);
        let with_body = "select event_key from hook_events where body is not null order by event_key";
        for (days, rows, bodies) in [(29, 2, 2), (2, 2, 1), (68, 2, 1), (2, 1, 1)] {
            roll.clock.advance(std::time::Duration::from_hours(24 * days));
            let ctx = rollcall::ctx::Ctx::job("retention", roll.clock.now());
            let kept = std::time::Duration::from_hours(24 * 90);
            rollcall::jobs::retention::sweep(roll.db(), &ctx, kept).await.expect("swept");
            assert_eq!((roll.inbox().await.len(), roll.sql(with_body).await.len()), (rows, bodies), "{days} days later");
        }
    }

    async fn a_wrong_proof_keeps_nothing_and_a_flood_of_them_is_two_rows(roll: Roll) {
        let before = tables::dump(&roll).await;
        let body = delivery("e1", &[event("a", "00u1")]).to_string();
        for _ in 0..200 {
            let answer = roll.send(roll.hook(body.clone()).header("authorization", "guessed")).await.expect(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"rollcall\"");
        }
        roll.flush().await;
        assert_eq!(tables::dump(&roll).await, before);
        assert_eq!(roll.actions().await, ["auth.refused", "auth.refused"]);
        let (_, _, detail) = roll.last_audit("auth.refused").await;
        assert_eq!((&detail["reason"], &detail["count"]), (&json!("hook_secret_wrong"), &json!(199)));
        assert_eq!(roll.sql_one("select min(source) from audit_events where action = 'auth.refused' and detail_json not like '%count%'").await, "hook");
        assert!(roll.columns_with("guessed").await.is_empty());
    }
}
