//! `/api/users`: people, their role and their access. What Okta knows of them is read here and changed there.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use crate::clock::Time;
use crate::directory::binding;
use crate::directory::people::{self, NO_SUCH_USER};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::user::PlatformRole;
use crate::model::words::Word;
use crate::okta::claims::LONGEST_ID;
use crate::store::people::{self as rows, ShownUser};

fn render(user: &ShownUser) -> Value {
    json!({
        "id": user.id.to_string(),
        "userName": user.user_name,
        "displayName": user.display_name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "emailVerified": user.email_verified,
        "phone": user.phone,
        "phoneVerified": user.phone_verified,
        "role": user.platform_role.as_str(),
        "isActive": user.is_active,
        "switches": { "scim": user.scim_active, "okta": user.okta_status.as_str(), "admin": user.admin_active },
        "isBreakGlass": user.is_break_glass_account,
        "syncedFromOkta": user.synced_from_okta,
        "createdAt": user.created_at.rfc3339(),
        "updatedAt": user.updated_at.rfc3339(),
        "deactivatedAt": user.deactivated_at.map(Time::rfc3339),
    })
}

/// `GET /api/users`: a page of people, in the order in which they came.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let (limit, cursor) = (pages::limit(&mut query), query.id("cursor"));
    query.end()?;
    let found = rows::list(&mut call.view().await?, cursor, limit + 1).await?;
    let (found, next) = pages::cut(found, limit, |last| last.id.to_string());
    let shown: Vec<Value> = found.iter().map(render).collect();
    Ok(Json(json!({ "users": shown, "nextCursor": next })).into_response())
}

/// `GET /api/users/me`.
pub(in crate::http) async fn me(call: Call) -> Answer {
    let found = rows::find(&mut call.view().await?, call.caller()?.user).await?;
    Ok(Json(render(&found.ok_or_else(|| Error::not_found(NO_SUCH_USER))?)).into_response())
}

/// `GET /api/users/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let (id, caller) = (call.id(NO_SUCH_USER)?, call.caller()?);
    Ok(Json(render(&people::read(&mut call.view().await?, caller, id).await?)).into_response())
}

/// A person as they are after a change.
async fn after(call: &Call, id: Id) -> Result<Value> {
    let found = rows::find(&mut call.view().await?, id).await?;
    found.as_ref().map(render).ok_or_else(|| Error::not_found(NO_SUCH_USER))
}

/// `PATCH /api/users/{id}/role`.
pub(in crate::http) async fn set_role(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_USER)?, call.body()?);
    let role = body.word::<PlatformRole>("role");
    let work = (call.caller()?, id, body.done(role)?);
    call.unit(&work, |tx, (caller, id, role)| Box::pin(people::set_role(tx, caller, *id, *role))).await?;
    Ok(Json(after(&call, id).await?).into_response())
}

async fn set_access(call: Call, on: bool) -> Answer {
    let id = call.id(NO_SUCH_USER)?;
    call.body()?.end()?;
    let work = (call.caller()?, id, on);
    call.unit(&work, |tx, (caller, id, on)| Box::pin(people::set_access(tx, caller, *id, *on))).await?;
    Ok(Json(after(&call, id).await?).into_response())
}

/// `POST /api/users/{id}/deactivate`.
pub(in crate::http) async fn deactivate(call: Call) -> Answer {
    set_access(call, false).await
}

/// `POST /api/users/{id}/reactivate`: lifts what admins did, and nothing that Okta did.
pub(in crate::http) async fn reactivate(call: Call) -> Answer {
    set_access(call, true).await
}

/// `POST /api/users/{id}/clear-okta-status`: sets aside what Okta says of the account, until Okta says something newer.
pub(in crate::http) async fn clear_okta_status(call: Call) -> Answer {
    let id = call.id(NO_SUCH_USER)?;
    call.body()?.end()?;
    let work = (call.caller()?, id);
    call.unit(&work, |tx, (caller, id)| Box::pin(people::clear_okta(tx, caller, *id))).await?;
    Ok(Json(after(&call, id).await?).into_response())
}

/// `POST /api/users/{id}/bind`: to their account at Okta, where neither SCIM nor a sign-in did.
pub(in crate::http) async fn bind(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_USER)?, call.body()?);
    let okta_id = body.text("oktaId", 1..=LONGEST_ID);
    let work = (call.caller()?, id, body.done(okta_id)?);
    call.unit(&work, |tx, (caller, id, okta_id)| Box::pin(binding::bind(tx, caller, *id, okta_id))).await?;
    Ok(Json(after(&call, id).await?).into_response())
}

/// `POST /api/users/{id}/revoke-sessions`.
pub(in crate::http) async fn revoke_sessions(call: Call) -> Answer {
    let id = call.id(NO_SUCH_USER)?;
    call.body()?.end()?;
    let work = (call.caller()?, id);
    let ended = call.unit(&work, |tx, (caller, id)| Box::pin(people::revoke_sessions(tx, caller, *id))).await?;
    Ok(Json(json!({ "ended": ended })).into_response())
}
