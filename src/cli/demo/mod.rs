//! `rollcall demo`: a real server on an empty store, Okta's side of a conversation, and what came of it.
//!
//! `stage` starts and stops the server, `script` plays the conversation, `hooks` fires the event hooks, `closing` shows
//! the outcome, `sentence` puts audit rows into words, `console` opens the pages on it.

mod closing;
mod console;
mod hooks;
mod script;
mod sentence;
mod stage;

use std::future::pending;
use std::io::{self, IsTerminal};
use std::pin::pin;

use secrecy::ExposeSecret;

use super::screen::say;
use super::{Failure, serve};
use crate::config::{self, AppEnv};
use crate::telemetry;
use stage::Stage;

/// How to play it.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "one flag of the command line each")]
pub struct Args {
    /// Play on this store, which must be empty of people and teams, instead of a temporary one.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Leave out the steps; show only what came of them.
    #[arg(long, short)]
    quiet: bool,
    /// Go on serving at the end also where nobody reads the screen, and show the address and the token.
    #[arg(long, conflicts_with = "exit")]
    keep: bool,
    /// End when the play is over.
    #[arg(long)]
    exit: bool,
    /// Print the address of the console, and open no browser.
    #[arg(long)]
    no_open: bool,
}

impl Args {
    /// Whether the server stays when the play is over: where somebody sits before it, unless they said otherwise. A store
    /// that somebody named is given back.
    fn stays(&self) -> bool {
        self.keep || (!self.exit && self.database_url.is_none() && has_reader())
    }
}

fn has_reader() -> bool {
    io::stdout().is_terminal()
}

/// Plays the demo.
pub async fn run(args: Args) -> Result<(), Failure> {
    // The screen belongs to the play, unless somebody asks for the log.
    if config::is_log_asked_for() {
        telemetry::init(AppEnv::Development);
    }
    let mut stop = pin!(serve::told_to_stop()?);
    let stage = Stage::set(args.database_url.as_deref()).await?;
    let mut outcome = tokio::select! {
        outcome = perform(&stage, &args) => outcome,
        () = &mut stop => Err(Failure::Other("the demo was stopped before its end".to_owned())),
    };
    if outcome.is_ok() && args.stays() {
        // From here on to be stopped is no failure.
        outcome = tokio::select! {
            never = stay(&stage, &args) => never,
            () = &mut stop => Ok(()),
        };
    }
    outcome = outcome.and(stage.retire_token().await);
    outcome.and(stage.strike().await)
}

async fn perform(stage: &Stage, args: &Args) -> Result<(), Failure> {
    if !args.quiet {
        say(&format!("A rollcall of its own listens at {}. This is what Okta sends it:\n", stage.base))?;
    }
    let steps = script::play(stage, args.quiet).await?;
    console::sign_dana_in(stage).await?;
    let deliveries = hooks::play(stage, args.quiet).await?;
    closing::show(stage, steps, deliveries).await?;
    if args.stays() { Ok(()) } else { hint(stage, args) }
}

/// Leads to the console, and waits until somebody stops it.
async fn stay(stage: &Stage, args: &Args) -> Result<(), Failure> {
    hint(stage, args)?;
    open(stage, args).await?;
    pending().await
}

fn hint(stage: &Stage, args: &Args) -> Result<(), Failure> {
    if args.stays() {
        say("\nIt goes on serving until you press Ctrl-C. The token works as long:\n")?;
        say(&format!("  SCIM connector base URL  {}", stage.base))?;
        say(&format!("  Authorization (Bearer)   {}", stage.token.expose_secret()))?;
    }
    say(match (&args.database_url, args.stays()) {
        (Some(_), _) => {
            "\nAll of it is in the store you named: with DATABASE_URL set to it, try `rollcall audit list`."
        }
        (None, true) => "\nThe store is a temporary one and goes when the server stops.",
        (None, false) => "\nThe store was a temporary one and is gone. Start your own with `rollcall serve`.",
    })
}

/// Leads to the console. No admin is left behind in a store that stays.
async fn open(stage: &Stage, args: &Args) -> Result<(), Failure> {
    if !stage.is_temporary {
        return Ok(());
    }
    let url = console::open(stage).await?;
    say("\nThe console, signed in as the demo's admin. The address works once, for ten minutes:\n")?;
    say(&format!("  {url}"))?;
    if !args.no_open && has_reader() {
        console::show(&url);
    }
    Ok(())
}
