//! What a team says of itself, its tags with it: all of it or nothing, at the version that somebody read.

use super::platform_teams::{Edit, edit, set_tags};
use crate::error::Result;
use crate::model::Id;
use crate::model::policy::Caller;
use crate::model::team_settings::Tag;
use crate::scim::etag::IfMatch;
use crate::store::Tx;

/// What is to become of a team.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its own fields.
    pub edit: Edit,
    /// Exactly its tags.
    pub tags: Vec<Tag>,
}

/// Changes a team's own fields and its tags in one unit; what they are already is no change.
///
/// # Errors
/// As [`edit`].
pub async fn save(tx: &mut Tx, caller: &Caller, id: Id, settings: &Settings, if_match: &IfMatch) -> Result<()> {
    edit(tx, caller, id, &settings.edit, if_match).await?;
    set_tags(tx, caller, id, &settings.tags).await
}
