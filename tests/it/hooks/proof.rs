//! Signatures over the wire; every form and the corpus of wrong ones stand beside the code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use rollcall::http::Shared;
use rollcall::okta::signature::Demand;
use rollcall::store::dialect::Engine;
use sha2::Sha256;

use super::{delivery, event};
use crate::harness::{HOOK_SECRET, Roll, facts};

const KEY: &str = "the-key-of-the-relay-in-front-0001";

fn sign(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn with_key(demand: Demand) -> impl FnOnce(&mut Shared) {
    move |shared| {
        shared.hooks.keys.signing = vec![KEY.into()];
        shared.hooks.keys.demand = demand;
    }
}

/// A delivery as a relay of Standard Webhooks signs it, `ago` seconds before now.
fn message(roll: &Roll, id: &str, ago: i64, body: &str) -> RequestBuilder {
    let at = (roll.clock.now().micros() / 1_000_000 - ago).to_string();
    let signature = format!("v1,{}", sign(KEY, &format!("{id}.{at}.{body}")));
    let request = roll.hook(body.to_owned()).header("webhook-id", id).header("webhook-timestamp", at);
    request.header("webhook-signature", signature)
}

facts! {
    async fn a_signature_that_is_there_must_be_right_whatever_the_secret(roll: Roll) {
        let other = roll.replica_with(with_key(Demand::Either)).await;
        let body = delivery("e1", &[event("a", "00u1")]).to_string();
        let wrong = other.hook(body.clone()).header("authorization", HOOK_SECRET).header("x-hookdeck-signature", "AAAA");
        other.send(wrong).await.expect(401);
        assert_eq!(roll.inbox().await, []);
        let changed = other.hook(format!("{body} ")).header("x-hookdeck-signature", sign(KEY, &body));
        other.send(changed).await.expect(401);
        let right = other.hook(body.clone()).header("x-hookdeck-signature", sign(KEY, &body));
        other.send(right).await.expect(204);
        assert_eq!(roll.inbox().await.len(), 1);
    }

    async fn the_demanded_proof_is_the_one_that_counts(roll: Roll) {
        let strict = roll.replica_with(with_key(Demand::Signature)).await;
        let plain = roll.replica_with(with_key(Demand::Secret)).await;
        let body = delivery("e1", &[event("a", "00u1")]).to_string();
        strict.send(strict.hook(body.clone()).header("authorization", HOOK_SECRET)).await.expect(401);
        plain.send(plain.hook(body.clone()).header("x-okta-signature", sign(KEY, &body))).await.expect(401);
        assert_eq!(roll.inbox().await, []);
        strict.send(strict.hook(body.clone()).header("x-okta-signature", sign(KEY, &body))).await.expect(204);
        let ignored = plain.hook(body).header("authorization", HOOK_SECRET).header("x-okta-signature", "wrong");
        plain.send(ignored).await.expect(204);
    }

    async fn strangers_have_a_share_of_the_memory_and_whoever_knows_the_secret_needs_none(roll: Roll) {
        let body = delivery("e1", &[event("a", "00u1")]).to_string();
        let keyed = roll.replica_with(with_key(Demand::Either)).await;
        let all = keyed.app.hooks.unproven.try_acquire_many(64).expect("nobody else is here");
        let signed = || keyed.hook(body.clone()).header("x-okta-signature", sign(KEY, &body));
        assert_eq!(keyed.send(signed()).await.expect(503).header("retry-after"), "5");
        keyed.send(signed().header("authorization", HOOK_SECRET)).await.expect(204);
        drop(all);
        keyed.send(signed()).await.expect(204);
    }

    async fn a_signed_message_counts_once_on_every_replica(roll: Roll) {
        let (one, other) = (roll.replica_with(with_key(Demand::Either)).await, roll.replica_with(with_key(Demand::Either)).await);
        let body = delivery("e1", &[event("a", "00u1")]).to_string();
        one.send(message(&one, "msg_1", 0, &body)).await.expect(204);
        // With the events gone, only the message itself is left to know it by.
        roll.sql_run("delete from hook_events").await;
        for replica in [&one, &other] {
            replica.send(message(replica, "msg_1", 0, &body)).await.expect(204);
            assert_eq!(roll.inbox().await, []);
        }
        other.send(message(&other, "msg_2", 299, &body)).await.expect(204);
        assert_eq!(roll.inbox().await.len(), 1);
        for ago in [301, -301] {
            one.send(message(&one, "msg_3", ago, &body)).await.expect(401);
        }
    }

    async fn a_message_is_remembered_for_longer_than_its_timestamp_is_taken(roll: Roll) {
        let signed = roll.replica_with(with_key(Demand::Either)).await;
        signed.send(message(&signed, "msg_1", -300, "{}")).await.expect(204);
        for (minutes, left) in [(11, 1), (5, 0)] {
            roll.clock.advance(std::time::Duration::from_mins(minutes));
            let ctx = rollcall::ctx::Ctx::job("retention", roll.clock.now());
            rollcall::jobs::retention::sweep(roll.db(), &ctx, std::time::Duration::from_hours(24)).await.expect("swept");
            assert_eq!(roll.sql("select message_key from hook_messages").await.len(), left);
        }
    }
}

#[tokio::test]
async fn no_hook_is_served_without_a_secret() {
    let store = crate::harness::fresh_store(Engine::Lite).await;
    let db = rollcall::app::open_store(&store.url, rollcall::clock::Clock::system()).await.expect("a store");
    let mut config = crate::harness::config(&store.url);
    config.hook_keys.secrets.clear();
    let refusal = rollcall::app::build(db, &config, String::new()).await.map(drop).expect_err("nothing to believe by");
    assert!(refusal.to_string().contains("OKTA_WEBHOOK_SECRET"), "{refusal}");
}
