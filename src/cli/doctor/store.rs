//! What the database tells: of itself, and of what the service did and does.

use std::path::Path;
use std::time::Duration;

use super::super::opening::sqlite_file;
use super::{Finding, clock};
use crate::clock::{Clock, Time};
use crate::config::Config;
use crate::directory::catch_up as log;
use crate::directory::connection::{self, Turn};
use crate::error::{Result, plain};
use crate::model::hook::HookState;
use crate::model::token::ScimToken;
use crate::store::dialect::Engine;
use crate::store::hook_inbox::{self, Depth};
use crate::store::{Db, View, breaker, catch_up, examine, migrate, scim_tokens};

/// A token that old has been seen by too many.
const OLD: Duration = Duration::from_hours(365 * 24);
/// A token that ends so soon needs its successor now.
const SOON: Duration = Duration::from_hours(14 * 24);
/// What makes a PostgreSQL keep what it acknowledged, from the next moment on.
const LAZY: &str = "alter system set synchronous_commit = on; select pg_reload_conf()";
/// How long an event may wait, and the System Log be left alone.
const LATE: Duration = Duration::from_mins(5);
/// Retention runs every hour.
const SWEPT: Duration = Duration::from_hours(3);

/// Looks at the database; where it cannot be opened, or is not up to date, that is all that is told.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    if let Some(fault) = sqlite_file(&config.database_url).and_then(|file| file_fault(&file)) {
        return vec![fault];
    }
    let db = match Db::connect(&config.database_url, Clock::system()).await {
        Ok(db) => db,
        Err(error) => return vec![away(&error)],
    };
    let found = examine(&db, config).await;
    db.close().await;
    found.unwrap_or_else(|error| vec![away(&error)])
}

/// Why a file of SQLite's is not even opened: it is not there, or this account may not look.
fn file_fault(file: &str) -> Option<Finding> {
    const WHAT: &str = "database";
    match Path::new(file).try_exists() {
        Ok(true) => None,
        Ok(false) => {
            let fix = "start the server, or run: rollcall migrate";
            Some(Finding::fail(WHAT, format!("{file} is not there"), fix))
        }
        Err(error) => {
            let says = format!("{file} cannot be looked at: {}", plain(&error));
            Some(Finding::fail(WHAT, says, "look at DATABASE_URL, and run the doctor as the server's account"))
        }
    }
}

fn away(error: &crate::error::Error) -> Finding {
    Finding::fail("database", error.to_string(), "look at DATABASE_URL, and whether the database runs")
}

async fn examine(db: &Db, config: &Config) -> Result<Vec<Finding>> {
    let (mut view, now) = (db.view().await?, db.clock().now());
    let mut found = vec![settings(db, &mut view).await?];
    found.push(clock("clock", "the database", examine::now(&mut view).await?, now, Duration::ZERO));
    // A database that rollcall never saw has no such table.
    let schema = examine::schema(&mut view).await.ok().flatten().unwrap_or(0);
    let known = migrate::newest();
    if schema != known {
        let says = format!("the schema has version {schema}, this rollcall {known}");
        let fix = if schema < known { "rollcall migrate" } else { "start the newer rollcall" };
        found.push(Finding::fail("schema", says, fix));
        return Ok(found);
    }
    found.push(Finding::ok("schema", format!("version {schema}")));
    found.push(tokens(&mut view, now).await?);
    found.push(glass(&mut view, now).await?);
    found.push(inbox(&hook_inbox::depths(&mut view).await?, now));
    found.push(breaker_of(&mut view, config).await?);
    found.push(retention(&mut view, config, now).await?);
    found.extend(catching_up(&mut view, config, now).await?);
    Ok(found)
}

async fn settings(db: &Db, view: &mut View) -> Result<Finding> {
    const WHAT: &str = "database";
    let settings = examine::settings(view).await?;
    let (engine, keeps, fix) = match db.engine() {
        Engine::Pg => ("PostgreSQL", settings.durability != "off", LAZY),
        Engine::Lite => ("SQLite", settings.durability == "wal 2", "put the file on a local disk: WAL needs one"),
    };
    let says = format!("{engine} {}, durability {}", settings.version, settings.durability);
    let is_old = db.engine() == Engine::Pg && major(&settings.version) < 15;
    Ok(match (is_old, keeps) {
        (true, _) => Finding::fail(WHAT, says, "PostgreSQL 15 is the oldest that works"),
        (_, false) => Finding::warn(WHAT, format!("{says}: a power failure loses what was answered"), fix),
        _ => Finding::ok(WHAT, says),
    })
}

