//! `/api/teams`: teams, their settings, tags and health.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::fields::Fields;
use super::pages::{self, LONGEST_MARK, Mark};
use crate::clock::Time;
use crate::directory::incoming::Field;
use crate::directory::platform_teams::{self, Edit, NO_SUCH_TEAM, Warning};
use crate::error::Result;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::team_settings::{EscalationDefaults, LONGEST_WAIT, MOST_ROUNDS, NotificationDefaults, Tag, TagKind};
use crate::model::words::Word;
use crate::scim::etag::strong_tag;
use crate::scim::text;
use crate::store::platform_members::{self, Count};
use crate::store::platform_teams::{self as rows, ShownTeam, Start};
use crate::store::team_tags;

/// The longest name of a team, in characters.
pub(in crate::http) const LONGEST_NAME: usize = 100;
/// The longest description, in characters.
pub(in crate::http) const LONGEST_DESCRIPTION: usize = 1_000;
/// The longest name of a channel, in characters.
pub(in crate::http) const LONGEST_CHANNEL: usize = 80;
/// The longest reason for maintenance, in characters.
pub(in crate::http) const LONGEST_REASON: usize = 500;
/// The longest tag, in characters.
pub(in crate::http) const LONGEST_TAG: usize = 64;
/// How many tags a team has at most.
pub(in crate::http) const MOST_TAGS: usize = 50;

fn stored(settings: &str) -> Value {
    serde_json::from_str(settings).unwrap_or(Value::Null)
}

fn render(team: &ShownTeam) -> Value {
    json!({
        "id": team.id.to_string(),
        "name": team.name,
        "description": team.description,
        "syncedFromOkta": team.synced_from_okta,
        "isActive": team.archived_at.is_none(),
        "maintenanceMode": team.maintenance_mode,
        "slackChannel": team.slack_channel,
        "notificationDefaults": stored(&team.notification_defaults),
        "escalationDefaults": stored(&team.escalation_defaults),
        "createdAt": team.created_at.rfc3339(),
        "updatedAt": team.updated_at.rfc3339(),
        "archivedAt": team.archived_at.map(Time::rfc3339),
    })
}

/// What a team lacks, as it is shown.
pub(super) fn render_warnings(warnings: &[Warning]) -> Value {
    warnings.iter().map(|(code, detail)| json!({ "code": code, "detail": detail })).collect()
}

/// How many people a team has of each kind; who left is of none.
fn render_counts(counts: &[Count]) -> Value {
    let sum = |pick: &dyn Fn(&Count) -> bool| -> i64 {
        counts.iter().filter(|count| pick(count)).map(|count| count.members).sum()
    };
    let mut shown = json!({ "total": sum(&|count| !count.opted_out), "optedOut": sum(&|count| count.opted_out) });
    for role in crate::model::TeamRole::ALL {
        shown[role.as_str()] = sum(&|count| !count.opted_out && count.role == *role).into();
    }
    shown
}

fn render_tags(tags: &[(Id, Tag)]) -> Value {
    tags.iter().map(|(_, tag)| json!({ "kind": tag.kind.as_str(), "value": tag.value })).collect()
}

/// `GET /api/teams`: a page of living teams, or of archived ones, by name.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let (limit, archived) = (pages::limit(&mut query), query.flag_or_none("archived").unwrap_or(false));
    let prefix = match query.text_or_null("q", 0..=LONGEST_NAME) {
        Field::Given(beginning) => text::fold(&beginning),
        Field::Kept | Field::Cleared => String::new(),
    };
    let mark = read_mark(&mut query);
    query.end()?;
    let start = Start { prefix: &prefix, after: mark.as_ref().map(|mark| (mark.key.as_str(), mark.id)) };
    let mut found = rows::list(&mut call.view().await?, archived, &start, limit + 1).await?;
    found.retain(|team| text::fold(&team.name).starts_with(&prefix));
    let next = |team: &ShownTeam| Mark { key: text::fold(&team.name), id: team.id }.encode();
    let (teams, next) = pages::cut(found, limit, next);
    Ok(Json(json!({ "teams": teams.iter().map(render).collect::<Vec<_>>(), "nextCursor": next })).into_response())
}

fn read_mark(query: &mut Fields) -> Option<Mark> {
    let Field::Given(text) = query.text_or_null("cursor", 1..=LONGEST_MARK) else { return None };
    let mark = Mark::decode(&text);
    if mark.is_none() {
        query.refuse("cursor", "must be the nextCursor of the page before");
    }
    mark
}

/// A team with all there is to it, under its version. That is read first: what changes meanwhile is shown under the version
/// before, and who sends that back is refused.
async fn whole(call: &Call, id: Id, status: StatusCode) -> Answer {
    let mut view = call.view().await?;
    let version = platform_teams::version(&mut view, id).await?;
    let mut shown = render(&platform_teams::read(&mut view, id).await?);
    shown["tags"] = render_tags(&team_tags::list(&mut view, id).await?);
    shown["members"] = render_counts(&platform_members::counts(&mut view, id).await?);
    shown["warnings"] = render_warnings(&platform_teams::health(&mut view, id).await?);
    Ok((status, [(ETAG, strong_tag(version))], Json(shown)).into_response())
}

/// `GET /api/teams/{id}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    whole(&call, call.id(NO_SUCH_TEAM)?, StatusCode::OK).await
}

/// `GET /api/teams/{id}/health`.
pub(in crate::http) async fn health(call: Call) -> Answer {
    let (id, mut view) = (call.id(NO_SUCH_TEAM)?, call.view().await?);
    platform_teams::read(&mut view, id).await?;
    let warnings = platform_teams::health(&mut view, id).await?;
    Ok(Json(json!({ "healthy": warnings.is_empty(), "warnings": render_warnings(&warnings) })).into_response())
}

