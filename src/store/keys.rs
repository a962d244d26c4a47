//! `service_keys`: keys the deployment made for itself and every replica shares.

use secrecy::SecretBox;

use super::db::{Quiet, Tx};
use crate::error::{Error, Result};

#[derive(sqlx::FromRow)]
struct KeyRow {
    secret: Vec<u8>,
}

/// The key of that name; `fresh` becomes it when there is none yet, whichever replica comes first.
///
/// # Errors
/// What the engine reports.
pub async fn ensure(tx: &mut Tx, name: &str, fresh: &[u8; 32]) -> Result<SecretBox<[u8]>> {
    const MAKE: &str =
        "insert into service_keys (name, secret, created_at) values ($1, $2, $3) on conflict (name) do nothing";
    let now = tx.now();
    tx.quiet(Quiet::ServiceKey);
    query!(tx, MAKE, name, fresh.as_slice(), now => execute)?;
    let found = query!(tx, "select secret from service_keys where name = $1", name => fetch_optional KeyRow)?;
    let row = found.ok_or_else(|| Error::internal("a service key vanished between two statements"))?;
    Ok(SecretBox::new(row.secret.into_boxed_slice()))
}
