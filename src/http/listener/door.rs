//! Lets connections in, one permit each, and keeps calm when the system has none to give.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

const BACK_OFF: Duration = Duration::from_millis(75);
const COMPLAIN_EVERY: Duration = Duration::from_secs(1);

/// The client's own doing; the next connection is not affected.
const CLIENT_GONE: [ErrorKind; 3] =
    [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::ConnectionRefused];

/// A connection that was let in; dropping the permit frees its place.
pub(super) struct Guest {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    pub permit: OwnedSemaphorePermit,
}

/// The listening socket and the places behind it.
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    complained: Option<Instant>,
}

impl Door {
    pub fn new(listener: TcpListener, places: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(places)), complained: None }
    }

    /// Waits for a free place, then for a client; giving up the wait loses neither.
    pub async fn admit(&mut self) -> Guest {
        let permit = Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return welcome(stream, peer, permit),
                Err(error) => self.refused(&error).await,
            }
        }
    }

    // Out of descriptors or memory: trying again at once would spin, and complaining each time would fill the log.
    async fn refused(&mut self, error: &io::Error) {
        if CLIENT_GONE.contains(&error.kind()) {
            return;
        }
        if self.complained.is_none_or(|last| last.elapsed() >= COMPLAIN_EVERY) {
            self.complained = Some(Instant::now());
            tracing::error!(%error, "cannot accept connections");
        }
        sleep(BACK_OFF).await;
    }
}

fn welcome(stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) -> Guest {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "small answers may be delayed");
    }
    Guest { stream, peer, permit }
}
