//! What each variable must look like, and what stands where none is given.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use hyper::Uri;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;

use super::known::KNOWN;
use super::sources::{self, Vars};
use super::{AppEnv, BreakerRule, Config, ConfigError, Fault, OktaApi, senders, sign_in, spelling};
use crate::okta::api::Org;
use crate::okta::signature::{self, Demand, Keys};

const DEFAULT_DATABASE: &str = "sqlite://data/rollcall.db";
const DEFAULT_DATA_DIR: &str = "data";
const DEFAULT_PORT: u16 = 3000;
const DEFAULT_RETENTION: u32 = 90;
const LONGEST_RETENTION: u32 = 3650;
const LONGEST_OKTA_ID: usize = 128;
const SHORTEST_SECRET: usize = 32;
const DEFAULT_BREAKER_PEOPLE: u32 = 25;
const MOST_BREAKER_PEOPLE: u32 = 1_000_000;
const DEFAULT_BREAKER_PERCENT: u32 = 20;

/// Words that mark the values of `.env.example`; production refuses a secret with one of them.
const EXAMPLE_MARKS: [&str; 2] = [EXAMPLE_PASSWORD, "example"];
const EXAMPLE_PASSWORD: &str = "change-me";

#[derive(Deserialize)]
struct Raw {
    app_env: Option<String>,
    database_url: Option<String>,
    database_url_file: Option<String>,
    host: Option<String>,
    port: Option<String>,
    public_url: Option<String>,
    scim_bearer_token: Option<String>,
    scim_bearer_token_file: Option<String>,
    jwt_secret: Option<String>,
    jwt_secret_file: Option<String>,
    jwt_secret_previous: Option<String>,
    jwt_secret_previous_file: Option<String>,
    okta_webhook_secret: Option<String>,
    okta_webhook_secret_file: Option<String>,
    okta_webhook_secret_previous: Option<String>,
    okta_webhook_secret_previous_file: Option<String>,
    okta_webhook_signing_key: Option<String>,
    okta_webhook_signing_key_file: Option<String>,
    okta_webhook_signing_key_previous: Option<String>,
    okta_webhook_signing_key_previous_file: Option<String>,
    okta_webhook_auth: Option<String>,
    hook_spool_dir: Option<String>,
    trusted_proxies: Option<String>,
    metrics_addr: Option<String>,
    audit_retention_days: Option<String>,
    okta_app_ids: Option<String>,
    okta_client_id: Option<String>,
    okta_domain: Option<String>,
    okta_api_token: Option<String>,
    okta_api_token_file: Option<String>,
    okta_issuer: Option<String>,
    okta_client_secret: Option<String>,
    okta_client_secret_file: Option<String>,
    okta_jit: Option<String>,
    mobile_redirect_uris: Option<String>,
    breaker_people: Option<String>,
    breaker_percent: Option<String>,
    breaker_mode: Option<String>,
    #[serde(flatten)]
    senders: senders::Raw,
}

/// Makes a configuration of the variables, or names everything wrong with them.
pub(super) fn judge(mut vars: Vars, mut faults: Vec<Fault>) -> Result<Config, ConfigError> {
    faults.extend(spelling::misspelt(&vars, &KNOWN));
    vars.retain(|name, value| KNOWN.contains(&name.as_str()) && !value.is_empty());
    let raw = match envy::from_iter(vars) {
        Ok(raw) => raw,
        Err(error) => return Err(ConfigError(vec![Fault::new("environment", error.to_string())])),
    };
    let mut judge = Judge { faults };
    let config = judge.config(raw);
    if judge.faults.is_empty() { Ok(config) } else { Err(ConfigError(judge.faults)) }
}

/// A secret as a variable may hold it: itself, or the file it is mounted as.
pub(super) type Given = (Option<String>, Option<String>);

pub(super) struct Judge {
    pub(super) faults: Vec<Fault>,
}

