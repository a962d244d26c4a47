//! Where variables come from: the environment, `.env`, and mounted secret files.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs, io};

use super::Fault;

/// Variables by name, as given.
pub(super) type Vars = BTreeMap<String, String>;

const DOTENV: &str = ".env";
const LOG: &str = "RUST_LOG";

/// What `RUST_LOG` asks for, from wherever a setting comes.
#[must_use]
pub fn log_filter() -> Option<String> {
    gather().0.remove(LOG).filter(|filter| !filter.trim().is_empty())
}

/// Whether the process itself was given `RUST_LOG`, for the demo, which reads no settings.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
pub fn is_log_asked_for() -> bool {
    env::var(LOG).is_ok_and(|filter| !filter.trim().is_empty())
}

/// The port that the process was given, for the demo, which reads no other setting.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
pub fn port() -> Option<String> {
    env::var("PORT").ok().filter(|port| !port.is_empty())
}

/// Collects the environment over `.env`, which production never reads.
pub(super) fn gather() -> (Vars, Vec<Fault>) {
    overlay(environment(), Path::new(DOTENV))
}

/// Lays the environment over a dotenv file: what the process was given wins.
pub(super) fn overlay(environment: Vars, dotenv: &Path) -> (Vars, Vec<Fault>) {
    let mut faults = Vec::new();
    if environment.get("APP_ENV").is_some_and(|env| env == "production") {
        return (environment, faults);
    }
    let mut vars = read_dotenv(dotenv).unwrap_or_else(|fault| {
        faults.push(fault);
        Vars::new()
    });
    let is_said_here = environment.get("APP_ENV").is_none_or(String::is_empty);
    if is_said_here && vars.get("APP_ENV").is_some_and(|env| env == "production") {
        const WHY: &str =
            "is production in .env, which production does not read: give every setting to the process itself";
        faults.push(Fault::new("APP_ENV", WHY));
    }
    vars.extend(environment.into_iter().filter(|(_, value)| !value.is_empty()));
    (vars, faults)
}

// Lossy, because the iterator over text panics on a variable that is not UTF-8, ours or not.
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
fn environment() -> Vars {
    env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

fn read_dotenv(path: &Path) -> Result<Vars, Fault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vars::new()),
        Err(error) => return Err(Fault::new(DOTENV, format!("cannot be read: {}", error.kind()))),
    };
    let text = text.trim_start_matches('\u{feff}');
    // The parser's own message quotes the line, and the line may hold a secret.
    dotenvy::from_read_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::new(DOTENV, "has a line that is not NAME=value"))
}

/// Reads a secret from its variable or from the file that `NAME_FILE` names.
pub(super) fn secret(name: &str, value: Option<String>, file: Option<String>) -> Result<Option<String>, Fault> {
    match (value, file) {
        (Some(_), Some(_)) => Err(Fault::new(name, format!("given twice, here and in {name}_FILE"))),
        (None, Some(path)) => mounted(&format!("{name}_FILE"), &path).map(Some),
        (value, None) => Ok(value),
    }
}

fn mounted(name: &str, path: &str) -> Result<String, Fault> {
    let text =
        fs::read_to_string(path).map_err(|error| Fault::new(name, format!("cannot read {path}: {}", error.kind())))?;
    match text.trim() {
        "" => Err(Fault::new(name, format!("{path} is empty"))),
        secret => Ok(secret.to_owned()),
    }
}
