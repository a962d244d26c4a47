//! The end of access: by every road there is, everything that lets a person in is dead at the next request of every
//! replica, and coming back brings none of it back.

use std::pin::Pin;
use std::time::Duration;

use reqwest::Method;
use rollcall::access::break_glass::WINDOW;
use rollcall::access::sessions::Begun;
use rollcall::ctx::Ctx;
use rollcall::directory::people;
use rollcall::error::Error;
use rollcall::model::session::Born;
use serde_json::json;

use super::mobile::{Phone, VERIFIER};
use super::people::{Key, Signed, problem};
use crate::harness::{Roll, facts, patch, person};
use crate::okta_events::{event, tell};

/// Everything that lets one person in, as they hold it.
struct Held {
    session: Signed,
    phone: Phone,
    key: Key,
    code: String,
    /// Sign-ins that began before: of somebody who was known then, and of somebody who was not.
    begun: [Begun; 2],
}

impl Held {
    async fn by(roll: &Roll, user: &str) -> Self {
        roll.let_in(user).await;
        let begun = |epoch| Begun { at: roll.clock.now(), epoch };
        Self {
            session: roll.sign_in(user).await,
            phone: roll.mobile(user).await,
            key: roll.key_for(user, &["users:read"]).await,
            code: roll.code_for(user).await,
            begun: [begun(Some(1)), begun(None)],
        }
    }

    /// Demands that each of them works: else nothing would be shown by their being dead.
    async fn works(&self, roll: &Roll) {
        self.session.get(roll, "/auth/me").await.expect(200);
        self.phone.get(roll, "/auth/me").await.expect(200);
        roll.send(roll.request(Method::GET, "/api/users/me").bearer_auth(&self.key.key)).await.expect(200);
    }

    /// Demands that none of them does.
    async fn is_dead(&self, roll: &Roll, road: &str) {
        let key = roll.request(Method::GET, "/api/users/me").bearer_auth(&self.key.key);
        let answers = [
            ("session", self.session.get(roll, "/auth/me").await),
            ("access token", self.phone.get(roll, "/auth/me").await),
            ("refresh token", roll.refresh(&self.phone.refresh).await),
            ("API key", roll.send(key).await),
            ("code", roll.exchange(&self.code, VERIFIER).await),
        ];
        for (what, answer) in answers {
            assert_eq!(answer.status.as_u16(), 401, "{what} after {road}: {}", answer.body);
        }
        for begun in self.begun {
            let opened = roll.open(&self.session.user, Born::Okta, begun).await.map(drop);
            assert!(matches!(opened, Err(Error::Unproven(_))), "a sign-in begun before {road}: {begun:?} {opened:?}");
        }
    }
}

type Work<'w> = Pin<Box<dyn Future<Output = ()> + Send + 'w>>;
type Take = for<'w> fn(&'w Roll, &'w str, &'w str) -> Work<'w>;

/// How many seconds after noon it is.
fn seconds(roll: &Roll) -> u64 {
    let noon = rollcall::clock::Time::parse(crate::harness::NOON).expect("noon");
    (roll.clock.now().micros() - noon.micros()).unsigned_abs() / 1_000_000
}

async fn tell_of(roll: &Roll, name: &str, event_type: &str) {
    tell(roll, &event(event_type, &format!("00u{name}"), seconds(roll))).await;
}

async fn put(roll: &Roll, user: &str, name: &str, active: bool) {
    let mut body = person(name);
    body["active"] = active.into();
    roll.put(&format!("/Users/{user}"), &body).await.expect(200);
}

async fn in_bulk(roll: &Roll, operation: serde_json::Value) {
    let answer = roll.post("/Bulk", &json!({ "Operations": [operation] })).await.expect(200);
    let status = answer.body["Operations"][0]["status"].as_str().expect("a status").to_owned();
    assert!(status.starts_with('2'), "{}", answer.body);
}

async fn by_command(roll: &Roll, user: &str, on: bool) {
    let (ctx, work) = (Ctx::cli(roll.clock.now()), (user, on));
    let done = roll.db().unit(&ctx, &work, |tx, (user, on)| Box::pin(people::switch_by_name(tx, user, *on)));
    done.await.expect("switched");
}

fn off() -> serde_json::Value {
    patch(json!([{ "op": "replace", "value": { "active": false } }]))
}

