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
//! `rollcall user`: ends a person's access or gives it back, said at the command line of the server.

use super::Failure;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::people;

/// What to do with a person.
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
}

/// Runs it.
#[expect(clippy::print_stdout, reason = "the command line speaks to its user")]
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let (user, on) = match command {
        Command::Deactivate { user } => (user, false),
        Command::Reactivate { user } => (user, true),
    };
    let db = super::open(config).await?;
    let (ctx, work) = (Ctx::cli(db.clock().now()), (user, on));
    let changed = db.unit(&ctx, &work, |tx, (user, on)| Box::pin(people::switch_by_name(tx, user, *on)));
    let (name, is_active) = changed.await?;
    println!("{name} {}.", if is_active { "has access" } else { "has no access" });
    Ok(())
}
