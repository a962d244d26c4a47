//! `rollcall links`: which team follows which group at Okta.

use serde_json::json;

use super::audit::id;
use super::screen::say;
use super::{Failure, open};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::links::{self, Shown};
use crate::okta::api::is_id;
use crate::store::Db;
use crate::telemetry::harmless;

/// What to do with links.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the links that stand, and those that names propose.
    List {
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
        /// Only what comes after this group: the last of the page before.
        #[arg(long, value_name = "GROUP", default_value = "")]
        after: String,
        /// As one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Let a group's events act on a team.
    Confirm {
        /// The group's id at Okta.
        group: String,
        /// The team's id; the team that bears the group's name when left out.
        #[arg(long)]
        team: Option<String>,
    },
    /// End a link, or set a proposed one aside.
    Remove {
        /// The group's id at Okta.
        group: String,
    },
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::List { limit, after, json } => list(&open(config).await?, &after, limit, json).await,
        Command::Confirm { group, team } => {
            let work = (named(&group)?, id("--team", team.as_deref())?);
            let db = open(config).await?;
            let ctx = Ctx::cli(db.clock().now());
            db.unit(&ctx, &work, |tx, (group, team)| Box::pin(links::confirm(tx, group, *team))).await?;
            say(&format!("The events of {group} act on its team."))
        }
        Command::Remove { group } => {
            let named = named(&group)?;
            let db = open(config).await?;
            let ctx = Ctx::cli(db.clock().now());
            db.unit(&ctx, named, |tx, group| Box::pin(links::remove_known(tx, group))).await?;
            say(&format!("The events of {group} act on no team."))
        }
    }
}

fn named(group: &str) -> Result<&str, Failure> {
    let known = Some(group).filter(|text| is_id(text));
    known.ok_or_else(|| Failure::Usage("the group is named by its id at Okta, such as 00g…".to_owned()))
}

async fn list(db: &Db, after: &str, limit: i64, as_json: bool) -> Result<(), Failure> {
    let page = links::list(&mut db.view().await?, after, limit).await?;
    if !as_json {
        say(&format!("{:<24}  {:<9}  {:<36}  NAMES", "GROUP", "STATE", "TEAM"))?;
    }
    page.iter().try_for_each(|shown| say(&line(shown, as_json)))
}

fn line((link, is_confirmed): &Shown, as_json: bool) -> String {
    let (state, group, team) =
        (if *is_confirmed { "confirmed" } else { "proposed" }, &link.okta_group_id, link.team_id.to_string());
    let name = link.group_name.as_deref().unwrap_or("-");
    harmless(&if as_json {
        json!({ "group": group, "state": state, "groupName": link.group_name, "team": team, "teamName": link.team_name })
            .to_string()
    } else {
        format!("{group:<24}  {state:<9}  {team:<36}  {name} -> {}", link.team_name)
    })
}
