//! People who are signed in, and requests in their name.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use rollcall::access::sessions::{self, Begun, Opened};
use rollcall::ctx::{Actor, ActorKind, Ctx, Source};
use rollcall::error::Error;
use rollcall::model::Id;
use rollcall::model::session::Born;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::harness::{Answer, Roll};

/// What stands before the secret of a session where a header could stand.
pub const SESSION: &str = "Session ";

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

/// Somebody's id, from its text.
pub fn id(text: &str) -> Id {
    Id::parse(text).expect("an id")
}

impl Roll {
    /// Opens a session for a person as a proven sign-in does.
    pub async fn open(&self, user: &str, born: Born, begun: Begun) -> Result<Opened, Error> {
        let work = (&self.app.key, id(user), born, begun);
        let ctx = stranger(self);
        let open = self
            .db()
            .unit(&ctx, &work, |tx, (key, user, born, begun)| Box::pin(sessions::open(tx, key, *user, *born, *begun)));
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

    /// Moves the clock.
    pub fn wait(&self, span: Duration) {
        self.clock.advance(span);
    }
}
