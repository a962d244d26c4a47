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
mod opening;
mod screen;
mod seed;
mod serve;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::StartError;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::store::migrate;
use crate::telemetry;
use opening::{make, open};
use screen::{complain, say};

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
    /// The command line asks for what cannot be, in a sentence.
    #[error("{0}")]
    Usage(String),
    /// Something could not be compared, and was not.
    #[error("not compared: {0}")]
    Partial(String),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// Whether whoever read the output went away (`| head -1`): they have what they wanted.
    fn is_unread(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Usage(_) | Self::Partial(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Tells it with its causes, each thing once: many an error repeats the one below it.
    fn tell(&self) {
        let mut told = self.to_string();
        complain(&format!("rollcall: {told}"));
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !told.contains(&text) {
                complain(&format!("  because: {text}"));
                told.push_str(&text);
            }
            source = cause.source();
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Failure::Io).and_then(|runtime| runtime.block_on(dispatch(cli.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_unread() => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
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
        Command::Migrate => bring_up(&config).await,
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

/// Brings the schema up to date.
async fn bring_up(config: &Config) -> Result<(), Failure> {
    make(config).await?.close().await;
    say(&format!("The schema is up to date, at version {}.", migrate::newest()))
}
