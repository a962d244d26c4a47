//! `rollcall break-glass`: make, list, test and disable the accounts that open the door while Okta is down.

use std::io::{self, BufRead, IsTerminal};

use secrecy::{ExposeSecret, SecretString};

use super::screen::say;
use super::{Failure, open};
use crate::access::break_glass::{self, Attempt};
use crate::access::passwords::{self, Passwords};
use crate::access::secret::{hex, random_bytes};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::people;
use crate::store::{Db, break_glass as rows};
use crate::telemetry::harmless;

/// What to do with break-glass accounts.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make an account; its password is made too, and shown once.
    Create {
        /// Its name; nobody else may have it.
        #[arg(value_parser = name)]
        name: String,
        /// Take a password of your own instead: asks for it, or takes the first line of what is piped in.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts.
    List {
        /// As one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Ask whether an account would let in: asks for the password, or takes the first line of what is piped in.
    Test {
        /// Its name.
        name: String,
    },
    /// Make an account let nobody in any more, and end what it is signed in with.
    Disable {
        /// Its name.
        name: String,
    },
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let db = open(config).await?;
    let ctx = Ctx::cli(db.clock().now());
    match command {
        Command::Create { name, password_stdin } => create(&db, &ctx, name, password_stdin).await,
        Command::List { json } => list(&db, json).await,
        Command::Test { name } => test(&db, &ctx, name).await,
        Command::Disable { name } => {
            db.unit(&ctx, &name, |tx, name| Box::pin(people::disable_break_glass(tx, name))).await?;
            say(&format!("{name} lets nobody in any more."))
        }
    }
}

async fn create(db: &Db, ctx: &Ctx, name: String, from_stdin: bool) -> Result<(), Failure> {
    let password = if from_stdin { read_password()? } else { hex(&random_bytes::<16>()).into() };
    passwords::judge(&password)?;
    let hash = Passwords::default().hash(&password).await?;
    let work = (name, hash);
    db.unit(ctx, &work, |tx, (name, hash)| Box::pin(break_glass::create(tx, name, hash))).await?;
    say(&format!("Account {} is made; it is a platform admin's.", work.0))?;
    if !from_stdin {
        say(&format!("Its password, shown once:\n\n  {}\n", password.expose_secret()))?;
    }
    let name = &work.0;
    say(&format!("Keep both where they are found when Okta is down. Try them: rollcall break-glass test {name}"))
}

async fn list(db: &Db, json: bool) -> Result<(), Failure> {
    for account in rows::list(&mut db.view().await?).await? {
        let state = if account.is_active { "live" } else { "disabled" };
        let made = account.created_at.rfc3339();
        say(&if json {
            serde_json::json!({ "id": account.id.to_string(), "name": account.user_name, "state": state, "createdAt": made })
                .to_string()
        } else {
            format!("{:<9} {:<32} made {made}", state, harmless(&account.user_name))
        })?;
    }
    Ok(())
}

async fn test(db: &Db, ctx: &Ctx, account: String) -> Result<(), Failure> {
    let attempt = Attempt { account, password: read_password()?, presented: None };
    if break_glass::test(db, &Passwords::default(), ctx, &attempt).await? {
        return say("This password opens the account.");
    }
    Err(Failure::Other("this password does not open the account, or the account is disabled".to_owned()))
}

/// A password, asked for without an echo where somebody sits; otherwise the first line of standard input.
fn read_password() -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password("Password: ")?.into());
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// A name fit to be typed: without white space, and nothing a terminal takes for a command.
fn name(text: &str) -> Result<String, String> {
    let is_plain = !text.chars().any(char::is_whitespace) && harmless(text) == text;
    match text.chars().count() {
        1..=100 if is_plain => Ok(text.to_owned()),
        1..=100 => Err("white space, control and invisible characters are not taken".to_owned()),
        _ => Err("1 to 100 characters are taken".to_owned()),
    }
}
