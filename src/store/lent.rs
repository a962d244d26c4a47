//! One connection for the steps of one request.

use std::sync::{Arc, Mutex, PoisonError};

use super::db::View;

/// A connection that goes from one step of a request to the next: to give it back and take it again costs a round trip.
#[derive(Clone, Default)]
pub struct Lent(Arc<Mutex<Option<View>>>);

impl Lent {
    /// The connection, when there is one.
    #[must_use]
    pub fn take(&self) -> Option<View> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Lends a connection on.
    pub fn put(&self, view: Option<View>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }
}
