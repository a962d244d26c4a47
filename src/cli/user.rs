//! `rollcall user`: what is done about one person at the command line of the server.

use super::Failure;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::people;

/// What to do about a person.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Set aside what Okta says of a person's account, until Okta says something newer.
    ClearOktaStatus {
        /// Their userName, or the id of their row.
        user: String,
    },
}

/// Runs it.
#[expect(clippy::print_stdout, reason = "the command line speaks to its user")]
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let Command::ClearOktaStatus { user } = command;
    let db = super::open(config).await?;
    let ctx = Ctx::cli(db.clock().now());
    let after = db.unit(&ctx, &user, |tx, user| Box::pin(people::clear_okta_named(tx, user))).await?;
    let access = if after.is_active { "They have access." } else { "They have no access: another switch is off." };
    println!("Okta's word on {} is set aside until Okta says something newer. {access}", after.title());
    Ok(())
}
