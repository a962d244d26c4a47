//! Between the network and the router: who may connect, how long they may take, who they are.
//!
//! The stock server waits for ever on a client that is silent; this one does not. Nothing here knows a route.
//! `door` admits connections, `opening` reads the first header, `wire` times reads and writes, `body` times the request
//! body, `forwarded` and `tidy` read addresses and paths as clients really send them.

mod body;
mod door;
mod forwarded;
mod opening;
#[cfg(test)]
mod tests;
mod tidy;
mod wire;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

use body::{Answer, TimedBody};
use door::Door;
use opening::Opening;
use wire::{Turn, Wire};

pub use body::{BodyTimeout, is_body_timeout};
pub use forwarded::client_ip;
pub use tidy::tidy_path;

const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// What hyper may hold of one connection before a handler asks for more.
const MAX_BUFFER: usize = 64 * 1024;

/// How long a client may take, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte expected to the last byte of the header.
    pub header_timeout: Duration,
    /// From the end of the header to the last byte of the body, however it dribbles.
    pub body_timeout: Duration,
    /// One write that makes no progress because the client does not read.
    pub write_stall: Duration,
    /// Silence between two requests of one connection.
    pub idle: Duration,
    /// Connections at once; more wait in the system's queue.
    pub max_connections: usize,
    /// What requests in flight get to finish at a shutdown.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            max_connections: 8_192,
            drain: Duration::from_secs(8),
        }
    }
}

/// The other end of the TCP connection, as a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Serves the router until `shutdown` is done, then lets requests in flight finish.
///
/// # Errors
/// When the listener has no address, that is, is not listening.
pub async fn serve(
    listener: TcpListener,
    service: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let house = Arc::new(House { http: protocol(), router: service, limits });
    let mut door = Door::new(listener, limits.max_connections);
    let mut live = JoinSet::new();
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = live.join_next() => note(ended),
            guest = door.admit() => {
                let (house, stopping) = (Arc::clone(&house), stopping.clone());
                live.spawn(async move {
                    house.receive(guest.stream, guest.peer, stopping).await;
                    drop(guest.permit);
                });
            }
        }
    }
    drop(door);
    stop.send_replace(true);
    drain(live, limits.drain).await;
    Ok(())
}

fn protocol() -> http1::Builder {
    let mut http = http1::Builder::new();
    // The wire keeps time: hyper's own header clock cannot tell an idle client from a slow one.
    http.timer(TokioTimer::new()).header_read_timeout(None);
    http.max_headers(MAX_HEADERS).max_header_size(MAX_HEADER_BYTES).max_buf_size(MAX_BUFFER);
    http
}

async fn drain(mut live: JoinSet<()>, patience: Duration) {
    let all = async {
        while let Some(ended) = live.join_next().await {
            note(ended);
        }
    };
    if timeout(patience, all).await.is_err() {
        tracing::warn!(connections = live.len(), "dropping connections that did not finish in time");
        live.shutdown().await;
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended badly");
    }
}

/// What every connection of one server shares.
struct House {
    http: http1::Builder,
    router: Router,
    limits: Limits,
}

impl House {
    async fn receive(&self, stream: TcpStream, peer: SocketAddr, mut stopping: watch::Receiver<bool>) {
        let Some(opening) = Opening::read(&stream, self.limits.header_timeout, &mut stopping).await else {
            tracing::debug!(%peer, "connection cut before its first request");
            return drop(Wire::new(stream, Opening::default(), Turn::default(), self.limits).shutdown().await);
        };
        // Boxed: who has not come this far must not cost the room for it.
        Box::pin(self.talk(stream, opening, peer, stopping)).await;
    }

    async fn talk(&self, stream: TcpStream, opening: Opening, peer: SocketAddr, stopping: watch::Receiver<bool>) {
        let turn = Turn::default();
        let wire = Wire::new(stream, opening, turn.clone(), self.limits);
        let respond = |request| self.respond(request, peer, turn.clone());
        let mut talk = pin!(self.http.serve_connection(TokioIo::new(wire), service_fn(respond)));
        let ended = tokio::select! {
            ended = &mut talk => ended,
            () = told(stopping) => {
                talk.as_mut().graceful_shutdown();
                talk.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, error = ?error, "connection cut");
        }
    }

    async fn respond(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        turn: Turn,
    ) -> Result<Response<Answer>, Infallible> {
        turn.to_us();
        let deadline = Instant::now() + self.limits.body_timeout;
        let mut request: Request = request.map(|body| Body::new(TimedBody::new(body, deadline, turn.clone())));
        request.extensions_mut().insert(Peer(peer));
        let uri = std::mem::take(request.uri_mut());
        *request.uri_mut() = tidy_path(uri);
        let mut response = self.router.clone().oneshot(request).await?;
        if !turn.is_body_in() {
            // What was not read stands before whatever comes next: the client is told (RFC 9112 §9.6).
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Answer::new(body, turn)))
    }
}

async fn told(mut stopping: watch::Receiver<bool>) {
    // An error means that the server itself is gone, which is the same news.
    drop(stopping.wait_for(|stop| *stop).await);
}
