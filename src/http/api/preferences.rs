//! `/api/notifications/preferences`: by which channels the caller wants to be told.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::fields::Fields;
use crate::access::preferences::{self, Kept};
use crate::error::Result;
use crate::http::problem::Answer;
use crate::model::contact::{Channel, Preference};
use crate::model::words::Word;

const LIST: &str = "preferences";
const LAST_PRIORITY: u32 = 100;

fn render(kept: &Kept) -> Value {
    let one =
        |one: &Preference| json!({ "channel": one.channel.as_str(), "enabled": one.enabled, "priority": one.priority });
    json!({ LIST: kept.list.iter().map(one).collect::<Vec<_>>(), "isDefault": kept.is_default })
}

fn one(fields: &mut Fields) -> Option<Preference> {
    let (channel, enabled) = (fields.word::<Channel>("channel"), fields.flag("enabled"));
    let priority = fields.count("priority", 1..=LAST_PRIORITY);
    let read = channel.zip(enabled).zip(priority);
    read.map(|((channel, enabled), priority)| Preference { channel, enabled, priority })
}

fn wanted(call: &Call) -> Result<Vec<Preference>> {
    let mut body = call.body()?;
    let list = body.each(LIST, 0..=Channel::ALL.len(), one);
    for (at, one) in list.iter().flatten().enumerate() {
        if list.iter().flatten().take(at).any(|other| other.channel == one.channel) {
            body.refuse(format!("{LIST}[{at}].channel"), "stands here twice");
        }
    }
    body.done(list)
}

/// `GET /api/notifications/preferences`.
pub(in crate::http) async fn read(call: Call) -> Answer {
    Ok(Json(render(&preferences::read(&mut call.view().await?, call.caller()?).await?)).into_response())
}

/// `PUT /api/notifications/preferences`: the whole list.
pub(in crate::http) async fn replace(call: Call) -> Answer {
    let work = (call.caller()?, wanted(&call)?);
    call.unit(&work, |tx, (caller, wanted)| Box::pin(preferences::replace(tx, caller, wanted))).await?;
    read(call).await
}
