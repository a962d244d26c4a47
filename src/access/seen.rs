//! When sessions and keys were last used, on its way to the database: reading never writes, a job does.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::model::Id;
use crate::store::{Db, api_keys, sessions};

/// How many wait at most; what does not fit is noted with its next request.
const MOST: usize = 10_000;

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A session.
    Session,
    /// An API key.
    ApiKey,
}

/// What was used since the last flush, in this process.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<(Kind, Id), Time>>);

impl Seen {
    /// Notes a use.
    pub fn note(&self, what: (Kind, Id), at: Time) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST || waiting.contains_key(&what) {
            let last = waiting.entry(what).or_insert(at);
            *last = (*last).max(at);
        }
    }

    /// Writes what was noted; keeps it when that fails.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn flush(&self, db: &Db, ctx: &Ctx) -> Result<()> {
        let taken = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return Ok(());
        }
        // In one order everywhere, so that replicas do not wait for each other crosswise.
        let mut sorted: Vec<((Kind, Id), Time)> = taken.into_iter().collect();
        sorted.sort_by_key(|((_, id), _)| *id);
        let written = db.unit(ctx, &sorted, |tx, sorted| {
            Box::pin(async move {
                for ((kind, id), at) in sorted {
                    match kind {
                        Kind::Session => sessions::mark_seen(tx, *id, *at).await?,
                        Kind::ApiKey => api_keys::mark_used(tx, *id, *at).await?,
                    }
                }
                Ok(())
            })
        });
        written.await.inspect_err(|_| sorted.iter().for_each(|(what, at)| self.note(*what, *at)))
    }
}
