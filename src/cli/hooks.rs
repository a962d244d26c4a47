//! `rollcall hooks`: read the inbox of Okta's events, and apply one of them again.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::audit::{A_UUID, as_json as row, id, word, wrong};
use super::screen::say;
use super::{Failure, open};
use crate::audit::Entry;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::hooks::{self, Applied, Apply};
use crate::directory::okta_events;
use crate::http::api::hook_events::ShownEvent;
use crate::model::Id;
use crate::model::hook::HookState;
use crate::model::words::Word;
use crate::store::Db;
use crate::store::audit_list::{self, Wanted};
use crate::store::hook_inbox::{self, Kept};
use crate::telemetry::harmless;

/// The most rows of the audit that are shown with an event; one causes a handful.
const ROWS: usize = 1_000;
/// Later than any event can have come: where the first page begins.
const LATER: Duration = Duration::from_hours(24);

/// What to do with the inbox.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the events that came last, the newest first.
    List {
        /// received, applied, `no_change`, ignored, stale, failed or dead.
        #[arg(long)]
        state: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
        /// Only what came before this event: the last id of the page before.
        #[arg(long, value_name = "ID")]
        before: Option<String>,
        /// As one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one event whole, with the rows of the audit it caused.
    Show {
        /// Its id, as `hooks list` shows it.
        id: String,
    },
    /// Apply an event again that has come to its end; first says what that would change.
    Replay {
        /// Its id, as `hooks list` shows it.
        id: String,
        /// Only say what it would change.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
        /// Do it.
        #[arg(long)]
        yes: bool,
    },
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::List { state, limit, before, json } => {
            let (state, before) = (word::<HookState>("--state", state.as_deref())?, id("--before", before.as_deref())?);
            let db = open(config).await?;
            let before = match before {
                Some(id) => Some(find(&db, id).await?),
                None => None,
            };
            list(&db, state, before.as_ref(), limit, json).await
        }
        Command::Show { id } => {
            let id = named(&id)?;
            show(&open(config).await?, id).await
        }
        Command::Replay { id, dry_run, yes } => {
            let (id, apply) = (named(&id)?, okta_events::applying(config.okta_app_ids.clone()));
            let db = open(config).await?;
            preview(&db, &apply, id).await?;
            match (dry_run, yes) {
                (true, _) => Ok(()),
                (false, true) => replay(&db, &apply, id).await,
                (false, false) => Err(Failure::Other("nothing was changed; add --yes to do it".to_owned())),
            }
        }
    }
}

fn named(text: &str) -> Result<Id, Failure> {
    Id::parse(text).ok_or_else(|| wrong("ID", A_UUID))
}

async fn find(db: &Db, id: Id) -> Result<Kept, Failure> {
    let found = hook_inbox::find(&mut db.view().await?, id).await?;
    found.ok_or_else(|| Failure::Other("there is no event with this id".to_owned()))
}

async fn list(db: &Db, state: Option<HookState>, before: Option<&Kept>, limit: i64, json: bool) -> Result<(), Failure> {
    let newest = || (db.clock().now().plus(LATER), Id::fresh());
    let before = before.map_or_else(newest, |kept| (kept.received_at, kept.id));
    let page = hook_inbox::list(&mut db.view().await?, state, before, limit).await?;
    if !json {
        say(&columns(["ID", "STATE", "TRIES", "PUBLISHED", "TYPE", "LANE"], ""))?;
    }
    for kept in &page {
        say(&if json { harmless(&as_json(kept)?.to_string()) } else { as_line(kept) })?;
    }
    Ok(())
}

fn columns([id, state, tries, published, event_type, lane]: [&str; 6], reason: &str) -> String {
    let text = format!("{id:<36}  {state:<9}  {tries:<5}  {published:<20}  {event_type:<38}  {lane:<26}  {reason}");
    harmless(text.trim_end())
}

fn as_line(kept: &Kept) -> String {
    let published = kept.published_at.rfc3339()[..19].to_owned() + "Z";
    let (id, tries) = (kept.id.to_string(), kept.tries.to_string());
    let event_type = kept.event_type.as_deref().unwrap_or("-");
    let cells = [id.as_str(), kept.state.as_str(), &tries, &published, event_type, &kept.lane];
    columns(cells, kept.reason.as_deref().unwrap_or_default())
}

fn as_json(kept: &Kept) -> Result<Value, Failure> {
    Ok(serde_json::to_value(ShownEvent::from(kept)).map_err(io::Error::from)?)
}

async fn show(db: &Db, id: Id) -> Result<(), Failure> {
    let kept = find(db, id).await?;
    let caused = audit_list::list(&mut db.view().await?, &Wanted::of_cause(id), ROWS).await?.events;
    let mut whole = as_json(&kept)?;
    // What is no JSON is shown as the text it is.
    whole["body"] = kept.body.map_or(Value::Null, |body| serde_json::from_str(&body).unwrap_or(Value::String(body)));
    whole["audit"] = caused.iter().map(row).collect::<Result<Value, _>>()?;
    let text = serde_json::to_string_pretty(&whole).map_err(io::Error::from)?;
    text.lines().try_for_each(|line| say(&harmless(line)))
}

/// Does it, keeps what it would have said, and undoes it.
async fn preview(db: &Db, apply: &Apply, id: Id) -> Result<(), Failure> {
    let kept = find(db, id).await?;
    let tx = db.begin(&Ctx::replay(id, db.clock().now())).await?;
    let (applied, said) = hooks::preview(tx, apply, id).await?;
    let (said, became) = (said.iter().map(would).collect::<Vec<_>>(), became(&applied));
    say(&as_line(&kept))?;
    if said.is_empty() {
        return say(&format!("It would change nothing on the roll: {became}."));
    }
    say("It would change this:")?;
    said.iter().try_for_each(|line| say(&format!("  {line}")))
}

async fn replay(db: &Db, apply: &Apply, id: Id) -> Result<(), Failure> {
    let ctx = Ctx::replay(id, db.clock().now());
    let work = (apply, id);
    let applied = db.unit(&ctx, &work, |tx, (apply, id)| Box::pin(hooks::replay(tx, apply, *id))).await?;
    say(&format!("Done: {}.", became(&applied)))
}

fn became(applied: &Applied) -> String {
    match applied.state() {
        (state, None) => state.as_str().to_owned(),
        (state, Some(reason)) => format!("{}, {reason}", state.as_str()),
    }
}

/// An entry that would be written, in a line.
fn would(entry: &Entry) -> String {
    let side = |side: &Option<Value>| side.as_ref().map(Value::to_string).unwrap_or_default();
    let detail = |key: &str| entry.detail.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = ["user", "team", "name"].map(detail).into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let (severity, code) = (entry.severity.as_str(), entry.action.code());
    let ended = if entry.effects.is_empty() { String::new() } else { format!(", ends {}", entry.effects.len()) };
    harmless(&format!("{severity:<4}  {code}  {name}  {} -> {}{ended}", side(&entry.before), side(&entry.after)))
}