/// What a body says of a team's own fields, its name excepted.
fn read_edit(body: &mut Fields) -> Edit {
    Edit {
        name: None,
        description: body.text_or_null("description", 1..=LONGEST_DESCRIPTION),
        slack_channel: read_channel(body),
        notifications: body.part("notificationDefaults", read_notifications),
        escalation: body.part("escalationDefaults", read_escalation),
    }
}

/// The channel of a body or a form.
pub(in crate::http) fn read_channel(body: &mut Fields) -> Field<String> {
    let channel = body.text_or_null("slackChannel", 1..=LONGEST_CHANNEL);
    let is_plain = |text: &str| {
        let name = text.strip_prefix('#').unwrap_or(text);
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || ['-', '_'].contains(&letter))
    };
    if matches!(&channel, Field::Given(text) if !is_plain(text)) {
        body.refuse("slackChannel", "must be a channel's name or id: letters, digits, - and _, with or without #");
    }
    channel
}

fn read_notifications(part: &mut Fields) -> NotificationDefaults {
    NotificationDefaults { channels: part.words("channels").unwrap_or_default() }
}

fn read_escalation(part: &mut Fields) -> EscalationDefaults {
    EscalationDefaults {
        after_minutes: part.number("afterMinutes", 1..=LONGEST_WAIT),
        rounds: part.number("rounds", 0..=MOST_ROUNDS),
    }
}

/// `POST /api/teams`.
pub(in crate::http) async fn create(call: Call) -> Answer {
    let mut body = call.body()?;
    let (name, edit) = (body.title("name", 1..=LONGEST_NAME), read_edit(&mut body));
    let work = (call.caller()?, body.done(name)?, edit);
    let made = call.unit(&work, |tx, (caller, name, edit)| Box::pin(platform_teams::create(tx, caller, name, edit)));
    whole(&call, made.await?, StatusCode::CREATED).await
}

/// `PATCH /api/teams/{id}`: what is left out stays, null clears. `If-Match` keeps it from changing what was not read.
pub(in crate::http) async fn edit(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_TEAM)?, call.body()?);
    let name = if body.has("name") { body.title("name", 1..=LONGEST_NAME) } else { None };
    let edit = Edit { name, ..read_edit(&mut body) };
    body.end()?;
    let work = (call.caller()?, id, edit, call.if_match());
    let edited = call.unit(&work, |tx, (caller, id, edit, if_match)| {
        Box::pin(platform_teams::edit(tx, caller, *id, edit, if_match))
    });
    edited.await?;
    whole(&call, id, StatusCode::OK).await
}

/// `DELETE /api/teams/{id}`: archives it.
pub(in crate::http) async fn archive(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_TEAM)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(platform_teams::archive(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/teams/{id}/restore`.
pub(in crate::http) async fn restore(call: Call) -> Answer {
    let id = call.id(NO_SUCH_TEAM)?;
    call.body()?.end()?;
    let work = (call.caller()?, id);
    call.unit(&work, |tx, (caller, id)| Box::pin(platform_teams::restore(tx, caller, *id))).await?;
    whole(&call, id, StatusCode::OK).await
}

/// One tag.
pub(in crate::http) fn read_tag(part: &mut Fields) -> Option<Tag> {
    let (kind, value) = (part.word::<TagKind>("kind"), part.title("value", 1..=LONGEST_TAG));
    kind.zip(value).map(|(kind, value)| Tag { kind, value })
}

/// Whether a tag comes twice, whatever its letter case.
pub(in crate::http) fn has_twins(tags: &[Tag]) -> bool {
    let key = |tag: &Tag| (tag.kind, text::fold(&tag.value));
    tags.iter().enumerate().any(|(at, tag)| tags[..at].iter().any(|other| key(other) == key(tag)))
}

/// The tags of a body, each once whatever its letter case.
fn read_tags(call: &Call) -> Result<Vec<Tag>> {
    let mut body = call.body()?;
    let tags = body.each("tags", 0..=MOST_TAGS, read_tag);
    if tags.as_deref().is_some_and(has_twins) {
        body.refuse("tags", "must hold each tag once, whatever its letter case");
    }
    body.done(tags)
}

/// `PUT /api/teams/{id}/tags`.
pub(in crate::http) async fn set_tags(call: Call) -> Answer {
    let id = call.id(NO_SUCH_TEAM)?;
    let work = (call.caller()?, id, read_tags(&call)?);
    call.unit(&work, |tx, (caller, id, tags)| Box::pin(platform_teams::set_tags(tx, caller, *id, tags))).await?;
    let tags = team_tags::list(&mut call.view().await?, id).await?;
    Ok(Json(json!({ "tags": render_tags(&tags) })).into_response())
}

/// `PUT /api/teams/{id}/maintenance`.
pub(in crate::http) async fn maintain(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_TEAM)?, call.body()?);
    let (on, reason) = (body.flag("on"), body.text_or_null("reason", 1..=LONGEST_REASON).over(None));
    let work = (call.caller()?, id, body.done(on)?, reason);
    let done = call.unit(&work, |tx, (caller, id, on, reason)| {
        Box::pin(platform_teams::set_maintenance(tx, caller, *id, *on, reason.as_deref()))
    });
    done.await?;
    let team = platform_teams::read(&mut call.view().await?, id).await?;
    Ok(Json(json!({ "on": team.maintenance_mode })).into_response())
}