impl Judge {
    fn config(&mut self, raw: Raw) -> Config {
        // A word we do not know is judged as production, the stricter of the two.
        let env = self.or("APP_ENV", app_env(raw.app_env.as_deref()), AppEnv::Production);
        let database_url = self.secret("DATABASE_URL", raw.database_url, raw.database_url_file);
        let database_url = database_url.unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        let port = self.or("PORT", port(raw.port.as_deref(), env), DEFAULT_PORT);
        let scim_bearer_token = self.token(env, raw.scim_bearer_token, raw.scim_bearer_token_file);
        let jwt = self.own_secret(env, "JWT_SECRET", raw.jwt_secret, raw.jwt_secret_file);
        let given = (raw.jwt_secret_previous, raw.jwt_secret_previous_file);
        let jwt_before = self.further_secret(env, "JWT_SECRET_PREVIOUS", given);
        let secret = self.hook_secret(env, raw.okta_webhook_secret, raw.okta_webhook_secret_file);
        let given = (raw.okta_webhook_secret_previous, raw.okta_webhook_secret_previous_file);
        let secret_before = self.further_secret(env, "OKTA_WEBHOOK_SECRET_PREVIOUS", given);
        let given = (raw.okta_webhook_signing_key, raw.okta_webhook_signing_key_file);
        let signing = self.further_secret(env, "OKTA_WEBHOOK_SIGNING_KEY", given);
        let given = (raw.okta_webhook_signing_key_previous, raw.okta_webhook_signing_key_previous_file);
        let signing_before = self.further_secret(env, "OKTA_WEBHOOK_SIGNING_KEY_PREVIOUS", given);
        let hook_keys = Keys {
            secrets: secret.into_iter().chain(secret_before).collect(),
            signing: signing.into_iter().chain(signing_before).collect(),
            demand: self.or("OKTA_WEBHOOK_AUTH", demand(raw.okta_webhook_auth.as_deref()), Demand::Either),
        };
        Config {
            env,
            data_dir: self.or("DATABASE_URL", data_dir(&database_url, env), PathBuf::new()),
            database_url,
            host: self.or("HOST", host(raw.host.as_deref(), env), LOOPBACK),
            port,
            public_url: self.or("PUBLIC_URL", public_url(raw.public_url, port, env), String::new()),
            scim_bearer_token,
            jwt_secrets: jwt.into_iter().chain(jwt_before).collect(),
            hook_keys,
            hook_spool_dir: raw.hook_spool_dir.map(PathBuf::from),
            trusted_proxies: self.proxies(raw.trusted_proxies.as_deref().unwrap_or_default()),
            metrics_addr: self.or("METRICS_ADDR", metrics_addr(raw.metrics_addr.as_deref(), env), None),
            audit_retention_days: self.or("AUDIT_RETENTION_DAYS", retention(raw.audit_retention_days.as_deref()), 0),
            okta_sign_in: self.okta_sign_in(
                env,
                &sign_in::Given {
                    domain: raw.okta_domain.as_deref(),
                    issuers: raw.okta_issuer.as_deref(),
                    client_id: raw.okta_client_id.as_deref(),
                    jit: raw.okta_jit.as_deref(),
                    redirects: raw.mobile_redirect_uris.as_deref(),
                },
                (raw.okta_client_secret, raw.okta_client_secret_file),
            ),
            okta_app_ids: self.app_ids(raw.okta_app_ids.as_deref(), raw.okta_client_id.as_deref()),
            okta_api: self.okta_api(env, raw.okta_domain.as_deref(), (raw.okta_api_token, raw.okta_api_token_file)),
            breaker: BreakerRule {
                people: self.or("BREAKER_PEOPLE", people(raw.breaker_people.as_deref()), 0),
                percent: self.or("BREAKER_PERCENT", percent(raw.breaker_percent.as_deref()), 0),
                holds: self.or("BREAKER_MODE", holds(raw.breaker_mode.as_deref()), true),
            },
            senders: self.senders(env, raw.senders),
        }
    }

    pub(super) fn or<T>(&mut self, name: &str, checked: Result<T, &str>, otherwise: T) -> T {
        checked.unwrap_or_else(|problem| {
            self.faults.push(Fault::new(name, problem));
            otherwise
        })
    }

    pub(super) fn secret(&mut self, name: &str, value: Option<String>, file: Option<String>) -> Option<String> {
        sources::secret(name, value, file).unwrap_or_else(|fault| {
            self.faults.push(fault);
            None
        })
    }

    fn token(&mut self, env: AppEnv, value: Option<String>, file: Option<String>) -> Option<SecretString> {
        self.own_secret(env, "SCIM_BEARER_TOKEN", value, file)
    }

    fn hook_secret(&mut self, env: AppEnv, value: Option<String>, file: Option<String>) -> Option<SecretString> {
        self.own_secret(env, "OKTA_WEBHOOK_SECRET", value, file)
    }

    /// A secret that production must be given and development makes for itself.
    fn own_secret(
        &mut self,
        env: AppEnv,
        name: &str,
        value: Option<String>,
        file: Option<String>,
    ) -> Option<SecretString> {
        let missing = value.is_none() && file.is_none() && env == AppEnv::Production;
        let secret = self.secret(name, value, file);
        let checked = match &secret {
            Some(secret) => strong(secret, env),
            None if missing => Err("is required in production"),
            None => Ok(()),
        };
        self.or(name, checked, ());
        secret.map(SecretString::from)
    }

