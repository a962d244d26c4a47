//! `rollcall user`: what is done about one person at the command line of the server.

use super::screen::say;
use super::{Failure, open};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::{binding, people};

/// What to do about a person.
#[derive(clap::Subcommand)]
pub enum Command {
    /// End a person's access and everything that lets them in, at once on every replica.
    Deactivate {
        /// Their userName, or the id of their row.
        user: String,
    },
    /// Give back what an admin took; what SCIM and Okta say stays.
    Reactivate {
        /// Their userName, or the id of their row.
        user: String,
    },
    /// Set aside what Okta says of a person's account, until Okta says something newer.
    ClearOktaStatus {
        /// Their userName, or the id of their row.
        user: String,
    },
    /// Bind a person to their account at Okta, where neither SCIM nor a sign-in did: they sign in with it.
    Bind {
        /// Their userName, or the id of their row.
        user: String,
        /// Okta's id of the account, such as 00u1ero7vZFVEIYLWPBN.
        okta_id: String,
    },
}

/// Runs it.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Deactivate { user } => switch(config, user, false).await,
        Command::Reactivate { user } => switch(config, user, true).await,
        Command::ClearOktaStatus { user } => clear(config, &user).await,
        Command::Bind { user, okta_id } => bind(config, user, okta_id).await,
    }
}

async fn switch(config: &Config, user: String, on: bool) -> Result<(), Failure> {
    let db = open(config).await?;
    let (ctx, work) = (Ctx::cli(db.clock().now()), (user, on));
    let changed = db.unit(&ctx, &work, |tx, (user, on)| Box::pin(people::switch_by_name(tx, user, *on)));
    let (name, is_active) = changed.await?;
    say(&format!("{name} {}.", if is_active { "has access" } else { "has no access" }))
}

async fn clear(config: &Config, user: &String) -> Result<(), Failure> {
    let db = open(config).await?;
    let ctx = Ctx::cli(db.clock().now());
    let after = db.unit(&ctx, user, |tx, user| Box::pin(people::clear_okta_named(tx, user))).await?;
    let access = if after.is_active { "They have access." } else { "They have no access: another switch is off." };
    say(&format!("Okta's word on {} is set aside until Okta says something newer. {access}", after.title()))
}

async fn bind(config: &Config, user: String, okta_id: String) -> Result<(), Failure> {
    let db = open(config).await?;
    let (ctx, work) = (Ctx::cli(db.clock().now()), (user, okta_id));
    let after = db.unit(&ctx, &work, |tx, (user, okta_id)| Box::pin(binding::bind_named(tx, user, okta_id))).await?;
    let access = if after.is_active { "They have access." } else { "They have no access." };
    say(&format!("{} is bound to {}. {access}", after.title(), work.1))
}
