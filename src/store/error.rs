//! What the engines report, in the domain's words.

use deadpool::managed::{PoolError, TimeoutType};

use crate::error::{Busy, Error};

/// Turns what a statement reported into the domain's error.
pub(super) fn from_sqlx(error: sqlx::Error) -> Error {
    if let sqlx::Error::Database(report) = &error {
        if report.is_unique_violation() {
            return Error::conflict(taken(report.constraint(), report.message()));
        }
        let code = report.code().unwrap_or_default();
        return match busy_code(&code) {
            Some(why) => Error::busy(why, error),
            None => Error::internal(error),
        };
    }
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            Error::busy(Busy::Database, error)
        }
        other => Error::internal(other),
    }
}

/// The same of a connection that could not be had. Whatever a server says to who asks for one (that it takes none, that the
/// database is not there, that the password changed) is no fault of the request: it passes once somebody saw to it.
pub(super) fn from_acquire(error: PoolError<sqlx::Error>) -> Error {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => Error::busy(Busy::Pool, error),
        // Its message alone: printed whole, PostgreSQL adds the line of its own source.
        PoolError::Backend(sqlx::Error::Database(report)) => Error::busy(Busy::Database, report.message().to_owned()),
        PoolError::Timeout(_) | PoolError::Closed => Error::busy(Busy::Database, error),
        PoolError::Backend(error) => from_sqlx(error),
        other => Error::internal(other),
    }
}

/// The sentence for a taken value. The same words whoever holds it, so that nothing hidden shows through.
fn taken(constraint: Option<&str>, message: &str) -> &'static str {
    let named =
        |index: &str, column: &str| constraint == Some(index) || message.contains(column) || message.contains(index);
    match () {
        () if named("users_user_name", "users.user_name_key") => USER_NAME_TAKEN,
        () if named("users_external_id", "users.external_id") => EXTERNAL_ID_TAKEN,
        () if named("users_okta_id", "users.okta_id") => EXTERNAL_ID_TAKEN,
        () if named("teams_name", "teams.name_key") => TEAM_NAME_TAKEN,
        () if named("teams_external_id", "teams.external_id") => TEAM_EXTERNAL_ID_TAKEN,
        () if named("teams_okta_group", "teams.okta_group_id") => TEAM_OKTA_GROUP_TAKEN,
        () => "A value that must be unique is already taken.",
    }
}

/// Said whenever a userName is taken.
pub const USER_NAME_TAKEN: &str =
    "userName is already taken by another user. Match the existing user by userName, or choose another one.";
/// Said whenever an externalId is taken.
pub const EXTERNAL_ID_TAKEN: &str =
    "externalId already belongs to another user. Check the externalId mapping in the Okta app.";
/// Said whenever a team's name is taken.
pub const TEAM_NAME_TAKEN: &str =
    "displayName is already taken by another group. Link to the existing group, or rename one of them.";
/// Said whenever a team's externalId is taken.
pub const TEAM_EXTERNAL_ID_TAKEN: &str = "externalId already belongs to another group.";

/// Said whenever a group at Okta is linked to another team.
pub const TEAM_OKTA_GROUP_TAKEN: &str = "This Okta group is linked to another team.";

/// Codes of conditions that pass: PostgreSQL's SQLSTATE, SQLite's (extended) result codes.
fn busy_code(code: &str) -> Option<Busy> {
    Some(match code {
        "40001" | "40P01" | "517" => Busy::Collision,
        "55P03" | "5" | "6" | "261" | "262" | "773" => Busy::Lock,
        "57014" | "9" => Busy::Slow,
        // 25006: a server that only reads, such as a standby that is about to take over.
        "57P01" | "57P02" | "57P03" | "57P04" | "25006" | "58030" | "13" | "10" | "14" => Busy::Database,
        _ if code.starts_with("53") || code.starts_with("08") => Busy::Database,
        _ => return sqlite_primary(code).filter(|primary| *primary == 10).map(|_| Busy::Database),
    })
}

/// The primary result code inside an extended one of SQLite's.
fn sqlite_primary(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|number| number & 0xff)
}
