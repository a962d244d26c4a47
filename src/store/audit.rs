//! `audit_events`: written by the unit of work alone, read newest first.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::db::{Link, Tx};
use super::rows::{self, Bind};
use crate::audit::{Entry, Event, Outcome, Resource, Severity};
use crate::clock::Time;
use crate::ctx::{Actor, ActorKind, Ctx, Source};
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::words::Word;

const INSERT: &str = "insert into audit_events (id, at, action, severity, actor_kind, actor_id, actor_name, source, user_id, \
     team_id, resource_type, resource_id, outcome, before_json, after_json, detail_json, cause_id, request_id, ip, user_agent)";
const WIDTH: usize = 20;

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
    ]
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

/// Which rows a reader wants; every given condition must hold.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The public code; a trailing `.*` takes every code of that family.
    pub action: Option<String>,
    /// How grave, exactly.
    pub severity: Option<Severity>,
    /// The person concerned.
    pub user: Option<Id>,
    /// The team concerned.
    pub team: Option<Id>,
    /// What kind of row it is about.
    pub resource: Option<Resource>,
    /// Everything of one cause.
    pub cause: Option<Id>,
    /// The kind of actor.
    pub actor: Option<ActorKind>,
    /// The face it came through.
    pub source: Option<Source>,
    /// Whether it was done.
    pub outcome: Option<Outcome>,
    /// Not before.
    pub since: Option<Time>,
    /// Before.
    pub until: Option<Time>,
    /// Older than this row: where the last page ended.
    pub before: Option<(Time, Id)>,
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

/// A page of the audit, newest first.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, wanted: &Wanted, limit: i64) -> Result<Vec<Event>> {
    let (conditions, mut binds) = conditions(wanted);
    binds.push(limit.into());
    let sql = format!("{SELECT} where {conditions} order by at desc, id desc limit ${}", binds.len());
    let rows: Vec<EventRow> = rows::fetch(link, sql, &binds).await?;
    rows.into_iter().map(into_event).collect()
}

/// One row of the audit.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<Event>> {
    let rows: Vec<EventRow> = rows::fetch(link, format!("{SELECT} where id = $1"), &[id.into()]).await?;
    rows.into_iter().next().map(into_event).transpose()
}

fn conditions(wanted: &Wanted) -> (String, Vec<Bind>) {
    let mut texts = vec!["1 = 1".to_owned()];
    let mut binds: Vec<Bind> = Vec::new();
    let mut want = |column: &str, bind: Option<Bind>| {
        if let Some(bind) = bind {
            binds.push(bind);
            texts.push(format!("{column} ${}", binds.len()));
        }
    };
    let family = wanted.action.as_deref().and_then(|action| action.strip_suffix(".*"));
    match family {
        // '/' is the byte after '.': everything that begins with the family and a dot lies between.
        Some(family) => {
            want("action >=", Some(format!("{family}.").into()));
            want("action <", Some(format!("{family}/").into()));
        }
        None => want("action =", wanted.action.as_deref().map(Bind::from)),
    }
    want("severity =", wanted.severity.map(|word| word.as_str().into()));
    want("user_id =", wanted.user.map(Bind::from));
    want("team_id =", wanted.team.map(Bind::from));
    want("resource_type =", wanted.resource.map(|word| word.as_str().into()));
    want("cause_id =", wanted.cause.map(Bind::from));
    want("actor_kind =", wanted.actor.map(|word| word.as_str().into()));
    want("source =", wanted.source.map(|word| word.as_str().into()));
    want("outcome =", wanted.outcome.map(|word| word.as_str().into()));
    want("at >=", wanted.since.map(Bind::from));
    want("at <", wanted.until.map(Bind::from));
    if let Some((at, id)) = wanted.before {
        binds.push(at.into());
        binds.push(id.into());
        texts.push(format!("(at, id) < (${}, ${})", binds.len() - 1, binds.len()));
    }
    (texts.join(" and "), binds)
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
