//! `/api/devices`: where a person's push messages go.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages::{self, Listing};
use crate::access::devices::{self, Wish};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::device::{Device, Platform};
use crate::model::words::Word;

const NO_SUCH_DEVICE: &str = "There is no device with this id.";
const LONGEST_NAME: usize = 100;
/// A subscription of a browser is an address with keys; those of phones are shorter.
const LONGEST_TOKEN: usize = 4_096;

/// A device as it is shown: its token is nobody's business but the sender's.
fn render(device: &Device) -> Value {
    json!({
        "id": device.id.to_string(),
        "userId": device.user_id.to_string(),
        "platform": device.platform.as_str(),
        "name": device.name,
        "createdAt": device.created_at.rfc3339(),
        "provenAt": device.proven_at.map(Time::rfc3339),
        "lastSeenAt": device.last_seen_at.map(Time::rfc3339),
    })
}

fn wish(call: &Call) -> Result<Wish> {
    let mut body = call.body()?;
    let (platform, token) = (body.word::<Platform>("platform"), body.text("token", 1..=LONGEST_TOKEN));
    let name = body.text("name", 1..=LONGEST_NAME);
    let is_odd = token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic()));
    let wish = body.done(platform.zip(token).zip(name))?;
    if is_odd {
        return Err(Error::invalid("token", "must be visible ASCII without white space"));
    }
    let ((platform, token), name) = wish;
    Ok(Wish { platform, token, name })
}

/// `POST /api/devices`: 201 for one that is new to the caller, 200 for one that is known.
pub(in crate::http) async fn register(call: Call) -> Answer {
    let work = (call.caller()?, wish(&call)?);
    let registered = call.unit(&work, |tx, (caller, wish)| Box::pin(devices::register(tx, caller, wish))).await;
    let (device, is_new) = registered?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(render(&device))).into_response())
}

/// `GET /api/devices`: the live ones, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let caller = call.caller()?;
    let asked = Listing::read(call.query()?, caller.user)?;
    let found = devices::list(&mut call.view().await?, caller, asked.user, asked.page()).await?;
    let (found, next) = pages::cut(found, asked.limit, |last| last.id.to_string());
    let shown: Vec<Value> = found.iter().map(render).collect();
    Ok(Json(json!({ "devices": shown, "nextCursor": next })).into_response())
}

/// `DELETE /api/devices/{id}`.
pub(in crate::http) async fn remove(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_DEVICE)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(devices::remove(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
