//! `login_attempts`: sign-ins with Okta that are under way. What ends them with a person is in `credentials`.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::mobile::MobileAttempt;
use crate::model::sign_in::{Attempt, Goal};

#[derive(sqlx::FromRow)]
struct Row {
    id: Id,
    browser_hash: Option<Vec<u8>>,
    proof_since: Option<Time>,
    return_to: Option<String>,
    client_redirect: Option<String>,
    client_challenge: Option<String>,
    client_state: Option<String>,
    created_at: Time,
    expires_at: Time,
    ended_at: Option<Time>,
}

impl Row {
    /// Rows of other kinds, such as codes of apps, are no sign-ins.
    fn into_attempt(self) -> Option<Attempt> {
        let app = self.client_redirect.zip(self.client_challenge).zip(self.client_state);
        let app =
            app.map(|((redirect_uri, code_challenge), state)| MobileAttempt { redirect_uri, code_challenge, state });
        let goal = app.map(Goal::App).or_else(|| self.return_to.map(Goal::Browser))?;
        let (id, browser_hash, proof_since) = (self.id, self.browser_hash?, self.proof_since);
        let (created_at, expires_at, ended_at) = (self.created_at, self.expires_at, self.ended_at);
        Some(Attempt { id, goal, browser_hash, proof_since, created_at, expires_at, ended_at })
    }
}

/// Adds a sign-in that begins.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, attempt: &Attempt, hash: &[u8]) -> Result<()> {
    const SQL: &str = "insert into login_attempts (id, secret_hash, user_id, kind, data, created_at, expires_at, \
         browser_hash, return_to, client_redirect, client_challenge, client_state, proof_since) \
         values ($1, $2, null, $3, '', $4, $5, $6, $7, $8, $9, $10, $11)";
    let (kind, return_to, app) = match &attempt.goal {
        Goal::Browser(path) => ("browser", Some(path.as_str()), None),
        Goal::App(app) => ("mobile", None, Some(app)),
    };
    tx.quiet(Quiet::SignInBegun);
    query!(tx, SQL, attempt.id, hash, kind, attempt.created_at, attempt.expires_at, attempt.browser_hash.as_slice(),
        return_to, app.map(|app| app.redirect_uri.as_str()), app.map(|app| app.code_challenge.as_str()),
        app.map(|app| app.state.as_str()), attempt.proof_since => execute)
    .map(|_| ())
}

/// The sign-in of this hash, under way or not.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, hash: &[u8]) -> Result<Option<Attempt>> {
    const SQL: &str = "select id, browser_hash, return_to, client_redirect, client_challenge, client_state, \
         proof_since, created_at, expires_at, ended_at from login_attempts where secret_hash = $1";
    Ok(query!(link, SQL, hash => fetch_optional Row)?.and_then(Row::into_attempt))
}

/// Whether a sign-in is under way; locked until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_open(tx: &mut Tx, id: Id) -> Result<bool> {
    let sql = locking!("select id from login_attempts where id = $1 and ended_at is null"; "for update");
    Ok(query!(tx, sql, id => fetch_optional (Id,))?.is_some())
}

/// Brings a sign-in to its end; false when it has come to it already.
///
/// # Errors
/// What the engine reports.
pub async fn end(tx: &mut Tx, id: Id) -> Result<bool> {
    const SQL: &str = "update login_attempts set ended_at = $2 where id = $1 and ended_at is null";
    let now = tx.now();
    let ended = query!(tx, SQL, id, now => execute)? == 1;
    if ended {
        tx.touch(Resource::LoginAttempt, id);
    }
    Ok(ended)
}
