//! What a story began with: the SCIM request of a cause, from the masked log.

use super::db::Link;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// A request under /scim, as the log keeps it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Request {
    /// The row's id.
    pub id: Id,
    /// When it came.
    pub at: Time,
    /// The id in logs and answers.
    pub request_id: String,
    /// What the token it came with is called.
    pub token_name: Option<String>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, as sent.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: i64,
    /// The scimType of a refusal.
    pub scim_type: Option<String>,
    /// The detail of a refusal.
    pub detail: Option<String>,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// The body, masked.
    pub body: Option<String>,
}

/// The request that a cause is of, where it came by SCIM and the log still has it.
///
/// # Errors
/// What the engine reports.
pub async fn request_of(link: &mut impl Link, cause: Id) -> Result<Option<Request>> {
    const SQL: &str = "select id, at, request_id, token_name, method, path, query, status, scim_type, detail, micros, body \
         from scim_requests where cause_id = $1 limit 1";
    query!(link, SQL, cause => fetch_optional Request)
}