/// Every road on which access ends, of a person by their id and name.
const ROADS: [(&str, Take); 11] = [
    ("PUT", |roll, user, name| Box::pin(put(roll, user, name, false))),
    ("PATCH", |roll, user, _| {
        Box::pin(async move { drop(roll.patch(&format!("/Users/{user}"), &off()).await.expect(200)) })
    }),
    ("POST of somebody who left", |roll, user, name| {
        Box::pin(async move {
            put(roll, user, name, false).await;
            let mut body = person(name);
            body["active"] = false.into();
            assert_eq!(roll.post("/Users", &body).await.expect(201).id(), user);
        })
    }),
    ("DELETE", |roll, user, _| Box::pin(async move { drop(roll.delete(&format!("/Users/{user}")).await.expect(204)) })),
    ("PATCH in a Bulk", |roll, user, _| {
        let path = format!("/Users/{user}");
        Box::pin(in_bulk(roll, json!({ "method": "PATCH", "path": path, "data": off() })))
    }),
    ("DELETE in a Bulk", |roll, user, _| {
        Box::pin(in_bulk(roll, json!({ "method": "DELETE", "path": format!("/Users/{user}") })))
    }),
    ("a deactivation at Okta", |roll, _, name| Box::pin(tell_of(roll, name, "user.lifecycle.deactivate"))),
    ("a suspension at Okta", |roll, _, name| Box::pin(tell_of(roll, name, "user.lifecycle.suspend"))),
    ("the end of the app's assignment", |roll, _, name| {
        Box::pin(tell_of(roll, name, "application.user_membership.remove"))
    }),
    ("an admin", |roll, user, _| {
        Box::pin(async move {
            let boss = roll.admin(&format!("boss-of-{user}")).await;
            let path = format!("/api/users/{user}/deactivate");
            boss.post(roll, &path, &json!({})).await.expect(200);
        })
    }),
    ("the command line", |roll, user, _| Box::pin(by_command(roll, user, false))),
];

/// Turns every switch on again that can be.
async fn bring_back(roll: &Roll, user: &str, name: &str) {
    tell_of(roll, name, "user.lifecycle.reactivate").await;
    tell_of(roll, name, "user.lifecycle.unsuspend").await;
    by_command(roll, user, true).await;
    put(roll, user, name, true).await;
}

facts! {
    async fn by_every_road_everything_that_let_in_is_dead_at_the_next_request_of_every_replica(roll: Roll) {
        let other = roll.replica().await;
        for (at, (road, take)) in ROADS.into_iter().enumerate() {
            // What was refused on the road before counts no more.
            roll.wait(WINDOW);
            let name = format!("person-{at}");
            let user = roll.person(&name).await;
            roll.wait(Duration::from_secs(5));
            let held = Held::by(&roll, &user).await;
            held.works(&roll).await;
            held.works(&other).await;
            roll.wait(Duration::from_secs(5));
            take(&roll, &user, &name).await;
            held.is_dead(&other, road).await;
            held.is_dead(&roll, road).await;
            assert_eq!(roll.live(&user).await, [], "{road}");
            assert!(roll.hand_out(&user).await.is_err(), "{road}");

            roll.wait(Duration::from_secs(5));
            if road.starts_with("DELETE") {
                continue;
            }
            bring_back(&roll, &user, &name).await;
            held.is_dead(&other, road).await;
            held.is_dead(&roll, road).await;
            assert_eq!(roll.live(&user).await, [], "{road} and back");
            roll.wait(Duration::from_secs(5));
            let fresh = roll.sign_in(&user).await;
            fresh.get(&other, "/auth/me").await.expect(200);
        }
    }

    async fn the_end_of_what_somebody_is_signed_in_with_leaves_keys_and_devices(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.replica().await);
        for (at, by_okta) in [true, false].into_iter().enumerate() {
            let name = format!("person-{at}");
            let user = roll.person(&name).await;
            let held = Held::by(&roll, &user).await;
            roll.wait(Duration::from_secs(5));
            if by_okta {
                tell_of(&roll, &name, "user.session.clear").await;
            } else {
                boss.post(&roll, &format!("/api/users/{user}/revoke-sessions"), &json!({})).await.expect(200);
            }
            problem(held.session.get(&other, "/auth/me").await, 401, "does not work");
            problem(held.phone.get(&other, "/auth/me").await, 401, "does not work");
            problem(other.refresh(&held.phone.refresh).await, 401, "does not work");
            problem(other.exchange(&held.code, VERIFIER).await, 401, "does not work");
            let key = other.request(Method::GET, "/api/users/me").bearer_auth(&held.key.key);
            other.send(key).await.expect(200);
            let left: Vec<_> = roll.live(&user).await.into_iter().map(|(table, _)| table).collect();
            assert_eq!(left, ["api_keys", "contact_verifications", "user_devices"]);
        }
    }

    async fn an_end_of_access_beside_a_sign_in_leaves_nothing_that_works(roll: Roll) {
        let other = roll.replica().await;
        for round in 0..8 {
            let name = format!("person-{round}");
            let user = roll.person(&name).await;
            let (code, begun) = (roll.code_for(&user).await, Begun { at: roll.clock.now(), epoch: None });
            let (path, change) = (format!("/Users/{user}"), off());
            let (_, exchanged, opened) = tokio::join!(
                roll.patch(&path, &change),
                other.exchange(&code, VERIFIER),
                other.open(&user, Born::Okta, begun),
            );
            assert!([200, 401].contains(&exchanged.status.as_u16()), "{}", exchanged.body);
            drop(opened);
            assert_eq!(roll.live(&user).await, [], "{name}");
        }
    }
}
