//! `/api/verification`: proving how one is reached; and, on a development server, the messages that went nowhere.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use crate::access::contacts::{self, DIGITS, Ordered, Status, Wish};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::contact::Method;
use crate::model::policy::{self, Deed, Reach};
use crate::senders::Kept;

/// Said of every code that proves nothing, whatever the reason.
const WRONG: &str =
    "is not the code that was sent last, or has been tried too often, or is too old: have a new one sent";
const NO_TRAY: &str = "There is nothing at this address.";

fn render(status: &Status) -> Value {
    let contact = &status.contact;
    json!({
        "email": { "value": contact.email, "verified": contact.email_verified },
        "phone": { "value": contact.phone, "verified": contact.phone_verified },
        "push": {
            "devices": status.devices,
            "provenDevices": status.proven_devices,
            "verified": status.is_push_verified(),
        },
        "canBeOnCall": status.can_be_on_call(),
    })
}

/// `GET /api/verification/status`.
pub(in crate::http) async fn status(call: Call) -> Answer {
    Ok(Json(render(&contacts::status(&mut call.view().await?, call.caller()?).await?)).into_response())
}

fn wish(call: &Call) -> Result<Wish> {
    let mut body = call.body()?;
    let (method, device) = (body.word::<Method>("method"), body.id("deviceId"));
    if device.is_some() && method.is_some_and(|method| method != Method::Push) {
        body.refuse("deviceId", "is for PUSH");
    }
    body.done(method.map(|method| Wish { method, device }))
}

/// `POST /api/verification/send`: has a code sent. 202, because it is on its way and no more.
pub(in crate::http) async fn send(call: Call) -> Answer {
    let work = (&call.app.key, &call.app.senders, call.caller()?, wish(&call)?);
    let ordered =
        call.unit(&work, |tx, (key, senders, caller, wish)| Box::pin(contacts::order(tx, key, senders, caller, *wish)));
    let (status, shown) = match ordered.await? {
        Ordered::Until(end) => (StatusCode::ACCEPTED, json!({ "sent": true, "expiresAt": end.rfc3339() })),
        Ordered::Verified => (StatusCode::OK, json!({ "sent": false, "verified": true })),
    };
    Ok((status, Json(shown)).into_response())
}

fn guess(call: &Call) -> Result<(Method, String)> {
    let mut body = call.body()?;
    let (method, code) = (body.word::<Method>("method"), body.text("code", DIGITS..=DIGITS));
    if code.iter().any(|code| !code.bytes().all(|byte| byte.is_ascii_digit())) {
        body.refuse("code", format!("must be {DIGITS} digits"));
    }
    body.done(method.zip(code))
}

/// `POST /api/verification/verify`: brings a code back.
pub(in crate::http) async fn verify(call: Call) -> Answer {
    let (method, code) = guess(&call)?;
    let work = (&call.app.key, call.caller()?, method, code);
    let is_right =
        call.unit(&work, |tx, (key, caller, method, code)| Box::pin(contacts::verify(tx, key, caller, *method, code)));
    if is_right.await? { status(call).await } else { Err(Error::invalid("code", WRONG).into()) }
}

fn shown(kept: &Kept) -> Value {
    json!({
        "id": kept.id,
        "userId": kept.person,
        "channel": kept.channel,
        "to": kept.to,
        "subject": kept.subject,
        "text": kept.text,
        "at": kept.at.rfc3339(),
    })
}

/// `GET /api/dev/outbox`: what a development server kept of what it did not send, newest first; an admin sees all of it.
pub(in crate::http) async fn tray(call: Call) -> Answer {
    let (caller, mut query) = (call.caller()?, call.query()?);
    let (limit, cursor) = (pages::limit(&mut query), query.id("cursor"));
    query.end()?;
    let tray = call.app.senders.shown_tray().ok_or_else(|| Error::not_found(NO_TRAY))?;
    let sees_all = policy::reach(caller, Deed::ReadTray) == Reach::Everywhere;
    let is_theirs = |kept: &Kept| sees_all || kept.person == caller.user.to_string();
    let mine: Vec<Kept> = tray.list().into_iter().filter(is_theirs).collect();
    let begin = cursor.map_or(0, |cursor| after(&mine, cursor));
    let page: Vec<Value> = mine.iter().skip(begin).take(limit as usize).map(shown).collect();
    let next = mine.get(begin + page.len()).and_then(|_| page.last()).map(|last| last["id"].clone());
    Ok(Json(json!({ "messages": page, "nextCursor": next })).into_response())
}

/// Where the page after this message begins; one that is gone was the oldest.
fn after(kept: &[Kept], cursor: Id) -> usize {
    let cursor = cursor.to_string();
    kept.iter().position(|one| one.id == cursor).map_or(kept.len(), |at| at + 1)
}
