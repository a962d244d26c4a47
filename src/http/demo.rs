//! The door of `rollcall demo`: an address that works once and signs its reader in as the demo's admin. No other process
//! has the route: it is not on the route page, and only the demo's own server is made with it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Method;
use axum::routing::{MethodFilter, on};
use axum::{Router, http::StatusCode};

use super::api::call::Call;
use super::api::sign_in::with_cookie;
use super::console::html::see_other;
use super::problem::{Answer, Problem};
use super::{App, router_with};
use crate::access::secret::{HashKey, same_hash};
use crate::access::sessions::{self, Arrival, Begun};
use crate::clock::Time;
use crate::ctx::{Actor, ActorKind, Ctx, Source};
use crate::model::Id;
use crate::model::session::Born;

/// Where the door is.
pub const PATH: &str = "/demo/enter";
const PURPOSE: &str = "demo";
/// The longest key that is looked at.
const LONGEST: usize = 128;

/// What opens the door, until it was used or its time is over.
pub struct Pass {
    hash: [u8; 32],
    until: Time,
    admin: Id,
    then: String,
}

impl Pass {
    /// A pass for whoever has this key: as whom they come in, where they are led, until when it works.
    #[must_use]
    pub fn of(key: &HashKey, secret: &str, admin: Id, then: String, until: Time) -> Self {
        Self { hash: key.hash(PURPOSE, secret), until, admin, then }
    }
}

/// The door; shut until a pass is laid down.
#[derive(Default)]
pub struct DemoDoor(Mutex<Option<Pass>>);

impl DemoDoor {
    /// Lays a pass down, in the place of the one before it.
    pub fn lay(&self, pass: Pass) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(pass);
    }

    /// Takes the pass of this key, so that nobody else does. A wrong key leaves it where it is.
    fn take(&self, hash: &[u8; 32], now: Time) -> Option<Pass> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        laid.take_if(|pass| same_hash(&pass.hash, hash)).filter(|pass| now < pass.until)
    }
}

/// The whole service, and the door beside it.
pub fn router(app: App, door: Arc<DemoDoor>) -> Router {
    let handler = move |method: Method, call: Call| {
        let door = Arc::clone(&door);
        async move { enter(&door, &method, call).await }
    };
    router_with(app, Router::new().route(PATH, on(MethodFilter::GET, handler)))
}

async fn enter(door: &DemoDoor, method: &Method, call: Call) -> Answer {
    let gone = || {
        Problem::new(StatusCode::NOT_FOUND, "This address works once, and for a few minutes. Run rollcall demo again.")
    };
    let mut query = call.query()?;
    let key = query.given("key", LONGEST);
    let hash = call.app.key.hash(PURPOSE, &key.unwrap_or_default());
    // Whoever only asks whether it is there must not use it up.
    let pass = if *method == Method::GET { door.take(&hash, call.ctx.now) } else { None };
    let pass = pass.ok_or_else(gone)?;
    let actor = Actor { kind: ActorKind::User, id: Some(pass.admin.to_string()), name: "Demo Admin".to_owned() };
    let ctx = Ctx { actor, source: Source::Ui, ..call.ctx.clone() };
    let now = call.ctx.now;
    let begun = Begun { at: now, epoch: None };
    let arrival = Arrival { born: Born::Okta, begun, proven_at: Some(now), gone: Vec::new() };
    let work = (&call.app.key, pass.admin, arrival);
    let opened = call
        .unit_as(&ctx, &work, |tx, (key, admin, arrival)| Box::pin(sessions::open(tx, key, *admin, arrival.clone())));
    Ok(with_cookie(&call, see_other(&pass.then)?, &opened.await?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(byte: u8, until: i64) -> Pass {
        Pass { hash: [byte; 32], until: Time::from_micros(until), admin: Id::fresh(), then: "/".to_owned() }
    }

    #[test]
    fn a_pass_is_taken_once_in_its_time_and_by_its_key_alone() {
        let (door, now) = (DemoDoor::default(), Time::from_micros(10));
        assert!(door.take(&[1; 32], now).is_none(), "nothing is laid down yet");
        door.lay(pass(1, 11));
        assert!(door.take(&[2; 32], now).is_none());
        assert!(door.take(&[1; 32], now).is_some());
        assert!(door.take(&[1; 32], now).is_none(), "once");
        door.lay(pass(1, 10));
        assert!(door.take(&[1; 32], now).is_none(), "its time is over");
    }
}
