//! People who are signed in, and requests in their name.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use rollcall::access::api_keys::{self, Wish};
use rollcall::access::break_glass;
use rollcall::access::sessions::{self, Arrival, Begun, Opened};
use rollcall::ctx::{Actor, ActorKind, Ctx, Source};
use rollcall::error::Error;
use rollcall::model::Id;
use rollcall::model::policy::{Caller, KeyScope, Means};
use rollcall::model::session::Born;
use rollcall::model::user::PlatformRole;
use rollcall::model::words::Word;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::harness::{Answer, Roll};
use crate::okta_events;

/// What stands before the secret of a session where a header could stand.
pub const SESSION: &str = "Session ";

/// The password of every break-glass account that tests make.
pub const GLASS_PASSWORD: &str = "correct horse battery staple";

/// An API key.
pub struct Key {
    /// The id of its row.
    pub id: String,
    /// The key.
    pub key: String,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The id of their row.
    pub user: String,
    /// The id of their session.
    pub session: String,
    /// What the cookie holds.
    pub secret: String,
}

impl Signed {
    /// What opens a route, as samples carry it.
    pub fn key(&self) -> String {
        format!("{SESSION}{}", self.secret)
    }

    /// A request in their name, as a page of ours sends it.
    pub fn request(&self, roll: &Roll, method: Method, path: &str) -> RequestBuilder {
        with_session(roll, roll.request(method, path), &self.secret)
    }

    pub async fn get(&self, roll: &Roll, path: &str) -> Answer {
        roll.send(self.request(roll, Method::GET, path)).await
    }

    pub async fn delete(&self, roll: &Roll, path: &str) -> Answer {
        roll.send(self.request(roll, Method::DELETE, path)).await
    }

    pub async fn post(&self, roll: &Roll, path: &str, body: &Value) -> Answer {
        self.send(roll, Method::POST, path, body).await
    }

    pub async fn send(&self, roll: &Roll, method: Method, path: &str, body: &Value) -> Answer {
        let request = self.request(roll, method, path).header("content-type", "application/json");
        roll.send(request.body(body.to_string())).await
    }
}

/// The cookie of a session, and the token that goes with its writes.
pub fn with_session(roll: &Roll, request: RequestBuilder, secret: &str) -> RequestBuilder {
    let token = sessions::csrf_token(&roll.app.key, secret);
    request.header("cookie", format!("rollcall={secret}")).header("x-csrf-token", token)
}

/// A moment of the test's clock with the context of somebody who is not yet known.
pub fn stranger(roll: &Roll) -> Ctx {
    let actor = Actor { kind: ActorKind::Nobody, id: None, name: "nobody".to_owned() };
    let ip = Some([192, 0, 2, 7].into());
    Ctx { actor, source: Source::Api, ip, user_agent: Some("a browser".to_owned()), ..Ctx::cli(roll.clock.now()) }
}

/// Demands a problem of this status that says these words.
#[track_caller]
pub fn problem(answer: Answer, status: u16, words: &str) -> Answer {
    let answer = answer.expect(status);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(words), "{detail:?} does not say {words:?}");
    answer
}

/// Somebody's id, from its text.
pub fn id(text: &str) -> Id {
    Id::parse(text).expect("an id")
}

impl Roll {
    /// Opens a session for a person as a proven sign-in does.
    pub async fn open(&self, user: &str, born: Born, begun: Begun) -> Result<Opened, Error> {
        let arrival = Arrival { born, begun, proven_at: Some(begun.at), gone: Vec::new() };
        let (ctx, work) = (stranger(self), (&self.app.key, id(user), arrival));
        let open = self
            .db()
            .unit(&ctx, &work, |tx, (key, user, arrival)| Box::pin(sessions::open(tx, key, *user, arrival.clone())));
        open.await
    }

    /// Signs a person in who has access.
    pub async fn sign_in(&self, user: &str) -> Signed {
        self.sign_in_as(user, Born::Okta).await
    }

    /// The same, however the session is born.
    pub async fn sign_in_as(&self, user: &str, born: Born) -> Signed {
        let begun = Begun { at: self.clock.now(), epoch: None };
        let opened = self.open(user, born, begun).await.expect("a session");
        let secret = opened.secret.expose_secret().to_owned();
        Signed { user: user.to_owned(), session: opened.session.id.to_string(), secret }
    }

