//! What the operator says to the process, parsed once at the start into values that cannot be wrong.
//!
//! `sources` gathers the variables, `checks` and `sign_in` judge each of them, `spelling` finds misspelt names. Every fault is
//! reported at once, and no message repeats a value.

mod checks;
mod known;
mod senders;
mod sign_in;
mod sources;
mod spelling;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::okta::api::Org;
use crate::okta::oidc::Client;
use crate::okta::signature::Keys;
use crate::senders::Settings;

pub use sources::{is_log_asked_for, log_filter, port};

/// How strict the process is with itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppEnv {
    /// One developer's machine: loopback only, secrets may be made up.
    Development,
    /// Anything another machine can reach.
    Production,
}

/// Everything the operator decides, checked.
#[derive(Clone)]
pub struct Config {
    /// Development or production.
    pub env: AppEnv,
    /// Where the roll is kept: `sqlite://…`, `postgres://…` or `postgresql://…`.
    pub database_url: String,
    /// Folder for files the process makes itself.
    pub data_dir: PathBuf,
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 lets the system choose.
    pub port: u16,
    /// What the world calls this server, without a trailing slash.
    pub public_url: String,
    /// A SCIM token given from outside.
    pub scim_bearer_token: Option<SecretString>,
    /// What access tokens of mobile sign-ins are signed with, and the one before it; none in development.
    pub jwt_secrets: Vec<SecretString>,
    /// The live secrets and signing keys of Okta's event hooks, and which proof is asked for.
    pub hook_keys: Keys,
    /// A durable folder for event hooks while the database is away.
    pub hook_spool_dir: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the metrics are served; nowhere without it.
    pub metrics_addr: Option<SocketAddr>,
    /// Days an audit row is kept.
    pub audit_retention_days: u32,
    /// The app instances at Okta that are ours; none when nobody said.
    pub okta_app_ids: Vec<String>,
    /// Okta's API; none turns catch-up and drift off.
    pub okta_api: Option<OktaApi>,
    /// Sign-in with Okta; none turns it off.
    pub okta_sign_in: Option<OktaSignIn>,
    /// When many deactivations at once are an alarm.
    pub breaker: BreakerRule,
    /// The ways out to people.
    pub senders: Settings,
}

/// Where Okta's API is, and the token for it.
#[derive(Clone, Debug)]
pub struct OktaApi {
    /// The org.
    pub org: Org,
    /// An API token of a read-only administrator.
    pub token: SecretString,
}

/// Sign-in with Okta.
#[derive(Clone, Debug)]
pub struct OktaSignIn {
    /// Our application at Okta.
    pub client: Client,
    /// What becomes of somebody who is not on the roll.
    pub jit: Jit,
    /// Where apps on phones may be sent with their code.
    pub redirects: Vec<String>,
}

/// What becomes of somebody whom Okta lets in and who is not on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jit {
    /// They are put on it, until SCIM has spoken for the first time.
    Auto,
    /// They are put on it.
    On,
    /// They are refused.
    Off,
}

/// How many deactivations in ten minutes are an alarm, and what it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// More than this many people.
    pub people: u32,
    /// Or more than this part of the active people, in percent.
    pub percent: u32,
    /// Whether catch-up and repair stop until somebody says yes.
    pub holds: bool,
}

impl Config {
    /// Reads the environment, and `.env` outside production.
    ///
    /// # Errors
    /// Every fault found, in one error.
    pub fn load() -> Result<Self, ConfigError> {
        let (vars, faults) = sources::gather();
        checks::judge(vars, faults)
    }

    /// Judges the given variables as if they were the environment.
    ///
    /// # Errors
    /// Every fault found, in one error.
    pub fn from_vars(vars: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        checks::judge(vars.collect(), Vec::new())
    }

    /// Whether a server of production goes by a name that leads nobody else to it, as it does without `PUBLIC_URL`.
    #[must_use]
    pub fn is_known_to_itself_alone(&self) -> bool {
        self.env == AppEnv::Production && checks::is_local(&self.public_url)
    }
}

// Written by hand because a database URL carries a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.database_url.split("://").next();
        f.debug_struct("Config")
            .field("env", &self.env)
            .field("database", &engine.unwrap_or_default())
            .field("data_dir", &self.data_dir)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("public_url", &self.public_url)
            .field("scim_bearer_token", &self.scim_bearer_token)
            .field("jwt_secrets", &self.jwt_secrets)
            .field("hook_keys", &self.hook_keys)
            .field("hook_spool_dir", &self.hook_spool_dir)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("metrics_addr", &self.metrics_addr)
            .field("audit_retention_days", &self.audit_retention_days)
            .field("okta_app_ids", &self.okta_app_ids)
            .field("okta_api", &self.okta_api)
            .field("okta_sign_in", &self.okta_sign_in)
            .field("breaker", &self.breaker)
            .field("senders", &self.senders)
            .finish()
    }
}

/// One variable that is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable, or the file it came from.
    pub name: String,
    /// What is wrong, without the value.
    pub problem: String,
}

impl Fault {
    fn new(name: &str, problem: impl Into<String>) -> Self {
        Self { name: name.to_owned(), problem: problem.into() }
    }
}

/// Everything wrong with the configuration, one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Fault>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is refused")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {}: {}", fault.name, fault.problem))
    }
}
