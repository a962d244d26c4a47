//! Opens the store a command works on. A wrong path must not pass for an empty roll, so most commands make no new file.

use std::path::Path;

use super::Failure;
use crate::app;
use crate::clock::Clock;
use crate::config::{AppEnv, Config};
use crate::store::Db;

/// Opens the store that is there, with its schema up to date.
pub(super) async fn open(config: &Config) -> Result<Db, Failure> {
    match sqlite_file(&config.database_url) {
        Some(file) if is_missing(Path::new(&file)) => Err(Failure::Other(format!(
            "the database {file} is not there: look at DATABASE_URL and the folder you are in, or make it with: \
             rollcall serve, or rollcall migrate"
        ))),
        _ => connect(config).await,
    }
}

/// The same, and makes a SQLite file that is not there. In production its folder must be there: whoever names one that is
/// not has mistyped it, or the volume is not mounted.
pub(super) async fn make(config: &Config) -> Result<Db, Failure> {
    let file = sqlite_file(&config.database_url).filter(|_| config.env == AppEnv::Production).unwrap_or_default();
    match Path::new(&file).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if is_missing(folder) => Err(Failure::Other(format!(
            "the folder {0} of the database {file} is not there, and production makes none: look at DATABASE_URL, or \
             make it with: install -d -m 0700 {0}",
            folder.display()
        ))),
        _ => connect(config).await,
    }
}

async fn connect(config: &Config) -> Result<Db, Failure> {
    Ok(app::open_store(&config.database_url, Clock::system()).await?)
}

/// Whether there is no such thing. What cannot be looked at may be there: opening it tells why not.
fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// The file that a URL of SQLite's names.
pub(super) fn sqlite_file(url: &str) -> Option<String> {
    url.starts_with("sqlite:").then(|| Db::place(url))
}
