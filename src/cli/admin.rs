//! `rollcall admin`: who is a platform admin, said at the command line of the server.

use super::screen::say;
use super::{Failure, open};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::people;

/// What to do with platform admins.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a person a platform admin.
    Grant {
        /// Their userName, or the id of their row.
        user: String,
    },
}

/// Runs it.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let Command::Grant { user } = command;
    let db = open(config).await?;
    let ctx = Ctx::cli(db.clock().now());
    let name = db.unit(&ctx, &user, |tx, user| Box::pin(people::grant_admin(tx, user))).await?;
    say(&format!("{name} is a platform admin."))
}
