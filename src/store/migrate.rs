//! Brings the schema up to date; refuses one that is newer than this program.

use sqlx::migrate::{MigrateError, Migrator};

use super::Db;

static PG: Migrator = sqlx::migrate!("migrations/postgres");
static LITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer rollcall has been here.
    #[error(
        "the database has schema version {found}, newer than this rollcall knows ({known}); start the newer rollcall"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A migration that ran once has another text here.
    #[error("migration {0} ran here with another text than this rollcall has; use the release that made the database")]
    Edited(i64),
    /// Anything else.
    #[error("the schema could not be brought up to date")]
    Failed(#[source] MigrateError),
}

/// Runs what has not run yet. Replicas that start together wait for each other.
///
/// # Errors
/// [`SchemaError`], with nothing half done: each migration is one transaction.
pub async fn run(db: &Db) -> Result<(), SchemaError> {
    db.migrate(&PG, &LITE).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => SchemaError::Newer { found, known: newest() },
        MigrateError::VersionMismatch(version) => SchemaError::Edited(version),
        other => SchemaError::Failed(other),
    })
}

/// The newest version that this program knows.
#[must_use]
pub fn newest() -> i64 {
    LITE.iter().map(|migration| migration.version).max().unwrap_or(0)
}