    /// A new person, signed in.
    pub async fn signed(&self, name: &str) -> Signed {
        let user = self.person(name).await;
        self.sign_in(&user).await
    }

    /// A new platform admin, signed in.
    pub async fn admin(&self, name: &str) -> Signed {
        let user = self.person(name).await;
        self.set_user(&user, "platform_role = 'PLATFORM_ADMIN'").await;
        self.sign_in(&user).await
    }

    /// A new person whom nothing binds to an account at Okta.
    pub async fn unbound(&self, name: &str) -> String {
        let mut body = crate::harness::person(name);
        body.as_object_mut().expect("a person").remove("externalId");
        self.post("/Users", &body).await.expect(201).id()
    }

    /// People without an identity, each with one that their binding says something else of: one of whom Okta said nothing
    /// before, one whose access it had ended, and one who had none anyway.
    pub async fn unbound_of_each_kind(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (number, is_active) in [true, true, false].into_iter().enumerate() {
            let okta_id = format!("00ubound{number}");
            if number > 0 {
                okta_events::tell(self, &okta_events::event("user.lifecycle.suspend", &okta_id, 0)).await;
            }
            let user = self.unbound(&format!("unbound-{number}")).await;
            self.set_user(&user, &format!("admin_active = {is_active}, is_active = {is_active}")).await;
            all.push((user, okta_id));
        }
        all
    }

    /// The version of the team that was made last, as a form sends it.
    pub async fn newest_revision(&self) -> String {
        let newest = "(select id from teams order by id desc limit 1)";
        let sql = "select cast(cast(sum(revision) as bigint) as text) from team_revisions where team_id =";
        self.sql_one(&format!("{sql} {newest}")).await
    }

    /// Makes a break-glass account as the command line does; gives its row's id.
    pub async fn glass(&self, name: &str) -> String {
        static HASH: OnceCell<String> = OnceCell::const_new();
        let hashed = || async { self.app.passwords.hash(&GLASS_PASSWORD.into()).await.expect("a hash") };
        let (ctx, work) = (Ctx::cli(self.clock.now()), (name, HASH.get_or_init(hashed).await));
        let made = self.db().unit(&ctx, &work, |tx, (name, hash)| Box::pin(break_glass::create(tx, name, hash)));
        made.await.expect("an account").to_string()
    }

    /// Makes an API key of a person's, whatever the table says.
    pub async fn key_of(&self, owner: &Signed, scopes: &[&str]) -> Key {
        self.key_for(&owner.user, scopes).await
    }

    /// The same, by the id of their row.
    pub async fn key_for(&self, user: &str, scopes: &[&str]) -> Key {
        let scopes = scopes.iter().map(|scope| KeyScope::from_word(scope).expect("a scope")).collect();
        let wish = Wish { name: "made by a test".to_owned(), scopes, lifetime: None };
        let caller = Caller { user: id(user), name: user.to_owned(), role: PlatformRole::User, means: Means::Okta };
        let (ctx, work) = (Ctx::cli(self.clock.now()), (&self.app.key, caller, wish));
        let minted =
            self.db().unit(&ctx, &work, |tx, (key, caller, wish)| Box::pin(api_keys::mint(tx, key, caller, wish)));
        let minted = minted.await.expect("a key");
        Key { id: minted.row.id.to_string(), key: minted.key.expose_secret().to_owned() }
    }

    /// The ids of a list, walked in pages of this size.
    pub async fn all_pages(&self, who: &Signed, path: &str, list: &str, size: usize) -> Vec<String> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let (mut seen, mut next) = (Vec::new(), format!("{path}{mark}limit={size}"));
        loop {
            let page = who.get(self, &next).await.expect(200).body;
            let ids = page[list].as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id"));
            let before = seen.len();
            seen.extend(ids.map(str::to_owned));
            let Some(cursor) = page["nextCursor"].as_str() else { return seen };
            assert_eq!(seen.len() - before, size, "a page before the last is full");
            next = format!("{path}{mark}limit={size}&cursor={cursor}");
        }
    }

    /// Moves the clock.
    pub fn wait(&self, span: Duration) {
        self.clock.advance(span);
    }
}
