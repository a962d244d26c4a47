//! `rollcall breaker`: whether many people lost access at once, and the yes that lets held work go on.

use serde_json::json;

use super::screen::say;
use super::{Failure, open};
use crate::config::{BreakerRule, Config};
use crate::ctx::Ctx;
use crate::directory::breaker::{self as verbs, Breaker};
use crate::store::{Db, breaker};

/// What to do with the breaker.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum Command {
    /// Show whether it tripped, and whether it holds.
    Show {
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Let what it holds go on; for ten minutes nothing trips it.
    Release,
}

/// Does it.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let db = open(config).await?;
    let done = match command {
        Command::Show { json } => show(&db, config.breaker, json).await,
        Command::Release => release(&db).await,
    };
    db.close().await;
    done
}

async fn show(db: &Db, rule: BreakerRule, as_json: bool) -> Result<(), Failure> {
    let mut view = db.view().await?;
    let found = breaker::find(&mut view).await?;
    let lost = breaker::count_deactivated(&mut view, db.clock().now().minus(verbs::WINDOW), i64::MAX).await?;
    if as_json {
        return say(&as_object(rule, found.as_ref(), lost).to_string());
    }
    let what = if rule.holds { "hold" } else { "alarm" };
    say(&format!("mode      {what}: more than {} people or {} % in ten minutes", rule.people, rule.percent))?;
    say(&format!("now       {lost} lost access in the last ten minutes"))?;
    let Some(found) = found else {
        return say("tripped   never");
    };
    say(&format!(
        "tripped   {}, at {} people; {} times in all",
        found.tripped_at.rfc3339(),
        found.deactivated,
        found.trips
    ))?;
    if let Some(at) = found.released_at {
        say(&format!("released  {}", at.rfc3339()))?;
    }
    if found.is_held && rule.holds {
        say("holds     catching up and repairs wait for: rollcall breaker release")?;
    }
    Ok(())
}

fn as_object(rule: BreakerRule, found: Option<&Breaker>, lost: i64) -> serde_json::Value {
    json!({
        "mode": if rule.holds { "hold" } else { "alarm" },
        "people": rule.people,
        "percent": rule.percent,
        "deactivatedNow": lost,
        "trips": found.map_or(0, |found| found.trips),
        "trippedAt": found.map(|found| found.tripped_at.rfc3339()),
        "deactivated": found.map(|found| found.deactivated),
        "isHeld": rule.holds && found.is_some_and(|found| found.is_held),
        "releasedAt": found.and_then(|found| found.released_at).map(crate::clock::Time::rfc3339),
    })
}

async fn release(db: &Db) -> Result<(), Failure> {
    let ctx = Ctx::cli(db.clock().now());
    let was_held = db.unit(&ctx, &(), |tx, ()| Box::pin(verbs::release(tx))).await?;
    say(if was_held { "Released." } else { "Nothing was held." })
}
