//! `scim_requests`: the masked log of every request under /scim.

use super::db::{Quiet, Tx};
use super::rows::{self, Bind};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// A request as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LoggedRequest {
    /// The row's id.
    pub id: Id,
    /// When it came.
    pub at: Time,
    /// The id in logs and answers.
    pub request_id: String,
    /// Ties it to what it led to.
    pub cause_id: Id,
    /// The token it came with, when that was good.
    pub token_id: Option<Id>,
    /// That token's name at the time.
    pub token_name: Option<String>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query; values of parameters that are none of SCIM's are masked.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: i64,
    /// The scimType of the answer.
    pub scim_type: Option<String>,
    /// The detail of the answer.
    pub detail: Option<String>,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// How many bytes came.
    pub request_bytes: i64,
    /// How many bytes went.
    pub response_bytes: i64,
    /// The body with its secrets masked; left out of lists.
    pub body: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

const INSERT: &str = "insert into scim_requests (id, at, request_id, cause_id, token_id, token_name, method, path, query, status, \
     scim_type, detail, micros, request_bytes, response_bytes, body, ip, user_agent)";

/// Adds requests to the log.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, requests: &[LoggedRequest]) -> Result<()> {
    tx.quiet(Quiet::RequestLog);
    // A few at a time: what waits may be megabytes, which need not be there twice.
    for some in requests.chunks(64) {
        let binds: Vec<[Bind; 18]> = some.iter().cloned().map(bind).collect();
        rows::insert(tx, INSERT, &binds, "on conflict (id) do nothing").await?;
    }
    Ok(())
}

fn bind(row: LoggedRequest) -> [Bind; 18] {
    [
        row.id.into(),
        row.at.into(),
        row.request_id.into(),
        row.cause_id.into(),
        row.token_id.into(),
        row.token_name.into(),
        row.method.into(),
        row.path.into(),
        row.query.into(),
        row.status.into(),
        row.scim_type.into(),
        row.detail.into(),
        row.micros.into(),
        row.request_bytes.into(),
        row.response_bytes.into(),
        row.body.into(),
        row.ip.into(),
        row.user_agent.into(),
    ]
}
