//! A wish for a team: anybody may have one, an admin decides.

use super::Id;
use super::words::words;
use crate::clock::Time;

words! {
    /// What has become of a wish.
    RequestState {
        /// Nobody has decided.
        Pending = "PENDING",
        /// The team was made.
        Approved = "APPROVED",
        /// An admin said no.
        Rejected = "REJECTED",
    }
}

/// A wish's row.
#[derive(Clone, Debug)]
pub struct TeamRequest {
    /// The row's id.
    pub id: Id,
    /// Who wishes, and who runs the team when it is made.
    pub requester_id: Id,
    /// What to call the team.
    pub name: String,
    /// Why.
    pub reason: String,
    /// What has become of it.
    pub state: RequestState,
    /// Who decided, as far as whoever reads it may know.
    pub decided_by: Option<Id>,
    /// Whether that was a break-glass account, which nobody but admins is told of.
    pub by_break_glass: bool,
    /// When.
    pub decided_at: Option<Time>,
    /// What was said with a no.
    pub note: Option<String>,
    /// The team that was made.
    pub team_id: Option<Id>,
    /// When it was made.
    pub created_at: Time,
}