    /// A secret that nobody needs, and that must be strong where it is given.
    fn further_secret(&mut self, env: AppEnv, name: &str, (value, file): Given) -> Option<SecretString> {
        let key = self.secret(name, value, file)?;
        let is_broken = name.starts_with("OKTA_WEBHOOK_SIGNING_KEY") && signature::is_broken_key(&key);
        let checked =
            if is_broken { Err("must be base64 of at least 24 bytes after whsec_") } else { strong(&key, env) };
        self.or(name, checked, ());
        Some(key.into())
    }

    /// The apps that are ours; without a list the one that people sign in through.
    fn app_ids(&mut self, list: Option<&str>, client: Option<&str>) -> Vec<String> {
        let client = self.ids("OKTA_CLIENT_ID", client);
        match list {
            Some(list) => self.ids("OKTA_APP_IDS", Some(list)),
            None => client,
        }
    }

    fn ids(&mut self, name: &str, list: Option<&str>) -> Vec<String> {
        let entries = list.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.filter_map(|entry| self.or(name, okta_id(entry).map(Some), None)).collect()
    }

    /// Where Okta's API is and the token for it: both, or catch-up and drift are off.
    fn okta_api(&mut self, env: AppEnv, domain: Option<&str>, (value, file): Given) -> Option<OktaApi> {
        let token = self.secret("OKTA_API_TOKEN", value, file);
        let org = self.or("OKTA_DOMAIN", domain.map(Org::parse).transpose(), None);
        if env == AppEnv::Production && org.as_ref().is_some_and(Org::is_stand_in) {
            self.faults.push(Fault::new("OKTA_DOMAIN", "must be https in production"));
        }
        let token = token?;
        self.or("OKTA_API_TOKEN", made_elsewhere(&token, env), ());
        if domain.is_none() {
            self.faults.push(Fault::new("OKTA_DOMAIN", "is required with OKTA_API_TOKEN"));
        }
        Some(OktaApi { org: org?, token: token.into() })
    }

    fn proxies(&mut self, list: &str) -> Vec<IpNet> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.filter_map(|entry| self.or("TRUSTED_PROXIES", network(entry).map(Some), None)).collect()
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn app_env(given: Option<&str>) -> Result<AppEnv, &'static str> {
    match given {
        None | Some("development") => Ok(AppEnv::Development),
        Some("production") => Ok(AppEnv::Production),
        Some(_) => Err("must be development or production"),
    }
}

fn demand(given: Option<&str>) -> Result<Demand, &'static str> {
    match given {
        None | Some("either") => Ok(Demand::Either),
        Some("secret") => Ok(Demand::Secret),
        Some("signature") => Ok(Demand::Signature),
        Some(_) => Err("must be either, secret or signature"),
    }
}

/// The folder of the database file, or the default one beside a server.
fn data_dir(database_url: &str, env: AppEnv) -> Result<PathBuf, &'static str> {
    if env == AppEnv::Production && database_url.to_ascii_lowercase().contains(EXAMPLE_PASSWORD) {
        return Err("still holds the password of the example");
    }
    match database_url.split_once("://") {
        Some(("sqlite", rest)) => file_folder(rest),
        Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => Ok(PathBuf::from(DEFAULT_DATA_DIR)),
        _ => Err("must be sqlite://FILE, postgres://… or postgresql://…"),
    }
}

// A database in memory would be a different one on every connection of the pool.
fn file_folder(rest: &str) -> Result<PathBuf, &'static str> {
    let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
    if file.is_empty() || file.ends_with('/') || file == ":memory:" || query.contains("mode=memory") {
        return Err("must name a file after sqlite://");
    }
    let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(folder.unwrap_or(Path::new(".")).to_owned())
}

fn host(given: Option<&str>, env: AppEnv) -> Result<IpAddr, &'static str> {
    let host = match given {
        None | Some("localhost") => LOOPBACK,
        Some(host) => host.parse().map_err(|_| "must be an IP address or localhost")?,
    };
    match env {
        AppEnv::Development if !host.to_canonical().is_loopback() => {
            Err("development binds loopback only: set APP_ENV=production")
        }
        _ => Ok(host),
    }
}

fn port(given: Option<&str>, env: AppEnv) -> Result<u16, &'static str> {
    match given.map_or(Ok(DEFAULT_PORT), str::parse) {
        Ok(0) | Err(_) if env == AppEnv::Production => Err("must be 1 to 65535 in production"),
        Ok(port) => Ok(port),
        Err(_) => Err("must be a number from 0 to 65535; 0 lets the system choose"),
    }
}

