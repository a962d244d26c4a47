//! `audit_events`: written by the unit of work alone, read newest first.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::db::{Link, Tx};
use super::rows::{self, Bind};
use crate::audit::search::address_key;
use crate::audit::{Entry, Event, Outcome, Severity};
use crate::clock::Time;
use crate::ctx::{Actor, ActorKind, Ctx, Source};
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::words::Word;
use crate::scim::text::fold;

const INSERT: &str = "insert into audit_events (id, at, action, severity, actor_kind, actor_id, actor_name, source, user_id, \
     team_id, resource_type, resource_id, outcome, before_json, after_json, detail_json, cause_id, request_id, ip, user_agent, \
     search_key, ip_key)";
const WIDTH: usize = 22;
/// A text is looked for in no more than this many characters of a row.
pub const MAX_SEARCH_KEY: usize = 2_000;

/// Writes what a unit said. Called by the commit and by nothing else.
pub(super) async fn insert(tx: &mut Tx, said: &[Entry]) -> Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    let (now, ctx) = (tx.now(), tx.ctx().clone());
    let rows: Vec<[Bind; WIDTH]> = said.iter().map(|entry| bind(entry, &ctx, now)).collect();
    rows::insert(tx, INSERT, &rows, "").await.map(|_| ())
}

fn bind(entry: &Entry, ctx: &Ctx, now: Time) -> [Bind; WIDTH] {
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    [
        Id::fresh().into(),
        now.into(),
        entry.action.code().into(),
        entry.severity.as_str().into(),
        ctx.actor.kind.as_str().into(),
        ctx.actor.id.clone().into(),
        ctx.actor.name.as_str().into(),
        ctx.source.as_str().into(),
        entry.user_id.into(),
        entry.team_id.into(),
        entry.resource.as_str().into(),
        entry.resource_id.map(|id| id.to_string()).into(),
        entry.outcome.as_str().into(),
        json(&entry.before).into(),
        json(&entry.after).into(),
        json(&detail(entry)).into(),
        ctx.cause.into(),
        ctx.request_id.as_str().into(),
        ctx.ip.map(|ip| ip.to_string()).into(),
        ctx.user_agent.clone().into(),
        search_key(entry, ctx).into(),
        ctx.ip.map(address_key).into(),
    ]
}

/// What a text is looked for in, folded: the actor's name, which is the first line, the action, and every text among
/// what changed and what is known of it.
fn search_key(entry: &Entry, ctx: &Ctx) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut whole: String = ctx.actor.name.chars().map(plain).collect();
    let mut add = |text: &str| {
        whole.push('\n');
        whole.extend(text.chars().map(plain));
    };
    add(entry.action.code());
    entry.detail.values().for_each(|value| each_text(value, &mut add));
    [&entry.before, &entry.after].into_iter().flatten().for_each(|value| each_text(value, &mut add));
    add(ctx.user_agent.as_deref().unwrap_or_default());
    let end = whole.char_indices().nth(MAX_SEARCH_KEY).map_or(whole.len(), |(at, _)| at);
    fold(&whole[..end])
}

fn each_text(value: &Value, add: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => add(text),
        Value::Array(list) => list.iter().for_each(|one| each_text(one, add)),
        Value::Object(fields) => fields.values().for_each(|one| each_text(one, add)),
        _ => {}
    }
}

/// The entry's own detail, with the other rows that changed listed under `effects`.
fn detail(entry: &Entry) -> Option<Value> {
    let mut detail = entry.detail.clone();
    let mut effects = Map::new();
    for (resource, id) in &entry.effects {
        let list = effects.entry(resource.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(ids) = list {
            ids.push(id.to_string().into());
        }
    }
    if !effects.is_empty() {
        detail.insert("effects".to_owned(), Value::Object(effects));
    }
    (!detail.is_empty()).then_some(Value::Object(detail))
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: Id,
    at: Time,
    action: String,
    severity: Severity,
    actor_kind: ActorKind,
    actor_id: Option<String>,
    actor_name: String,
    source: Source,
    user_id: Option<Id>,
    team_id: Option<Id>,
    resource_type: String,
    resource_id: Option<String>,
    outcome: Outcome,
    before_json: Option<String>,
    after_json: Option<String>,
    detail_json: Option<String>,
    cause_id: Id,
    request_id: String,
    ip: Option<String>,
    user_agent: Option<String>,
}

const SELECT: &str = "select id, at, action, severity, actor_kind, actor_id, actor_name, source, user_id, team_id, \
     resource_type, resource_id, outcome, before_json, after_json, detail_json, cause_id, request_id, ip, user_agent \
     from audit_events";

/// These rows, in whatever order.
///
/// # Errors
/// What the engine reports.
pub(super) async fn of_ids(link: &mut impl Link, ids: &[Id]) -> Result<Vec<Event>> {
    let mut found = Vec::with_capacity(ids.len());
    for binds in rows::id_pieces(link.engine(), ids) {
        let sql = format!("{SELECT} where id in ({})", rows::list(1, &binds));
        let read: Vec<EventRow> = rows::fetch(link, sql, &binds).await?;
        found.extend(read.into_iter().map(into_event).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

fn into_event(row: EventRow) -> Result<Event> {
    let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal);
    Ok(Event {
        id: row.id,
        at: row.at,
        action: row.action,
        severity: row.severity,
        actor: Actor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
        source: row.source,
        user_id: row.user_id,
        team_id: row.team_id,
        resource: row.resource_type,
        resource_id: row.resource_id,
        outcome: row.outcome,
        before: json(row.before_json)?,
        after: json(row.after_json)?,
        detail: json(row.detail_json)?,
        cause: row.cause_id,
        request_id: row.request_id,
        ip: row.ip.and_then(|ip| ip.parse::<IpAddr>().ok()),
        user_agent: row.user_agent,
    })
}
