//! The command line: one file a command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration.

mod admin;
mod audit;
mod break_glass;
mod breaker;
mod demo;
mod doctor;
mod drift;
mod health;
mod hooks;
mod links;
mod seed;
mod serve;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{self, StartError};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::store::Db;
use crate::telemetry;

#[derive(Parser)]
#[command(name = "rollcall", version, about = "Keeps the roll of an on-call platform true to Okta.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "parsed once a process")]
enum Command {
    /// Start the server.
    Serve,
    /// Bring the database's schema up to date and stop.
    Migrate,
    /// Play Okta against a server of its own and show what comes of it.
    Demo(demo::Args),
    /// Fill a development store with invented people and teams.
    Seed(seed::Args),
    /// Look at what the server stands on, and say what to do about it.
    Doctor(doctor::Args),
    /// Ask a running server whether it is well (for container health checks).
    Health(health::Args),
    /// Make, list, revoke and rotate SCIM tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Compare the roll with Okta, and repair it where told to.
    Drift(drift::Args),
    /// Show and release the breaker, which many deactivations at once trip.
    #[command(subcommand)]
    Breaker(breaker::Command),
    /// Make, list, test and disable the accounts that open the door while Okta is down.
    #[command(subcommand)]
    BreakGlass(break_glass::Command),
    /// Make a person a platform admin.
    #[command(subcommand)]
    Admin(admin::Command),
    /// End a person's access, give it back, set aside what Okta says of it, or bind them to their account there.
    #[command(subcommand)]
    User(user::Command),
    /// Read and export the audit.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Read the inbox of Okta's events, and apply one of them again.
    #[command(subcommand)]
    Hooks(hooks::Command),
    /// Show, confirm and remove links between teams and groups at Okta.
    #[command(subcommand)]
    Links(links::Command),
}

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration has faults.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The service did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The domain refused, or failed.
    #[error(transparent)]
    Domain(#[from] Error),
    /// A file or socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Something could not be compared, and was not.
    #[error("not compared: {0}")]
    Partial(String),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Other(String),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&Failure::Io(error)),
    };
    match runtime.block_on(dispatch(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure),
    }
}

#[expect(clippy::print_stderr, reason = "the command line speaks to its user")]
fn complain(failure: &Failure) -> ExitCode {
    eprintln!("rollcall: {failure}");
    let mut source = std::error::Error::source(failure);
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    if matches!(failure, Failure::Config(_) | Failure::Partial(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
}

async fn dispatch(command: Command) -> Result<(), Failure> {
    let command = match command {
        Command::Health(args) => return health::run(args).await,
        Command::Demo(args) => return demo::run(args).await,
        other => other,
    };
    let config = Config::load()?;
    telemetry::init(config.env);
    match command {
        Command::Serve => serve::run(config).await,
        Command::Migrate => open(&config).await.map(|_| ()),
        Command::Seed(args) => seed::run(&config, &args).await,
        Command::Doctor(args) => doctor::run(&config, args).await,
        Command::Token(command) => token::run(&config, command).await,
        Command::Drift(args) => drift::run(&config, args).await,
        Command::Breaker(command) => breaker::run(&config, command).await,
        Command::BreakGlass(command) => break_glass::run(&config, command).await,
        Command::Admin(command) => admin::run(&config, command).await,
        Command::User(command) => user::run(&config, command).await,
        Command::Audit(command) => audit::run(&config, command).await,
        Command::Hooks(command) => hooks::run(&config, command).await,
        Command::Links(command) => links::run(&config, command).await,
        Command::Health(_) | Command::Demo(_) => Ok(()),
    }
}

/// Opens the store the server uses, with its schema up to date.
async fn open(config: &Config) -> Result<Db, Failure> {
    Ok(app::open_store(&config.database_url, Clock::system()).await?)
}
