//! Searches take turns: whoever looks one person up must not wait for a connection that they hold.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Busy, Error, Result};
use crate::scim::filter::{Filter, Op};
use crate::scim::schema::{Attribute, Kind};
use crate::store::Lent;

/// Up to so many comparisons, all of them by `eq`, look somebody up, as Okta and Entra do.
const FEW: usize = 3;
/// How many other searches run at once, of the eight or sixteen that an engine has connections for.
const AT_ONCE: usize = 4;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The turns of one process.
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// A search's turn, until it is done; none where nothing is searched for.
pub type Turn = Option<OwnedSemaphorePermit>;

impl Turns {
    /// Waits for the turn of a search with these filters. Who has to wait gives back the connection they were lent.
    ///
    /// # Errors
    /// [`Busy::Search`] when it does not come in time.
    pub async fn wait<'f>(&self, filters: impl IntoIterator<Item = &'f Option<Filter>>, lent: &Lent) -> Result<Turn> {
        if filters.into_iter().flatten().all(|filter| filter.comparisons() <= FEW && is_lookup(filter)) {
            return Ok(None);
        }
        if let Ok(turn) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(Some(turn));
        }
        drop(lent.take());
        let found = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let found = found.map_err(|late| Error::busy(Busy::Search, late))?;
        found.map(Some).map_err(Error::internal)
    }
}

/// Whether a filter only names values, and one that few have wherever there is a choice.
fn is_lookup(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(names_values) && parts.iter().any(is_lookup),
        Filter::Or(parts) => parts.iter().all(is_lookup),
        Filter::Element { filter: inner, .. } => is_lookup(inner),
        Filter::Compare(one) => one.op == Op::Eq && !is_common(one.place.leaf()),
        Filter::Not(_) => false,
        Filter::Never => true,
    }
}

/// Whether a filter compares by `eq` alone.
fn names_values(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(names_values),
        Filter::Element { filter: inner, .. } => names_values(inner),
        Filter::Compare(one) => one.op == Op::Eq,
        Filter::Not(_) => false,
        Filter::Never => true,
    }
}

/// Whether many have the same value of this: it finds nobody by itself.
fn is_common(attribute: &Attribute) -> bool {
    attribute.kind == Kind::Boolean || ["type", "resourceType"].contains(&attribute.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter;
    use crate::scim::schema::USER;

    fn filter(text: &str) -> Option<Filter> {
        filter::parse(text, &USER).ok()
    }

    #[tokio::test]
    async fn searches_run_four_at_once_and_lookups_as_they_come() {
        let turns = Turns::default();
        let mut all = Vec::new();
        for text in
            ["title co \"x\"", "title ne \"x\"", "not (title eq \"x\")", "emails.type eq \"work\" or title eq \"x\""]
        {
            let filter = filter(text);
            assert!(filter.is_some());
            all.push(turns.wait([&None, &filter], &Lent::default()).await.expect("a turn").expect("a turn"));
        }
        let one_more = filter("title eq \"a\" or title eq \"b\" or title eq \"c\" or title eq \"d\"");
        let lent = Lent::default();
        let waiting = turns.wait([&one_more], &lent);
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("four are under way"),
            () = std::future::ready(()) => {}
        }
        let lookups = [
            "userName eq \"x\"",
            "active eq true and userName eq \"x\"",
            "emails[type eq \"work\" and value eq \"x\"] or externalId eq \"x\"",
        ];
        for lookup in lookups.map(filter) {
            assert!(lookup.is_some() && turns.wait([&lookup, &None], &lent).await.expect("no turn").is_none());
        }
        all.pop();
        assert!(waiting.await.expect("a turn").is_some());
    }
}