fn major(version: &str) -> u32 {
    version.split(['.', ' ']).next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

async fn tokens(view: &mut View, now: Time) -> Result<Finding> {
    const WHAT: &str = "tokens";
    let all = scim_tokens::list(view).await?;
    let live: Vec<_> = all.iter().filter(|token| token.is_live(now)).collect();
    if live.is_empty() {
        return Ok(Finding::fail(WHAT, "no SCIM token works: Okta cannot push", "rollcall token create"));
    }
    let name = |token: &ScimToken| format!("{} ({})", token.name, token.key_id);
    let ending = live.iter().filter(|token| token.expires_at.is_some_and(|end| end < now.plus(SOON)));
    let turns: Vec<_> = ending.map(|token| (token, Turn::of(token, &all, now))).collect();
    if let Some((ending, _)) = turns.iter().find(|(_, turn)| matches!(turn, Turn::Open)) {
        return Ok(Finding::warn(WHAT, format!("{} ends within two weeks", name(ending)), "rollcall token rotate"));
    }
    let made =
        turns.iter().find_map(|(token, turn)| if let Turn::Made(next) = turn { Some((token, next)) } else { None });
    if let Some((ending, next)) = made {
        let says = format!("{} ends within two weeks, and {} takes its place", name(ending), name(next));
        return Ok(Finding::warn(WHAT, says, "enter the new one in Okta; rollcall token list says whether it is used"));
    }
    let is_old =
        |token: &&&ScimToken| token.created_at < now.minus(OLD) && matches!(Turn::of(token, &all, now), Turn::Open);
    if let Some(old) = live.iter().find(is_old) {
        return Ok(Finding::warn(WHAT, format!("{} is older than a year", name(old)), "rollcall token rotate"));
    }
    Ok(Finding::ok(WHAT, format!("{} work", live.len())))
}

async fn glass(view: &mut View, now: Time) -> Result<Finding> {
    const WHAT: &str = "break-glass";
    let accounts = connection::accounts(view).await?;
    if accounts.is_empty() {
        return Ok(Finding::warn(WHAT, "nobody can sign in while Okta is down", "rollcall break-glass create NAME"));
    }
    let (due, says) = (connection::due(&accounts, now), format!("{} live", accounts.len()));
    if due.is_empty() {
        return Ok(Finding::ok(WHAT, format!("{says}; {}", connection::tried(&accounts, now))));
    }
    let says = format!("{says}; neither used nor tested for 90 days: {}", due.join(", "));
    Ok(Finding::warn(WHAT, says, "rollcall break-glass test NAME"))
}

fn inbox(depths: &[Depth], now: Time) -> Finding {
    const WHAT: &str = "hooks";
    let dead = depths.iter().find(|depth| depth.state == HookState::Dead).map_or(0, |depth| depth.events);
    let waits = depths.iter().filter(|depth| depth.state != HookState::Dead);
    let is_late = waits.clone().any(|depth| depth.oldest < now.minus(LATE));
    let says = format!("{} wait, {dead} dead", waits.map(|depth| depth.events).sum::<i64>());
    match (is_late, dead) {
        (true, _) => Finding::warn(
            WHAT,
            format!("{says}, the oldest for over 5 minutes"),
            "is the server running? rollcall hooks list",
        ),
        (false, 0) => Finding::ok(WHAT, says),
        _ => Finding::warn(WHAT, says, "rollcall hooks list --state dead, then rollcall hooks replay ID"),
    }
}

async fn breaker_of(view: &mut View, config: &Config) -> Result<Finding> {
    const WHAT: &str = "breaker";
    let is_held = breaker::find(view).await?.is_some_and(|found| found.is_held) && config.breaker.holds;
    Ok(if is_held {
        Finding::warn(WHAT, "it holds catching up and repairs", "rollcall breaker show, then rollcall breaker release")
    } else {
        Finding::ok(WHAT, "it holds nothing")
    })
}

async fn retention(view: &mut View, config: &Config, now: Time) -> Result<Finding> {
    const WHAT: &str = "retention";
    let kept = Duration::from_hours(24 * u64::from(config.audit_retention_days)) + SWEPT;
    let is_over = examine::oldest_audit(view).await?.is_some_and(|at| at < now.minus(kept));
    Ok(if is_over {
        Finding::warn(
            WHAT,
            "rows of the audit are there that should be gone",
            "is the server running? It removes them every hour",
        )
    } else {
        Finding::ok(WHAT, format!("nothing is older than {} days", config.audit_retention_days))
    })
}

async fn catching_up(view: &mut View, config: &Config, now: Time) -> Result<Option<Finding>> {
    const WHAT: &str = "catch-up";
    let Some(api) = &config.okta_api else { return Ok(None) };
    let fix = "is the server running? Its log says what Okta answered";
    Ok(Some(match catch_up::find(view, &log::source(&api.org)).await? {
        None => Finding::warn(WHAT, "the System Log was never read", fix),
        Some(cursor) if cursor.moved_at < now.minus(LATE) => {
            Finding::warn(WHAT, format!("the System Log was last read at {}", cursor.moved_at.rfc3339()), fix)
        }
        Some(cursor) => Finding::ok(WHAT, format!("the System Log was read at {}", cursor.moved_at.rfc3339())),
    }))
}
