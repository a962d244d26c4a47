//! `rollcall demo`: a real server on an empty store, Okta's side of a conversation, and what came of it.
//!
//! `stage` starts and stops the server, `script` plays the conversation, `hooks` fires the event hooks, `closing` shows
//! the outcome, `sentence` puts audit rows into words.

mod closing;
mod hooks;
mod script;
mod sentence;
mod stage;

use std::io::{self, Write};
use std::pin::pin;

use secrecy::ExposeSecret;

use super::{Failure, serve};
use crate::config::{self, AppEnv};
use crate::telemetry;
use stage::Stage;

/// How to play it.
#[derive(clap::Args)]
pub struct Args {
    /// Play on this store, which must be empty of people and teams, instead of a temporary one.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Leave out the steps; show only what came of them.
    #[arg(long, short)]
    quiet: bool,
    /// Go on serving at the end, and show the address and the token.
    #[arg(long)]
    keep: bool,
}

/// Plays the demo.
pub async fn run(args: Args) -> Result<(), Failure> {
    // The screen belongs to the play, unless somebody asks for the log.
    if config::log_filter().is_some() {
        telemetry::init(AppEnv::Development);
    }
    let mut stop = pin!(serve::told_to_stop()?);
    let stage = Stage::set(args.database_url.as_deref()).await?;
    let mut outcome = tokio::select! {
        outcome = perform(&stage, &args) => outcome,
        () = &mut stop => Err(Failure::Other("the demo was stopped before its end".to_owned())),
    };
    if outcome.is_ok() && args.keep {
        stop.await;
    } else if outcome.is_ok() {
        outcome = stage.retire_token().await;
    }
    stage.strike().await?;
    outcome
}

async fn perform(stage: &Stage, args: &Args) -> Result<(), Failure> {
    if !args.quiet {
        say(&format!("A rollcall of its own listens at {}. This is what Okta sends it:\n", stage.base))?;
    }
    let steps = script::play(stage, args.quiet).await?;
    let deliveries = hooks::play(stage, args.quiet).await?;
    closing::show(stage, steps, deliveries).await?;
    hint(stage, args)
}

fn hint(stage: &Stage, args: &Args) -> Result<(), Failure> {
    if args.keep {
        say("\nIt goes on serving until you press Ctrl-C. The token works for a day:\n")?;
        say(&format!("  SCIM connector base URL  {}", stage.base))?;
        say(&format!("  Authorization (Bearer)   {}", stage.token.expose_secret()))?;
    }
    say(match (&args.database_url, args.keep) {
        (Some(_), _) => {
            "\nAll of it is in the store you named: with DATABASE_URL set to it, try `rollcall audit list`."
        }
        (None, true) => "\nThe store is a temporary one and goes when the server stops.",
        (None, false) => "\nThe store was a temporary one and is gone. Start your own with `rollcall serve`.",
    })
}

/// Prints a line; a reader who has gone away is a failure, not a panic.
fn say(text: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}