fn public_url(given: Option<String>, port: u16, env: AppEnv) -> Result<String, &'static str> {
    const SHAPE: &str = "must be an absolute http or https URL without user, query or fragment";
    const PATH: &str =
        "must end after the host or its port, without a path: the pages link to paths of the host itself";
    let Some(url) = given else { return Ok(format!("http://localhost:{port}")) };
    let uri: Uri = url.parse().map_err(|_| SHAPE)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(SHAPE) };
    // The parser drops a fragment, so the text is asked and not the result.
    let extras = url.contains(['?', '#']) || authority.as_str().contains('@');
    let odd_port = authority.port_u16().is_none() && authority.as_str() != authority.host();
    if extras || odd_port || authority.host().is_empty() || !["http", "https"].contains(&scheme) {
        return Err(SHAPE);
    }
    if !matches!(uri.path(), "" | "/") {
        return Err(PATH);
    }
    if scheme == "http" && env == AppEnv::Production && !is_loopback(authority.host()) {
        return Err("must be https in production");
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether a URL names this machine by an address that means another one everywhere else.
pub(super) fn is_local(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

// A bearer token travels in a header and is visible ASCII there (RFC 6750 §2.1).
fn strong(secret: &str, env: AppEnv) -> Result<(), &'static str> {
    let lower = secret.to_ascii_lowercase();
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must be visible ASCII, without white space or control characters");
    }
    if secret.len() < SHORTEST_SECRET {
        return Err("must be at least 32 bytes");
    }
    if env == AppEnv::Production && EXAMPLE_MARKS.iter().any(|mark| lower.contains(mark)) {
        return Err("is a value from .env.example: make your own");
    }
    Ok(())
}

/// An id of Okta's: short, and without anything that is not a letter or a digit, `_` or `-`.
pub(super) fn okta_id(entry: &str) -> Result<String, &'static str> {
    let is_plain = entry.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_plain && entry.len() <= LONGEST_OKTA_ID {
        Ok(entry.to_owned())
    } else {
        Err("must be ids of Okta's such as 0oa…")
    }
}

// Okta makes them, so their length is Okta's business.
pub(super) fn made_elsewhere(token: &str, env: AppEnv) -> Result<(), &'static str> {
    match strong(token, env) {
        Err(problem) if token.len() >= SHORTEST_SECRET || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(problem)
        }
        _ => Ok(()),
    }
}

fn people(given: Option<&str>) -> Result<u32, &'static str> {
    let people = given.map_or(Ok(DEFAULT_BREAKER_PEOPLE), str::parse);
    people.ok().filter(|people| (1..=MOST_BREAKER_PEOPLE).contains(people)).ok_or("must be 1 to 1000000 people")
}

fn percent(given: Option<&str>) -> Result<u32, &'static str> {
    let percent = given.map_or(Ok(DEFAULT_BREAKER_PERCENT), str::parse);
    percent.ok().filter(|percent| (1..=100).contains(percent)).ok_or("must be 1 to 100")
}

fn holds(given: Option<&str>) -> Result<bool, &'static str> {
    match given {
        None | Some("alarm") => Ok(false),
        Some("hold") => Ok(true),
        Some(_) => Err("must be alarm or hold"),
    }
}

fn network(entry: &str) -> Result<IpNet, &'static str> {
    let net = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
    match net {
        Ok(net) if net.prefix_len() == 0 => Err("must not trust every address"),
        Ok(net) => Ok(net.trunc()),
        Err(_) => Err("must be IP addresses or networks such as 10.0.0.0/8, comma-separated"),
    }
}

/// Nothing guards the numbers but the address they are served at, so a developer's machine shows them to itself alone.
fn metrics_addr(given: Option<&str>, env: AppEnv) -> Result<Option<SocketAddr>, &'static str> {
    let Some(given) = given else { return Ok(None) };
    let address: SocketAddr = given.parse().map_err(|_| "must be an address and a port such as 127.0.0.1:9464")?;
    if env == AppEnv::Development && !address.ip().is_loopback() {
        return Err("must be loopback in development");
    }
    Ok(Some(address))
}

fn retention(given: Option<&str>) -> Result<u32, &'static str> {
    let days = given.map_or(Ok(DEFAULT_RETENTION), str::parse);
    days.ok().filter(|days| (1..=LONGEST_RETENTION).contains(days)).ok_or("must be 1 to 3650 days")
}
