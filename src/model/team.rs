//! A team: SCIM's group, one to one.

use super::Id;
use crate::clock::Time;
use crate::scim::Document;

/// A team's row.
#[derive(Clone, Debug)]
pub struct Team {
    /// The row's id, which is also what SCIM shows.
    pub id: Id,
    /// The name, letter case kept; unique among living teams ignoring case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether SCIM made it.
    pub synced_from_okta: bool,
    /// Whether SCIM sees it.
    pub scim_visible: bool,
    /// The wire attribute.
    pub external_id: Option<String>,
    /// Everything else SCIM carried, members excepted.
    pub document: Document,
    /// When it was archived.
    pub archived_at: Option<Time>,
    /// When the row was made.
    pub created_at: Time,
}

/// A team's version: the sum of its slots, and when the newest of them moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Grows with every change of the team or of its members over any road.
    pub number: i64,
    /// When it last grew.
    pub changed_at: Time,
}
