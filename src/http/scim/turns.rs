//! Searches that ask for much take turns: whoever looks one person up must not wait for a connection that they hold.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Busy, Error, Result};
use crate::scim::filter::Filter;

/// From how many comparisons on a filter asks for much. Okta and Entra make one or two.
const MUCH: usize = 16;
/// How many such searches run at once, of the eight or sixteen that an engine has connections for.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The turns of one process.
pub struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// A search's turn, until it is done; none for one that asks for little.
pub type Turn = Option<OwnedSemaphorePermit>;

impl Turns {
    /// Waits for the turn of a search with these filters.
    ///
    /// # Errors
    /// [`Busy::Search`] when it does not come in time.
    pub async fn wait<'f>(&self, filters: impl IntoIterator<Item = &'f Option<Filter>>) -> Result<Turn> {
        let asked: usize = filters.into_iter().flatten().map(Filter::comparisons).sum();
        if asked < MUCH {
            return Ok(None);
        }
        let found = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let found = found.map_err(|late| Error::busy(Busy::Search, late))?;
        found.map(Some).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter;
    use crate::scim::schema::USER;

    fn filter(comparisons: usize) -> Filter {
        let text = vec!["title co \"x\""; comparisons].join(" or ");
        filter::parse(&text, &USER).expect("a filter")
    }

    #[tokio::test]
    async fn searches_that_ask_for_much_run_two_at_once_and_others_as_they_come() {
        let (turns, much, little) = (Turns::default(), Some(filter(MUCH)), Some(filter(MUCH - 1)));
        let first = turns.wait([&much]).await.expect("a turn");
        let _second = turns.wait([&little, &little]).await.expect("a turn");
        let waiting = turns.wait([&much]);
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("two are under way"),
            () = std::future::ready(()) => {}
        }
        assert!(turns.wait([&little]).await.expect("no turn").is_none());
        assert!(turns.wait([&None]).await.expect("no turn").is_none());
        drop(first);
        assert!(waiting.await.expect("a turn").is_some());
    }
}
