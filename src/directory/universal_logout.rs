//! Okta demands that somebody is signed out everywhere (Universal Logout). Access, keys and devices stay.

use super::okta_events;
use crate::access::secret::HashKey;
use crate::access::tickets;
use crate::error::Result;
use crate::model::Id;
use crate::okta::claims::Ticket;
use crate::store::sign_in::called;
use crate::store::{Tx, users};

/// An address that more people have than this names nobody in particular.
pub const MOST_CALLED: usize = 100;

/// Who is to be signed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Everybody whom SCIM sees with this e-mail address or sign-in name.
    Email(String),
    /// The person SCIM knows by this id.
    ScimId(String),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are signed out, or were not signed in.
    Done,
    /// The token was used before.
    Replayed,
    /// Nobody SCIM sees is called so.
    Nobody,
    /// Too many are.
    TooMany,
}

/// Signs the subject out. The token is used up whatever comes of it, because it says nothing of the subject; without a
/// subject that can be read that is all.
///
/// # Errors
/// What the engine reports; then the token may be used again.
pub async fn carry_out(tx: &mut Tx, key: &HashKey, ticket: &Ticket, subject: Option<&Subject>) -> Result<Outcome> {
    if !tickets::spend(tx, key, ticket).await? {
        return Ok(Outcome::Replayed);
    }
    let mut people = match subject {
        Some(Subject::Email(address)) => called(tx, address).await?,
        Some(Subject::ScimId(id)) => by_scim_id(tx, id).await?.into_iter().collect(),
        None => Vec::new(),
    };
    if people.len() > MOST_CALLED {
        return Ok(Outcome::TooMany);
    }
    people.sort_unstable();
    for id in &people {
        okta_events::sign_out_now(tx, *id).await?;
    }
    Ok(if people.is_empty() { Outcome::Nobody } else { Outcome::Done })
}

async fn by_scim_id(tx: &mut Tx, id: &str) -> Result<Option<Id>> {
    let Some(id) = Id::parse(id) else { return Ok(None) };
    Ok(users::find_scim(tx, id).await?.map(|user| user.id))
}
