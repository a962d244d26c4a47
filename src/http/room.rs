//! Room for large bodies, and for large answers: what all of them take together is bounded, whoever sends or reads them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How many parts of large bodies are held at once: 128 MiB, eight of the largest.
const MOST: usize = 2_048;
/// The bytes of a part: small, so that who holds room has sent as much.
const PART: usize = 64 * 1024;
/// Bodies up to this many bytes need no room: what they take together is bounded by how many connections there are.
const SMALL: usize = PART;
/// How long a request waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// The room of one process.
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

impl Room {
    /// A place in it that takes nothing yet.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { room: Arc::clone(&self.0), taken: None }
    }
}

/// What one body takes of the room, until whoever has it is done.
pub struct Place {
    room: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

/// There was no room in time.
#[derive(Debug)]
pub struct Crowded;

impl Place {
    /// Takes room for so many bytes in all.
    ///
    /// # Errors
    /// [`Crowded`] when there is none in time.
    pub async fn widen(&mut self, bytes: usize) -> Result<(), Crowded> {
        let needed = if bytes <= SMALL { 0 } else { bytes.div_ceil(PART) };
        let more = needed.saturating_sub(self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if more == 0 {
            return Ok(());
        }
        let parts = u32::try_from(more).map_err(|_| Crowded)?;
        let found = timeout(PATIENCE, Arc::clone(&self.room).acquire_many_owned(parts)).await;
        let found = found.map_err(|_| Crowded)?.map_err(|_| Crowded)?;
        match &mut self.taken {
            Some(taken) => taken.merge(found),
            None => self.taken = Some(found),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn place(room: &Room, bytes: usize) -> Place {
        let mut place = room.place();
        place.widen(bytes).await.expect("room");
        place
    }

    #[tokio::test]
    async fn a_body_takes_what_has_come_of_it() {
        let room = Room::default();
        let mut one = place(&room, SMALL).await;
        assert_eq!(room.0.available_permits(), MOST);
        for (bytes, parts) in [(PART + 1, 2), (2 * PART, 2), (2 * PART + 1, 3), (256 * PART, 256), (PART, 256)] {
            one.widen(bytes).await.expect("room");
            assert_eq!(room.0.available_permits(), MOST - parts, "{bytes}");
        }
        drop(one);
        assert_eq!(room.0.available_permits(), MOST);
    }

    #[tokio::test]
    async fn who_finds_no_room_waits_until_somebody_is_done() {
        let room = Room::default();
        let mut all = Vec::new();
        for _ in 0..8 {
            all.push(place(&room, 256 * PART).await);
        }
        let mut one_more = room.place();
        let waiting = one_more.widen(2 * PART);
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there was none"),
            () = std::future::ready(()) => {}
        }
        all.pop();
        waiting.await.expect("room again");
    }
}
