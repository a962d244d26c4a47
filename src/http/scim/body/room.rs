//! Room for large bodies: what all of them take together is bounded, whoever sends them.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{Busy, Error, Result};

/// How many KiB of large bodies are held at once: eight of the largest.
const MOST: u32 = 128 * 1024;
/// Bodies up to this many bytes need no room: what they take together is bounded by how many connections there are.
const SMALL: usize = 64 * 1024;
/// How long a request waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// The room of one process.
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST as usize)))
    }
}

/// A part of the room, held until the last who has it is done.
pub type Place = Option<Arc<OwnedSemaphorePermit>>;

/// Whether a body with these headers needs room, and for how many bytes; one that does not say its length, as for the most
/// that is taken.
#[must_use]
pub fn needed(headers: &HeaderMap, most: usize) -> Option<usize> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let size =
        if declared.is_none() && headers.contains_key("transfer-encoding") { most } else { declared.unwrap_or(0) };
    // A larger one is refused unread.
    (SMALL..=most).contains(&size).then_some(size)
}

impl Room {
    /// Takes room for so many bytes.
    ///
    /// # Errors
    /// [`Busy::Room`] when there is none in time.
    pub async fn take(&self, bytes: usize) -> Result<Place> {
        let parts = u32::try_from(bytes.div_ceil(1024)).unwrap_or(MOST).min(MOST);
        let taken = timeout(PATIENCE, Arc::clone(&self.0).acquire_many_owned(parts)).await;
        let taken = taken.map_err(|late| Error::busy(Busy::Room, late))?.map_err(Error::internal)?;
        Ok(Some(Arc::new(taken)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().expect("a name"), value.parse().expect("a value"))])
    }

    #[test]
    fn only_large_bodies_that_would_be_read_need_room() {
        let most = 16 << 20;
        assert_eq!(needed(&HeaderMap::new(), most), None);
        assert_eq!(needed(&of("content-length", "65535"), most), None);
        assert_eq!(needed(&of("content-length", "65536"), most), Some(65_536));
        assert_eq!(needed(&of("content-length", "16777217"), most), None);
        assert_eq!(needed(&of("transfer-encoding", "chunked"), most), Some(most));
    }

    #[tokio::test]
    async fn who_finds_no_room_waits_until_somebody_is_done() {
        let room = Room::default();
        let mut all = Vec::new();
        for _ in 0..8 {
            all.push(room.take(16 << 20).await.expect("room"));
        }
        let one_more = room.take(1 << 20);
        tokio::pin!(one_more);
        tokio::select! {
            biased;
            _ = &mut one_more => panic!("there was none"),
            () = std::future::ready(()) => {}
        }
        all.pop();
        one_more.await.expect("room again");
    }
}
