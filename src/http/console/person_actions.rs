//! What is done to a person from their page: each form goes through the verb that the API uses, and comes back to the page.

use super::done;
use super::people::PEOPLE;
use super::person;
use crate::access::{api_keys, devices, mobile, sessions};
use crate::directory::people::{self, NO_SUCH_USER};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::user::PlatformRole;

/// Said of an id in the path that names nothing.
const NOTHING: &str = "There is nothing with this id.";

/// Back to the page: to say what was done, or why nothing was.
async fn settled(call: &Call, id: Id, word: &str, outcome: Result<()>) -> Answer {
    match outcome {
        Ok(()) => Ok(done::led_to(call, &format!("{PEOPLE}/{id}"), word)?),
        Err(error @ (Error::Conflict(_) | Error::Clash(_))) => person::shown(call, id, None, Some(error.into())).await,
        Err(error) => Err(error.into()),
    }
}

/// The person that the path names, for a form without fields.
fn named(call: &Call) -> Result<Id> {
    call.form.fields(&[])?.end()?;
    call.id(NO_SUCH_USER)
}

async fn set_access(call: &Call, on: bool, told: &str) -> Answer {
    let id = named(call)?;
    let work = (call.caller()?, id, on);
    let done = call.unit(&work, |tx, (caller, id, on)| Box::pin(people::set_access(tx, caller, *id, *on))).await;
    settled(call, id, told, done).await
}

/// `POST /people/{id}/deactivate`.
pub(in crate::http) async fn deactivate(call: Call) -> Answer {
    set_access(&call, false, "deactivated").await
}

/// `POST /people/{id}/reactivate`.
pub(in crate::http) async fn reactivate(call: Call) -> Answer {
    set_access(&call, true, "reactivated").await
}

/// `POST /people/{id}/revoke-sessions`.
pub(in crate::http) async fn revoke_sessions(call: Call) -> Answer {
    let id = named(&call)?;
    let work = (call.caller()?, id);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(people::revoke_sessions(tx, caller, *id))).await;
    settled(&call, id, "revoked", done.map(drop)).await
}

/// `POST /people/{id}/clear-okta-status`.
pub(in crate::http) async fn clear_okta_status(call: Call) -> Answer {
    let id = named(&call)?;
    let work = (call.caller()?, id);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(people::clear_okta(tx, caller, *id))).await;
    settled(&call, id, "cleared", done).await
}

/// `POST /people/{id}/role`.
pub(in crate::http) async fn set_role(call: Call) -> Answer {
    let (id, mut form) = (call.id(NO_SUCH_USER)?, call.form.fields(&[])?);
    let role = form.word::<PlatformRole>("role");
    let work = (call.caller()?, id, form.done(role)?);
    let done = call.unit(&work, |tx, (caller, id, role)| Box::pin(people::set_role(tx, caller, *id, *role))).await;
    settled(&call, id, "role", done).await
}

/// `POST /people/{id}/sessions/{thing}/end`.
pub(in crate::http) async fn end_session(call: Call) -> Answer {
    let (id, work) = (named(&call)?, (call.caller()?, call.id_of("thing", NOTHING)?));
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(sessions::end(tx, caller, *id))).await;
    settled(&call, id, "session-ended", done).await
}

/// `POST /people/{id}/mobile/{thing}/end`.
pub(in crate::http) async fn end_mobile(call: Call) -> Answer {
    let (id, work) = (named(&call)?, (call.caller()?, call.id_of("thing", NOTHING)?));
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(mobile::end(tx, caller, *id))).await;
    settled(&call, id, "mobile-ended", done).await
}

/// `POST /people/{id}/devices/{thing}/end`.
pub(in crate::http) async fn remove_device(call: Call) -> Answer {
    let (id, work) = (named(&call)?, (call.caller()?, call.id_of("thing", NOTHING)?));
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(devices::remove(tx, caller, *id))).await;
    settled(&call, id, "device-removed", done).await
}

/// `POST /people/{id}/keys/{thing}/end`.
pub(in crate::http) async fn revoke_key(call: Call) -> Answer {
    let (id, work) = (named(&call)?, (call.caller()?, call.id_of("thing", NOTHING)?));
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(api_keys::revoke(tx, caller, *id))).await;
    settled(&call, id, "key-revoked", done).await
}
