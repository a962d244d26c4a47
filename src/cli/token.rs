//! `rollcall token`: make, list, revoke and rotate SCIM tokens.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::screen::say;
use super::{Failure, open};
use crate::access::scim_tokens::{self, Minted, Wish};
use crate::access::secret::HashKey;
use crate::clock::Time;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::model::token::{ScimToken, Scope, TokenMode};
use crate::model::words::Word;
use crate::store::{Db, scim_tokens as rows};
use crate::telemetry::harmless;

/// What to do with tokens.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a token; it is shown once.
    Create {
        /// What to call it, for example the Okta app it is for.
        #[arg(long, default_value = "Okta", value_parser = name)]
        name: String,
        /// Read only: no change of people or groups.
        #[arg(long)]
        read_only: bool,
        /// For Okta's Header mode: taken without the word Bearer before it.
        #[arg(long)]
        header_mode: bool,
        /// Days until it stops working; for ever when left out.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// List all tokens; the tokens themselves are nowhere.
    List {
        /// As one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Make a token stop working now.
    Revoke {
        /// Its id, as `token list` shows it.
        id: String,
    },
    /// Replace a token by a new one; the old one goes on working for a while.
    Rotate {
        /// Its id, as `token list` shows it.
        id: String,
        /// How many hours the old one goes on working.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
        overlap_hours: u32,
    },
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let db = open(config).await?;
    let ctx = Ctx::cli(db.clock().now());
    let key = HashKey::load(&db, &ctx).await?;
    match command {
        Command::Create { name, read_only, header_mode, days } => {
            let scopes = if read_only { vec![Scope::Read] } else { Scope::ALL.to_vec() };
            let mode = if header_mode { TokenMode::Header } else { TokenMode::Bearer };
            let wish = Wish { name, scopes, mode, lifetime: days.map(|days| hours(24 * days)) };
            let work = (key, wish);
            let minted = db.unit(&ctx, &work, |tx, (key, wish)| Box::pin(scim_tokens::create(tx, key, wish))).await?;
            show(&minted)?;
        }
        Command::List { json } => list(&db, json).await?,
        Command::Revoke { id } => {
            let token = db.unit(&ctx, &id, |tx, id| Box::pin(scim_tokens::revoke(tx, id))).await?;
            say(&format!("{} ({}) works no more.", token.prefix(), token.name))?;
        }
        Command::Rotate { id, overlap_hours } => {
            let work = (key, id, hours(overlap_hours));
            let unit =
                db.unit(&ctx, &work, |tx, (key, id, overlap)| Box::pin(scim_tokens::rotate(tx, key, id, *overlap)));
            show(&unit.await?)?;
            say(&format!("The old one works for another {overlap_hours} h: change Okta's form before that."))?;
        }
    }
    Ok(())
}

/// A name fit to stand in a list: neither empty nor long, and nothing a terminal takes for a command.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("a name is required".to_owned()),
        1..=100 if harmless(text) == text => Ok(text.to_owned()),
        1..=100 => Err("control, direction and invisible characters are not taken".to_owned()),
        _ => Err("at most 100 characters are taken".to_owned()),
    }
}

fn hours(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 3600)
}

fn show(minted: &Minted) -> Result<(), Failure> {
    say(&format!(
        "Token {} ({}), shown once:\n\n  {}\n",
        minted.row.key_id,
        minted.row.name,
        minted.token.expose_secret()
    ))?;
    say(match minted.row.mode {
        TokenMode::Bearer => "Enter it in Okta as: Authentication Mode HTTP Header, Authorization Bearer <token>.",
        TokenMode::Header => "Enter it in Okta's Header mode as it is, without the word Bearer.",
    })
}

async fn list(db: &Db, json: bool) -> Result<(), Failure> {
    let tokens = rows::list(&mut db.view().await?).await?;
    let now = db.clock().now();
    if !json {
        say(&format!("{:<22} {:<9} {:<24} {:<22} {:<21} {}", "ID", "STATE", "NAME", "SCOPES", "LAST USED", "EXPIRES"))?;
    }
    for token in &tokens {
        say(&if json { as_json(token, now) } else { as_line(token, now) })?;
    }
    Ok(())
}

fn scopes(token: &ScimToken) -> String {
    token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn as_line(token: &ScimToken, now: Time) -> String {
    let short =
        |at: Option<Time>, none: &str| at.map_or_else(|| none.to_owned(), |at| at.rfc3339()[..19].to_owned() + "Z");
    format!(
        "{:<22} {:<9} {:<24} {:<22} {:<21} {}",
        token.key_id,
        token.state(now),
        token.name,
        scopes(token),
        short(token.last_used_at, "never"),
        short(token.expires_at, "never")
    )
}

fn as_json(token: &ScimToken, now: Time) -> String {
    serde_json::json!({
        "id": token.key_id,
        "name": token.name,
        "prefix": token.prefix(),
        "state": token.state(now),
        "scopes": token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "mode": token.mode.as_str(),
        "origin": token.origin.as_str(),
        "createdBy": token.created_by,
        "createdAt": token.created_at.rfc3339(),
        "expiresAt": token.expires_at.map(Time::rfc3339),
        "lastUsedAt": token.last_used_at.map(Time::rfc3339),
        "revokedAt": token.ended_at.map(Time::rfc3339),
    })
    .to_string()
}
